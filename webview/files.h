/* files - what is sent as it is: style, script, pictures. Read once, at start.
 *
 * Bounded    FILES_MAX files of FILES_BYTES together; others are left out
 * Threads    read-only after loading */
#ifndef WEBVIEW_FILES_H
#define WEBVIEW_FILES_H

#include "base/err.h"
#include "base/slice.h"

#define FILES_MAX	64
#define FILES_BYTES	((size_t)8 << 20)
#define FILES_ETAG	35		/* bytes, with quotes and NUL */

struct file {
	char		*name;		/* "style.css" */
	const char	*type;
	struct slice	 bytes;
	char		 etag[FILES_ETAG];	/* of the content, quoted */
};

struct files;

/* All of folder, none when it is not there; and chart.min.js of Debian's package
 * libjs-chart.js. */
int	files_load(const char *folder, struct files **files_out,
	    struct err *err);
void	files_free(struct files **files);		/* NULL-safe */
const struct file *files_find(const struct files *files, const char *name);

#endif
