#include <stdio.h>

#include "base/text.h"
#include "parsers/bounce_status.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits at p: 1 to 3, else 0. */
static size_t
digits(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && n < 4 && is_digit(p[n]))
		n++;
	return n <= 3 ? n : 0;
}

/* Length of an x.y.z at p, or 0. */
static size_t
code_at(const char *p, const char *end)
{
	size_t a, b;

	if (end - p < 5 || (*p != '2' && *p != '4' && *p != '5') ||
	    p[1] != '.')
		return 0;
	a = digits(p + 2, end);
	if (a == 0 || p + 2 + a >= end || p[2 + a] != '.')
		return 0;
	b = digits(p + 3 + a, end);
	if (b == 0)
		return 0;
	p += 3 + a + b;
	/* a fourth number makes it an address, not a code */
	if (p < end && (is_digit(*p) || text_is_alnum(*p)))
		return 0;
	if (p + 1 < end && *p == '.' && is_digit(p[1]))
		return 0;
	return 3 + a + b;
}

bool
bounce_status_find(struct slice s, char out[BOUNCE_STATUS_MAX])
{
	const char *p, *end;
	bool found = false;
	size_t n;

	if (s.len == 0)
		return false;
	end = s.p + s.len;
	for (p = s.p; p < end; p++) {
		if (p > s.p && (text_is_alnum(p[-1]) || p[-1] == '.'))
			continue;
		n = code_at(p, end);
		if (n == 0)
			continue;
		if (!found || strcmp(out + 1, ".0.0") == 0) {
			memcpy(out, p, n);
			out[n] = '\0';
			found = true;
		}
		if (strcmp(out + 1, ".0.0") != 0)
			return true;
		p += n - 1;
	}
	return found;
}

/* What servers say, and the code they should have said. In order: the more
 * telling words first. */
static const struct phrase {
	const char	*words;
	const char	*status;
} phrases[] = {
	{ "mailbox full", "5.2.2" }, { "mailbox is full", "5.2.2" },
	{ "mailfolder is full", "5.2.2" }, { "over quota", "5.2.2" },
	{ "overquota", "5.2.2" }, { "quota exceed", "5.2.2" },
	{ "exceeded quota", "5.2.2" }, { "exceeding their quota", "5.2.2" },
	{ "exceeded storage", "5.2.2" }, { "over disk quota", "5.2.2" },
	{ "quota violation", "5.2.2" }, { "disk quota", "5.2.2" },
	{ "mailbox exceeds allowed size", "5.2.2" },
	{ "mailbox size limit", "5.2.2" }, { "mailbox quota", "5.2.2" },
	{ "storage allocation", "5.2.2" }, { "full mailbox", "5.2.2" },
	{ "exceeds the quota", "5.2.2" }, { "quota is full", "5.2.2" },
	{ "recipient's mailbox exceeded", "5.2.2" },
	{ "messages in recipient's mailbox", "5.2.2" },
	{ "mailbox space not enough", "5.2.2" }, { "voll", "5.2.2" },
	{ "has been disabled", "5.2.1" }, { "account disabled", "5.2.1" },
	{ "mailbox disabled", "5.2.1" }, { "is disabled", "5.2.1" },
	{ "account is inactive", "5.2.1" }, { "inactive user", "5.2.1" },
	{ "mailbox is inactive", "5.2.1" }, { "suspended", "5.2.1" },
	{ "has not been collected", "5.2.1" },
	{ "message size exceeds", "5.3.4" }, { "mail size limit", "5.3.4" },
	{ "message too large", "5.3.4" }, { "message too big", "5.3.4" },
	{ "size limit", "5.3.4" }, { "exceeds the maximum", "5.3.4" },
	{ "exceeds maximum", "5.3.4" }, { "too large", "5.3.4" },
	{ "too many hops", "5.4.6" }, { "mail loop", "5.4.6" },
	{ "message looping", "5.4.6" }, { "hop count exceeded", "5.4.6" },
	{ "mail forwarding loop", "5.4.6" }, { "loops back", "5.4.6" },
	{ "host unknown", "5.1.2" }, { "unknown host", "5.1.2" },
	{ "domain does not exist", "5.1.2" }, { "host not found", "5.1.2" },
	{ "name service error", "5.1.2" }, { "no such domain", "5.1.2" },
	{ "couldn't find any host", "5.1.2" }, { "nxdomain", "5.1.2" },
	{ "could not find a gateway", "5.1.2" }, { "dns error", "5.1.2" },
	{ "domain not found", "5.1.2" }, { "unrouteable", "5.1.2" },
	{ "unroutable", "5.1.2" }, { "unknown domain", "5.1.2" },
	{ "nullmx", "5.1.10" },
	{ "user unknown", "5.1.1" }, { "unknown user", "5.1.1" },
	{ "no such user", "5.1.1" }, { "no mailbox here", "5.1.1" },
	{ "unknown recipient", "5.1.1" }, { "recipient unknown", "5.1.1" },
	{ "invalid recipient", "5.1.1" }, { "no such recipient", "5.1.1" },
	{ "invalid mailbox", "5.1.1" }, { "user not found", "5.1.1" },
	{ "user not known", "5.1.1" }, { "addressee unknown", "5.1.1" },
	{ "unknown or illegal user", "5.1.1" }, { "no such mailbox", "5.1.1" },
	{ "mailbox unavailable", "5.1.1" }, { "mailbox not found", "5.1.1" },
	{ "recipient name is not recognized", "5.1.1" },
	{ "not listed in", "5.1.1" }, { "not a valid", "5.1.1" },
	{ "invalid final delivery userid", "5.1.1" },
	{ "doesn't have a", "5.1.1" }, { "does not exist", "5.1.1" },
	{ "doesn't exist", "5.1.1" }, { "no such person", "5.1.1" },
	{ "no such address", "5.1.1" }, { "not known here", "5.1.1" },
	{ "unknown address", "5.1.1" }, { "address unknown", "5.1.1" },
	{ "no longer valid", "5.1.1" }, { "no longer active", "5.1.1" },
	{ "recipient not found", "5.1.1" }, { "wasn't found", "5.1.1" },
	{ "address rejected", "5.1.1" }, { "unknown local", "5.1.1" },
	{ "recipient rejected", "5.1.1" }, { "no account", "5.1.1" },
	{ "unbekannt", "5.1.1" }, { "inconnu", "5.1.1" },
	{ "desconocido", "5.1.1" }, { "sconosciuto", "5.1.1" },
	{ "virus", "5.7.0" },
	{ "relay", "5.7.1" }, { "access denied", "5.7.1" },
	{ "spam", "5.7.1" }, { "blacklist", "5.7.1" },
	{ "blocklist", "5.7.1" }, { "blocked", "5.7.1" },
	{ "policy", "5.7.1" }, { "not permitted", "5.7.1" },
	{ "not accepting mail from", "5.7.1" }, { "permission", "5.7.1" },
	{ "not allowed", "5.7.1" }, { "not authorized", "5.7.1" },
	{ "sender was rejected", "5.7.1" }, { "prohibited", "5.7.1" },
	{ "connection timed out", "4.4.1" }, { "timed out", "4.4.1" },
	{ "connection refused", "4.4.1" }, { "smtp connection", "4.4.1" },
	{ "queue too long", "4.4.7" }, { "retry timeout", "4.4.7" },
	{ "did not respond", "4.4.1" }, { "unavailable or busy", "4.4.1" },
	{ "maximum delivery attempts", "4.4.7" },
	{ "could not be delivered within", "4.4.7" },
	{ "command died", "5.3.0" }, { "system error", "5.3.0" },
	{ "local error", "5.3.0" }, { "rejected", "5.7.1" },
};

