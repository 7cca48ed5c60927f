#include "base/text.h"
#include "base/utf8.h"
#include "parsers/authres.h"

struct scan {
	const char	*p, *end;
	bool		 broken;	/* unclosed comment or quoted string */
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* [CFWS]; comments nest and may hold quoted pairs. */
static void
skip_cfws(struct scan *s)
{
	size_t depth = 0;

	for (; s->p < s->end; s->p++) {
		if (*s->p == '(')
			depth++;
		else if (depth > 0 && *s->p == ')')
			depth--;
		else if (depth > 0 && *s->p == '\\' && s->p + 1 < s->end)
			s->p++;
		else if (depth == 0 && !is_space(*s->p))
			return;
	}
	if (depth > 0)
		s->broken = true;
}

/* A run of characters that are not blanks, ";", "(" or one of stop. */
static struct slice
take_word(struct scan *s, const char *stop)
{
	const char *start = s->p;

	while (s->p < s->end && !is_space(*s->p) && *s->p != ';' &&
	    *s->p != '(' && strchr(stop, *s->p) == NULL && *s->p != '"')
		s->p++;
	return (struct slice){ start, (size_t)(s->p - start) };
}

static void
skip_quoted(struct scan *s)
{
	for (s->p++; s->p < s->end; s->p++) {
		if (*s->p == '\\' && s->p + 1 < s->end)
			s->p++;
		else if (*s->p == '"') {
			s->p++;
			return;
		}
	}
	s->broken = true;
}

/* value, or [[local-part] "@"] domain-name; quoted strings may be part of it. A
 * value that is one quoted string is given without its quotes. */
static struct slice
take_value(struct scan *s)
{
	struct slice v = { NULL, 0 };
	bool quoted = false;

	skip_cfws(s);
	v.p = s->p;
	while (s->p < s->end && !is_space(*s->p) && *s->p != ';' &&
	    *s->p != '(') {
		if (*s->p == '"') {
			quoted = s->p == v.p;
			skip_quoted(s);
		} else {
			quoted = false;
			s->p++;
		}
	}
	v.len = (size_t)(s->p - v.p);
	if (quoted && v.len >= 2)
		v = (struct slice){ v.p + 1, v.len - 2 };
	return v;
}

static bool
take_char(struct scan *s, char c)
{
	skip_cfws(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static const char *
lower_copy(struct slice s, struct arena *arena)
{
	struct slice copy = utf8_clean_line(arena, s.p, s.len);
	char *p;
	size_t i;

	if (copy.p == NULL)
		return NULL;
	p = arena_strndup(arena, copy.p, copy.len);
	if (p == NULL)
		return NULL;
	for (i = 0; i < copy.len; i++)
		p[i] = text_lower(p[i]);
	return p;
}

/* Which property tells whom a method speaks of, the best first. */
static const struct speaks_of {
	const char	*method, *property;
} speaks_of[] = {
	{ "dmarc", "header.from" },
	{ "dkim", "header.d" }, { "dkim", "header.i" },
	{ "spf", "smtp.mailfrom" }, { "spf", "smtp.mail" },
	{ "spf", "smtp.helo" },
	{ "auth", "smtp.auth" }, { "auth", "smtp.mailfrom" },
	{ "iprev", "policy.iprev" }, { "compauth", "header.from" },
	{ "arc", "header.oldest-pass" },
};
#define NPROPERTY (sizeof speaks_of / sizeof speaks_of[0])

struct seen {
	struct slice	value[NPROPERTY];
	bool		doubtful[NPROPERTY];
};

static void
note_property(struct seen *seen, struct slice method, struct slice key,
    struct slice value)
{
	size_t i;

	for (i = 0; i < NPROPERTY; i++) {
		if (!text_ieq(method, slice_of(speaks_of[i].method)) ||
		    !text_ieq(key, slice_of(speaks_of[i].property)))
			continue;
		if (seen->value[i].p != NULL &&
		    !text_ieq(seen->value[i], value))
			seen->doubtful[i] = true;
		seen->value[i] = value;
	}
}

static const char *
best_property(const struct seen *seen, struct arena *arena)
{
	size_t i;

	for (i = 0; i < NPROPERTY; i++) {
		struct slice v = seen->value[i];
		const char *at;

		if (v.p == NULL || v.len == 0)
			continue;
		if (seen->doubtful[i])
			return NULL;
		/* header.i is an address, of which only the domain counts */
		at = memchr(v.p, '@', v.len);
		if (strcmp(speaks_of[i].property, "header.i") == 0 &&
		    at != NULL)
			v = (struct slice){ at + 1,
			    (size_t)(v.p + v.len - at - 1) };
		return v.len == 0 ? NULL :
		    arena_slice(arena, utf8_clean_line(arena, v.p, v.len)).p;
	}
	return NULL;
}

/* reason=…, ptype.property=…, and what M365 adds ("action=none"). */
static bool
parse_properties(struct scan *s, struct slice method, struct seen *seen)
{
	for (;;) {
		struct slice ptype, property, key;

		skip_cfws(s);
		if (s->p == s->end || *s->p == ';')
			return !s->broken;
		ptype = take_word(s, "=.");
		key = ptype;
		skip_cfws(s);
		if (s->p < s->end && *s->p == '.') {
			s->p++;
			skip_cfws(s);
			property = take_word(s, "=");
			key.len = (size_t)(property.p + property.len - key.p);
			if (property.len == 0)
				return false;
		}
		if (ptype.len == 0 || !take_char(s, '='))
			return false;
		note_property(seen, method, key, take_value(s));
		if (s->broken)
			return false;
	}
}

/* method [ "/" version ] "=" result, and what follows up to ";". */
static bool
parse_result(struct scan *s, struct arena *arena, struct mail_authres *out)
{
	struct seen seen = { 0 };
	struct slice method, result;

	method = take_word(s, "=/");
	if (method.len == 0)
		return false;
	if (take_char(s, '/')) {
		skip_cfws(s);
		if (take_word(s, "=").len == 0)
			return false;
	}
	if (!take_char(s, '='))
		return false;
	skip_cfws(s);
	result = take_word(s, "=");
	if (result.len == 0 || !parse_properties(s, method, &seen))
		return false;
	out->method = lower_copy(method, arena);
	out->result = lower_copy(result, arena);
	out->property = best_property(&seen, arena);
	return out->method != NULL && out->result != NULL;
}

/* authserv-id [ version ]; none when the first thing is "method=result". */
static bool
parse_id(struct scan *s, struct arena *arena, const char **id_out)
{
	const char *start;
	struct slice id;
	bool quoted;

	skip_cfws(s);
	start = s->p;
	quoted = s->p < s->end && *s->p == '"';
	id = quoted ? take_value(s) : take_word(s, "=");
	skip_cfws(s);
	if (!quoted && s->p < s->end && (*s->p == '=' ||
	    memchr(id.p, '/', id.len) != NULL)) {
		s->p = start;
		return true;
	}
	if (id.len == 0 || s->broken)
		return false;
	if (s->p < s->end && *s->p != ';') {		/* version */
		uint64_t version;

		if (!text_u64(take_word(s, ""), &version))
			return false;
		skip_cfws(s);
	}
	if (s->p < s->end && *s->p != ';')
		return false;
	*id_out = lower_copy(id, arena);
	return *id_out != NULL;
}

static bool
parse_results(struct scan *s, struct arena *arena,
    struct mail_authres *results, size_t *n_out)
{
	size_t n = 0;

	while (s->p < s->end) {
		const char *start;

		skip_cfws(s);
		if (s->p < s->end && *s->p == ';') {
			s->p++;
			continue;
		}
		if (s->p == s->end)
			break;
		start = s->p;
		if (slice_is(take_word(s, "="), "none")) {
			skip_cfws(s);
			if (s->p == s->end || *s->p == ';')
				continue;
		}
		s->p = start;
		if (n == AUTHRES_RESULTS_MAX ||
		    !parse_result(s, arena, &results[n]))
			return false;
		n++;
	}
	*n_out = n;
	return !s->broken;
}

bool
authres_parse(struct slice value, struct arena *arena,
    struct mail_trace *trace_out)
{
	struct scan s = { value.p, value.p + value.len, false };
	struct mail_authres results[AUTHRES_RESULTS_MAX];
	size_t n = 0;

	*trace_out = (struct mail_trace){ .kind = TRACE_AUTHRES };
	if (!parse_id(&s, arena, &trace_out->by) ||
	    !parse_results(&s, arena, results, &n))
		return false;
	if (n == 0)
		return true;
	trace_out->results = arena_calloc(arena, n, sizeof results[0]);
	if (trace_out->results == NULL)
		return false;
	memcpy(trace_out->results, results, n * sizeof results[0]);
	trace_out->n = n;
	return true;
}

const char *
authres_received_by(struct slice value, struct arena *arena)
{
	struct scan s = { value.p, value.p + value.len, false };
	bool first = true;

	for (;;) {
		struct slice word;

		skip_cfws(&s);
		if (s.p == s.end)
			return NULL;
		word = take_word(&s, "");
		if (word.len == 0) {
			s.p++;		/* ";" or a quote */
			continue;
		}
		/* the name that follows "from" is the sender's own word */
		if (first && text_ieq(word, SLICE_LIT("from"))) {
			skip_cfws(&s);
			take_word(&s, "");
		} else if (text_ieq(word, SLICE_LIT("by"))) {
			skip_cfws(&s);
			word = take_word(&s, "");
			while (word.len > 0 && word.p[word.len - 1] == '.')
				word.len--;
			return word.len == 0 ? NULL : lower_copy(word, arena);
		}
		first = false;
	}
}

void
authres_read(struct mail *mail, const struct header_list *headers,
    struct arena *arena)
{
	struct mail_trace *trace;
	size_t i, n = 0;

	trace = arena_calloc(arena, AUTHRES_MAX, sizeof *trace);
	for (i = 0; trace != NULL && i < headers->n && n < AUTHRES_MAX; i++) {
		const struct header_field *f = &headers->v[i];

		if (text_ieq(f->name, SLICE_LIT("Received"))) {
			trace[n++] = (struct mail_trace){
			    .kind = TRACE_RECEIVED,
			    .by = authres_received_by(f->value, arena) };
		} else if (text_ieq(f->name,
		    SLICE_LIT("Authentication-Results"))) {
			(void)authres_parse(f->value, arena, &trace[n]);
			n++;
		}
	}
	mail->trace = trace;
	mail->ntrace = n;
}
