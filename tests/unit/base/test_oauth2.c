#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/http.h"
#include "base/oauth2.h"
#include "base/private_file.h"

/* The endpoint: in place of base/http. */
static struct {
	_Atomic int	 asked;
	int		 status, pause_ms;
	const char	*body;
	char		 form[2048];	/* of the last request */
	bool		 down;
} endpoint;

int
http_send(const struct http_request *request, int *status_out,
    struct buf *out, struct err *err)
{
	endpoint.asked++;
	snprintf(endpoint.form, sizeof endpoint.form, "%.*s",
	    (int)request->body.len, request->body.p);
	clock_sleep_ms(endpoint.pause_ms);
	if (request->stop != NULL && request->stop(request->arg))
		return err_set(err, ERR_RETRY, "stopping");
	if (endpoint.down)
		return err_set(err, ERR_RETRY, "nobody is there");
	buf_adds(out, endpoint.body);
	*status_out = endpoint.status;
	return 0;
}

static char folder[64], path[96];
static const struct oauth2_stop never = { NULL, NULL };
static const struct server_oauth2 client = { GRANT_CLIENT,
	"https://t.example/", "id", "p4ss", "", "", "", "", "" };
static const struct server_oauth2 other = { GRANT_CLIENT,
	"https://t.example/", "id2", "p4ss", "", "", "", "", "" };
static const struct server_oauth2 refresh = { GRANT_REFRESH,
	"https://t.example/", "id", "", "", path, "", "", "" };

static int
setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/test_oauth2.XXXXXX");
	snprintf(path, sizeof path, "%s/refresh", mkdtemp(folder));
	endpoint.asked = endpoint.pause_ms = 0;
	endpoint.status = 200;
	endpoint.down = false;
	endpoint.body = "{\"access_token\":\"one\",\"expires_in\":3600}";
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	oauth2_forget();
	unlink(path);
	return rmdir(folder);	/* fails when a temporary file was left */
}

/* What is handed out, and whether it was made by this call. */
static void
expect(const struct server_oauth2 *o, const char *token, bool fresh)
{
	struct err err = { 0 };
	char *text = NULL;
	bool is_fresh = !fresh;

	assert_int_equal(oauth2_token(o, never, &text, &is_fresh, &err), 0);
	assert_string_equal(text, token);
	assert_int_equal(is_fresh, fresh);
	oauth2_token_free(&text);
	assert_null(text);
}

static void
expect_none(const struct server_oauth2 *o, enum err_code code,
    const char *says)
{
	struct err err = { 0 };
	char *text = NULL;
	bool fresh;

	assert_int_equal(oauth2_token(o, never, &text, &fresh, &err), -1);
	assert_null(text);
	assert_int_equal(err.code, code);
	assert_non_null(strstr(err.msg, says));
}

static void
put(const char *text)
{
	struct err err = { 0 };

	assert_int_equal(private_file_write(path, slice_of(text), true, &err),
	    0);
}

static void
expect_file(const char *text)
{
	struct buf out = BUF_INIT(1000);
	struct err err = { 0 };
	bool absent;

	assert_int_equal(private_file_read(path, PRIVATE_FILE_OURS, &out,
	    &absent, &err), 0);
	assert_string_equal(buf_str(&out), text);
	buf_free(&out);
}

static void
test_kept(void **state)
{
	(void)state;
	expect(&client, "one", true);
	expect(&client, "one", false);
	assert_int_equal(endpoint.asked, 1);
	expect(&other, "one", true);		/* its own */
	assert_int_equal(endpoint.asked, 2);
	endpoint.body = "{\"access_token\":\"two\"}";
	oauth2_refused(&client, "not this one");
	expect(&client, "one", false);
	oauth2_refused(&client, "one");
	expect(&client, "two", true);
	expect(&other, "one", false);
	assert_true(oauth2_same(&client, &client));
	assert_false(oauth2_same(&client, &other));
}

