/* poison_parse - a parser child that misbehaves when a mail tells it to: what
 * a mail that has taken over or broken the real one could do at worst.
 *
 * A mail with "poison:WORD" in its first 64 KiB gets that behaviour; all other
 * mail is answered by the real parser (or, with --echo, with its own bytes). */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/text.h"
#include "base/zygote.h"
#include "parsers/child.h"

#define LOOK	65536		/* bytes searched for the word */

static int asked;		/* requests of this child so far */

static void
say(char kind, const char *text)
{
	frame_send(ZYGOTE_FD, kind, slice_of(text), -1, FRAME_NO_DEADLINE);
}

static void
do_crash(void)
{
	volatile uintptr_t nowhere = sizeof(int);

	*(volatile int *)nowhere = 1;
}

static void
do_crash_later(void)
{
	if (asked > 1)
		do_crash();
}

static void
do_exit(void)
{
	_exit(3);
}

/* Why it cannot read the mail, in bytes that are no text. */
static void
do_lie_error(void)
{
	say('E', "not\xff\x1b[2J\xc3text");
}

/* As if it had come into no sandbox. */
static void
do_lie_exit(void)
{
	_exit(ZYGOTE_EXIT_SANDBOX);
}

static void
do_abort(void)
{
	abort();
}

static void
do_hang(void)
{
	for (;;)
		recv(-1, NULL, 0, 0);	/* killed: not in the filter */
}

static void
do_spin(void)
{
	volatile unsigned n = 0;

	for (;;)
		n = n + 1;
}

static void
do_block(void)
{
	char c;

	for (;;)		/* the worker does not speak now */
		if (read(ZYGOTE_FD, &c, 1) != 1)
			_exit(0);
}

/* Takes memory until there is none, then fails the way a parser does. */
static void
do_bloat(void)
{
	size_t piece = 16 << 20;
	char *p;

	for (;;) {
		p = malloc(piece);
		if (p == NULL)
			_exit(12);
		memset(p, 1, piece);
	}
}

static void
do_lie_kind(void)
{
	say('Z', "{}");
}

/* A length of nearly 4 GiB. */
static void
do_lie_length(void)
{
	static const char head[] = "\xff\xff\xff\xf0" "A";

	if (write(ZYGOTE_FD, head, FRAME_HEAD) != FRAME_HEAD)
		_exit(1);
}

/* Half a frame, then silence for ever. */
static void
do_lie_half(void)
{
	static const char part[] = "\0\0\1\0" "A" "{\"from\":";

	if (write(ZYGOTE_FD, part, sizeof part - 1) == -1)
		_exit(1);
	do_block();
}

/* Answers for the mails that have not been asked yet. */
static void
do_lie_ahead(void)
{
	say('A', "{\"first\":1}");
	say('A', "{\"second\":2}");
	do_block();
}

static void
do_lie_json(void)
{
	say('A', "{\"from\":{\"name\":7},\"attachments\":[{\"offset\":-1}]}");
}

static void
do_lie_text(void)
{
	say('A', "not JSON at all\n\xff");
}

/* Bytes without end. */
static void
do_flood(void)
{
	static char piece[65536];

	for (;;)
		if (write(ZYGOTE_FD, piece, sizeof piece) <= 0)
			_exit(1);
}

static void
say_errno(int rc, int fault)
{
	char text[64];

	snprintf(text, sizeof text, "%d %d", rc, rc == -1 ? fault : 0);
	say('A', text);
}

static void
do_open(void)
{
	int rc = open("/etc/passwd", O_RDONLY);

	say_errno(rc, errno);
}

static void
do_create(void)
{
	int rc = open("/tmp/poison_parse", O_RDWR | O_CREAT, 0600);

	say_errno(rc, errno);
}

static void
do_socket(void)
{
	int rc = socket(AF_INET, SOCK_STREAM, 0);

	say_errno(rc, errno);
}

static void
do_fork(void)
{
	pid_t pid = fork();

	say_errno((int)pid, errno);
}

static void
do_exec(void)
{
	char *argv[] = { "/bin/true", NULL };
	int rc = execv(argv[0], argv);

	say_errno(rc, errno);
}

