/* imap - an IMAP client session: libetpan's protocol layer over our own stream
 * (base/netstream): certificates verified, deadlines absolute, bytes counted,
 * cancellable. The only module that sees libetpan's IMAP.
 *
 * Deadlines   every call has one (server.h says where; limits say how long)
 * Errors      ERR_RETRY: connection or server trouble, reconnect later; the
 *             session is then dead. ERR_INPUT: configuration (wrong password,
 *             no such folder, certificate not trusted, no STARTTLS)
 * Text        folder names are UTF-8 and sent as modified UTF-7
 * Threads     one session, one thread */
#ifndef BASE_IMAP_H
#define BASE_IMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blob.h"
#include "base/err.h"
#include "base/server.h"

struct imap;

struct imap_folder {
	int64_t	uidvalidity, uidnext, exists;
};
struct imap_info {		/* what is learnt before a body is fetched */
	int64_t	uid, size, internal_ms;
	bool	seen, deleted;
};

/* Connect, TLS, log in. stop_fd becomes readable to cancel; -1: none. server
 * need not outlive the call. */
int	imap_open(const struct server *server, int stop_fd,
	    struct imap **imap_out, struct err *err);
void	imap_close(struct imap **imap);			/* NULL-safe */
int	imap_select(struct imap *imap, const char *folder,
	    struct imap_folder *folder_out, struct err *err);
/* Does folder exist, or can it be made? (after = "move:FOLDER") */
int	imap_ensure_folder(struct imap *imap, const char *folder,
	    struct err *err);
/* Every message with UID >= first: fn in order of UID, each once. fn != 0 ends
 * it and is returned. */
int	imap_list(struct imap *imap, int64_t first,
	    int (*fn)(const struct imap_info *info, void *arg), void *arg,
	    struct err *err);
/* What became of a body that was asked for. */
enum imap_body {
	IMAP_BODY_HERE,		/* blob is it, and the callee's */
	IMAP_BODY_GONE,		/* expunged meanwhile */
	IMAP_BODY_LARGE,	/* longer than max, whatever its size said */
	IMAP_BODY_REFUSED	/* the server will not give this one */
};
/* Bodies of these (in order of UID), several sets in flight. body is told of
 * each as its set is complete, in order of UID; what the server refused in a
 * set comes after the others. body != 0 ends it: -1, err untouched, session
 * dead. max: bytes of one body; header_only: BODY.PEEK[HEADER], cut at max. */
int	imap_fetch(struct imap *imap, const struct imap_info *infos, size_t n,
	    size_t max, bool header_only,
	    int (*body)(int64_t uid, enum imap_body what, struct blob *blob,
	    void *arg), void *arg, struct err *err);
int	imap_mark_seen(struct imap *imap, const int64_t *uids, size_t n,
	    struct err *err);
int	imap_move(struct imap *imap, const int64_t *uids, size_t n,
	    const char *folder, struct err *err);
/* For good. 1 they are gone, 0 they are marked as deleted and the server takes
 * them away later (it knows no UIDPLUS), -1. */
int	imap_delete(struct imap *imap, const int64_t *uids, size_t n,
	    struct err *err);
bool	imap_has_idle(struct imap *imap);
/* Wait for news or until ms (at most 10 minutes) have passed or stop_fd: 1
 * news, 0 none, -1. */
int	imap_idle(struct imap *imap, int64_t ms, struct err *err);
/* After stop_fd: what is still said to the server takes ms at most. imap_idle
 * does this by itself when stop_fd ends it. */
#define IMAP_FINISH_MS	1500
void	imap_finish(struct imap *imap, int64_t ms);
bool	imap_dead(const struct imap *imap);	/* reconnect */
int	imap_noop(struct imap *imap, struct err *err);
/* Message-IDs (without <>; NULL none) of all messages, for reconcile. fn as in
 * imap_list. */
int	imap_message_ids(struct imap *imap,
	    int (*fn)(int64_t uid, const char *message_id, void *arg), void *arg,
	    struct err *err);

#endif
