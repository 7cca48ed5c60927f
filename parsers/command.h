/* command - one "!verb args" or "/verb args" line at the top of a reply.
 *
 *	line = ( "!" / "/" ) verb [ 1*WSP args ] *WSP
 *	verb = 1*16( %x61-7A )
 *	args = 1..200 bytes of UTF-8 without control characters, in the form
 *	       the verb asks for (contract §4)
 *
 * Form only: whether a category exists, or who may do it, is desk's to say;
 * the table says who may at all.
 * Pure: no I/O, no allocation, no globals. line need not end in NUL and is
 * never written to; command.args is a slice of it and lives as long as it. */
#ifndef PARSERS_COMMAND_H
#define PARSERS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/slice.h"

#define COMMAND_ARGS_MAX	200	/* bytes */
#define COMMAND_VERB_MAX	16	/* bytes */

enum command_verb {
	COMMAND_TAKE, COMMAND_ASSIGN, COMMAND_STATUS, COMMAND_CLOSE,
	COMMAND_REOPEN, COMMAND_CATEGORY, COMMAND_LOCATION, COMMAND_SUBJECT,
	COMMAND_PRIORITY, COMMAND_DUE, COMMAND_TAG, COMMAND_NOTE,
	COMMAND_REPLY, COMMAND_SEND, COMMAND_ACCEPT, COMMAND_SPAM,
	COMMAND_WATCH, COMMAND_UNWATCH, COMMAND_MUTE, COMMAND_MERGE,
	COMMAND_LINK, COMMAND_INCIDENT, COMMAND_JOIN, COMMAND_CANNED,
	COMMAND_RATE, COMMAND_UNDO, COMMAND_HELP, COMMAND_NVERB
};
enum command_who {		/* bits */
	COMMAND_STAFF = 1, COMMAND_REQUESTER = 2,
	COMMAND_WATCHER = 4,	/* of the ticket, and no more: for themselves */
	COMMAND_ALL = 7
};

struct command {
	enum command_verb	 verb;
	const char		*args;
	size_t			 args_len;	/* bytes; 0: none */
};
struct command_info {		/* one line of the help */
	const char	*name;
	unsigned	 who;		/* enum command_who, or-ed */
	const char	*form;		/* of the arguments: "NAME|none"; "" */
	const char	*help;		/* one line of English */
};

/* 1 a command, 0 not a command line or no verb of ours, -1 a verb of ours
 * with arguments it does not take: ERR_INPUT, and err->msg is fit to be sent
 * back to the author. */
int	command_parse(const char *line, size_t len,
	    struct command *command_out, struct err *err);
/* What is known of a verb; all verbs are 0..COMMAND_NVERB-1, in help order. */
const struct command_info *command_info(enum command_verb verb);
/* Exactly this verb, in lower case? */
bool	command_find(struct slice word, enum command_verb *verb_out);
/* Does the line have the form of a command, with any word for a verb (letters
 * of any case)? Then the word. */
bool	command_form(const char *line, size_t len, struct slice *word_out);
/* Is word one of ours in other case, or one edit (a letter more, less, other,
 * or two swapped) from one? Then that verb. */
bool	command_near(struct slice word, enum command_verb *verb_out);

#endif
