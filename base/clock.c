#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static pthread_once_t offset_once = PTHREAD_ONCE_INIT;
static int64_t offset_ms;

static void
offset_read(void)
{
	const char *s = getenv("CAMPUSDESK_CLOCK_OFFSET");

	if (s != NULL)
		offset_ms = (int64_t)strtoll(s, NULL, 10) * 1000;
}

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_now_ms(void)
{
	pthread_once(&offset_once, offset_read);
	return read_clock(CLOCK_REALTIME) + offset_ms;
}

int64_t
clock_mono_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

void
clock_sleep_ms(int64_t ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) == -1 && errno == EINTR)
		;
}

/* Whole seconds and the milliseconds left over, also before 1970. */
static int64_t
split(int64_t ms, int *rest_out)
{
	int64_t s = ms / 1000;

	*rest_out = (int)(ms % 1000);
	if (*rest_out < 0) {
		*rest_out += 1000;
		s--;
	}
	return s;
}

static void
break_down(int64_t ms, struct tm *tm, int *rest)
{
	/* years 0001 to 9999: what four digits can say */
	const int64_t lo = -62135596800000, hi = 253402300799999;
	time_t t;

	ms = ms < lo ? lo : ms > hi ? hi : ms;
	t = (time_t)split(ms, rest);
	gmtime_r(&t, tm);
}

/* YYYY-MM-DDTHH:MM:SS, always four digits of the year: strftime gives fewer
 * for the years before 1000. */
static int
put_seconds(const struct tm *tm, char out[CLOCK_TEXT_MAX])
{
	const unsigned year = (unsigned)(tm->tm_year + 1900) % 10000;
	const struct { char between; unsigned value; } t[] = {
		{ '\0', year / 100 }, { '\0', year % 100 },
		{ '-', (unsigned)tm->tm_mon + 1 }, { '-', (unsigned)tm->tm_mday },
		{ 'T', (unsigned)tm->tm_hour }, { ':', (unsigned)tm->tm_min },
		{ ':', (unsigned)tm->tm_sec },
	};
	int n = 0;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		if (t[i].between != '\0')
			out[n++] = t[i].between;
		out[n++] = (char)('0' + t[i].value / 10 % 10);
		out[n++] = (char)('0' + t[i].value % 10);
	}
	out[n] = '\0';
	return n;
}

char *
clock_rfc3339(int64_t ms, char out[CLOCK_TEXT_MAX])
{
	struct tm tm;
	int rest, n;

	break_down(ms, &tm, &rest);
	n = put_seconds(&tm, out);
	memcpy(out + n, "Z", 2);
	return out;
}

char *
clock_rfc3339_ms(int64_t ms, char out[CLOCK_TEXT_MAX])
{
	struct tm tm;
	int rest, n;

	break_down(ms, &tm, &rest);
	n = put_seconds(&tm, out);
	snprintf(out + n, CLOCK_TEXT_MAX - (size_t)n, ".%03dZ", rest % 1000);
	return out;
}

int64_t
clock_days(int64_t year, int month, int day)
{
	/* years run from March, so that the leap day is the last of all */
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void
clock_local(int64_t ms, int64_t *day_out, int *second_out)
{
	struct tm tm = { .tm_mday = 1, .tm_year = 70 };
	int rest;
	time_t t = (time_t)split(ms, &rest);

	localtime_r(&t, &tm);
	*day_out = clock_days((int64_t)tm.tm_year + 1900, tm.tm_mon + 1,
	    tm.tm_mday);
	*second_out = tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec;
}

char *
clock_local_text(int64_t ms, char out[CLOCK_TEXT_MAX])
{
	struct tm tm = { .tm_mday = 1, .tm_year = 70 };
	int rest;
	time_t t = (time_t)split(ms, &rest);

	localtime_r(&t, &tm);
	put_seconds(&tm, out);
	out[strlen("YYYY-MM-DD")] = ' ';
	return out;
}

int64_t
clock_local_ms(int64_t day, int second)
{
	struct tm tm = {
		.tm_year = 70, .tm_mday = 1 + (int)day,
		.tm_hour = second / 3600, .tm_min = second / 60 % 60,
		.tm_sec = second % 60, .tm_isdst = -1,
	};

	return (int64_t)mktime(&tm) * 1000;
}

int
clock_weekday(int64_t day)
{
	return (int)(((day + 3) % 7 + 7) % 7);	/* 1970-01-01: Thursday */
}

char *
clock_day_text(int64_t day, char out[CLOCK_TEXT_MAX])
{
	struct tm tm;
	int rest;

	break_down(day * 86400000, &tm, &rest);
	snprintf(out, CLOCK_TEXT_MAX, "%04u-%02u-%02u",
	    (unsigned)(tm.tm_year + 1900) % 10000,
	    (unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100);
	return out;
}
