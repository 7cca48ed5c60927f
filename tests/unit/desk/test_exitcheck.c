#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "db/message_store.h"
#include "desk/exitcheck.h"

/* The ticket, in place of a store. */
static struct message said[40];
static size_t nsaid;

int
message_list(struct db *db, int64_t ticket, int64_t after, int limit,
    struct arena *arena, struct message **v_out, size_t *n_out,
    struct err *err)
{
	size_t n = 0;

	(void)db;
	(void)err;
	assert_int_equal(ticket, 1042);
	*v_out = arena_calloc(arena, (size_t)limit, sizeof **v_out);
	for (size_t i = 0; i < nsaid && n < (size_t)limit; i++)
		if (said[i].id > after)
			(*v_out)[n++] = said[i];
	*n_out = n;
	return 0;
}

static void
say(enum message_visibility visibility, bool staff, const char *text)
{
	assert_true(nsaid < sizeof said / sizeof said[0]);
	said[nsaid] = (struct message){ .id = (int64_t)nsaid + 1,
	    .visibility = visibility, .from_staff = staff, .text = text };
	nsaid++;
}

static int
check(const char *text, int64_t message, const char **found_out,
    struct arena **arena_out)
{
	struct desk desk = { .arena = arena_new(1 << 20) };
	struct err err = { 0 };
	int rc = exitcheck(&desk, 1042, message, text, found_out, &err);

	assert_int_not_equal(rc, -1);
	*arena_out = desk.arena;
	return rc;
}

#define STUDENT	"Hello, since Monday I cannot log in to eduroam with my " \
	"phone, the password is surely right.\nRegards, Jana"
#define NOTE	"He shared his password with the whole dormitory again, " \
	"the account is blocked until the talk\nwith the dean on Thursday.\n" \
	"Master-key: K7hq-29xw-PPL0-zz31-ba88-41ff-AA9c\nshort line"

static const struct row {
	const char	*what, *text, *found;	/* found NULL: clean */
} rows[] = {
	{ "nothing", "", NULL },
	{ "own words", "Hello Jana, please try again with your full address.",
	    NULL },
	{ "eight words", "well, his password with the whole dormitory again, "
	    "the thing", "his password with the whole dormitory again, the" },
	{ "seven words", "his password with the whole dormitory again", NULL },
	{ "quoted", "> > He shared his password\n> > with the whole dormitory "
	    "again,\nyes", "He shared his password > > with the whole "
	    "dormitory" },
	{ "quoted, no blank", ">>his password with\n>>the whole dormitory "
	    "again the", "his password with >>the whole dormitory again the" },
	{ "re-wrapped", "his\npassword\nwith\nthe\nwhole\ndormitory\nagain\n"
	    "the", "his password with the whole dormitory again the" },
	{ "case", "HIS PASSWORD With The whole dormitory again, the",
	    "HIS PASSWORD With The whole dormitory again, the" },
	{ "punctuation", "\"his\" *password*, with: the_ whole (dormitory) "
	    "again \xe2\x80\x94 the!", "his\" *password*, with: the_ whole "
	    "(dormitory) again \xe2\x80\x94 the" },
	{ "no-break blanks", "his\xc2\xa0password with the whole dormitory "
	    "again the", "his\xc2\xa0password with the whole dormitory again "
	    "the" },
	{ "soft hyphen", "his pass\xc2\xadword with the whole dormitory again "
	    "the", "his pass\xc2\xadword with the whole dormitory again the" },
	{ "across a line of the note", "until the talk with the dean on "
	    "Thursday", "until the talk with the dean on Thursday" },
	{ "a whole line of few words",
	    "use master-key k7hq-29xw-ppl0-zz31-ba88-41ff-aa9c.",
	    "master-key k7hq-29xw-ppl0-zz31-ba88-41ff-aa9c" },
	{ "part of that line", "K7hq-29xw-PPL0-zz31-ba88-41ff-AA9c", NULL },
	{ "a short line", "short line", NULL },
	{ "the student's words", "> since Monday I cannot log in to eduroam "
	    "with my phone, the\n> password is surely right.\nTry this.",
	    NULL },
	{ "the student's words, said in a note too", "you wrote: surely right, "
	    "but my old tablet works with it just fine", NULL },
	{ "what staff said in public", "again, come to room B 301 with "
	    "your student card tomorrow", NULL },
	{ "a held message", "I know what you did last summer term",
	    "I know what you did last summer term" },
	{ "accents", "\xc3\x84RGER \xc3\xbc" "BER DIE GRO\xc3\x9f" "E "
	    "T\xc3\x9cR IM ALTEN KELLER", "\xc3\x84RGER \xc3\xbc" "BER DIE "
	    "GRO\xc3\x9f" "E T\xc3\x9cR IM ALTEN KELLER" },
};

