#include <stdio.h>
#include <string.h>

#include "db/url.h"

#define SCHEME	"sqlite:"

int
url_path(const char *url, const char *suffix, char *out, size_t size,
    struct err *err)
{
	const char *path = url + sizeof SCHEME - 1;
	int n;

	if (strncmp(url, SCHEME, sizeof SCHEME - 1) != 0 || *path == '\0')
		return err_set(err, ERR_FATAL,
		    "store url is \"%s\", must be sqlite:/PATH", url);
	n = snprintf(out, size, "%s%s", path, suffix);
	if (n < 0 || (size_t)n >= size)
		return err_set(err, ERR_FATAL, "store url is too long");
	return 0;
}
