#include <pthread.h>
#include <string.h>

#include <curl/curl.h>

#include "base/http.h"
#include "base/text.h"

#define CONNECT_MS	10000L

struct exchange {
	const struct http_request	*request;
	struct buf			*out;
	struct curl_slist		*headers;
	char				 fault[CURL_ERROR_SIZE];
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;

static void
global_start(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;

	buf_add(x->out, p, size * n);
	return x->out->failed ? 0 : size * n;
}

static int
on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow,
    curl_off_t ultotal, curl_off_t ulnow)
{
	const struct http_request *r = ((struct exchange *)arg)->request;

	(void)dltotal, (void)dlnow, (void)ultotal, (void)ulnow;
	return r->stop != NULL && r->stop(r->arg);
}

/* NULL frees nothing and is not put before what is there. */
static bool
add_header(struct exchange *x, const char *line)
{
	struct curl_slist *list = curl_slist_append(x->headers, line);

	if (list != NULL)
		x->headers = list;
	return list != NULL;
}

static bool
set_headers(CURL *curl, struct exchange *x)
{
	const char *const *h = x->request->headers;

	/* libcurl would wait for a 100 before it sends a longer body */
	if (!add_header(x, "Expect:"))
		return false;
	for (; h != NULL && *h != NULL; h++)
		if (text_has_control(slice_of(*h)) || !add_header(x, *h))
			return false;
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, x->headers);
	return true;
}

static void
set_bounds(CURL *curl, struct exchange *x)
{
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, x->request->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, x);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, x->fault);
}

static void
set_request(CURL *curl, const struct http_request *r)
{
	curl_easy_setopt(curl, CURLOPT_URL, r->url);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "campusdesk/"
	    CAMPUSDESK_VERSION);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	if (r->ca_file[0] != '\0') {
		curl_easy_setopt(curl, CURLOPT_CAINFO, r->ca_file);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	if (text_istarts(slice_of(r->url), "http://"))
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
	if (r->body.p != NULL) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)r->body.len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->body.p);
	}
	if (r->method != NULL)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, r->method);
}

static int
explain(const struct exchange *x, CURLcode rc, struct err *err)
{
	const char *fault = x->fault[0] != '\0' ? x->fault :
	    curl_easy_strerror(rc);

	switch (rc) {
	case CURLE_WRITE_ERROR:
		return err_set(err, ERR_INPUT, "%.100s: the answer is too "
		    "long", x->request->url);
	case CURLE_ABORTED_BY_CALLBACK:
		return err_set(err, ERR_RETRY, "%.100s: stopping",
		    x->request->url);
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return err_set(err, ERR_INPUT, "%.100s: %s", x->request->url,
		    fault);
	default:
		return err_set(err, ERR_RETRY, "%.100s: %s", x->request->url,
		    fault);
	}
}

static void
keep(char *to, size_t size, const char *from)
{
	size_t n = from == NULL ? 0 : strlen(from);

	if (n >= size)
		n = 0;		/* a part of it is of no use */
	memcpy(to, n == 0 ? "" : from, n);
	to[n] = '\0';
}

static struct http_answer
answer_of(CURL *curl)
{
	struct http_answer answer = { 0 };
	curl_off_t wait = 0;
	char *text = NULL;
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	answer.status = (int)status;
	if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK &&
	    wait > 0)
		answer.retry_after_ms = (wait > 86400 ? 86400 : wait) * 1000;
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &text);
	keep(answer.type, sizeof answer.type, text);
	text = NULL;
	curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &text);
	keep(answer.location, sizeof answer.location, text);
	return answer;
}

int
http_ask(const struct http_request *request, struct http_answer *answer_out,
    struct buf *out, struct err *err)
{
	struct exchange x = { .request = request, .out = out };
	CURLcode rc;
	CURL *curl;
	int ret = -1;

	pthread_once(&global_once, global_start);
	curl = curl_easy_init();
	if (curl == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	set_bounds(curl, &x);
	set_request(curl, request);
	if (!set_headers(curl, &x)) {
		err_set(err, ERR_INPUT, "%.100s: a header that cannot be sent",
		    request->url);
		goto out;
	}
	rc = curl_easy_perform(curl);
	if (rc != CURLE_OK) {
		explain(&x, rc, err);
		goto out;
	}
	*answer_out = answer_of(curl);
	ret = 0;
out:
	curl_slist_free_all(x.headers);
	curl_easy_cleanup(curl);
	return ret;
}

int
http_send(const struct http_request *request, int *status_out,
    struct buf *out, struct err *err)
{
	struct http_answer answer;

	if (http_ask(request, &answer, out, err) == -1)
		return -1;
	*status_out = answer.status;
	return 0;
}

void
http_escape(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		if (text_is_alnum(*s) || *s == '-' || *s == '_' || *s == '.' ||
		    *s == '~')
			buf_addc(out, *s);
		else
			buf_addf(out, "%%%02X", (unsigned char)*s);
}
