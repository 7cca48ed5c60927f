/* manual - the parts of the manual pages and of the completion that the tables
 * of the program know: options (campusdesk.conf.5), subcommands (campusdesk.1),
 * words (bash). Called when the program is built. */
#include <string.h>

#include "cli/subcommands.h"

#define LINE_MAX_TEXT	66	/* bytes, before some become two */

/* ---- troff ---- */

/* Text as troff takes it: a dot at the start of a line is no macro, "-" is the
 * one of the keyboard, a backslash is itself. */
static void
troff(const char *s)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	for (; *s != '\0'; s++) {
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '-')
			fputs("\\-", stdout);
		else if (*s == '"')
			fputs("\\(dq", stdout);
		else if (strncmp(s, "…", strlen("…")) == 0) {
			fputs("\\&...", stdout);
			s += strlen("…") - 1;
		} else
			putchar(*s);
	}
}

/* A sentence of its own, in lines of at most 80 bytes. */
static void
prose(const char *s)
{
	char word[128];
	const char *p;
	size_t column = 0, n;

	for (; *s != '\0'; s += n) {
		n = strcspn(s, " \n");
		snprintf(word, sizeof word, "%.*s", (int)n, s);
		if (column > 0 && column + n + 1 > LINE_MAX_TEXT) {
			putchar('\n');
			column = 0;
		} else if (column > 0) {
			putchar(' ');
			column++;
		}
		troff(word);
		column += n;
		for (p = word; (p = strpbrk(p, "\"-")) != NULL; p++)
			column += *p == '-' ? 1 : 3;	/* \-, \(dq */
		if (s[n] == '\n') {
			fputs(".\n.br\n", stdout);
			column = 0;
		}
		n += s[n] != '\0';
	}
	fputs(".\n", stdout);
}

/* ---- options of the configuration ---- */

static void
words(const char *list)
{
	for (; *list != '\0'; list++) {
		if (*list == ' ')
			fputs(", ", stdout);
		else
			putchar(*list);
	}
}

/* What may stand behind the "=". */
static void
kind(const struct conf_row *r)
{
	static const char *const names[] = {
		[CONF_TEXT] = "text", [CONF_PATH] = "file",
		[CONF_BOOL] = "true or false", [CONF_LIST] = "list of texts",
		[CONF_SECRET] = "secret", [CONF_SECRET_PATH] = "file",
		[CONF_GROUP] = "group",
	};

	if (r->type == CONF_NUMBER)
		printf("%s, %lld to %lld", r->unit == NULL ? "number" :
		    r->unit, (long long)r->min, (long long)r->max);
	else if (r->type == CONF_WORD)
		words(r->words);
	else
		fputs(names[r->type], stdout);
}

static void
default_of(const struct conf_row *r)
{
	const char *text = r->fallback;

	if (r->required)
		fputs("; required", stdout);
	else if (r->type == CONF_WORD && text == NULL)
		printf("; default %.*s", (int)strcspn(r->words, " "),
		    r->words);
	else if (r->type == CONF_BOOL)
		printf("; default %s", text == NULL ? "false" : text);
	else if (text != NULL && strcmp(text, "-1") != 0)
		printf("; default %s", text);
}

static void
option(const struct conf_row *r)
{
	fputs(".TP\n.BR ", stdout);
	troff(r->name);
	fputs(" \" (", stdout);
	kind(r);
	default_of(r);
	fputs(")\"\n", stdout);
	if (r->required)	/* their help is one: errors show it */
		fputs("Example:\n", stdout);
	prose(r->help);
	if (r->type == CONF_SECRET) {
		fputs("In a file of its own:\n.BR ", stdout);
		troff(r->name);
		fputs("\\-file .\n", stdout);
	}
}

static void
section(const struct settings_section *s)
{
	size_t i;

	fputs(".SS ", stdout);
	troff(*s->path == '\0' ? "outside of every group" : s->path);
	putchar('\n');
	prose(s->what);
	for (i = 0; i < s->n; i++)
		if (*s->path != '\0' || s->rows[i].type != CONF_GROUP)
			option(&s->rows[i]);	/* root groups: own sections */
}

static void
manual_conf(void)
{
	size_t n, i;
	const struct settings_section *s = settings_sections(&n);

	for (i = 0; i < n; i++)
		section(&s[i]);
}

/* ---- subcommands ---- */

static void
manual_opts(const struct cli_opt *o)
{
	if (o == NULL || o->name == NULL)
		return;
	fputs(".RS\n", stdout);
	for (; o->name != NULL; o++) {
		fputs(".TP\n.B ", stdout);
		troff(o->name);
		if (o->value != NULL) {
			fputs("\\fR \\fI", stdout);
			troff(o->value);
			fputs("\\fR", stdout);
		}
		putchar('\n');
		prose(o->what);
	}
	fputs(".RE\n", stdout);
}

