#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/crypt.h"
#include "desk/token.h"

/* A keyring of our own, so that rotation can be played: keys[0] is newest. */
struct secret {
	int		 n;
	unsigned char	 keys[2][SECRET_NPURPOSE][CRYPT_SHA256];
};

int
secret_count(const struct secret *secret)
{
	return secret->n;
}

struct slice
secret_key(const struct secret *secret, int index, enum secret_purpose purpose)
{
	return (struct slice){ (const char *)secret->keys[index][purpose],
	    CRYPT_SHA256 };
}

static struct secret
ring(int newest, int former)
{
	struct secret s = { .n = former == 0 ? 1 : 2 };

	for (int p = 0; p < SECRET_NPURPOSE; p++) {
		memset(s.keys[0][p], newest * 16 + p, CRYPT_SHA256);
		memset(s.keys[1][p], former * 16 + p, CRYPT_SHA256);
	}
	return s;
}

#define KEY	0xfedcba9876543210u

enum edit { AS_IS, UPPER, CUT, FLIP_FIRST, FLIP_LAST, LONGER, FOREIGN };

static void
edit(char *s, size_t size, enum edit how)
{
	size_t len = strlen(s);

	switch (how) {
	case AS_IS:
		break;
	case UPPER:
		for (size_t i = 0; i < len; i++)
			if (s[i] >= 'a' && s[i] <= 'z')
				s[i] = (char)(s[i] - 32);
		break;
	case CUT:
		s[len - 1] = '\0';
		break;
	case FLIP_FIRST:
		s[0] = s[0] == 'b' ? 'c' : 'b';
		break;
	case FLIP_LAST:		/* the last bits of all are padding */
		s[len - 2] = s[len - 2] == 'b' ? 'c' : 'b';
		break;
	case LONGER:
		assert_true(len + 1 < size);
		s[len] = 'a';
		s[len + 1] = '\0';
		break;
	case FOREIGN:
		s[3] = '1';
		break;
	}
}

/* An exact-size copy: one byte too far and the sanitizer sees it. */
static struct slice
exact(const char *s)
{
	size_t len = strlen(s);

	return (struct slice){ memcpy(malloc(len + !len), s, len), len };
}

static void
test_reply(void **state)
{
	static const struct {
		const char	*what;
		int		 now, former;	/* keys when it is read */
		enum edit	 how;
		uint64_t	 key;
		int64_t		 person;
		bool		 reads, holds;
	} t[] = {
		{ "as sent", 1, 0, AS_IS, KEY, 7, true, true },
		{ "capitals", 1, 0, UPPER, KEY, 7, true, true },
		{ "rotated once", 2, 1, AS_IS, KEY, 7, true, true },
		{ "rotated away", 3, 2, AS_IS, KEY, 7, true, false },
		{ "other installation", 9, 0, AS_IS, KEY, 7, true, false },
		{ "other person", 1, 0, AS_IS, KEY, 8, true, false },
		{ "number used again", 1, 0, AS_IS, KEY + 1, 7, true, false },
		{ "truncated", 1, 0, CUT, KEY, 7, false, false },
		{ "longer", 1, 0, LONGER, KEY, 7, false, false },
		{ "foreign letter", 1, 0, FOREIGN, KEY, 7, false, false },
		{ "item forged", 1, 0, FLIP_FIRST, KEY, 7, true, false },
		{ "mac forged", 1, 0, FLIP_LAST, KEY, 7, true, false },
	};
	struct secret sent = ring(1, 0);
	char made[TOKEN_REPLY_LEN + 1], twice[TOKEN_REPLY_LEN + 1];

	(void)state;
	token_reply(&sent, KEY, 7, 123456789012, made);
	assert_int_equal(strlen(made), TOKEN_REPLY_LEN);
	assert_int_equal(strspn(made, "abcdefghijklmnopqrstuvwxyz234567"),
	    TOKEN_REPLY_LEN);
	assert_string_equal(token_reply(&sent, KEY, 7, 123456789012, twice),
	    made);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct secret now = ring(t[i].now, t[i].former);
		char s[TOKEN_REPLY_LEN + 2];
		int64_t item = -1;
		struct slice in;

		print_message("%s\n", t[i].what);
		memcpy(s, made, sizeof made);
		edit(s, sizeof s, t[i].how);
		in = exact(s);
		assert_int_equal(token_reply_read(in, &item), t[i].reads);
		if (t[i].reads && t[i].how != FLIP_FIRST)
			assert_true(item == 123456789012);
		if (!t[i].reads)
			assert_true(item == -1);
		assert_int_equal(token_reply_check(&now, in, t[i].key,
		    t[i].person), t[i].holds);
		free((void *)in.p);
	}
	assert_false(token_reply_check(&sent, (struct slice){ NULL, 0 }, KEY,
	    7));
}

