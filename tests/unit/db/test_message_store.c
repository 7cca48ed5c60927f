#include "tests/unit/db/store.h"

#include "db/message_store.h"

static int64_t
say(struct store *s, struct message m)
{
	int64_t id;

	if (m.source == NULL)
		m.source = "mail";
	ok(s, message_insert(s->db, &m, &id, &s->err));
	return id;
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(message_visibility_name(MESSAGE_PUBLIC),
	    "public");
	assert_string_equal(message_visibility_name(MESSAGE_NOTE), "note");
	assert_string_equal(message_visibility_name(MESSAGE_HELD), "held");
	assert_string_equal(message_proof_name(PROVEN_CLAIMED), "claimed");
	assert_string_equal(message_proof_name(PROVEN_TOKEN), "token");
	assert_string_equal(message_proof_name(PROVEN_VERIFIED), "verified");
	assert_string_equal(message_proof_name(PROVEN_STAFF), "staff");
}

static void
test_round_trip(void **state)
{
	struct store *s = *state;
	struct message m, got;
	struct ticket t;
	int64_t ann, id, bare;

	ok(s, db_begin(s->db, &s->err));
	ann = store_person(s, "ann@x");
	t = store_ticket(s, "T", ann, 1);
	m = (struct message){ .ticket = t.number, .date_ms = 5, .author = ann,
	    .author_name = "Ann", .author_address = "Ann@X",
	    .visibility = MESSAGE_HELD, .proof = PROVEN_VERIFIED,
	    .source = "matrix", .text = "caf\xc3\xa9", .full_text = "> q\ncaf",
	    .spans = "[]", .raw = 3, .message_id = "a@x",
	    .references = "<b@x> <c@x>", .automatic = true, .from_staff = true,
	    .pending = PENDING_SEND, .pending_until_ms = 9 };
	id = say(s, m);
	bare = say(s, (struct message){ .ticket = t.number });
	assert_int_equal(message_get(s->db, id, s->arena, &got, &s->err), 1);
	assert_int_equal(got.id, id);
	assert_int_equal(got.ticket, t.number);
	assert_int_equal(got.date_ms, 5);
	assert_int_equal(got.author, ann);
	assert_string_equal(got.author_name, "Ann");
	assert_string_equal(got.author_address, "Ann@X");
	assert_int_equal(got.visibility, MESSAGE_HELD);
	assert_int_equal(got.proof, PROVEN_VERIFIED);
	assert_string_equal(got.source, "matrix");
	assert_string_equal(got.text, m.text);
	assert_string_equal(got.full_text, m.full_text);
	assert_string_equal(got.spans, "[]");
	assert_int_equal(got.raw, 3);
	assert_string_equal(got.message_id, "a@x");
	assert_string_equal(got.references, "<b@x> <c@x>");
	assert_true(got.automatic);
	assert_true(got.from_staff);
	assert_int_equal(got.pending, PENDING_SEND);
	assert_int_equal(got.pending_until_ms, 9);

	assert_int_equal(message_get(s->db, bare, s->arena, &got, &s->err),
	    1);
	assert_null(got.author_name);
	assert_null(got.author_address);
	assert_string_equal(got.text, "");
	assert_null(got.full_text);
	assert_null(got.spans);
	assert_null(got.message_id);
	assert_null(got.references);
	assert_int_equal(got.author, 0);
	assert_int_equal(got.raw, 0);
	assert_false(got.automatic || got.from_staff);
	assert_int_equal(message_get(s->db, 999, s->arena, &got, &s->err), 0);

	ok(s, message_update(s->db, &(struct message){ .id = id,
	    .visibility = MESSAGE_PUBLIC, .pending = PENDING_PROOF,
	    .pending_until_ms = 11, .text = "new", .source = "cli",
	    .author = 0 }, &s->err));
	assert_int_equal(message_get(s->db, id, s->arena, &got, &s->err), 1);
	assert_int_equal(got.visibility, MESSAGE_PUBLIC);
	assert_int_equal(got.pending, PENDING_PROOF);
	assert_int_equal(got.pending_until_ms, 11);
	assert_string_equal(got.text, "new");
	assert_string_equal(got.source, "matrix");
	assert_int_equal(got.author, ann);
	/* of a ticket that is not there */
	m.ticket = 999;
	assert_int_equal(message_insert(s->db, &m, &id, &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	ok(s, db_commit(s->db, &s->err));
}

static void
ids(const struct message *v, size_t n, int64_t first, char out[100])
{
	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		snprintf(out + strlen(out), 100 - strlen(out), "%d ",
		    (int)(v[i].id - first));
}

static void
test_lists(void **state)
{
	struct store *s = *state;
	struct message *v = NULL, last;
	struct ticket t, u;
	int64_t ann, bob, first;
	char got[100];
	size_t n = 0;

	ok(s, db_begin(s->db, &s->err));
	ann = store_person(s, "ann@x");
	bob = store_person(s, "bob@x");
	t = store_ticket(s, "T", ann, 1);
	u = store_ticket(s, "U", ann, 1);
	first = say(s, (struct message){ .ticket = t.number, .author = ann,
	    .message_id = "1@x", .text = "0" });
	say(s, (struct message){ .ticket = u.number, .author = ann,
	    .message_id = "2@x" });
	say(s, (struct message){ .ticket = t.number, .author = bob,
	    .message_id = "3@x", .pending = PENDING_PROOF,
	    .pending_until_ms = 100 });
	say(s, (struct message){ .ticket = t.number, .author = ann,
	    .message_id = "4@x" });
	say(s, (struct message){ .ticket = t.number, .author = ann });
	say(s, (struct message){ .ticket = u.number, .author = bob,
	    .pending = PENDING_PROOF, .pending_until_ms = 50 });
	say(s, (struct message){ .ticket = u.number, .author = bob,
	    .pending = PENDING_SEND, .pending_until_ms = 200 });
	ok(s, db_commit(s->db, &s->err));

	ok(s, message_list(s->db, t.number, 0, 100, s->arena, &v, &n,
	    &s->err));
	ids(v, n, first, got);
	assert_string_equal(got, "0 2 3 4 ");
	ok(s, message_list(s->db, t.number, first, 2, s->arena, &v, &n,
	    &s->err));
	ids(v, n, first, got);
	assert_string_equal(got, "2 3 ");
	ok(s, message_list(s->db, 999, 0, 100, s->arena, &v, &n, &s->err));
	assert_int_equal(n, 0);

	assert_int_equal(message_last_of(s->db, t.number, ann, s->arena,
	    &last, &s->err), 1);
	assert_string_equal(last.message_id, "4@x");
	assert_int_equal(message_last_of(s->db, u.number, bob, s->arena,
	    &last, &s->err), 0);

	ok(s, message_pending_of(s->db, bob, 10, s->arena, &v, &n, &s->err));
	ids(v, n, first, got);
	assert_string_equal(got, "2 5 ");
	ok(s, message_pending_of(s->db, bob, 50, s->arena, &v, &n, &s->err));
	ids(v, n, first, got);
	assert_string_equal(got, "2 ");
	ok(s, message_pending_of(s->db, ann, 10, s->arena, &v, &n, &s->err));
	assert_int_equal(n, 0);
}

struct heard {
	char	text[100];
	int	n, stop_at;
};

static int
hear(const char *text, void *arg)
{
	struct heard *h = arg;

	snprintf(h->text + strlen(h->text), sizeof h->text - strlen(h->text),
	    "%s|", text);
	return ++h->n == h->stop_at;
}

static void
test_secrets(void **state)
{
	struct store *s = *state;
	struct heard all = { 0 }, one = { .stop_at = 1 };
	struct ticket t, u;

	ok(s, db_begin(s->db, &s->err));
	t = store_ticket(s, "T", 0, 1);
	u = store_ticket(s, "U", 0, 1);
	say(s, (struct message){ .ticket = t.number, .text = "public" });
	say(s, (struct message){ .ticket = t.number, .text = "note",
	    .full_text = "note, whole", .visibility = MESSAGE_NOTE });
	say(s, (struct message){ .ticket = t.number, .text = "held",
	    .visibility = MESSAGE_HELD });
	say(s, (struct message){ .ticket = u.number, .text = "elsewhere",
	    .visibility = MESSAGE_NOTE });
	ok(s, db_commit(s->db, &s->err));
	ok(s, message_secrets(s->db, t.number, hear, &all, &s->err));
	assert_string_equal(all.text, "note|note, whole|held|");
	ok(s, message_secrets(s->db, t.number, hear, &one, &s->err));
	assert_string_equal(one.text, "note|");
}

static void
test_attachments(void **state)
{
	struct store *s = *state;
	struct attachment a = { .raw = 4, .name = "a b.png",
	    .type = "image/png", .size = 10, .sha256 = "00ff",
	    .is_inline = true, .content_id = "c@x", .offset = 5000000000u,
	    .length = 14, .encoding = "base64" };
	struct attachment bare = { .type = "text/plain", .sha256 = "",
	    .encoding = "7bit" };
	struct attachment *v = NULL, got;
	struct ticket t;
	int64_t id;
	size_t n = 0;

	ok(s, db_begin(s->db, &s->err));
	t = store_ticket(s, "T", 0, 1);
	a.message = bare.message = say(s, (struct message){
	    .ticket = t.number });
	ok(s, attachment_insert(s->db, &a, &id, &s->err));
	ok(s, attachment_insert(s->db, &bare, NULL, &s->err));
	ok(s, db_commit(s->db, &s->err));
	ok(s, attachment_list(s->db, a.message, s->arena, &v, &n, &s->err));
	assert_int_equal(n, 2);
	assert_null(v[1].name);
	assert_null(v[1].content_id);
	assert_int_equal(v[1].raw, 0);
	assert_int_equal(attachment_get(s->db, id, s->arena, &got, &s->err),
	    1);
	assert_int_equal(got.id, v[0].id);
	assert_int_equal(got.message, a.message);
	assert_int_equal(got.raw, 4);
	assert_string_equal(got.name, "a b.png");
	assert_string_equal(got.type, "image/png");
	assert_int_equal(got.size, 10);
	assert_string_equal(got.sha256, "00ff");
	assert_true(got.is_inline);
	assert_string_equal(got.content_id, "c@x");
	assert_true(got.offset == a.offset);
	assert_int_equal(got.length, 14);
	assert_string_equal(got.encoding, "base64");
	assert_int_equal(attachment_get(s->db, 999, s->arena, &got, &s->err),
	    0);
}

static void
test_threads(void **state)
{
	static const struct {
		const char	*id;
		enum thread_rel	 rel;
		int64_t		 person;
		int		 ret;
		int64_t		 ticket;
	} t[] = {
		{ "a@x", THREAD_SELF,		0, 1, 1 },
		{ "a@x", THREAD_REFERENCE,	0, 1, 2 },	/* the oldest */
		{ "a@x", THREAD_REFERENCE,	1, 1, 3 },	/* their own */
		{ "a@x", THREAD_REFERENCE,	2, 1, 2 },
		{ "a@x", THREAD_SENT,		0, 0, 0 },
		{ "A@x", THREAD_SELF,		0, 0, 0 },
		{ "b@x", THREAD_SENT,		0, 1, 2 },
		{ "b@x", THREAD_SELF,		0, 0, 0 },
		{ "",	 THREAD_SELF,		0, 0, 0 },
	};
	struct store *s = *state;

	ok(s, db_begin(s->db, &s->err));
	assert_int_equal(store_person(s, "ann@x"), 1);
	for (int i = 0; i < 3; i++)
		store_ticket(s, "T", i == 2 ? 1 : 0, 1);
	ok(s, thread_add(s->db, "a@x", THREAD_SELF, 1, 1, &s->err));
	ok(s, thread_add(s->db, "a@x", THREAD_SELF, 1, 2, &s->err));
	ok(s, thread_add(s->db, "a@x", THREAD_REFERENCE, 3, 0, &s->err));
	ok(s, thread_add(s->db, "a@x", THREAD_REFERENCE, 2, 0, &s->err));
	ok(s, thread_add(s->db, "b@x", THREAD_SENT, 2, 0, &s->err));
	ok(s, db_commit(s->db, &s->err));
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		int64_t ticket = 0;

		assert_int_equal(thread_find(s->db, t[i].id, t[i].rel,
		    t[i].person, &ticket, &s->err), t[i].ret);
		assert_int_equal(ticket, t[i].ticket);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		STORE_TEST(test_round_trip),
		STORE_TEST(test_lists),
		STORE_TEST(test_secrets),
		STORE_TEST(test_attachments),
		STORE_TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
