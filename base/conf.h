/* conf - a configuration file read by tables: one row an option.
 *
 * Syntax      libconfig's, in one file (no @include); this is the only module
 *             that sees libconfig.h
 * Paths       "mailbox.inbox.imap"; "" is the whole file
 * Errors      ERR_INPUT and "FILE:LINE: what is wrong, and what would be right";
 *             a missing setting is reported at its group's line
 * Secrets     NAME in the file, or NAME-file naming a file that only its owner
 *             (and at most its group, reading) may touch; a configuration with
 *             an inline secret must itself be such a file; a file of that
 *             name in $CREDENTIALS_DIRECTORY (systemd.exec(5)) wins
 * Ownership   what is read lives in the arena given, not in struct conf
 * Bounded     1 MiB a file, 16 levels, 4 KiB a text, 1000 texts a list */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define CONF_TEXT_MAX	4096	/* bytes of one text or secret */

struct strings {		/* n 0: none, and v may be NULL */
	const char	**v;
	size_t		 n;
};

enum conf_type {		/* what the field of the target struct is */
	CONF_TEXT,		/* const char * */
	CONF_PATH,		/* const char *; relative to the file's folder */
	CONF_BOOL,		/* bool */
	CONF_NUMBER,		/* int or int64_t, by size */
	CONF_WORD,		/* bool, int or enum: which of words it is */
	CONF_LIST,		/* struct strings */
	CONF_SECRET,		/* const char *; "" when secrets are left */
	CONF_SECRET_PATH,	/* const char *: file that holds a secret */
	CONF_GROUP		/* none: read by a call of its own */
};

struct conf_row {
	const char	*name;
	enum conf_type	 type;
	size_t		 offset, size;	/* of the field: CONF_AT */
	bool		 required;
	const char	*fallback;	/* as in the file; lists: blank between;
					 * NULL: "", 0, false, none */
	int64_t		 min, max;	/* CONF_NUMBER */
	const char	*unit;		/* CONF_NUMBER: "seconds"; may be NULL */
	const char	*words;		/* CONF_WORD: "new all" */
	/* CONF_TEXT and each text of CONF_LIST, when not "": NULL when sound,
	 * else what is wrong, and what would be right. */
	const char	*(*fault)(const char *value);
	const char	*help;		/* what it is, and an example of it */
};

#define CONF_AT(type, field)						\
	.offset = offsetof(type, field), .size = sizeof(((type *)0)->field)

enum conf_secrets {
	CONF_SECRETS_READ,
	CONF_SECRETS_LEAVE,	/* not used: files named are not looked at */
	CONF_SECRETS_REFUSE	/* the same, and an inline one is an error */
};

struct conf;

int	conf_open(const char *file, enum conf_secrets secrets,
	    struct conf **conf_out, struct err *err);
void	conf_close(struct conf **conf);			/* NULL-safe */

/* Fill target from the group at path by its rows; what is absent gets its
 * fallback. The group itself may be absent: then each required row of it is
 * missing. */
int	conf_read(struct conf *conf, const char *path,
	    const struct conf_row *rows, size_t nrows, void *target,
	    struct arena *arena, struct err *err);
/* The fallbacks alone. false: no memory. */
bool	conf_defaults(const struct conf_row *rows, size_t nrows, void *target,
	    struct arena *arena);

bool	conf_has(const struct conf *conf, const char *path);
/* Settings inside the group at path, 0 when it is absent; and their names. */
size_t	conf_count(const struct conf *conf, const char *path);
const char *conf_name(const struct conf *conf, const char *path, size_t i);
/* ERR_INPUT at the line of path, or of the nearest group around it; -1. */
int	conf_fail(const struct conf *conf, const char *path, struct err *err,
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
