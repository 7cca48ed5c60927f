#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parsers/autokind.h"
#include "tests/unit/parsers/headers.h"

#define LOOP "abcdefghijklmnopqrstuvwxyz"

static void
test_kind(void **state)
{
	static const struct {
		const char	*headers;
		const char	*type, *subject;
		enum mail_kind	 kind;
		const char	*because;
	} t[] = {
		{ "", NULL, "Printer", MAIL_PERSON, "no sign of a machine" },
		{ "Auto-Submitted: no\n", NULL, "x", MAIL_PERSON, NULL },
		{ "Auto-Submitted: No (really)\n", NULL, "x", MAIL_PERSON,
		    NULL },
		{ "Auto-Submitted:\n", NULL, "x", MAIL_PERSON, NULL },
		{ "X-Auto-Response-Suppress: All\n", NULL, "Printer",
		    MAIL_PERSON, NULL },
		{ "Auto-Submitted: auto-replied\n", NULL, "x",
		    MAIL_AUTO_REPLY, "Auto-Submitted: auto-replied" },
		{ "Auto-Submitted: Auto-Generated (cron)\n", NULL, "x",
		    MAIL_AUTO_REPLY, "Auto-Submitted: Auto-Generated (cron)" },
		{ "X-Autoreply: yes\n", NULL, "x", MAIL_AUTO_REPLY,
		    "X-Autoreply: yes" },
		{ "X-Autoreply: no\n", NULL, "x", MAIL_PERSON, NULL },
		{ "X-Autorespond: x\n", NULL, "x", MAIL_AUTO_REPLY, NULL },
		{ "X-AutoReply-From: a@b\n", NULL, "x", MAIL_AUTO_REPLY,
		    NULL },
		{ "X-FC-MachineGenerated: true\n", NULL, "x",
		    MAIL_AUTO_REPLY, NULL },
		{ "X-POST-MessageClass: 9; Autoresponder\n", NULL, "x",
		    MAIL_AUTO_REPLY, NULL },
		{ "X-MS-Exchange-Inbox-Rules-Loop: a@b\n", NULL, "x",
		    MAIL_AUTO_REPLY, NULL },
		{ "X-MS-Exchange-Generated-Message-Source: Mailbox Rules "
		    "Agent\n", NULL, "x", MAIL_AUTO_REPLY, NULL },
		{ "Delivered-To: a@b\nDelivered-To: Autoresponder\n", NULL,
		    "x", MAIL_AUTO_REPLY, "Delivered-To: Autoresponder" },
		{ "Precedence: auto_reply\n", NULL, "x", MAIL_AUTO_REPLY,
		    NULL },
		{ "Precedence: bulk\n", NULL, "x", MAIL_BULK,
		    "Precedence: bulk" },
		{ "Precedence: LIST\n", NULL, "x", MAIL_BULK, NULL },
		{ "Precedence: first-class\n", NULL, "x", MAIL_PERSON, NULL },
		{ "List-Unsubscribe: <mailto:u@x>\n", NULL, "x", MAIL_BULK,
		    "List-Unsubscribe" },
		{ "List-Id: Students <s.lists.example>\n", NULL, "x",
		    MAIL_BULK, "List-Id" },
		/* the order of the rules */
		{ "Precedence: bulk\nAuto-Submitted: auto-replied\n", NULL,
		    "x", MAIL_AUTO_REPLY, "Auto-Submitted: auto-replied" },
		{ "Precedence: bulk\n", NULL, "Automatic reply: x",
		    MAIL_AUTO_REPLY, "Subject: Automatic reply:" },
		{ "X-Campusdesk-Loop: " LOOP "\nPrecedence: bulk\n", NULL,
		    "x", MAIL_LOOP, "X-Campusdesk-Loop" },
		{ "X-Campusdesk-Loop: hello\n", NULL, "x", MAIL_PERSON, NULL },
		/* reports */
		{ "", "multipart/report; report-type=delivery-status", "x",
		    MAIL_BOUNCE, NULL },
		{ "", "Multipart/Report; boundary=a;\r\n "
		    "report-type=\"disposition-notification\"", "x",
		    MAIL_RECEIPT, NULL },
		{ "", "multipart/report; report-type=feedback-report", "x",
		    MAIL_ABUSE_REPORT, NULL },
		{ "", "text/plain; x=delivery-status", "x", MAIL_PERSON,
		    NULL },
		/* null return path */
		{ "Return-Path: <>\n", NULL, "x", MAIL_AUTO_REPLY,
		    "Return-Path: <>" },
		{ "Return-Path: < >\n", NULL, "x", MAIL_AUTO_REPLY, NULL },
		{ "Return-Path: <a@b>\n", NULL, "x", MAIL_PERSON, NULL },
		{ "Return-Path:\n", NULL, "x", MAIL_PERSON, NULL },
		/* looser words need a second sign */
		{ "", NULL, "I was out of office yesterday", MAIL_PERSON,
		    NULL },
		{ "X-Auto-Response-Suppress: All\n", NULL,
		    "Jo is out of the office", MAIL_AUTO_REPLY,
		    "Subject: Jo is out of the office" },
	};
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct mail m = { .subject = t[i].subject };
		struct headers h;

		print_message("%s%s\n", t[i].headers, t[i].subject);
		headers_of(&h, t[i].headers);
		autokind_read(&m, &h.list, t[i].type, a);
		assert_int_equal(m.kind, t[i].kind);
		assert_non_null(m.because);
		if (t[i].because != NULL)
			assert_string_equal(m.because, t[i].because);
	}
	arena_free(&a);
}

