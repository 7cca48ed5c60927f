#include "base/idna.h"
#include "base/smtp.h"
#include "tests/unit/base/smtp_server.h"

#define MAIL "Subject: x\r\n\r\nhello\r\n.dot\r\n"
#define PLAIN_MAIL "Subject: x\r\n\r\nhello\r\n"

static void
test_results(void **state)
{
	static const struct {
		enum at			 at;
		const char		*say;	/* instead of the good answer */
		enum smtp_result	 result;
		bool			 reached;
		const char		*says;
	} t[] = {
		{ END, "250-a\r\n250 queued as 7\r\n", SMTP_SENT, true,
		    "250-a 250 queued as 7" },
		{ GREET, "421 busy\r\n", SMTP_LATER, false, "421 busy" },
		{ GREET, "554 go away\r\n", SMTP_LATER, false,
		    "554 go away" },
		{ GREET, DROP, SMTP_LATER, false, "127.0.0.1" },
		{ GREET, STALL, SMTP_LATER, false, "127.0.0.1" },
		{ EHLO, DROP, SMTP_LATER, false, "127.0.0.1" },
		{ FROM, "451 m\r\n", SMTP_LATER, true, "451 m" },
		{ FROM, "550 m\r\n", SMTP_FAILED, true, "550 m" },
		{ FROM, "530 m\r\n", SMTP_LATER, true, "530 m" },
		{ RCPT, "450 4.2.0 grey\r\n", SMTP_LATER, true, "450 4.2.0" },
		{ RCPT, "550-5.1.1 no\r\n550 5.1.1 such \xff user\r\n",
		    SMTP_FAILED, true, "550-5.1.1 no 550 5.1.1 such ? user" },
		{ RCPT, DROP, SMTP_LATER, true, "127.0.0.1" },
		{ RCPT, STALL, SMTP_LATER, true, "127.0.0.1" },
		{ DATA, "451 d\r\n", SMTP_LATER, true, "451 d" },
		{ DATA, "554 d\r\n", SMTP_FAILED, true, "554 d" },
		{ DATA, DROP, SMTP_LATER, true, "127.0.0.1" },
		{ END, "452 full\r\n", SMTP_LATER, true, "452 full" },
		{ END, "554 spam\r\n", SMTP_FAILED, true, "554 spam" },
		{ END, DROP, SMTP_UNKNOWN, true, "after the end" },
		{ END, DROP, SMTP_UNKNOWN, true, "after the end" },
		{ END, "554 spam\r\n", SMTP_FAILED, true, "554 spam" },
		{ END, STALL, SMTP_UNKNOWN, true, "after the end" },
		{ END, "250-and\r\n", SMTP_UNKNOWN, true, "after the end" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct script script = good;
		struct server_state ss;
		struct server server = server_start(&ss, &script, 1);
		struct smtp *smtp = NULL;
		struct err reply = { 0 };

		script.say[t[i].at] = t[i].say;
		print_message("%d %s\n", t[i].at, t[i].say);
		assert_int_equal(smtp_open(&server, "me.example", &smtp,
		    &reply), 0);
		smtp_set_timeouts(smtp, 1000, 1000, 2000);
		assert_int_equal(smtp_send(smtp, "desk@a.example",
		    "b@b.example", i % 2 == 0 ? SLICE_LIT(MAIL) :
		    SLICE_LIT(PLAIN_MAIL), &reply), t[i].result);
		print_message("  %s\n", reply.msg);
		assert_int_equal(smtp_reached(smtp), t[i].reached);
		assert_non_null(strstr(reply.msg, t[i].says));
		assert_true(reply.msg[0] != '\0');
		smtp_close(&smtp);
		server_stop(&ss);
	}
}

static void
test_wire(void **state)
{
	struct server_state ss;
	struct server server = server_start(&ss, &good, 1);
	struct smtp *smtp = NULL;
	struct err reply = { 0 };

	(void)state;
	server.user = "desk";
	server.password = "s3cret";
	assert_int_equal(smtp_open(&server, "me.example", &smtp, &reply), 0);
	assert_int_equal(smtp_send(smtp, "", "b@b\xc3\xbc.example",
	    SLICE_LIT(MAIL), &reply), SMTP_SENT);
	assert_int_equal(smtp_send(smtp, "desk@a.example", "c@c.example",
	    SLICE_LIT(MAIL), &reply), SMTP_SENT);
	smtp_close(&smtp);
	clock_sleep_ms(50);
	assert_string_equal(buf_str(&ss.seen), "EHLO me.example\r\n"
	    "AUTH PLAIN AGRlc2sAczNjcmV0\r\n"
	    "MAIL FROM:<> SIZE=27\r\nRCPT TO:<b@xn--b-eha.example>\r\nDATA\r\n"
	    "Subject: x\r\n\r\nhello\r\n..dot\r\n.\r\n"
	    "MAIL FROM:<desk@a.example> SIZE=27\r\nRCPT TO:<c@c.example>\r\n"
	    "DATA\r\nSubject: x\r\n\r\nhello\r\n..dot\r\n.\r\nQUIT\r\n");
	assert_int_equal(ss.connections, 1);
	server_stop(&ss);
}

/* A kept connection that was closed meanwhile is no reason to wait. */
static void
test_reconnects(void **state)
{
	struct server_state ss;
	struct server server = server_start(&ss, &good, 1);
	struct smtp *smtp = NULL;
	struct err reply = { 0 };

	(void)state;
	assert_int_equal(smtp_open(&server, "", &smtp, &reply), 0);
	assert_int_equal(smtp_send(smtp, "a@a.example", "b@b.example",
	    SLICE_LIT(MAIL), &reply), SMTP_SENT);
	server_stop(&ss);
	assert_int_equal(smtp_send(smtp, "a@a.example", "b@b.example",
	    SLICE_LIT(MAIL), &reply), SMTP_LATER);
	assert_false(smtp_reached(smtp));
	smtp_close(&smtp);
}

static void
test_login_refused(void **state)
{
	static const struct script s = { { "220 hi\r\n", HELLO,
	    "535 5.7.8 no\r\n" } };
	struct server_state ss;
	struct server server = server_start(&ss, &s, 1);
	struct smtp *smtp = NULL;
	struct err reply = { 0 };

	(void)state;
	server.user = "desk";
	assert_int_equal(smtp_open(&server, "", &smtp, &reply), 0);
	assert_int_equal(smtp_send(smtp, "a@a.example", "b@b.example",
	    SLICE_LIT(MAIL), &reply), SMTP_LATER);
	assert_false(smtp_reached(smtp));
	assert_non_null(strstr(reply.msg, "535"));
	smtp_close(&smtp);
	assert_int_equal(smtp_probe(&server, "", &reply), -1);
	assert_int_equal(reply.code, ERR_INPUT);
	server.plain = false;		/* and no STARTTLS is offered */
	assert_int_equal(smtp_probe(&server, "", &reply), -1);
	assert_int_equal(reply.code, ERR_INPUT);
	assert_non_null(strstr(reply.msg, "STARTTLS"));
	server_stop(&ss);
	assert_int_equal(smtp_probe(&server, "", &reply), -1);
	assert_int_equal(reply.code, ERR_RETRY);
}

static void
test_probe(void **state)
{
	struct server_state ss;
	struct server server = server_start(&ss, &good, 1);
	struct err err = { 0 };

	(void)state;
	server.user = "desk";
	assert_int_equal(smtp_probe(&server, "", &err), 0);
	assert_non_null(strstr(buf_str(&ss.seen), "AUTH"));
	assert_null(strstr(buf_str(&ss.seen), "MAIL"));
	server_stop(&ss);
}

static void
test_utf8_address(void **state)
{
	static const struct script s[] = {
		{ { GOOD } },
		{ { "220 hi\r\n", HELLO8, "", "250 m\r\n", "250 r\r\n",
		    "354 go\r\n", "250 q\r\n" } },
	};
	struct server_state ss;
	struct server server = server_start(&ss, s, 2);
	struct smtp *smtp = NULL;
	struct err reply = { 0 };

	(void)state;
	assert_int_equal(smtp_open(&server, "", &smtp, &reply), 0);
	assert_int_equal(smtp_send(smtp, "a@a.example", "j\xc3\xbc@b.example",
	    SLICE_LIT(MAIL), &reply), SMTP_FAILED);
	assert_non_null(strstr(reply.msg, "SMTPUTF8"));
	assert_null(strstr(buf_str(&ss.seen), "MAIL"));
	assert_int_equal(smtp_send(smtp, "a@a.example", "j\xc3\xbc@b.example",
	    SLICE_LIT(MAIL), &reply), SMTP_SENT);
	assert_non_null(strstr(buf_str(&ss.seen), "RCPT TO:<j\xc3\xbc@b"));
	assert_non_null(strstr(buf_str(&ss.seen), "SMTPUTF8"));
	smtp_close(&smtp);
	server_stop(&ss);
}

static void
test_refused_here(void **state)
{
	static const struct { const char *to, *data; size_t len; } t[] = {
		{ "b@b.example\r\nRCPT TO:<x@y>", MAIL, sizeof MAIL - 1 },
		{ "b@b.example> NOTIFY=NEVER", MAIL, sizeof MAIL - 1 },
		{ "b@b example", MAIL, sizeof MAIL - 1 },
		{ "@b.example", MAIL, sizeof MAIL - 1 },
		{ "b", MAIL, sizeof MAIL - 1 }, { "", MAIL, sizeof MAIL - 1 },
		{ "b@", MAIL, sizeof MAIL - 1 },
		{ "a..b@b.example", MAIL, sizeof MAIL - 1 },
		{ ".b@b.example", MAIL, sizeof MAIL - 1 },
		{ "b.@b.example", MAIL, sizeof MAIL - 1 },
		{ "\"b\"@b.example", MAIL, sizeof MAIL - 1 },
		{ "b@-b.example", MAIL, sizeof MAIL - 1 },
		{ "b@b..example", MAIL, sizeof MAIL - 1 },
		{ "b@[127.0.0.1]", MAIL, sizeof MAIL - 1 },
		{ "\xff@b.example", MAIL, sizeof MAIL - 1 },
		{ "0123456789012345678901234567890123456789012345678901234567"
		    "8901234@b.example", MAIL, sizeof MAIL - 1 },
		{ "b@b.example", "a\n.\nb\r\n", 7 },
		{ "b@b.example", "a\rb\r\n", 5 },
		{ "b@b.example", "a\0b\r\n", 5 },
		{ "b@b.example", "caf\xc3\xa9\r\n", 7 },
		{ "b@b.example", "a", 1 }, { "b@b.example", "", 0 },
		{ "b@b.example", "a\n", 2 },
	};
	struct server_state ss;
	struct server server = server_start(&ss, &good, 1);
	struct smtp *smtp = NULL;
	struct err reply = { 0 };

	(void)state;
	assert_int_equal(smtp_open(&server, "", &smtp, &reply), 0);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].to);
		assert_int_equal(smtp_send(smtp, "a@a.example", t[i].to,
		    (struct slice){ t[i].data, t[i].len }, &reply),
		    SMTP_FAILED);
		assert_int_equal(reply.code, ERR_INPUT);
		assert_true(smtp_reached(smtp));
	}
	assert_int_equal(ss.connections, 0);
	smtp_close(&smtp);
	server_stop(&ss);
}

