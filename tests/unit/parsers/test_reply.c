#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "parsers/reply.h"

static const char letters[SPAN_NKIND] = { 'n', 'q', 's', 'f', 'b', 'c' };

/* One letter a span; spans must tile the text. */
static void
show_spans(const struct mail *m, char *out)
{
	size_t at = 0, i;

	for (i = 0; i < m->nspans; i++) {
		assert_int_equal(m->spans[i].offset, at);
		assert_true(m->spans[i].length > 0);
		at += m->spans[i].length;
		out[i] = letters[m->spans[i].kind];
	}
	out[i] = '\0';
	assert_int_equal(at, strlen(m->text));
}

static const struct {
	const char	*name, *subject, *text, *spans, *reply;
} cases[] = {
	{ "nothing", "x", "", "", "" },
	{ "only blanks", "x", "\n \n\n", "n", "" },
	{ "one line", "x", "Hello", "n", "Hello" },
	{ "top-posted, Gmail", "Re: x",
	    "It works.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Desk "
	    "<d@x.example> wrote:\n\n> Try again\n> please\n", "nq",
	    "It works." },
	{ "wrapped attribution", "Re: x",
	    "It works.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Campus Helpdesk\n"
	    "<helpdesk+abcdefghijklmnop@campus.example>\nwrote:\n\n> a\n",
	    "nq", "It works." },
	{ "wrapped inside the brackets", "Re: x",
	    "Ja.\n\nman. 23. nov. 2026 kl. 09:00 skrev Desk <d@x.example\n>:"
	    "\n\n> a\n", "nq", "Ja." },
	{ "below the quote", "Re: x",
	    "On Mon, Nov 23, 2026 at 9:00 AM Desk <d@x.example> wrote:\n"
	    "> Which room?\n\nLibrary 2.14\n", "qn", "Library 2.14" },
	{ "between the lines", "Re: x",
	    "On Mon, Nov 23, 2026 at 9:00 AM Desk <d@x.example> wrote:\n"
	    "> Which room?\n2.14\n> Since when?\nMonday\n> Desk\n", "qnqnq",
	    "> Which room?\n2.14\n> Since when?\nMonday" },
	{ "unmarked history below an attribution", "Re: x",
	    "Danke!\n\nAm 23.11.2026 um 09:00 schrieb Desk <d@x.example>:\n"
	    "Bitte nochmals versuchen.\n\nGruss\n", "nq", "Danke!" },
	{ "unmarked history and nothing above", "Re: x",
	    "Am 23.11.2026 um 09:00 schrieb Desk <d@x.example>:\n\n"
	    "Es geht wieder.\n", "qn", "Es geht wieder." },
	{ "a sentence that ends with wrote", "x",
	    "On Monday at 10 the printer wrote:\n\nERROR 42\n\nWhat now?\n",
	    "n", "On Monday at 10 the printer wrote:\n\nERROR 42\n\n"
	    "What now?" },
	{ "what somebody wrote, told by hand", "x",
	    "Is this real?\nYesterday at 10:30 al@x.example wrote:\nsend your "
	    "password\nI did not.\n", "n",
	    "Is this real?\nYesterday at 10:30 al@x.example wrote:\nsend your "
	    "password\nI did not." },
	{ "what somebody wrote, with brackets", "x",
	    "Hi,\n\nplease see what Jo <jo@x.example> wrote on 3.5.2026:\n\n"
	    "It leaks.\n\nAnd it still does.\n", "n",
	    "Hi,\n\nplease see what Jo <jo@x.example> wrote on 3.5.2026:\n\n"
	    "It leaks.\n\nAnd it still does." },
	{ "On one hand", "x", "On one hand it works.\nOn the other: no.\n",
	    "n", "On one hand it works.\nOn the other: no." },
	{ "Outlook block", "RE: x",
	    "Done.\n\n________________________________\nFrom: Desk "
	    "<d@x.example>\nSent: Monday, November 23, 2026 9:00 AM\nTo: Jo\n"
	    "Subject: x\n\nTry again\n", "nq", "Done." },
	{ "Outlook block with wrapped address", "RE: x",
	    "Done.\n\nFrom: Campus Helpdesk\n<a-very-long+address@x.example>"
	    "\nSent: Monday, November 23, 2026 9:00 AM\nTo: Jo\nSubject: x\n"
	    "\nTry again\n", "nq", "Done." },
	{ "bold Outlook block", "RE: x",
	    "Done.\n\n*From:* Desk <d@x.example>\n*Sent:* Monday, 9:00\n"
	    "*To:* Jo\n*Subject:* x\n\nTry again\n", "nq", "Done." },
	{ "From and To of a trip", "x",
	    "From: the library\nTo: the canteen\n\nthe path is icy\n", "n",
	    "From: the library\nTo: the canteen\n\nthe path is icy" },
	{ "Original Message rule", "RE: x",
	    "Done.\n\n-----Original Message-----\nTry again\n", "nq",
	    "Done." },
	{ "form with lines of dashes", "x",
	    "Name\n----\nJo\n====\nRoom\n", "n",
	    "Name\n----\nJo\n====\nRoom" },
	{ "forward, Gmail", "Fwd: x",
	    "Please look.\n\n---------- Forwarded message ---------\n"
	    "From: Al <al@x.example>\nDate: Mon, Nov 23, 2026 at 9:00 AM\n"
	    "Subject: Water\nTo: <jo@x.example>\n\nIt drips.\n", "nf",
	    "Please look." },
	{ "forward, Outlook", "FW: x",
	    "Please look.\n\nFrom: Al <al@x.example>\nSent: Monday, November "
	    "23, 2026 9:00 AM\nTo: Jo <jo@x.example>\nSubject: Water\n\n"
	    "It drips.\n", "nf", "Please look." },
	{ "forward, Apple", "Fwd: x",
	    "Begin forwarded message:\n\n> From: Al <al@x.example>\n> "
	    "Subject: Water\n> \n> It drips.\n\nSee?\n", "fn", "See?" },
	{ "signature", "x", "Hello\n\n-- \nJo\nRoom 3\n", "ns", "Hello" },
	{ "signature above the quote", "Re: x",
	    "Hello\n-- \nJo\n\nOn Mon, Nov 23, 2026 at 9:00 AM Desk "
	    "<d@x.example> wrote:\n> a\n", "nsq", "Hello" },
	{ "written below the signature", "x",
	    "--\nJo Doe\nRoom 3\n\nThis came to my mind when I had signed it "
	    "already.\n", "n", "--\nJo Doe\nRoom 3\n\nThis came to my mind "
	    "when I had signed it already." },
	{ "written above and below the signature", "x",
	    "Hi\n\n-- \nJo Doe\nRoom 3\n\nThis came to my mind when I had "
	    "signed it already.\n", "nsn", "Hi\n\nThis came to my mind "
	    "when I had signed it already." },
	{ "two dashes begin a list", "x",
	    "-- first\n-- second\n", "n", "-- first\n-- second" },
	{ "two dashes and then a story", "x",
	    "Part one\n\n--\n\n1\n2\n3\n4\n5\n6\n7\n8\n9\n", "n",
	    "Part one\n\n--\n\n1\n2\n3\n4\n5\n6\n7\n8\n9" },
	{ "phone", "x", "Hello\n\nSent from my iPhone\n", "ns", "Hello" },
	{ "phone, text below", "x",
	    "Hello\n\nSent from my iPhone\n\nOh, and room 3.\n", "nsn",
	    "Hello\n\nOh, and room 3." },
	{ "phone in a sentence", "x",
	    "The mail was\nsent from my iPhone app to all users.\n", "n",
	    "The mail was\nsent from my iPhone app to all users." },
	{ "sent from my desk", "x",
	    "Hi\n\nSent from my desk, which beats my mobile phone.\n", "n",
	    "Hi\n\nSent from my desk, which beats my mobile phone." },
	{ "sent from my phone because", "x",
	    "Hi\nSent from my phone because the network is down\n", "n",
	    "Hi\nSent from my phone because the network is down" },
	{ "phone, right below the text", "x",
	    "It works.\nSent from my iPhone\n", "ns", "It works." },
	{ "from my phone I cannot", "x",
	    "Hallo\n\nVon meinem Handy komme ich nicht ins WLAN\n", "n",
	    "Hallo\n\nVon meinem Handy komme ich nicht ins WLAN" },
	{ "list footer", "x",
	    "Hello\n\n_______________________________________________\n"
	    "students mailing list\nstudents@lists.x.example\n"
	    "https://lists.x.example/listinfo/students\n", "nb", "Hello" },
	{ "disclaimer", "x",
	    "Hello\n\nThis e-mail is confidential and intended only for the "
	    "addressee. If you are not the intended recipient, please notify "
	    "the sender and delete this message.\n", "nb", "Hello" },
	{ "gateway banner", "x",
	    "CAUTION: This email originated from outside of the "
	    "organization. Do not click links.\n\nHello\n", "bn", "Hello" },
	{ "our own notification, marked", "Re: [#1] x",
	    "Yes.\n\n> -- Please write above this line --\n> Hello\n", "nq",
	    "Yes." },
	{ "our own notification, not marked", "Re: [#1] x",
	    "Yes.\n\n-- Please write above this line --\nHello\n\nBye\n",
	    "nq", "Yes." },
	{ "our own notification with its attribution", "Re: [#1] x",
	    "Yes.\n\nCampus Helpdesk <h@x.example> hat am 23.11.2026 09:00 "
	    "geschrieben:\n\n-- Please write above this line --\nHello\n",
	    "nq", "Yes." },
	{ "prompts in a first mail are the sender's own", "x",
	    "> make\n> make test\nfails\n", "n",
	    "> make\n> make test\nfails" },
	{ "wrapped quote without its mark", "Re: x",
	    "No.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Desk <d@x.example> wrote:"
	    "\n> Have you tried to switch it off and on again, and did that "
	    "change what is\nshown on it?\n> Desk\n", "nq", "No." },
	{ "a short answer is no wrapped quote", "Re: x",
	    "> Have you tried to switch it off and on again, and did that "
	    "change anything?\nno, never\n> Desk\n", "qnq",
	    "> Have you tried to switch it off and on again, and did that "
	    "change anything?\nno, never" },
	{ "command", "Re: x", "!close\n\nIt works again.\n", "cn",
	    "It works again." },
	{ "commands", "Re: x", "\n!take\n/priority high\n\nI go there.\n",
	    "cn", "I go there." },
	{ "command below text", "Re: x", "Hi\n!close\n", "n",
	    "Hi\n!close" },
	{ "malformed command stays", "Re: x", "!priority very\n!take\n",
	    "nc", "!priority very" },
	{ "a path is text", "x", "/dev/sda is full\n", "n",
	    "/dev/sda is full" },
	{ "quoted with bars", "Re: x",
	    "In message <1@x> on 11/23/26 you Jo <jo@x.example> wrote:\n"
	    " |Which room?\n |\n |And when?\n\n2.14, on Monday.\n", "qn",
	    "2.14, on Monday." },
	{ "quoted with initials", "Re: x",
	    "On 2026-11-23 09:00, Jo Doe wrote:\nJD> Which room?\nJD> When?\n"
	    "\n2.14\n\nJD> Bye\n", "qnq",
	    "JD> Which room?\nJD> When?\n\n2.14" },
	{ "nothing but quoted lines", "Re: x",
	    "> Hi all,\n>\n> please come.\n>\n> > Old words\n", "nq",
	    "Hi all,\n\nplease come." },
	{ "nothing but what a client quoted", "Re: x",
	    "> On Nov 23, 2026, at 09:00, Jo <jo@x.example> wrote:\n>\n> a\n",
	    "q", "" },
	{ "no line end at the end", "Re: x", "a\n> b", "nq", "a" },
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena *a = arena_new(1 << 20);
		struct mail m = { .subject = cases[i].subject,
		    .text = cases[i].text };
		struct err err;
		char spans[100];

		print_message("%s\n", cases[i].name);
		assert_int_equal(reply_read(&m, false, false, a, &err), 0);
		show_spans(&m, spans);
		assert_string_equal(m.reply, cases[i].reply);
		assert_string_equal(spans, cases[i].spans);
		arena_free(&a);
	}
}

