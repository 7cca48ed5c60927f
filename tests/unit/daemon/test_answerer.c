#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/requests.h"
#include "base/sdnotify.h"
#include "daemon/answerer.h"
#include "db/people_store.h"
#include "db/ticket_store.h"
#include "desk/login.h"

static char folder[64], store[96], sock[96];
static struct settings *settings;
static _Atomic int woken;

static int
setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/campusdesk-answerer.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(store, sizeof store, "%s/desk.db", folder);
	snprintf(sock, sizeof sock, "%s/requests.sock", folder);
	settings = settings_default("desk@x", store);
	return settings == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[128];

	settings_free(&settings);
	unlink(sock);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		snprintf(path, sizeof path, "%s%s", store, ends[i]);
		unlink(path);
	}
	return rmdir(folder);
}

static void
wake(void *arg)
{
	assert_ptr_equal(arg, &woken);
	woken++;
}

static int
ask(const char *json, json_t **answer_out, struct err *err)
{
	json_t *request = json_loads(json, 0, NULL);
	int rc;

	assert_non_null(request);
	*err = (struct err){ 0 };
	rc = requests_call(store, request, 3000, answer_out, err);
	json_decref(request);
	return rc;
}

/* Bytes to the socket as they are; what comes back is not looked at. */
static void
send_raw(const char *bytes, size_t len)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", sock);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
	close(fd);
}

