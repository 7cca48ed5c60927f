#include <assert.h>

#include "base/text.h"
#include "db/fold.h"
#include "db/names.h"
#include "db/people_store.h"
#include "db/query.h"

static const char *const role_names[] = {
	[ROLE_REQUESTER]	= "requester",
	[ROLE_STAFF]		= "staff",
	[ROLE_MANAGER]		= "manager",
	[ROLE_ADMIN]		= "admin",
};
static const char *const mail_names[] = {
	[PMAIL_ALL]		= "all",
	[PMAIL_MINE]		= "mine",
	[PMAIL_CATEGORY]	= "category",
	[PMAIL_NONE]		= "none",
};

const char *
person_role_name(enum person_role role)
{
	assert((int)role < NAMES_N(role_names));
	return role_names[role];
}

bool
person_role_parse(const char *name, enum person_role *role_out)
{
	int i = names_find(role_names, NAMES_N(role_names), name);

	if (i >= 0)
		*role_out = (enum person_role)i;
	return i >= 0;
}

const char *
person_mail_name(enum person_mail mail)
{
	assert((int)mail < NAMES_N(mail_names));
	return mail_names[mail];
}

bool
person_mail_parse(const char *name, enum person_mail *mail_out)
{
	int i = names_find(mail_names, NAMES_N(mail_names), name);

	if (i >= 0)
		*mail_out = (enum person_mail)i;
	return i >= 0;
}

static struct person
read_person(struct query *q, struct arena *arena)
{
	return (struct person){
		.id = q_int(q, 0),
		.name = q_text(q, 1, arena),
		.address = q_text(q, 2, arena),
		.role = (enum person_role)q_int(q, 3),
		.mail = (enum person_mail)q_int(q, 4),
		.digest = q_bool(q, 5),
		.slack = q_text(q, 6, arena),
		.matrix = q_text(q, 7, arena),
		.categories = q_text(q, 8, arena),
		.removed = q_bool(q, 9),
	};
}

/* The one row of a started query, which is ended. */
static int
one(struct query *q, struct arena *arena, struct person *person_out,
    struct err *err)
{
	struct person person;
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1) {
		person = read_person(q, arena);
		ret = query_arena(arena, ret, err);
	}
	db_end(&q);
	if (ret == 1)
		*person_out = person;
	return ret;
}

int
person_get(struct db *db, int64_t id, struct arena *arena,
    struct person *person_out, struct err *err)
{
	return one(db_query(db, STMT_PERSON_GET, err, V_INT(id)), arena,
	    person_out, err);
}

int
person_find(struct db *db, const char *address, struct arena *arena,
    struct person *person_out, struct err *err)
{
	char folded[FOLD_MAX];

	if (fold_address(address, folded, NULL) != 0)
		return 0;		/* nobody can have it */
	return one(db_query(db, STMT_PERSON_FIND, err, V_TEXT(folded)),
	    arena, person_out, err);
}

int
person_find_chat(struct db *db, const char *door, const char *id,
    struct arena *arena, struct person *person_out, struct err *err)
{
	return one(db_query(db, strcmp(door, "slack") == 0 ?
	    STMT_PERSON_SLACK : STMT_PERSON_MATRIX, err, V_TEXT(id)), arena,
	    person_out, err);
}

int
address_get(struct db *db, const char *address,
    struct address_state *state_out, struct err *err)
{
	char folded[FOLD_MAX];
	struct query *q;
	int ret;

	if (fold_address(address, folded, NULL) != 0)
		return 0;
	q = db_query(db, STMT_ADDRESS_GET, err, V_TEXT(folded));
	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1)
		*state_out = (struct address_state){
			.suppressed = q_bool(q, 0),
			.blocked = q_bool(q, 1),
		};
	db_end(&q);
	return ret;
}

int
address_set(struct db *db, const char *address,
    const struct address_state *state, struct err *err)
{
	char folded[FOLD_MAX];

	if (fold_address(address, folded, err) != 0)
		return -1;
	return db_run(db, STMT_ADDRESS_SET, NULL, err, V_TEXT(folded),
	    V_TEXT(address), V_INT(state->suppressed),
	    V_INT(state->blocked));
}

int
person_add_address(struct db *db, int64_t id, const char *address,
    struct err *err)
{
	char folded[FOLD_MAX];
	int ret;

	if (fold_address(address, folded, err) != 0)
		return -1;
	ret = db_run(db, STMT_ADDRESS_OWN, NULL, err, V_TEXT(folded),
	    V_TEXT(address), V_INT(id));
	if (ret == 0)
		return err_set(err, ERR_INPUT,
		    "address %s is another person's", address);
	return ret < 0 ? -1 : 0;
}

int
person_add(struct db *db, const struct person *person, int64_t now_ms,
    int64_t *id_out, struct err *err)
{
	int64_t id = 0;

	if (db_run(db, STMT_PERSON_ADD, &id, err, V_TEXT(person->name),
	    V_TEXT(person->address), V_INT(person->role),
	    V_INT(person->mail), V_INT(person->digest),
	    V_TEXT(person->slack), V_TEXT(person->matrix),
	    V_TEXT(person->categories == NULL ? "" : person->categories),
	    V_INT(person->removed), V_INT(now_ms)) < 0)
		return -1;
	if (person_add_address(db, id, person->address, err) != 0)
		return -1;
	*id_out = id;
	return 0;
}

