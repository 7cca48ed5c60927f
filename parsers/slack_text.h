/* slack_text - text between Slack's notation and ours.
 *
 * in     &amp; &lt; &gt;  <@U1>  <@U1|name>  <#C1|name>  <!here>  <url|label>
 * out    & < > are written as &amp; &lt; &gt;, so that nothing in it is a
 *        mention, a channel call or a link with another label
 * marks  names of reactions, and the characters they stand for */
#ifndef PARSERS_SLACK_TEXT_H
#define PARSERS_SLACK_TEXT_H

#include "base/arena.h"
#include "base/buf.h"

/* What a person reads there; valid UTF-8, at most max bytes; "" without
 * memory. */
const char *slack_text_in(struct arena *arena, struct slice text, size_t max);
void	slack_text_out(struct buf *out, struct slice text);

/* "eyes" is the character; others ":name:"; skin tones are left out. */
const char *slack_mark_in(struct arena *arena, const char *name);
/* The name of a character that we put on messages; NULL: none of ours. */
const char *slack_mark_out(const char *mark);

#endif
