#include <string.h>

#include "base/text.h"
#include "db/message_store.h"
#include "desk/identify.h"
#include "desk/incident.h"
#include "desk/route.h"
#include "desk/token.h"

#define DAY_MS		((int64_t)24 * 3600 * 1000)
#define IDS_MAX		64	/* ids of a thread that are looked up */

static int
who(struct desk *desk, const struct intake_item *item, struct identity *id,
    struct err *err)
{
	const char *from = item->mail->from.address;
	int rc;

	id->verdict = proof_verdict(item->mailbox, item->mail);
	if (from == NULL)
		return 0;
	id->from_ours = settings_is_ours(desk->settings, from);
	rc = person_find(desk->db, from, desk->arena, &id->person, err);
	if (rc == -1)
		return -1;
	id->known = rc == 1;
	id->staff = id->known && id->person.role != ROLE_REQUESTER &&
	    !id->person.removed;
	return address_get(desk->db, from, &id->state, err) == -1 ? -1 : 0;
}

int
identify_on_ticket(struct desk *desk, const struct ticket *ticket,
    int64_t person, struct err *err)
{
	int64_t *v;
	size_t n, i;

	if (person == 0)
		return 0;
	if (ticket->requester == person)
		return 1;
	if (watcher_list(desk->db, ticket->number, desk->arena, &v, &n,
	    err) == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (v[i] == person)
			return 1;
	return 0;
}

/* Load the ticket; 1/0/-1. */
static int
take_ticket(struct desk *desk, struct identity *id, int64_t number,
    const char *rule, struct err *err)
{
	int rc = ticket_get(desk->db, number, desk->arena, &id->ticket, err);

	if (rc != 1)
		return rc;
	id->has_ticket = true;
	id->thread_rule = rule;
	return 1;
}

/* The ticket of a row, or a zero one (key 0) for a row about none; 1/0/-1 */
static int
ticket_of_row(struct desk *desk, const struct outbox_row *row,
    struct ticket *ticket_out, struct err *err)
{
	memset(ticket_out, 0, sizeof *ticket_out);
	if (row->ticket == 0)
		return 1;
	return ticket_get(desk->db, row->ticket, desk->arena, ticket_out, err);
}

/* One sub-address: is it a token of ours that holds? 1/0/-1, *id filled. */
static int
try_token(struct desk *desk, struct slice token, struct identity *id,
    struct err *err)
{
	struct outbox_row row;
	struct ticket ticket;
	int64_t item;
	int rc;

	if (token.len != TOKEN_REPLY_LEN || !token_reply_read(token, &item))
		return 0;
	rc = outbox_head(desk->db, item, desk->arena, &row, err);
	if (rc != 1)
		return rc;
	rc = ticket_of_row(desk, &row, &ticket, err);
	if (rc != 1)
		return rc;
	if (!token_reply_check(desk->secret, token, ticket.key, row.person) ||
	    desk->now_ms - row.created_ms > TOKEN_DAYS * DAY_MS)
		return 0;
	id->has_row = true;
	id->row = row;
	if (row.ticket != 0) {
		id->ticket = ticket;
		id->has_ticket = true;
		id->thread_rule = "reply token";
	}
	return 1;
}

static int
by_token(struct desk *desk, const struct mail *mail, struct identity *id,
    struct err *err)
{
	size_t i;
	int rc;

	for (i = 0; i < mail->recipients.n && i < IDS_MAX; i++) {
		rc = try_token(desk, route_subaddress(desk->settings,
		    mail->recipients.v[i]), id, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int
identify_own_id(struct desk *desk, const char *message_id,
    struct outbox_row *row_out, struct err *err)
{
	struct ticket ticket;
	int64_t number, item;
	int rc;

	if (!token_message_id_read(slice_of(message_id), &number, &item))
		return 0;
	rc = outbox_head(desk->db, item, desk->arena, row_out, err);
	if (rc != 1)
		return rc;
	rc = ticket_of_row(desk, row_out, &ticket, err);
	if (rc != 1)
		return rc;
	return row_out->ticket == number && token_message_id_check(
	    desk->secret, slice_of(message_id), ticket.key);
}

/* The row of a signed id of this ticket: what the mail answers. */
static int
answered_row(struct desk *desk, struct identity *id, int64_t item,
    int64_t number, struct err *err)
{
	int rc = outbox_head(desk->db, item, desk->arena, &id->answered, err);

	id->has_answered = rc == 1 && id->answered.ticket == number;
	return rc == -1 ? -1 : 0;
}

/* Our own signed Message-ID in the thread. Item 0 is the root that all our
 * mails to staff refer to. */
static int
by_signed_id(struct desk *desk, const struct mail *mail, struct identity *id,
    struct err *err)
{
	struct ticket ticket;
	int64_t number, item;
	size_t i;
	int rc;

	for (i = 0; i < mail->our_ids.n && i < IDS_MAX; i++) {
		struct slice own = slice_of(mail->our_ids.v[i]);

		if (!token_message_id_read(own, &number, &item) || number == 0)
			continue;
		rc = ticket_get(desk->db, number, desk->arena, &ticket, err);
		if (rc == -1)
			return -1;
		if (rc == 0 || !token_message_id_check(desk->secret, own,
		    ticket.key))
			continue;
		if (!id->has_answered && item != 0 && answered_row(desk, id,
		    item, number, err) == -1)
			return -1;
		if (!id->has_ticket && take_ticket(desk, id, number,
		    "signed Message-ID", err) == -1)
			return -1;
		if (id->has_answered)
			break;
	}
	return id->has_ticket;
}

/* A ticket found by what anybody may write counts only for those who are on
 * it (or staff: their acts still need proof); else it is a hint. 1/0/-1 */
static int
if_on_it(struct desk *desk, struct identity *id, int64_t number,
    const char *rule, struct err *err)
{
	struct ticket ticket;
	int rc;

	rc = ticket_get(desk->db, number, desk->arena, &ticket, err);
	if (rc != 1)
		return rc;
	rc = id->staff ? 1 : identify_on_ticket(desk, &ticket,
	    id->known ? id->person.id : 0, err);
	if (rc == 1)
		return take_ticket(desk, id, number, rule, err);
	if (rc == 0 && id->hinted == 0)
		id->hinted = number;
	return rc;
}

static int
look_up(struct desk *desk, struct identity *id, const char *message_id,
    enum thread_rel rel, const char *rule, struct err *err)
{
	int64_t number;
	int rc = thread_find(desk->db, message_id, rel, id->known ?
	    id->person.id : 0, &number, err);

	return rc == 1 ? if_on_it(desk, id, number, rule, err) : rc;
}

/* A participant's own Message-ID in the thread, newest reference first; or an
 * earlier mail that answered this one. */
static int
by_thread(struct desk *desk, const struct mail *mail, struct identity *id,
    struct err *err)
{
	const struct mail_strings *lists[] = { &mail->in_reply_to,
	    &mail->references };
	size_t i, j;
	int rc;

	for (i = 0; i < 2; i++)
		for (j = 0; j < lists[i]->n && j < IDS_MAX; j++) {
			rc = look_up(desk, id,
			    lists[i]->v[lists[i]->n - 1 - j], THREAD_SELF,
			    "Message-ID in the thread", err);
			if (rc != 0)
				return rc;
		}
	if (mail->message_id == NULL)
		return 0;
	return look_up(desk, id, mail->message_id, THREAD_REFERENCE,
	    "answered by an earlier mail", err);
}

static int
where(struct desk *desk, const struct mail *mail, struct identity *id,
    struct err *err)
{
	int rc = by_token(desk, mail, id, err);

	if (rc == 0)
		rc = by_signed_id(desk, mail, id, err);
	if (rc == 0)
		rc = by_thread(desk, mail, id, err);
	if (rc == 0 && mail->subject_ticket != 0)
		rc = if_on_it(desk, id, mail->subject_ticket, "subject tag",
		    err);
	return rc;
}

/* Is everybody in To and Cc ours or already on the ticket? 1/0/-1 */
static int
only_participants(struct desk *desk, const struct mail *mail,
    const struct identity *id, struct err *err)
{
	const struct mail_addresses *lists[] = { &mail->to, &mail->cc };
	struct person person;
	size_t i, j;
	int rc;

	for (i = 0; i < 2; i++)
		for (j = 0; j < lists[i]->n; j++) {
			const char *a = lists[i]->v[j].address;

			if (a == NULL || settings_is_ours(desk->settings, a))
				continue;
			rc = person_find(desk->db, a, desk->arena, &person,
			    err);
			if (rc == 1 && id->known && person.id == id->person.id)
				continue;
			if (rc == 1)
				rc = id->has_ticket ? identify_on_ticket(desk,
				    &id->ticket, person.id, err) : 0;
			if (rc != 1)
				return rc;
		}
	return 1;
}

/* The token proves the person that it was sent to, if From is that person,
 * unless the mail shows others or is a forward: then it is burnt. */
static int
weigh_token(struct desk *desk, const struct mail *mail, struct identity *id,
    struct err *err)
{
	bool theirs;
	int rc;

	if (!id->has_row)
		return 0;
	rc = mail->forwarded != NULL ? 0 : only_participants(desk, mail, id,
	    err);
	if (rc == -1)
		return -1;
	if (rc == 0)
		return id->row.burnt ? 0 : outbox_burn(desk->db,
		    id->row.ticket, id->row.person, err);
	theirs = id->known && id->row.person == id->person.id;
	/* somebody who became them since */
	if (id->known && !theirs && id->row.person != 0) {
		rc = person_has_address(desk->db, id->person.id, id->row.to,
		    err);
		if (rc == -1)
			return -1;
		theirs = rc == 1;
	}
	id->token = !id->row.burnt && theirs && mail->from_count == 1 &&
	    id->verdict != PROOF_FAIL;
	return 0;
}

int
identify(struct desk *desk, const struct intake_item *item,
    struct identity *id_out, struct err *err)
{
	struct identity id = { 0 };
	int rc;

	if (who(desk, item, &id, err) == -1 ||
	    where(desk, item->mail, &id, err) == -1 ||
	    (id.has_ticket && incident_follow(desk, &id.ticket, err) == -1) ||
	    weigh_token(desk, item->mail, &id, err) == -1)
		return -1;
	id.proof = id.token ? PROVEN_TOKEN : id.verdict == PROOF_PASS ?
	    PROVEN_VERIFIED : PROVEN_CLAIMED;
	id.may_act = id.staff && proof_staff_may_act(desk->settings,
	    item->mailbox, id.token, id.verdict);
	if (id.has_ticket) {
		rc = identify_on_ticket(desk, &id.ticket,
		    id.known ? id.person.id : 0, err);
		if (rc == -1)
			return -1;
		id.on_ticket = rc == 1;
	}
	*id_out = id;
	return 0;
}
