#include "base/text.h"
#include "db/fold.h"

int
fold_address(const char *address, char out[FOLD_MAX], struct err *err)
{
	size_t len = address == NULL ? 0 : strlen(address), i;

	if (len == 0 || len >= FOLD_MAX)
		return err_set(err, ERR_INPUT,
		    "an address of %zu bytes cannot be", len);
	for (i = 0; i < len; i++)
		out[i] = text_lower(address[i]);
	out[len] = '\0';
	return 0;
}
