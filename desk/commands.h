/* commands - what the lines at the top of a message order, done on its ticket:
 * all of it or nothing (contract §4).
 *
 * The lines are read from the text of the message, so that one that was parked
 * or held still has them when it is released. note, reply and send say what
 * the message itself is; they are obeyed where messages are stored. */
#ifndef DESK_COMMANDS_H
#define DESK_COMMANDS_H

#include "desk/act.h"
#include "parsers/command.h"

#define COMMANDS_MAX_RUN	32

struct commands {
	struct command	 v[COMMANDS_MAX_RUN];
	size_t		 n;
	const char	*rest;		/* the text without them, trimmed */
	const char	*say;		/* TEXT of "close TEXT", else "" */
	const char	*canned;	/* the stored answer that is the message;
					 * NULL none. commands_fill puts it
					 * into rest */
	const char	*wrong;		/* why the first line of rest, a verb
					 * that they may use, cannot be obeyed;
					 * NULL */
	bool		 silent;	/* nobody may get the words: spam */
};

/* The commands at the top of text that such a sender may give (who: bits of
 * enum command_who); a line of any other verb stays in rest. v lies in text. */
int	commands_read(struct desk *desk, const char *text, unsigned who,
	    struct commands *commands_out, struct err *err);
/* The first line of rest that looks like a command and was not read as one,
 * or NULL: form alone at the top, one edit from a verb below. */
const char *commands_near(struct desk *desk, const char *rest);
/* Why such a line is doubted, with the verb that was perhaps meant. */
const char *commands_near_why(struct desk *desk, const char *line);
/* Read the stored answer that they name into rest; one that is not to be had
 * is what is wrong with them. */
int	commands_fill(struct desk *desk, const struct actor *actor,
	    const struct ticket *ticket, struct commands *commands,
	    struct err *err);
/* Those that need no proof in the mail that opens a ticket: category,
 * location, subject. The number taken out of *commands and put into *plain. */
size_t	commands_plain(struct commands *commands, struct commands *plain_out);
enum commands_spoke { SPOKE_NOT, SPOKE_STAFF, SPOKE_REQUESTER };
/* Do them in order on *ticket, in memory; the caller stores it. spoke: the same
 * mail has public words of somebody, which count before the commands; words:
 * those of staff, for who is joined to an incident that they close. 1 done,
 * *report_out has a line for each; 0 one cannot be done, *report_out says which
 * and why, nothing is changed; -1. */
int	commands_do(struct desk *desk, const struct actor *actor,
	    unsigned who, enum commands_spoke spoke, const char *words,
	    struct ticket *ticket, const struct commands *commands,
	    const char **report_out, struct err *err);
/* One command of staff at a terminal or in chat, on a stored ticket; requester
 * and watchers are told. ERR_INPUT: it cannot be done, and why. */
int	commands_order(struct desk *desk, const struct actor *actor,
	    int64_t ticket, enum command_verb verb, const char *args,
	    const char **report_out, struct err *err);
/* One mail to requester and watchers, but never to who did it: the words of
 * message (0: none), and that it was closed or opened again since old. */
int	commands_tell(struct desk *desk, const struct actor *actor,
	    const struct ticket *ticket, enum ticket_status old,
	    int64_t message, struct err *err);
/* A line for each verb that such a sender may use. */
const char *commands_verbs(struct desk *desk, unsigned who);
/* To who gave them: what was done, or why not (report), and that answering
 * "undo" takes it back. Not more often than the budgets allow. */
int	commands_transcript(struct desk *desk, const struct actor *actor,
	    const struct ticket *ticket, const char *report, bool done,
	    struct err *err);

#endif
