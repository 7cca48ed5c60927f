#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/log.h"
#include "base/paths.h"
#include "webview/conns.h"
#include "webview/routes.h"
#include "webview/serve.h"

#define PER_PEER	128	/* connections of one address */
#define SPARE_FILES	128	/* beside connections: store, log, epoll */
#define STOP_SECONDS	8	/* then the process ends, come what may */

enum { BROKEN = 70, LATER = 75 };

struct answering {
	struct site	 site;
	struct files	*files;
	struct pool	*pool;
	struct template_cache *templates;
	struct http	*http;
	char		 base[PATH_MAX];
	_Atomic int64_t	 quiet_until_ms;
};

static int
say(int code, const struct err *err)
{
	fprintf(stderr, "campusdesk-web: %s\n", err->msg);
	return code;
}

/* "/desk/" → "/desk", "/" → "". */
static void
set_base(struct answering *s, const char *base)
{
	size_t len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		len--;
	snprintf(s->base, sizeof s->base, "%.*s", (int)len, base);
}

static int
prepare(struct answering *s, const struct settings *settings, struct err *err)
{
	char folder[PATHS_MAX];

	if (files_load(paths_static(folder), &s->files, err) == -1)
		return -1;
	s->pool = pool_new(settings->store_url, settings->store_path);
	s->templates = template_cache_new();
	if (s->pool == NULL || s->templates == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	set_base(s, settings->web.base);
	s->site = (struct site){ .settings = settings, .files = s->files,
	    .pool = s->pool, .base = s->base, .templates = s->templates,
	    .quiet_until_ms = &s->quiet_until_ms,
	    .https = strncmp(settings->url, "https:", 6) == 0 };
	return 0;
}

/* A store that is not there yet is waited for; one that is newer than this
 * program never becomes older. */
static int
try_store(struct answering *s, struct err *err)
{
	struct pooled pooled;

	if (pool_take(s->pool, &pooled, err) == 0) {
		pool_give(s->pool, &pooled, true);
		return 0;
	}
	if (err->code == ERR_FATAL)
		return -1;
	log_at(LOG_WARN, "main", "no store yet", LOG_S("error", err->msg));
	*err = (struct err){ 0 };
	return 0;
}

/* The rest of life: reading the store and the templates. */
static int
confine(const struct settings *settings, struct err *err)
{
	char store[PATH_MAX], shipped[PATHS_MAX], own[PATHS_MAX];
	const char *const readable[] = { store, shipped, own,
	    "/etc/localtime", "/usr/share/zoneinfo", "/dev/urandom", NULL };
	struct confine c = { readable, CONNS_MAX + SPARE_FILES };
	const char *slash = strrchr(settings->store_path, '/');
	bool paths = false;

	snprintf(store, sizeof store, "%.*s", slash == NULL ? 1 :
	    (int)(slash - settings->store_path) + 1,
	    slash == NULL ? "." : settings->store_path);
	paths_templates(shipped);
	snprintf(own, sizeof own, "%s/templates", settings->directory);
	if (confine_enter(&c, &paths, err) == -1)
		return -1;
	if (!paths)
		log_msg(LOG_WARN, "main", "this kernel has no Landlock: what "
		    "may be read is left to file permissions");
	return 0;
}

static int
start(struct answering *s, int fd, struct err *err)
{
	struct http_options options = { .fd = fd, .per_peer = PER_PEER,
	    .handler = routes_handle, .refuser = routes_refuse,
	    .logger = routes_log, .arg = &s->site };

	return http_start(&options, &s->http, err);
}

int
serve(const struct settings *settings, int fd, int ready_fd,
    const sigset_t *set)
{
	struct answering *s = calloc(1, sizeof *s);
	struct err err = { 0 };
	int code = 0, sig;

	if (s == NULL)
		return LATER;
	if (prepare(s, settings, &err) == -1 || try_store(s, &err) == -1 ||
	    confine(settings, &err) == -1 || start(s, fd, &err) == -1) {
		code = say(err.code == ERR_RETRY ? LATER : BROKEN, &err);
	} else {
		if (write(ready_fd, "r", 1) != 1)
			log_msg(LOG_WARN, "main", "nobody waits for us");
		while (sigwait(set, &sig) != 0 ||
		    (sig != SIGTERM && sig != SIGINT))
			;
		alarm(STOP_SECONDS);
	}
	http_stop(&s->http);
	pool_free(&s->pool);
	files_free(&s->files);
	template_cache_free(&s->templates);
	free(s);
	return code;
}
