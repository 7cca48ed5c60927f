#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "desk/said.h"

#define SUBJECT_MAX	400	/* bytes */
#define REFERENCES_MAX	20	/* ids handed on */
#define TOO_LARGE	"(This mail is too large to be taken in: "
#define INDEX_MAX	50	/* referred ids that are indexed */

const char *
said_spans(struct desk *desk, const struct mail *mail)
{
	struct buf b = BUF_INIT(1024 * 1024);
	const char *result;
	size_t i;

	if (mail->nspans < 2)
		return NULL;
	for (i = 0; i < mail->nspans; i++)
		buf_addf(&b, "%s{\"kind\":\"%s\",\"offset\":%zu,"
		    "\"length\":%zu}", i == 0 ? "[" : ",",
		    mail_span_name(mail->spans[i].kind),
		    mail->spans[i].offset, mail->spans[i].length);
	buf_addc(&b, ']');
	result = b.failed ? NULL : arena_strdup(desk->arena, buf_str(&b));
	buf_free(&b);
	return result;
}

/* Their References for our answers: the first and the newest ids. */
static const char *
references_of(struct desk *desk, const struct mail *mail)
{
	const struct mail_strings *r = &mail->references;
	struct buf b = BUF_INIT(64 * 1024);
	const char *result;
	size_t i;

	if (r->n == 0)
		return NULL;
	for (i = 0; i < r->n; i++) {
		if (i > 0 && i + REFERENCES_MAX <= r->n)
			continue;
		if (text_has_control(slice_of(r->v[i])) ||
		    strpbrk(r->v[i], "<> ") != NULL)
			continue;
		buf_addf(&b, "%s<%s>", b.len == 0 ? "" : " ", r->v[i]);
	}
	result = b.failed ? NULL : arena_strdup(desk->arena, buf_str(&b));
	buf_free(&b);
	return result;
}

int
said_message(struct desk *desk, const struct intake_item *item,
    const struct identity *id, const char *text, struct message *message_out,
    struct err *err)
{
	const struct mail *mail = item->mail;

	if (text == NULL)
		return err_set(err, ERR_FATAL, "intake: out of memory");
	*message_out = (struct message){
		.author = id->known ? id->person.id : 0,
		.author_name = mail->from.name,
		.author_address = mail->from.address,
		.proof = id->proof,
		.source = item->history ? "import" : "mail",
		.text = text,
		.full_text = strcmp(text, mail->text) == 0 ? NULL :
		    mail->text,
		.spans = said_spans(desk, mail),
		.message_id = mail->message_id,
		.references = references_of(desk, mail),
		.automatic = mail->kind != MAIL_PERSON &&
		    mail->kind != MAIL_UNREADABLE,
		.from_staff = id->staff && !(id->has_ticket &&
		    id->ticket.requester == id->person.id),
	};
	return 0;
}

void
said_attachment(const struct message *message,
    const struct mail_attachment *a, struct attachment *out)
{
	*out = (struct attachment){
		.message = message->id,
		.raw = message->raw,
		.name = a->name,
		.type = a->type,
		.size = a->size,
		.sha256 = a->sha256,
		.is_inline = a->is_inline,
		.content_id = a->content_id,
		.offset = a->offset,
		.length = a->length,
		.encoding = mail_encoding_name(a->encoding),
	};
}

int
said_attachments(struct desk *desk, const struct mail *mail,
    const struct message *message, struct err *err)
{
	struct attachment row;
	size_t i;

	for (i = 0; message->raw != 0 && i < mail->nattachments; i++) {
		said_attachment(message, &mail->attachments[i], &row);
		if (attachment_insert(desk->db, &row, NULL, err) == -1)
			return -1;
	}
	return 0;
}

static bool
stands_in(const struct mail_strings *list, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list->v[i], id) == 0)
			return true;
	return false;
}

int
said_thread(struct desk *desk, const struct mail *mail,
    const struct message *message, struct err *err)
{
	const struct mail_strings *lists[] = { &mail->in_reply_to,
	    &mail->references };
	size_t i, j, n;

	if (mail->message_id != NULL && thread_add(desk->db, mail->message_id,
	    THREAD_SELF, message->ticket, message->id, err) == -1)
		return -1;
	for (i = 0; i < 2; i++) {
		n = lists[i]->n < INDEX_MAX ? lists[i]->n : INDEX_MAX;
		for (j = 0; j < n; j++) {
			const char *id = lists[i]->v[lists[i]->n - 1 - j];

			if (i == 1 && stands_in(lists[0], lists[0]->n, id))
				continue;
			if (thread_add(desk->db, id, THREAD_REFERENCE,
			    message->ticket, message->id, err) == -1)
				return -1;
		}
	}
	return 0;
}

static bool
is_obeyed(const char *verb)
{
	return strcmp(verb, "note") == 0 || strcmp(verb, "reply") == 0 ||
	    strcmp(verb, "send") == 0;
}

const char *
said_text(struct desk *desk, const struct mail *mail, bool staff)
{
	const char *head = "";
	size_t i;

	for (i = 0; head != NULL && i < mail->ncommands; i++) {
		if (staff && is_obeyed(mail->commands[i].verb))
			continue;
		head = arena_printf(desk->arena, "%s!%s%s%s\n", head,
		    mail->commands[i].verb,
		    mail->commands[i].args[0] == '\0' ? "" : " ",
		    mail->commands[i].args);
	}
	if (head == NULL || *head == '\0')
		return mail->reply;
	return arena_printf(desk->arena, "%s%s", head, mail->reply);
}

