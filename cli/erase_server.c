#include <stdlib.h>
#include <string.h>

#include "base/imap.h"
#include "cli/erasing.h"

/* One folder of one mailbox, and the erased items that may be in it. */
struct hunt {
	const struct erased	*what;
	const char		*source;	/* "imap:inbox" */
	int64_t			 epoch;		/* of the folder; 0: another,
						 * UIDs say nothing there */
	int64_t			*uids;		/* found */
	size_t			 n, cap;
};

static bool
is_hunted(const struct hunt *h, int64_t uid, const char *message_id)
{
	const struct erased_item *item;
	size_t i;

	for (i = 0; i < h->what->nitems; i++) {
		item = &h->what->items[i];
		if (strcmp(item->key.source, h->source) != 0)
			continue;
		if (h->epoch != 0 && item->key.epoch == h->epoch) {
			if (item->key.uid == uid)
				return true;
		} else if (item->message_id != NULL && message_id != NULL &&
		    strcmp(item->message_id, message_id) == 0) {
			return true;
		}
	}
	return false;
}

static int
look_at(int64_t uid, const char *message_id, void *arg)
{
	struct hunt *h = arg;
	int64_t *more;

	if (!is_hunted(h, uid, message_id))
		return 0;
	if (h->n == h->cap) {
		h->cap = h->cap == 0 ? 64 : 2 * h->cap;
		more = realloc(h->uids, h->cap * sizeof *more);
		if (more == NULL)
			return 1;
		h->uids = more;
	}
	h->uids[h->n++] = uid;
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* How many went, or -1. */
static int64_t
sweep(struct imap *imap, const char *folder, bool is_source, struct hunt *h,
    struct err *err)
{
	struct imap_folder info;
	int64_t n = -1;
	int rc;

	if (imap_select(imap, folder, &info, err) == -1)
		return -1;
	h->epoch = is_source ? info.uidvalidity : 0;
	h->n = 0;
	rc = imap_message_ids(imap, look_at, h, err);
	if (rc == 1)
		err_set(err, ERR_RETRY, "out of memory");
	if (rc == 0 && h->n > 1)
		qsort(h->uids, h->n, sizeof *h->uids, by_number);
	if (rc == 0 && h->n > 0)
		rc = imap_delete(imap, h->uids, h->n, err) == -1 ? -1 : 0;
	if (rc == 0)
		n = (int64_t)h->n;
	free(h->uids);
	h->uids = NULL;
	h->cap = 0;
	return n;
}

static int64_t
mailbox(struct cli *cli, const struct erased *what,
    const struct settings_mailbox *m, struct err *err)
{
	struct hunt h = { .what = what };
	struct imap *imap = NULL;
	int64_t n = -1, moved = 0;

	h.source = arena_printf(cli->arena, "imap:%s", m->name);
	if (h.source == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	if (imap_open(&m->server, -1, &imap, err) == 0)
		n = sweep(imap, m->folder, true, &h, err);
	if (n >= 0 && m->after == AFTER_MOVE)
		moved = sweep(imap, m->after_folder, false, &h, err);
	imap_close(&imap);
	return n == -1 || moved == -1 ? -1 : n + moved;
}

int64_t
erase_on_server(struct cli *cli, const struct erased *what)
{
	struct err err = { 0 };
	int64_t all = 0, n;
	size_t i;

	for (i = 0; i < cli->settings->nmailboxes; i++) {
		const struct settings_mailbox *m = &cli->settings->mailboxes[i];

		n = mailbox(cli, what, m, &err);
		if (n == -1) {
			cli_fail(CLI_UNAVAILABLE, "mailbox %s: %s", m->name,
			    err.msg);
			return -1;
		}
		all += n;
	}
	return all;
}
