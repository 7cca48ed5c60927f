#include "tests/unit/db/store.h"

static void
test_names(void **state)
{
	enum person_role role;
	enum person_mail mail;

	(void)state;
	for (int i = ROLE_REQUESTER; i <= ROLE_ADMIN; i++) {
		assert_true(person_role_parse(person_role_name(
		    (enum person_role)i), &role));
		assert_int_equal(role, i);
	}
	for (int i = PMAIL_ALL; i <= PMAIL_NONE; i++) {
		assert_true(person_mail_parse(person_mail_name(
		    (enum person_mail)i), &mail));
		assert_int_equal(mail, i);
	}
	assert_false(person_role_parse("Staff", &role));
	assert_false(person_mail_parse("", &mail));
}

static void
test_round_trip(void **state)
{
	struct store *s = *state;
	struct person p = { .name = "Zo\xc3\xab", .address = "Zoe@X.example",
	    .role = ROLE_MANAGER, .mail = PMAIL_CATEGORY, .digest = true,
	    .slack = "U1", .matrix = "@zoe:x", .categories = "it,services",
	    .removed = true };
	struct person got;
	int64_t id;

	ok(s, db_begin(s->db, &s->err));
	ok(s, person_add(s->db, &p, 7, &id, &s->err));
	assert_int_equal(person_get(s->db, id, s->arena, &got, &s->err), 1);
	assert_int_equal(got.id, id);
	assert_string_equal(got.name, p.name);
	assert_string_equal(got.address, "Zoe@X.example");
	assert_int_equal(got.role, ROLE_MANAGER);
	assert_int_equal(got.mail, PMAIL_CATEGORY);
	assert_true(got.digest);
	assert_string_equal(got.slack, "U1");
	assert_string_equal(got.matrix, "@zoe:x");
	assert_string_equal(got.categories, "it,services");
	assert_true(got.removed);

	got.name = "Z.";
	got.role = ROLE_STAFF;
	got.mail = PMAIL_NONE;
	got.digest = got.removed = false;
	got.slack = got.matrix = NULL;
	got.categories = "";
	got.address = "ignored@x.example";
	ok(s, person_update(s->db, &got, &s->err));
	assert_int_equal(person_get(s->db, id, s->arena, &p, &s->err), 1);
	assert_string_equal(p.name, "Z.");
	assert_string_equal(p.address, "Zoe@X.example");
	assert_int_equal(p.role, ROLE_STAFF);
	assert_int_equal(p.mail, PMAIL_NONE);
	assert_false(p.digest);
	assert_null(p.slack);
	assert_null(p.matrix);
	assert_string_equal(p.categories, "");
	assert_false(p.removed);
	p.id = 999;
	assert_int_equal(person_update(s->db, &p, &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	assert_int_equal(person_get(s->db, 999, s->arena, &p, &s->err), 0);
	ok(s, db_commit(s->db, &s->err));
}

static void
test_addresses(void **state)
{
	static const struct {
		const char	*address;
		int		 found, has;
	} t[] = {
		{ "ann@x.example",	1, 1 },
		{ "ANN@X.Example",	1, 1 },
		{ "ann.b@x.example",	1, 1 },
		{ "bob@x.example",	1, 0 },
		{ "ann@x.exampl",	0, 0 },
		{ "ann@x.example ",	0, 0 },
		{ "",			0, 0 },
		/* only ASCII letters have a case here */
		{ "z\xc3\x96@x.example", 0, 0 },
		{ "z\xc3\xb6@x.example", 1, 1 },
	};
	struct store *s = *state;
	struct address_state state_got;
	struct person p;
	int64_t ann, bob;
	char longest[2000];

	ok(s, db_begin(s->db, &s->err));
	ann = store_person(s, "Ann@x.example");
	bob = store_person(s, "bob@x.example");
	ok(s, person_add_address(s->db, ann, "Ann.B@X.example", &s->err));
	ok(s, person_add_address(s->db, ann, "ann.b@x.example", &s->err));
	ok(s, person_add_address(s->db, ann, "z\xc3\xb6@x.example", &s->err));
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		print_message("%s\n", t[i].address);
		assert_int_equal(person_find(s->db, t[i].address, s->arena,
		    &p, &s->err), t[i].found);
		assert_int_equal(person_has_address(s->db, ann, t[i].address,
		    &s->err), t[i].has);
		if (t[i].found)
			assert_int_equal(p.id, t[i].has ? ann : bob);
	}
	/* one address, one person */
	assert_int_equal(person_add_address(s->db, bob, "ANN@x.example",
	    &s->err), -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_int_equal(person_find(s->db, longest, s->arena, &p, &s->err),
	    0);
	assert_int_equal(person_add_address(s->db, bob, longest, &s->err),
	    -1);
	assert_int_equal(s->err.code, ERR_INPUT);
	assert_int_equal(address_get(s->db, longest, &state_got, &s->err), 0);
	ok(s, db_commit(s->db, &s->err));
}

/* What we know of an address comes before and survives its person. */
static void
test_address_state(void **state)
{
	struct store *s = *state;
	struct address_state a = { .suppressed = true };
	struct person p;
	int64_t id;

	ok(s, db_begin(s->db, &s->err));
	assert_int_equal(address_get(s->db, "x@y", &a, &s->err), 0);
	ok(s, address_set(s->db, "X@y", &(struct address_state){ true, false },
	    &s->err));
	assert_int_equal(person_find(s->db, "x@y", s->arena, &p, &s->err), 0);
	id = store_person(s, "x@Y");
	assert_int_equal(person_find(s->db, "x@y", s->arena, &p, &s->err), 1);
	assert_int_equal(p.id, id);
	assert_int_equal(address_get(s->db, "x@y", &a, &s->err), 1);
	assert_true(a.suppressed);
	assert_false(a.blocked);
	ok(s, address_set(s->db, "x@Y", &(struct address_state){ false, true },
	    &s->err));
	assert_int_equal(address_get(s->db, "x@y", &a, &s->err), 1);
	assert_false(a.suppressed);
	assert_true(a.blocked);
	assert_int_equal(person_find(s->db, "x@y", s->arena, &p, &s->err), 1);
	ok(s, db_commit(s->db, &s->err));
}

static void
test_staff(void **state)
{
	static const struct {
		const char	*address, *categories;
		enum person_role role;
		bool		 removed;
	} people[] = {
		{ "a@x", "it", ROLE_STAFF, false },
		{ "b@x", "", ROLE_ADMIN, false },
		{ "c@x", "facilities,it", ROLE_STAFF, false },
		{ "d@x", "it", ROLE_STAFF, true },
		{ "e@x", "it", ROLE_REQUESTER, false },
		{ "f@x", "items", ROLE_MANAGER, false },
	};
	static const struct {
		const char	*category, *want;
	} t[] = {
		{ NULL, "a@x b@x c@x f@x " },
		{ "it", "a@x b@x c@x " },
		{ "facilities", "b@x c@x " },
		{ "item", "b@x " },
	};
	struct store *s = *state;

	ok(s, db_begin(s->db, &s->err));
	for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
		struct person p = { .name = "", .address = people[i].address,
		    .role = people[i].role, .removed = people[i].removed,
		    .categories = people[i].categories };
		int64_t id;

		ok(s, person_add(s->db, &p, 7, &id, &s->err));
	}
	ok(s, db_commit(s->db, &s->err));
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct person *v = NULL;
		char got[200] = "";
		size_t n = 0;

		ok(s, person_staff(s->db, t[i].category, s->arena, &v, &n,
		    &s->err));
		for (size_t j = 0; j < n; j++)
			snprintf(got + strlen(got), sizeof got - strlen(got),
			    "%s ", v[j].address);
		assert_string_equal(got, t[i].want);
	}
}

