#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "desk/hours.h"
#include "desk/settings_check.h"

#define ZONES		"/usr/share/zoneinfo/"
#define NAME_MAX_BYTES	60
#define ATEXT		"!#$%&'*+-/=?^_`{|}~."

static struct slice
upto(const char *text, size_t len)
{
	return (struct slice){ text, len };
}

/* ---- hosts, addresses ---- */

/* Labels of letters, digits and hyphens between dots. */
static bool
is_domain(struct slice s)
{
	size_t i, label = 0;

	if (s.len == 0 || s.len > 253)
		return false;
	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '.') {
			if (label == 0 || s.p[i - 1] == '-')
				return false;
			label = 0;
		} else if (text_is_alnum(s.p[i]) || s.p[i] == '_' ||
		    (s.p[i] == '-' && label > 0)) {
			if (++label > 63)
				return false;
		} else {
			return false;
		}
	}
	return label > 0 && s.p[s.len - 1] != '-';
}

static bool
is_ip(struct slice s)
{
	unsigned char bytes[16];
	char host[64];

	if (s.len == 0 || s.len >= sizeof host)
		return false;
	snprintf(host, sizeof host, "%.*s", (int)s.len, s.p);
	return inet_pton(AF_INET, host, bytes) == 1 ||
	    inet_pton(AF_INET6, host, bytes) == 1;
}

bool
check_is_loopback(const char *host)
{
	unsigned char bytes[16];
	static const unsigned char one[16] = { [15] = 1 };

	if (text_ieq(slice_of(host), SLICE_LIT("localhost")))
		return true;
	if (inet_pton(AF_INET, host, bytes) == 1)
		return bytes[0] == 127;
	return inet_pton(AF_INET6, host, bytes) == 1 &&
	    memcmp(bytes, one, sizeof one) == 0;
}

static bool
is_local_part(struct slice s)
{
	size_t i;

	if (s.len == 0 || s.len > 64 || s.p[0] == '.' ||
	    s.p[s.len - 1] == '.')
		return false;
	for (i = 0; i < s.len; i++) {
		if (!text_is_alnum(s.p[i]) &&
		    (s.p[i] == '\0' || strchr(ATEXT, s.p[i]) == NULL))
			return false;
		if (s.p[i] == '.' && s.p[i + 1] == '.')
			return false;
	}
	return true;
}

const char *
check_address(const char *text)
{
	const char *at = strrchr(text, '@');

	if (at != NULL && is_local_part(upto(text, (size_t)(at - text))) &&
	    is_domain(slice_of(at + 1)))
		return NULL;
	return "not a mail address: NAME@DOMAIN would be right";
}

const char *
check_name(const char *text)
{
	if (strlen(text) > NAME_MAX_BYTES)
		return "too long: up to 60 bytes would be right";
	if (strpbrk(text, "<>@\"") != NULL)
		return "< > @ and quotes cannot stand in the name of a sender: "
		    "plain words would be right";
	return NULL;
}

const char *
check_domain(const char *text)
{
	return is_domain(slice_of(text)) ? NULL :
	    "not a host or domain name: one like campus.example would be right";
}

const char *
check_domain_or_user(const char *text)
{
	const char *at = strrchr(text, '@');

	if (strstr(text, "%u") != NULL && at != NULL &&
	    is_domain(slice_of(at + 1)))
		return NULL;
	return "not a pattern of addresses: \"%u@campus.example\" would be "
	    "right";
}

const char *
check_notify(const char *text)
{
	if (strcmp(text, "staff") == 0 || check_address(text) == NULL)
		return NULL;
	return "neither \"staff\" nor a mail address: one of them would be "
	    "right";
}

const char *
check_authserv(const char *text)
{
	return strpbrk(text, " ;\t\"()<>") == NULL ? NULL :
	    "not an authserv-id: a name like mail.campus.example, m365, gmail "
	    "or none would be right";
}

/* ---- URLs ---- */

/* HOST, HOST:PORT, [IPV6], [IPV6]:PORT; port_out stays when there is none. */
static const char *
split_host(struct slice s, struct slice *host_out, int *port_out)
{
	const char *colon, *close;
	struct slice port;
	uint64_t n;

	if (s.len > 0 && s.p[0] == '[') {
		close = memchr(s.p, ']', s.len);
		if (close == NULL || !is_ip(upto(s.p + 1,
		    (size_t)(close - s.p) - 1)))
			return "not an IPv6 address between [ and ]: [::1] "
			    "would be right";
		*host_out = upto(s.p + 1, (size_t)(close - s.p) - 1);
		port = upto(close + 1, s.len - (size_t)(close + 1 - s.p));
		colon = port.len > 0 && *port.p == ':' ? port.p : NULL;
		if (port.len > 0 && colon == NULL)
			return "something between ] and the end of the host: "
			    "[::1]:993 would be right";
	} else {
		colon = s.len == 0 ? NULL : memchr(s.p, ':', s.len);
		*host_out = upto(s.p, colon == NULL ? s.len :
		    (size_t)(colon - s.p));
		if (!is_domain(*host_out))
			return "not a host name: mail.campus.example or an IP "
			    "address would be right";
	}
	if (colon == NULL)
		return NULL;
	port = upto(colon + 1, s.len - (size_t)(colon + 1 - s.p));
	if (port.len > 5 || !text_u64(port, &n) || n < 1 || n > 65535)
		return "not a port: a number from 1 to 65535 would be right";
	*port_out = (int)n;
	return NULL;
}

