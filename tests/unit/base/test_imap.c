/* imap and netstream against a server that says what a table tells it to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/imap.h"
#include "base/mutf7.h"
#include "base/netstream.h"

/* A step: wait for a line that holds expect (NULL: for nothing), say say, in
 * which "$" is the tag of that line, "@" that of the line before. say NULL:
 * close. */
struct step {
	const char	*expect, *say;
};
#define LOGIN								\
	{ NULL, "* OK ready\r\n" },					\
	{ "LOGIN me \"it's\"", "$ OK in\r\n" },			\
	{ "CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE UIDPLUS\r\n$ OK done\r\n" }
#define SELECT								\
	LOGIN,								\
	{ "SELECT", "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n"		\
	    "* OK [UIDNEXT 90] x\r\n$ OK [READ-WRITE] done\r\n" }

struct play {
	int			 listener, port;
	const struct step	*steps;
	size_t			 n;
	const char		*missed;	/* the step that did not come */
	pthread_t		 thread;
};

static bool
read_line(int fd, char *line, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t n = 0;

	while (n + 1 < size) {
		if (poll(&p, 1, 5000) != 1 || read(fd, line + n, 1) != 1)
			return false;
		if (line[n++] == '\n')
			break;
	}
	line[n] = '\0';
	return true;
}

static void
say(int fd, const char *text, const char *tag, const char *before)
{
	const char *p;
	size_t len, used;

	for (; *text != '\0'; text += used) {
		p = *text == '$' ? tag : *text == '@' ? before : text;
		len = strcspn(p, p == text ? "$@" : " \r\n");
		used = p == text ? len : 1;
		if (send(fd, p, len, MSG_NOSIGNAL) != (ssize_t)len)
			return;
	}
}

static void *
play_thread(void *arg)
{
	struct play *p = arg;
	char line[2][4096] = { "", "" };
	int fd = accept(p->listener, NULL, NULL), at = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct step *s = &p->steps[i];

		if (s->expect != NULL) {
			at = !at;
			if (!read_line(fd, line[at], sizeof line[at]) ||
			    strstr(line[at], s->expect) == NULL) {
				p->missed = s->expect;
				break;
			}
		}
		if (s->say == NULL)
			break;
		say(fd, s->say, line[at], line[!at]);
	}
	close(fd);
	return NULL;
}

static void
play_start(struct play *p, const struct step *steps, size_t n)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof a;

	*p = (struct play){ .steps = steps, .n = n };
	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->listener, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(p->listener, 5), 0);
	assert_int_equal(getsockname(p->listener, (struct sockaddr *)&a, &len),
	    0);
	p->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&p->thread, NULL, play_thread, p), 0);
}

static void
play_end(struct play *p)
{
	pthread_join(p->thread, NULL);
	close(p->listener);
	if (p->missed != NULL)
		fail_msg("the client never said \"%s\"", p->missed);
}

static int
open_at(const struct play *p, bool plain, struct imap **imap_out,
    struct err *err)
{
	const struct server server = {
		.url = "", .host = "127.0.0.1", .port = p->port,
		.plain = plain, .user = "me", .password = "it's",
		.ca_file = "",
	};

	return imap_open(&server, -1, imap_out, err);
}

#define START(p, steps) play_start((p), (steps), sizeof(steps) / sizeof *(steps))

