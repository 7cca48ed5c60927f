#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/paths.h"
#include "base/worker.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifndef WITH_ASAN
#define WITH_ASAN 0
#endif

/* Long enough for a machine that is busy with other things; a test of what
 * takes too long waits less. */
#define PATIENT	30
#define HASTY	2

static const struct worker_limits limits = {
	.seconds = PATIENT, .memory = (size_t)192 << 20, .answer = 1 << 20,
	.run = 8,
};

static struct worker *
start_for(int seconds)
{
	struct worker_limits for_it = limits;
	static const char *const args[] = { "--echo", NULL };
	char path[PATHS_MAX];
	struct worker *worker = NULL;
	struct err err = { 0 };

	for_it.seconds = seconds;
	paths_program("../../tests/poison_parse", path);
	if (worker_start(path, args, &for_it, &worker, &err) == -1)
		fail_msg("%s", err.msg);
	return worker;
}

static struct worker *
start(void)
{
	return start_for(PATIENT);
}

static struct blob *
blob_of(const char *text, size_t fill)
{
	static char piece[65536];
	struct blob *blob = blob_start((size_t)64 << 20);
	struct err err = { 0 };
	size_t n;

	memset(piece, 'x', sizeof piece);
	assert_non_null(blob);
	assert_int_equal(blob_add(blob, text, strlen(text), &err), 0);
	for (; fill > 0; fill -= n) {
		n = fill < sizeof piece ? fill : sizeof piece;
		assert_int_equal(blob_add(blob, piece, n, &err), 0);
	}
	assert_int_equal(blob_add(blob, " END", 4, &err), 0);
	assert_int_equal(blob_done(blob, &err), 0);
	return blob;
}

/* Ask with a mail of that text; the answer is kept until the next call. */
static const char *
ask(struct worker *worker, const char *text, bool alone,
    enum worker_end *end_out, struct err *why)
{
	static struct buf answer = BUF_INIT(4 << 20);
	struct blob *blob = blob_of(text, 0);

	*why = (struct err){ 0 };
	assert_int_equal(worker_ask(worker, blob, alone, &answer, end_out,
	    why), 0);
	blob_free(&blob);
	return buf_str(&answer);
}

/* A mail that makes its child misbehave ends as it should, and the next mail
 * is answered as if nothing had been. */
static void
test_poison(void **state)
{
	static const struct {
		const char	*word;
		enum worker_end	 end;
		const char	*why;
	} t[] = {
		{ "crash",	WORKER_CRASHED,	WITH_ASAN ? "" : "signal 11" },
		{ "exit",	WORKER_CRASHED,	"ended with code 3" },
		{ "abort",	WORKER_CRASHED,	"" },
		{ "hang",	WORKER_TIMEOUT,	"no answer within 2 s" },
		{ "spin",	WORKER_TIMEOUT,	"no answer within 2 s" },
		{ "forbidden",	WORKER_CRASHED,	"forbidden system call" },
		{ "bloat",	WORKER_CRASHED,	"ended with code 12" },
		{ "lie-exit",	WORKER_CRASHED,	"ended with code 1" },
		{ "lie-error",	WORKER_CRASHED,	"not??[2J?text" },
		{ "lie-kind",	WORKER_LIED,	"does not exist" },
		{ "lie-length",	WORKER_LIED,	"longer than 1048576" },
		{ "lie-half",	WORKER_TIMEOUT,	"no answer within" },
		{ "flood",	WORKER_LIED,	"" },
	};
	struct worker *patient = start(), *hasty = start_for(HASTY);
	enum worker_end end;
	struct err why;
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct worker *worker = t[i].end == WORKER_TIMEOUT ? hasty :
		    patient;

		if (WITH_ASAN && strcmp(t[i].word, "bloat") == 0)
			continue;	/* no address-space limit there */
		print_message("%s\n", t[i].word);
		snprintf(text, sizeof text, "Subject: poison:%s\n", t[i].word);
		ask(worker, text, i % 2 == 0, &end, &why);
		assert_int_equal(end, t[i].end);
		assert_int_equal(why.code, ERR_INPUT);
		if (strstr(why.msg, t[i].why) == NULL)
			fail_msg("%s: %s", t[i].word, why.msg);
		assert_string_equal(ask(worker, "well", false, &end, &why),
		    "8 1 well END");
		assert_int_equal(end, WORKER_OK);
	}
	worker_stop(&patient);
	worker_stop(&hasty);
	assert_null(patient);
}

