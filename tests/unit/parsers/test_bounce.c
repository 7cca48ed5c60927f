#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parsers/autokind.h"
#include "parsers/bounce.h"
#include "parsers/bounce_status.h"
#include "parsers/bounce_text.h"
#include "tests/unit/parsers/headers.h"

/* "address action status|…" */
static const char *
shown(struct arena *a, const struct mail_bounce *b)
{
	const char *out = "";

	for (size_t i = 0; b != NULL && i < b->n; i++)
		out = arena_printf(a, "%s%s%s %s %s", out,
		    i == 0 ? "" : "|", b->v[i].address, b->v[i].action,
		    b->v[i].status == NULL ? "-" : b->v[i].status);
	return out;
}

static void
test_reports(void **state)
{
	static const struct {
		const char	*name, *type, *body;
		enum mail_kind	 kind;
		const char	*out;
	} t[] = {
		{ "RFC 3464", "message/delivery-status",
		    "Reporting-MTA: dns; mx.example\n\n"
		    "Final-Recipient: rfc822; jo@x.example\n"
		    "Action: failed\nStatus: 5.1.1\n"
		    "Diagnostic-Code: smtp; 550 5.1.1 unknown\n", MAIL_BOUNCE,
		    "jo@x.example failed 5.1.1" },
		{ "two recipients, CR LF, other case",
		    "Message/Delivery-Status",
		    "reporting-mta: dns; mx\r\n\r\n"
		    "FINAL-RECIPIENT:rfc822;jo@x.example\r\nACTION:Failed"
		    "\r\nSTATUS:5.2.2\r\n\r\nFinal-Recipient: RFC822; "
		    "<al@x.example>\r\nAction: delayed\r\nStatus: 4.4.1\r\n",
		    MAIL_BOUNCE,
		    "jo@x.example failed 5.2.2|al@x.example delayed 4.4.1" },
		{ "no blank line between recipients",
		    "message/delivery-status",
		    "Final-Recipient: rfc822; a@x\nAction: failed\nStatus: "
		    "5.0.0\nFinal-Recipient: rfc822; b@x\nAction: relayed\n"
		    "Status: 2.0.0\n", MAIL_BOUNCE,
		    "a@x failed 5.0.0|b@x relayed 2.0.0" },
		{ "Original-Recipient is whom we wrote to",
		    "message/delivery-status",
		    "Original-Recipient: rfc822;jo@x.example\n"
		    "Final-Recipient: rfc822;jo@inner.example\n"
		    "Action: failed\nStatus: 5.0.0 (unknown)\n"
		    "Diagnostic-Code: smtp;550\n 5.1.1 folded\n",
		    MAIL_BOUNCE, "jo@x.example failed 5.1.1" },
		{ "RFC 6533", "message/global-delivery-status",
		    "Final-Recipient: utf-8; jö@x.example\nAction: failed\n"
		    "Status: 5.1.1\n", MAIL_BOUNCE,
		    "jö@x.example failed 5.1.1" },
		{ "no Action", "message/delivery-status",
		    "Final-Recipient: rfc822; a@x\nStatus: 5.1.2\n",
		    MAIL_BOUNCE, "a@x failed 5.1.2" },
		{ "status only in words", "message/delivery-status",
		    "Final-Recipient: rfc822; a@x\nAction: failed\n"
		    "Diagnostic-Code: x-y; mailbox full\n", MAIL_BOUNCE,
		    "a@x failed 5.2.2" },
		{ "delivered", "message/delivery-status",
		    "Final-Recipient: rfc822; a@x\nAction: delivered\n"
		    "Status: 2.0.0\n", MAIL_BOUNCE, "a@x delivered 2.0.0" },
		{ "empty report", "message/delivery-status", "\n",
		    MAIL_PERSON, "" },
		{ "receipt", "message/disposition-notification",
		    "Final-Recipient: rfc822;jo@x\nOriginal-Message-ID: "
		    "<o@x>\nDisposition: manual-action/MDN-sent-manually; "
		    "displayed\n", MAIL_RECEIPT, "" },
		{ "feedback", "message/feedback-report",
		    "Feedback-Type: abuse\nOriginal-Rcpt-To: jo@x.example\n",
		    MAIL_ABUSE_REPORT, "jo@x.example failed -" },
	};
	struct arena *a = arena_new(1 << 22);
	struct headers h;

	(void)state;
	headers_of(&h, "");
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct mail m = { .text = "A person's words.",
		    .because = "x", .from = { NULL, "a@b" } };
		struct bounce_part parts[2] = {
			{ t[i].type, { t[i].body, strlen(t[i].body) } },
			{ "message/rfc822", SLICE_LIT("From: a\r\n"
			    "Message-ID:\r\n <orig@x>\r\n\r\n"
			    "Message-ID: <no@x>\r\n") },
		};

		print_message("%s\n", t[i].name);
		bounce_read(&m, parts, 2, &h.list, a);
		assert_int_equal(m.kind, t[i].kind);
		assert_string_equal(shown(a, m.bounce), t[i].out);
		if (m.kind == MAIL_BOUNCE)
			assert_string_equal(m.bounce->original_message_id,
			    "orig@x");
		if (m.kind == MAIL_RECEIPT)
			assert_string_equal(m.bounce->original_message_id,
			    "o@x");
	}
	arena_free(&a);
}

