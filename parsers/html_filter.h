/* html_filter - HTML made fit for libxml2: what costs it quadratic time or
 * confuses it goes, what a person sees stays.
 *
 * Gone        comments with all conditionals, processing instructions, the
 *             contents of script and style, </body> and </html> (text behind
 *             them is text), end tags before any start tag, attributes beyond FILTER_ATTRS a tag, values
 *             beyond FILTER_VALUE bytes
 * Changed     "<" that opens no tag becomes &lt;
 * Linear */
#ifndef PARSERS_HTML_FILTER_H
#define PARSERS_HTML_FILTER_H

#include "base/buf.h"
#include "base/slice.h"

#define FILTER_ATTRS	40
#define FILTER_VALUE	8192	/* bytes */

void	html_filter(struct slice in, struct buf *out);

#endif