int
person_update(struct db *db, const struct person *person, struct err *err)
{
	int ret = db_run(db, STMT_PERSON_UPDATE, NULL, err,
	    V_INT(person->id), V_TEXT(person->name), V_INT(person->role),
	    V_INT(person->mail), V_INT(person->digest),
	    V_TEXT(person->slack), V_TEXT(person->matrix),
	    V_TEXT(person->categories == NULL ? "" : person->categories),
	    V_INT(person->removed));

	if (ret == 0)
		return err_set(err, ERR_INPUT, "no person %lld",
		    (long long)person->id);
	return ret < 0 ? -1 : 0;
}

int
person_has_address(struct db *db, int64_t id, const char *address,
    struct err *err)
{
	char folded[FOLD_MAX];
	int64_t owner = 0;
	int ret;

	if (fold_address(address, folded, NULL) != 0)
		return 0;
	ret = db_run(db, STMT_ADDRESS_OWNER, &owner, err, V_TEXT(folded));
	return ret < 0 ? -1 : ret == 1 && owner == id;
}

/* Is category one of the comma-separated list? The empty list is all. */
static bool
serves(const char *list, const char *category)
{
	size_t len = strlen(category), n;

	if (*list == '\0')
		return true;
	for (;; list += n + 1) {
		n = strcspn(list, ",");
		if (n == len && memcmp(list, category, n) == 0)
			return true;
		if (list[n] == '\0')
			return false;
	}
}

int
person_staff(struct db *db, const char *category, struct arena *arena,
    struct person **v_out, size_t *n_out, struct err *err)
{
	struct query *q = db_query0(db, STMT_PERSON_STAFF, err);
	struct person *v = NULL;
	size_t n = 0, cap = 0;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		if (category != NULL && !serves(q_borrow(q, 8), category))
			continue;
		v = query_room(arena, v, n, &cap, sizeof *v);
		if (v != NULL)
			v[n++] = read_person(q, arena);
		ret = query_arena(arena, ret, err);
		if (ret < 0)
			break;
	}
	db_end(&q);
	if (ret < 0)
		return -1;
	*v_out = v;
	*n_out = n;
	return 0;
}

int
person_addresses(struct db *db, int64_t id, struct arena *arena,
    struct person_address **v_out, size_t *n_out, struct err *err)
{
	struct query *q = db_query(db, STMT_ADDRESS_LIST, err, V_INT(id));
	struct person_address *v = NULL;
	size_t n = 0, cap = 0;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		v = query_room(arena, v, n, &cap, sizeof *v);
		if (v != NULL)
			v[n++] = (struct person_address){
				.address = q_text(q, 0, arena),
				.state = { q_bool(q, 1), q_bool(q, 2) },
			};
		ret = query_arena(arena, ret, err);
		if (ret < 0)
			break;
	}
	db_end(&q);
	if (ret < 0)
		return -1;
	*v_out = v;
	*n_out = n;
	return 0;
}

int
person_figures(struct db *db, int64_t id, struct person_figures *figures_out,
    struct err *err)
{
	struct query *q = db_query(db, STMT_PERSON_FIGURES, err, V_INT(id));
	int ret;

	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1)
		*figures_out = (struct person_figures){ q_int(q, 0),
		    q_int(q, 1), q_int(q, 2), q_int(q, 3) };
	db_end(&q);
	return ret < 0 ? -1 : 0;
}

int
person_fold(struct db *db, int64_t id, int64_t into, struct err *err)
{
	static const enum stmt moves[] = { STMT_MOVE_ADDRESS,
	    STMT_MOVE_REQUESTER, STMT_MOVE_ASSIGNEE, STMT_MOVE_WATCHER,
	    STMT_MOVE_MUTE, STMT_MOVE_MESSAGE, STMT_MOVE_FACT,
	    STMT_MOVE_VIEWED, STMT_MOVE_CHAT_USER, STMT_PERSON_FOLD };
	static const enum stmt drops[] = { STMT_DROP_WATCHER, STMT_DROP_MUTE,
	    STMT_DROP_VIEWED, STMT_DROP_LOGIN, STMT_DROP_SESSION };
	size_t i;

	for (i = 0; i < sizeof moves / sizeof moves[0]; i++)
		if (db_run(db, moves[i], NULL, err, V_INT(id),
		    V_INT(into)) < 0)
			return -1;
	for (i = 0; i < sizeof drops / sizeof drops[0]; i++)
		if (db_run(db, drops[i], NULL, err, V_INT(id)) < 0)
			return -1;
	return 0;
}

int
person_next(struct db *db, int64_t after, int64_t *id_out, struct err *err)
{
	return db_run(db, STMT_PERSON_NEXT, id_out, err, V_INT(after));
}