/* More staff than the list has room for at first, and an arena too small. */
static void
test_many_staff(void **state)
{
	struct store *s = *state;
	struct arena *small = arena_new(2000);
	struct person *v = NULL;
	size_t n = 0;

	ok(s, db_begin(s->db, &s->err));
	for (int i = 0; i < 100; i++) {
		char address[32];
		struct person p = { .name = "N", .address = address,
		    .role = ROLE_STAFF, .categories = "" };
		int64_t id;

		snprintf(address, sizeof address, "s%d@x", i);
		ok(s, person_add(s->db, &p, 7, &id, &s->err));
	}
	ok(s, db_commit(s->db, &s->err));
	ok(s, person_staff(s->db, NULL, s->arena, &v, &n, &s->err));
	assert_int_equal(n, 100);
	assert_string_equal(v[99].address, "s99@x");
	n = 7;
	assert_int_equal(person_staff(s->db, NULL, small, &v, &n, &s->err),
	    -1);
	assert_int_equal(s->err.code, ERR_RETRY);
	assert_int_equal(n, 7);
	arena_free(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		STORE_TEST(test_round_trip),
		STORE_TEST(test_addresses),
		STORE_TEST(test_address_state),
		STORE_TEST(test_staff),
		STORE_TEST(test_many_staff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
