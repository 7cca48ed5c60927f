#include <stdio.h>
#include <string.h>

#include <ytnef.h>
#include <mapidefs.h>

#include "base/text.h"
#include "parsers/charset.h"
#include "parsers/filename.h"
#include "parsers/tnef.h"

/* The library tells its troubles on standard output, where the answer goes:
 * they go nowhere instead. */
static FILE *
silence(void)
{
	cookie_io_functions_t nothing = { .write = NULL };
	FILE *keep = stdout, *sink = fopencookie(NULL, "w", nothing);

	if (sink == NULL)
		return NULL;
	stdout = sink;
	return keep;
}

static void
speak(FILE *keep)
{
	fclose(stdout);
	stdout = keep;
}

/* The value of a property, without the NULs at its end. */
static struct slice
property(MAPIProps *props, unsigned type, unsigned id, struct arena *arena)
{
	variableLength *v = MAPIFindProperty(props, PROP_TAG(type, id));
	struct slice s = { "", 0 };

	if (v == MAPI_UNDEFINED || v == NULL || v->data == NULL || v->size <= 0)
		return s;
	s = (struct slice){ (const char *)v->data, (size_t)v->size };
	s.len = strnlen(s.p, s.len);
	return arena_slice(arena, s);
}

static struct slice
plain(const variableLength *v, struct arena *arena)
{
	struct slice s = { "", 0 };

	if (v->data == NULL || v->size <= 0)
		return s;
	return arena_slice(arena, (struct slice){ (const char *)v->data,
	    strnlen((const char *)v->data, (size_t)v->size) });
}

static void
read_body(TNEFStruct *t, struct arena *arena, struct tnef *out)
{
	out->body = plain(&t->body, arena);
	if (out->body.len == 0)
		out->body = property(&t->MapiProperties, PT_STRING8, PR_BODY,
		    arena);
	if (out->body.len == 0) {
		out->body = property(&t->MapiProperties, PT_UNICODE, PR_BODY,
		    arena);
		if (out->body.len > 0)
			out->charset = "utf-8";
	}
	if (out->body.len == 0)
		out->html = property(&t->MapiProperties, PT_BINARY,
		    PR_BODY_HTML, arena);
}

/* The code page of the sender: four bytes, the least first. */
static const char *
code_page(const TNEFStruct *t, struct arena *arena)
{
	const BYTE *p = t->CodePage.data;
	const char *name;

	if (p == NULL || t->CodePage.size < 4)
		return "windows-1252";
	name = arena_printf(arena, "cp%u", (unsigned)p[0] |
	    (unsigned)p[1] << 8);
	return name != NULL && charset_known(slice_of(name)) ? name :
	    "windows-1252";
}

static void
read_members(TNEFStruct *t, struct arena *arena, struct tnef *out)
{
	Attachment *a;
	struct slice name;
	const char *safe;

	for (a = t->starting_attach.next; a != NULL &&
	    out->nmembers < TNEF_MEMBERS_MAX; a = a->next) {
		name = property(&a->MAPI, PT_STRING8, PR_ATTACH_LONG_FILENAME,
		    arena);
		if (name.len == 0)
			name = property(&a->MAPI, PT_UNICODE,
			    PR_ATTACH_LONG_FILENAME, arena);
		if (name.len == 0)
			name = plain(&a->Title, arena);
		safe = name.p == NULL ? NULL : filename_safe(name, arena);
		if (safe != NULL)
			out->members[out->nmembers++] = safe;
	}
}

bool
tnef_read(struct slice in, struct arena *arena, struct tnef *out)
{
	TNEFStruct t;
	FILE *keep;
	bool ok;

	*out = (struct tnef){ .body = { "", 0 }, .html = { "", 0 } };
	if (in.len < 8 || in.len > TNEF_SIZE_MAX ||
	    memcmp(in.p, "\x78\x9f\x3e\x22", 4) != 0)
		return false;
	in = arena_slice(arena, in);	/* the library's argument is not const */
	if (in.p == NULL)
		return false;
	keep = silence();
	if (keep == NULL)
		return false;
	memset(&t, 0, sizeof t);
	TNEFInitialize(&t);
	ok = TNEFParseMemory((BYTE *)(uintptr_t)in.p, (long)in.len, &t) >= 0;
	out->charset = code_page(&t, arena);
	read_body(&t, arena, out);
	read_members(&t, arena, out);
	TNEFFree(&t);
	speak(keep);
	return ok;
}
