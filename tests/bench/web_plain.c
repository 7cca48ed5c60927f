/* What libmicrohttpd alone can do: web_plain PORT BYTES sends the same page of
 * that size to everybody, with the threads of the web view. */
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "webview/http.h"

static char *page;
static uint64_t size;

static enum MHD_Result
answer(void *arg, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *data, size_t *len,
    void **context)
{
	static int seen;
	struct MHD_Response *r;
	enum MHD_Result rc;

	(void)arg;
	(void)url;
	(void)method;
	(void)version;
	(void)data;
	(void)len;
	if (*context == NULL) {
		*context = &seen;
		return MHD_YES;
	}
	r = MHD_create_response_from_buffer(size, page,
	    MHD_RESPMEM_PERSISTENT);
	if (r == NULL)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", "text/html");
	rc = MHD_queue_response(mhd, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return rc;
}

int
main(int argc, char **argv)
{
	struct MHD_Daemon *mhd;
	uint64_t port;

	if (argc != 3 || !text_u64(slice_of(argv[1]), &port) ||
	    port > 65535 || !text_u64(slice_of(argv[2]), &size))
		return 64;
	page = malloc(size + 1);
	if (page == NULL)
		return 75;
	memset(page, 'x', size);
	mhd = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (uint16_t)port,
	    NULL, NULL, answer, NULL, MHD_OPTION_THREAD_POOL_SIZE,
	    (unsigned)HTTP_THREADS, MHD_OPTION_END);
	if (mhd == NULL)
		return 75;
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
