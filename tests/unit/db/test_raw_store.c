#include "tests/unit/db/store.h"

#include "base/buf.h"
#include "base/zstd.h"
#include "db/raw_store.h"

#define FRAME (256 * 1024)

/* Bytes that do not repeat in step with a frame. */
static char *
mail_of(size_t size)
{
	char *p = malloc(size + 1);
	uint32_t x = 1;

	assert_non_null(p);
	for (size_t i = 0; i < size; i++) {
		x = x * 1664525u + 1013904223u;
		p[i] = (char)(i % 3 == 0 ? x >> 24 : 'a' + x % 7);
	}
	return p;
}

static int64_t
put(struct store *s, const char *mail, size_t size, size_t header)
{
	struct blob *blob = blob_start(size);
	int64_t id;

	assert_non_null(blob);
	ok(s, blob_add(blob, mail, size, &s->err));
	ok(s, blob_done(blob, &s->err));
	ok(s, raw_put(s->db, blob, header, 5, &id, &s->err));
	blob_free(&blob);
	return id;
}

struct sink {
	struct buf	buf;
	size_t		largest;
	int		pieces, stop_at;
};

static int
take(const void *p, size_t len, void *arg)
{
	struct sink *sink = arg;

	buf_add(&sink->buf, p, len);
	if (len > sink->largest)
		sink->largest = len;
	return ++sink->pieces == sink->stop_at ? 42 : 0;
}

/* Mails of sizes around the edges, and slices around the edges of those. */
static void
test_slices(void **state)
{
	static const struct { size_t size, header; } t[] = {
		{ 0, 0 }, { 1, 0 }, { 1, 1 }, { 9000, 2000 },
		{ FRAME, 0 }, { FRAME + 1, 0 }, { FRAME, FRAME },
		{ 2 * FRAME, FRAME }, { 3 * FRAME + 5, FRAME + 7 },
		{ 8 * FRAME + 1, 1234 }, { 2 * FRAME + 2, 2 * FRAME + 1 },
	};
	struct store *s = *state;

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		size_t size = t[i].size, got = 0;
		const size_t at[] = { 0, 1, t[i].header, FRAME, size / 2,
		    size == 0 ? 0 : size - 1, size };
		char *mail = mail_of(size);
		int64_t id;

		print_message("%zu, header %zu\n", size, t[i].header);
		ok(s, db_begin(s->db, &s->err));
		id = put(s, mail, size, t[i].header);
		ok(s, db_commit(s->db, &s->err));
		assert_int_equal(raw_size(s->db, id, &got, &s->err), 1);
		assert_int_equal(got, size);
		for (size_t a = 0; a < 7; a++)
			for (size_t b = 0; b < 7; b++) {
				struct sink sink = { BUF_INIT(1 << 24), 0, 0,
				    0 };

				if (at[a] > at[b] || at[b] > size)
					continue;
				ok(s, raw_stream(s->db, id, at[a],
				    at[b] - at[a], take, &sink, &s->err));
				assert_int_equal(sink.buf.len, at[b] - at[a]);
				assert_true(sink.largest <= FRAME);
				if (sink.buf.len > 0)
					assert_memory_equal(sink.buf.p,
					    mail + at[a], sink.buf.len);
				buf_free(&sink.buf);
			}
		free(mail);
	}
}

static void
test_get(void **state)
{
	struct store *s = *state;
	size_t size = BLOB_INLINE_MAX + 3 * FRAME + 17;
	char *mail = mail_of(size), *back = malloc(size);
	struct blob *blob = NULL;
	int64_t id;

	assert_non_null(back);
	ok(s, db_begin(s->db, &s->err));
	id = put(s, mail, size, 3000);
	ok(s, db_commit(s->db, &s->err));
	ok(s, raw_get(s->db, id, &blob, &s->err));
	assert_int_equal(blob_size(blob), size);
	ok(s, blob_read(blob, 0, back, size, &s->err));
	assert_memory_equal(back, mail, size);
	blob_free(&blob);
	free(mail);
	free(back);
}

static void
test_refusals(void **state)
{
	static const struct { size_t offset, length; } t[] = {
		{ 0, 101 }, { 101, 0 }, { 100, 1 }, { 1, SIZE_MAX },
		{ SIZE_MAX, 1 }, { SIZE_MAX, SIZE_MAX },
	};
	struct store *s = *state;
	struct sink sink = { BUF_INIT(1000), 0, 0, 1 };
	struct blob *blob = NULL;
	char *mail = mail_of(100);
	int64_t id, other;
	size_t size;

	ok(s, db_begin(s->db, &s->err));
	other = put(s, mail, 100, 10);
	id = put(s, mail, 100, 10);
	ok(s, db_commit(s->db, &s->err));
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		assert_int_equal(raw_stream(s->db, id, t[i].offset,
		    t[i].length, take, &sink, &s->err), -1);
		assert_int_equal(s->err.code, ERR_INPUT);
	}
	assert_int_equal(sink.pieces, 0);
	assert_int_equal(raw_stream(s->db, id, 0, 100, take, &sink, &s->err),
	    42);
	assert_int_equal(sink.pieces, 1);
	assert_int_equal(sink.buf.len, 10);	/* the header block */

	ok(s, db_begin(s->db, &s->err));
	ok(s, raw_delete(s->db, id, &s->err));
	ok(s, db_commit(s->db, &s->err));
	assert_int_equal(raw_size(s->db, id, &size, &s->err), 0);
	assert_int_equal(raw_get(s->db, id, &blob, &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	assert_int_equal(raw_size(s->db, other, &size, &s->err), 1);
	/* its id is not given to another mail */
	ok(s, db_begin(s->db, &s->err));
	assert_int_not_equal(put(s, mail, 50, 10), id);
	ok(s, db_commit(s->db, &s->err));
	ok(s, raw_get(s->db, other, &blob, &s->err));
	blob_free(&blob);
	buf_free(&sink.buf);
	free(mail);
}

/* What the disk has changed is not handed out. */
static void
test_damage(void **state)
{
	static const char *const damage[] = {
		"UPDATE raw_frame SET data = x'00' WHERE id % 65536 = 1",
		"UPDATE raw_frame SET data = x'28b52ffd' WHERE id % 65536 = 1",
		("UPDATE raw_frame SET data = (SELECT data FROM raw_frame "
		    "WHERE id % 65536 = 0) WHERE id % 65536 = 1"),
		"DELETE FROM raw_frame WHERE id % 65536 = 1",
		"UPDATE raw SET header_length = size + 1",
		"UPDATE raw SET size = -1",
	};
	struct store *s = *state;
	char *mail = mail_of(1000);

	for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
		struct sink sink = { BUF_INIT(1000), 0, 0, 0 };
		int64_t id;

		ok(s, db_begin(s->db, &s->err));
		id = put(s, mail, 1000, 100);
		ok(s, db_commit(s->db, &s->err));
		store_sql(s, damage[i]);
		assert_int_equal(raw_stream(s->db, id, 0, 1000, take, &sink,
		    &s->err), -1);
		assert_int_equal(s->err.code, ERR_FATAL);
		assert_true(sink.buf.len <= 100);
		buf_free(&sink.buf);
		store_sql(s, "DELETE FROM raw; DELETE FROM raw_frame");
	}
	free(mail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_slices),
		STORE_TEST(test_get),
		STORE_TEST(test_refusals),
		STORE_TEST(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