static void
open_selected(struct play *p, struct imap **imap_out)
{
	struct imap_folder folder;
	struct err err = { 0 };

	if (open_at(p, true, imap_out, &err) != 0 ||
	    imap_select(*imap_out, "INBOX", &folder, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(folder.uidvalidity, 7);
	assert_int_equal(folder.uidnext, 90);
	assert_int_equal(folder.exists, 3);
}

/* What came, as text: "5=hello 6=gone". */
static int
note_body(int64_t uid, enum imap_body what, struct blob *blob, void *arg)
{
	static const char *const words[] = { "", "gone", "large", "refused" };
	struct buf *out = arg;

	buf_addf(out, "%lld=%s", (long long)uid, words[what]);
	if (blob != NULL)
		buf_addslice(out, blob_inline(blob));
	buf_addc(out, ' ');
	blob_free(&blob);
	return 0;
}

static int
note_length(int64_t uid, enum imap_body what, struct blob *blob, void *arg)
{
	assert_int_equal(what, IMAP_BODY_HERE);
	buf_addf(arg, "%lld=%zu ", (long long)uid, blob_size(blob));
	blob_free(&blob);
	return 0;
}

static int
note_info(const struct imap_info *info, void *arg)
{
	buf_addf(arg, "%lld:%lld:%lld%s%s ", (long long)info->uid,
	    (long long)info->size, (long long)info->internal_ms,
	    info->seen ? "s" : "", info->deleted ? "d" : "");
	return 0;
}

static const struct imap_info asked[] = {
	{ .uid = 5, .size = 10 }, { .uid = 6, .size = 10 },
	{ .uid = 9, .size = 10 },
};

static void
test_list(void **state)
{
	static const struct step steps[] = {
		SELECT,
		{ "UID FETCH 4:* (UID FLAGS INTERNALDATE RFC822.SIZE)",
		    "* 2 FETCH (UID 9 RFC822.SIZE 12 FLAGS (\\Seen) "
		    "INTERNALDATE \"02-Jan-1970 01:00:00 +0100\")\r\n"
		    "* 1 FETCH (FLAGS (\\Deleted))\r\n"
		    "* 1 FETCH (UID 0 RFC822.SIZE 12)\r\n"
		    "* 1 FETCH (UID 3 RFC822.SIZE 12)\r\n"
		    "* 2 FETCH (UID 9 RFC822.SIZE 12)\r\n"
		    "* 1 FETCH (UID 5 RFC822.SIZE 99 FLAGS (\\Deleted))\r\n"
		    "$ OK done\r\n" },
		{ "UID FETCH 91:*", "* 2 FETCH (UID 9 RFC822.SIZE 12)\r\n"
		    "$ OK done\r\n" },
		{ "LOGOUT", "* BYE now\r\n$ OK done\r\n" },
	};
	struct buf got = BUF_INIT(1000);
	struct err err = { 0 };
	struct imap *imap = NULL;
	struct play p;

	(void)state;
	START(&p, steps);
	open_selected(&p, &imap);
	assert_int_equal(imap_list(imap, 4, note_info, &got, &err), 0);
	assert_non_null(strstr(buf_str(&got), "5:99:0d 9:12:"));
	assert_null(strstr(buf_str(&got), "3:"));
	assert_null(strstr(strstr(buf_str(&got), "9:12:") + 1, "9:12:"));
	buf_reset(&got);	/* "91:*" names the last one, too */
	assert_int_equal(imap_list(imap, 91, note_info, &got, &err), 0);
	assert_string_equal(buf_str(&got), "");
	imap_close(&imap);
	play_end(&p);
	buf_free(&got);
}

static void
test_fetch(void **state)
{
	static const struct {
		struct step	 steps[10];
		size_t		 n;
		int		 ret;
		const char	*got, *msg;
	} t[] = {
		/* in any order; flags of others; unasked, doubled, without a
		 * body, NIL, a body of no bytes, a quoted one */
		{ { SELECT, { "UID FETCH 5:6,9 (UID BODY.PEEK[])",
		    "* 1 FETCH (FLAGS (\\Seen))\r\n"
		    "* 3 FETCH (BODY[] {3}\r\nnin UID 9)\r\n"
		    "* 1 FETCH (UID 5 BODY[] {5}\r\nhello)\r\n"
		    "* 1 FETCH (UID 5 BODY[] {5}\r\nother)\r\n"
		    "* 4 FETCH (UID 77 BODY[] {2}\r\nno)\r\n"
		    "* 2 FETCH (UID 6 FLAGS ())\r\n"
		    "* 2 FETCH (UID 6 RFC822.SIZE 0 BODY[] NIL)\r\n"
		    "$ OK done\r\n" },
		    { "LOGOUT", "$ OK done\r\n" } }, 6, 0,
		    "5=hello 6=gone 9=nin ", "" },
		{ { SELECT, { "UID FETCH 5:6,9",
		    "* 1 FETCH (UID 5 BODY[] {0}\r\n)\r\n"
		    "* 2 FETCH (UID 6 BODY[] \"quoted\")\r\n$ OK done\r\n" },
		    { "LOGOUT", "$ OK done\r\n" } }, 6, 0,
		    "5= 6=quoted 9=gone ", "" },
		/* longer than is allowed, whatever was announced */
		{ { SELECT, { "UID FETCH 5:6,9",
		    "* 1 FETCH (UID 5 BODY[] {21}\r\n123456789012345678901)"
		    "\r\n* 2 FETCH (UID 6 BODY[] {2}\r\nhi)\r\n$ OK done\r\n" },
		    { "LOGOUT", "$ OK done\r\n" } }, 6, 0,
		    "5=large 6=hi 9=gone ", "" },
		/* refused: the rest is asked for one by one */
		{ { SELECT, { "UID FETCH 5:6,9",
		    "* 1 FETCH (UID 5 BODY[] {2}\r\nhi)\r\n$ NO some\r\n" },
		    { "UID FETCH 6 ", "" },
		    { "UID FETCH 9 ", "@ NO broken\r\n"
		    "* 3 FETCH (UID 9 BODY[] {2}\r\nho)\r\n$ OK done\r\n" },
		    { "LOGOUT", "$ OK done\r\n" } }, 8, 0,
		    "5=hi 6=refused 9=ho ", "" },
		/* gone in the middle of a body: what is whole counts */
		{ { SELECT, { "UID FETCH 5:6,9",
		    "* 1 FETCH (UID 5 BODY[] {2}\r\nhi)\r\n"
		    "* 2 FETCH (UID 6 BODY[] {2000}\r\nhi" },
		    { NULL, NULL } }, 6, -1, "5=hi ",
		    "closed the connection" },
		{ { SELECT, { "UID FETCH 5:6,9", "* BYE full\r\n" } }, 5, -1,
		    "", "closed the connection" },
		{ { SELECT, { "UID FETCH 5:6,9", "* 1 FETCH (((((\r\n" } }, 5,
		    -1, "", "not understood" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf got = BUF_INIT(1000);
		struct err err = { 0 };
		struct imap *imap = NULL;
		struct play p;

		play_start(&p, t[i].steps, t[i].n);
		open_selected(&p, &imap);
		assert_int_equal(imap_fetch(imap, asked, 3, 20, false,
		    note_body, &got, &err), t[i].ret);
		assert_string_equal(buf_str(&got), t[i].got);
		if (strstr(err.msg, t[i].msg) == NULL)
			fail_msg("case %zu: %s", i, err.msg);
		if (t[i].ret != 0) {
			assert_int_equal(err.code, ERR_RETRY);
			assert_int_equal(imap_noop(imap, &err), -1);
		}
		imap_close(&imap);
		play_end(&p);
		buf_free(&got);
	}
}

/* All bodies in flight come before the first command is ended. */
static void
test_fetch_ends_late(void **state)
{
	enum { SIZE = 1000 * 1000, N = 4 };
	struct buf text = BUF_INIT(2 * N * SIZE), got = BUF_INIT(1000);
	struct imap_info infos[N];
	char *body = malloc(SIZE);
	struct err err = { 0 };
	struct imap *imap = NULL;
	struct play p;

	(void)state;
	memset(body, 'x', SIZE);
	for (int i = 0; i < N; i++) {
		infos[i] = (struct imap_info){ .uid = 5 + i, .size = SIZE };
		buf_addf(&text, "* %d FETCH (UID %d BODY[] {%d}\r\n", i + 1,
		    5 + i, SIZE);
		buf_add(&text, body, SIZE);
		buf_adds(&text, ")\r\n");
	}
	buf_adds(&text, "4 OK done\r\n5 OK done\r\n6 OK done\r\n$ OK done"
	    "\r\n");
	const struct step steps[] = {
		SELECT,
		{ "4 UID FETCH 5 ", "" }, { "5 UID FETCH 6 ", "" },
		{ "6 UID FETCH 7 ", "" }, { "7 UID FETCH 8 ", buf_str(&text) },
		{ "LOGOUT", "$ OK done\r\n" },
	};
	START(&p, steps);
	open_selected(&p, &imap);
	if (imap_fetch(imap, infos, N, SIZE, false, note_length, &got,
	    &err) != 0)
		fail_msg("%s", err.msg);
	assert_string_equal(buf_str(&got),
	    "5=1000000 6=1000000 7=1000000 8=1000000 ");
	imap_close(&imap);
	play_end(&p);
	buf_free(&text);
	buf_free(&got);
	free(body);
}

static void
test_header_is_cut(void **state)
{
	static const struct step steps[] = {
		SELECT,
		{ "UID FETCH 5:6,9 (UID BODY.PEEK[HEADER])",
		    "* 1 FETCH (UID 5 BODY[HEADER] {10}\r\n1234567890)\r\n"
		    "$ OK done\r\n" },
		{ "LOGOUT", "$ OK done\r\n" },
	};
	struct buf got = BUF_INIT(1000);
	struct err err = { 0 };
	struct imap *imap = NULL;
	struct play p;

	(void)state;
	START(&p, steps);
	open_selected(&p, &imap);
	assert_int_equal(imap_fetch(imap, asked, 3, 4, true, note_body, &got,
	    &err), 0);
	assert_string_equal(buf_str(&got), "5=1234 6=gone 9=gone ");
	imap_close(&imap);
	play_end(&p);
	buf_free(&got);
}

static void
test_idle(void **state)
{
	static const struct {
		const char	*first;	/* said to IDLE */
		const char	*after;	/* said to DONE; NULL: it closes */
		int		 ret;
	} t[] = {
		{ "+ idling\r\n* 4 EXISTS\r\n", "@ OK done\r\n", 1 },
		{ "* 4 EXISTS\r\n+ idling\r\n", "@ OK done\r\n", 1 },
		{ "+ idling\r\n", "* 4 EXISTS\r\n@ OK done\r\n", 1 },
		{ "+ idling\r\n* OK Still here\r\n* 3 EXPUNGE\r\n",
		    "@ OK done\r\n", 0 },
		{ "+ idling\r\n", NULL, -1 },
		{ "+ idling\r\n* BYE now\r\n", NULL, -1 },
		{ "$ BAD what\r\n", NULL, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		const struct step steps[] = {
			SELECT,
			{ "IDLE", t[i].first },
			{ t[i].after == NULL ? NULL : "DONE", t[i].after },
			{ "LOGOUT", "$ OK done\r\n" },
		};
		struct err err = { 0 };
		struct imap *imap = NULL;
		struct play p;

		START(&p, steps);
		open_selected(&p, &imap);
		assert_int_equal(imap_idle(imap, 100, &err), t[i].ret);
		imap_close(&imap);
		play_end(&p);
	}
}

static void
test_move_without_move(void **state)
{
	static const int64_t uids[] = { 4, 5, 6, 9 };
	static const struct step steps[] = {
		SELECT,
		{ "UID COPY 4:6,9 \"Done \\\"1\\\"\"", "$ OK done\r\n" },
		{ "UID STORE 4:6,9 +FLAGS.SILENT (\\Seen \\Deleted)",
		    "$ OK done\r\n" },
		{ "UID EXPUNGE 4:6,9", "* 1 EXPUNGE\r\n$ OK done\r\n" },
		{ "UID STORE 4:6,9 +FLAGS.SILENT (\\Seen)", "$ NO full\r\n" },
		{ "LOGOUT", "$ OK done\r\n" },
	};
	struct err err = { 0 };
	struct imap *imap = NULL;
	struct play p;

	(void)state;
	START(&p, steps);
	open_selected(&p, &imap);
	assert_int_equal(imap_move(imap, uids, 4, "Done \"1\"", &err), 0);
	assert_int_equal(imap_mark_seen(imap, uids, 4, &err), -1);
	assert_non_null(strstr(err.msg, "full"));
	imap_close(&imap);
	play_end(&p);
}

static void
test_refused_at_the_door(void **state)
{
	static const struct {
		struct step	 steps[6];
		size_t		 n;
		bool		 plain;
		enum err_code	 code;
		const char	*msg;
	} t[] = {
		{ { { NULL, "* OK done\r\n" }, { "CAPABILITY",
		    "* CAPABILITY IMAP4rev1\r\n$ OK done\r\n" } }, 2, false,
		    ERR_INPUT, "does not offer STARTTLS" },
		{ { { NULL, "* PREAUTH welcome\r\n" } }, 1, false, ERR_INPUT,
		    "before TLS" },
		{ { { NULL, "* OK done\r\n" }, { "CAPABILITY",
		    "* CAPABILITY IMAP4rev1 STARTTLS\r\n$ OK done\r\n" },
		    { "STARTTLS", "$ OK go\r\n* CAPABILITY EVIL\r\n" } }, 3,
		    false, ERR_INPUT, "slipped plain text in" },
		{ { { NULL, "* OK done\r\n" }, { "CAPABILITY",
		    "* CAPABILITY IMAP4rev1 STARTTLS\r\n$ OK done\r\n" },
		    { "STARTTLS", "$ NO not today\r\n" } }, 3, false,
		    ERR_INPUT, "refuses it" },
		{ { { NULL, "* OK done\r\n" },
		    { "LOGIN", "$ NO [AUTHENTICATIONFAILED] wrong\r\n" } }, 2,
		    true, ERR_INPUT, "check user and password-file" },
		{ { { NULL, "* OK done\r\n" },
		    { "LOGIN", "$ NO [UNAVAILABLE] later\r\n" } }, 2, true,
		    ERR_RETRY, "for the time being" },
		{ { { NULL, "220 mail ESMTP\r\n" } }, 1, true, ERR_RETRY,
		    "not understood" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct err err = { 0 };
		struct imap *imap = NULL;
		struct play p;

		play_start(&p, t[i].steps, t[i].n);
		assert_int_equal(open_at(&p, t[i].plain, &imap, &err), -1);
		assert_null(imap);
		assert_int_equal(err.code, t[i].code);
		assert_non_null(strstr(err.msg, t[i].msg));
		assert_non_null(strstr(err.msg, "127.0.0.1:"));
		assert_null(strstr(err.msg, "it's"));	/* the password */
		play_end(&p);
	}
}

static void
test_no_such_folder(void **state)
{
	static const struct step steps[] = {
		LOGIN,
		{ "Caf&AOk-", "$ NO [NONEXISTENT] none\r\n" },
		{ "Old", "$ OK done\r\n" },
		{ "CREATE", "$ NO never\r\n" },
		{ "LOGOUT", "$ OK done\r\n" },
	};
	struct imap_folder folder;
	struct err err = { 0 };
	struct imap *imap = NULL;
	struct play p;

	(void)state;
	START(&p, steps);
	assert_int_equal(open_at(&p, true, &imap, &err), 0);
	assert_int_equal(imap_select(imap, "Caf\xc3\xa9", &folder, &err), -1);
	if (err.code != ERR_INPUT)
		fail_msg("%s", err.msg);
	assert_non_null(strstr(err.msg, "no such folder \"Caf\xc3\xa9\""));
	assert_int_equal(imap_ensure_folder(imap, "Old", &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	imap_close(&imap);
	play_end(&p);
}

static void
test_mutf7(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "INBOX", "INBOX" }, { "a&b", "a&-b" },
		{ "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/"
		    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
		    "~peter/mail/&U,BTFw-/&ZeVnLIqe-" },
		{ "\xf0\x9f\x98\x80", "&2D3eAA-" }, { "a\nb", "a&AAo-b" },
		{ "\xff", "&,,0-" }, { "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct buf b = BUF_INIT(200);

		mutf7_add(&b, slice_of(t[i].in));
		assert_string_equal(buf_str(&b), t[i].out);
		buf_free(&b);
	}
}

/* netstream */

struct drip {
	int	listener, port;
	pthread_t thread;
};

static void *
drip_thread(void *arg)
{
	struct drip *d = arg;
	int fd = accept(d->listener, NULL, NULL);

	for (int i = 0; i < 20; i++) {
		if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
			break;
		clock_sleep_ms(50);
	}
	close(fd);
	return NULL;
}

static void
drip_start(struct drip *d)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof a;

	d->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(d->listener, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(d->listener, 5), 0);
	assert_int_equal(getsockname(d->listener, (struct sockaddr *)&a, &len),
	    0);
	d->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&d->thread, NULL, drip_thread, d), 0);
}

static struct netstream *
drip_open(const struct drip *d, int stop_fd)
{
	const struct netstream_peer peer = { "127.0.0.1", d->port, "",
	    stop_fd };
	struct netstream *ns = NULL;
	struct err err = { 0 };

	if (netstream_open(&peer, 2000, &ns, &err) != 0)
		fail_msg("%s", err.msg);
	return ns;
}

static void
drip_end(struct drip *d, struct netstream **ns)
{
	netstream_close(ns);
	pthread_join(d->thread, NULL);
	close(d->listener);
}

static void
test_deadline_is_absolute(void **state)
{
	struct netstream *ns;
	struct drip d;
	int64_t start_ms;
	char c;

	(void)state;
	drip_start(&d);
	ns = drip_open(&d, -1);
	start_ms = clock_mono_ms();
	netstream_limit(ns, 300, 1000);
	while (netstream_read(ns, &c, 1) == 1)
		;
	assert_in_range(clock_mono_ms() - start_ms, 250, 1500);
	assert_int_equal(netstream_fault(ns)->code, ERR_RETRY);
	assert_non_null(strstr(netstream_fault(ns)->msg, "in time"));
	netstream_limit(ns, 5000, 1000);	/* does not bring it back */
	assert_int_equal(netstream_read(ns, &c, 1), -1);
	drip_end(&d, &ns);
}

static void
test_budget(void **state)
{
	struct netstream *ns;
	struct drip d;
	char c;

	(void)state;
	drip_start(&d);
	ns = drip_open(&d, -1);
	netstream_limit(ns, 5000, 2);
	assert_int_equal(netstream_wait(ns, 1000), 1);
	assert_int_equal(netstream_read(ns, &c, 1), 1);
	assert_int_equal(netstream_read(ns, &c, 1), 1);
	assert_int_equal(netstream_read(ns, &c, 1), 1);
	assert_int_equal(netstream_read(ns, &c, 1), -1);
	assert_non_null(strstr(netstream_fault(ns)->msg, "far more"));
	drip_end(&d, &ns);
}

static void
test_cancel(void **state)
{
	int stop = eventfd(0, EFD_CLOEXEC);
	const struct netstream_peer peer = { "192.0.2.1", 9, "", stop };
	struct netstream *ns, *none = NULL;
	struct err err = { 0 };
	struct drip d;
	char c[100];
	int64_t start_ms;

	(void)state;
	drip_start(&d);
	ns = drip_open(&d, stop);
	assert_false(netstream_stopped(ns));
	assert_int_equal(eventfd_write(stop, 1), 0);
	start_ms = clock_mono_ms();
	assert_true(netstream_stopped(ns));
	netstream_limit(ns, 5000, 1000);
	while (netstream_read(ns, c, sizeof c) > 0)
		;
	assert_non_null(strstr(netstream_fault(ns)->msg, "cancelled"));
	assert_int_equal(netstream_open(&peer, 5000, &none, &err), -1);
	assert_null(none);
	assert_in_range(clock_mono_ms() - start_ms, 0, 2000);
	drip_end(&d, &ns);
	close(stop);
}

static void
test_high_descriptor(void **state)
{
	struct rlimit limit;
	struct netstream *ns;
	struct drip d;
	int hold[1100];
	char c;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < 1300)
		skip();
	limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (size_t i = 0; i < sizeof hold / sizeof hold[0]; i++)
		hold[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	drip_start(&d);
	ns = drip_open(&d, -1);
	assert_true(netstream_fd(ns) > 1024);
	netstream_limit(ns, 2000, 1000);
	assert_int_equal(netstream_read(ns, &c, 1), 1);
	drip_end(&d, &ns);
	for (size_t i = 0; i < sizeof hold / sizeof hold[0]; i++)
		close(hold[i]);
}

static void
test_name_that_is_none(void **state)
{
	const struct netstream_peer peer = { "no-such-host.invalid", 993, "",
	    -1 };
	struct netstream *ns = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(netstream_open(&peer, 3000, &ns, &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	assert_non_null(strstr(err.msg, "no-such-host.invalid:993: "));
	assert_null(ns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_fetch),
		cmocka_unit_test(test_fetch_ends_late),
		cmocka_unit_test(test_header_is_cut),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_move_without_move),
		cmocka_unit_test(test_refused_at_the_door),
		cmocka_unit_test(test_no_such_folder),
		cmocka_unit_test(test_mutf7),
		cmocka_unit_test(test_deadline_is_absolute),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_high_descriptor),
		cmocka_unit_test(test_name_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