/* A reply of a server: 4xx or 5xx that starts a word; 0: none. */
static int
reply_code(struct slice s)
{
	const char *p, *end;

	if (s.len < 3)
		return 0;
	end = s.p + s.len;
	for (p = s.p; end - p >= 3; p++) {
		if ((*p != '4' && *p != '5') || !is_digit(p[1]) ||
		    !is_digit(p[2]) || p[1] > '7')
			continue;
		if (p > s.p && (text_is_alnum(p[-1]) || p[-1] == '.' ||
		    p[-1] == '-' || p[-1] == '@' || p[-1] == '/' ||
		    p[-1] == '+' || p[-1] == ','))
			continue;
		if (p + 3 < end && p[3] != ' ' && p[3] != '-' &&
		    p[3] != '\n' && p[3] != ']' && p[3] != ')' &&
		    p[3] != ';' && p[3] != ',' && p[3] != ':')
			continue;
		return (p[0] - '0') * 100 + (p[1] - '0') * 10 + p[2] - '0';
	}
	return 0;
}

bool
bounce_status_guess(struct slice s, char out[BOUNCE_STATUS_MAX])
{
	int code;
	size_t i;

	out[0] = '\0';
	if (bounce_status_find(s, out) && strcmp(out + 1, ".0.0") != 0)
		return true;
	code = reply_code(s);
	for (i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
		if (text_ifind(s, phrases[i].words) != NULL)
			break;
	if (i < sizeof phrases / sizeof phrases[0] && out[0] == '\0') {
		snprintf(out, BOUNCE_STATUS_MAX, "%s", phrases[i].status);
		if (code != 0)
			out[0] = (char)('0' + code / 100);
	} else if (out[0] == '\0' && code != 0) {
		snprintf(out, BOUNCE_STATUS_MAX, "%d.0.0", code / 100);
	}
	return out[0] != '\0';
}
