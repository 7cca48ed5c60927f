#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

#undef err_set		/* the analyzer's, see err.h */
#undef err_prefix

/* Make one safe line of what was formatted: no controls, no cut character. */
static void
tidy(char *msg, size_t size)
{
	size_t len = strlen(msg), i;

	for (i = 0; i < len; i++)
		if ((unsigned char)msg[i] < 0x20 || msg[i] == 0x7f)
			msg[i] = '?';
	if (len + 1 < size)
		return;
	while (len > 0 && ((unsigned char)msg[len - 1] & 0xc0) == 0x80)
		len--;
	if (len > 0 && ((unsigned char)msg[len - 1] & 0x80) != 0)
		len--;
	msg[len] = '\0';
}

int
err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return -1;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	tidy(err->msg, sizeof err->msg);
	return -1;
}

int
err_prefix(struct err *err, const char *fmt, ...)
{
	char old[ERR_MSG_MAX], head[ERR_MSG_MAX];
	va_list ap;

	if (err == NULL)
		return -1;
	memcpy(old, err->msg, sizeof old);
	va_start(ap, fmt);
	vsnprintf(head, sizeof head, fmt, ap);
	va_end(ap);
	return err_set(err, err->code, "%s: %s", head, old);
}
