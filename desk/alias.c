#include "desk/alias.h"
#include "desk/change.h"

static bool
is_staff(const struct person *p)
{
	return p->role != ROLE_REQUESTER && !p->removed;
}

/* What one of them did not say, the other may have. */
static int
complete(struct desk *desk, struct person *p, const struct person *other,
    struct err *err)
{
	if (p->name[0] == '\0')
		p->name = other->name;
	if (p->slack == NULL)
		p->slack = other->slack;
	if (p->matrix == NULL)
		p->matrix = other->matrix;
	return person_update(desk->db, p, err);
}

static int
fold(struct desk *desk, struct person *p, const struct person *other,
    struct err *err)
{
	if (is_staff(other) && !is_staff(p))
		return err_set(err, ERR_INPUT, "%s is staff and %s is not: "
		    "name the address of staff first", other->address,
		    p->address);
	if (person_fold(desk->db, other->id, p->id, err) == -1)
		return -1;
	return complete(desk, p, other, err);
}

int
alias_merge(struct desk *desk, const struct actor *actor,
    const char *address, const char *other_address, struct err *err)
{
	struct person p, other;
	int rc = person_find(desk->db, address, desk->arena, &p, err);

	if (rc == 0)
		return err_set(err, ERR_INPUT, "nobody here has the address "
		    "%s", address);
	if (rc == 1)
		rc = person_find(desk->db, other_address, desk->arena, &other,
		    err);
	if (rc == -1)
		return -1;
	if (rc == 1 && other.id == p.id)
		return 0;
	if (settings_is_ours(desk->settings, other_address))
		return err_set(err, ERR_INPUT, "%s is the desk's own address",
		    other_address);
	rc = rc == 1 ? fold(desk, &p, &other, err) :
	    person_add_address(desk->db, p.id, other_address, err);
	return rc == -1 ? -1 : change_event(desk, actor, 0, "person merged",
	    "address", other_address, p.address, err);
}
