/* campusdesk-parse - what a mail says, read where it can do no harm.
 *
 *	campusdesk-parse [--mail-size=BYTES] <MAIL	one line of JSON
 *	campusdesk-parse --zygote …			serves base/worker */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "base/text.h"
#include "base/zygote.h"
#include "parsers/child.h"

#define ANSWER_MAX	((size_t)64 << 20)	/* bytes, on standard output */

static struct mail_limits limits;

static int
answer(struct slice request, struct buf *out, void *arg, struct err *err)
{
	(void)arg;
	return child_answer(request, &limits, true, out, err);
}

static int
read_all(int fd, struct buf *in, struct err *err)
{
	char piece[65536];
	ssize_t n;

	for (;;) {
		n = read(fd, piece, sizeof piece);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		buf_add(in, piece, (size_t)n);
	}
	if (n == -1)
		return err_set(err, ERR_FATAL, "standard input: %s",
		    strerror(errno));
	if (in->failed)
		return err_set(err, ERR_INPUT, "the mail is longer than %zu "
		    "bytes", in->max);
	return 0;
}

static int
write_all(int fd, struct slice s)
{
	ssize_t n;

	for (; s.len > 0; s.p += n, s.len -= (size_t)n) {
		n = write(fd, s.p, s.len);
		if (n == -1 && errno == EINTR)
			n = 0;
		if (n == -1)
			return -1;
	}
	return 0;
}

/* One mail from standard input to JSON on standard output. */
static int
parse_one(struct err *err)
{
	static const struct sandbox_limits mine = { 10, (size_t)1 << 30,
		ANSWER_MAX };
	struct buf in = BUF_INIT(limits.mail), out = BUF_INIT(ANSWER_MAX);
	struct sandbox *sandbox = NULL;
	int ret = -1;

	if (sandbox_new(&sandbox, err) == -1 ||
	    read_all(STDIN_FILENO, &in, err) == -1 ||
	    sandbox_enter(sandbox, &mine, err) == -1 ||
	    child_answer(buf_slice(&in), &limits, false, &out, err) == -1)
		goto out;
	buf_addc(&out, '\n');
	ret = write_all(STDOUT_FILENO, buf_slice(&out));
	if (ret == -1)
		err_set(err, ERR_FATAL, "standard output: %s",
		    strerror(errno));
out:
	buf_free(&in);
	buf_free(&out);
	sandbox_free(&sandbox);
	return ret;
}

static void
complain(const char *what)
{
	write_all(STDERR_FILENO, SLICE_LIT("campusdesk-parse: "));
	write_all(STDERR_FILENO, slice_of(what));
	write_all(STDERR_FILENO, SLICE_LIT("\n"));
}

static int
usage(void)
{
	complain("usage: campusdesk-parse [--mail-size=BYTES] [--zygote]");
	return 64;
}

int
main(int argc, char **argv)
{
	static const char size_is[] = "--mail-size=";
	struct err err = { 0 };
	bool zygote = false;
	uint64_t size;
	int i, rc;

	limits = mail_limits_default;
	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--zygote") == 0)
			zygote = true;
		else if (strncmp(argv[i], size_is, sizeof size_is - 1) == 0 &&
		    text_u64(slice_of(argv[i] + sizeof size_is - 1), &size))
			limits.mail = size;
		else
			return usage();
	}
	child_warm_up();
	rc = zygote ? zygote_serve(answer, NULL, &err) : parse_one(&err);
	if (rc == -1)
		complain(err.msg);
	/* exit handlers of libraries may need what the sandbox forbids */
	_exit(rc == 0 ? 0 : err.code == ERR_INPUT ? 65 : 70);
}
