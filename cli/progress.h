/* progress - how far a long work is: a bar on standard error, when that is a
 * terminal; else nothing. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool		shown;
	int64_t		all;		/* of whatever is counted; 0: unknown */
	int64_t		started_ms, drawn_ms;	/* monotonic */
};

void	progress_start(struct progress *p, int64_t all);
/* done of all; label is shown behind: "1200 mails". Draws some times a second
 * at most. */
void	progress_at(struct progress *p, int64_t done, const char *label);
void	progress_end(struct progress *p);	/* the line is free again */
/* The bar as text, for 80 columns: "[#####     ]  50 %  1200 mails, 3 min". */
#define PROGRESS_MAX	128	/* bytes, with the NUL */
void	progress_text(char out[PROGRESS_MAX], int64_t done, int64_t all,
	    int64_t elapsed_ms, const char *label);

#endif