#define DAEMON	"Return-Path: <>\n"

static const struct {
	const char	*name, *headers, *from, *subject, *text, *out;
} prose[] = {
	{ "qmail", DAEMON, "MAILER-DAEMON@mx.example", "failure notice",
	    "Hi. This is the qmail-send program at mx.example.\nI'm afraid I "
	    "wasn't able to deliver your message to the following addresses."
	    "\nThis is a permanent error; I've given up. Sorry it didn't work "
	    "out.\n\n<jo@x.example>:\nSorry, no mailbox here by that name. "
	    "(#5.1.1)\n\n--- Below this line is a copy of the message.\n\n"
	    "Return-Path: <h@campus.example>\nMessage-ID: <orig@campus>\n"
	    "To: other@x.example\n", "jo@x.example failed 5.1.1" },
	{ "Exim, two", "X-Failed-Recipients: jo@x.example,\n", 
	    "Mailer-Daemon@mx.example",
	    "Mail delivery failed: returning message to sender",
	    "This message was created automatically by mail delivery "
	    "software.\n\nA message that you sent could not be delivered to "
	    "one or more of its\nrecipients. This is a permanent error. The "
	    "following address(es) failed:\n\n  jo@x.example\n    SMTP error "
	    "from remote mail server after RCPT TO:<jo@x.example>:\n    host "
	    "mx.x.example [192.0.2.1]: 550 5.2.1 disabled\n\n------ This is a "
	    "copy of the message, including all the headers. ------\n\n"
	    "Message-ID: <orig@campus>\n", "jo@x.example failed 5.2.1" },
	{ "Postfix in prose", DAEMON, "MAILER-DAEMON@mx.example",
	    "Undelivered Mail Returned to Sender",
	    "This is the mail system at host mx.example.\n\nFor further "
	    "assistance, please contact <postmaster@mx.example>\n\n"
	    "<jo@x.example>: host mx.x.example[192.0.2.1] said: 550 User\n    "
	    "unknown\n<al@x.example>: mail forwarding loop for al@x.example\n",
	    "jo@x.example failed 5.1.1|al@x.example failed 5.4.6" },
	{ "Sendmail", DAEMON, "MAILER-DAEMON@mx.example",
	    "Returned mail: see transcript for details",
	    "The original message was received at Mon, 23 Nov 2026 09:00:00 "
	    "GMT\nfrom h@campus.example\n\n   ----- The following addresses "
	    "had permanent fatal errors -----\n<jo@x.example>\n    (reason: "
	    "550 5.1.1 <jo@x.example>... User unknown)\n\n   ----- Transcript "
	    "of session follows -----\n... while talking to mx.x.example.:\n"
	    ">>> RCPT To:<jo@x.example>\n<<< 550 5.1.1 <jo@x.example>... User "
	    "unknown\n", "jo@x.example failed 5.1.1" },
	{ "Exchange 5.5", DAEMON, "postmaster@x.example", "Undeliverable: x",
	    "Your message\n\n  To:      list@campus.example\n  Subject: x\n"
	    "  Sent:    Mon, 23 Nov 2026 09:00:00 -0500\n\ndid not reach the "
	    "following recipient(s):\n\njo@x.example on Mon, 23 Nov 2026 "
	    "09:00:09 -0500\n    The recipient name is not recognized\n",
	    "jo@x.example failed 5.1.1" },
	{ "Exchange 2013", "", "postmaster@x.example", "Undeliverable: x",
	    "Delivery has failed to these recipients or groups:\n\n"
	    "jo@x.example (jo@x.example)\nThe e-mail address you entered "
	    "couldn't be found.\n\nDiagnostic information for administrators:"
	    "\n\nGenerating server: mx.x.example\n\njo@x.example\n#550 5.1.10 "
	    "RESOLVER.ADR.RecipientNotFound ##\n",
	    "jo@x.example failed 5.1.10" },
	{ "Exchange Online, a name and a link", "", "postmaster@x.example",
	    "Undeliverable: x", "Delivery has failed to these recipients or "
	    "groups:\n\nJo Doe<mailto:jo@x.example>\nThe recipient's mailbox "
	    "is full and can't accept messages now.\n\nDiagnostic information "
	    "for administrators:\n\nRemote Server returned '554 5.2.2 "
	    "mailbox full'\n", "jo@x.example failed 5.2.2" },
	{ "Gmail", "", "mailer-daemon@googlemail.com",
	    "Delivery Status Notification (Failure)",
	    "This is an automatically generated Delivery Status Notification"
	    "\n\nDelivery to the following recipient failed permanently:\n\n"
	    "     jo@x.example\n\nTechnical details of permanent failure:\n"
	    "Google tried to deliver your message, but it was rejected by the "
	    "recipient domain. The error that the other server returned was: "
	    "550 550 5.7.1 Message rejected\n\n   ----- Original message "
	    "-----\n\nMessage-ID: <orig@campus>\n",
	    "jo@x.example failed 5.7.1" },
	{ "Yahoo", "", "MAILER-DAEMON@yahoo.com", "Failure Notice",
	    "Sorry, we were unable to deliver your message to the following "
	    "address.\n\n<jo@x.example>:\nRemote host said: 554 delivery "
	    "error: dd This user doesn't have an x.example account\n\n--- "
	    "Below this line is a copy of the message.\n\n",
	    "jo@x.example failed 5.1.1" },
	{ "Domino", "", "Postmaster@x.example", "DELIVERY FAILURE: User jo "
	    "(jo@x.example) not listed in Domino Directory",
	    "Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  "
	    "jo@x.example\n\nbecause:\n\n  User jo (jo@x.example) not listed "
	    "in Domino Directory\n", "jo@x.example failed 5.1.1" },
	{ "MDaemon", "", "MDaemon@x.example", "Permanent Delivery Failure",
	    "The attached message had PERMANENT fatal delivery errors!\n\n"
	    "YOUR MESSAGE WAS NOT DELIVERED!\n\nThe following addresses did "
	    "NOT receive a copy of your message:\n\n> jo@x.example\n\n--- "
	    "Session Transcript ---\n 550 user unknown\n",
	    "jo@x.example failed 5.1.1" },
	{ "IMail", "", "postmaster@x.example", "Undeliverable Mail",
	    "User mailbox exceeds allowed size: jo@x.example\n\nOriginal "
	    "message follows.\n\nReceived: from x\nTo: other@x.example\n",
	    "jo@x.example failed 5.2.2" },
	{ "OpenSMTPD", DAEMON, "MAILER-DAEMON@x.example",
	    "Delivery status notification: error",
	    "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to "
	    "this e-mail.\n\n    An error has occurred while attempting to "
	    "deliver a message for\n    the following list of recipients:\n\n"
	    "jo@x.example: Domain does not exist\n\n    Below is a copy of "
	    "the original message:\n\n", "jo@x.example failed 5.1.2" },
	{ "Courier, typed fields", DAEMON, "postmaster@x.example",
	    "NOTICE: mail delivery status.",
	    "This is a delivery status notification.\n\nUNDELIVERABLE MAIL\n\n"
	    "Reporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; "
	    "jo@x.example\nAction: failed\nStatus: 5.1.1\n",
	    "jo@x.example failed 5.1.1" },
	{ "GMX", DAEMON, "MAILER-DAEMON@mail.gmx.net",
	    "Mail delivery failed: returning message to sender",
	    "A message that you sent could not be delivered to\none or more "
	    "of its recipients. This is a permanent error.\nThe following "
	    "address failed:\n\n\"jo@x.example\":\nSMTP error from remote "
	    "server after RCPT command:\nhost: mx.x.example\n5.2.2 Mailbox "
	    "Full\n\n--- The header of the original message is following. ---"
	    "\n\nMessage-ID: <orig@campus>\n", "jo@x.example failed 5.2.2" },
	{ "one that only names it in a sentence", "",
	    "MAILER-DAEMON@x.example", "failure notice",
	    "Sorry, unable to deliver your message to jo@x.example for the "
	    "following reason: no such user.\n",
	    "jo@x.example failed 5.1.1" },
	{ "whom it was for only in the copy", DAEMON,
	    "MAILER-DAEMON@x.example", "Returned mail: Host unknown",
	    "   ----- Transcript of session follows -----\n550 Host unknown\n"
	    "\n   ----- Unsent message follows -----\nReceived: by x.example\n"
	    "From: h@campus.example\nTo: Jo <jo@x.example>\n",
	    "jo@x.example failed 5.1.2" },
	{ "Exim delay", DAEMON, "Mailer-Daemon@x.example",
	    "Warning: message 1abc delayed 24 hours",
	    "A message that you sent has not yet been delivered to one or "
	    "more of its\nrecipients after more than 24 hours on the queue "
	    "on x.example.\n\nThe address to which the message has not yet "
	    "been delivered is:\n\n  jo@x.example\n\nNo action is required "
	    "on your part. Delivery attempts will continue for\nsome time.\n",
	    "jo@x.example delayed -" },
	{ "Sendmail delay", DAEMON, "MAILER-DAEMON@x.example",
	    "Warning: could not send message for past 4 hours",
	    "    **      THIS IS A WARNING MESSAGE ONLY      **\n\n   ----- "
	    "The following addresses had transient non-fatal errors -----\n"
	    "<jo@x.example>\n", "jo@x.example delayed -" },
	/* what is none */
	{ "a person asks about a bounce", "", "jo@x.example",
	    "Question",
	    "My mail to al@y.example could not be delivered, why?\n", NULL },
	{ "a person forwards one", "", "jo@x.example",
	    "Fwd: Undeliverable: x", "What does this mean?\n", NULL },
	{ "a person forwards one with its text", "", "jo@x.example",
	    "Fwd: Undelivered Mail Returned to Sender", "What is this?\n\n"
	    "---------- Forwarded message ---------\nFrom: MAILER-DAEMON@x\n"
	    "\nYour message could not be delivered.\n<al@y.example>: User "
	    "unknown\n\nReceived: from x\nMessage-ID: <orig@campus>\n", NULL },
	{ "a person complains in the words of one", "", "jo@x.example",
	    "Mail delivery failed", "Hello,\n\nmy mail to al@y.example could "
	    "not be delivered: user unknown.\nCan you help?\n", NULL },
	{ "a gateway with an address like people's", "", "admin@x.example",
	    "Non-Delivery: x", "--- Non-Delivery Report ---\nThe email below "
	    "could not be delivered to the following user:\n\n\"jo@x\" "
	    "<jo@x.example>\n\nOld message:\n\nHello\n",
	    "jo@x.example failed -" },
	{ "an absence notice", DAEMON, "jo@x.example", "I am away",
	    "Write to al@x.example until Monday.\n", NULL },
};

