/* The statements of a mail that makes a ticket, or answers one, in groups as
 * the decider commits them: bench_db [FOLDER [MAILS [GROUP]]] */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "db/audit_store.h"
#include "db/ledger_store.h"
#include "db/message_store.h"
#include "db/outbox_store.h"
#include "db/people_store.h"
#include "db/quota_store.h"
#include "db/raw_store.h"
#include "db/ticket_store.h"

#define PEOPLE		2000	/* that write */
#define MAIL_BYTES	9000	/* of one: the median of real mail */

struct bench {
	struct db	*db, *note;
	struct secret	*secret;
	struct arena	*arena;
	struct err	 err;
	int64_t		 now;
	int64_t		 tickets;	/* made so far */
	char		 text[1200];
	char		 raw[MAIL_BYTES];
};

static void
need(struct bench *b, int ret)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "bench_db: %s\n", b->err.msg);
	exit(1);
}

/* Words of a small language, so that full text and zstd have real work. */
static void
fill_words(char *p, size_t size, uint64_t seed)
{
	size_t i = 0;

	while (i + 12 < size) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		for (unsigned n = 3 + (seed >> 60) % 8, w = (seed >> 33) % 3000;
		    n > 0; n--, w = w * 7 + 11)
			p[i++] = (char)('a' + w % 26);
		p[i++] = (seed >> 50) % 12 == 0 ? '\n' : ' ';
	}
	p[i] = '\0';
}

static int64_t
sender(struct bench *b, int i, const char *address)
{
	struct person p = { .name = "A Student", .address = address,
	    .categories = "" };
	struct address_state state;

	(void)i;
	need(b, address_get(b->db, address, &state, &b->err));
	if (person_find(b->db, address, b->arena, &p, &b->err) == 1)
		return p.id;
	need(b, person_add(b->db, &p, b->now, &p.id, &b->err));
	return p.id;
}

static void
keep_raw(struct bench *b, struct ledger_row *row)
{
	struct blob *blob = blob_start(sizeof b->raw);

	if (blob == NULL)
		exit(1);
	need(b, blob_add(blob, b->raw, sizeof b->raw, &b->err));
	need(b, blob_done(blob, &b->err));
	need(b, blob_sha256(blob, row->raw_digest, &b->err));
	crypt_sha256(slice_of(b->text), row->same_digest);
	need(b, ledger_find_raw(b->db, row->key.source, row->raw_digest,
	    b->arena, NULL, &b->err));
	need(b, ledger_find_same(b->db, row->same_digest, b->arena, NULL,
	    &b->err));
	need(b, raw_put(b->db, blob, 2000, b->now, &row->raw, &b->err));
	blob_free(&blob);
}

static void
event(struct bench *b, const struct ledger_row *row, int64_t person,
    const char *action)
{
	struct event e = { .time_ms = b->now, .ticket = row->ticket,
	    .person = person, .action = action, .actor = row->from,
	    .proof = "claimed", .because = "new mail" };

	need(b, audit_add(b->db, b->secret, &e, &b->err));
}

static void
acknowledge(struct bench *b, const struct ledger_row *row, int64_t person)
{
	struct outbox_row o = { .ticket = row->ticket, .person = person,
	    .to = row->from, .event = "acknowledged", .message = row->message,
	    .message_id = "1042.abcdefghijklmnopqrstuvwxyz234567@desk",
	    .in_reply_to = row->message_id, .created_ms = b->now,
	    .next_ms = b->now };

	need(b, quota_take(b->db, row->from, b->now, 3600000, 10, &b->err));
	need(b, quota_take(b->db, row->from, b->now, 86400000, 40, &b->err));
	need(b, outbox_next_id(b->db, &o.id, &b->err));
	need(b, outbox_insert(b->db, &o, &b->err));
}

static void
ticket(struct bench *b, struct ledger_row *row, int64_t person, bool reply)
{
	struct ticket t = { .subject = row->subject, .category = "it",
	    .priority = PRIORITY_NORMAL, .source = "mail",
	    .requester = person, .created_ms = b->now, .updated_ms = b->now };

	if (!reply || b->tickets == 0) {
		need(b, ticket_insert(b->db, &t, &b->err));
		b->tickets = t.number;
	} else {
		need(b, ticket_get(b->db, 1 + b->now % b->tickets, b->arena,
		    &t, &b->err));
		t.updated_ms = b->now;
		need(b, ticket_update(b->db, &t, &b->err));
	}
	row->ticket = t.number;
}

