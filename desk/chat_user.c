#include <string.h>

#include "db/people_store.h"
#include "desk/act.h"
#include "desk/change.h"
#include "desk/chat_user.h"

int
chat_user_ask(struct desk *desk, const char *door, const char *team,
    const char *id, struct chat_user *user_out, struct err *err)
{
	struct chat_user user;
	int rc = chat_user_get(desk->db, door, team, id, desk->arena, &user,
	    err);

	if (rc != 1)
		return rc == 0 ? 1 : -1;
	if (desk->now_ms - user.checked_ms >= CHAT_USER_DAY_MS ||
	    user.checked_ms > desk->now_ms)
		return 1;
	*user_out = user;
	return 0;
}

static const char **
name_there(struct person *person, const char *door)
{
	return strcmp(door, "slack") == 0 ? &person->slack : &person->matrix;
}

/* The person that this user is from now on; 1/0/-1. refused_out: why the link
 * cannot be made. */
static int
link_by_address(struct desk *desk, const struct chat_profile *p, bool make,
    struct person *person, const char **refused_out, struct err *err)
{
	struct actor actor = { .name = "system", .system = true,
	    .source = p->door, .because = "verified address" };
	const char **there;
	int rc;

	if (*p->address == '\0')
		return 0;
	rc = make ? act_person(desk, p->address, p->name, person, err) :
	    person_find(desk->db, p->address, desk->arena, person, err);
	if (rc == -1 || (rc == 0 && !make))
		return rc;
	there = name_there(person, p->door);
	if (*there != NULL && **there != '\0') {
		if (strcmp(*there, p->id) == 0)
			return 1;
		*refused_out = "somebody else there has this address";
		return 0;
	}
	*there = p->id;
	if (person_update(desk->db, person, err) == -1 ||
	    change_event(desk, &actor, 0, "person linked", p->door, NULL,
	    p->id, err) == -1)
		return -1;
	return 1;
}

/* Once linked, the address says nothing any more. */
static int
person_of(struct desk *desk, const struct chat_profile *p, bool make,
    int64_t former, struct person *person, const char **refused_out,
    struct err *err)
{
	int rc = person_find_chat(desk->db, p->door, p->id, desk->arena,
	    person, err);

	if (rc != 0 || former != 0)
		return rc;
	return link_by_address(desk, p, make, person, refused_out, err);
}

int
chat_user_learn(struct desk *desk, const struct chat_profile *p, bool make,
    struct chat_user *user_out, struct err *err)
{
	struct chat_user user = { .door = p->door, .team = p->team,
	    .id = p->id, .refused = p->refused, .checked_ms = desk->now_ms };
	struct chat_user former = { .person = 0 };
	struct person person = { .id = 0 };
	int rc = chat_user_get(desk->db, p->door, p->team, p->id, desk->arena,
	    &former, err);

	if (rc == -1)
		return -1;
	user.person = former.person;
	if (p->refused == NULL) {
		rc = person_of(desk, p, make, former.person, &person,
		    &user.refused, err);
		if (rc == -1)
			return -1;
		user.person = rc == 1 ? person.id : 0;
	}
	if (chat_user_put(desk->db, &user, err) == -1)
		return -1;
	*user_out = user;
	return 0;
}