/* An attribution, or a header block, in each language: with history that is
 * not marked below it. */
static void
test_languages(void **state)
{
	static const char *const marks[] = {
		/* clients with a way of their own */
		"------------------ Original ------------------\nFrom:  "
		    "\"Jo\";<jo@x.example>;\nDate:  Mon, Nov 23, 2026 09:00 AM"
		    "\nTo:  \"Desk\"<d@x.example>;\nSubject:  x",
		"------------------ 原始邮件 ------------------\n发件人: "
		    "\"Jo\" <jo@x.example>;\n发送时间: 2026年11月23日 9:00\n"
		    "收件人: \"Desk\"<d@x.example>;\n主题: x",
		"At 2026-11-23 09:00:00, \"Jo\" <jo@x.example> wrote:",
		"在 2026-11-23 09:00:00，\"Jo\" <jo@x.example> 写道：",
		"-----Jo/Campus wrote: -----\nTo: Desk/Campus\nFrom: "
		    "Jo/Campus\nDate: 11/23/2026 09:00AM\nSubject: x",
		"‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\nOn Monday, 23. November "
		    "2026 09:00, Jo <jo@x.example> wrote:",
		"------- Original Message -------\nOn Monday, November 23rd, "
		    "2026 at 9:00 AM, Jo <jo@x.example> wrote:\n> x",
		"------ Originalnachricht ------\nVon: \"Jo\" <jo@x.example>"
		    "\nAn: d@x.example\nGesendet: 23.11.2026 09:00:00\n"
		    "Betreff: x",
		"-----Original-Nachricht-----\nBetreff: x\nDatum: 2026-11-23"
		    "T09:00:00+0100\nVon: \"Jo\" <jo@x.example>\nAn: "
		    "\"Desk\" <d@x.example>",
		"Gesendet: Montag, 23. November 2026 um 09:00 Uhr\nVon: Jo "
		    "<jo@x.example>\nAn: d@x.example\nBetreff: x",
		"Понедельник, 23 ноября 2026, 9:00 +03:00 от Jo "
		    "<jo@x.example>:",
		"23.11.2026, 09:00, \"Jo\" <jo@x.example>:",
		"----- Mail original -----\nDe: \"Jo\" <jo@x.example>\nÀ: "
		    "\"Desk\" <d@x.example>\nEnvoyé: Lundi 23 Novembre 2026 "
		    "09:00:00\nObjet: x",
		"On Mon, 2026-11-23 at 09:00 +0100, Jo wrote:\n> x",
		"Am Montag, dem 23.11.2026 um 09:00 +0100 schrieb Jo:\n> x",
		"On Montag, 23. November 2026 09:00:00 CET Jo wrote:\n> x",
		"On 23/11/2026 09:00, Jo wrote:\n> x",
		"On 2026-11-23 09:00, Jo wrote:\n> x",
		"On Mon, 23 Nov 2026, Jo wrote:\n> x",
		"Jo <jo@x.example> writes:\n> x", "Jo wrote:\n> x",
		"Zitat von Jo <jo@x.example>:\n> x",
		"Quoting Jo <jo@x.example>:\n> x",
		"-------- Original message --------\nFrom: Jo "
		    "<jo@x.example> \nDate: 23/11/2026  09:00  (GMT+01:00) \n"
		    "To: d@x.example \nSubject: x",
		"From: Jo\nSent: \xe2\x80\x8eMonday\xe2\x80\x8e, November 23, "
		    "2026 9:00\nTo: Desk",
		"From: Jo <jo@x.example>\n\n________________________________\n"
		    "Date: Monday, 23 November 2026 9:00\nTo: Desk\nSubject: x",
		"From: Jo <jo@x.example>\n\nSent: Monday, November 23, 2026 "
		    "9:00\n\nTo: Desk\n\nSubject: x",
		"> Le 23 nov. 2026 à 09:00, Jo <jo@x.example> a écrit :\n> \n"
		    "> x",
		"> Message du 23/11/26 09:00\n> De : \"Jo\" <jo@x.example>\n"
		    "> A : d@x.example\n> Objet : x",
		"====\n\nMessage du : 23/11/2026 09:00\nDe : \"Jo\" "
		    "<jo@x.example>\nA : d@x.example\nCopie à : \nSujet : x",
		"On Mon, Nov 23, 2026 at 9:00 AM, Jo\n<jo@x.example> wrote:   "
		    "the history, on the same line",
		/* the languages */
		"On Mon, Nov 23, 2026 at 9:00 AM Jo <jo@x.example> wrote:",
		"Am Mo., 23. Nov. 2026 um 09:00 Uhr schrieb Jo "
		    "<jo@x.example>:",
		"Am 23.11.26 um 09:00 schrieb Jo:\n> x",
		"Le lun. 23 nov. 2026 à 09:00, Jo <jo@x.example> a écrit :",
		"El lun, 23 nov 2026 a las 9:00, Jo (<jo@x.example>) "
		    "escribió:",
		"Il giorno lun 23 nov 2026 alle ore 09:00 Jo <jo@x.example> "
		    "ha scritto:",
		"Op ma 23 nov 2026 om 09:00 schreef Jo <jo@x.example>:",
		"Op 23 november 2026 09:00 schreef Jo het volgende:",
		"Em seg., 23 de nov. de 2026 às 09:00, Jo <jo@x.example> "
		    "escreveu:",
		"pon., 23 lis 2026 o 09:00 Jo <jo@x.example> napisał(a):",
		"W dniu 23.11.2026 o 09:00, Jo pisze:\n> x",
		"Den mån 23 nov. 2026 kl 09:00 skrev Jo <jo@x.example>:",
		"man. 23. nov. 2026 kl. 09.00 skrev Jo <jo@x.example>:",
		"ma 23. marrask. 2026 klo 9.00 Jo (jo@x.example) kirjoitti:",
		"po 23. 11. 2026 v 9:00 odesílatel Jo <jo@x.example> napsal:",
		"пн, 23 нояб. 2026 г. в 09:00, Jo <jo@x.example>:",
		"23.11.2026 09:00, Jo <jo@x.example> пишет:",
		"пн, 23 лист. 2026 р. о 09:00 Jo <jo@x.example> пише:",
		"Jo <jo@x.example> 于2026年11月23日周一 09:00写道：",
		"2026年11月23日(月) 9:00 Jo <jo@x.example>:",
		"2026년 11월 23일 (월) 오전 9:00, Jo <jo@x.example>님이 작성:",
		"Jo <jo@x.example>, 23 Kas 2026 Pzt, 09:00 tarihinde şunu "
		    "yazdı:",
		"في الاثنين، 23 نوفمبر 2026 في 9:00 ص تمت كتابة ما يلي "
		    "بواسطة Jo <jo@x.example>:",
		"2026-11-23 9:00 GMT+01:00 Jo <jo@x.example>:",
		"---- On Mon, 23 Nov 2026 09:00:00 +0100 jo@x.example wrote "
		    "----",
		"Von: Jo <jo@x.example>\nGesendet: Montag, 23. November 2026 "
		    "09:00\nAn: Desk\nBetreff: x",
		"De : Jo <jo@x.example>\nEnvoyé : lundi 23 novembre 2026 "
		    "09:00\nÀ : Desk\nObjet : x",
		"De: Jo <jo@x.example>\nEnviado el: lunes, 23 de noviembre "
		    "de 2026 9:00\nPara: Desk\nAsunto: x",
		"Da: Jo <jo@x.example>\nInviato: lunedì 23 novembre 2026 "
		    "09:00\nA: Desk\nOggetto: x",
		"Van: Jo <jo@x.example>\nVerzonden: maandag 23 november 2026 "
		    "09:00\nAan: Desk\nOnderwerp: x",
		"De: Jo <jo@x.example>\nEnviada em: segunda-feira, 23 de "
		    "novembro de 2026 09:00\nPara: Desk\nAssunto: x",
		"From: Jo <jo@x.example>\nSent: Monday, November 23, 2026 "
		    "9:00\nTo: Desk\nSubject: x",
		"Od: Jo <jo@x.example>\nWysłano: poniedziałek, 23 listopada "
		    "2026 09:00\nDo: Desk\nTemat: x",
		"Från: Jo <jo@x.example>\nSkickat: den 23 november 2026 "
		    "09:00\nTill: Desk\nÄmne: x",
		"Fra: Jo <jo@x.example>\nSendt: 23. november 2026 09:00\n"
		    "Til: Desk\nEmne: x",
		"Lähettäjä: Jo <jo@x.example>\nLähetetty: maanantai 23. "
		    "marraskuuta 2026 9.00\nVastaanottaja: Desk\nAihe: x",
		"Od: Jo <jo@x.example>\nOdesláno: pondělí 23. listopadu 2026 "
		    "9:00\nKomu: Desk\nPředmět: x",
		"От: Jo <jo@x.example>\nОтправлено: 23 ноября 2026 г. 9:00\n"
		    "Кому: Desk\nТема: x",
		"Від: Jo <jo@x.example>\nНадіслано: 23 листопада 2026 р. "
		    "9:00\nКому: Desk\nТема: x",
		"发件人: Jo <jo@x.example>\n发送时间: 2026年11月23日 9:00\n"
		    "收件人: Desk\n主题: x",
		"差出人: Jo <jo@x.example>\n送信日時: 2026年11月23日 9:00\n"
		    "宛先: Desk\n件名: x",
		"보낸 사람: Jo <jo@x.example>\n보낸 날짜: 2026년 11월 23일 9:00\n"
		    "받는 사람: Desk\n제목: x",
		"Kimden: Jo <jo@x.example>\nGönderildi: 23 Kasım 2026 09:00\n"
		    "Kime: Desk\nKonu: x",
		"من: Jo <jo@x.example>\nتم الإرسال: 23 نوفمبر 2026 9:00\n"
		    "إلى: Desk\nالموضوع: x",
		"-----Ursprüngliche Nachricht-----", "-----Message d'origine-----",
		"-----Mensaje original-----", "-----Messaggio originale-----",
		"-----Oorspronkelijk bericht-----", "-----Mensagem original-----",
		"-----Oryginalna wiadomość-----", "-----Ursprungligt meddelande-----",
		"-----Oprindelig meddelelse-----", "-----Opprinnelig melding-----",
		"-----Alkuperäinen viesti-----", "-----Původní zpráva-----",
		"-----Исходное сообщение-----", "-----Вихідне повідомлення-----",
		"-----原始邮件-----", "-----元のメッセージ-----", "-----원본 메시지-----",
		"-----Orijinal Mesaj-----", "-----الرسالة الأصلية-----",
	};

	(void)state;
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		struct arena *a = arena_new(1 << 20);
		struct mail m = { .subject = "Re: x" };
		struct err err;
		char spans[100];

		print_message("%s\n", marks[i]);
		m.text = arena_printf(a, "My answer.\n\n%s\n\n%s\n", marks[i],
		    strchr(marks[i], '\n') != NULL &&
		    strstr(marks[i], "> ") != NULL &&
		    (marks[i][0] == '>' || strstr(marks[i], "\n> ") != NULL) ?
		    "> history" : "the history");
		assert_int_equal(reply_read(&m, false, false, a, &err), 0);
		show_spans(&m, spans);
		assert_string_equal(m.reply, "My answer.");
		assert_string_equal(spans, "nq");
		arena_free(&a);
	}
}