/* The host part of scheme://host/…; {NULL,0} for another scheme. */
static struct slice
authority(const char *text, const char *scheme)
{
	size_t n = strlen(scheme);

	if (!text_istarts(slice_of(text), scheme))
		return (struct slice){ NULL, 0 };
	return upto(text + n, strcspn(text + n, "/?#"));
}

static const char *
check_http(const char *text, bool anywhere)
{
	struct slice host, all = authority(text, "https://");
	bool plain = all.p == NULL;
	const char *fault;
	char name[256];
	int port = 0;

	if (plain)
		all = authority(text, "http://");
	if (all.p == NULL || strpbrk(text, " \"<>\\") != NULL)
		return "not a web address: https://HOST/… would be right";
	if (memchr(all.p, '@', all.len) != NULL)
		return "a user in the address: https://HOST/… would be right";
	fault = split_host(all, &host, &port);
	if (fault != NULL)
		return fault;
	snprintf(name, sizeof name, "%.*s", (int)host.len, host.p);
	if (plain && !anywhere && !check_is_loopback(name))
		return "http:// only to a loopback address: https:// would be "
		    "right";
	return NULL;
}

const char *
check_web_url(const char *text)
{
	return check_http(text, true);
}

const char *
check_service_url(const char *text)
{
	return check_http(text, false);
}

const char *
check_store_url(const char *text)
{
	if (strncmp(text, "sqlite:", 7) == 0 && text[7] != '\0' &&
	    text[strlen(text) - 1] != '/')
		return NULL;
	return "not a store: \"sqlite:/var/lib/campusdesk/desk.db\" would be "
	    "right";
}

/* "%20" and the like. NULL: broken, or a control character. */
static const char *
percent_decode(const char *text, struct arena *arena)
{
	char *out = arena_strdup(arena, text), *to = out;
	static const char hex[] = "0123456789abcdef";
	const char *hi, *lo;

	if (out == NULL)
		return NULL;
	for (; *text != '\0'; text++, to++) {
		*to = *text;
		if (*text == '%') {
			hi = text[1] == '\0' ? NULL :
			    strchr(hex, text_lower(text[1]));
			lo = hi == NULL || text[2] == '\0' ? NULL :
			    strchr(hex, text_lower(text[2]));
			if (lo == NULL)
				return NULL;
			*to = (char)((hi - hex) * 16 + (lo - hex));
			text += 2;
		}
		if ((unsigned char)*to < 0x20 || *to == 0x7f)
			return NULL;
	}
	*to = '\0';
	return out;
}

static const char *
wrong_scheme(const char *scheme)
{
	return strcmp(scheme, "imap") == 0 ?
	    "not an IMAP address: imaps://HOST[:PORT]/FOLDER, or imap:// with "
	    "STARTTLS, would be right" :
	    "not an SMTP address: smtp://HOST[:PORT] with STARTTLS, or "
	    "smtps://, would be right";
}

static const char *
folder_fault(const char *rest, const char *scheme, struct arena *arena,
    const char **folder_out)
{
	const char *folder = *rest == '/' ? rest + 1 : rest;

	*folder_out = percent_decode(folder, arena);
	if (*folder_out == NULL)
		return "the folder's %XX is broken: %25 for a percent sign "
		    "would be right";
	if (strcmp(scheme, "imap") == 0 && **folder_out == '\0')
		return "no folder: imaps://HOST/INBOX would be right";
	if (strcmp(scheme, "smtp") == 0 && **folder_out != '\0')
		return "something after the host: smtp://HOST[:PORT] would be "
		    "right";
	return NULL;
}

