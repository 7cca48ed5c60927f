#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "desk/settings.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* Five lines before what a row adds, which thus begins at line 6. */
#define HEAD	"desk = {\n  name = \"Desk\";\n" \
	"  address = \"help@campus.example\";\n};\n" \
	"store = { url = \"sqlite:/var/x/desk.db\"; };\n"
#define BOX(inside) "mailbox = {\n box = {\n  imap = " \
	"\"imaps://mail.example/INBOX\";\n" inside " };\n};\n"
#define SMTP(inside) "smtp = {\n url = \"smtp://mail.example:587\";\n" \
	inside "};\n"

static char home[] = "/tmp/test_settings.XXXXXX";

static int
go_home(void **state)
{
	(void)state;
	return mkdtemp(home) == NULL || chdir(home) == -1;
}

static int
leave_home(void **state)
{
	static const char *const files[] = { "c.conf", "rooms.csv", "good", "open",
	    "writable", "empty", "lines", "utf8", "large" };

	(void)state;
	for (size_t i = 0; i < NELEM(files); i++)
		unlink(files[i]);
	rmdir("folder");
	return chdir("/") == -1 || rmdir(home) == -1;
}

static void
put(const char *name, const char *text, size_t len, mode_t mode)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(name, mode), 0);
}

static int
load(const char *text, enum settings_program program, struct settings **s,
    struct err *err)
{
	put("c.conf", text, strlen(text), 0600);
	return settings_load("c.conf", program, s, err);
}

