#include "base/clock.h"
#include "base/log.h"
#include "daemon/chat_clock.h"
#include "desk/chat_intake.h"

#define AT_ONCE		100
#define ARENA_MAX	((size_t)32 * 1024 * 1024)

/* 1 one went out, 0 none is due, -1. */
static int
one(struct desk *desk, struct err *err)
{
	int rc;

	arena_reset(desk->arena);
	if (db_begin(desk->db, err) == -1)
		return -1;
	rc = chat_due(desk, err);
	if (rc == 1 && db_commit(desk->db, err) == 0)
		return 1;
	db_rollback(desk->db);
	return rc == 0 ? 0 : -1;
}

/* It failed: others must not wait for it. */
static int
put_off(struct desk *desk, const struct err *why, struct err *err)
{
	log_at(LOG_ERROR, "chat", "words could not go out; they are held",
	    LOG_S("error", why->msg));
	arena_reset(desk->arena);
	if (db_begin(desk->db, err) == -1)
		return -1;
	if (chat_due_hold(desk, err) == 0 && db_commit(desk->db, err) == 0)
		return 0;
	db_rollback(desk->db);
	return -1;
}

int
chat_clock(struct db *db, const struct settings *settings,
    const struct secret *secret, struct err *err)
{
	struct desk desk = {
		.db = db,
		.settings = settings,
		.secret = secret,
		.now_ms = clock_now_ms(),
	};
	struct err why = { 0 };
	int done = 0, rc;

	desk.arena = arena_new(ARENA_MAX);
	if (desk.arena == NULL)
		return err_set(err, ERR_RETRY, "out of memory");
	/* mostly nothing: no transaction for that */
	rc = chat_is_due(&desk, err);
	while (rc == 1 && done < AT_ONCE && (rc = one(&desk, &why)) == 1)
		done++;
	if (rc == -1 && why.code == ERR_RETRY)
		err_set(err, why.code, "%s", why.msg);
	else if (rc == -1 && why.code != ERR_NONE)
		rc = put_off(&desk, &why, err);
	arena_free(&desk.arena);
	return rc == -1 ? -1 : done;
}
