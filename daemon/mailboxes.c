#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/mailboxes.h"

struct mailbox {
	pthread_t			 thread;
	bool				 runs;
	const struct settings_mailbox	*mailbox;
	struct mailboxes		*all;
	struct source_status		 status;
};

struct mailboxes {
	const struct settings	*settings;
	struct pump		*pump;
	int			 stop_fd;
	struct mailbox		*v;
	size_t			 n;
};

static void *
mailbox_main(void *arg)
{
	struct mailbox *m = arg;

	source_imap.run(m->mailbox, m->all->settings, m->all->pump,
	    &m->status, m->all->stop_fd);
	return NULL;
}

static void
mailboxes_free(struct mailboxes **all)
{
	if ((*all)->stop_fd != -1)
		close((*all)->stop_fd);
	free((*all)->v);
	free(*all);
	*all = NULL;
}

int
mailboxes_start(const struct settings *settings, struct pump *pump,
    struct watch *watch, struct mailboxes **mailboxes_out, struct err *err)
{
	struct mailboxes *all = calloc(1, sizeof *all);
	size_t i, n = settings->nmailboxes;
	int rc = 0;

	if (all == NULL)
		return err_set(err, ERR_FATAL, "mailboxes: out of memory");
	all->settings = settings;
	all->pump = pump;
	all->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	all->v = calloc(n + 1, sizeof *all->v);
	if (all->stop_fd == -1 || all->v == NULL) {
		mailboxes_free(&all);
		return err_set(err, ERR_FATAL, "mailboxes: out of memory");
	}
	for (i = 0; rc == 0 && i < n; i++) {
		struct mailbox *m = &all->v[all->n++];

		m->all = all;
		m->mailbox = &settings->mailboxes[i];
		m->status.watch = watch;
		rc = pthread_create(&m->thread, NULL, mailbox_main, m);
		m->runs = rc == 0;
	}
	if (rc != 0) {
		mailboxes_stop(&all, 1000);
		return err_set(err, ERR_FATAL, "mailboxes: %s", strerror(rc));
	}
	*mailboxes_out = all;
	return 0;
}

bool
mailboxes_stop(struct mailboxes **mailboxes, int64_t wait_ms)
{
	struct mailboxes *all = *mailboxes;
	int64_t until = clock_mono_ms() + wait_ms;
	struct timespec ts = { until / 1000, until % 1000 * 1000000 };
	uint64_t one = 1;
	bool ended = true;
	size_t i;

	if (all == NULL)
		return true;
	if (write(all->stop_fd, &one, sizeof one) != sizeof one)
		ended = false;
	for (i = 0; i < all->n; i++) {
		if (!all->v[i].runs || pthread_clockjoin_np(all->v[i].thread,
		    NULL, CLOCK_MONOTONIC, &ts) == 0)
			continue;
		log_at(LOG_WARN, "mailbox", "did not stop in time",
		    LOG_S("mailbox", all->v[i].mailbox->name));
		ended = false;
	}
	if (ended)
		mailboxes_free(mailboxes);
	*mailboxes = NULL;
	return ended;
}
