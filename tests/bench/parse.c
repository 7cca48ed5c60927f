/* parse ROUNDS FILE…: how fast the mails are read, on one core: by us (parts,
 * charsets, HTML, spans, kind, JSON), and by libetpan and GMime, which parse and
 * decode every part and nothing else. Alternating; medians of CPU time. Prints
 * lines for a table. */
#include <gmime/gmime.h>
#include <libetpan/mailmime.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "parsers/charset.h"
#include "parsers/gate.h"
#include "parsers/mail_json.h"

#define ROUNDS_MAX	99
#define MAIL_MAX	((size_t)64 << 20)
#define ARENA_MAX	((size_t)512 << 20)

struct mails {
	struct slice	*v;
	size_t		 n, bytes;
};

/* What each of them decoded: so that nothing is optimised away, and to see
 * that they do the same work. */
static size_t decoded;

/* ---- us ---- */

static void
read_ours(struct slice raw)
{
	static struct arena *arena;
	struct buf out = BUF_INIT(MAIL_MAX);
	struct mail *mail;
	struct err err;

	if (arena == NULL)
		arena = arena_new(ARENA_MAX);
	if (arena == NULL || mail_parse(raw, &mail_limits_default, arena,
	    &mail, &err) != 0 || mail_json_dump(mail, false, &out, &err) != 0)
		exit(1);
	decoded += out.len;
	buf_free(&out);
	arena_reset(arena);
}

/* ---- libetpan ---- */

static void
etpan_leaf(struct mailmime *m)
{
	struct mailmime_data *d = m->mm_body;
	size_t at = 0, len = 0;
	char *text = NULL;

	if (d == NULL || d->dt_type != MAILMIME_DATA_TEXT)
		return;
	if (mailmime_part_parse(d->dt_data.dt_text.dt_data,
	    d->dt_data.dt_text.dt_length, &at, d->dt_encoding, &text,
	    &len) != MAILIMF_NO_ERROR)
		return;
	decoded += len;
	mailmime_decoded_part_free(text);
}

/* Its parser bounds the depth. */
static void
etpan_parts(struct mailmime *m)
{
	clistiter *it;

	switch (m->mm_type) {
	case MAILMIME_SINGLE:
		etpan_leaf(m);
		break;
	case MAILMIME_MULTIPLE:
		for (it = clist_begin(m->mm_data.mm_multipart.mm_mp_list);
		    it != NULL; it = clist_next(it))
			etpan_parts(clist_content(it));
		break;
	case MAILMIME_MESSAGE:
		if (m->mm_data.mm_message.mm_msg_mime != NULL)
			etpan_parts(m->mm_data.mm_message.mm_msg_mime);
		break;
	}
}

static void
read_etpan(struct slice raw)
{
	struct mailmime *m = NULL;
	size_t at = 0;

	if (mailmime_parse(raw.p, raw.len, &at, &m) != MAILIMF_NO_ERROR)
		return;
	etpan_parts(m);
	mailmime_free(m);
}

/* ---- GMime ---- */

static void
gmime_part(GMimeObject *parent, GMimeObject *part, gpointer arg)
{
	GMimeDataWrapper *content;
	GMimeStream *null;

	(void)parent;
	(void)arg;
	if (!GMIME_IS_PART(part))
		return;
	content = g_mime_part_get_content(GMIME_PART(part));
	if (content == NULL)
		return;
	null = g_mime_stream_null_new();
	g_mime_data_wrapper_write_to_stream(content, null);
	decoded += GMIME_STREAM_NULL(null)->written;
	g_object_unref(null);
}

static void
read_gmime(struct slice raw)
{
	GMimeStream *s = g_mime_stream_mem_new_with_buffer(raw.p, raw.len);
	GMimeParser *parser = g_mime_parser_new_with_stream(s);
	GMimeMessage *m = g_mime_parser_construct_message(parser, NULL);

	if (m != NULL) {
		g_mime_message_foreach(m, gmime_part, NULL);
		g_object_unref(m);
	}
	g_object_unref(parser);
	g_object_unref(s);
}

static const struct {
	const char	*name;
	void		(*read)(struct slice raw);
} readers[] = {
	{ "campusdesk", read_ours },
	{ "libetpan", read_etpan },
	{ "GMime", read_gmime },
};
#define NREADERS	(sizeof readers / sizeof readers[0])

/* ---- measuring ---- */

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int
load(const char *path, struct mails *mails)
{
	struct slice raw = { NULL, 0 };
	const char *why;
	FILE *f = fopen(path, "rb");
	char *p = f == NULL ? NULL : malloc(MAIL_MAX);

	if (p == NULL)
		return -1;
	raw.len = fread(p, 1, MAIL_MAX, f);
	fclose(f);
	raw.p = realloc(p, raw.len + 1);
	/* what the gate refuses crashes libetpan */
	if (raw.len > 0 && gate_pass(raw, &mail_limits_default, &why)) {
		mails->v[mails->n++] = raw;
		mails->bytes += raw.len;
	}
	return 0;
}

static void
stay_on_one_core(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof set, &set);
}

static void
report(const struct mails *mails, double seconds[NREADERS][ROUNDS_MAX],
    size_t rounds, const size_t bytes[NREADERS])
{
	double etpan, s;
	size_t r;

	for (r = 0; r < NREADERS; r++)
		qsort(seconds[r], rounds, sizeof **seconds, compare);
	etpan = seconds[1][rounds / 2];
	for (r = 0; r < NREADERS; r++) {
		s = seconds[r][rounds / 2];
		printf("| %s | %.3f | %.0f | %.1f | %.2f | %.1f |\n",
		    readers[r].name, s, (double)mails->n / s,
		    (double)mails->bytes / 1e6 / s, etpan / s,
		    (double)bytes[r] / 1e6);
	}
}

int
main(int argc, char **argv)
{
	static double seconds[NREADERS][ROUNDS_MAX];
	size_t bytes[NREADERS] = { 0 }, r, k;
	struct mails mails = { 0 };
	long rounds = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	int i;

	if (rounds < 1 || rounds > ROUNDS_MAX)
		return 64;
	mails.v = calloc((size_t)argc, sizeof *mails.v);
	for (i = 2; i < argc; i++)
		if (mails.v == NULL || load(argv[i], &mails) != 0)
			return 1;
	g_mime_init();
	charset_warm();
	stay_on_one_core();
	for (i = 0; i < rounds; i++)
		for (r = 0; r < NREADERS; r++) {
			double start = cpu();

			decoded = 0;
			for (k = 0; k < mails.n; k++)
				readers[r].read(mails.v[k]);
			seconds[r][i] = cpu() - start;
			bytes[r] = decoded;
		}
	report(&mails, seconds, (size_t)rounds, bytes);
	return 0;
}
