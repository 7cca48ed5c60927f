/* clock - wall time for what is stored, monotonic time for intervals (I10).
 *
 * Wall time is milliseconds since the epoch, UTC, shifted by the environment
 * variable CAMPUSDESK_CLOCK_OFFSET (seconds, signed; read once). */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_TEXT_MAX 32	/* bytes, with the NUL */

int64_t	clock_now_ms(void);
int64_t	clock_mono_ms(void);	/* never goes back; for waits and deadlines */
void	clock_sleep_ms(int64_t ms);

/* RFC 3339 UTC, whole seconds: "2026-11-22T10:00:00Z"; out is returned. */
char	*clock_rfc3339(int64_t ms, char out[CLOCK_TEXT_MAX]);
/* The same with milliseconds, for log lines. */
char	*clock_rfc3339_ms(int64_t ms, char out[CLOCK_TEXT_MAX]);
/* Days since 1970-01-01 of a proleptic Gregorian date; month 1..12. */
int64_t	clock_days(int64_t year, int month, int day);

/* ---- in the process's time zone (TZ) ---- */

/* The day since 1970-01-01, and the second of it, that clocks show at ms. */
void	clock_local(int64_t ms, int64_t *day_out, int *second_out);
/* "2026-11-22 10:00:00"; out is returned. */
char	*clock_local_text(int64_t ms, char out[CLOCK_TEXT_MAX]);
/* When clocks show that second (0 to 86400) of that day; a second that is
 * skipped in spring is taken as the one an hour later, in autumn the first of
 * two alike may be either. */
int64_t	clock_local_ms(int64_t day, int second);
/* 0 Monday … 6 Sunday. */
int	clock_weekday(int64_t day);
/* "2026-11-22" of such a day. */
char	*clock_day_text(int64_t day, char out[CLOCK_TEXT_MAX]);

#endif
