#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "db/message_store.h"
#include "db/raw_store.h"
#include "parsers/decode.h"
#include "webview/ticket_parts.h"
#include "webview/view.h"

/* An attachment being sent: its slice of the raw mail is read in windows, each
 * decoded by itself, in constant memory. */
struct download {
	int64_t		 raw;
	size_t		 offset, length;	/* of the slice in the mail */
	size_t		 at;			/* of it, not yet decoded */
	size_t		 left;			/* decoded bytes to give */
	struct decode	 decode;
	char		 rest[DECODE_MIN];	/* decoded, where a reader */
	size_t		 nrest, given;		/* had little room */
	size_t		 filled;
	char		 window[DECODE_WINDOW];
};

static int
fill(const void *p, size_t len, void *arg)
{
	struct download *d = arg;

	if (len > sizeof d->window - d->filled)
		return -1;
	memcpy(d->window + d->filled, p, len);
	d->filled += len;
	return 0;
}

/* The next window: 1, 0 there is none, -1. */
static int
next_window(struct download *d, struct db *db)
{
	size_t want = d->length - d->at, use;

	if (want == 0)
		return 0;
	if (want > sizeof d->window)
		want = sizeof d->window;
	d->filled = 0;
	if (raw_stream(db, d->raw, d->offset + d->at, want, fill, d,
	    NULL) != 0 || d->filled != want)
		return -1;
	use = d->at + want == d->length ? want :
	    decode_cut((struct slice){ d->window, want }, d->decode.encoding);
	d->decode.in = (struct slice){ d->window, use };
	d->at += use;
	return 1;
}

/* Decoded bytes, at least one unless it is the end. */
static ssize_t
decode_some(struct download *d, struct db *db, char *p, size_t len)
{
	size_t n = 0;
	int rc;

	while (n == 0 && d->left > 0) {
		n = decode_read(&d->decode, p, len);
		if (n == 0 && (rc = next_window(d, db)) != 1)
			return rc;
	}
	if (n > d->left)
		n = d->left;
	d->left -= n;
	return (ssize_t)n;
}

static ssize_t
download_read(void *self, struct db *db, char *p, size_t len)
{
	struct download *d = self;
	ssize_t n;

	if (d->nrest == 0 && len >= DECODE_MIN)
		return decode_some(d, db, p, len);
	if (d->nrest == 0) {
		n = decode_some(d, db, d->rest, sizeof d->rest);
		if (n <= 0)
			return n;
		d->nrest = (size_t)n;
		d->given = 0;
	}
	if (len > d->nrest)
		len = d->nrest;
	memcpy(p, d->rest + d->given, len);
	d->given += len;
	d->nrest -= len;
	return (ssize_t)len;
}

static void
download_close(void *self)
{
	free(self);
}

static struct page_stream *
open_stream(const struct page_request *r, const struct attachment *a)
{
	struct page_stream *stream = arena_calloc(r->arena, 1,
	    sizeof *stream);
	struct download *d = calloc(1, sizeof *d);
	enum mail_encoding encoding;

	if (stream == NULL || d == NULL ||
	    !mail_encoding_parse(a->encoding, &encoding)) {
		free(d);
		return NULL;
	}
	d->raw = a->raw;
	d->offset = a->offset;
	d->length = a->length;
	d->left = a->size;
	decode_start(&d->decode, (struct slice){ d->window, 0 }, encoding);
	*stream = (struct page_stream){ (int64_t)a->size, download_read,
	    download_close, d };
	return stream;
}

/* The type as sent when it is one that no browser would ever run. */
static const char *
safe_type(const char *type)
{
	static const char *const safe[] = { "image/png", "image/jpeg",
	    "image/gif", "image/webp", "application/pdf", "text/plain",
	    "application/zip" };
	size_t i;

	for (i = 0; i < sizeof safe / sizeof safe[0]; i++)
		if (text_ieq(slice_of(type), slice_of(safe[i])))
			return safe[i];
	return "application/octet-stream";
}

/* 1 it is on the ticket, and public or for staff; 0; -1. */
static int
find(const struct page_request *r, struct attachment *a, struct err *err)
{
	struct ticket ticket;
	struct message m;
	int rc = page_may_see(r, &ticket, err);

	if (rc == 1)
		rc = attachment_get(r->db, r->id, r->arena, a, err);
	if (rc == 1)
		rc = message_get(r->db, a->message, r->arena, &m, err);
	if (rc != 1)
		return rc;
	return m.ticket == ticket.number &&
	    (m.visibility == MESSAGE_PUBLIC || view_is_staff(r));
}

int
page_attachment(const struct page_request *r, struct page_answer *answer,
    struct err *err)
{
	struct attachment a;
	size_t size = 0;
	int rc = find(r, &a, err);

	if (rc == 0)
		return page_absent(r, answer, err);
	if (rc == 1)
		rc = a.raw == 0 ? 0 : raw_size(r->db, a.raw, &size, err);
	if (rc == -1)
		return -1;
	if (rc == 0 || a.offset > size || a.length > size - a.offset)
		return page_problem(r, 404, "This file is no longer kept",
		    "The mail it came with was removed. Ask who sent it to "
		    "send it again.", answer, err);
	answer->stream = open_stream(r, &a);
	if (answer->stream == NULL)
		return err_set(err, ERR_RETRY, "attachment: out of memory");
	answer->type = safe_type(a.type);
	answer->download = a.name != NULL && a.name[0] != '\0' ? a.name :
	    arena_printf(r->arena, "attachment-%lld", (long long)a.id);
	return 0;
}
