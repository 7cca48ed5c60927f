/* imap: folders, flags, moves, waiting. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/imap.h"
#include "base/imap_wire.h"
#include "base/mutf7.h"
#include "base/text.h"

#define NAME_MAX_BYTES	1000
#define IDLE_MAX_MS	(10 * 60 * 1000)	/* NAT forgets sooner than
						 * servers do */
#define IDLE_LINE_MS	30000

/* The name as the server knows it; 0, or -1 and ERR_INPUT. */
static int
wire_name(const struct imap *imap, const char *folder, struct buf *out,
    struct err *err)
{
	mutf7_add(out, slice_of(folder));
	if (!out->failed && out->len > 0 && strpbrk(buf_str(out), "%*") == NULL)
		return 0;
	return imap_fault(imap, ERR_INPUT, err, "\"%.100s\" cannot be the "
	    "name of a folder", folder);
}

static void
add_quoted(struct buf *out, const char *s)
{
	buf_addc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

static int
selected(struct imap *imap, const char *folder, struct err *err)
{
	const struct mailimap_selection_info *info =
	    imap->session->imap_selection_info;

	if (info == NULL || info->sel_uidvalidity == 0)
		return imap_fault(imap, ERR_INPUT, err, "the server gives "
		    "folder \"%.100s\" no UIDVALIDITY, so its mails cannot be "
		    "told apart", folder);
	imap->folder = (struct imap_folder){ info->sel_uidvalidity,
	    info->sel_uidnext, info->sel_exists };
	imap->selected = true;
	return 0;
}

int
imap_select(struct imap *imap, const char *folder,
    struct imap_folder *folder_out, struct err *err)
{
	struct buf name = BUF_INIT(NAME_MAX_BYTES);
	int r, ret = -1;

	if (imap_alive(imap, err) != 0 ||
	    wire_name(imap, folder, &name, err) != 0)
		goto out;
	imap->selected = false;
	netstream_limit(imap->ns, IMAP_COMMAND_MS, IMAP_COMMAND_BYTES);
	r = mailimap_select(imap->session, buf_str(&name));
	if (r == MAILIMAP_ERROR_SELECT) {
		imap_fault(imap, imap_not_now(imap) ? ERR_RETRY : ERR_INPUT,
		    err, "no such folder \"%.100s\" (%.100s): name one that "
		    "exists, INBOX say", folder, imap_said(imap));
		goto out;
	}
	if (r != MAILIMAP_NO_ERROR) {
		imap_broken(imap, r, err);
		goto out;
	}
	if (selected(imap, folder, err) != 0)
		goto out;
	imap_news_seen(imap);	/* folder_out says it */
	*folder_out = imap->folder;
	ret = 0;
out:
	buf_free(&name);
	return ret;
}

/* 1 there, 0 not, -1 error. */
static int
folder_exists(struct imap *imap, const char *name, struct err *err)
{
	clist *list = NULL;
	int r, n;

	netstream_limit(imap->ns, IMAP_COMMAND_MS, IMAP_COMMAND_BYTES);
	r = mailimap_list(imap->session, "", name, &list);
	if (r == MAILIMAP_ERROR_LIST)
		return 0;
	if (r != MAILIMAP_NO_ERROR)
		return imap_broken(imap, r, err);
	n = clist_count(list);
	mailimap_list_result_free(list);
	return n > 0;
}

int
imap_ensure_folder(struct imap *imap, const char *folder, struct err *err)
{
	struct buf name = BUF_INIT(NAME_MAX_BYTES);
	int r, ret = -1;

	if (imap_alive(imap, err) != 0 ||
	    wire_name(imap, folder, &name, err) != 0)
		goto out;
	ret = folder_exists(imap, buf_str(&name), err);
	if (ret != 0) {
		ret = ret > 0 ? 0 : -1;
		goto out;
	}
	netstream_limit(imap->ns, IMAP_COMMAND_MS, IMAP_COMMAND_BYTES);
	r = mailimap_create(imap->session, buf_str(&name));
	if (r == MAILIMAP_ERROR_CREATE)
		ret = imap_fault(imap, ERR_INPUT, err, "folder \"%.100s\" is "
		    "not there and cannot be made (%.100s): make it, or name "
		    "another in `after`", folder, imap_said(imap));
	else if (r != MAILIMAP_NO_ERROR)
		ret = imap_broken(imap, r, err);
out:
	buf_free(&name);
	return ret;
}

/* "BEFORE set AFTER" for all uids, some hundred at a time. */
static int
for_sets(struct imap *imap, const char *before, const int64_t *uids, size_t n,
    const char *after, struct err *err)
{
	struct buf command = BUF_INIT(16384);
	enum imap_status status = IMAP_OK;
	int ret = 0;

	for (size_t at = 0; at < n && ret == 0;) {
		buf_reset(&command);
		buf_adds(&command, before);
		buf_addc(&command, ' ');
		at += imap_set(&command, uids + at, n - at);
		buf_adds(&command, after);
		ret = imap_command(imap, buf_str(&command), &status, err);
		if (ret == 0 && status != IMAP_OK)
			ret = imap_fault(imap, ERR_RETRY, err, "%s was "
			    "refused: %.150s", before, imap_said(imap));
	}
	buf_free(&command);
	return ret;
}

int
imap_mark_seen(struct imap *imap, const int64_t *uids, size_t n,
    struct err *err)
{
	return for_sets(imap, "UID STORE", uids, n, " +FLAGS.SILENT (\\Seen)",
	    err);
}

/* Without MOVE (RFC 6851): copied first, so that a break leaves two, never
 * none. UID EXPUNGE keeps to ours; without UIDPLUS the server's own expunge
 * would take what others have marked, so the marked mails stay. */
static int
copy_and_delete(struct imap *imap, const int64_t *uids, size_t n,
    const char *where, struct err *err)
{
	if (for_sets(imap, "UID COPY", uids, n, where, err) != 0 ||
	    for_sets(imap, "UID STORE", uids, n,
	    " +FLAGS.SILENT (\\Seen \\Deleted)", err) != 0)
		return -1;
	if (!mailimap_has_extension(imap->session, "UIDPLUS"))
		return 0;
	return for_sets(imap, "UID EXPUNGE", uids, n, "", err);
}

int
imap_move(struct imap *imap, const int64_t *uids, size_t n,
    const char *folder, struct err *err)
{
	struct buf name = BUF_INIT(NAME_MAX_BYTES);
	struct buf where = BUF_INIT(2 * NAME_MAX_BYTES);
	int ret = -1;

	if (wire_name(imap, folder, &name, err) != 0)
		goto out;
	buf_addc(&where, ' ');
	add_quoted(&where, buf_str(&name));
	if (mailimap_has_extension(imap->session, "MOVE"))
		ret = for_sets(imap, "UID MOVE", uids, n, buf_str(&where),
		    err);
	else
		ret = copy_and_delete(imap, uids, n, buf_str(&where), err);
out:
	buf_free(&name);
	buf_free(&where);
	return ret;
}

int
imap_delete(struct imap *imap, const int64_t *uids, size_t n, struct err *err)
{
	bool ours = mailimap_has_extension(imap->session, "UIDPLUS");

	if (for_sets(imap, "UID STORE", uids, n, " +FLAGS.SILENT (\\Deleted)",
	    err) != 0)
		return -1;
	if (ours && for_sets(imap, "UID EXPUNGE", uids, n, "", err) != 0)
		return -1;
	return ours;
}

void
imap_finish(struct imap *imap, int64_t ms)
{
	if (!imap->dead)
		netstream_finish(imap->ns, ms);
}

bool
imap_dead(const struct imap *imap)
{
	return imap->dead;
}

int
imap_noop(struct imap *imap, struct err *err)
{
	enum imap_status status;

	return imap_command(imap, "NOOP", &status, err);
}

bool
imap_has_idle(struct imap *imap)
{
	return mailimap_has_extension(imap->session, "IDLE");
}

/* IDLE (RFC 2177) is read line by line here: libetpan's own fails when news
 * comes before the "+", and crashes when no folder is selected. */
struct idle {
	bool	going, news, over;
	char	tag[16];
};

static int
idle_line(struct imap *imap, struct idle *idle, struct err *err)
{
	mailimap *s = imap->session;
	struct slice line;

	if (mailstream_read_line_remove_eol(s->imap_stream,
	    s->imap_stream_buffer) == NULL)
		return imap_broken(imap, MAILIMAP_ERROR_STREAM, err);
	line = (struct slice){ s->imap_stream_buffer->str,
	    s->imap_stream_buffer->len };
	if (text_istarts(line, "+"))
		idle->going = true;
	else if (text_istarts(line, "* BYE"))
		return imap_broken(imap, MAILIMAP_ERROR_FATAL, err);
	else if (text_istarts(line, "* ") && text_iends(line, " EXISTS"))
		idle->news = true;
	else if (text_istarts(line, idle->tag))
		idle->over = true;
	return 0;
}

/* What is buffered by either layer, or comes within ms: 1, 0, -1. */
static int
idle_wait(struct imap *imap, int64_t ms, struct err *err)
{
	int rc;

	if (imap->session->imap_stream->read_buffer_len > 0)
		return 1;
	rc = netstream_wait(imap->ns, ms);
	return rc < 0 ? imap_broken(imap, MAILIMAP_ERROR_STREAM, err) : rc;
}

static int
idle_listen(struct imap *imap, struct idle *idle, int64_t ms, struct err *err)
{
	int64_t until_ms = clock_mono_ms() + ms, left;
	int rc;

	while (!idle->news && !idle->over) {
		left = until_ms - clock_mono_ms();
		rc = idle_wait(imap, left > 0 ? left : 0, err);
		if (rc <= 0)
			return rc;
		netstream_limit(imap->ns, IDLE_LINE_MS, IMAP_COMMAND_BYTES);
		if (idle_line(imap, idle, err) != 0)
			return -1;
	}
	return 0;
}

static int
idle_done(struct imap *imap, struct idle *idle, struct err *err)
{
	mailstream *stream = imap->session->imap_stream;

	netstream_limit(imap->ns, IDLE_LINE_MS, IMAP_COMMAND_BYTES);
	if (mailstream_write(stream, "DONE\r\n", 6) < 0 ||
	    mailstream_flush(stream) != 0)
		return imap_broken(imap, MAILIMAP_ERROR_STREAM, err);
	while (!idle->over)
		if (idle_line(imap, idle, err) != 0)
			return -1;
	return 0;
}

/* libetpan sets sel_has_exists with each EXISTS, of whatever answer. */
void
imap_news_seen(struct imap *imap)
{
	if (imap->session->imap_selection_info != NULL)
		imap->session->imap_selection_info->sel_has_exists = 0;
}

bool
imap_news(const struct imap *imap)
{
	return imap->session->imap_selection_info != NULL &&
	    imap->session->imap_selection_info->sel_has_exists;
}

int
imap_idle(struct imap *imap, int64_t ms, struct err *err)
{
	struct idle idle = { 0 };
	int tag;

	if (imap_alive(imap, err) != 0)
		return -1;
	/* told with the answer to another command: IDLE will not repeat it */
	if (imap_news(imap))
		return 1;
	netstream_limit(imap->ns, IMAP_COMMAND_MS, IMAP_COMMAND_BYTES);
	if (imap_send(imap, "IDLE", &tag, err) != 0)
		return -1;
	snprintf(idle.tag, sizeof idle.tag, "%d ", tag);
	while (!idle.going && !idle.over)
		if (idle_line(imap, &idle, err) != 0)
			return -1;
	if (idle.over) {
		imap->dead = true;
		return imap_fault(imap, ERR_RETRY, err, "IDLE was refused");
	}
	if (idle_listen(imap, &idle, ms < IDLE_MAX_MS ? ms : IDLE_MAX_MS,
	    err) != 0)
		return -1;
	if (netstream_stopped(imap->ns))
		imap_finish(imap, IMAP_FINISH_MS);
	if (!idle.over && idle_done(imap, &idle, err) != 0)
		return -1;
	return idle.news;
}
