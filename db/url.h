/* url - where a store is: "sqlite:/path". */
#ifndef DB_URL_H
#define DB_URL_H

#include <stddef.h>

#include "base/err.h"

/* The path of the file, with suffix behind. ERR_FATAL: not such a URL. */
int	url_path(const char *url, const char *suffix, char *out, size_t size,
	    struct err *err);

#endif
