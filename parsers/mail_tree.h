/* mail_tree - the parts of a mail. mail_tree.c is the only file that sees the
 * types of libetpan's MIME parser.
 *
 * Structure   where parts begin and end: from libetpan; where it sees one part
 *             in what calls itself a multipart, by a scan for the boundary
 * The rest    header fields, types, parameters, encodings: read by our own
 *             header.c and param.c, which know what real mailers write
 * Messages    a message/rfc822 part is a leaf; read its body as a mail
 * Gate        gate_pass(raw) must have been true
 * Bounded     limits->parts, limits->depth: what is beyond is left out, cut set
 * Ownership   slices of raw; the rest in the arena */
#ifndef PARSERS_MAIL_TREE_H
#define PARSERS_MAIL_TREE_H

#include "parsers/header.h"
#include "parsers/mail.h"
#include "parsers/param.h"

struct mail_part {
	struct slice		 raw;		/* header and body */
	struct slice		 body;		/* encoded */
	struct header_list	 header;
	struct param_list	 params;	/* of Content-Type */
	struct param_list	 disposition;
	const char		*type;		/* "text/plain", never NULL */
	enum mail_encoding	 encoding;
	bool			 is_multipart;	/* its children follow it */
	bool			 typed;		/* has a Content-Type */
	size_t			 parent;	/* index; the root's is 0 */
	size_t			 end;		/* index behind its subtree */
	size_t			 depth;		/* the root's is 0 */
};
struct mail_tree {
	struct mail_part	*v;		/* in order, v[0] is the root */
	size_t			 n;		/* at least 1 */
	bool			 cut;		/* limits were reached */
	bool			 odd;		/* boundaries had to be found
						 * by us, or are missing */
};

int	mail_tree_read(struct slice raw, const struct mail_limits *limits,
	    struct arena *arena, struct mail_tree *out, struct err *err);

#endif
