/* mail - what a mail says: raw bytes in, struct mail out.
 *
 * This is the struct that crosses every border: the parser child fills it,
 * mail_json carries it, desk/ decides on it, `campusdesk parse` prints it
 * (contract §3; the fields marked "internal" are ours beside the contract).
 *
 * Text        valid UTF-8, no NUL, no controls but TAB and LF, lines end in LF
 * Lists       count 0 and a NULL array: none
 * Absent      a NULL pointer is "there is none"
 * Ownership   everything lives in the arena given; no pointer into raw
 * Pure        no I/O, no clock, no globals; time and memory bounded by limits
 * Sources     RFC 5322, 2045-2049, 2231, 3676, 6532; engineering.md §2 */
#ifndef PARSERS_MAIL_H
#define PARSERS_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"

enum mail_kind {
	MAIL_PERSON, MAIL_AUTO_REPLY, MAIL_BOUNCE, MAIL_BULK, MAIL_LOOP,
	MAIL_RECEIPT, MAIL_ABUSE_REPORT, MAIL_UNREADABLE, MAIL_NKIND
};
enum mail_span_kind {
	SPAN_NEW, SPAN_QUOTED, SPAN_SIGNATURE, SPAN_FORWARDED,
	SPAN_BOILERPLATE, SPAN_COMMAND, SPAN_NKIND
};
enum mail_encoding {
	ENC_7BIT, ENC_8BIT, ENC_BINARY, ENC_QP, ENC_BASE64, ENC_UU, ENC_NENC
};

struct mail_address {
	const char	*name;		/* NULL: none */
	const char	*address;	/* as written; NULL: none usable */
};
struct mail_addresses {
	struct mail_address	*v;
	size_t			 n;
};
struct mail_strings {
	const char	**v;
	size_t		 n;
};
struct mail_span {
	enum mail_span_kind	kind;
	size_t			offset, length;		/* bytes of text */
};
struct mail_command {
	const char	*verb;		/* known verb, lower case */
	const char	*args;		/* "" when there are none */
};
struct mail_attachment {
	const char		*name;		/* safe file name; NULL: none */
	const char		*type;		/* "image/png", lower case */
	size_t			 size;		/* bytes, decoded */
	char			 sha256[65];	/* hex, of the decoded bytes */
	bool			 is_inline;
	const char		*content_id;	/* without <> */
	size_t			 offset, length;	/* encoded bytes in raw */
	enum mail_encoding	 encoding;
};
struct mail_bounced {
	const char	*address;
	const char	*action;	/* failed delayed delivered relayed expanded */
	const char	*status;	/* "5.1.1"; NULL unknown */
	const char	*diagnostic;
};
struct mail_bounce {
	const char		*original_message_id;
	struct mail_bounced	*v;
	size_t			 n;
};
struct mail_forwarded {
	struct mail_address	 from;
	const char		*subject;
	int64_t			 date_ms;
	bool			 has_date;
};

/* Internal: the trace block in the order of the header, top first, as far as
 * it matters to trust (design §8); at most 60 entries. */
enum mail_trace_kind { TRACE_RECEIVED, TRACE_AUTHRES };
struct mail_authres {		/* one result of RFC 8601 */
	const char	*method;	/* "dmarc" "spf" "dkim" "auth", lower */
	const char	*result;	/* "pass" "fail" "none" …, lower */
	/* what it speaks of: header.from (dmarc), header.d (dkim),
	 * smtp.mailfrom or smtp.helo (spf), smtp.auth (auth); NULL none */
	const char	*property;
};
struct mail_trace {
	enum mail_trace_kind	 kind;
	const char		*by;	/* Received: the "by" host, lower case;
					 * A-R: the authserv-id, NULL when it
					 * has none (m365) */
	struct mail_authres	*results;
	size_t			 n;
};

struct mail {
	struct mail_address	 from;
	struct mail_addresses	 reply_to, to, cc;
	const char		*subject;
	int64_t			 date_ms;
	bool			 has_date;
	const char		*message_id;	/* all ids without <> */
	struct mail_strings	 in_reply_to, references;
	const char		*text;		/* never NULL; may be "" */
	const char		*reply;		/* never NULL; may be "" */
	struct mail_span	*spans;
	size_t			 nspans;
	struct mail_command	*commands;
	size_t			 ncommands;
	struct mail_attachment	*attachments;
	size_t			 nattachments;
	enum mail_kind		 kind;
	const char		*because;	/* never NULL */
	struct mail_bounce	*bounce;
	struct mail_forwarded	*forwarded;
	int64_t			 ticket;	/* by form only; 0: none */
	struct mail_strings	 warnings;

	/* internal */
	struct mail_strings	 recipients;	/* addresses of Delivered-To,
						 * X-Original-To, To, Cc; where
						 * a token may stand */
	struct mail_strings	 our_ids;	/* Message-IDs of our form found
						 * anywhere a client keeps them,
						 * newest first */
	int64_t			 subject_ticket;	/* [#N]; 0 none */
	unsigned		 from_count;	/* From addresses in all From
						 * headers; 1 is sound */
	bool			 duplicate_headers;	/* From, Subject,
						 * Message-ID … twice */
	bool			 null_return_path;	/* Return-Path: <> */
	bool			 auto_generated;	/* Auto-Submitted says
						 * auto-generated */
	const char		*list_id;
	const char		*spam;		/* the header that says spam */
	const char		*loop_id;	/* X-Campusdesk-Loop value */
	struct mail_strings	 near_commands;	/* top lines that look like a
						 * command but name none */
	bool			 note_marker;	/* !note on a line of its own
						 * anywhere, or "note:" first */
	struct mail_trace	*trace;
	size_t			 ntrace;
	size_t			 header_length;	/* bytes of the header block
						 * with its blank line */
};

struct mail_limits {
	size_t	mail;		/* bytes, whole mail */
	size_t	header;		/* bytes, header block */
	size_t	header_field;	/* bytes, one field */
	size_t	fields;		/* number of header fields */
	size_t	comments;	/* "(" in one field */
	size_t	depth;		/* multipart and message levels */
	size_t	parts;
	size_t	text;		/* bytes of text kept */
	size_t	html;		/* bytes of HTML read */
};
extern const struct mail_limits mail_limits_default;

/* 0 and *mail_out: read (kind may be MAIL_UNREADABLE, warnings say why).
 * -1: the arena or memory ran out (ERR_RETRY), or raw is larger than
 * limits->mail (ERR_INPUT). */
int	mail_parse(struct slice raw, const struct mail_limits *limits,
	    struct arena *arena, struct mail **mail_out, struct err *err);
/* Only the header block, for a mail that is too large or could not be read:
 * text "", kind MAIL_UNREADABLE unless the header shows a machine's mail, which
 * nobody answers. header may be cut anywhere. */
int	mail_parse_header(struct slice header, struct arena *arena,
	    struct mail **mail_out, struct err *err);

/* The words of contract §3 and back; parse: false when not one of them. */
const char *mail_kind_name(enum mail_kind kind);
bool	mail_kind_parse(const char *name, enum mail_kind *kind_out);
const char *mail_span_name(enum mail_span_kind kind);
bool	mail_span_parse(const char *name, enum mail_span_kind *kind_out);
const char *mail_encoding_name(enum mail_encoding enc);
bool	mail_encoding_parse(const char *name, enum mail_encoding *enc_out);

#endif
