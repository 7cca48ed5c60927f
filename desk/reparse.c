#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "desk/change.h"
#include "desk/reparse.h"
#include "desk/said.h"

static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Is it the message that its ticket began with? 1/0/-1. */
static int
is_opening(struct desk *desk, const struct message *m, struct err *err)
{
	struct message *first;
	size_t n;

	if (message_list(desk->db, m->ticket, 0, 1, desk->arena, &first, &n,
	    err) == -1)
		return -1;
	return n == 1 && first[0].id == m->id;
}

/* Why the text of m is not exchanged. */
static const char *
why_kept(const struct message *m, const struct mail *mail)
{
	if (m->from_staff)
		return "staff wrote it, and it may have been sent";
	if (m->pending != PENDING_NONE)
		return "it waits for a proof";
	if (said_was_too_large(m->text))
		return "it was not taken in whole";
	if (mail->ncommands > 0)
		return "its commands were obeyed";
	return mail->kind == MAIL_UNREADABLE ? "it cannot be read" : NULL;
}

static const struct attachment *
find_file(const struct attachment *v, size_t n,
    const struct mail_attachment *a)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].offset == a->offset && v[i].length == a->length)
			return &v[i];
	return NULL;
}

/* The files that are not there yet or have another name: each is handed to
 * message_store when store is set. How many; -1. */
static int
walk_files(struct desk *desk, const struct mail *mail,
    const struct message *m, bool store, struct err *err)
{
	const struct attachment *known;
	struct attachment *v, row;
	size_t i, n;
	int changed = 0, rc;

	if (attachment_list(desk->db, m->id, desk->arena, &v, &n, err) == -1)
		return -1;
	for (i = 0; i < mail->nattachments; i++) {
		const struct mail_attachment *a = &mail->attachments[i];

		known = find_file(v, n, a);
		if (known != NULL && same(known->name, a->name) &&
		    strcmp(known->type, a->type) == 0)
			continue;
		changed++;
		if (!store)
			continue;
		said_attachment(m, a, &row);
		row.id = known == NULL ? 0 : known->id;
		rc = known == NULL ?
		    attachment_insert(desk->db, &row, NULL, err) :
		    attachment_rename(desk->db, &row, err);
		if (rc == -1)
			return -1;
	}
	return changed;
}

/* Text and spans as mail has them now. Where it reads as it did, the text
 * stays as it is: it may have been made with more than the mail. */
static int
restate(struct desk *desk, const struct mail *mail, struct reparse *r,
    struct err *err)
{
	const struct intake_item item = { .mail = mail };
	const char *whole = r->old.full_text == NULL ? r->old.text :
	    r->old.full_text;
	int opening = is_opening(desk, &r->old, err);

	if (opening == -1)
		return -1;
	r->now = r->old;
	r->now.spans = said_spans(desk, mail);
	r->reading = strcmp(whole, mail->text) != 0 ||
	    !same(r->old.spans, r->now.spans);
	r->kept = why_kept(&r->old, mail);
	if (r->reading && r->kept == NULL)
		r->now.text = opening == 1 ? said_opening(desk, &item) :
		    said_text(desk, mail, false);
	if (r->now.text == NULL)
		return err_set(err, ERR_RETRY, "reparse: out of memory");
	r->now.full_text = strcmp(r->now.text, mail->text) == 0 ? NULL :
	    mail->text;
	r->text = strcmp(r->now.text, r->old.text) != 0;
	return 0;
}

int
reparse_compare(struct desk *desk, const struct ledger_row *row,
    const struct mail *mail, struct reparse *out, struct err *err)
{
	struct reparse r = { .text = false };
	int rc, files;

	if (row->message == 0)
		return 0;
	rc = message_get(desk->db, row->message, desk->arena, &r.old, err);
	if (rc != 1)
		return rc;
	/* its other copies are not what it was made of */
	if (r.old.raw != row->raw || said_was_too_large(r.old.text))
		return 0;
	if (restate(desk, mail, &r, err) == -1)
		return -1;
	files = walk_files(desk, mail, &r.old, false, err);
	if (files == -1)
		return -1;
	r.files = (size_t)files;
	*out = r;
	return r.text || r.reading || r.files > 0;
}

int
reparse_store(struct desk *desk, const struct actor *actor,
    const struct mail *mail, const struct reparse *r, struct err *err)
{
	char id[24];

	if (message_restate(desk->db, &r->now, err) == -1 ||
	    walk_files(desk, mail, &r->now, true, err) == -1)
		return -1;
	snprintf(id, sizeof id, "%lld", (long long)r->now.id);
	return change_event(desk, actor, r->now.ticket, "reparsed",
	    "message", NULL, id, err);
}
