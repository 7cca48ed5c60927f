/* What a page costs, without HTTP: web_pages FILE TIMES PATH [NAME=VALUE …]
 * makes the page of a configuration's store that often for a manager, and
 * prints microseconds of processor and bytes of one, and the digest of its bytes as made at
 * a fixed time, which stays the same while only speed changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/crypt.h"
#include "base/json_pool.h"
#include "base/text.h"
#include "webview/page.h"

#define PARAMS_MAX	16
#define ARENA_MAX	((size_t)32 << 20)

static void
need(bool good, const struct err *err)
{
	if (good)
		return;
	fprintf(stderr, "web_pages: %s\n", err->msg);
	exit(1);
}

/* /tickets, /tickets.json, /tickets.csv, /tickets/N, /tickets/N.json */
static page_fn *
page_of(const char *path, struct page_request *r)
{
	const char *end = strrchr(path, '.');

	r->path = path;
	if (end != NULL)
		r->format = strcmp(end, ".csv") == 0 ? PAGE_CSV : PAGE_JSON;
	if (strncmp(path, "/tickets/", 9) != 0)
		return page_tickets;
	r->number = (int64_t)strtoll(path + 9, NULL, 10);
	return page_ticket;
}

/* One page, into answer, as the server would: a transaction, an arena. */
static void
make(struct page_request *r, page_fn *fn, struct page_answer *answer)
{
	struct err err = { .msg = "out of memory" };

	r->arena = arena_new(ARENA_MAX);
	need(r->arena != NULL, &err);
	buf_free(&answer->body);
	*answer = (struct page_answer){ .body = BUF_INIT(PAGE_MAX) };
	need(db_begin(r->db, &err) == 0, &err);
	need(fn(r, answer, &err) == 0, &err);
	db_rollback(r->db);
	arena_free(&r->arena);
}

static double
spent_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void
run(struct page_request *r, page_fn *fn, int64_t times)
{
	struct page_answer answer = { .body = BUF_INIT(PAGE_MAX) };
	unsigned char digest[CRYPT_SHA256];
	char hex[17];
	double began;

	make(r, fn, &answer);
	began = spent_us();
	for (int64_t i = 0; i < times; i++)
		make(r, fn, &answer);
	crypt_sha256(buf_slice(&answer.body), digest);
	crypt_hex(digest, 8, hex);
	printf("%s: %.1f us, %zu bytes, %s\n", r->path,
	    (spent_us() - began) / (double)times, answer.body.len, hex);
	buf_free(&answer.body);
}

int
main(int argc, char **argv)
{
	struct page_param params[PARAMS_MAX];
	struct page_request r = { .params = params,
	    .now_ms = INT64_C(1700000000000),
	    .templates = template_cache_new() };
	struct err err = { .msg = "web_pages FILE TIMES PATH [NAME=VALUE …]" };
	struct settings *settings = NULL;
	struct arena *arena = arena_new(ARENA_MAX);
	struct person who;
	uint64_t times = 0;

	json_pool_use();
	need(argc >= 4 && argc - 4 < PARAMS_MAX && arena != NULL &&
	    text_u64(slice_of(argv[2]), &times) && times > 0 &&
	    times < INT32_MAX, &err);
	for (int i = 4; i < argc; i++) {
		char *is = strchr(argv[i], '=');

		need(is != NULL, &err);
		*is = '\0';
		params[r.nparams++] = (struct page_param){ argv[i], is + 1 };
	}
	need(settings_load(argv[1], SETTINGS_NO_SECRETS, &settings,
	    &err) == 0, &err);
	r.settings = settings;
	need(db_open(settings->store_url, DB_READ, &r.db, &err) == 0, &err);
	need(person_find(r.db, "mia@campus.example", arena, &who,
	    &err) == 1, &err);
	r.viewer = (struct viewer){ who.id, who.role, who.address, who.name };
	run(&r, page_of(argv[3], &r), (int64_t)times);
	db_close(&r.db);
	template_cache_free(&r.templates);
	settings_free(&settings);
	arena_free(&arena);
	return 0;
}
