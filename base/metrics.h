/* metrics - what a process counts of itself, and the text that Prometheus reads
 * (its exposition format 0.0.4). One table a process, like the log.
 *
 * Bounded    METRICS_MAX series; further ones are not counted
 * Threads    any */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdint.h>

#include "base/buf.h"

#define METRICS_MAX		256
#define METRICS_LABELS_MAX	160	/* bytes of one series' labels */

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_SECONDS };

struct metric {			/* a constant: its address is its identity */
	enum metric_type	 type;
	const char		*name, *help;
};

/* labels as metrics_label made them; "" none. */
void	metrics_add(const struct metric *metric, const char *labels,
	    int64_t n);
void	metrics_set(const struct metric *metric, const char *labels,
	    int64_t value);
/* METRIC_SECONDS: something took so long. */
void	metrics_took(const struct metric *metric, const char *labels,
	    int64_t ms);
/* All series, family by family. */
void	metrics_write(struct buf *out);

/* name="value", appended; behind a comma when there is something before. */
void	metrics_label(struct buf *labels, const char *name,
	    const char *value);
/* A line of a family that is in no table: HELP and TYPE, or one value. */
void	metrics_head(struct buf *out, const struct metric *metric);
void	metrics_line(struct buf *out, const struct metric *metric,
	    const char *labels, int64_t value);

#endif
