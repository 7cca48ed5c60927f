/* log - one line a happening: time level component message key=value…
 *
 * Where      standard error; logfmt or JSON (contract §8)
 * Safety     every value is escaped: nothing foreign can end a line, start a
 *            key, or reach a terminal as a control sequence
 * Who        only daemon/, webview/, cli/ log; parsers, db, desk and
 *            templates return errors (style habit 15)
 * Threads    any; a line is one write(2) */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* A key and its value; made by the macros below, ended by LOG_END. */
struct log_field {
	const char	*key;
	const char	*text;		/* NULL: number */
	int64_t		 number;
};

#define LOG_S(k, v)	((struct log_field){ (k), (v) == NULL ? "" : (v), 0 })
#define LOG_N(k, v)	((struct log_field){ (k), NULL, (int64_t)(v) })

void	log_setup(enum log_level least, bool json);
/* "debug", "info", "warn", "error"; false: none of them. */
bool	log_level_parse(const char *name, enum log_level *level_out);
void	log_write(enum log_level level, const char *component,
	    const char *message, const struct log_field *fields, int nfields);

/* log_at(LOG_INFO, "smtp", "sent", LOG_N("ticket", 1042), LOG_S("to", a)); */
#define log_at(level, component, message, ...)				\
	log_write((level), (component), (message),			\
	    (const struct log_field[]){ __VA_ARGS__ },			\
	    (int)(sizeof((const struct log_field[]){ __VA_ARGS__ }) /	\
	    sizeof(struct log_field)))
/* The same without fields. */
#define log_msg(level, component, message)				\
	log_write((level), (component), (message), (void *)0, 0)

#endif
