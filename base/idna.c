#include <gnutls/gnutls.h>

#include "base/idna.h"
#include "base/text.h"

static bool
is_ascii(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (((unsigned char)s.p[i] & 0x80) != 0)
			return false;
	return true;
}

static bool
label_ok(struct slice label)
{
	if (label.len == 0 || label.len > 63 || label.p[0] == '-' ||
	    label.p[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!text_is_alnum(label.p[i]) && label.p[i] != '-')
			return false;
	return true;
}

static bool
labels_ok(struct slice name)
{
	size_t start = 0, i;

	if (name.len == 0 || name.len > 253)
		return false;
	for (i = 0; i <= name.len; i++) {
		if (i < name.len && name.p[i] != '.')
			continue;
		if (!label_ok((struct slice){ name.p + start, i - start }))
			return false;
		start = i + 1;
	}
	return true;
}

bool
idna_ascii(struct slice domain, char out[IDNA_MAX])
{
	gnutls_datum_t mapped = { NULL, 0 };
	struct slice name = domain;
	bool ok = false;

	if (domain.len == 0 || domain.len > 1000)
		return false;
	if (!is_ascii(domain)) {
		if (gnutls_idna_map(domain.p, (unsigned)domain.len, &mapped,
		    0) != 0)
			return false;
		name = (struct slice){ (char *)mapped.data, mapped.size };
	}
	if (labels_ok(name)) {
		memcpy(out, name.p, name.len);
		out[name.len] = '\0';
		ok = true;
	}
	gnutls_free(mapped.data);
	return ok;
}
