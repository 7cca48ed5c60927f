#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json_text.h"
#include "base/text.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "cli/subcommands.h"
#include "desk/keys.h"

#define WORDS_MAX	(1024 * 1024)	/* bytes of a text given */

int
cli_fail(int code, const char *fmt, ...)
{
	struct buf clean = BUF_INIT(ERR_MSG_MAX * 3);
	struct err line;
	va_list ap;
	char text[ERR_MSG_MAX];

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	err_set(&line, ERR_INPUT, "%s", text);	/* makes it one safe line */
	utf8_clean(&clean, line.msg, strlen(line.msg));
	fprintf(stderr, "campusdesk: %s\n", buf_str(&clean));
	buf_free(&clean);
	return code;
}

int
cli_err(const struct err *err, int input_code)
{
	static const int codes[] = {
		[ERR_NONE] = CLI_STORE,
		[ERR_RETRY] = CLI_TEMPFAIL,
		[ERR_FATAL] = CLI_STORE,
	};

	return cli_fail(err->code == ERR_INPUT ? input_code :
	    codes[err->code], "%s", err->msg);
}

int
cli_usage(const struct cli *cli, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	cli_fail(CLI_USAGE, "%s%s%s: %s", cli->command->name,
	    cli->verb == NULL ? "" : " ", cli->verb == NULL ? "" :
	    cli->verb->name, text);
	if (cli->verb != NULL)
		fprintf(stderr, "usage: campusdesk %s %s %s\n",
		    cli->command->name, cli->verb->name, cli->verb->args);
	else
		fprintf(stderr, "usage: campusdesk %s %s\n",
		    cli->command->name, cli->command->args);
	return CLI_USAGE;
}

int
cli_settings(struct cli *cli, enum settings_program program)
{
	struct err err = { 0 };

	if (cli->settings != NULL)
		return 0;
	if (settings_load(cli->conf, program, &cli->settings, &err) == -1)
		return cli_err(&err, CLI_CONFIG);
	return 0;
}

int
cli_open(struct cli *cli)
{
	struct err err = { 0 };
	int code = cli_settings(cli, SETTINGS_NO_SECRETS);

	if (code != 0 || cli->db != NULL)
		return code;
	if (db_open(cli->settings->store_url, DB_WRITE, &cli->db, &err) == -1)
		return cli_err(&err, CLI_NOINPUT);
	if (keys_load(cli->db, cli->settings, &cli->secret, &err) == -1)
		return cli_err(&err, CLI_CONFIG);
	cli->desk = (struct desk){ cli->db, cli->settings, cli->secret,
	    clock_now_ms(), cli->arena, 0 };
	return 0;
}

/* ---- arguments ---- */

static void
take_out(struct cli *cli, int at, int n)
{
	memmove(&cli->argv[at], &cli->argv[at + n],
	    sizeof cli->argv[0] * (size_t)(cli->argc - at - n + 1));
	cli->argc -= n;
}

int
cli_option(struct cli *cli, const char *name, const char **value_out)
{
	size_t len = strlen(name);
	int i;

	for (i = 0; i < cli->argc; i++) {
		char *arg = cli->argv[i];

		if (strcmp(arg, "--") == 0)
			return 0;
		if (strncmp(arg, name, len) != 0)
			continue;
		if (arg[len] == '=') {
			*value_out = arg + len + 1;
			take_out(cli, i, 1);
			return 1;
		}
		if (arg[len] != '\0')
			continue;
		if (i + 1 >= cli->argc)
			return -1;
		*value_out = cli->argv[i + 1];
		take_out(cli, i, 2);
		return 1;
	}
	return 0;
}

bool
cli_flag(struct cli *cli, const char *name)
{
	int i;

	for (i = 0; i < cli->argc && strcmp(cli->argv[i], "--") != 0; i++)
		if (strcmp(cli->argv[i], name) == 0) {
			take_out(cli, i, 1);
			return true;
		}
	return false;
}

const char *
cli_next(struct cli *cli)
{
	const char *arg;

	if (cli->argc > 0 && strcmp(cli->argv[0], "--") == 0)
		take_out(cli, 0, 1);
	if (cli->argc == 0)
		return NULL;
	arg = cli->argv[0];
	take_out(cli, 0, 1);
	return arg;
}