static void
fill(void)
{
	nsaid = 0;
	say(MESSAGE_PUBLIC, false, STUDENT);
	say(MESSAGE_NOTE, true, NOTE);
	say(MESSAGE_PUBLIC, true, "Please come to room B 301 with your student "
	    "card tomorrow.");
	say(MESSAGE_NOTE, true, "I said: come to room B 301 with your student "
	    "card tomorrow");
	say(MESSAGE_HELD, false, "I know what you did last summer term");
	say(MESSAGE_NOTE, true, "\xc3\xa4rger \xc3\x9c" "ber die gro\xc3\x9f"
	    "e T\xc3\xbcr im alten Keller");
	say(MESSAGE_NOTE, true, "but my old tablet works with it just fine, "
	    "she says");
	for (int i = 0; i < 20; i++)	/* more than one page */
		say(MESSAGE_NOTE, true, "ok");
	say(MESSAGE_PUBLIC, false, "But my old tablet works with it just "
	    "fine.");
}

static void
test_exitcheck(void **state)
{
	(void)state;
	fill();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *found = NULL;
		struct arena *arena;

		print_message("%s\n", rows[i].what);
		assert_int_equal(check(rows[i].text, 0, &found, &arena),
		    rows[i].found != NULL);
		if (rows[i].found != NULL)
			assert_string_equal(found, rows[i].found);
		else
			assert_null(found);
		arena_free(&arena);
	}
}

/* The note itself is no reason to refuse it; another with its words is. */
static void
test_itself(void **state)
{
	const char *found = NULL;
	struct arena *arena;

	(void)state;
	fill();
	assert_int_equal(check(NOTE, 2, &found, &arena), 0);
	arena_free(&arena);
	say(MESSAGE_NOTE, true, NOTE);
	assert_int_equal(check(NOTE, 2, &found, &arena), 1);
	assert_true(strlen(found) <= 80);
	arena_free(&arena);
}

/* What is shown is short, one line, and splits no character. */
static void
test_found_is_short(void **state)
{
	char word[200], text[2000] = "";
	const char *found = NULL;
	struct arena *arena;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof word; i += 2)
		memcpy(word + i, "\xc3\xa9", 3);
	for (int i = 0; i < 8; i++) {
		memcpy(text + strlen(text), word, strlen(word) + 1);
		memcpy(text + strlen(text), "\n", 2);
	}
	nsaid = 0;
	say(MESSAGE_NOTE, true, text);
	assert_int_equal(check(text, 0, &found, &arena), 1);
	assert_true(strlen(found) <= 80 && strlen(found) > 70);
	assert_true(utf8_valid(found, strlen(found)));
	assert_null(strchr(found, '\n'));
	arena_free(&arena);
}

/* Time grows with the text, not with its square: a million words against a
 * million words would take hours otherwise. */
static void
test_linear(void **state)
{
	size_t n = 1000 * 1000, i;
	char *text = malloc(n * 3 + 1), *note = malloc(n * 3 + 1);
	const char *found = NULL;
	struct arena *arena;
	clock_t start = clock();
	uint32_t r = 1;

	(void)state;
	for (i = 0; i < n * 3; i++) {
		r = r * 1664525 + 1013904223;
		text[i] = i % 3 == 2 ? ' ' : (char)('a' + (r >> 16) % 13);
		note[i] = i % 3 == 2 ? '\n' : (char)('n' + (r >> 20) % 13);
	}
	text[n * 3] = note[n * 3] = '\0';
	nsaid = 0;
	say(MESSAGE_NOTE, true, note);
	assert_int_equal(check(text, 0, &found, &arena), 0);
	arena_free(&arena);
	assert_true(clock() - start < 20 * CLOCKS_PER_SEC);
	free(text);
	free(note);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exitcheck),
		cmocka_unit_test(test_itself),
		cmocka_unit_test(test_found_is_short),
		cmocka_unit_test(test_linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