/* At 80 % of its life another one; while there is none, the old one. */
static void
test_renewed_early(void **state)
{
	struct err err = { 0 };
	int64_t left = 0;

	(void)state;
	endpoint.body = "{\"access_token\":\"one\",\"expires_in\":5}";
	expect(&client, "one", true);
	clock_sleep_ms(3500);
	expect(&client, "one", false);
	endpoint.down = true;
	clock_sleep_ms(700);			/* 4.2 s of 5 */
	expect(&client, "one", false);
	assert_int_equal(endpoint.asked, 2);
	assert_false(oauth2_well(&client));
	assert_int_equal(oauth2_renew(&client, never, &left, &err), -1);
	assert_in_range(left, 1, 800);
	clock_sleep_ms(900);			/* its end */
	expect_none(&client, ERR_RETRY, "nobody is there");
	endpoint.down = false;
	endpoint.body = "{\"access_token\":\"two\"}";
	clock_sleep_ms(2100);			/* the pause after a failure */
	assert_int_equal(oauth2_renew(&client, never, &left, &err), 0);
	assert_in_range(left, 290000, 300000);
	assert_true(oauth2_well(&client));
	expect(&client, "two", false);
}

static void
test_failure_is_remembered(void **state)
{
	(void)state;
	endpoint.status = 400;
	endpoint.body = "{\"error\":\"invalid_client\"}";
	for (int i = 0; i < 20; i++)
		expect_none(&client, ERR_INPUT, "client-secret is refused");
	assert_int_equal(endpoint.asked, 1);
	clock_sleep_ms(1100);
	expect_none(&client, ERR_INPUT, "client-secret is refused");
	expect_none(&client, ERR_INPUT, "client-secret is refused");
	assert_int_equal(endpoint.asked, 2);
}

static void *
ask(void *arg)
{
	struct err err = { 0 };
	char *text = NULL;
	bool fresh = false;

	if (oauth2_token(&client, never, &text, &fresh, &err) == -1)
		return NULL;
	atomic_fetch_add((_Atomic int *)arg, fresh + 100);
	oauth2_token_free(&text);
	return NULL;
}

/* Many threads that need one wait for one try. */
static void
test_one_try_for_all(void **state)
{
	pthread_t threads[16];
	_Atomic int sum = 0;

	(void)state;
	endpoint.pause_ms = 300;
	for (int i = 0; i < 16; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask, &sum),
		    0);
	for (int i = 0; i < 16; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(endpoint.asked, 1);
	assert_int_equal(sum, 1601);		/* all, and one was fresh */
}

static bool
yes(void *arg)
{
	(void)arg;
	return true;
}

