#include <string.h>

#include "base/text.h"
#include "desk/route.h"

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

/* Does word stand in text, not as a part of another word? */
static bool
has_word(struct slice text, const char *word)
{
	const char *end = text.p + text.len, *hit;
	size_t n = strlen(word);

	if (n == 0)
		return false;
	for (;;) {
		hit = text_ifind(text, word);
		if (hit == NULL)
			return false;
		if ((hit == text.p || !is_word(hit[-1])) &&
		    (hit + n == end || !is_word(hit[n])))
			return true;
		text.p = hit + 1;
		text.len = (size_t)(end - text.p);
	}
}

static const struct settings_category *
by_keyword(const struct settings *s, const struct mail *mail,
    const char **word_out)
{
	struct slice subject = slice_of(mail->subject == NULL ? "" :
	    mail->subject);
	struct slice text = slice_of(mail->reply);
	size_t i, j;

	text.len = text.len < 8192 ? text.len : 8192;
	for (i = 0; i < s->ncategories; i++)
		for (j = 0; j < s->categories[i].keywords.n; j++) {
			*word_out = s->categories[i].keywords.v[j];
			if (has_word(subject, *word_out) ||
			    has_word(text, *word_out))
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
	c = by_keyword(s, mail, &word);
	if (c != NULL) {
		*because_out = arena_printf(desk->arena, "keyword %s", word);
		return c->name;
	}
	*because_out = "default";
	return s->default_category;
}
