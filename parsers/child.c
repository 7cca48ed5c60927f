#include <jansson.h>
#include <time.h>

#include "parsers/charset.h"
#include "parsers/child.h"

#define ARENA_MAX	((size_t)256 << 20)	/* the sandbox is narrower */

int
child_answer(struct slice raw, const struct mail_limits *limits,
    bool internal, struct buf *out, struct err *err)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct mail *mail;
	int ret = -1;

	if (arena == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (mail_parse(raw, limits, arena, &mail, err) == 0 &&
	    mail_json_dump(mail, internal, out, err) == 0)
		ret = 0;
	arena_free(&arena);
	return ret;
}

void
child_warm_up(void)
{
	static const char mail[] = "From: =?iso-8859-1?q?=E9?= <a@b.example>\r\n"
	    "Subject: =?utf-8?q?w?=\r\nMIME-Version: 1.0\r\n"
	    "Date: Mon, 5 Jan 2026 10:00:00 +0100\r\n"
	    "Content-Type: text/html; charset=utf-8\r\n\r\n<p>warm</p>\r\n";
	struct buf out = BUF_INIT(1 << 20);

	tzset();
	json_object_seed(0);
	charset_warm();
	child_answer(slice_of(mail), &mail_limits_default, true, &out, NULL);
	buf_free(&out);
}
