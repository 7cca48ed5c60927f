#include <stdlib.h>
#include <string.h>

#include "base/crypt.h"
#include "base/text.h"
#include "base/utf8.h"
#include "db/message_store.h"
#include "desk/exitcheck.h"

/* The text is cut into runs of words, each run's hash put into a table; then
 * the ticket's messages pass by once: what a note says marks a run as hit,
 * what a public message says marks it as known outside. Memory is bounded by
 * the text, time is linear in text and ticket. */

#define RUN		8	/* words that make a hit */
#define LINE_MIN	40	/* bytes of a whole line that make one */
#define LINE_LETTERS	20	/* of which are more than decoration */
#define FOUND_MAX	80	/* bytes shown */
#define PAGE		8	/* messages read at a time */
#define PAGE_MEMORY	((size_t)128 * 1024 * 1024)

#define HIT	0x1u
#define PUBLIC	0x2u

struct word {
	uint64_t	hash;
	size_t		len;		/* bytes, normalised */
	size_t		start, end;	/* in the text as given */
};

struct entry {
	uint64_t	hash;		/* 0: free */
	size_t		start, end;
	unsigned	flags;
};

struct check {
	struct entry	*v;
	size_t		 cap, n;	/* cap: power of two */
	uint64_t	 seed, base;	/* of the hash, new for each check */
	bool		 failed;	/* no memory */
};

/* ---- words ---- */

/* Simple case folding where scripts have case and keep order: enough to see
 * the same words again. */
