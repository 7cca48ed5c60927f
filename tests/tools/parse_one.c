/* parse_one - one mail from standard input to the JSON of contract §3, in this
 * process: no child, no sandbox. For looking at and measuring the parser. */
#include <stdio.h>
#include <stdlib.h>

#include "parsers/mail_json.h"

#define MAIL_MAX	(64 * 1024 * 1024)

int
main(int argc, char **argv)
{
	struct buf raw = BUF_INIT(MAIL_MAX), out = BUF_INIT(MAIL_MAX);
	struct arena *arena = arena_new(256 * 1024 * 1024);
	struct mail *mail;
	struct err err = { 0 };
	char chunk[65536];
	int ret = 1;
	size_t n;

	(void)argv;
	while ((n = fread(chunk, 1, sizeof chunk, stdin)) > 0)
		buf_add(&raw, chunk, n);
	if (arena == NULL || mail_parse(buf_slice(&raw), &mail_limits_default,
	    arena, &mail, &err) != 0 ||
	    mail_json_dump(mail, argc > 1, &out, &err) != 0) {
		fprintf(stderr, "%s\n", err.msg);
		goto out;
	}
	puts(buf_str(&out));
	ret = 0;
out:
	buf_free(&raw);
	buf_free(&out);
	arena_free(&arena);
	return ret;
}
