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

#endif