static const struct fault {
	const char	*text;
	const char	*message;	/* the start of it */
} faults[] = {
	/* syntax */
	{ "desk = {\n  name = oops;\n};\n", "c.conf:2: syntax error: " },
	{ "desk = {\n  name = \"x\";\n\n", "c.conf:4: syntax error: " },
	{ "desk = {\n  name = \"x;\n};\n",
	  "c.conf:2: text without end: \" would end it" },
	{ "/* a\n b", "c.conf:1: comment without end: */ would end it" },
	{ "# fine\n\nx = 0x;\n", "c.conf:3: 0x without a digit" },
	{ "\xef\xbb\xbf" HEAD, "c.conf:1: byte order mark: save the file as "
	  "UTF-8 without one" },
	{ "\xff\xfe" "d\n", "c.conf:1: UTF-16: save the file as UTF-8" },
	{ "# one\n# caf\xe9\n", "c.conf:2: not UTF-8: " },
	{ "# one\n\n# \x01\n", "c.conf:3: control character: remove it" },
	{ HEAD "@include \"other\"\n", "c.conf:6: @include is not read: " },
	{ "a={a={a={a={a={a={a={a={a={a={a={a={a={a={a={a={\na={",
	  "c.conf:2: groups nested too deeply" },
	/* unknown, doubled, missing */
	{ HEAD "\nfoo = 1;\n", "c.conf:7: foo: unknown setting: one of desk, "
	  "store, " },
	{ HEAD "stor = 1;\n",
	  "c.conf:6: stor: unknown setting: \"store\" would be right" },
	{ HEAD BOX("  fodler = 1;\n"), "c.conf:9: mailbox.box.fodler: unknown "
	  "setting: one of imap, " },
	{ HEAD BOX("  catgory = \"it\";\n"), "c.conf:9: mailbox.box.catgory: "
	  "unknown setting: \"category\" would be right" },
	{ HEAD "limits = {\n  mail-sise = 1;\n};\n", "c.conf:7: "
	  "limits.mail-sise: unknown setting: \"mail-size\" would be right" },
	{ HEAD "limits = { };\nstaff-proof = \"auto\";\nlimits = { };\n",
	  "c.conf:8: this setting is doubled: once would be right" },
	{ "", "c.conf:1: desk.name: missing: name = " },
	{ "\n\ndesk = {\n name = \"x\"; };\n", "c.conf:3: desk.address: "
	  "missing: address = \"helpdesk@campus.example\" would be right" },
	{ "desk = { name = \"x\"; address = \"a@b.c\"; };\n",
	  "c.conf:1: store.url: missing: " },
	{ "desk = { name = \"x\"; address = \"a@b.c\"; };\n# here\nstore = "
	  "{\n };\n", "c.conf:3: store.url: missing: " },
	{ HEAD "mailbox = {\n a = {\n  user = \"x\";\n };\n};\n",
	  "c.conf:7: mailbox.a.imap: missing: " },
	{ HEAD "\nsmtp = { };\n", "c.conf:7: smtp.url: missing: " },
	{ HEAD "matrix = { };\n", "c.conf:6: matrix.homeserver: missing: " },
	{ HEAD "webhook = { };\n", "c.conf:6: webhook.listen: missing: " },
	{ "desk = {\n name = \"\";\n};\n",
	  "c.conf:2: desk.name: empty: name = " },
	/* wrong types */
	{ "desk = {\n name = 5;\n};\n", "c.conf:2: desk.name: wrong type: a "
	  "text in quotes would be right" },
	{ "desk = {\n subaddressing = \"yes\";\n};\n", "c.conf:2: "
	  "desk.subaddressing: wrong type: true or false would be right" },
	{ "desk = {\n subaddressing = 1;\n};\n", "c.conf:2: "
	  "desk.subaddressing: wrong type: true or false would be right" },
	{ "desk = 1;\n", "c.conf:1: desk: wrong type: a group, { … }, would "
	  "be right" },
	{ HEAD "mailbox = {\n a = \"imaps://x/INBOX\";\n};\n", "c.conf:7: "
	  "mailbox.a: wrong type: a group, { … }, would be right" },
	{ HEAD SMTP(" connections = \"2\";\n"), "c.conf:8: smtp.connections: "
	  "wrong type: a whole number would be right" },
	{ HEAD SMTP(" connections = 2.0;\n"), "c.conf:8: smtp.connections: "
	  "wrong type: a whole number would be right" },
	{ HEAD BOX("  received-by = \"a.example\";\n"), "c.conf:9: "
	  "mailbox.box.received-by: wrong type: a list of texts" },
	{ HEAD BOX("  received-by = ( \"a.example\",\n  5 );\n"), "c.conf:10: "
	  "mailbox.box.received-by: wrong type: a list of texts" },
	{ HEAD "hours = { days = [ 1 ]; };\n", "c.conf:6: hours.days: wrong "
	  "type: a list of texts" },
	{ HEAD BOX("  password = 5;\n"), "c.conf:9: mailbox.box.password: "
	  "wrong type: a text in quotes would be right" },
	{ HEAD BOX("  password-file = 5;\n"), "c.conf:9: "
	  "mailbox.box.password-file: wrong type: a text in quotes" },
	/* ranges, to 64 bits and beyond */
	{ HEAD SMTP(" connections = 0;\n"), "c.conf:8: smtp.connections: 0 is "
	  "out of range: 1 to 32 would be right" },
	{ HEAD SMTP(" retry-first = -5;\n"), "c.conf:8: smtp.retry-first: -5 "
	  "is out of range: 1 to 86400 seconds would be right" },
	{ HEAD "limits = {\n mail-size = 99999999999;\n};\n", "c.conf:7: "
	  "limits.mail-size: 99999999999 is out of range: 1024 to 1073741824 "
	  "bytes would be right" },
	/* 2^32 + 30 would be 30 if it were cut to 32 bits */
	{ HEAD "reopen-days = 4294967326;\n", "c.conf:6: reopen-days: "
	  "4294967326 is out of range: 0 to 3650 days would be right" },
	{ HEAD "reopen-days = 0x100000001e;\n", "c.conf:6: reopen-days: "
	  "68719476766 is out of range: " },
	{ HEAD "reopen-days = -4294967266;\n", "c.conf:6: reopen-days: "
	  "-4294967266 is out of range: " },
	{ HEAD "\nreopen-days = 9223372036854775808;\n",
	  "c.conf:7: number out of range: " },
	{ HEAD "reopen-days = 18446744073709551646;\n",
	  "c.conf:6: number out of range: " },
	/* words */
	{ HEAD "staff-proof = \"maybe\";\n", "c.conf:6: staff-proof: "
	  "\"maybe\" is none of its words: one of auto token verified both "
	  "none would be right" },
	{ HEAD BOX("  start = \"old\";\n"), "c.conf:9: mailbox.box.start: "
	  "\"old\" is none of its words: one of new all would be right" },
	{ HEAD BOX("  start = \"ne\";\n"), "c.conf:9: mailbox.box.start: " },
	{ HEAD BOX("  after = \"move:\";\n"), "c.conf:9: mailbox.box.after: "
	  "none of its words: \"seen\", \"keep\" or \"move:FOLDER\"" },
	{ HEAD BOX("  after = \"move:INBOX\";\n"), "c.conf:9: "
	  "mailbox.box.after: moves to the mailbox itself: " },
	{ HEAD "log = { level = \"loud\"; };\n", "c.conf:6: log.level: " },
	{ HEAD "slack = { mode = \"push\"; };\n", "c.conf:6: slack.mode: " },
	/* texts */
	{ "desk = {\n name = \"a <b>\";\n};\n", "c.conf:2: desk.name: < > @ "
	  "and quotes cannot stand in the name of a sender: " },
	{ "desk = {\n name = \"a\\nb\";\n};\n", "c.conf:2: desk.name: control "
	  "character: " },
	{ "desk = {\n name = \"x\";\n address = \"nowhere\";\n};\n",
	  "c.conf:3: desk.address: not a mail address: NAME@DOMAIN" },
	{ "desk = {\n address = \"a b@c.example\";\n};\n",
	  "c.conf:2: desk.address: not a mail address: " },
	{ "desk = {\n address = \"a..b@c.example\";\n};\n",
	  "c.conf:2: desk.address: not a mail address: " },
	{ "desk = {\n url = \"ftp://x\";\n};\n",
	  "c.conf:2: desk.url: not a web address: " },
	{ "desk = {\n time-zone = \"Europe/Berln\";\n};\n",
	  "c.conf:2: desk.time-zone: no such time zone here: " },
	{ "desk = {\n time-zone = \"../../etc/passwd\";\n};\n",
	  "c.conf:2: desk.time-zone: no such time zone here: " },
	{ "desk = {\n time-zone = \"Europe\";\n};\n",
	  "c.conf:2: desk.time-zone: no such time zone here: " },
	{ "desk = {\n locale = \"../x\";\n};\n",
	  "c.conf:2: desk.locale: not a locale: " },
	{ "desk = {\n name = \"x\";\n address = \"a@b.example\";\n};\nstore = "
	  "{\n url = \"mysql://x\"; };\n", "c.conf:6: store.url: not a store: " },
	{ HEAD "hours = {\n days = [ \"mon-thu 08:00-18:00\",\n"
	  "  \"fri 16:00-08:00\" ];\n};\n",
	  "c.conf:8: hours.days: not opening hours: " },
	{ HEAD "hours = { holidays = [ \"2026-02-29\" ]; };\n",
	  "c.conf:6: hours.holidays: not a date: " },
	/* categories */
	{ HEAD BOX("  category = \"nope\";\n"), "c.conf:9: "
	  "mailbox.box.category: no category \"nope\": " },
	{ HEAD "default-category = \"nope\";\n", "c.conf:6: "
	  "default-category: no category \"nope\": " },
	{ HEAD "category = {\n a = { address = \"x@y.example\"; };\n"
	  " b = { address = \"X@y.example\"; };\n};\n", "c.conf:8: "
	  "category.b.address: the address of category a: " },
	{ HEAD "category = {\n it = { };\n IT = { };\n};\n", "c.conf:8: "
	  "category.IT: the same name as it: " },
	{ HEAD "category = {\n a = { send-as = true; };\n};\n", "c.conf:7: "
	  "category.a.send-as: no address to send as: " },
	{ HEAD "category = {\n a = { chat = \"irc:#x\"; };\n};\n",
	  "c.conf:7: category.a.chat: no chat room: " },
	{ HEAD "category = {\n a = { notify = [ \"all\" ]; };\n};\n",
	  "c.conf:7: category.a.notify: neither \"staff\" nor " },
	{ HEAD "category = {\n a = {\n  urgent = { resolve = -1; };\n };\n"
	  "};\n", "c.conf:8: category.a.urgent.resolve: -1 is out of range: " },
	{ HEAD "category = {\n abcdefghijklmnopqrstuvwxyz = { };\n};\n",
	  "c.conf:7: category.abcdefghijklmnopqrstuvwxyz: its name is too "
	  "long: up to 24 letters would be right" },
	/* servers */
	{ HEAD "mailbox = {\n a = {\n  imap = \"pop3://x/INBOX\";\n };\n};\n",
	  "c.conf:8: mailbox.a.imap: not an IMAP address: " },
	{ HEAD "mailbox = { a = { imap = \"imaps://x\"; }; };\n",
	  "c.conf:6: mailbox.a.imap: no folder: imaps://HOST/INBOX" },
	{ HEAD "mailbox = { a = { imap = \"imaps://x:0/I\"; }; };\n",
	  "c.conf:6: mailbox.a.imap: not a port: " },
	{ HEAD "mailbox = { a = { imap = \"imaps://x:70000/I\"; }; };\n",
	  "c.conf:6: mailbox.a.imap: not a port: " },
	{ HEAD "mailbox = { a = { imap = \"imaps:///INBOX\"; }; };\n",
	  "c.conf:6: mailbox.a.imap: not a host name: " },
	{ HEAD "mailbox = { a = { imap = \"imaps://u@x/INBOX\"; }; };\n",
	  "c.conf:6: mailbox.a.imap: a user in the address: " },
	{ HEAD "mailbox = { a = { imap = \"imaps://[::g]/INBOX\"; }; };\n",
	  "c.conf:6: mailbox.a.imap: not an IPv6 address " },
	{ HEAD "mailbox = { a = { imap = \"imaps://x/a%2\"; }; };\n",
	  "c.conf:6: mailbox.a.imap: the folder's %XX is broken: " },
	{ HEAD "mailbox = { a = { imap = \"imaps://x/a%0d%0a\"; }; };\n",
	  "c.conf:6: mailbox.a.imap: the folder's %XX is broken: " },
	{ HEAD "smtp = {\n url = \"smtp://x/y\"; };\n",
	  "c.conf:7: smtp.url: something after the host: " },
	{ HEAD "smtp = {\n url = \"http://x\"; };\n",
	  "c.conf:7: smtp.url: not an SMTP address: " },
	{ HEAD SMTP(" tls = \"none\";\n"), "c.conf:8: smtp.tls: \"none\" only "
	  "to a loopback address: \"required\" would be right" },
	{ HEAD BOX("  tls = \"none\";\n"), "c.conf:9: mailbox.box.tls: "
	  "\"none\" with imaps://: imap:// or \"required\" would be right" },
	{ HEAD "mailbox = {\n a = {\n  imap = \"imap://mail.example/INBOX\";\n"
	  "  tls = \"none\";\n };\n};\n", "c.conf:9: mailbox.a.tls: \"none\" "
	  "only to a loopback address: " },
	{ HEAD BOX("  ca-file = \"absent\";\n"), "c.conf:9: "
	  "mailbox.box.ca-file: absent cannot be read: " },
	{ HEAD "mailbox = {\n a = { imap = \"imaps://X/I\"; user = \"u\"; };\n"
	  " b = {\n  imap = \"imaps://x:993/I\"; user = \"u\"; };\n};\n",
	  "c.conf:9: mailbox.b.imap: the same folder and user as mailbox a: " },
	{ HEAD BOX("  authserv-id = \"a b\";\n"), "c.conf:9: "
	  "mailbox.box.authserv-id: not an authserv-id: " },
	/* tokens */
	{ HEAD BOX("  oauth2 = { };\n"), "c.conf:9: mailbox.box.oauth2.grant: "
	  "missing: grant = " },
	{ HEAD BOX("  oauth2 = {\n   grant = \"none\"; };\n"), "c.conf:10: "
	  "mailbox.box.oauth2.grant: \"none\" is no grant: " },
	{ HEAD BOX("  oauth2 = {\n   grant = \"client-credentials\"; };\n"),
	  "c.conf:9: mailbox.box.oauth2.token-url: missing: this grant needs "
	  "it" },
	{ HEAD BOX("  oauth2 = { token-url = \"http://x.example/t\"; };\n"),
	  "c.conf:9: mailbox.box.oauth2.token-url: http:// only to a loopback "
	  "address: " },
	{ HEAD BOX("  oauth2 = { grant = \"service-account\";\n  key-file = "
	  "\"absent\"; };\n"), "c.conf:10: mailbox.box.oauth2.key-file: "
	  "absent: No such file or directory: " },
	{ HEAD BOX("  password = \"x\";\n  oauth2 = { grant = \"none\"; };\n"),
	  "c.conf:10: mailbox.box.oauth2: a password is there too: " },
	/* secrets */
	{ HEAD BOX("  password-file = \"absent\";\n"), "c.conf:9: "
	  "mailbox.box.password-file: absent: No such file or directory: " },
	{ HEAD BOX("  password-file = \"folder\";\n"), "c.conf:9: "
	  "mailbox.box.password-file: folder: not a plain file: " },
	{ HEAD BOX("  password-file = \"open\";\n"), "c.conf:9: "
	  "mailbox.box.password-file: open holds a secret and is open to "
	  "others (mode 0644): chmod 600 would be right" },
	{ HEAD BOX("  password-file = \"writable\";\n"), "c.conf:9: "
	  "mailbox.box.password-file: writable holds a secret and is open to "
	  "others (mode 0660): chmod 600 would be right" },
	{ HEAD BOX("  password-file = \"empty\";\n"), "c.conf:9: "
	  "mailbox.box.password-file: empty is empty: " },
	{ HEAD BOX("  password-file = \"lines\";\n"), "c.conf:9: "
	  "mailbox.box.password-file: lines: not one line of text: " },
	{ HEAD BOX("  password-file = \"utf8\";\n"), "c.conf:9: "
	  "mailbox.box.password-file: utf8: not one line of text: " },
	{ HEAD BOX("  password-file = \"large\";\n"), "c.conf:9: "
	  "mailbox.box.password-file: large: too large: " },
	{ HEAD BOX("  password = \"a\";\n  password-file = \"good\";\n"),
	  "c.conf:10: mailbox.box.password-file: password is there too: one "
	  "of the two would be right" },
	{ HEAD "slack = {\n bot-token-file = \"open\"; };\n", "c.conf:7: "
	  "slack.bot-token-file: open holds a secret " },
	/* services */
	{ HEAD "slack = { api = \"http://slack.example/\"; };\n", "c.conf:6: "
	  "slack.api: http:// only to a loopback address: " },
	{ HEAD "matrix = { homeserver = \"http://m.example\"; };\n",
	  "c.conf:6: matrix.homeserver: http:// only to a loopback address: " },
	{ HEAD "matrix = { homeserver = \"https://m.example\";\n"
	  " user-address = \"x@y.example\"; };\n", "c.conf:7: "
	  "matrix.user-address: not a pattern of addresses: " },
	{ HEAD "webhook = { listen = \"8081\"; };\n", "c.conf:6: "
	  "webhook.listen: no place to listen: " },
	{ HEAD "web = { listen = \"unix:x\"; };\n", "c.conf:6: web.listen: no "
	  "place to listen: " },
	{ HEAD "web = {\n login = [ \"header:X-User\" ]; };\n", "c.conf:7: "
	  "web.login: a header is believed only from trusted-proxies: " },
	{ HEAD "web = { login = [ \"header:X User\" ]; };\n", "c.conf:6: "
	  "web.login: not the name of a header: " },
	{ HEAD "web = { trusted-proxies = [ \"10.0.0.0/33\" ]; };\n",
	  "c.conf:6: web.trusted-proxies: not an IP address: " },
	{ HEAD "web = { base = \"desk\"; };\n", "c.conf:6: web.base: not a "
	  "path: " },
};

