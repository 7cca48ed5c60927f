/* cms - what stands inside a signature of S/MIME that is not set beside the
 * text but wrapped around it (RFC 5652 SignedData, application/pkcs7-mime).
 *
 * Not checked the signature: who wrote it is known no better than before
 * Input       DER, or BER with indefinite lengths, as mailers stream it
 * Bounded     one pass, no recursion */
#ifndef PARSERS_CMS_H
#define PARSERS_CMS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/slice.h"

/* Append the content, a MIME entity; false: it is no signed data, or has none,
 * or is broken before its end (what came until then is appended). */
bool	cms_signed_content(struct slice in, struct buf *out);

#endif