int64_t
cli_number(struct cli *cli, const char *arg, int *code_out)
{
	uint64_t n;

	*code_out = CLI_USAGE;
	if (arg == NULL) {
		cli_usage(cli, "a number is missing");
		return -1;
	}
	if (!text_u64(slice_of(arg + (arg[0] == '#')), &n) || n == 0 ||
	    n > INT64_MAX) {
		cli_usage(cli, "%s is not a number: 1042 or #1042 would be "
		    "right", arg);
		return -1;
	}
	*code_out = 0;
	return (int64_t)n;
}

bool
cli_moment(const char *text, bool end, int64_t *ms_out)
{
	static const struct { const char *form; bool day, utc; } forms[] = {
		{ "%Y-%m-%d", true, false },
		{ "%Y-%m-%dT%H:%M:%S", false, false },
		{ "%Y-%m-%dT%H:%M:%SZ", false, true },
		{ "%Y-%m-%dT%H:%M", false, false },
		{ "%Y-%m-%dT%H:%MZ", false, true },
	};
	const char *rest;
	struct tm tm;
	time_t t;
	size_t i;

	for (i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		tm = (struct tm){ .tm_isdst = -1 };
		rest = strptime(text, forms[i].form, &tm);
		if (rest == NULL || *rest != '\0')
			continue;
		tm.tm_mday += end && forms[i].day;
		t = forms[i].utc ? timegm(&tm) : mktime(&tm);
		*ms_out = (int64_t)t * 1000;
		return t != (time_t)-1;
	}
	return false;
}

int
cli_done(struct cli *cli)
{
	const char *near;

	if (cli->argc == 0)
		return 0;
	if (cli->argv[0][0] == '-' && cli->argv[0][1] != '\0') {
		near = subcommands_near_opt(cli, cli->argv[0]);
		if (near != NULL && strcmp(near, cli->argv[0]) == 0)
			return cli_usage(cli, "%s is given twice", near);
		return near == NULL ?
		    cli_usage(cli, "unknown option %s", cli->argv[0]) :
		    cli_usage(cli, "unknown option %s: did you mean %s?",
		    cli->argv[0], near);
	}
	return cli_usage(cli, "%s is one argument too many", cli->argv[0]);
}

/* All of standard input. */
static const char *
read_stdin(struct cli *cli, int *code_out)
{
	struct blob *blob = NULL;
	struct err err = { 0 };
	char *text;
	size_t n;

	if (blob_read_fd(STDIN_FILENO, WORDS_MAX, &blob, &err) == -1) {
		*code_out = cli_err(&err, CLI_DATA);
		return NULL;
	}
	n = blob_size(blob);
	text = arena_alloc(cli->arena, n + 1);
	if (text == NULL || blob_read(blob, 0, text, n, &err) == -1)
		text = NULL;
	blob_free(&blob);
	*code_out = text == NULL ? cli_fail(CLI_DATA, "out of memory") : 0;
	return text;
}

const char *
cli_words(struct cli *cli, int *code_out)
{
	const char *arg = cli_next(cli), *text = arg;

	*code_out = cli_done(cli);
	if (*code_out != 0)
		return NULL;
	if (arg == NULL)
		text = read_stdin(cli, code_out);
	if (text != NULL && !utf8_valid(text, strlen(text))) {
		*code_out = cli_fail(CLI_DATA, "the text is not UTF-8");
		return NULL;
	}
	return text;
}

/* ---- the store ---- */

int
cli_transact(struct cli *cli, int (*fn)(struct cli *cli, void *arg,
    struct err *err), void *arg, struct err *err)
{
	if (db_begin(cli->db, err) == -1)
		return -1;
	cli->desk.now_ms = clock_now_ms();
	if (fn(cli, arg, err) == -1 || db_commit(cli->db, err) == -1) {
		db_rollback(cli->db);
		return -1;
	}
	cli_wake(cli);
	return 0;
}

