/* world - a desk in a temporary store with a clock of its own, for stories
 * told as raw mails. Every failure inside ends the test. */
#ifndef TESTS_UNIT_DESK_WORLD_H
#define TESTS_UNIT_DESK_WORLD_H

#include "db/message_store.h"
#include "db/outbox_store.h"
#include "db/ticket_store.h"
#include "desk/act.h"
#include "desk/intake.h"

struct world {
	char			 dir[64];
	struct settings		*settings;
	struct secret		*secret;
	struct arena		*arena;
	struct desk		 desk;
	struct settings_mailbox	 mailbox[2];
	int64_t			 uid;
	void			(*misread)(struct mail *mail);	/* NULL; as a
						 * parser before ours would */
};

void	world_open(struct world *w);
void	world_close(struct world *w);
void	world_staff(struct world *w, const char *address, const char *name,
	    enum person_role role);
/* Take a raw mail (LF line ends) in at mailbox 0 or 1; what became of it. */
struct intake_result world_mail(struct world *w, int mailbox,
	    const char *raw);
/* Take the item with that uid of mailbox 0 again. */
struct intake_result world_again(struct world *w, int64_t uid,
	    const char *raw);
/* Rows of the outbox to that address with that event ("": any). */
int	world_sent(struct world *w, const char *to, const char *event);
/* The newest such row; fails when there is none. */
struct outbox_row world_row(struct world *w, const char *to,
	    const char *event);
/* Where an answer to that row goes: helpdesk+TOKEN@campus.example. */
const char *world_reply_to(struct world *w, const struct outbox_row *row);
/* The mail of that row, whole, as it would leave now. */
const char *world_rendered(struct world *w, const struct outbox_row *row);
struct ticket world_ticket(struct world *w, int64_t number);
struct message world_message(struct world *w, int64_t id);
void	world_pass(struct world *w, int64_t seconds);	/* time goes by */
/* Formats into the world's arena. */
const char *world_text(struct world *w, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif
