#include <assert.h>
#include <stdio.h>

#include "base/crypt.h"
#include "base/text.h"
#include "desk/token.h"

#define ID_PREFIX	"campusdesk."
#define ID_MAC		10	/* bytes, of the MAC in a Message-ID */
#define ID_MAC_LEN	16	/* letters */
#define ITEM_BYTES	5	/* of the item in a reply token */
#define TOKEN_BYTES	16	/* item and MAC */

static void
put_be(unsigned char *out, size_t n, uint64_t v)
{
	while (n > 0) {
		out[--n] = (unsigned char)(v & 0xff);
		v >>= 8;
	}
}

/* What is signed: up to three numbers of 64 bits. */
static void
mac_of(struct slice key, const uint64_t *v, size_t n,
    unsigned char out[CRYPT_SHA256])
{
	unsigned char data[3 * 8];
	size_t i;

	assert(n <= 3);
	for (i = 0; i < n; i++)
		put_be(data + i * 8, 8, v[i]);
	crypt_hmac(key, (struct slice){ (const char *)data, n * 8 }, out);
}

/* Is mac right under any of our keys? Tries all: no time tells which. */
static bool
mac_holds(const struct secret *secret, enum secret_purpose purpose,
    const uint64_t *v, size_t n, const unsigned char *mac, size_t len)
{
	unsigned char right[CRYPT_SHA256];
	bool holds = false;
	int i;

	for (i = 0; i < secret_count(secret); i++) {
		mac_of(secret_key(secret, i, purpose), v, n, right);
		if (crypt_equal(right, mac, len))
			holds = true;
	}
	return holds;
}

/* ---- Message-ID ---- */

struct id_parts {
	uint64_t	ticket, item;
	unsigned char	mac[ID_MAC];
};

/* The digits up to the next dot; *rest moves behind it. */
static bool
number_before_dot(struct slice *rest, uint64_t *value_out)
{
	const char *dot = memchr(rest->p, '.', rest->len);
	struct slice digits = { rest->p, 0 };

	if (dot == NULL)
		return false;
	digits.len = (size_t)(dot - rest->p);
	if (!text_u64(digits, value_out) || *value_out > INT64_MAX)
		return false;
	rest->p += digits.len + 1;
	rest->len -= digits.len + 1;
	return true;
}

static bool
id_read(struct slice id, struct id_parts *parts_out)
{
	struct id_parts parts;
	struct slice rest = id;

	if (id.len >= TOKEN_ID_MAX || !text_istarts(id, ID_PREFIX))
		return false;
	rest.p += sizeof ID_PREFIX - 1;
	rest.len -= sizeof ID_PREFIX - 1;
	if (!number_before_dot(&rest, &parts.ticket) ||
	    !number_before_dot(&rest, &parts.item))
		return false;
	if (rest.len < ID_MAC_LEN + 2 || rest.p[ID_MAC_LEN] != '@')
		return false;
	rest.len = ID_MAC_LEN;
	if (crypt_unbase32(rest, parts.mac, ID_MAC) != ID_MAC)
		return false;
	*parts_out = parts;
	return true;
}

char *
token_message_id(const struct secret *secret, uint64_t ticket_key,
    int64_t ticket, int64_t item, const char *domain, char out[TOKEN_ID_MAX])
{
	const uint64_t v[] = { ticket_key, (uint64_t)item };
	unsigned char mac[CRYPT_SHA256];
	char letters[ID_MAC_LEN + 1];

	assert(ticket >= 0 && item >= 0);
	mac_of(secret_key(secret, 0, SECRET_MESSAGE_ID), v, 2, mac);
	crypt_base32(mac, ID_MAC, letters);
	snprintf(out, TOKEN_ID_MAX, ID_PREFIX "%lld.%lld.%s@%s",
	    (long long)ticket, (long long)item, letters, domain);
	return out;
}

bool
token_message_id_read(struct slice id, int64_t *ticket_out,
    int64_t *item_out)
{
	struct id_parts parts;

	if (!id_read(id, &parts))
		return false;
	*ticket_out = (int64_t)parts.ticket;
	*item_out = (int64_t)parts.item;
	return true;
}

bool
token_message_id_check(const struct secret *secret, struct slice id,
    uint64_t ticket_key)
{
	struct id_parts parts;
	uint64_t v[2];

	if (!id_read(id, &parts))
		return false;
	v[0] = ticket_key;
	v[1] = parts.item;
	return mac_holds(secret, SECRET_MESSAGE_ID, v, 2, parts.mac, ID_MAC);
}

/* ---- Reply token, and the loop header, which has its form ---- */

static char *
letters_make(struct slice key, const uint64_t *v, size_t n, int64_t item,
    char out[TOKEN_REPLY_LEN + 1])
{
	unsigned char bytes[TOKEN_BYTES], mac[CRYPT_SHA256];

	assert(item >= 0 && item >> (8 * ITEM_BYTES) == 0);
	put_be(bytes, ITEM_BYTES, (uint64_t)item);
	mac_of(key, v, n, mac);
	memcpy(bytes + ITEM_BYTES, mac, TOKEN_BYTES - ITEM_BYTES);
	crypt_base32(bytes, sizeof bytes, out);
	return out;
}

static bool
letters_read(struct slice token, unsigned char bytes[TOKEN_BYTES],
    int64_t *item_out)
{
	int64_t item = 0;
	int i;

	if (token.len != TOKEN_REPLY_LEN ||
	    crypt_unbase32(token, bytes, TOKEN_BYTES) != TOKEN_BYTES)
		return false;
	for (i = 0; i < ITEM_BYTES; i++)
		item = item << 8 | bytes[i];
	*item_out = item;
	return true;
}

char *
token_reply(const struct secret *secret, uint64_t ticket_key, int64_t person,
    int64_t item, char out[TOKEN_REPLY_LEN + 1])
{
	const uint64_t v[] = { ticket_key, (uint64_t)person, (uint64_t)item };

	return letters_make(secret_key(secret, 0, SECRET_REPLY), v, 3, item,
	    out);
}

bool
token_reply_read(struct slice token, int64_t *item_out)
{
	unsigned char bytes[TOKEN_BYTES];

	return letters_read(token, bytes, item_out);
}

bool
token_reply_check(const struct secret *secret, struct slice token,
    uint64_t ticket_key, int64_t person)
{
	unsigned char bytes[TOKEN_BYTES];
	uint64_t v[] = { ticket_key, (uint64_t)person, 0 };
	int64_t item;

	if (!letters_read(token, bytes, &item))
		return false;
	v[2] = (uint64_t)item;
	return mac_holds(secret, SECRET_REPLY, v, 3, bytes + ITEM_BYTES,
	    TOKEN_BYTES - ITEM_BYTES);
}

char *
token_loop(const struct secret *secret, int64_t item,
    char out[TOKEN_REPLY_LEN + 1])
{
	const uint64_t v[] = { (uint64_t)item };

	return letters_make(secret_key(secret, 0, SECRET_LOOP), v, 1, item,
	    out);
}

bool
token_loop_check(const struct secret *secret, struct slice value)
{
	unsigned char bytes[TOKEN_BYTES];
	uint64_t v[1];
	int64_t item;

	if (!letters_read(value, bytes, &item))
		return false;
	v[0] = (uint64_t)item;
	return mac_holds(secret, SECRET_LOOP, v, 1, bytes + ITEM_BYTES,
	    TOKEN_BYTES - ITEM_BYTES);
}
