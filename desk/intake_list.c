#include "db/list_store.h"
#include "desk/intake_inside.h"

/* The same item with a mail of another kind. */
static int
take_as(struct intake *in, enum mail_kind kind, struct err *err)
{
	struct mail *mail = arena_alloc(in->desk->arena, sizeof *mail);
	struct intake_item *item = arena_alloc(in->desk->arena, sizeof *item);

	if (mail == NULL || item == NULL)
		return err_set(err, ERR_RETRY, "intake: out of memory");
	*mail = *in->mail;
	mail->kind = kind;
	mail->because = arena_printf(in->desk->arena, "list %s is taken as %s",
	    mail->list_id, mail_kind_name(kind));
	*item = *in->item;
	item->mail = mail;
	in->mail = mail;
	in->item = item;
	in->row.kind = mail_kind_name(kind);
	return mail->because == NULL ? err_set(err, ERR_RETRY,
	    "intake: out of memory") : 0;
}

/* How staff want mail of this list taken (contract §2, `list set`). */
int
intake_step_list(struct intake *in, struct err *err)
{
	enum list_taken taken;

	if (in->mail->list_id == NULL || *in->mail->list_id == '\0' ||
	    (in->mail->kind != MAIL_BULK && in->mail->kind != MAIL_PERSON))
		return 0;
	if (list_seen(in->desk->db, in->mail->list_id, in->desk->now_ms,
	    &taken, err) == -1)
		return -1;
	if (taken == LIST_IGNORE && !in->id.has_ticket)
		return intake_done(in, LEDGER_FILED, arena_printf(
		    in->desk->arena, "list %s is ignored", in->mail->list_id));
	if (taken == LIST_PERSON && in->mail->kind == MAIL_BULK)
		return take_as(in, MAIL_PERSON, err);
	return 0;
}
