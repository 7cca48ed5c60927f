/* token - the two things that travel with what we send (design §8).
 *
 * Message-ID    campusdesk.TICKET.ITEM.MAC@domain: says that we wrote it and on
 *               which ticket; threads, proves nobody. MAC: 16 base32 letters
 *               (80 bits) of HMAC(message-id key, ticket key | item). Rows
 *               about no ticket have TICKET 0 and key 0.
 * Reply token   26 base32 letters: item (40 bits) and 88 bits of HMAC(reply
 *               key, ticket key | person | item); lower case; read in any.
 * item is the outbox id. Both are made with the newest key, read with any.
 * Pure: the caller looks up the ticket key; nothing here touches the store. */
#ifndef DESK_TOKEN_H
#define DESK_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/secret.h"
#include "base/slice.h"

#define TOKEN_REPLY_LEN		26	/* letters */
#define TOKEN_ID_MAX		320	/* bytes, with the NUL */
#define TOKEN_DAYS		90

/* Without <>. */
char	*token_message_id(const struct secret *secret, uint64_t ticket_key,
	    int64_t ticket, int64_t item, const char *domain,
	    char out[TOKEN_ID_MAX]);
/* Form only: does id look like ours? Then its numbers. */
bool	token_message_id_read(struct slice id, int64_t *ticket_out,
	    int64_t *item_out);
/* And is its MAC right for the ticket of that key, under any of our keys? */
bool	token_message_id_check(const struct secret *secret, struct slice id,
	    uint64_t ticket_key);

char	*token_reply(const struct secret *secret, uint64_t ticket_key,
	    int64_t person, int64_t item, char out[TOKEN_REPLY_LEN + 1]);
bool	token_reply_read(struct slice token, int64_t *item_out);
bool	token_reply_check(const struct secret *secret, struct slice token,
	    uint64_t ticket_key, int64_t person);

/* X-Campusdesk-Loop: 26 letters over the outbox item; the same reading. */
char	*token_loop(const struct secret *secret, int64_t item,
	    char out[TOKEN_REPLY_LEN + 1]);
bool	token_loop_check(const struct secret *secret, struct slice value);

#endif
