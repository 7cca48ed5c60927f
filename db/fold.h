/* fold - the form an address is found by: ASCII letters in lower case. */
#ifndef DB_FOLD_H
#define DB_FOLD_H

#include "base/err.h"

#define FOLD_MAX 1024		/* bytes, with the NUL */

/* ERR_INPUT when it is empty or longer than any address can be. */
int	fold_address(const char *address, char out[FOLD_MAX],
	    struct err *err);

#endif
