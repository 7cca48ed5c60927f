/* leaf - the parts of a mail that hold no others, as one of two readers sees
 * them: ours, and GMime (theirs.c is the only file that sees it).
 *
 * Order       as in the mail; the parts of an attached message come behind it,
 *             one level deeper
 * Ownership   everything in the arena */
#ifndef TESTS_DIFF_LEAF_H
#define TESTS_DIFF_LEAF_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "parsers/mail.h"

#define LEAF_MAX	3000
#define LEAF_MESSAGES	4	/* messages in messages */

struct leaf {
	const char	*type;		/* lower case */
	const char	*name;		/* safe file name; NULL none */
	size_t		 level;		/* of messages in messages */
	struct slice	 bytes;		/* decoded */
	struct slice	 header, body;	/* raw; ours only */
	enum mail_encoding encoding;	/* ours only */
	const char	*charset;	/* as declared; NULL none */
	struct slice	 text;		/* as UTF-8; p NULL: no text, or
					 * theirs: not valid in its charset */
	bool		 is_message;
	bool		 is_empty;	/* a multipart without parts */
};

struct leaves {
	struct leaf	*v;
	size_t		 n;
	bool		 cut;		/* limits, ours or theirs */
	bool		 odd;		/* ours: a multipart's delimiters are */
	bool		 malformed;	/* theirs: GMime warns */
	struct slice	 letter;	/* theirs: the plain text to read */
	bool		 letter_html;	/* some of it would be HTML */
	bool		 letter_flowed;
};

/* 0; -1: not read at all. */
int	ours_read(struct slice raw, struct arena *arena, struct leaves *out);
void	theirs_start(void);
int	theirs_read(struct slice raw, struct arena *arena, struct leaves *out);

struct leaf *leaf_add(struct leaves *leaves, struct arena *arena);

#endif
