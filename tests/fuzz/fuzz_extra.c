/* What stands in mail beside fields and HTML, and header blocks: the first byte
 * says by which reader. What is found lies inside what was given. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "parsers/bounce_status.h"
#include "parsers/charset_guess.h"
#include "parsers/cms.h"
#include "parsers/flowed.h"
#include "parsers/forward.h"
#include "parsers/header.h"
#include "parsers/mail_extra.h"
#include "parsers/thread.h"
#include "parsers/tnef.h"
#include "parsers/words.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The library forgets what it has allocated of a broken winmail.dat; the child
 * ends soon. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libytnef";
}

static void
inside(struct slice s, struct slice in)
{
	assert(s.len <= in.len);
	assert(s.len == 0 || (s.p >= in.p && s.p + s.len <= in.p + in.len));
}

static void
header(struct slice in, struct arena *arena)
{
	struct header_list list;
	struct err err;
	size_t i;

	if (header_scan(in, &mail_limits_default, arena, &list, &err) != 0)
		abort();
	assert(list.length <= in.len);
	assert(list.n <= mail_limits_default.fields);
	for (i = 0; i < list.n; i++) {
		inside(list.v[i].name, in);
		assert(list.v[i].offset < list.length);
		assert(list.v[i].value.len <=
		    mail_limits_default.header_field);
		assert(list.v[i].value.len == 0 ||
		    memchr(list.v[i].value.p, '\n', list.v[i].value.len) ==
		    NULL);
	}
}

static void
uu(struct slice in)
{
	struct slice rest = in, before, file, name;
	size_t seen = 0;

	while (extra_uu(&rest, &before, &file, &name)) {
		inside(before, in);
		inside(file, in);
		inside(name, file);
		assert(file.len > 0);
		seen += before.len + file.len;
	}
	assert(seen <= in.len && rest.len <= in.len - seen);
}

static void
ids(struct slice in, struct arena *arena)
{
	struct mail_strings list = thread_ids(in, arena);
	bool re, fwd;
	size_t i;

	assert(list.n <= THREAD_IDS_MAX);
	for (i = 0; i < list.n; i++)
		assert(list.v[i][0] != '\0' &&
		    utf8_valid(list.v[i], strlen(list.v[i])));
	inside(thread_subject_base(in, &re, &fwd), in);
	assert(thread_subject_ticket(in) >= 0);
}

static void
winmail(struct slice in, struct arena *arena)
{
	struct tnef t;
	size_t i;

	tnef_read(in, arena, &t);
	assert(t.nmembers <= TNEF_MEMBERS_MAX);
	for (i = 0; i < t.nmembers; i++)
		assert(strpbrk(t.members[i], "/\\\n") == NULL);
}

static void
opaque(struct slice in)
{
	struct buf out = BUF_INIT(in.len);

	cms_signed_content(in, &out);
	assert(!out.failed);
	buf_free(&out);
}

/* Those that read clean text, and give clean text. */
static void
text(char which, struct slice in, struct arena *arena)
{
	struct buf clean = BUF_INIT(in.len * 3 + 1);
	struct buf out = BUF_INIT(in.len * 6 + 64);
	const char *line, *summary = NULL;
	struct slice s;
	bool chain;
	int64_t ms;

	utf8_clean(&clean, in.p, in.len);
	s = clean.p == NULL ? (struct slice){ "", 0 } : buf_slice(&clean);
	if (which == 'w' || which == 'W') {
		flowed_join(s, which == 'W', &out);
	} else if (which == 'g') {
		extra_pgp_signed(s, &out);
		assert(out.len <= s.len + 1);
	} else if (which == 'i') {
		line = extra_calendar(s, arena, &summary);
		assert((line == NULL) == (summary == NULL));
		assert(line == NULL || utf8_valid(line, strlen(line)));
	} else {
		forward_read(s, arena, &chain);
		forward_date(s, &ms);
		forward_address(s, arena);
		words_find(s, "z\303\274rich");
	}
	assert(!out.failed);
	assert(out.len == 0 || utf8_valid(out.p, out.len));
	buf_free(&clean);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(64 * 1024 * 1024);
	struct slice in = { (const char *)data + (size > 0),
	    size - (size > 0) };
	char status[BOUNCE_STATUS_MAX];
	char which = size == 0 ? '\0' : (char)data[0];

	if (arena == NULL)
		abort();
	switch (which) {
	case 'h':
		header(in, arena);
		break;
	case 'u':
		uu(in);
		break;
	case 't':
		ids(in, arena);
		break;
	case 'n':
		winmail(in, arena);
		break;
	case 'o':
		opaque(in);
		break;
	case 's':
		bounce_status_guess(in, status);
		assert(strlen(status) < sizeof status);
		break;
	case 'c':
		assert(guess_charset(in) != NULL);
		break;
	case 'w': case 'W': case 'g': case 'i': case 'f':
		text(which, in, arena);
		break;
	}
	arena_free(&arena);
	return 0;
}
