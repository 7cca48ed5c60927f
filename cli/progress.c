#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/progress.h"

#define BAR		30	/* columns */
#define EVERY_MS	200

void
progress_start(struct progress *p, int64_t all)
{
	*p = (struct progress){ .shown = isatty(STDERR_FILENO), .all = all,
	    .started_ms = clock_mono_ms() };
}

void
progress_text(char out[PROGRESS_MAX], int64_t done, int64_t all,
    int64_t elapsed_ms, const char *label)
{
	int percent = all <= 0 || done >= all ? 100 :
	    (int)(done * 100 / all);
	int full = percent * BAR / 100;
	long long left = done <= 0 || done >= all ? 0 :
	    (long long)((double)elapsed_ms * (double)(all - done) /
	    (double)done / 1000);
	char bar[BAR + 1];

	memset(bar, ' ', BAR);
	memset(bar, '#', (size_t)full);
	bar[BAR] = '\0';
	if (left >= 120)
		snprintf(out, PROGRESS_MAX, "[%s] %3d %%  %s, %lld min", bar,
		    percent, label, left / 60);
	else
		snprintf(out, PROGRESS_MAX, "[%s] %3d %%  %s, %lld s", bar,
		    percent, label, left);
}

void
progress_at(struct progress *p, int64_t done, const char *label)
{
	int64_t now = clock_mono_ms();
	char text[PROGRESS_MAX];

	if (!p->shown || (p->drawn_ms != 0 && now - p->drawn_ms < EVERY_MS &&
	    done < p->all))
		return;
	p->drawn_ms = now;
	progress_text(text, done, p->all, now - p->started_ms, label);
	fprintf(stderr, "\r%s\033[K", text);
	fflush(stderr);
}

void
progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
