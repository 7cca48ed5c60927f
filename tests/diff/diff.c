/* diff [-m N] [-k DIR] FILE…: each mail, and N mutations of each, as we and as
 * GMime read it. Prints how many differences have which reason; fails when one
 * has none, and keeps that mutation in DIR. A mutation depends only on the mail
 * and its number. With DIFF_ALL in the environment, explained ones are told. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "parsers/charset.h"
#include "tests/diff/compare.h"
#include "tests/diff/leaf.h"

#define MAIL_MAX	((size_t)64 << 20)
#define LINES_MAX	100000

struct task {
	size_t		 mutations;
	const char	*dir;		/* NULL: keep none */
};

struct lines {
	struct slice	*v;	/* with their line ends */
	size_t		 n;
};

static uint64_t
next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t
seed_of(struct slice s, size_t number)
{
	uint64_t h = 1469598103934665603u + number;
	size_t i;

	for (i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	return h == 0 ? 1 : h;
}

static int
split(struct slice s, struct lines *out)
{
	struct slice line;

	out->n = 0;
	while (s.len > 0 && out->n < LINES_MAX) {
		const char *start = s.p;

		text_line(&s, &line);
		out->v[out->n++] = (struct slice){ start,
		    (size_t)(s.p - start) };
	}
	return out->n > 0 ? 0 : -1;
}

/* One line gone, doubled, moved, cut, or a byte of it another. */
static void
mutate(const struct lines *lines, uint64_t *state, struct buf *out)
{
	size_t at = next(state) % lines->n, to = next(state) % lines->n, i;
	unsigned what = next(state) % 6;
	uint64_t r = next(state);

	for (i = 0; i < lines->n; i++) {
		struct slice line = lines->v[i];

		if (what == 2 && i == to)
			buf_addslice(out, lines->v[at]);
		if (i != at) {
			buf_addslice(out, line);
			continue;
		}
		if (what == 0 || what == 2)
			continue;
		if (what == 1)
			buf_addslice(out, line);
		if (what == 3)
			line.len = r % line.len;
		buf_addslice(out, line);
		if (what == 4 && out->len > 0)
			out->p[out->len - 1 - r % line.len] ^=
			    (char)(1 << (r >> 32) % 8);
		if (what == 5)
			return;
	}
}

static void
keep(const char *dir, const char *name, size_t number, struct slice raw)
{
	const char *base = strrchr(name, '/');
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.%zu", dir,
	    base == NULL ? name : base + 1, number);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(raw.p, 1, raw.len, f) != raw.len)
		perror(path);
	if (f != NULL)
		fclose(f);
}

static int
mutations(const char *name, struct slice raw, const struct task *task,
    struct tally *tally)
{
	struct lines lines = { calloc(LINES_MAX, sizeof *lines.v), 0 };
	char label[512];
	int ret = lines.v == NULL ? -1 : 0;
	size_t i, was;

	for (i = 0; ret == 0 && i < task->mutations && split(raw, &lines) == 0; i++) {
		struct buf b = BUF_INIT(MAIL_MAX);
		uint64_t state = seed_of(raw, i);

		mutate(&lines, &state, &b);
		snprintf(label, sizeof label, "%s#%zu", name, i);
		was = tally->by[UNEXPLAINED];
		if (b.len > 0)
			ret = compare(label, buf_slice(&b), tally);
		if (tally->by[UNEXPLAINED] > was && task->dir != NULL)
			keep(task->dir, name, i, buf_slice(&b));
		buf_free(&b);
	}
	free(lines.v);
	return ret;
}

static int
file(const char *path, const struct task *task, struct tally *tally)
{
	char *data = NULL;
	size_t len = 0;
	int ret = -1;
	FILE *f = fopen(path, "rb");

	if (f != NULL)
		data = malloc(MAIL_MAX);
	if (data != NULL) {
		len = fread(data, 1, MAIL_MAX, f);
		ret = ferror(f) ? -1 : 0;
	}
	if (ret == 0 && len > 0) {
		struct slice raw = { data, len };

		ret = compare(path, raw, tally);
		if (ret == 0)
			ret = mutations(path, raw, task, tally);
	}
	if (ret != 0)
		perror(path);
	free(data);
	if (f != NULL)
		fclose(f);
	return ret;
}

int
main(int argc, char **argv)
{
	struct tally tally = { 0 };
	struct task task = { 0 };
	int i, r, c;

	while ((c = getopt(argc, argv, "m:k:")) != -1)
		if (c == 'm')
			task.mutations = strtoul(optarg, NULL, 10);
		else if (c == 'k')
			task.dir = optarg;
		else
			return 64;
	charset_warm();
	theirs_start();
	for (i = optind; i < argc; i++)
		if (file(argv[i], &task, &tally) != 0)
			return 2;
	printf("compared: %zu mails, %zu parts, %zu texts, %zu names, "
	    "%zu letters\n", tally.mails, tally.parts, tally.texts,
	    tally.names, tally.letters);
	for (r = UNEXPLAINED + 1; r < NREASONS; r++)
		if (tally.by[r] > 0)
			printf("%7zu  %s\n", tally.by[r], reason_words[r]);
	printf("diff: %zu passed, %zu failed\n",
	    tally.mails - tally.by[UNEXPLAINED], tally.by[UNEXPLAINED]);
	return tally.mails == 0 || tally.by[UNEXPLAINED] > 0;
}