/* What a child cannot do, really tried in one. */
static void
test_sandbox(void **state)
{
	static const struct {
		const char	*word;
		enum worker_end	 end;
		const char	*says;	/* the answer, or why there is none */
	} t[] = {
		{ "open",	WORKER_OK,	"-1 13" },	/* EACCES */
		{ "create",	WORKER_OK,	"-1 13" },
		{ "socket",	WORKER_CRASHED,	"forbidden system call" },
		{ "fork",	WORKER_CRASHED,	"forbidden system call" },
		{ "exec",	WORKER_CRASHED,	"forbidden system call" },
		{ "kill",	WORKER_CRASHED,	"forbidden system call" },
		{ "code",	WORKER_CRASHED,	"forbidden system call" },
		{ "files",	WORKER_OK,	"0 1 2 3 " },
	};
	struct worker *worker = start();
	enum worker_end end;
	const char *answer;
	struct err why;
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].word);
		snprintf(text, sizeof text, "poison:%s", t[i].word);
		answer = ask(worker, text, true, &end, &why);
		assert_int_equal(end, t[i].end);
		assert_string_equal(strstr(end == WORKER_OK ? answer :
		    why.msg, t[i].says), t[i].says);
	}
	worker_stop(&worker);
}

/* A run is limits.run requests, and ends early for alone and end_run. */
static void
test_run(void **state)
{
	struct worker *worker = start();
	int64_t began = clock_mono_ms();
	enum worker_end end;
	struct err why;
	char expect[32];

	(void)state;
	for (int i = 0; i < limits.run * 2; i++) {
		const char *answer = ask(worker, "", false, &end, &why);

		if (clock_mono_ms() - began > 40) {
			began = clock_mono_ms();	/* a busy machine */
			worker_end_run(worker);
			i = -1;
			continue;
		}
		snprintf(expect, sizeof expect, "4 %d  END",
		    i % limits.run + 1);
		assert_string_equal(answer, expect);
	}
	ask(worker, "", false, &end, &why);
	assert_string_equal(ask(worker, "", true, &end, &why), "4 1  END");
	assert_string_equal(ask(worker, "", false, &end, &why), "4 1  END");
	worker_end_run(worker);
	assert_string_equal(ask(worker, "", false, &end, &why), "4 1  END");
	clock_sleep_ms(60);
	assert_string_equal(ask(worker, "", false, &end, &why), "4 1  END");
	worker_stop(&worker);
}

/* Answers given before they were asked for are not taken for the next mail. */
static void
test_lie_ahead(void **state)
{
	struct worker *worker = start();
	enum worker_end end;
	struct err why;

	(void)state;
	assert_string_equal(ask(worker, "poison:lie-ahead", false, &end,
	    &why), "{\"first\":1}");
	clock_sleep_ms(10);
	assert_string_equal(ask(worker, "next", false, &end, &why),
	    "8 1 next END");
	assert_int_equal(end, WORKER_OK);
	worker_stop(&worker);
}

/* A child that breaks at its second mail: the first answer stands, the second
 * mail succeeds alone. */
static void
test_crash_later(void **state)
{
	struct worker *worker = start();
	enum worker_end end;
	struct err why;

	(void)state;
	for (int i = 0; ; i++) {
		assert_string_equal(ask(worker, "1", true, &end, &why),
		    "5 1 1 END");
		assert_string_equal(ask(worker, "1", false, &end, &why),
		    "5 1 1 END");
		ask(worker, "poison:crash-later", false, &end, &why);
		if (end == WORKER_CRASHED)
			break;
		assert_true(i < 20);	/* only when over 50 ms had passed */
	}
	ask(worker, "poison:crash-later", true, &end, &why);
	assert_int_equal(end, WORKER_OK);
	worker_stop(&worker);
}

