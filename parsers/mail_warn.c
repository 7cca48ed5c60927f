#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"
#include "parsers/mail_body.h"

void
mail_warn(struct mail *mail, struct arena *arena, const char *fmt, ...)
{
	struct mail_strings *w = &mail->warnings;
	char line[400];
	struct slice s;
	va_list ap;
	size_t i;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	for (i = 0; i < w->n; i++)
		if (slice_is(slice_of(line), w->v[i]))
			return;
	if (w->n >= MAIL_WARNINGS_MAX)
		return;
	if (w->v == NULL)
		w->v = arena_calloc(arena, MAIL_WARNINGS_MAX, sizeof *w->v);
	s = utf8_clean_line(arena, line, strlen(line));
	if (w->v != NULL && s.p != NULL)
		w->v[w->n++] = s.p;
}