static void
test_app_signatures(void **state)
{
	static const char *const lines[] = {
		"Sent from my iPhone", "Sent from my Galaxy",
		"Sent from Outlook for Android<https://aka.ms/x>",
		"Get Outlook for iOS<https://aka.ms/x>",
		"Sent from Mail for Windows 10",
		"Von meinem iPhone gesendet", "Gesendet von Outlook für iOS",
		"Gesendet mit der GMX Mail App",
		"Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail "
		    "gesendet.",
		"Envoyé de mon iPhone", "Envoyé à partir de Outlook pour iOS",
		"Télécharger Outlook pour Android",
		"Enviado desde mi iPhone", "Obtener Outlook para iOS",
		"Inviato da iPhone", "Scarica Outlook per Android",
		"Verstuurd vanaf mijn iPhone", "Verzonden vanaf Outlook voor iOS",
		"Enviado do meu iPhone", "Obter o Outlook para Android",
		"Wysłane z iPhone'a", "Pobierz program Outlook dla systemu iOS",
		"Skickat från min iPhone", "Hämta Outlook för iOS",
		"Sendt fra min iPhone", "Hent Outlook til iOS",
		"Lähetetty iPhonesta", "Hanki Outlook for iOS",
		"Odesláno z iPhonu", "Получить Outlook для iOS",
		"Отправлено с iPhone", "Надіслано з iPhone", "发自我的iPhone",
		"从我的 iPhone 发送", "iPhoneから送信", "나의 iPhone에서 보냄",
		"iPhone'umdan gönderildi", "أرسلت من الـ iPhone",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct arena *a = arena_new(1 << 20);
		struct mail m = { .subject = "x" };
		struct err err;
		char spans[100];

		print_message("%s\n", lines[i]);
		m.text = arena_printf(a, "Hello\n\n%s\n", lines[i]);
		assert_int_equal(reply_read(&m, false, false, a, &err), 0);
		show_spans(&m, spans);
		assert_string_equal(spans, "ns");
		assert_string_equal(m.reply, "Hello");
		arena_free(&a);
	}
}