static void
test_line_length(void **state)
{
	struct server_state ss;
	struct server server = server_start(&ss, &good, 1);
	struct smtp *smtp = NULL;
	struct err reply = { 0 };
	char line[1001];

	(void)state;
	memset(line, 'x', sizeof line);
	memcpy(line + 998, "\r\n", 2);
	assert_int_equal(smtp_open(&server, "", &smtp, &reply), 0);
	assert_int_equal(smtp_send(smtp, "a@a.example", "b@b.example",
	    (struct slice){ line, 1000 }, &reply), SMTP_SENT);
	memcpy(line + 998, "x\r\n", 3);
	assert_int_equal(smtp_send(smtp, "", "b@b.example",
	    (struct slice){ line, 1001 }, &reply), SMTP_FAILED);
	smtp_close(&smtp);
	server_stop(&ss);
}

static void *
cancel_soon(void *arg)
{
	clock_sleep_ms(200);
	smtp_cancel(arg);
	return NULL;
}

static void
test_cancel(void **state)
{
	static const struct script s = { .say[GREET] = STALL };
	struct server_state ss;
	struct server server = server_start(&ss, &s, 1);
	struct smtp *smtp = NULL;
	struct err reply = { 0 };
	pthread_t thread;
	int64_t start = clock_mono_ms();

	(void)state;
	assert_int_equal(smtp_open(&server, "", &smtp, &reply), 0);
	pthread_create(&thread, NULL, cancel_soon, smtp);
	assert_int_equal(smtp_send(smtp, "", "b@b.example", SLICE_LIT(MAIL),
	    &reply), SMTP_LATER);
	assert_true(clock_mono_ms() - start < 3000);
	pthread_join(thread, NULL);
	smtp_close(&smtp);
	server_stop(&ss);
}

