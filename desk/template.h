/* template - files of words for people: AREA/LOCALE/NAME.mustache in two
 * folders, the administrator's first. AREA is mail or web.
 *
 * Partials are NAME.mustache beside them. When a rendering with the
 * administrator's copies fails, the shipped ones alone are used; when there is
 * nothing for a locale, those of en_US. */
#ifndef DESK_TEMPLATE_H
#define DESK_TEMPLATE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/paths.h"
#include "desk/settings.h"
#include "templates/mustache.h"

/* Files read by all renderings of a program, and believed for two seconds.
 * Threads: any. */
struct template_cache;

struct template_folders {
	const char		*own;		/* the administrator's; NULL */
	const char		*shipped;
	const char		*locale;
	struct template_cache	*cache;		/* NULL: read each time */
};

struct template_cache *template_cache_new(void);	/* NULL: no memory */
void	template_cache_free(struct template_cache **cache);	/* NULL-safe */

/* Where those of these settings are; the paths are kept in own, shipped. */
struct template_folders template_folders_of(const struct settings *settings,
	    char own[PATHS_MAX], char shipped[PATHS_MAX]);
/* "NAME.mustache" rendered and appended. ERR_FATAL: there is no such template,
 * or the shipped one is broken; ERR_INPUT: the result is too long. */
int	template_render(const struct template_folders *folders,
	    const char *area, const char *name, enum mustache_kind kind,
	    json_t *context, struct buf *out, struct err *err);
/* The administrator's way alone, without a way out: 1 rendered, 0 nothing of
 * theirs was used, -1 what is wrong. */
int	template_try(const struct template_folders *folders,
	    const char *area, const char *name, enum mustache_kind kind,
	    json_t *context, struct buf *out, struct err *err);

#endif
