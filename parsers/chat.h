/* chat - one happening in a chat room, whatever the system: what the parsers of
 * chat systems make of hostile JSON, and desk/chat_intake decides on.
 *
 * Ids, texts and names are clean UTF-8 without controls (texts keep LF and
 * TAB), bounded, and never NULL but where it says so. */
#ifndef PARSERS_CHAT_H
#define PARSERS_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHAT_ID_MAX	255		/* bytes of an id */
#define CHAT_TEXT_MAX	((size_t)64 * 1024)	/* bytes of a text */
#define CHAT_FILES_MAX	10		/* of one happening */

enum chat_what {
	CHAT_SAYS,
	CHAT_EDITS,		/* target says text now */
	CHAT_TAKES_BACK,	/* target is gone: words, or a mark */
	CHAT_MARKS,		/* target, with mark */
	CHAT_UNMARKS,		/* the same mark of the same person is gone */
	/* about the room */
	CHAT_ENCRYPTED,		/* words that we cannot read */
	CHAT_ROOM_ENCRYPTED,	/* from now on */
	CHAT_ROOM_REPLACED,	/* by the room target */
	CHAT_ROOM_JOINED,	/* we are in */
	CHAT_ROOM_LEFT		/* we are out: text says why */
};

struct chat_file {
	const char	*name, *type;
	const char	*url;		/* where the door has it; "" unreadable */
	int64_t		 size;		/* as they say; 0 unknown */
};

struct chat_event {
	enum chat_what	 what;
	const char	*id;		/* unique for the door */
	const char	*room, *sender;
	const char	*root;		/* thread it stands in; NULL none */
	const char	*after;		/* what it answers; NULL */
	const char	*target;	/* NULL none */
	const char	*text;		/* "" none */
	const char	*mark;		/* emoji without U+FE0F; NULL */
	const char	*post;		/* of ours: the id we gave it; NULL */
	bool		 automatic;	/* a program says so */
	bool		 action;	/* "/me" */
	int64_t		 time_ms;
	struct chat_file *files;
	size_t		 nfiles;
};

#endif
