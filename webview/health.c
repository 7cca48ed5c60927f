#include <stdlib.h>
#include <string.h>

#include "base/metrics.h"
#include "db/ledger_store.h"
#include "db/outbox_store.h"
#include "db/quota_store.h"
#include "db/ticket_store.h"
#include "webview/health.h"
#include "webview/peers.h"

#define BEAT_MS		60000	/* the daemon was heard of within */
#define TEXT_MAX	(1u << 20)
#define PLAIN		"text/plain; charset=utf-8"
#define PROMETHEUS	"text/plain; version=0.0.4; charset=utf-8"

/* Behind a proxy that is not named in trusted-proxies everybody has the proxy's
 * address: then nobody may ask. */
bool
health_may_ask(const struct ask *ask)
{
	const struct strings *from = &ask->site->settings->web.metrics_from;
	const char *forwarded = http_field(ask->http, "X-Forwarded-For");
	struct slice address = slice_of(ask->http->peer);

	if (!http_has(ask->http, "X-Forwarded-For"))
		return !http_has(ask->http, "Forwarded") &&
		    !http_has(ask->http, "Via") && peers_have(from, address);
	/* twice, one of them the client's: whose word is which? */
	return forwarded != NULL && ask_from_proxy(ask) &&
	    peers_forwarded(forwarded, &address) && peers_have(from, address);
}

/* Milliseconds since the daemon said something of itself; -1 error, INT64_MAX
 * never. */
static int64_t
silence(struct ask *ask, struct err *err)
{
	const char *beat;
	int rc = state_get(ask->page.db, "heartbeat", ask->http->arena, &beat,
	    err);
	int64_t ms;

	if (rc != 1)
		return rc == 0 ? INT64_MAX : -1;
	ms = ask->page.now_ms - strtoll(beat, NULL, 10);
	return ms < 0 ? 0 : ms;
}

void
health_page(struct ask *ask)
{
	struct err err = { 0 };
	int64_t ms = silence(ask, &err);

	if (ms == -1)
		ask_answer(ask, 503, PLAIN, "the store cannot be read\n");
	else if (ms >= BEAT_MS)
		ask_answer(ask, 503, PLAIN, "the daemon is silent\n");
	else
		ask_answer(ask, 200, PLAIN, "ok\n");
}

/* ---- what the store knows ---- */

static const struct metric outbox_n = { METRIC_GAUGE,
    "campusdesk_outbox_depth", "Mails that are not sent yet." };
static const struct metric outbox_age = { METRIC_GAUGE,
    "campusdesk_outbox_oldest_seconds", "Age of the oldest of them." };
static const struct metric quarantined = { METRIC_GAUGE,
    "campusdesk_quarantine_depth", "Mails that could not be processed." };
static const struct metric ticket_open = { METRIC_GAUGE,
    "campusdesk_ticket_open", "Tickets that nobody has taken." };
static const struct metric db_bytes = { METRIC_GAUGE,
    "campusdesk_db_bytes", "Size of the store." };
static const struct metric beat_age = { METRIC_GAUGE,
    "campusdesk_heartbeat_seconds", "Time since the daemon's last sign." };

static void
one(struct buf *out, const struct metric *metric, int64_t value)
{
	metrics_head(out, metric);
	metrics_line(out, metric, "", value);
}

static int
write_open(struct ask *ask, struct buf *out, struct err *err)
{
	struct ticket_count *v = NULL;
	struct buf label = BUF_INIT(METRICS_LABELS_MAX);
	size_t n = 0;

	if (ticket_counts(ask->page.db, TICKET_OPEN, ask->http->arena, &v, &n,
	    err) == -1)
		return -1;
	metrics_head(out, &ticket_open);
	for (size_t i = 0; i < n; i++) {
		buf_reset(&label);
		metrics_label(&label, "category", v[i].category);
		metrics_line(out, &ticket_open, buf_str(&label), v[i].n);
	}
	buf_free(&label);
	return 0;
}

static int
write_store(struct ask *ask, struct buf *out, struct err *err)
{
	int64_t depth, oldest, now = ask->page.now_ms, ms;

	if (outbox_depth(ask->page.db, &depth, &oldest, err) == -1 ||
	    write_open(ask, out, err) == -1)
		return -1;
	one(out, &outbox_n, depth);
	one(out, &outbox_age, oldest == 0 ? 0 : (now - oldest) / 1000);
	one(out, &quarantined, ledger_count(ask->page.db,
	    LEDGER_QUARANTINED));
	one(out, &db_bytes, db_size(ask->page.db));
	ms = silence(ask, err);
	if (ms == -1)
		return -1;
	if (ms != INT64_MAX)
		one(out, &beat_age, ms / 1000);
	return 0;
}

/* What the daemon counted, as it left it in the store. */
static int
write_daemon(struct ask *ask, struct buf *out, struct err *err)
{
	const char *text;
	int rc = state_get(ask->page.db, "metrics", ask->http->arena, &text,
	    err);

	if (rc == 1)
		buf_adds(out, text);
	return rc == -1 ? -1 : 0;
}

void
health_metrics(struct ask *ask)
{
	struct buf out = BUF_INIT(TEXT_MAX);
	struct err err = { 0 };

	if (write_daemon(ask, &out, &err) == -1 ||
	    write_store(ask, &out, &err) == -1) {
		ask_answer(ask, 503, PLAIN, "the store cannot be read\n");
	} else {
		metrics_write(&out);
		ask_answer(ask, 200, PROMETHEUS, buf_str(&out));
	}
	buf_free(&out);
}
