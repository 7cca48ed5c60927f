#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "webview/peers.h"

/* As 16 bytes, IPv4 mapped. */
static bool
parse(struct slice text, unsigned char out[16], bool *is_v4_out)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char name[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof name)
		return false;
	memcpy(name, text.p, text.len);
	name[text.len] = '\0';
	*is_v4_out = strchr(name, ':') == NULL;
	if (!*is_v4_out)
		return inet_pton(AF_INET6, name, out) == 1;
	memcpy(out, mapped, sizeof mapped);
	return inet_pton(AF_INET, name, out + sizeof mapped) == 1;
}

static bool
same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	unsigned mask = 0xff00u >> rest & 0xff;

	return memcmp(a, b, whole) == 0 &&
	    (rest == 0 || (a[whole] & mask) == (b[whole] & mask));
}

static bool
lies_in(const char *network, const unsigned char address[16])
{
	const char *slash = strchr(network, '/');
	struct slice base = { network, slash == NULL ? strlen(network) :
	    (size_t)(slash - network) };
	unsigned char net[16];
	uint64_t bits = 128;
	bool is_v4;

	if (!parse(base, net, &is_v4))
		return false;
	if (slash != NULL) {
		if (!text_u64(slice_of(slash + 1), &bits) ||
		    bits > (is_v4 ? 32 : 128))
			return false;
		bits += is_v4 ? 96 : 0;
	}
	return same_bits(net, address, (unsigned)bits);
}

bool
peers_have(const struct strings *networks, struct slice address)
{
	unsigned char bytes[16];
	bool is_v4;

	if (!parse(address, bytes, &is_v4))
		return false;
	for (size_t i = 0; i < networks->n; i++)
		if (lies_in(networks->v[i], bytes))
			return true;
	return false;
}

bool
peers_forwarded(const char *field, struct slice *address_out)
{
	const char *comma = strrchr(field, ',');
	struct slice last = text_trim(slice_of(comma == NULL ? field :
	    comma + 1));

	if (last.len == 0)
		return false;
	*address_out = last;
	return true;
}