static void
do_kill(void)
{
	int rc = kill(getppid(), SIGKILL);

	say_errno(rc, errno);
}

static void
do_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	say_errno(p == MAP_FAILED ? -1 : 0, errno);
}

/* Which descriptors are open? Reading one that is not fails with EBADF. */
static void
do_files(void)
{
	char text[64] = "";
	int fd;

	for (fd = 0; fd < 64; fd++)
		if (write(fd, "", 0) == 0 || errno != EBADF)
			snprintf(text + strlen(text), sizeof text -
			    strlen(text), "%d ", fd);
	say('A', text);
}

static const struct behaviour {
	const char	*word;
	void		(*fn)(void);
	bool		 then_answers;
} behaviours[] = {
	{ "crash",		do_crash,	false },
	{ "crash-later",	do_crash_later,	true },
	{ "exit",		do_exit,	false },
	{ "abort",		do_abort,	false },
	{ "hang",		do_block,	false },
	{ "spin",		do_spin,	false },
	{ "forbidden",		do_hang,	false },
	{ "bloat",		do_bloat,	false },
	{ "lie-exit",		do_lie_exit,	false },
	{ "lie-error",		do_lie_error,	false },
	{ "lie-kind",		do_lie_kind,	false },
	{ "lie-length",		do_lie_length,	false },
	{ "lie-half",		do_lie_half,	false },
	{ "lie-ahead",		do_lie_ahead,	false },
	{ "lie",		do_lie_json,	false },
	{ "lie-text",		do_lie_text,	false },
	{ "flood",		do_flood,	false },
	{ "open",		do_open,	false },
	{ "create",		do_create,	false },
	{ "socket",		do_socket,	false },
	{ "fork",		do_fork,	false },
	{ "exec",		do_exec,	false },
	{ "kill",		do_kill,	false },
	{ "code",		do_code,	false },
	{ "files",		do_files,	false },
};

static const struct behaviour *
behaviour_of(struct slice request)
{
	struct slice head = { request.p, request.len < LOOK ? request.len :
		LOOK };
	const char *at = text_ifind(head, "poison:"), *end;
	struct slice word;
	size_t i;

	if (at == NULL)
		return NULL;
	at += strlen("poison:");
	for (end = at; end < head.p + head.len &&
	    (text_is_alnum(*end) || *end == '-'); end++)
		;
	word = (struct slice){ at, (size_t)(end - at) };
	for (i = 0; i < sizeof behaviours / sizeof behaviours[0]; i++)
		if (slice_is(word, behaviours[i].word))
			return &behaviours[i];
	return NULL;
}

static int
answer_mail(struct slice request, struct buf *answer, void *arg,
    struct err *err)
{
	const struct behaviour *b = behaviour_of(request);
	zygote_answer_fn *else_answer = *(zygote_answer_fn **)arg;

	asked++;
	if (b != NULL) {
		b->fn();
		if (!b->then_answers)
			_exit(0);
	}
	return else_answer(request, answer, NULL, err);
}

/* The length, how many this child has read, and up to 64 bytes from the end. */
static int
echo(struct slice request, struct buf *answer, void *arg, struct err *err)
{
	size_t n = request.len < 64 ? request.len : 64;

	(void)arg;
	(void)err;
	buf_addf(answer, "%zu %d ", request.len, asked);
	buf_add(answer, request.p + request.len - n, n);
	return 0;
}

static int
parse(struct slice request, struct buf *answer, void *arg, struct err *err)
{
	(void)arg;
	return child_answer(request, &mail_limits_default, true, answer, err);
}

int
main(int argc, char **argv)
{
	bool echoes = argc > 1 && strcmp(argv[1], "--echo") == 0;
	zygote_answer_fn *fn = echoes ? echo : parse;
	struct err err = { 0 };

	if (argc > 1 && strcmp(argv[1], "--refuse") == 0)
		return 1;
	if (!echoes)
		child_warm_up();
	return zygote_serve(answer_mail, &fn, &err) == 0 ? 0 : 1;
}