static void
test_subjects(void **state)
{
	static const struct { const char *subject; bool vacation; } t[] = {
		{ "Automatic reply: Printer", true },
		{ "AUTOMATIC REPLY: Printer", true },
		{ "Out of Office: Printer", true },
		{ "Automatische Antwort: Drucker", true },
		{ "Abwesenheitsnotiz: Drucker", true },
		{ "Réponse automatique : imprimante", true },
		{ "Réponse automatique\xc2\xa0: imprimante", true },
		{ "Respuesta automática: impresora", true },
		{ "Risposta automatica: stampante", true },
		{ "Automatisch antwoord: printer", true },
		{ "Resposta automática: impressora", true },
		{ "Odpowiedź automatyczna: drukarka", true },
		{ "Automatiskt svar: skrivare", true },
		{ "Automatisk svar: printer", true },
		{ "Automaattinen vastaus: tulostin", true },
		{ "Automatická odpověď: tiskárna", true },
		{ "Автоматический ответ: принтер", true },
		{ "Автоматична відповідь: принтер", true },
		{ "自动答复: 打印机", true },
		{ "自動回覆: 印表機", true },
		{ "自動応答: プリンタ", true },
		{ "자동 회신: 프린터", true },
		{ "Otomatik yanıt: yazıcı", true },
		{ "رد تلقائي: الطابعة", true },
		{ "Question about the automatic reply: how?", false },
		{ "Re: Automatic reply: x", false },
		{ "Auto reply is broken", false },
		{ "Auto: kaputt", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].subject);
		assert_int_equal(autokind_subject(t[i].subject) != NULL,
		    t[i].vacation);
	}
	assert_null(autokind_subject(NULL));
}

static void
test_facts(void **state)
{
	static const struct { const char *headers, *spam; } t[] = {
		{ "X-Spam-Flag: YES\n", "X-Spam-Flag: YES" },
		{ "X-Spam-Flag: NO\n", NULL },
		{ "X-Spam-Status: Yes, score=7\n",
		    "X-Spam-Status: Yes, score=7" },
		{ "X-Spam-Status: No, score=-1\n", NULL },
		{ "X-MS-Exchange-Organization-SCL: 5\n",
		    "X-MS-Exchange-Organization-SCL: 5" },
		{ "X-MS-Exchange-Organization-SCL: 4\n", NULL },
		{ "X-MS-Exchange-Organization-SCL: -1\n", NULL },
		{ "X-Forefront-Antispam-Report: CIP:1;SCL:9;SRV:\n",
		    "X-Forefront-Antispam-Report: CIP:1;SCL:9;SRV:" },
		{ "X-Forefront-Antispam-Report: CIP:1;SCL:1;\n", NULL },
		{ "X-Forefront-Antispam-Report: CIP:1\n", NULL },
		{ "", NULL },
	};
	struct arena *a = arena_new(1 << 20);
	struct mail m = { 0 };
	struct headers h;

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s", t[i].headers);
		headers_of(&h, t[i].headers);
		autokind_read(&m, &h.list, NULL, a);
		assert_int_equal(m.spam == NULL, t[i].spam == NULL);
		if (m.spam != NULL)
			assert_string_equal(m.spam, t[i].spam);
	}
	headers_of(&h, "List-Id: \"All <of> us\" <all.x>\n"
	    "Return-Path: <>\nAuto-Submitted: auto-generated\n"
	    "X-Campusdesk-Loop: " LOOP "\n");
	autokind_read(&m, &h.list, NULL, a);
	assert_string_equal(m.list_id, "all.x");
	assert_true(m.null_return_path);
	assert_true(m.auto_generated);
	assert_string_equal(m.loop_id, LOOP);
	headers_of(&h, "List-Id: bare.x\n");
	autokind_read(&m, &h.list, NULL, a);
	assert_string_equal(m.list_id, "bare.x");
	assert_false(m.null_return_path);
	assert_false(m.auto_generated);
	assert_null(m.loop_id);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kind),
		cmocka_unit_test(test_subjects),
		cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
