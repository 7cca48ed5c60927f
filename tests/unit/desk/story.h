/* story - what happens at a desk, told in a text file (docs/testing.md), and
 * what must come of it.
 *
 * A line is a statement; indented lines below it are the words of a mail.
 * story_tell runs a file over a world of its own. Every failure ends the test
 * and names FILE:LINE: words that are no statement, what was expected and did
 * not come, and a story that expects nothing. */
#ifndef TESTS_UNIT_DESK_STORY_H
#define TESTS_UNIT_DESK_STORY_H

#include "tests/unit/desk/world.h"

#define STORY_WORDS	32	/* of a statement */
#define STORY_NAMES	64	/* of people, of tickets */
#define STORY_MAILS	512	/* that one step may send */

struct story_name {
	const char	*name;
	const char	*address, *full;	/* of a person */
	int64_t		 ticket;		/* of a ticket */
};
struct story_sent {		/* a mail that the last step queued */
	struct outbox_row	 row;
	const char		*text, *raw;	/* as it would leave */
	bool			 seen;		/* a "gets" spoke of it */
};
struct story_line {
	int		 number;
	const char	*text;
	const char	*word[STORY_WORDS];	/* with {…} filled in */
	bool		 quoted[STORY_WORDS];
	size_t		 n;
	const char	*block;		/* indented lines, or NULL */
};

struct story {
	struct world		 w;
	const char		*file;
	struct story_line	 line;
	struct story_name	 person[STORY_NAMES], ticket[STORY_NAMES];
	size_t			 npersons, ntickets;
	struct story_sent	 sent[STORY_MAILS];
	size_t			 nsent;
	int64_t			 last_row;	/* ids above are of this step */
	struct intake_result	 result;	/* of the last mail */
	const char		*raw;		/* that mail, */
	const char		*from;		/* its sender, */
	int64_t			 uid;		/* and its item */
	const char		*refused;	/* what the last deed was told */
	const char		*secret[STORY_NAMES];
	size_t			 nsecrets;
	int			 nletters;	/* written so far */
	int			 expected;	/* expectations met */
	bool			 said;		/* where it failed */
	bool			 done;		/* it did not */
};

/* Tell the story of a file, as a cmocka test: *state is its path. */
void	story_tell(void **state);
int	story_close(void **state);	/* its teardown */

#endif