static void
test_requests(void **state)
{
	struct answerer *a = NULL;
	struct err err = { 0 };
	json_t *answer = NULL;
	struct stat st;

	(void)state;
	assert_int_equal(ask("{\"type\":\"ping\"}", NULL, &err), -1);
	assert_int_equal(err.code, ERR_RETRY);		/* nobody there */
	assert_int_equal(answerer_start(settings, wake, &woken, &a, &err), 0);
	assert_int_equal(stat(sock, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);

	assert_int_equal(ask("{\"type\":\"ping\"}", &answer, &err), 0);
	assert_int_equal(json_integer_value(json_object_get(answer, "pid")),
	    getpid());
	json_decref(answer);
	assert_int_equal(ask("{\"type\":\"wake\"}", NULL, &err), 0);
	assert_int_equal(woken, 1);
	requests_wake(store);
	assert_int_equal(woken, 2);

	assert_int_equal(ask("{\"type\":\"close\"}", NULL, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_string_equal(err.msg, "unknown request");
	assert_int_equal(ask("{\"x\":1}", NULL, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);

	/* nonsense, half a message, a lying length: the next is answered */
	send_raw("\0\0\0\2[]", 6);
	send_raw("\0\0\0\3{\"t", 7);
	send_raw("\0\0\0\5hello", 9);
	send_raw("\xff\xff\xff\xff", 4);
	send_raw("\0\0", 2);
	send_raw("\0\0\0\x0f{\"type\":\"wake\"}", 19);
	assert_int_equal(ask("{\"type\":\"ping\"}", NULL, &err), 0);
	assert_int_equal(woken, 3);
	answerer_stop(&a);
	assert_null(a);
	assert_int_equal(access(sock, F_OK), -1);
}

/* A link works once; its session ends by logging out. */
static void
test_login(void **state)
{
	struct person ann = { .name = "", .address = "ann@x",
	    .categories = "" };
	struct ticket ticket = { .subject = "s", .category = "it",
	    .source = "mail", .location = "", .tags = "" };
	char token[LOGIN_TEXT_MAX], text[200], session[LOGIN_TEXT_MAX];
	unsigned char hash[CRYPT_SHA256];
	struct answerer *a = NULL;
	struct err err = { 0 };
	struct db *db = NULL;
	json_t *answer = NULL;
	int64_t person = 0, now = clock_now_ms();

	(void)state;
	assert_int_equal(db_open(settings->store_url, DB_WRITE, &db, &err), 0);
	assert_int_equal(db_begin(db, &err), 0);
	assert_int_equal(person_add(db, &ann, 1, &ann.id, &err), 0);
	assert_int_equal(ticket_insert(db, &ticket, &err), 0);
	assert_int_equal(login_make(db, ann.id, now, token, &err), 0);
	assert_int_equal(db_commit(db, &err), 0);
	assert_int_equal(strlen(token), LOGIN_TEXT_MAX - 1);
	assert_int_equal(answerer_start(settings, wake, &woken, &a, &err), 0);

	assert_int_equal(ask("{\"type\":\"login-consume\"}", NULL, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	snprintf(text, sizeof text, "{\"type\":\"login-consume\","
	    "\"token\":\"%s\",\"agent\":\"Lynx\\n2\"}", token);
	assert_int_equal(ask(text, &answer, &err), 0);
	snprintf(session, sizeof session, "%s", json_string_value(
	    json_object_get(answer, "session")));
	assert_true(json_integer_value(json_object_get(answer, "until_ms")) >=
	    now + LOGIN_SESSION_MS);
	json_decref(answer);
	assert_true(login_hash(session, hash));
	assert_int_equal(session_find(db, hash, now, &person, &err), 1);
	assert_int_equal(person, ann.id);
	assert_string_not_equal(session, token);
	assert_int_equal(ask(text, NULL, &err), -1);	/* once only */
	assert_int_equal(err.code, ERR_INPUT);

	snprintf(text, sizeof text, "{\"type\":\"logout\","
	    "\"session\":\"%s\"}", session);
	assert_int_equal(ask(text, NULL, &err), 0);
	assert_int_equal(ask(text, NULL, &err), 0);
	assert_int_equal(session_find(db, hash, now, &person, &err), 0);

	snprintf(text, sizeof text, "{\"type\":\"viewed\",\"person\":%d,"
	    "\"ticket\":%d}", (int)ann.id, (int)ticket.number);
	assert_int_equal(ask(text, NULL, &err), 0);
	assert_int_equal(viewed_has(db, ann.id, ticket.number, clock_now_ms(),
	    &err), 1);
	assert_int_equal(ask("{\"type\":\"viewed\",\"person\":99,"
	    "\"ticket\":1}", NULL, &err), -1);
	answerer_stop(&a);
	db_close(&db);
}

/* What looks like a token, and what does not. */
static void
test_login_hash(void **state)
{
	static const struct { const char *text; bool is; } t[] = {
		{ "", false },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true },
		{ "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", true },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1", false },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false },
	};
	unsigned char hash[CRYPT_SHA256];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].text);
		assert_int_equal(login_hash(t[i].text, hash), t[i].is);
	}
}

/* The file of a daemon that was killed is no obstacle. */
static void
test_stale(void **state)
{
	struct answerer *a = NULL;
	struct err err = { 0 };
	int fd;

	(void)state;
	assert_int_equal(requests_listen(store, &fd, &err), 0);
	close(fd);
	assert_int_equal(access(sock, F_OK), 0);
	assert_int_equal(answerer_start(settings, wake, &woken, &a, &err), 0);
	assert_int_equal(ask("{\"type\":\"ping\"}", NULL, &err), 0);
	answerer_stop(&a);
}

/* Who says nothing is not waited for long. */
static void
test_silent(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct answerer *a = NULL;
	struct err err = { 0 };
	int64_t began = clock_mono_ms();

	(void)state;
	assert_int_equal(answerer_start(settings, wake, &woken, &a, &err), 0);
	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", sock);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	assert_int_equal(ask("{\"type\":\"ping\"}", NULL, &err), 0);
	assert_true(clock_mono_ms() - began < 2000);
	close(fd);
	answerer_stop(&a);
}

static void
test_sdnotify(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char got[64] = "";

	(void)state;
	sdnotify("READY=1");		/* nobody to tell */
	snprintf(sun.sun_path, sizeof sun.sun_path, "%s", sock);
	unlink(sock);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
	setenv("NOTIFY_SOCKET", sock, 1);
	sdnotify("READY=1");
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), 7);
	assert_memory_equal(got, "READY=1", 7);
	setenv("NOTIFY_SOCKET", "relative", 1);
	sdnotify("READY=1");
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), -1);
	unsetenv("NOTIFY_SOCKET");
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_login_hash),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_sdnotify),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
