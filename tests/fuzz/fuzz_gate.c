/* The gate gives a reason exactly when it refuses; what it lets through the
 * MIME library reads without harm (fuzz_mail, too, but here without the rest,
 * so that more is tried). */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "parsers/gate.h"
#include "parsers/mail_tree.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice raw = { (const char *)data, size };
	struct mail_tree tree = { 0 };
	struct arena *arena;
	struct err err = { 0 };
	const char *why = "";
	size_t i;
	bool pass = gate_pass(raw, &mail_limits_default, &why);

	assert(pass == (why == NULL));
	if (!pass)
		return 0;
	arena = arena_new((size_t)256 * 1024 * 1024);
	if (arena == NULL || mail_tree_read(raw, &mail_limits_default, arena,
	    &tree, &err) != 0)
		abort();
	assert(tree.n >= 1 && tree.n <= mail_limits_default.parts);
	for (i = 0; i < tree.n; i++) {
		const struct mail_part *p = &tree.v[i];

		assert(p->type != NULL && p->end > i && p->end <= tree.n);
		assert(i == 0 || p->parent < i);
		assert(p->body.p >= raw.p &&
		    p->body.p + p->body.len <= raw.p + raw.len);
	}
	arena_free(&arena);
	return 0;
}
