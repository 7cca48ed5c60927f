#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/metrics.h"

static const struct metric mails = { METRIC_COUNTER, "x_mails_total",
    "Mails." };
static const struct metric up = { METRIC_GAUGE, "x_up", "Is it." };
static const struct metric took = { METRIC_SECONDS, "x_seconds", "Time." };

static void
test_text(void **state)
{
	struct buf label = BUF_INIT(1000), out = BUF_INIT(100000);
	char many[32];

	(void)state;
	metrics_label(&label, "mailbox", "in\"b\\o\nx");
	metrics_label(&label, "kind", "person");
	assert_string_equal(buf_str(&label),
	    "mailbox=\"in\\\"b\\\\o\\nx\",kind=\"person\"");
	metrics_add(&mails, "", 1);
	metrics_set(&up, "", 1);
	metrics_add(&mails, "a=\"b\"", 41);
	metrics_add(&mails, "a=\"b\"", 1);
	metrics_set(&up, "", 0);
	metrics_took(&took, "", 7);
	metrics_took(&took, "", 1500);
	metrics_took(&took, "", 600000);
	metrics_write(&out);
	assert_string_equal(buf_str(&out),
	    "# HELP x_mails_total Mails.\n# TYPE x_mails_total counter\n"
	    "x_mails_total 1\nx_mails_total{a=\"b\"} 42\n"
	    "# HELP x_up Is it.\n# TYPE x_up gauge\nx_up 0\n"
	    "# HELP x_seconds Time.\n# TYPE x_seconds histogram\n"
	    "x_seconds_bucket{le=\"0.005\"} 0\n"
	    "x_seconds_bucket{le=\"0.01\"} 1\n"
	    "x_seconds_bucket{le=\"0.025\"} 1\n"
	    "x_seconds_bucket{le=\"0.05\"} 1\n"
	    "x_seconds_bucket{le=\"0.1\"} 1\n"
	    "x_seconds_bucket{le=\"0.25\"} 1\n"
	    "x_seconds_bucket{le=\"0.5\"} 1\n"
	    "x_seconds_bucket{le=\"1\"} 1\n"
	    "x_seconds_bucket{le=\"2.5\"} 2\n"
	    "x_seconds_bucket{le=\"5\"} 2\n"
	    "x_seconds_bucket{le=\"10\"} 2\n"
	    "x_seconds_bucket{le=\"60\"} 2\n"
	    "x_seconds_bucket{le=\"+Inf\"} 3\n"
	    "x_seconds_sum 601.507\nx_seconds_count 3\n");

	/* more series than there is room for, and too long a label */
	memset(label.p, 'a', label.len);
	while (label.len < METRICS_LABELS_MAX)
		buf_addc(&label, 'a');
	metrics_add(&mails, buf_str(&label), 1);
	for (int i = 0; i < 2 * METRICS_MAX; i++) {
		snprintf(many, sizeof many, "n=\"%d\"", i);
		metrics_add(&mails, many, 1);
	}
	buf_reset(&out);
	metrics_write(&out);
	assert_null(strstr(buf_str(&out), "aaaaaaaa"));
	assert_non_null(strstr(buf_str(&out), "{n=\"7\"} 1\n"));
	assert_null(strstr(buf_str(&out), "{n=\"400\"}"));
	buf_free(&label);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
