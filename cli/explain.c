#include "base/text.h"
#include "cli/explain.h"
#include "parsers/encword.h"
#include "parsers/header.h"

#define LABEL_WIDTH	12
#define HEADER_MAX	((size_t)256 * 1024)	/* bytes looked at */

/* One line, "label value"; nothing for no value. */
static void
line(struct cli *cli, const char *label, const char *style, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	printf("%s%-*s%s %s%s%s\n", cli_style(cli, CLI_DIM), LABEL_WIDTH,
	    label, cli_style(cli, CLI_PLAIN), cli_style(cli, style),
	    cli_text(cli, value, 0), *style == '\0' ? "" :
	    cli_style(cli, CLI_PLAIN));
}

static const char *
shown(struct cli *cli, const struct mail_address *a)
{
	if (a->name == NULL || *a->name == '\0')
		return a->address == NULL ? "(none)" : a->address;
	return arena_printf(cli->arena, "%s <%s>", a->name,
	    a->address == NULL ? "" : a->address);
}

static void
addresses(struct cli *cli, const char *label, const struct mail_addresses *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		line(cli, i == 0 ? label : "", "", shown(cli, &a->v[i]));
}

static void
strings(struct cli *cli, const char *label, const char *style,
    const struct mail_strings *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		line(cli, i == 0 ? label : "", style, s->v[i]);
}

static void
attachments(struct cli *cli, const struct mail *mail)
{
	const struct mail_attachment *a;
	size_t i;

	for (i = 0; i < mail->nattachments; i++) {
		a = &mail->attachments[i];
		line(cli, i == 0 ? "attachment" : "", "",
		    arena_printf(cli->arena, "%s, %s, %zu bytes%s",
		    a->name == NULL ? "(no name)" : a->name, a->type, a->size,
		    a->is_inline ? ", inline" : ""));
	}
}

static void
bounce(struct cli *cli, const struct mail_bounce *b)
{
	size_t i;

	line(cli, "bounce of", "", b->original_message_id);
	for (i = 0; i < b->n; i++)
		line(cli, i == 0 ? "recipient" : "", "",
		    arena_printf(cli->arena, "%s: %s %s %s", b->v[i].address,
		    b->v[i].action, b->v[i].status == NULL ? "" :
		    b->v[i].status, b->v[i].diagnostic == NULL ? "" :
		    b->v[i].diagnostic));
}

static void
commands(struct cli *cli, const struct mail *mail)
{
	size_t i;

	for (i = 0; i < mail->ncommands; i++)
		line(cli, i == 0 ? "command" : "", CLI_CYAN,
		    arena_printf(cli->arena, "%s %s", mail->commands[i].verb,
		    mail->commands[i].args));
	strings(cli, "no command", CLI_YELLOW, &mail->near_commands);
	if (mail->note_marker)
		line(cli, "note", CLI_YELLOW, "from staff, all of it is an "
		    "internal note");
}

static void
forwarded(struct cli *cli, const struct mail_forwarded *f)
{
	line(cli, "forwarded", "", arena_printf(cli->arena, "from %s: %s",
	    shown(cli, &f->from), f->subject == NULL ? "(no subject)" :
	    f->subject));
	if (f->has_date)
		line(cli, "", "", cli_time(cli, f->date_ms));
}

static void
kind(struct cli *cli, const struct mail *mail)
{
	const char *style = mail->kind == MAIL_PERSON ? CLI_GREEN :
	    mail->kind == MAIL_UNREADABLE ? CLI_RED : CLI_YELLOW;

	line(cli, "kind", style, arena_printf(cli->arena, "%s (%s)",
	    mail_kind_name(mail->kind), mail->because));
	line(cli, "spam", CLI_YELLOW, mail->spam);
	if (mail->ticket != 0)
		line(cli, "ticket", CLI_CYAN, arena_printf(cli->arena,
		    "#%lld%s", (long long)mail->ticket, cli->db == NULL ?
		    " (by form only)" : ""));
}

void
explain_mail(struct cli *cli, const struct mail *mail)
{
	line(cli, "from", CLI_BOLD, shown(cli, &mail->from));
	addresses(cli, "reply-to", &mail->reply_to);
	addresses(cli, "to", &mail->to);
	addresses(cli, "cc", &mail->cc);
	line(cli, "subject", CLI_BOLD, mail->subject);
	if (mail->has_date)
		line(cli, "date", "", cli_time(cli, mail->date_ms));
	line(cli, "id", "", mail->message_id);
	strings(cli, "answers", "", &mail->in_reply_to);
	kind(cli, mail);
	commands(cli, mail);
	if (mail->bounce != NULL)
		bounce(cli, mail->bounce);
	if (mail->forwarded != NULL)
		forwarded(cli, mail->forwarded);
	attachments(cli, mail);
	strings(cli, "warning", CLI_YELLOW, &mail->warnings);
}

static const char *
span_style(enum mail_span_kind kind)
{
	switch (kind) {
	case SPAN_NEW:
		return CLI_GREEN;
	case SPAN_COMMAND:
		return CLI_CYAN;
	case SPAN_FORWARDED:
		return CLI_YELLOW;
	default:
		return CLI_DIM;
	}
}

void
explain_text(struct cli *cli, const struct mail *mail)
{
	const struct mail_span *s;
	struct slice rest, one;
	const char *label, *style;
	size_t i;

	if (mail->nspans > 0)
		putchar('\n');
	for (i = 0; i < mail->nspans; i++) {
		s = &mail->spans[i];
		label = mail_span_name(s->kind);
		style = cli_style(cli, span_style(s->kind));
		rest = (struct slice){ mail->text + s->offset, s->length };
		while (text_line(&rest, &one)) {
			printf("%s%*s | %s%s\n", style, LABEL_WIDTH, label,
			    cli_lines(cli, arena_strndup(cli->arena, one.p,
			    one.len)), *style == '\0' ? "" : CLI_PLAIN);
			label = "";
		}
	}
}

int
explain_header(struct cli *cli, const struct blob *raw, struct err *err)
{
	size_t n = blob_size(raw) < HEADER_MAX ? blob_size(raw) : HEADER_MAX;
	char *head = arena_alloc(cli->arena, n + 1);
	const struct slice none = { "", 0 };
	struct header_list list;
	size_t i;

	if (head == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (blob_read(raw, 0, head, n, err) == -1 ||
	    header_scan((struct slice){ head, n }, &mail_limits_default,
	    cli->arena, &list, err) == -1)
		return -1;
	putchar('\n');
	for (i = 0; i < list.n; i++)
		printf("%s%s:%s %s\n", cli_style(cli, CLI_DIM),
		    cli_text(cli, arena_strndup(cli->arena, list.v[i].name.p,
		    list.v[i].name.len), 0), cli_style(cli, CLI_PLAIN),
		    cli_text(cli, encword_line(list.v[i].value, none,
		    cli->arena).p, 0));
	return 0;
}