const char *
check_server_url(const char *text, const char *scheme, int tls_port,
    int plain_port, struct arena *arena, struct server_place *place_out)
{
	struct server_place place = { 0 };
	struct slice all, host;
	const char *fault;
	char prefix[16];

	snprintf(prefix, sizeof prefix, "%ss://", scheme);
	all = authority(text, prefix);
	place.implicit_tls = all.p != NULL;
	if (all.p == NULL) {
		snprintf(prefix, sizeof prefix, "%s://", scheme);
		all = authority(text, prefix);
	}
	if (all.p == NULL)
		return wrong_scheme(scheme);
	if (memchr(all.p, '@', all.len) != NULL)
		return "a user in the address: user = \"…\" on a line of its "
		    "own would be right";
	place.port = place.implicit_tls ? tls_port : plain_port;
	fault = split_host(all, &host, &place.port);
	if (fault == NULL)
		fault = folder_fault(all.p + all.len, scheme, arena,
		    &place.folder);
	if (fault != NULL)
		return fault;
	place.host = arena_strndup(arena, host.p, host.len);
	*place_out = place;
	return NULL;
}

const char *
check_listen(const char *text)
{
	static const char *const right = "no place to listen: "
	    "\"127.0.0.1:8080\" or \"unix:/run/campusdesk/web.sock\" would be "
	    "right";
	struct slice host;
	int port = 0;

	if (strncmp(text, "unix:", 5) == 0)
		return text[5] != '/' || strlen(text + 5) > 107 ? right : NULL;
	if (split_host(slice_of(text), &host, &port) != NULL || port == 0)
		return right;
	return NULL;
}

const char *
check_network(const char *text)
{
	const char *slash = strchr(text, '/');
	size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	uint64_t bits, most = memchr(text, ':', len) != NULL ? 128 : 32;

	if (is_ip(upto(text, len)) && (slash == NULL ||
	    (text_u64(slice_of(slash + 1), &bits) && bits <= most)))
		return NULL;
	return "not an IP address: \"127.0.0.1\" or \"10.1.0.0/16\" would be "
	    "right";
}

const char *
check_login(const char *text)
{
	const char *name = text + 7;
	size_t i;

	if (strcmp(text, "link") == 0)
		return NULL;
	if (strncmp(text, "header:", 7) != 0 || *name == '\0')
		return "no way to log in: \"link\" or \"header:NAME\" would be "
		    "right";
	for (i = 0; name[i] != '\0'; i++)
		if (!text_is_alnum(name[i]) && name[i] != '-')
			return "not the name of a header: letters, digits and "
			    "hyphens would be right";
	return NULL;
}

const char *
check_base(const char *text)
{
	if (text[0] == '/' && strpbrk(text, " ?#\"<>\\%") == NULL &&
	    strstr(text, "//") == NULL && strstr(text, "..") == NULL)
		return NULL;
	return "not a path: \"/\" or \"/desk/\" would be right";
}

/* ---- the rest ---- */

const char *
check_locale(const char *text)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		if (!text_is_alnum(text[i]) && text[i] != '_')
			return "not a locale: one like en_US would be right";
	return NULL;
}

const char *
check_time_zone(const char *text)
{
	static const char *const right = "no such time zone here: a name of "
	    ZONES " like \"Europe/Berlin\" would be right";
	char path[256];
	struct stat st;
	size_t i;

	for (i = 0; text[i] != '\0'; i++)
		if (!text_is_alnum(text[i]) &&
		    strchr("_+-/", text[i]) == NULL)
			return right;
	if (text[0] == '/' || snprintf(path, sizeof path, ZONES "%s", text) >=
	    (int)sizeof path)
		return right;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? NULL : right;
}

const char *
check_chat(const char *text)
{
	if ((strncmp(text, "slack:", 6) == 0 && text[6] != '\0' &&
	    strpbrk(text + 6, " :") == NULL) ||
	    (strncmp(text, "matrix:", 7) == 0 &&
	    (text[7] == '!' || text[7] == '#') && strchr(text + 7, ' ') == NULL))
		return NULL;
	return "no chat room: \"slack:C0123456\" or "
	    "\"matrix:!room:campus.example\" would be right";
}

const char *
check_after(const char *text)
{
	if (strcmp(text, "seen") == 0 || strcmp(text, "keep") == 0 ||
	    (strncmp(text, "move:", 5) == 0 && text[5] != '\0'))
		return NULL;
	return "none of its words: \"seen\", \"keep\" or \"move:FOLDER\" would "
	    "be right";
}

static int
two_digits(const char *p)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return -1;
	return (p[0] - '0') * 10 + p[1] - '0';
}

const char *
check_days(const char *text)
{
	int first, last, from, to;

	return hours_parse(text, &first, &last, &from, &to);
}

const char *
check_date(const char *text)
{
	static const char *const right = "not a date: \"2026-12-25\" would be "
	    "right";
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
	    31 };
	int year, month, day;

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' ||
	    two_digits(text) == -1 || two_digits(text + 2) == -1)
		return right;
	year = two_digits(text) * 100 + two_digits(text + 2);
	month = two_digits(text + 5);
	day = two_digits(text + 8);
	if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return right;
	if (month == 2 && day == 29 && (year % 4 != 0 ||
	    (year % 100 == 0 && year % 400 != 0)))
		return right;
	return NULL;
}