void
cli_wake(struct cli *cli)
{
	static const char frame[] = "\0\0\0\x0f{\"type\":\"wake\"}";
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	const char *slash = strrchr(cli->settings->store_path, '/');
	int fd, n;

	n = snprintf(sa.sun_path, sizeof sa.sun_path, "%.*s/requests.sock",
	    slash == NULL ? 1 : (int)(slash - cli->settings->store_path),
	    slash == NULL ? "." : cli->settings->store_path);
	if (n >= (int)sizeof sa.sun_path)
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return;
	/* nobody there is fine: the daemon looks each second, too */
	if (connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0)
		(void)!send(fd, frame, sizeof frame - 1, MSG_NOSIGNAL);
	close(fd);
}

/* ---- printing ---- */

/* Characters a terminal may see: no controls, no bidi. */
static void
harmless(struct buf *out, const char *s, size_t len, bool lines)
{
	uint32_t cp;
	size_t n;

	for (; len > 0; s += n, len -= n) {
		n = utf8_decode(s, len, &cp);
		if (n != 0 && (cp == '\n' || cp == '\t')) {
			buf_addc(out, lines ? *s : ' ');
			continue;
		}
		if (n == 0 || cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) ||
		    utf8_is_bidi(cp) || cp == 0x2028 || cp == 0x2029) {
			buf_adds(out, "\xef\xbf\xbd");
			n = n == 0 ? 1 : n;
			continue;
		}
		buf_add(out, s, n);
	}
}

/* Bytes of text that fill at most width columns. */
static size_t
fit(const char *s, size_t len, int width)
{
	size_t at = 0, n;
	uint32_t cp;

	for (; at < len; at += n) {
		n = utf8_decode(s + at, len - at, &cp);
		if (n == 0)
			break;
		width -= utf8_width(cp);
		if (width < 0)
			break;
	}
	return at;
}

static const char *
copy_out(struct cli *cli, struct buf *b)
{
	const char *text = arena_strdup(cli->arena, buf_str(b));

	buf_free(b);
	return text == NULL ? "" : text;
}

const char *
cli_text(struct cli *cli, const char *text, int width)
{
	struct buf b = BUF_INIT(4 * WORDS_MAX);

	harmless(&b, text == NULL ? "" : text,
	    text == NULL ? 0 : strlen(text), false);
	if (width > 0 && fit(buf_str(&b), b.len, width) < b.len) {
		b.len = fit(b.p, b.len, width - 1);
		buf_adds(&b, "\xe2\x80\xa6");
	}
	return copy_out(cli, &b);
}

const char *
cli_lines(struct cli *cli, const char *text)
{
	struct buf b = BUF_INIT(4 * WORDS_MAX);

	harmless(&b, text == NULL ? "" : text,
	    text == NULL ? 0 : strlen(text), true);
	return copy_out(cli, &b);
}

void
cli_column(struct cli *cli, const char *text, int width)
{
	const char *shown = cli_text(cli, text, width);
	size_t len = strlen(shown), at, n;
	uint32_t cp;
	int used = 0;

	for (at = 0; at < len; at += n) {
		n = utf8_decode(shown + at, len - at, &cp);
		if (n == 0)
			break;
		used += utf8_width(cp);
	}
	printf("%s%*s", shown, width > used ? width - used + 2 : 2, "");
}

const char *
cli_time(struct cli *cli, int64_t ms)
{
	time_t t = (time_t)(ms / 1000);
	char text[32];
	struct tm tm;

	if (ms == 0)
		return "-";
	localtime_r(&t, &tm);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
	return arena_strdup(cli->arena, text);
}

void
cli_json(json_t *object)
{
	char *line = json_text(object, JSON_COMPACT);

	json_decref(object);
	if (line != NULL)
		puts(line);
	free(line);
}

json_t *
cli_json_time(int64_t ms)
{
	char text[CLOCK_TEXT_MAX];

	return ms == 0 ? json_null() : json_string(clock_rfc3339(ms, text));
}

json_t *
cli_json_text(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}

const char *
cli_id(struct cli *cli, const char *mark, int64_t number)
{
	return arena_printf(cli->arena, "%s%lld", mark, (long long)number);
}

const char *
cli_style(const struct cli *cli, const char *style)
{
	return cli->colour ? style : "";
}

void
cli_terminal(struct cli *cli)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
	struct winsize size;

	cli->terminal = isatty(STDOUT_FILENO);
	cli->colour = cli->terminal && (no == NULL || *no == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
	if (cli->terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		cli->width = size.ws_col;
}