const char *
said_opening(struct desk *desk, const struct intake_item *item)
{
	const struct mail *mail = item->mail;
	const char *text;

	if (item->too_large)
		return arena_printf(desk->arena, TOO_LARGE "%zu bytes. It %s.)", item->full_size,
		    item->raw != NULL &&
		    blob_size(item->raw) == item->full_size ?
		    "is kept as it came" : "stays in the mailbox");
	if (mail->kind == MAIL_UNREADABLE)
		return arena_printf(desk->arena, "(This mail could not be "
		    "read: %s. It is kept as it came.)\n%s",
		    mail->warnings.n > 0 ? mail->warnings.v[0] :
		    mail->because, mail->text);
	text = said_text(desk, mail, false);
	if (mail->forwarded != NULL || text == NULL ||
	    text_trim(slice_of(text)).len == 0)
		return mail->text;
	return text;
}

bool
said_was_too_large(const char *text)
{
	return strncmp(text, TOO_LARGE, strlen(TOO_LARGE)) == 0;
}

const char *
said_subject(struct desk *desk, const struct intake_item *item)
{
	const char *s = item->mail->subject;
	struct slice line;

	if (s == NULL)
		return "(no subject)";
	line = utf8_clean_line(desk->arena, s, utf8_cut(s, strlen(s),
	    SUBJECT_MAX));
	line = text_trim(line);
	if (line.len == 0)
		return "(no subject)";
	return arena_strndup(desk->arena, line.p, line.len);
}

/* ---- kinds of words and addresses ---- */

static const char *const thanks_core[] = {
	"thanks", "thank", "thx", "ty", "cheers", "danke", "dankeschön",
	"merci", "gracias", "grazie", "dank", "dziękuję", "tack",
};
static const char *const thanks_beside[] = {
	"a", "again", "all", "and", "appreciated", "awesome", "best", "cool",
	"dear", "everyone", "excellent", "fast", "fine", "for", "fixed",
	"good", "great", "hello", "help", "helping", "hi", "i", "is", "it",
	"kind", "lot", "many", "much", "nice", "now", "ok", "okay",
	"perfect", "quick", "regards", "so", "solved", "sorted", "super",
	"team", "that", "the", "this", "to", "very", "well", "wonderful",
	"work", "works", "working", "you", "your",
};

static bool
is_one_of(struct slice word, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text_ieq(word, slice_of(list[i])))
			return true;
	return false;
}

bool
said_is_thanks(const struct mail *mail, const char *text)
{
	struct slice word;
	int words = 0, core = 0;

	if (mail->nattachments > 0 || strchr(text, '?') != NULL)
		return false;
	while (*text != '\0') {
		text += strspn(text, " \t\n,.!:;-()*_\"'");
		word = (struct slice){ text,
		    strcspn(text, " \t\n,.!:;-()*_\"'") };
		text += word.len;
		if (word.len == 0)
			continue;
		if (++words > 12)
			return false;
		if (is_one_of(word, thanks_core,
		    sizeof thanks_core / sizeof thanks_core[0]))
			core++;
		else if (!is_one_of(word, thanks_beside,
		    sizeof thanks_beside / sizeof thanks_beside[0]))
			return false;
	}
	return core > 0;
}

bool
said_is_machine_address(const char *address)
{
	static const char *const whole[] = { "noreply", "no-reply",
	    "no_reply", "donotreply", "do-not-reply", "do_not_reply",
	    "postmaster", "mailer-daemon", "mailerdaemon", "nobody",
	    "bounce", "bounces" };
	const char *at = strrchr(address, '@');
	struct slice local = { address, at == NULL ? strlen(address) :
	    (size_t)(at - address) };

	if (is_one_of(local, whole, sizeof whole / sizeof whole[0]))
		return true;
	return text_istarts(local, "noreply") ||
	    text_istarts(local, "no-reply") ||
	    text_istarts(local, "owner-") || text_iends(local, "-owner") ||
	    text_iends(local, "-request") || text_iends(local, "-bounces") ||
	    text_istarts(local, "bounce+") || text_istarts(local, "bounces+");
}

/* A list that categories tell of their tickets. */
static bool
is_informed(const struct settings *settings, const char *address)
{
	size_t i, j;

	for (i = 0; i < settings->ncategories; i++)
		for (j = 0; j < settings->categories[i].notify.n; j++)
			if (text_ieq(slice_of(address), slice_of(
			    settings->categories[i].notify.v[j])))
				return true;
	return false;
}

bool
said_is_person_address(const struct settings *settings, const char *address)
{
	return address != NULL && strchr(address, '@') != NULL &&
	    !settings_is_ours(settings, address) &&
	    !said_is_machine_address(address) &&
	    !is_informed(settings, address);
}

bool
said_is_note_answer(const char *event)
{
	return strcmp(event, "confirm") == 0 ||
	    strcmp(event, "refused") == 0 ||
	    strcmp(event, "transcript") == 0 ||
	    strcmp(event, "quarantined") == 0 ||
	    strcmp(event, "delivery-failed") == 0 ||
	    strcmp(event, "trouble") == 0 ||
	    strcmp(event, "trouble-over") == 0;
}

struct newest {
	int64_t	number, created_ms;
};

static int
keep_newest(const struct ticket *ticket, void *arg)
{
	struct newest *newest = arg;

	if (ticket->created_ms >= newest->created_ms &&
	    ticket->number > newest->number)
		*newest = (struct newest){ ticket->number,
		    ticket->created_ms };
	return 0;
}

int
said_newest_of(struct desk *desk, int64_t requester, int64_t since_ms,
    int64_t *number_out, struct err *err)
{
	struct ticket_filter filter = { .view = VIEW_ALL,
	    .requester = requester, .limit = 100 };
	struct newest newest = { 0, since_ms };

	if (requester == 0)
		return 0;
	if (ticket_list(desk->db, &filter, keep_newest, &newest, err) == -1)
		return -1;
	*number_out = newest.number;
	return newest.number != 0;
}