static void
test_judge(void **state)
{
	static const struct {
		enum smtp_stage		stage;
		bool			write_failed;
		int			code;
		enum smtp_result	result;
	} t[] = {
		{ SMTP_CONNECT, false, 0, SMTP_LATER },
		{ SMTP_CONNECT, false, 554, SMTP_LATER },
		{ SMTP_MAIL, true, 0, SMTP_LATER },
		{ SMTP_MAIL, false, 452, SMTP_LATER },
		{ SMTP_MAIL, false, 535, SMTP_LATER },
		{ SMTP_MAIL, false, 552, SMTP_FAILED },
		{ SMTP_RCPT, false, 421, SMTP_LATER },
		{ SMTP_RCPT, false, 550, SMTP_FAILED },
		{ SMTP_DATA, false, 554, SMTP_FAILED },
		{ SMTP_BODY, true, 0, SMTP_LATER },
		{ SMTP_BODY, false, 0, SMTP_LATER },
		{ SMTP_END, true, 0, SMTP_LATER },
		{ SMTP_END, false, 0, SMTP_UNKNOWN },
		{ SMTP_END, false, 354, SMTP_UNKNOWN },
		{ SMTP_END, false, 250, SMTP_SENT },
		{ SMTP_END, true, 250, SMTP_SENT },
		{ SMTP_END, false, 421, SMTP_LATER },
		{ SMTP_END, false, 554, SMTP_FAILED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%d %d %d\n", t[i].stage, t[i].write_failed,
		    t[i].code);
		assert_int_equal(smtp_judge(t[i].stage, t[i].write_failed,
		    t[i].code), t[i].result);
	}
}

static void
test_idna(void **state)
{
	static const struct { const char *in, *out; } t[] = {
		{ "a.example", "a.example" }, { "localhost", "localhost" },
		{ "b\xc3\xbc" "cher.example", "xn--bcher-kva.example" },
		{ "", NULL }, { "a..b", NULL }, { "a.", NULL }, { ".a", NULL },
		{ "-a.example", NULL }, { "a_b.example", NULL },
		{ "a b", NULL }, { "a\nb", NULL }, { "\xff", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		char out[IDNA_MAX];

		print_message("%s\n", t[i].in);
		assert_int_equal(idna_ascii(slice_of(t[i].in), out),
		    t[i].out != NULL);
		if (t[i].out != NULL)
			assert_string_equal(out, t[i].out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_idna),
		cmocka_unit_test(test_refused_here),
		cmocka_unit_test(test_line_length),
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_reconnects),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_login_refused),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_utf8_address),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