static uint32_t
fold(uint32_t c)
{
	if (c < 0x80)
		return (unsigned char)text_lower((char)c);
	if ((c >= 0xc0 && c <= 0xde && c != 0xd7) ||
	    (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
		return c + 0x20;
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50;
	if (c >= 0x139 && c <= 0x148)	/* here the odd ones are capitals */
		return c + (c & 1);
	if (c >= 0x179 && c <= 0x17e)
		return c + (c & 1);
	if (c >= 0x100 && c <= 0x177)
		return c | 1;
	return c;
}

static bool
is_blank(uint32_t c)
{
	return c <= ' ' || c == 0xa0 || c == 0x1680 ||
	    (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	    c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Punctuation, quote marks, and what cannot be seen. */
static bool
is_dropped(uint32_t c)
{
	if (c < 0x80)
		return !text_is_alnum((char)c);
	return (c <= 0xbf && c != 0xaa && c != 0xb5 && c != 0xba) ||
	    (c >= 0x2010 && c <= 0x206f) || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2e00 && c <= 0x2e5d) || (c >= 0x3001 && c <= 0x3003) ||
	    (c >= 0x3008 && c <= 0x3011) || c == 0x61c || c == 0xfeff ||
	    (c >= 0xfe00 && c <= 0xfe0f);
}

static void
word_add(struct word *word, uint32_t c, size_t start, size_t end)
{
	if (word->len == 0)
		word->start = start;
	word->hash = (word->hash ^ fold(c)) * 0x100000001b3u;
	word->hash ^= word->hash >> 29;
	word->len += end - start;
	word->end = end;
}

/* The next word of text at *at, which moves behind it. */
static bool
next_word(const struct check *c, const char *text, size_t end, size_t *at,
    struct word *word_out)
{
	struct word word = { .hash = c->seed };
	uint32_t cp;

	while (*at < end) {
		size_t n = utf8_decode(text + *at, end - *at, &cp);

		if (n == 0) {		/* not a character: as if not there */
			*at += 1;
			continue;
		}
		if (is_blank(cp) && word.len > 0)
			break;
		if (!is_blank(cp) && !is_dropped(cp))
			word_add(&word, cp, *at, *at + n);
		*at += n;
	}
	*word_out = word;
	return word.len > 0;
}

/* ---- the table of runs ---- */

static struct entry *
place_of(struct entry *v, size_t cap, uint64_t hash)
{
	size_t i = (size_t)(hash ^ hash >> 32) & (cap - 1);

	while (v[i].hash != 0 && v[i].hash != hash)
		i = (i + 1) & (cap - 1);
	return &v[i];
}

static bool
grow(struct check *c)
{
	size_t cap = c->cap == 0 ? 256 : c->cap * 2, i;
	struct entry *v = calloc(cap, sizeof *v);

	if (v == NULL)
		return false;
	for (i = 0; i < c->cap; i++)
		if (c->v[i].hash != 0)
			*place_of(v, cap, c->v[i].hash) = c->v[i];
	free(c->v);
	c->v = v;
	c->cap = cap;
	return true;
}

static void
run_insert(struct check *c, const struct entry *run)
{
	struct entry *e;

	if (c->failed || (c->n >= c->cap / 2 && !grow(c))) {
		c->failed = true;
		return;
	}
	e = place_of(c->v, c->cap, run->hash);
	if (e->hash == 0) {
		*e = *run;
		c->n++;
	}
}

static void
run_mark(struct check *c, uint64_t hash, unsigned flag)
{
	struct entry *e;

	if (c->cap == 0)
		return;
	e = place_of(c->v, c->cap, hash);
	if (e->hash != 0)
		e->flags |= flag;
}

/* ---- a text as runs of words ---- */

struct window {
	struct word	 v[RUN];	/* the last words, as a ring */
	size_t		 n;		/* words so far */
	size_t		 line;		/* words of this line so far */
};

/* Do something with the run of the last k words. flag 0: put it in. */
static void
run_do(struct check *c, const struct window *w, size_t k, const struct entry *e,
    size_t len, unsigned flag)
{
	bool counts = k == RUN || len >= LINE_LETTERS;

	if (flag == HIT && k < RUN)	/* of a note: the line as a whole */
		counts = counts && k == w->line &&
		    e->end - e->start >= LINE_MIN;
	if (!counts)
		return;
	if (flag == 0)
		run_insert(c, e);
	else
		run_mark(c, e->hash, flag);
}

/* All runs that end at the last word. */
static void
runs(struct check *c, const struct window *w, size_t least, unsigned flag)
{
	uint64_t sum = 0, power = 1;
	size_t k, len = 0;

	for (k = 1; k <= RUN && k <= w->n; k++) {
		const struct word *word = &w->v[(w->n - k) % RUN];
		struct entry e = { .start = word->start,
		    .end = w->v[(w->n - 1) % RUN].end };

		sum += word->hash * power;
		power *= c->base;
		len += word->len + (k > 1);
		e.hash = sum + k == 0 ? 1 : sum + k;
		if (k >= least)
			run_do(c, w, k, &e, len, flag);
	}
}

static void
scan(struct check *c, const char *text, unsigned flag)
{
	struct window w = { .n = 0 };
	size_t at = 0, total = strlen(text);
	struct word word;

	while (at < total) {
		const char *nl = memchr(text + at, '\n', total - at);
		size_t end = nl == NULL ? total : (size_t)(nl - text);

		for (w.line = 0; next_word(c, text, end, &at, &word);
		    w.line++) {
			w.v[w.n++ % RUN] = word;
			/* of a note, only whole runs within the line */
			runs(c, &w, flag == HIT ? RUN : 1, flag);
		}
		if (flag == HIT && w.line > 0 && w.line < RUN)
			runs(c, &w, w.line, flag);
		at = end + 1;
	}
}

/* ---- the ticket ---- */

static int
scan_ticket(struct check *c, struct desk *desk, int64_t ticket,
    int64_t message, struct err *err)
{
	struct arena *arena = arena_new(PAGE_MEMORY);
	int64_t after = 0;
	struct message *v;
	size_t n = PAGE, i;
	int ret = -1;

	if (arena == NULL)
		return err_set(err, ERR_FATAL, "exit check: out of memory");
	while (n == PAGE) {
		arena_reset(arena);
		if (message_list(desk->db, ticket, after, PAGE, arena, &v, &n,
		    err) == -1)
			goto out;
		for (i = 0; i < n; i++) {
			after = v[i].id;
			if (v[i].id == message || v[i].text == NULL)
				continue;
			scan(c, v[i].text, v[i].visibility == MESSAGE_PUBLIC ?
			    PUBLIC : HIT);
		}
	}
	ret = 0;
out:
	arena_free(&arena);
	return ret;
}

/* The first run that a note says and nothing public does. */
static const struct entry *
first_hit(const struct check *c)
{
	const struct entry *first = NULL;
	size_t i;

	for (i = 0; i < c->cap; i++)
		if (c->v[i].flags == HIT &&
		    (first == NULL || c->v[i].start < first->start))
			first = &c->v[i];
	return first;
}

int
exitcheck(struct desk *desk, int64_t ticket, int64_t message,
    const char *text, const char **found_out, struct err *err)
{
	struct check c = { .seed = crypt_random_u64(),
	    .base = crypt_random_u64() | 1 };
	const struct entry *hit;
	struct slice line;
	int ret = -1;

	scan(&c, text, 0);
	if (c.failed) {
		err_set(err, ERR_FATAL, "exit check: out of memory");
		goto out;
	}
	if (c.n > 0 && scan_ticket(&c, desk, ticket, message, err) == -1)
		goto out;
	hit = first_hit(&c);
	if (hit == NULL) {
		ret = 0;
		goto out;
	}
	line = utf8_clean_line(desk->arena, text + hit->start,
	    utf8_cut(text + hit->start, hit->end - hit->start, FOUND_MAX));
	line.len = utf8_cut(line.p, line.len, FOUND_MAX);
	*found_out = arena_strndup(desk->arena, line.p, line.len);
	ret = *found_out == NULL ? err_set(err, ERR_FATAL,
	    "exit check: out of memory") : 1;
out:
	free(c.v);
	return ret;
}