/* By descriptor, mapped: a mail far larger than the child's memory left. */
static void
test_large(void **state)
{
	struct worker *worker = start();
	struct blob *blob = blob_of("large", (size_t)25 << 20);
	struct buf answer = BUF_INIT(1 << 20);
	enum worker_end end;
	struct err why = { 0 };
	char expect[128];

	(void)state;
	assert_int_not_equal(blob_fd(blob), -1);
	snprintf(expect, sizeof expect, "%zu 1 ", blob_size(blob));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(worker_ask(worker, blob, false, &answer,
		    &end, &why), 0);
		assert_int_equal(end, WORKER_OK);
		assert_memory_equal(buf_str(&answer), expect, strlen(expect));
		assert_string_equal(buf_str(&answer) + answer.len - 5,
		    "x END");
	}
	buf_free(&answer);
	blob_free(&blob);
	worker_stop(&worker);
}

static pid_t
only_child(void)
{
	char path[64];
	FILE *f;
	int pid = 0;

	snprintf(path, sizeof path, "/proc/self/task/%d/children",
	    (int)getpid());
	f = fopen(path, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	return pid;
}

/* A killed zygote comes back, and the mail is asked again. */
static void
test_zygote_killed(void **state)
{
	struct worker *worker = start();
	pid_t first = only_child();
	enum worker_end end;
	struct err why;

	(void)state;
	ask(worker, "a", false, &end, &why);
	assert_int_equal(kill(first, SIGKILL), 0);
	/* a child that it had made before it was killed may answer still */
	assert_string_equal(ask(worker, "b", true, &end, &why), "5 1 b END");
	assert_string_equal(ask(worker, "c", true, &end, &why), "5 1 c END");
	assert_int_not_equal(only_child(), first);
	worker_stop(&worker);
}

static void
test_start_fails(void **state)
{
	static const char *const refuse[] = { "--refuse", NULL };
	struct worker *worker = NULL;
	struct err err = { 0 };
	char path[PATHS_MAX];

	(void)state;
	assert_int_equal(worker_start("/nonexistent/program", NULL, &limits,
	    &worker, &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	assert_non_null(strstr(err.msg, "/nonexistent/program"));
	assert_null(worker);
	paths_program("../../tests/poison_parse", path);
	assert_int_equal(worker_start(path, refuse, &limits, &worker, &err),
	    -1);
	assert_null(worker);
}

/* Frames cut, too long, and with a descriptor nobody wants. */
static void
test_frames(void **state)
{
	static const struct {
		const char	*bytes;
		size_t		 len;
		enum frame_end	 end;
	} t[] = {
		{ "\0\0\0\3Aabc",	8, FRAME_OK },
		{ "\0\0\0\0A",		5, FRAME_OK },
		{ "",			0, FRAME_CLOSED },
		{ "\0\0\0",		3, FRAME_BROKEN },
		{ "\0\0\0\3Aab",	7, FRAME_BROKEN },
		{ "\0\0\0\3A",		5, FRAME_BROKEN },
		{ "\0\0\0\5Aabcde",	10, FRAME_TOO_LONG },
		{ "\xff\xff\xff\xff" "A", 5, FRAME_TOO_LONG },
	};
	struct buf payload = BUF_INIT(4);
	int sv[2], fd;
	char kind;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("frame %zu\n", i);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
		assert_int_equal(write(sv[0], t[i].bytes, t[i].len),
		    (ssize_t)t[i].len);
		close(sv[0]);
		assert_int_equal(frame_recv(sv[1], &kind, &payload, &fd,
		    clock_mono_ms() + 1000), t[i].end);
		assert_int_equal(fd, -1);
		if (t[i].end == FRAME_OK)
			assert_int_equal(payload.len, t[i].len - FRAME_HEAD);
		close(sv[1]);
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(frame_recv(sv[1], &kind, &payload, &fd,
	    clock_mono_ms() + 20), FRAME_TIMEOUT);
	assert_int_equal(frame_send(sv[0], 'D', SLICE_LIT("ab"), 1,
	    clock_mono_ms() + 1000), FRAME_OK);
	assert_int_equal(frame_recv(sv[1], &kind, &payload, &fd,
	    FRAME_NO_DEADLINE), FRAME_OK);
	assert_int_equal(kind, 'D');
	assert_true(fd > 2);
	close(fd);
	close(sv[1]);
	assert_int_equal(frame_send(sv[0], 'D', SLICE_LIT("ab"), -1,
	    clock_mono_ms() + 1000), FRAME_CLOSED);
	close(sv[0]);
	buf_free(&payload);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_start_fails),
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_sandbox),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_lie_ahead),
		cmocka_unit_test(test_crash_later),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_zygote_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