/* The next word, a quoted text whole. */
static size_t
shell_word(const char *s)
{
	bool quoted = false;
	size_t n = 0;

	for (; s[n] != '\0' && (quoted || s[n] != ' '); n++)
		if (s[n] == '"')
			quoted = !quoted;
	return n;
}

/* A command as one would type it: long ones on several lines. */
static void
shell(const char *s)
{
	char word[128];
	size_t column = 0, n;

	for (; *s != '\0'; s += n) {
		n = shell_word(s);
		if (column > 0 && column + n > LINE_MAX_TEXT - 8) {
			fputs(" \\e\n    ", stdout);
			column = 4;
		} else if (column > 0)
			putchar(' ');
		snprintf(word, sizeof word, "%.*s", (int)n, s);
		troff(word);
		column += n + 1;
		n += s[n] != '\0';
	}
	putchar('\n');
}

static void
manual_entry(const char *name, const char *verb, const char *args,
    const char *what, const char *example)
{
	fputs(".TP\n.B ", stdout);
	troff(name);
	if (verb != NULL) {
		putchar(' ');
		troff(verb);
	}
	if (*args != '\0') {
		fputs("\\fR ", stdout);
		troff(args);
	}
	putchar('\n');
	prose(what);
	fputs(".RS\n.EX\n", stdout);
	shell(example);
	fputs(".EE\n.RE\n", stdout);
}

static void
manual_command(const struct cli_command *c)
{
	const struct cli_verb *v = c->verbs;

	if (v == NULL)
		manual_entry(c->name, NULL, c->args, c->what, c->example);
	if (v == NULL)
		manual_opts(c->opts);
	for (; v != NULL && v->name != NULL; v++) {
		manual_entry(c->name, v->name, v->args, v->what, v->example);
		manual_opts(v->opts);
	}
}

static void
manual_commands(void)
{
	size_t n, i;
	const struct cli_command *c = subcommands_all(&n);
	const char *group = "";

	for (i = 0; i < n; i++) {
		if (c[i].group == NULL)
			continue;
		if (strcmp(c[i].group, group) != 0)
			printf(".SS %s\n", c[i].group);
		group = c[i].group;
		manual_command(&c[i]);
	}
}

/* ---- completion ---- */

/* "KEY:WORD WORD …", a line of the table that the completion reads. */
static void
opt_words(const struct cli_opt *o)
{
	for (; o != NULL && o->name != NULL; o++)
		printf(" %s%s", o->name, o->value == NULL ? "" : "=");
	putchar('\n');
}

/* "VALUE KEY OPTION:a|b|c" or ":FILE". */
static void
opt_values(const char *key, const struct cli_opt *o)
{
	for (; o != NULL && o->name != NULL; o++)
		if (o->value != NULL && (strchr(o->value, '|') != NULL ||
		    strcmp(o->value, "FILE") == 0 ||
		    strcmp(o->value, "DIR") == 0))
			printf("%s %s:%s\n", key, o->name, o->value);
}

static void
completion_of(const struct cli_command *c)
{
	const struct cli_verb *v = c->verbs;
	char key[64];

	printf("verbs %s:", c->name);
	for (; v != NULL && v->name != NULL; v++)
		printf(" %s", v->name);
	printf("\nopts %s:", c->name);
	opt_words(c->opts);
	opt_values(c->name, c->opts);
	for (v = c->verbs; v != NULL && v->name != NULL; v++) {
		snprintf(key, sizeof key, "%s %s", c->name, v->name);
		printf("opts %s:", key);
		opt_words(v->opts);
		opt_values(key, v->opts);
	}
	if (strstr(c->args, "FILE") != NULL || strstr(c->args, "DIR") != NULL)
		printf("files %s:\n", c->name);
}

static void
manual_completion(void)
{
	size_t n, i;
	const struct cli_command *c = subcommands_all(&n);

	printf("commands:");
	for (i = 0; i < n; i++)
		if (c[i].group != NULL)
			printf(" %s", c[i].name);
	printf("\nopts:");
	opt_words(subcommands_global());
	for (i = 0; i < n; i++)
		if (c[i].group != NULL)
			completion_of(&c[i]);
}

int
cmd_manual(struct cli *cli)
{
	const char *what = cli_next(cli);
	int code = cli_done(cli);

	if (code != 0)
		return code;
	if (what != NULL && strcmp(what, "conf") == 0)
		manual_conf();
	else if (what != NULL && strcmp(what, "commands") == 0)
		manual_commands();
	else if (what != NULL && strcmp(what, "completion") == 0)
		manual_completion();
	else
		return cli_usage(cli, "conf, commands or completion?");
	return 0;
}
