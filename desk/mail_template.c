#include <stdio.h>

#include "desk/mail_template.h"

#define NAME_SIZE	128	/* bytes of EVENT.PART */

static const enum mustache_kind kinds[NPART] = { MUSTACHE_HEADER,
	MUSTACHE_TEXT, MUSTACHE_HTML };

const char *
mail_part_name(enum mail_part part)
{
	static const char *const names[NPART] = { "subject", "txt", "html" };

	return names[part];
}

static const char *
file_of(const char *event, enum mail_part part, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%s.%s", event, mail_part_name(part));
	return name;
}

int
mail_template_render(const struct template_folders *folders,
    const char *event, enum mail_part part, json_t *context, struct buf *out,
    struct err *err)
{
	char name[NAME_SIZE];

	return template_render(folders, "mail", file_of(event, part, name),
	    kinds[part], context, out, err);
}

int
mail_template_try(const struct template_folders *folders, const char *event,
    enum mail_part part, json_t *context, struct buf *out, struct err *err)
{
	char name[NAME_SIZE];

	return template_try(folders, "mail", file_of(event, part, name),
	    kinds[part], context, out, err);
}
