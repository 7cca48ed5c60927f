#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json_text.h"
#include "db/quota_store.h"
#include "desk/notify.h"
#include "desk/trouble.h"

#define KIND		"trouble"
#define HOUR_MS		((int64_t)3600 * 1000)
#define MAILED_MAX	4	/* of one name in an hour */

static const char *
key_of(struct arena *arena, const char *name)
{
	const char *key = arena_printf(arena, KIND ":%s", name);

	return key == NULL ? "" : key;
}

static int
save(struct desk *desk, const struct trouble *t, struct err *err)
{
	json_t *o = json_pack("{s:s,s:I,s:b}", "what", t->what, "since",
	    (json_int_t)t->since_ms, "mailed", t->mailed);
	char *text = o == NULL ? NULL : json_text(o, JSON_COMPACT);
	int rc;

	if (text == NULL)
		rc = err_set(err, ERR_INPUT, "trouble: no UTF-8");
	else
		rc = state_set(desk->db, key_of(desk->arena, t->name), text,
		    err);
	free(text);
	json_decref(o);
	return rc == -1 ? -1 : 0;
}

static struct trouble
read_one(struct arena *arena, const char *name, const char *value)
{
	json_t *o = json_loads(value, 0, NULL);
	const char *what = json_string_value(json_object_get(o, "what"));
	struct trouble t = {
		.name = name,
		.what = arena_strdup(arena, what == NULL ? "" : what),
		.since_ms = json_integer_value(json_object_get(o, "since")),
		.mailed = json_is_true(json_object_get(o, "mailed")),
	};

	json_decref(o);
	return t;
}

int
trouble_get(struct db *db, const char *name, struct arena *arena,
    struct trouble *trouble_out, struct err *err)
{
	const char *value;
	int rc = state_get(db, key_of(arena, name), arena, &value, err);

	if (rc == 1)
		*trouble_out = read_one(arena, name, value);
	return rc;
}

int
trouble_list(struct db *db, struct arena *arena, struct trouble **v_out,
    size_t *n_out, struct err *err)
{
	struct state *states;
	struct trouble *v;
	size_t n, i;

	if (state_list(db, KIND, TROUBLES_MAX, arena, &states, &n,
	    err) == -1)
		return -1;
	v = arena_calloc(arena, n + 1, sizeof *v);
	if (v == NULL)
		return err_set(err, ERR_RETRY, "trouble: out of memory");
	for (i = 0; i < n; i++)
		v[i] = read_one(arena, states[i].name + strlen(KIND ":"),
		    states[i].value);
	*v_out = v;
	*n_out = n;
	return 0;
}

/* "22 Nov 2026 10:00", as people of the desk read it. */
static const char *
time_text(struct desk *desk, int64_t ms)
{
	time_t seconds = ms / 1000;
	struct tm tm;
	char text[64];

	localtime_r(&seconds, &tm);
	strftime(text, sizeof text, "%-d %b %Y %H:%M", &tm);
	return arena_strdup(desk->arena, text);
}

int
trouble_begin(struct desk *desk, const char *name, const char *what,
    struct err *err)
{
	struct trouble t;
	int rc = trouble_get(desk->db, name, desk->arena, &t, err);

	if (rc == 1 && strcmp(t.what, what) == 0)
		return 0;
	if (rc == 1) {
		t.what = what;
		return save(desk, &t, err);
	}
	if (rc == -1)
		return -1;
	rc = quota_take(desk->db, key_of(desk->arena, name), desk->now_ms,
	    HOUR_MS, MAILED_MAX, err);
	if (rc == -1)
		return -1;
	t = (struct trouble){ name, what, desk->now_ms, rc == 1 };
	if (t.mailed && notify_operators(desk, "trouble", notify_detail(desk,
	    "name", name, "what", what, "since", time_text(desk, t.since_ms),
	    NULL), err) == -1)
		return -1;
	return save(desk, &t, err) == -1 ? -1 : 1;
}

int
trouble_drop(struct desk *desk, const char *name, struct err *err)
{
	return state_drop(desk->db, key_of(desk->arena, name), err) == -1 ?
	    -1 : 0;
}

int
trouble_end(struct desk *desk, const char *name, const char *how,
    struct err *err)
{
	struct trouble t;
	int rc = trouble_get(desk->db, name, desk->arena, &t, err);

	if (rc != 1)
		return rc;
	if (trouble_drop(desk, name, err) == -1)
		return -1;
	if (t.mailed && notify_operators(desk, "trouble-over",
	    notify_detail(desk, "name", name, "what", t.what, "how", how,
	    "since", time_text(desk, t.since_ms), NULL), err) == -1)
		return -1;
	return 1;
}