static void
put_secrets(void)
{
	static char large[5000];

	memset(large, 'x', sizeof large);
	put("good", "s3cret\r\n", 8, 0640);
	put("open", "s\n", 2, 0644);
	put("writable", "s\n", 2, 0660);
	put("empty", "\n\n", 2, 0600);
	put("lines", "a\nb\n", 4, 0600);
	put("utf8", "a\xff\n", 3, 0600);
	put("large", large, sizeof large, 0600);
	mkdir("folder", 0700);
}

static void
test_faults(void **state)
{
	(void)state;
	put_secrets();
	for (size_t i = 0; i < NELEM(faults); i++) {
		struct settings *s = NULL;
		struct err err = { 0 };

		print_message("%s\n", faults[i].message);
		assert_int_equal(load(faults[i].text, SETTINGS_DAEMON, &s,
		    &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_null(s);
		if (strncmp(err.msg, faults[i].message,
		    strlen(faults[i].message)) != 0)
			fail_msg("got: %s", err.msg);
	}
}

static void
test_no_file(void **state)
{
	struct settings *s = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(settings_load("absent.conf", SETTINGS_CLI, &s, &err),
	    -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(strncmp(err.msg, "absent.conf: No such file", 25), 0);
}

static void
test_minimum(void **state)
{
	struct settings *s = NULL, *d;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(load(HEAD, SETTINGS_DAEMON, &s, &err), 0);
	assert_string_equal(s->name, "Desk");
	assert_string_equal(s->domain, "campus.example");
	assert_string_equal(s->store_path, "/var/x/desk.db");
	assert_string_equal(s->secret_file, "/var/x/secret");
	assert_true(s->subaddressing);
	assert_int_equal(s->nmailboxes, 0);
	assert_false(s->smtp.present || s->web.present || s->slack.present ||
	    s->matrix.present);
	assert_int_equal(s->ncategories, 3);
	assert_string_equal(s->default_category, "it");
	assert_int_equal(s->canary_interval, 0);
	assert_int_equal(s->hours_days.n, 0);
	assert_int_equal(s->reopen_days, 14);
	assert_int_equal(s->log_level, LOG_INFO);
	assert_false(s->log_json);
	assert_int_equal(s->limits.mail_size, 26214400);
	assert_int_equal(s->limits.parse_memory, 268435456);
	assert_string_equal(s->webhook_listen, "");
	d = settings_default("help@campus.example", "/var/x/desk.db");
	assert_non_null(d);
	assert_memory_equal(&d->limits, &s->limits, sizeof s->limits);
	assert_string_equal(d->secret_file, s->secret_file);
	assert_string_equal(d->store_url, s->store_url);
	assert_string_equal(d->smtp.server.oauth2.scope, "");
	assert_string_equal(d->web.base, "/");
	assert_int_equal(d->categories[2].mail_reply, SAY_REPLY);
	assert_int_equal(d->categories[0].notify.n, 1);
	settings_free(&d);
	settings_free(&s);
	assert_null(s);
}

static const char full[] = HEAD
	"/* many */ secret-file = \"keys/secret\"; // here\n"
	"mailbox = { in = { imap = \"imap://[::1]/Box%20%C3%A9/sub\"; "
	"tls = \"none\"; user = \"u\"; password-file = \"good\"; "
	"after = \"move:Done\"; idle = false; poll-interval = 5; "
	"start = \"all\"; automatic = \"ticket\"; category = \"b\"; "
	"authserv-id = \"m365\"; received-by = [ \"a.example\", \"b.example\" ]"
	"; };\n two = { imap = \"imaps://mail.example:9993/INBOX\"; "
	"authserv-id = \"none\"; }; };\n"
	"smtp = { url = \"smtps://localhost\"; user = \"u\"; password = \"p w\""
	"; envelope = \"null-auto\"; attach-limit = 0x10; };\n"
	"category = { a = { first-response = 100; resolve = 200; "
	"urgent = { resolve = 50; }; chat-thread = \"note\"; }; "
	"b = { title = \"B\"; address = \"b@campus.example\"; "
	"send-as = true; notify = [ ]; }; };\n"
	"default-category = \"b\";\n"
	"canary = { };\n"
	"web = { login = [ \"link\", \"header:X-Remote-User\" ]; "
	"trusted-proxies = [ \"::1\", \"10.0.0.0/8\" ]; };\n"
	"limits = { parse-memory = 8589934592; };\n"
	"staff-proof = \"both\"; log = { level = \"debug\"; "
	"format = \"json\"; };\n";

static void
test_full(void **state)
{
	struct settings *s = NULL;
	const struct settings_mailbox *m;
	struct err err = { 0 };

	(void)state;
	put_secrets();
	assert_int_equal(load(full, SETTINGS_CLI, &s, &err), 0);
	m = settings_mailbox(s, "in");
	assert_non_null(m);
	assert_string_equal(m->server.host, "::1");
	assert_int_equal(m->server.port, 143);
	assert_true(m->server.plain && !m->server.implicit_tls);
	assert_string_equal(m->folder, "Box \xc3\xa9/sub");
	assert_string_equal(m->server.password, "s3cret");
	assert_int_equal(m->after, AFTER_MOVE);
	assert_string_equal(m->after_folder, "Done");
	assert_true(!m->idle && m->start_all);
	assert_int_equal(m->automatic, AUTO_TICKET);
	assert_string_equal(m->authserv_id, "m365");
	assert_int_equal(m->received_by.n, 2);
	assert_string_equal(m->received_by.v[1], "b.example");
	m = settings_mailbox(s, "two");
	assert_int_equal(m->server.port, 9993);
	assert_true(m->server.implicit_tls && !m->server.plain);
	assert_string_equal(m->authserv_id, "");
	assert_int_equal(m->after, AFTER_SEEN);
	assert_null(settings_mailbox(s, "IN"));
	assert_true(s->smtp.present);
	assert_int_equal(s->smtp.server.port, 465);
	assert_string_equal(s->smtp.server.password, "p w");
	assert_int_equal(s->smtp.envelope, ENVELOPE_NULL_AUTO);
	assert_int_equal(s->smtp.attach_limit, 16);
	assert_int_equal(s->categories[0].targets[0].resolve, 200);
	assert_int_equal(s->categories[0].targets[3].resolve, 50);
	assert_int_equal(s->categories[0].targets[3].first_response, 100);
	assert_int_equal(s->categories[0].chat_thread, SAY_NOTE);
	assert_string_equal(s->categories[0].title, "a");
	assert_int_equal(s->categories[1].notify.n, 0);
	assert_string_equal(s->default_category, "b");
	assert_int_equal(s->canary_interval, 900);
	assert_int_equal(s->limits.parse_memory, 8589934592);
	assert_int_equal(s->staff_proof, PROOF_BOTH);
	assert_true(s->log_json && s->log_level == LOG_DEBUG);
	assert_string_equal(s->secret_file, "keys/secret");
	settings_free(&s);
}

/* Which program looks at which secrets. */
static void
test_programs(void **state)
{
	struct settings *s = NULL;
	struct err err = { 0 };
	char path[200];

	(void)state;
	put_secrets();
	/* unreadable ones do not matter to who does not use them */
	assert_int_equal(load(HEAD BOX("  password-file = \"absent\";\n"),
	    SETTINGS_WEB, &s, &err), 0);
	assert_string_equal(s->mailboxes[0].server.password, "");
	settings_free(&s);
	assert_int_equal(load(HEAD BOX("  password-file = \"open\";\n"),
	    SETTINGS_NO_SECRETS, &s, &err), 0);
	settings_free(&s);
	/* an inline one is not for the web */
	assert_int_equal(load(full, SETTINGS_WEB, &s, &err), -1);
	assert_string_equal(err.msg, "c.conf:9: smtp.password: this program "
	    "must not see a secret: password-file = \"FILE\" would be right");
	assert_int_equal(load(full, SETTINGS_NO_SECRETS, &s, &err), 0);
	assert_string_equal(s->smtp.server.password, "");
	settings_free(&s);
	/* and makes the configuration itself a secret */
	put("c.conf", full, strlen(full), 0640);
	assert_int_equal(settings_load("c.conf", SETTINGS_CLI, &s, &err), 0);
	settings_free(&s);
	put("c.conf", full, strlen(full), 0644);
	assert_int_equal(settings_load("c.conf", SETTINGS_CLI, &s, &err), -1);
	assert_string_equal(err.msg, "c.conf:9: smtp.password: c.conf holds a "
	    "secret and is open to others (mode 0644): chmod 600, or "
	    "password-file = \"FILE\", would be right");
	assert_int_equal(settings_load("c.conf", SETTINGS_NO_SECRETS, &s,
	    &err), -1);
	put("c.conf", HEAD, strlen(HEAD), 0644);
	assert_int_equal(settings_load("c.conf", SETTINGS_CLI, &s, &err), 0);
	settings_free(&s);
	/* names in the file are relative to it */
	put("c.conf", full, strlen(full), 0600);
	snprintf(path, sizeof path, "%s/c.conf", home);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(settings_load(path, SETTINGS_CLI, &s, &err), 0);
	assert_int_equal(chdir(home), 0);
	assert_string_equal(s->mailboxes[0].server.password, "s3cret");
	assert_string_equal(s->directory, home);
	settings_free(&s);
}

/* What the service manager hands over wins; who has none reads the file. */
static void
test_credentials(void **state)
{
	static const struct {
		const char	*credential, *text, *password;
	} t[] = {
		{ "given/secrets_good", "of the folder\n", "of the folder" },
		{ "given/good", "of the file\n", "of the file" },
		{ "given/other", "not meant\n", "s3cret" },
	};
	struct err err = { 0 };
	char path[200];

	(void)state;
	mkdir("secrets", 0700);
	mkdir("given", 0700);
	put("secrets/good", "s3cret\n", 7, 0600);
	snprintf(path, sizeof path, "%s/given", home);
	for (size_t i = 0; i < NELEM(t); i++) {
		struct settings *s = NULL;

		print_message("%s\n", t[i].credential);
		put(t[i].credential, t[i].text, strlen(t[i].text), 0400);
		setenv("CREDENTIALS_DIRECTORY", path, 1);
		assert_int_equal(load(HEAD BOX("  password-file = "
		    "\"secrets/good\";\n"), SETTINGS_DAEMON, &s, &err), 0);
		assert_string_equal(s->mailboxes[0].server.password,
		    t[i].password);
		settings_free(&s);
		unsetenv("CREDENTIALS_DIRECTORY");
		unlink(t[i].credential);
	}
	unlink("secrets/good");
	rmdir("secrets");
	rmdir("given");
}

/* The manual: each option once, with words about it; nothing is left out. */
static void
test_sections(void **state)
{
	size_t n, i, k, other, options = 0;
	const struct settings_section *s = settings_sections(&n);

	(void)state;
	for (i = 0; i < n; i++) {
		print_message("%s\n", s[i].path);
		assert_true(s[i].n > 0 && *s[i].what != '\0');
		for (other = 0; other < i; other++)
			assert_true(s[i].rows != s[other].rows &&
			    strcmp(s[i].path, s[other].path) != 0);
		for (k = 0; k < s[i].n; k++, options++) {
			print_message("  %s\n", s[i].rows[k].name);
			assert_non_null(s[i].rows[k].help);
			assert_true(*s[i].rows[k].help != '\0');
		}
		for (k = 0; *s[i].path == '\0' && k < s[i].n; k++)
			for (other = 0; s[i].rows[k].type == CONF_GROUP &&
			    strncmp(s[other].path, s[i].rows[k].name,
			    strlen(s[i].rows[k].name)) != 0;)
				assert_true(++other < n);
	}
	assert_true(options > 100);
}

static void
test_is_ours(void **state)
{
	static const struct { const char *address; bool ours; } t[] = {
		{ "help@campus.example", true },
		{ "HELP@Campus.Example", true },
		{ "help+abc@campus.example", true },
		{ "help+@campus.example", true },
		{ "b@campus.example", true },
		{ "b+x@campus.example", true },
		{ "helper@campus.example", false },
		{ "hel@campus.example", false },
		{ "help@campus.example.org", false },
		{ "help@example", false },
		{ "help", false },
		{ "@campus.example", false },
		{ "", false },
		{ "x@y@campus.example", false },
		{ "help+a@b@campus.example", true },
	};
	struct settings *s = NULL;
	struct err err = { 0 };

	(void)state;
	put_secrets();
	assert_int_equal(load(full, SETTINGS_CLI, &s, &err), 0);
	for (size_t i = 0; i < NELEM(t); i++) {
		print_message("%s\n", t[i].address);
		assert_int_equal(settings_is_ours(s, t[i].address), t[i].ours);
	}
	settings_free(&s);
}

#define ROOMS	"code,name,building,aliases\nB301,Seminar room,B,\n"

/* The sample that is shipped: as it is, and with all that it shows. */
static void
test_sample(void **state)
{
	const char *path = *state;
	struct settings *s = NULL;
	struct err err = { 0 };
	char line[400];
	struct buf all = BUF_INIT(100000);
	FILE *f;

	assert_non_null(path);
	if (settings_load(path, SETTINGS_NO_SECRETS, &s, &err) == -1)
		fail_msg("%s", err.msg);
	assert_int_equal(s->nmailboxes, 1);
	assert_false(s->web.present);
	settings_free(&s);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL)	/* #name, #  name, #} */
		buf_adds(&all, strstr(line, "locations.csv") != NULL ?
		    "locations-file = \"rooms.csv\";\n" : line[0] == '#' &&
		    (line[1] != ' ' || line[2] == ' ') ? line + 1 : line);
	fclose(f);
	put("rooms.csv", ROOMS, strlen(ROOMS), 0600);
	put("c.conf", all.p, all.len, 0600);
	buf_free(&all);
	if (settings_load("c.conf", SETTINGS_NO_SECRETS, &s, &err) == -1)
		fail_msg("%s", err.msg);
	assert_int_equal(s->nmailboxes, 2);
	assert_true(s->web.present && s->slack.present && s->matrix.present);
	assert_int_equal(s->canary_interval, 900);
	assert_non_null(s->locations);
	assert_non_null(s->hours);
	settings_free(&s);
}

int
main(void)
{
	char *sample = realpath("packaging/campusdesk.conf.sample", NULL);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_sample, sample),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_minimum),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_is_ours),
	};

	int failed = cmocka_run_group_tests(tests, go_home, leave_home);

	free(sample);
	return failed;
}
