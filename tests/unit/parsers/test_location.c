#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/buf.h"
#include "parsers/location.h"

static const char campus[] =
    "code,name,building,aliases\r\n"
    "LIB-2.14,Reading room,Library,quiet room;silent study\r\n"
    "LIB-2.15,,Library,\r\n"
    "B301,Seminar room B-301,Main building,\r\n"
    "A301,,Main building,\r\n"
    "\"H1\",\"Hall 1, the \"\"old\"\" one\",Lecture halls,H\xc3\xb6rsaal 1\r\n"
    "42,,,\r\n"
    "LAB-2.14,,Laboratories,\r\n"
    "K-007,K\xc3\xbc" "che,Student house,\n";

static struct locations *
read_csv(struct arena *arena, const char *csv)
{
	struct locations *l = NULL;
	struct err err = { 0 };

	if (locations_read(slice_of(csv), arena, &l, &err) == -1)
		fail_msg("%s", err.msg);
	return l;
}

static void
test_find(void **state)
{
	static const struct {
		const char *subject, *text, *code;
	} rows[] = {
		/* as people write it */
		{ "", "The wifi in Library 2.14 is down.", "LIB-2.14" },
		{ "", "in lib 2.14, since Monday", "LIB-2.14" },
		{ "", "Libr. 2.14", "LIB-2.14" },
		{ "", "LIBRARY room 2.15!", "LIB-2.15" },
		{ "", "lib-2.14", "LIB-2.14" },
		{ "", "LIB 2 14", "LIB-2.14" },
		{ "", "room B301 is cold", "B301" },
		{ "", "room B-301", "B301" },
		{ "", "b 301.", "B301" },
		{ "", "Raum B/301", "B301" },
		{ "", "(B301)", "B301" },
		{ "", "It is room 42.", "42" },
		{ "", "zimmer 42", "42" },
		{ "", "the quiet room is loud", "LIB-2.14" },
		{ "", "in H\xc3\x96RSAAL 1", "H1" },
		{ "", "im Horsaal 1", "H1" },
		{ "", "the kuche is dirty, kuche k 7", "K-007" },
		{ "B301", "or Library 2.14?", "B301" },
		{ "Cold", "first B301, then A301", "B301" },
		{ "", "main building 301a", NULL },
		/* not, or not clearly, a room */
		{ "", "42 things", NULL },
		{ "", "main building 301", NULL },
		{ "", "at 2.14 in the morning", NULL },
		{ "", "version Library 2.14.3", NULL },
		{ "", "B301a", NULL },
		{ "", "B3011", NULL },
		{ "", "AB301", NULL },
		{ "", "li 2.14", NULL },
		{ "", "the library is closed", NULL },
		{ "", "", NULL },
		{ "", "\xff\xfe\x80 B", NULL },
	};
	struct arena *arena = arena_new(1 << 20);
	struct arena *scratch = arena_new(1 << 20);
	struct locations *l = read_csv(arena, campus);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct location *at = locations_find(l,
		    slice_of(rows[i].subject), slice_of(rows[i].text),
		    scratch);

		print_message("%s\n", rows[i].text);
		if (rows[i].code == NULL)
			assert_null(at);
		else {
			assert_non_null(at);
			assert_string_equal(at->code, rows[i].code);
		}
		arena_reset(scratch);
	}
	assert_null(locations_find(NULL, slice_of("B301"), slice_of(""),
	    scratch));
	arena_free(&arena);
	arena_free(&scratch);
}

static void
test_fields(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct locations *l = read_csv(arena, campus);
	const struct location *v;
	size_t n;

	(void)state;
	v = locations_all(l, &n);
	assert_int_equal(n, 8);
	assert_string_equal(v[4].name, "Hall 1, the \"old\" one");
	assert_string_equal(v[4].building, "Lecture halls");
	assert_ptr_equal(locations_code(l, slice_of("b-301"), arena), &v[2]);
	assert_null(locations_code(l, slice_of("nowhere"), arena));
	arena_free(&arena);
}

static void
test_faults(void **state)
{
	static const struct {
		const char *csv, *msg;
	} rows[] = {
		{ "", "1: it is empty" },
		{ "room,name\n", "1: the first line is not the header" },
		{ "code,name,building,aliases\n,x,y,z\n",
		    "2: a room without a code" },
		{ "code,name,building,aliases\nA,\"x\ny,z\n",
		    "2: a quoted field has no end" },
		{ "code,name,building,aliases\n\nA,b,c,d,e\n",
		    "3: more than four fields" },
		{ "code,name,building,aliases\nA,\xff,c,d\n",
		    "2: not UTF-8" },
		{ "code,name,building,aliases\n\"A\nB\",x,c,d\n",
		    "2: not UTF-8 text in one line" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct arena *arena = arena_new(1 << 20);
		struct locations *l = NULL;
		struct err err = { 0 };

		assert_int_equal(locations_read(slice_of(rows[i].csv), arena,
		    &l, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		assert_memory_equal(err.msg, rows[i].msg,
		    strlen(rows[i].msg));
		arena_free(&arena);
	}
}

static double
cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* 20,000 rooms: each is found; how long a long mail takes is printed. */
static void
test_many(void **state)
{
	struct arena *arena = arena_new((size_t)256 << 20);
	struct arena *scratch = arena_new(4 << 20);
	struct buf csv = BUF_INIT(8 << 20), text = BUF_INIT(1 << 20);
	struct locations *few = read_csv(arena, campus), *many;
	double took[2], began;
	char line[64];
	int i, k;

	(void)state;
	buf_adds(&csv, "code,name,building,aliases\n");
	for (i = 0; i < 20000; i++) {
		snprintf(line, sizeof line, "%c%d.%d,,Building %d,\n", 'A' +
		    i % 26, i / 26 % 100, i / 2600, i % 200);
		buf_adds(&csv, line);
	}
	buf_addc(&csv, 10);
	many = read_csv(arena, arena_strndup(arena, csv.p, csv.len));
	for (i = 0; i < 20000; i += 97) {
		snprintf(line, sizeof line, "in room %c %d.%d please", 'A' +
		    i % 26, i / 26 % 100, i / 2600);
		assert_non_null(locations_find(many, slice_of(""),
		    slice_of(line), scratch));
		arena_reset(scratch);
	}
	while (text.len < 8000)
		buf_adds(&text, "building of the bui 12 x 3 ");
	for (k = 0; k < 2; k++) {
		began = cpu_seconds();
		for (i = 0; i < 200; i++) {
			assert_null(locations_find(k == 0 ? few : many,
			    slice_of(""), buf_slice(&text), scratch));
			arena_reset(scratch);
		}
		took[k] = cpu_seconds() - began;
	}
	print_message("few %.3f s, many %.3f s\n", took[0], took[1]);
	buf_free(&csv);
	buf_free(&text);
	arena_free(&arena);
	arena_free(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find), cmocka_unit_test(test_fields),
		cmocka_unit_test(test_faults), cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