static void
one_mail(struct bench *b, int i)
{
	char address[64], id[80];
	struct ledger_row row = { .key = { "imap:inbox", 1, i + 1, "" },
	    .seen_ms = b->now, .from = address, .message_id = id,
	    .subject = "The printer in room 2.14 is broken", .kind = "person" };
	struct message m = { .date_ms = b->now, .source = "mail",
	    .text = b->text, .message_id = id, .author_name = "A Student",
	    .author_address = address };
	int64_t known;

	b->now++;
	arena_reset(b->arena);
	snprintf(address, sizeof address, "student%d@campus.example",
	    (int)((unsigned)i * 2654435761u % PEOPLE));
	snprintf(id, sizeof id, "%08x.%d@mail.campus.example",
	    (unsigned)i * 2654435761u, i);
	fill_words(b->text, sizeof b->text, (uint64_t)i);
	need(b, ledger_find(b->db, &row.key, b->arena, NULL, &b->err));
	keep_raw(b, &row);
	m.author = sender(b, i, address);
	need(b, thread_find(b->db, id, THREAD_REFERENCE, 0, &known,
	    &b->err));
	ticket(b, &row, m.author, i % 10 < 3);
	m.ticket = row.ticket;
	m.raw = row.raw;
	need(b, message_insert(b->db, &m, &row.message, &b->err));
	need(b, thread_add(b->db, id, THREAD_SELF, row.ticket, row.message,
	    &b->err));
	acknowledge(b, &row, m.author);
	event(b, &row, m.author, "created");
	need(b, ledger_add(b->db, &row, NULL, &b->err));
	need(b, in_hand_drop(b->db, &row.key, &b->err));
}

static void
group(struct bench *b, int from, int to)
{
	struct cursor cursor = { 1, to, 1 };

	need(b, db_begin(b->note, &b->err));
	for (int i = from; i < to; i++)
		need(b, in_hand_note(b->note, &(struct ledger_key){
		    "imap:inbox", 1, i + 1, "" }, 1, &b->err));
	need(b, db_commit(b->note, &b->err));
	need(b, db_begin(b->db, &b->err));
	for (int i = from; i < to; i++) {
		need(b, db_savepoint(b->db, &b->err));
		one_mail(b, i);
		need(b, db_release(b->db, &b->err));
	}
	need(b, cursor_set(b->db, "imap:inbox", &cursor, &b->err));
	need(b, db_commit(b->db, &b->err));
}

static int
number(const char *text, int otherwise)
{
	uint64_t n;

	return text != NULL && text_u64(slice_of(text), &n) && n > 0 &&
	    n < 100000000 ? (int)n : otherwise;
}

int
main(int argc, char **argv)
{
	struct bench b = { .now = clock_now_ms() };
	int mails = number(argc > 2 ? argv[2] : NULL, 20000);
	int size = number(argc > 3 ? argv[3] : NULL, 64);
	char path[512], url[600];
	int64_t start, ms;

	snprintf(path, sizeof path, "%s/bench-%d.db",
	    argc > 1 ? argv[1] : "/tmp", (int)getpid());
	snprintf(url, sizeof url, "sqlite:%s", path);
	b.secret = secret_from_seed(SLICE_LIT("bench"));
	b.arena = arena_new(1 << 24);
	fill_words(b.raw, sizeof b.raw, 42);
	need(&b, db_open(url, DB_WRITE, &b.db, &b.err));
	need(&b, db_open(url, DB_NOTE, &b.note, &b.err));
	start = clock_mono_ms();
	for (int i = 0; i < mails; i += size)
		group(&b, i, i + size < mails ? i + size : mails);
	ms = clock_mono_ms() - start;
	printf("bench_db: mails=%d group=%d ms=%lld mails/s=%lld "
	    "us/mail=%lld bytes/mail=%lld\n", mails, size, (long long)ms,
	    (long long)mails * 1000 / (ms + 1), (long long)ms * 1000 / mails,
	    (long long)db_size(b.db) / mails);
	db_close(&b.note);
	db_close(&b.db);
	secret_free(&b.secret);
	arena_free(&b.arena);
	unlink(path);
	snprintf(url, sizeof url, "%s-wal", path);
	unlink(url);
	snprintf(url, sizeof url, "%s-shm", path);
	unlink(url);
	return 0;
}
