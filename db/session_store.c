#include "db/query.h"
#include "db/session_store.h"

#define DAY_MS		((int64_t)86400 * 1000)
#define ROW_MAX		(64 * 1024)	/* bytes of one session's strings */

static struct value
hash_value(const unsigned char hash[CRYPT_SHA256])
{
	return V_BLOB(hash, CRYPT_SHA256);
}

int
login_add(struct db *db, const unsigned char hash[CRYPT_SHA256],
    int64_t person, int64_t until_ms, struct err *err)
{
	return db_run(db, STMT_LOGIN_ADD, NULL, err, hash_value(hash),
	    V_INT(person), V_INT(until_ms));
}

int
login_find(struct db *db, const unsigned char hash[CRYPT_SHA256],
    int64_t now_ms, int64_t *person_out, struct err *err)
{
	return db_run(db, STMT_LOGIN_FIND, person_out, err, hash_value(hash),
	    V_INT(now_ms));
}

int
login_take(struct db *db, const unsigned char hash[CRYPT_SHA256],
    int64_t now_ms, int64_t *person_out, struct err *err)
{
	int64_t person;
	int ret = login_find(db, hash, now_ms, &person, err);

	if (ret != 1)
		return ret;
	if (db_run(db, STMT_LOGIN_DROP, NULL, err, hash_value(hash)) < 0)
		return -1;
	*person_out = person;
	return 1;
}

int
session_add(struct db *db, const unsigned char hash[CRYPT_SHA256],
    const struct session *session, struct err *err)
{
	return db_run(db, STMT_SESSION_ADD, NULL, err, hash_value(hash),
	    V_INT(session->person), V_INT(session->created_ms),
	    V_INT(session->until_ms), V_TEXT(session->agent));
}

int
session_find(struct db *db, const unsigned char hash[CRYPT_SHA256],
    int64_t now_ms, int64_t *person_out, struct err *err)
{
	return db_run(db, STMT_SESSION_FIND, person_out, err,
	    hash_value(hash), V_INT(now_ms));
}

int
session_drop(struct db *db, const unsigned char hash[CRYPT_SHA256],
    struct err *err)
{
	return db_run(db, STMT_SESSION_DROP, NULL, err, hash_value(hash));
}

int
session_list(struct db *db, int64_t now_ms,
    int (*fn)(const struct session *session, void *arg), void *arg,
    struct err *err)
{
	struct arena *arena = arena_new(ROW_MAX);
	struct query *q = NULL;
	struct session session;
	int ret = -1;

	if (arena == NULL) {
		err_set(err, ERR_RETRY, "store: out of memory");
		goto out;
	}
	q = db_query(db, STMT_SESSION_LIST, err, V_INT(now_ms));
	if (q == NULL)
		goto out;
	while ((ret = db_next(q, err)) == 1) {
		arena_reset(arena);
		session = (struct session){ q_int(q, 0), q_text(q, 1, arena),
			q_int(q, 2), q_int(q, 3), q_text(q, 4, arena) };
		ret = query_arena(arena, ret, err);
		if (ret < 0 || fn(&session, arg) != 0)
			break;
	}
	if (ret > 0)
		ret = 0;
out:
	db_end(&q);
	arena_free(&arena);
	return ret;
}

int
session_revoke(struct db *db, int64_t person, struct err *err)
{
	struct query *q = db_query(db, STMT_SESSION_REVOKE, err,
	    V_INT(person));
	int ret, n = 0;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1)
		n++;
	db_end(&q);
	return ret < 0 ? -1 : n;
}

int
session_sweep(struct db *db, int64_t now_ms, struct err *err)
{
	if (db_run(db, STMT_LOGIN_SWEEP, NULL, err, V_INT(now_ms)) < 0)
		return -1;
	return db_run(db, STMT_SESSION_SWEEP, NULL, err, V_INT(now_ms));
}

int
viewed_add(struct db *db, int64_t person, int64_t ticket, int64_t now_ms,
    struct err *err)
{
	return db_run(db, STMT_VIEWED_ADD, NULL, err, V_INT(person),
	    V_INT(ticket), V_INT(now_ms / DAY_MS));
}

int
viewed_has(struct db *db, int64_t person, int64_t ticket, int64_t now_ms,
    struct err *err)
{
	return db_run(db, STMT_VIEWED_HAS, NULL, err, V_INT(person),
	    V_INT(ticket), V_INT(now_ms / DAY_MS));
}