static void
test_prose(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof prose / sizeof prose[0]; i++) {
		struct arena *a = arena_new(1 << 22);
		struct mail m = { .text = prose[i].text,
		    .subject = prose[i].subject,
		    .from = { NULL, prose[i].from } };
		struct headers h;

		print_message("%s\n", prose[i].name);
		headers_of(&h, prose[i].headers);
		autokind_read(&m, &h.list, NULL, a);
		bounce_read(&m, NULL, 0, &h.list, a);
		assert_int_equal(m.kind == MAIL_BOUNCE, prose[i].out != NULL);
		if (prose[i].out != NULL)
			assert_string_equal(shown(a, m.bounce), prose[i].out);
		if (prose[i].out != NULL &&
		    strstr(m.text, "<orig@campus>") != NULL)
			assert_string_equal(m.bounce->original_message_id,
			    "orig@campus");
		arena_free(&a);
	}
}

/* A report among the parts of a mail in which a person asks about it. */
static void
test_passed_on(void **state)
{
	static const struct { const char *from, *subject; enum mail_kind kind; }
	    t[] = {
		{ "jo@x.example", "Fwd: Undeliverable: x", MAIL_PERSON },
		{ "jo@x.example", "Re: Undeliverable: x", MAIL_PERSON },
		{ "jo@x.example", "Undeliverable: x", MAIL_BOUNCE },
		{ "postmaster@x.example", "RE: x", MAIL_BOUNCE },
	};
	struct bounce_part part = { "message/delivery-status",
	    SLICE_LIT("Final-Recipient: rfc822; a@x\nAction: failed\n") };
	struct arena *a = arena_new(1 << 20);
	struct headers h;

	(void)state;
	headers_of(&h, "");
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct mail m = { .text = "What is this?", .because = "",
		    .subject = t[i].subject, .from = { NULL, t[i].from } };

		print_message("%s %s\n", t[i].from, t[i].subject);
		bounce_read(&m, &part, 1, &h.list, a);
		assert_int_equal(m.kind, t[i].kind);
	}
	arena_free(&a);
}

static void
test_status(void **state)
{
	static const struct { const char *said, *status; } t[] = {
		{ "", "" }, { "hello", "" },
		{ "550 5.1.1 unknown", "5.1.1" },
		{ "(#5.7.26)", "5.7.26" }, { "550-5.2.1 x", "5.2.1" },
		{ "192.5.1.1 said: 550 no", "5.0.0" },
		{ "5.1.1.4 is a host", "" }, { "version 5.1.1a", "" },
		{ "5.0.0 then 5.1.2", "5.1.2" }, { "5.0.0", "5.0.0" },
		{ "550 User unknown", "5.1.1" },
		{ "452 mailbox full", "4.2.2" },
		{ "mailbox is full", "5.2.2" },
		{ "Connection timed out", "4.4.1" },
		{ "421 try again", "4.0.0" }, { "x550 y", "" },
		{ "5.1.1999", "" }, { "6.1.1", "" }, { "5.1.", "" },
	};
	char out[BOUNCE_STATUS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].said);
		assert_int_equal(bounce_status_guess((struct slice){
		    t[i].said, strlen(t[i].said) }, out),
		    t[i].status[0] != '\0');
		assert_string_equal(out, t[i].status);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_prose),
		cmocka_unit_test(test_passed_on),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
