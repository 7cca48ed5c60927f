#include <string.h>

#include "base/casefold.h"
#include "base/text.h"
#include "base/utf8.h"
#include "desk/route.h"

#define TEXT_MAX	8192	/* bytes of a mail that keywords are looked for in */

struct slice
route_subaddress(const struct settings *settings, const char *address)
{
	const char *plus = strchr(address, '+'), *at = strrchr(address, '@');

	if (plus == NULL || at == NULL || plus > at ||
	    !settings_is_ours(settings, address))
		return (struct slice){ "", 0 };
	return (struct slice){ plus + 1, (size_t)(at - plus - 1) };
}

static const struct settings_category *
by_address(const struct settings *s, const struct mail *mail)
{
	size_t i, j;

	for (i = 0; i < mail->recipients.n; i++)
		for (j = 0; j < s->ncategories; j++)
			if (s->categories[j].address[0] != '\0' &&
			    text_ieq(slice_of(mail->recipients.v[i]),
			    slice_of(s->categories[j].address)))
				return &s->categories[j];
	return NULL;
}

static const struct settings_category *
by_subaddress(const struct settings *s, const struct mail *mail)
{
	size_t i, j;

	for (i = 0; i < mail->recipients.n; i++) {
		struct slice sub = route_subaddress(s, mail->recipients.v[i]);

		for (j = 0; sub.len > 0 && j < s->ncategories; j++)
			if (text_ieq(sub, slice_of(s->categories[j].name)))
				return &s->categories[j];
	}
	return NULL;
}

/* A letter or digit of a word, or any byte of a longer UTF-8 character. */
static bool
is_word(char c)
{
	return text_is_alnum(c) || ((unsigned char)c & 0x80) != 0;
}

/* Does word stand in text, not as a part of another word? Both are folded. */
static bool
has_word(struct slice text, struct slice word)
{
	const char *end = text.p + text.len, *hit;

	if (word.len == 0)
		return false;
	for (;;) {
		hit = memmem(text.p, text.len, word.p, word.len);
		if (hit == NULL)
			return false;
		if ((hit == text.p || !is_word(hit[-1])) &&
		    (hit + word.len == end || !is_word(hit[word.len])))
			return true;
		text.p = hit + 1;
		text.len = (size_t)(end - text.p);
	}
}

/* Subject and the first of what is new, as they are compared. */
static struct slice
folded_words(struct desk *desk, const struct mail *mail)
{
	size_t len = strlen(mail->reply);
	struct slice folded;

	folded = casefold(desk->arena, slice_of(arena_printf(desk->arena,
	    "%s\n%.*s", mail->subject == NULL ? "" : mail->subject,
	    (int)(len > TEXT_MAX ? utf8_cut(mail->reply, len, TEXT_MAX) :
	    len), mail->reply)));
	return folded.p == NULL ? (struct slice){ "", 0 } : folded;
}

static const struct settings_category *
by_keyword(struct desk *desk, const struct mail *mail, const char **word_out)
{
	const struct settings *s = desk->settings;
	struct slice text = folded_words(desk, mail);
	size_t i, j;

	for (i = 0; i < s->ncategories; i++)
		for (j = 0; j < s->categories[i].keywords.n; j++) {
			*word_out = s->categories[i].keywords.v[j];
			if (has_word(text, casefold(desk->arena,
			    slice_of(*word_out))))
				return &s->categories[i];
		}
	return NULL;
}

const char *
route_category(struct desk *desk, const struct settings_mailbox *mailbox,
    const struct mail *mail, const char **because_out)
{
	const struct settings *s = desk->settings;
	const struct settings_category *c;
	const char *word;

	if (mailbox != NULL && mailbox->category[0] != '\0') {
		*because_out = "mailbox";
		return mailbox->category;
	}
	*because_out = "address";
	c = by_address(s, mail);
	if (c != NULL)
		return c->name;
	*because_out = "sub-address";
	c = by_subaddress(s, mail);
	if (c != NULL)
		return c->name;
	c = by_keyword(desk, mail, &word);
	if (c != NULL) {
		*because_out = arena_printf(desk->arena, "keyword %s", word);
		return c->name;
	}
	*because_out = "default";
	return s->default_category;
}

/* "r.B301": where the QR code of a room leads. */
static const struct location *
location_by_subaddress(struct desk *desk, const struct mail *mail)
{
	const struct location *found;
	size_t i;

	for (i = 0; i < mail->recipients.n; i++) {
		struct slice sub = route_subaddress(desk->settings,
		    mail->recipients.v[i]);

		if (sub.len < 3 || !text_ieq((struct slice){ sub.p, 2 },
		    slice_of("r.")))
			continue;
		found = locations_code(desk->settings->locations,
		    (struct slice){ sub.p + 2, sub.len - 2 }, desk->arena);
		if (found != NULL)
			return found;
	}
	return NULL;
}

const char *
route_location(struct desk *desk, const struct mail *mail,
    const char **because_out)
{
	const struct locations *all = desk->settings->locations;
	struct slice subject = slice_of(mail->subject == NULL ? "" :
	    mail->subject);
	const struct location *found = location_by_subaddress(desk, mail);

	*because_out = "sub-address";
	if (found == NULL) {
		*because_out = "subject";
		found = locations_find(all, subject, slice_of(""), desk->arena);
	}
	if (found == NULL) {
		*because_out = "text";
		found = locations_find(all, slice_of(mail->reply),
		    slice_of(""), desk->arena);
	}
	return found == NULL ? "" : found->code;
}
