/* story_inside - what the parts of story share; for story*.c only. */
#ifndef TESTS_UNIT_DESK_STORY_INSIDE_H
#define TESTS_UNIT_DESK_STORY_INSIDE_H

#include "tests/unit/desk/story.h"

/* End the test, with FILE:LINE and the line. */
void	story_fail(struct story *s, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3), noreturn));

/* NULL when there is none of that name; an address is a person, too. */
const struct story_name *story_person(struct story *s, const char *name);
const struct story_name *story_whose(struct story *s, const char *word);
struct story_name *story_ticket(struct story *s, const char *name);
void	story_add_person(struct story *s, const char *name,
	    const char *address, const char *full);
void	story_add_ticket(struct story *s, const char *name, int64_t number);
const char *story_filled(struct story *s, const char *text);	/* {…} */
const char *story_squeezed(struct story *s, const char *text);

/* A step begins; and what it sent is read, kept and checked. */
void	story_step(struct story *s);
void	story_look(struct story *s);
/* A mail comes in: a step. */
void	story_take(struct story *s, int mailbox, const char *raw);
/* The newest mail of that event to them; ticket 0: about any. */
struct outbox_row story_row(struct story *s, const struct story_name *to,
	    const char *event, int64_t ticket);

/* A statement's form: words as they stand; PERSON, PERSONS ("Jo's"), TICKET,
 * TEXT (in quotes), N, WORD; "..." the rest. */
struct story_rule {
	const char	*form;
	void		(*fn)(struct story *s, const struct story_line *l);
};
extern const struct story_rule story_mails[], story_deeds[], story_views[];

#endif
