#include <stdlib.h>
#include <string.h>

#include "daemon/mailbox_book.h"

#define ARENA_MAX	(1024 * 1024)
#define PAGE		1000	/* rows of the ledger looked at in one go */

struct book {
	struct db	*db;
	const char	*source;
	int64_t		 epoch;
	struct arena	*arena;		/* of one call */
	int64_t		*inside;	/* rising */
	size_t		 n, cap;
};

int
book_open(const char *store_url, const char *source, struct book **book_out,
    struct err *err)
{
	struct book *book = calloc(1, sizeof *book);
	int ret = -1;

	if (book == NULL)
		return err_set(err, ERR_RETRY, "no memory for a mailbox");
	book->source = source;
	book->arena = arena_new(ARENA_MAX);
	if (book->arena == NULL) {
		err_set(err, ERR_RETRY, "no memory for a mailbox");
		goto out;
	}
	if (db_open(store_url, DB_WRITE, &book->db, err) != 0)
		goto out;
	db_leave_log(book->db);		/* to the timers */
	*book_out = book;
	book = NULL;		/* the caller's now */
	ret = 0;
out:
	book_close(&book);
	return ret;
}

void
book_close(struct book **bookp)
{
	struct book *book = *bookp;

	if (book == NULL)
		return;
	db_close(&book->db);
	arena_free(&book->arena);
	free(book->inside);
	free(book);
	*bookp = NULL;
}

int
book_enter(struct book *book, int64_t epoch, enum book_epoch *was_out,
    struct cursor *cursor_out, struct err *err)
{
	struct cursor cursor = { 0 };
	int found = cursor_get(book->db, book->source, &cursor, err);

	if (found < 0)
		return -1;
	if (book->epoch != epoch)
		book->n = 0;	/* those inside are other mails */
	book->epoch = epoch;
	*was_out = found == 0 ? BOOK_FIRST : cursor.epoch == epoch ?
	    BOOK_SAME : BOOK_OTHER;
	*cursor_out = *was_out == BOOK_SAME ? cursor :
	    (struct cursor){ epoch, 0, 1 };
	return 0;
}

struct start {
	const char	*source;
	int64_t		 ms, before;	/* before: the last id seen */
	int		 rows;
};

static int
older_mark(const struct ledger_row *row, void *arg)
{
	struct start *start = arg;

	start->before = row->id;
	start->rows++;
	if (strcmp(row->key.source, start->source) == 0 &&
	    (start->ms == 0 || row->seen_ms < start->ms))
		start->ms = row->seen_ms;
	return 0;
}

/* The first "before start" row is written at the first start; later ones, of a
 * new UIDVALIDITY, are younger. */
int
book_started_ms(struct book *book, int64_t *ms_out, struct err *err)
{
	struct start start = { .source = book->source, .rows = PAGE };

	while (start.rows == PAGE) {
		start.rows = 0;
		arena_reset(book->arena);
		if (ledger_list(book->db, LEDGER_BEFORE_START, start.before,
		    PAGE, book->arena, older_mark, &start, err) != 0)
			return -1;
	}
	*ms_out = start.ms;
	return 0;
}

int
book_has(struct book *book, int64_t uid, struct err *err)
{
	const struct ledger_key key = { book->source, book->epoch, uid, "" };

	arena_reset(book->arena);
	return ledger_find(book->db, &key, book->arena, NULL, err);
}

/* The first place whose UID is not below uid. */
static size_t
place(const struct book *book, int64_t uid)
{
	size_t low = 0, high = book->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (book->inside[mid] < uid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
book_is_inside(const struct book *book, int64_t uid)
{
	size_t i = place(book, uid);

	return i < book->n && book->inside[i] == uid;
}

int
book_goes_in(struct book *book, int64_t uid)
{
	size_t i = place(book, uid);
	int64_t *more;

	if (book->n == book->cap) {
		more = reallocarray(book->inside, book->cap * 2 + 64,
		    sizeof *more);
		if (more == NULL)
			return -1;
		book->inside = more;
		book->cap = book->cap * 2 + 64;
	}
	memmove(&book->inside[i + 1], &book->inside[i],
	    (book->n - i) * sizeof *book->inside);
	book->inside[i] = uid;
	book->n++;
	return 0;
}

void
book_comes_out(struct book *book, int64_t epoch, int64_t uid)
{
	size_t i = place(book, uid);

	if (epoch != book->epoch || i == book->n || book->inside[i] != uid)
		return;
	book->n--;
	memmove(&book->inside[i], &book->inside[i + 1],
	    (book->n - i) * sizeof *book->inside);
}

int
book_settle(struct book *book, const int64_t *acked, size_t n,
    const struct cursor *cursor, struct err *err)
{
	struct ledger_key key = { book->source, book->epoch, 0, "" };

	if (n == 0 && cursor == NULL)
		return 0;
	if (db_begin(book->db, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		key.uid = acked[i];
		if (ledger_set_acked(book->db, &key, err) < 0)
			goto undo;
	}
	if (cursor != NULL &&
	    cursor_set(book->db, book->source, cursor, err) < 0)
		goto undo;
	if (db_commit(book->db, err) == 0)
		return 0;
undo:
	db_rollback(book->db);
	return -1;
}

struct owed {
	int64_t	*uids, last;
	size_t	 n, max;
	int	 rows;
};

static int
add_owed(const struct ledger_row *row, void *arg)
{
	struct owed *owed = arg;

	owed->rows++;
	owed->last = row->key.uid;
	if (row->outcome != LEDGER_BEFORE_START)
		owed->uids[owed->n++] = row->key.uid;
	return owed->n == owed->max;
}

int
book_owed(struct book *book, int64_t after, int64_t *uids, size_t max,
    size_t *n_out, struct err *err)
{
	struct owed owed = { uids, after, 0, max, PAGE };

	while (owed.rows == PAGE && owed.n < max) {
		owed.rows = 0;
		arena_reset(book->arena);
		if (ledger_walk(book->db, book->source, book->epoch,
		    owed.last, true, PAGE, book->arena, add_owed, &owed,
		    err) != 0)
			return -1;
	}
	*n_out = owed.n;
	return 0;
}