static void
test_stopped(void **state)
{
	struct oauth2_stop stop = { yes, NULL };
	struct err err = { 0 };
	char *text = NULL;
	bool fresh;

	(void)state;
	assert_int_equal(oauth2_token(&client, stop, &text, &fresh, &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	assert_int_equal(endpoint.asked, 0);
	assert_true(oauth2_well(&client));	/* it is not the endpoint's */
}

static void
test_rotation(void **state)
{
	struct stat st;

	(void)state;
	put("first\n");
	endpoint.body = "{\"access_token\":\"one\",\"refresh_token\":"
	    "\"second\"}";
	expect(&refresh, "one", true);
	assert_non_null(strstr(endpoint.form, "refresh_token=first"));
	expect_file("second\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	oauth2_refused(&refresh, "one");
	expect(&refresh, "one", true);
	assert_non_null(strstr(endpoint.form, "refresh_token=second"));
	put("  third \n");		/* an administrator's */
	oauth2_refused(&refresh, "one");
	endpoint.body = "{\"access_token\":\"one\"}";
	expect(&refresh, "one", true);
	assert_non_null(strstr(endpoint.form, "refresh_token=third"));
	expect_file("  third \n");	/* none came, none is written */
}

static bool
is_asked(void *arg)
{
	(void)arg;
	return endpoint.asked > 0;
}

/* We should stop while the endpoint has our only refresh token: what it answers
 * is not lost. Other grants lose nothing, and stop at once. */
static void
test_rotation_while_stopping(void **state)
{
	struct oauth2_stop stop = { is_asked, NULL };
	struct err err = { 0 };
	char *text = NULL;
	int64_t left = 0;
	bool fresh;

	(void)state;
	put("first\n");
	endpoint.body = "{\"access_token\":\"one\",\"refresh_token\":"
	    "\"second\"}";
	oauth2_renew(&refresh, stop, &left, &err);
	assert_int_equal(endpoint.asked, 1);
	expect_file("second\n");
	oauth2_refused(&refresh, "one");
	assert_int_equal(oauth2_renew(&refresh, stop, &left, &err), -1);
	assert_int_equal(endpoint.asked, 1);	/* not begun any more */
	endpoint.asked = 0;
	assert_int_equal(oauth2_token(&client, stop, &text, &fresh, &err), -1);
	assert_int_equal(endpoint.asked, 1);
}

/* Can files grow? Even root's cannot then. */
static void
disk_full(bool full)
{
	struct rlimit limit = { full ? 0 : RLIM_INFINITY, RLIM_INFINITY };

	fflush(NULL);
	signal(SIGXFSZ, full ? SIG_IGN : SIG_DFL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A token that cannot be written is used, told, and written when it can be. */
static void
test_rotation_that_cannot_be_written(void **state)
{
	struct err err = { 0 };
	int64_t left = 0;
	int rc;

	(void)state;
	put("first\n");
	endpoint.body = "{\"access_token\":\"one\",\"refresh_token\":"
	    "\"second\"}";
	disk_full(true);
	expect(&refresh, "one", true);
	rc = oauth2_renew(&refresh, never, &left, &err);
	disk_full(false);
	assert_int_equal(rc, -1);
	assert_true(left > 0);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.msg, "the new refresh token cannot be"));
	assert_null(strstr(err.msg, "second"));
	expect_file("first\n");
	assert_int_equal(oauth2_renew(&refresh, never, &left, &err), 0);
	expect_file("second\n");
	assert_int_equal(endpoint.asked, 1);
}

/* The same, but an administrator was quicker: theirs counts. */
static void
test_rotation_overtaken(void **state)
{
	struct err err = { 0 };
	int64_t left = 0;

	(void)state;
	put("first\n");
	endpoint.body = "{\"access_token\":\"one\",\"refresh_token\":"
	    "\"second\"}";
	disk_full(true);
	expect(&refresh, "one", true);
	disk_full(false);
	put("third\n");
	endpoint.body = "{\"access_token\":\"two\"}";
	oauth2_refused(&refresh, "one");
	expect(&refresh, "two", true);
	assert_non_null(strstr(endpoint.form, "refresh_token=third"));
	assert_int_equal(oauth2_renew(&refresh, never, &left, &err), 0);
	expect_file("third\n");
}

static void
test_refresh_files(void **state)
{
	static const struct {
		const char	*text, *says;
	} t[] = {
		{ "", "no refresh token in it" },
		{ "two lines\nof it\n", "no refresh token in it" },
		{ "\xff\xfe", "no refresh token in it" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		put(t[i].text);
		oauth2_forget();
		expect_none(&refresh, ERR_INPUT, t[i].says);
	}
	put("first\n");
	assert_int_equal(chmod(path, 0644), 0);
	oauth2_forget();
	expect_none(&refresh, ERR_INPUT, "others may read it");
	unlink(path);
	oauth2_forget();
	expect_none(&refresh, ERR_INPUT, "No such file");
	assert_int_equal(endpoint.asked, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_renewed_early, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_failure_is_remembered,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_try_for_all, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_stopped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rotation, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_rotation_while_stopping,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    test_rotation_that_cannot_be_written, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rotation_overtaken,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(test_refresh_files, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