static void
test_commands(void **state)
{
	static const struct {
		const char	*text;
		const char	*commands, *near;
		bool		 note;
	} t[] = {
		{ "!close done\n", "close(done)", "", false },
		{ "!take\n!priority high\ntext\n", "take()priority(high)", "",
		    false },
		{ "text\n!close\n", "", "!close|", false },
		{ "!clsoe\n", "", "!clsoe|", false },
		{ "!foo\n!close\n", "", "!foo|!close|", false },
		{ "!due soon\n!close\n", "close()", "!due soon|", false },
		{ "Hi\n/dev/sda\n/tke\n!Close\n", "", "/tke|!Close|", false },
		{ "/etc is full\n", "", "/etc is full|", false },
		{ "!note\nsecret\n", "note()", "", true },
		{ "text\n!note\n", "", "!note|", true },
		{ "text\n !NOTE \n", "", "!NOTE|", true },
		{ "Note: secret\n", "", "", true },
		{ "!take\nnote: secret\n", "take()", "", true },
		{ "text\nnote: x\n", "", "", false },
		{ "> !note\n", "", "", false },
		{ "> !close\nyes\n", "", "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct arena *a = arena_new(1 << 20);
		struct mail m = { .subject = "Re: x", .text = t[i].text };
		const char *commands = "", *near = "";
		struct err err;

		print_message("%s", t[i].text);
		assert_int_equal(reply_read(&m, false, false, a, &err), 0);
		for (size_t k = 0; k < m.ncommands; k++)
			commands = arena_printf(a, "%s%s(%s)", commands,
			    m.commands[k].verb, m.commands[k].args);
		for (size_t k = 0; k < m.near_commands.n; k++)
			near = arena_printf(a, "%s%s|", near,
			    m.near_commands.v[k]);
		assert_string_equal(commands, t[i].commands);
		assert_string_equal(near, t[i].near);
		assert_int_equal(m.note_marker, t[i].note);
		arena_free(&a);
	}
}

static void
test_forwarded(void **state)
{
	static const struct {
		const char	*text, *name, *address, *subject;
		int64_t		 date_s;	/* 0: none */
	} t[] = {
		{ "---------- Forwarded message ---------\nFrom: Al B "
		    "<al@x.example>\nDate: Mon, Nov 23, 2026 at 9:05 AM\n"
		    "Subject: Water\nTo: Jo\n\nIt drips.\n", "Al B",
		    "al@x.example", "Water", 1795424700 },
		{ "look\n\nVon: Al B [mailto:al@x.example]\nGesendet: "
		    "Montag, 23. November 2026 09:05\nAn: Jo\nBetreff: "
		    "Wasser\n\nEs tropft.\n", "Al B", "al@x.example",
		    "Wasser", 1795424700 },
		{ "Anfang der weitergeleiteten Nachricht:\n\n> Von: Al "
		    "<al@x.example>\n> Betreff: Wasser\n> Datum: 23. November "
		    "2026 um 09:05:00 MEZ\n> An: jo@x.example\n", "Al",
		    "al@x.example", "Wasser", 1795421100 },
		{ "-------- Message transféré --------\nSujet : Eau\nDate : "
		    "Mon, 23 Nov 2026 09:05:00 +0100\nDe : Al "
		    "<al@x.example>\nPour : Jo\n\nx\n", "Al", "al@x.example",
		    "Eau", 1795421100 },
		{ "---------- Forwarded message ---------\nFrom: al@x.example\n"
		    "Date: 5/6/2026 9:05\nSubject: Water\n\nx\n", NULL,
		    "al@x.example", "Water", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct arena *a = arena_new(1 << 20);
		struct mail m = { .subject = "Fwd: x", .text = t[i].text };
		struct err err;

		print_message("%s\n", t[i].text);
		assert_int_equal(reply_read(&m, false, false, a, &err), 0);
		assert_non_null(m.forwarded);
		assert_int_equal(m.forwarded->from.name == NULL,
		    t[i].name == NULL);
		if (t[i].name != NULL)
			assert_string_equal(m.forwarded->from.name, t[i].name);
		assert_string_equal(m.forwarded->from.address, t[i].address);
		assert_string_equal(m.forwarded->subject, t[i].subject);
		assert_int_equal(m.forwarded->has_date, t[i].date_s != 0);
		if (t[i].date_s != 0)
			assert_int_equal(m.forwarded->date_ms / 1000,
			    t[i].date_s);
		arena_free(&a);
	}
}

/* What repeats itself: twice as much takes at most about twice as long. */
static void
test_linear(void **state)
{
	static const char *const pieces[] = {
		"\n", ">\n", "a:\n", "> a\nb\n", "From: a@b\nSent: 1\n\n",
		"-----\nFrom: a\n", "--\n", "-- \n\n", "a\n\n\n",
		"On 1:1 2020 <a@b> wrote:\n", "On 2020 10:00 <a@b\n>:\n",
		"Sent from my iPhone\n\n", "____________________\na\n",
		"!foo\n", "This e-mail is confidential\n\n", "x: : : ",
		"> Please write above this line\n\n", " |a\n",
	};
	enum { SIZE = 300000 };
	char *text = malloc(2 * SIZE + 1);

	(void)state;
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		double took[2];		/* seconds of this processor */

		print_message("%s\n", pieces[i]);
		for (int twice = 0; twice < 2; twice++) {
			size_t n = (size_t)SIZE << twice;
			size_t len = strlen(pieces[i]);
			struct arena *a = arena_new(256 << 20);
			struct mail m = { .subject = "Re: x", .text = text };
			struct err err;
			clock_t start;

			for (size_t k = 0; k < n; k++)
				text[k] = pieces[i][k % len];
			text[n] = '\0';
			start = clock();
			assert_int_equal(reply_read(&m, false, false, a,
			    &err), 0);
			took[twice] = (double)(clock() - start) /
			    CLOCKS_PER_SEC;
			arena_free(&a);
		}
		/* a square would take four times as long */
		assert_true(took[1] <= 3 * took[0] + 0.05);
	}
	free(text);
}

static void
test_full_arena(void **state)
{
	struct arena *a = arena_new(100);
	struct mail m = { .subject = "x", .text = "a\nb\nc\nd\ne\nf\n" };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(reply_read(&m, false, false, a, &err), -1);
	assert_int_equal(err.code, ERR_RETRY);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_languages),
		cmocka_unit_test(test_app_signatures),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_forwarded),
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_full_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
