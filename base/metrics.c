#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/metrics.h"

static const int64_t bounds_ms[] = { 5, 10, 25, 50, 100, 250, 500, 1000,
    2500, 5000, 10000, 60000 };
#define NBOUNDS	((int)(sizeof bounds_ms / sizeof bounds_ms[0]))

struct series {
	const struct metric	*metric;
	char			 labels[METRICS_LABELS_MAX];
	int64_t			 value;		/* or how many in all */
	int64_t			 sum_ms, upto[NBOUNDS];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct series table[METRICS_MAX];
static int used;

/* Under the lock; NULL: the table is full. */
static struct series *
series_of(const struct metric *metric, const char *labels)
{
	struct series *s;

	for (int i = 0; i < used; i++)
		if (table[i].metric == metric &&
		    strcmp(table[i].labels, labels) == 0)
			return &table[i];
	if (used == METRICS_MAX || strlen(labels) >= METRICS_LABELS_MAX)
		return NULL;
	s = &table[used++];
	s->metric = metric;
	snprintf(s->labels, sizeof s->labels, "%s", labels);
	return s;
}

void
metrics_add(const struct metric *metric, const char *labels, int64_t n)
{
	struct series *s;

	pthread_mutex_lock(&lock);
	s = series_of(metric, labels);
	if (s != NULL)
		s->value += n;
	pthread_mutex_unlock(&lock);
}

void
metrics_set(const struct metric *metric, const char *labels, int64_t value)
{
	struct series *s;

	pthread_mutex_lock(&lock);
	s = series_of(metric, labels);
	if (s != NULL)
		s->value = value;
	pthread_mutex_unlock(&lock);
}

void
metrics_took(const struct metric *metric, const char *labels, int64_t ms)
{
	struct series *s;

	pthread_mutex_lock(&lock);
	s = series_of(metric, labels);
	for (int i = 0; s != NULL && i < NBOUNDS; i++)
		s->upto[i] += ms <= bounds_ms[i];
	if (s != NULL) {
		s->value++;
		s->sum_ms += ms;
	}
	pthread_mutex_unlock(&lock);
}

void
metrics_label(struct buf *labels, const char *name, const char *value)
{
	buf_addf(labels, "%s%s=\"", labels->len > 0 ? "," : "", name);
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			buf_addc(labels, '\\');
		if (*value == '\n')
			buf_adds(labels, "\\n");
		else
			buf_addc(labels, *value);
	}
	buf_addc(labels, '"');
}

void
metrics_head(struct buf *out, const struct metric *metric)
{
	static const char *const types[] = {
		[METRIC_COUNTER]	= "counter",
		[METRIC_GAUGE]		= "gauge",
		[METRIC_SECONDS]	= "histogram",
	};

	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name,
	    metric->help, metric->name, types[metric->type]);
}

void
metrics_line(struct buf *out, const struct metric *metric,
    const char *labels, int64_t value)
{
	if (labels[0] == '\0')
		buf_addf(out, "%s %" PRId64 "\n", metric->name, value);
	else
		buf_addf(out, "%s{%s} %" PRId64 "\n", metric->name, labels,
		    value);
}

static void
write_histogram(struct buf *out, const struct series *s)
{
	const char *name = s->metric->name, *comma;
	char braced[METRICS_LABELS_MAX + 2] = "";

	comma = s->labels[0] == '\0' ? "" : ",";
	if (s->labels[0] != '\0')
		snprintf(braced, sizeof braced, "{%s}", s->labels);
	for (int i = 0; i < NBOUNDS; i++)
		buf_addf(out, "%s_bucket{%s%sle=\"%g\"} %" PRId64 "\n", name,
		    s->labels, comma, (double)bounds_ms[i] / 1000,
		    s->upto[i]);
	buf_addf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRId64 "\n", name,
	    s->labels, comma, s->value);
	buf_addf(out, "%s_sum%s %" PRId64 ".%03d\n%s_count%s %" PRId64 "\n",
	    name, braced, s->sum_ms / 1000, (int)(s->sum_ms % 1000), name,
	    braced, s->value);
}

/* The series of one family stand together. */
static void
write_family(struct buf *out, int first)
{
	const struct metric *metric = table[first].metric;

	for (int i = 0; i < first; i++)
		if (table[i].metric == metric)
			return;
	metrics_head(out, metric);
	for (int i = first; i < used; i++) {
		if (table[i].metric != metric)
			continue;
		if (metric->type == METRIC_SECONDS)
			write_histogram(out, &table[i]);
		else
			metrics_line(out, metric, table[i].labels,
			    table[i].value);
	}
}

void
metrics_write(struct buf *out)
{
	pthread_mutex_lock(&lock);
	for (int i = 0; i < used; i++)
		write_family(out, i);
	pthread_mutex_unlock(&lock);
}
