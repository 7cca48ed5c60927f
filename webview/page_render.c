#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypt.h"
#include "base/json_text.h"
#include "desk/template.h"
#include "webview/page.h"
#include "webview/view.h"

#define ETAG_BYTES	16	/* of the digest */

const char *
page_param(const struct page_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->nparams; i++)
		if (strcmp(r->params[i].name, name) == 0)
			return r->params[i].value;
	return "";
}

static json_t *
viewer_json(const struct page_request *r)
{
	json_t *o = json_object();
	bool named = r->viewer.name != NULL && r->viewer.name[0] != '\0';

	json_object_set_new(o, "shown", view_line(named ? r->viewer.name :
	    r->viewer.address));
	json_object_set_new(o, "address", view_line(r->viewer.address));
	json_object_set_new(o, "staff", json_boolean(view_is_staff(r)));
	json_object_set_new(o, "admin",
	    json_boolean(r->viewer.role == ROLE_ADMIN));
	return o;
}

/* What every page has: the desk, where it lies, who looks. */
static json_t *
with_layout(const struct page_request *r, json_t *context)
{
	json_t *root = json_copy(context), *desk = json_object();

	if (root == NULL)
		root = json_object();
	json_object_set_new(desk, "name", view_line(r->settings->name));
	json_object_set_new(desk, "address", view_line(r->settings->address));
	json_object_set_new(root, "desk", desk);
	json_object_set_new(root, "base", json_string(view_url(r, "%s", "")));
	json_object_set_new(root, "viewer", r->viewer.person == 0 ?
	    json_false() : viewer_json(r));
	return root;
}

int
page_render(const struct page_request *r, const char *name, json_t *context,
    struct page_answer *answer, struct err *err)
{
	char own[PATHS_MAX], shipped[PATHS_MAX], file[128];
	struct template_folders folders = template_folders_of(r->settings,
	    own, shipped);
	json_t *root = with_layout(r, context);
	int rc;

	folders.cache = r->templates;
	snprintf(file, sizeof file, "%s.html", name);
	rc = template_render(&folders, "web", file, MUSTACHE_HTML, root,
	    &answer->body, err);
	json_decref(root);
	return rc;
}

static int
problem_html(const struct page_request *r, int status, const char *title,
    const char *what_to_do, struct page_answer *answer, struct err *err)
{
	json_t *context = json_object();
	int rc;

	json_object_set_new(context, "status", json_integer(status));
	json_object_set_new(context, "title", view_line(title));
	json_object_set_new(context, "what", view_line(what_to_do));
	json_object_set_new(context, "absent", json_boolean(status == 404));
	rc = page_render(r, "problem", context, answer, err);
	json_decref(context);
	return rc;
}

int
page_problem(const struct page_request *r, int status, const char *title,
    const char *what_to_do, struct page_answer *answer, struct err *err)
{
	json_t *o;

	answer->status = status;
	buf_reset(&answer->body);
	if (r->format == PAGE_HTML)
		return problem_html(r, status, title, what_to_do, answer,
		    err);
	o = json_object();
	json_object_set_new(o, "error", view_line(title));
	json_object_set_new(o, "what", view_line(what_to_do));
	return page_json(o, answer, err);
}

int
page_json(json_t *object, struct page_answer *answer, struct err *err)
{
	int rc = json_add(&answer->body, object, JSON_COMPACT);

	json_decref(object);
	answer->type = "application/json";
	buf_addc(&answer->body, '\n');
	if (answer->body.failed)
		return err_set(err, ERR_INPUT, "the page is too long");
	return rc == -1 ? err_set(err, ERR_RETRY, "page: out of memory") : 0;
}

void
page_etag(const struct page_request *r, struct page_answer *answer)
{
	unsigned char digest[CRYPT_SHA256];
	char hex[2 * ETAG_BYTES + 1];

	crypt_sha256(buf_slice(&answer->body), digest);
	crypt_hex(digest, ETAG_BYTES, hex);
	answer->etag = arena_printf(r->arena, "\"%s\"", hex);
}
