#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "db/list_store.h"
#include "db/names.h"
#include "db/query.h"

static const char *const taken_names[] = {
	[LIST_BULK]	= "bulk",
	[LIST_IGNORE]	= "ignore",
	[LIST_PERSON]	= "person",
};

const char *
list_taken_name(enum list_taken taken)
{
	assert((int)taken < NAMES_N(taken_names));
	return taken_names[taken];
}

bool
list_taken_parse(const char *name, enum list_taken *taken_out)
{
	int i = names_find(taken_names, NAMES_N(taken_names), name);

	if (i >= 0)
		*taken_out = (enum list_taken)i;
	return i >= 0;
}

static void
fold(const char *id, char out[LIST_ID_MAX + 1])
{
	size_t len = utf8_cut(id, strlen(id), LIST_ID_MAX), i;

	for (i = 0; i < len; i++)
		out[i] = text_lower(id[i]);
	out[len] = '\0';
}

/* Texts are borrowed until the next step. */
static struct mail_list
read_list(struct query *q)
{
	return (struct mail_list){ q_borrow(q, 0),
	    (enum list_taken)q_int(q, 1), q_int(q, 2), q_int(q, 3) };
}

int
list_get(struct db *db, const char *id, struct arena *arena,
    struct mail_list *list_out, struct err *err)
{
	char folded[LIST_ID_MAX + 1];
	struct mail_list list;
	struct query *q;
	int ret;

	fold(id, folded);
	q = db_query(db, STMT_LIST_GET, err, V_TEXT(folded));
	if (q == NULL)
		return -1;
	ret = db_next(q, err);
	if (ret == 1) {
		list = read_list(q);
		list.id = arena_strdup(arena, list.id);
		ret = query_arena(arena, ret, err);
	}
	db_end(&q);
	if (ret == 1)
		*list_out = list;
	return ret;
}

int
list_set(struct db *db, const char *id, enum list_taken taken,
    struct err *err)
{
	char folded[LIST_ID_MAX + 1];

	fold(id, folded);
	return db_run(db, STMT_LIST_SET, NULL, err, V_TEXT(folded),
	    V_INT(taken)) < 0 ? -1 : 0;
}

int
list_seen(struct db *db, const char *id, int64_t now_ms,
    enum list_taken *taken_out, struct err *err)
{
	char folded[LIST_ID_MAX + 1];
	int64_t taken = LIST_BULK;

	fold(id, folded);
	if (db_run(db, STMT_LIST_SEEN, &taken, err, V_TEXT(folded),
	    V_INT(now_ms)) < 0)
		return -1;
	*taken_out = (enum list_taken)taken;
	return 0;
}

int
list_list(struct db *db, int (*fn)(const struct mail_list *list, void *arg),
    void *arg, struct err *err)
{
	struct query *q = db_query0(db, STMT_LIST_LIST, err);
	struct mail_list list;
	int ret;

	if (q == NULL)
		return -1;
	while ((ret = db_next(q, err)) == 1) {
		list = read_list(q);
		if (fn(&list, arg) != 0)
			break;
	}
	db_end(&q);
	return ret < 0 ? -1 : 0;
}