static void
test_message_id(void **state)
{
	static const struct {
		const char	*what;
		int		 now, former;
		uint64_t	 key;
		bool		 holds;
	} t[] = {
		{ "as sent", 1, 0, KEY, true },
		{ "rotated once", 2, 1, KEY, true },
		{ "rotated away", 3, 2, KEY, false },
		{ "number used again", 1, 0, KEY ^ 1, false },
	};
	struct secret sent = ring(1, 0);
	char id[TOKEN_ID_MAX], upper[TOKEN_ID_MAX];
	int64_t ticket, item;

	(void)state;
	token_message_id(&sent, KEY, 1042, 77, "campus.example", id);
	assert_memory_equal(id, "campusdesk.1042.77.", 19);
	assert_string_equal(id + 19 + 16, "@campus.example");
	assert_true(token_message_id_read(slice_of(id), &ticket, &item));
	assert_int_equal(ticket, 1042);
	assert_int_equal(item, 77);
	memcpy(upper, id, sizeof id);
	edit(upper, sizeof upper, UPPER);
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct secret now = ring(t[i].now, t[i].former);

		print_message("%s\n", t[i].what);
		assert_int_equal(token_message_id_check(&now, slice_of(id),
		    t[i].key), t[i].holds);
		assert_int_equal(token_message_id_check(&now,
		    slice_of(upper), t[i].key), t[i].holds);
	}
}

static void
test_message_id_form(void **state)
{
	static const struct { const char *in; bool reads; } t[] = {
		{ "campusdesk.1.2.abcdefghijklmnop@x", true },
		{ "CampusDesk.0.2.ABCDEFGHIJKLMNOP@x.example", true },
		{ "", false },
		{ "campusdesk.", false },
		{ "campusdesk.1", false },
		{ "campusdesk.1.2", false },
		{ "campusdesk.1.2.", false },
		{ "campusdesk.1.2.abcdefghijklmnop", false },
		{ "campusdesk.1.2.abcdefghijklmnop@", false },
		{ "campusdesk.1.2.abcdefghijklmno@x", false },
		{ "campusdesk.1.2.abcdefghijklmn1p@x", false },
		{ "campusdesk.1.2.abcdefghijklmnopq@x", false },
		{ "campusdesk.-1.2.abcdefghijklmnop@x", false },
		{ "campusdesk.1..abcdefghijklmnop@x", false },
		{ "campusdesk.9223372036854775808.2.abcdefghijklmnop@x",
		    false },
		{ "campusdesk.99999999999999999999.2.abcdefghijklmnop@x",
		    false },
		{ "<campusdesk.1.2.abcdefghijklmnop@x>", false },
		{ "otherdesk.1.2.abcdefghijklmnop@x", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct secret s = ring(1, 0);
		struct slice in = exact(t[i].in);
		int64_t ticket = -1, item = -1;

		print_message("%s\n", t[i].in);
		assert_int_equal(token_message_id_read(in, &ticket, &item),
		    t[i].reads);
		assert_int_equal(item, t[i].reads ? 2 : -1);
		assert_false(token_message_id_check(&s, in, KEY));
		free((void *)in.p);
	}
}

/* What is made with one purpose never holds for another. */
static void
test_loop_and_purposes(void **state)
{
	struct secret one = ring(1, 0), later = ring(2, 1), other = ring(5, 0);
	char loop[TOKEN_REPLY_LEN + 1], reply[TOKEN_REPLY_LEN + 1];

	(void)state;
	token_loop(&one, 77, loop);
	token_reply(&one, KEY, 7, 77, reply);
	assert_int_equal(strlen(loop), TOKEN_REPLY_LEN);
	assert_true(token_loop_check(&one, slice_of(loop)));
	assert_true(token_loop_check(&later, slice_of(loop)));
	assert_false(token_loop_check(&other, slice_of(loop)));
	assert_false(token_loop_check(&one, slice_of(reply)));
	assert_false(token_reply_check(&one, slice_of(loop), KEY, 7));
	edit(loop, sizeof loop, FLIP_LAST);
	assert_false(token_loop_check(&one, slice_of(loop)));
	edit(loop, sizeof loop, CUT);
	assert_false(token_loop_check(&one, slice_of(loop)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_message_id),
		cmocka_unit_test(test_message_id_form),
		cmocka_unit_test(test_loop_and_purposes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
