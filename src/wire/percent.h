/* percent: percent-encoding (RFC 3986, section 2.1) as the service's libraries do it. */
#ifndef WIRE_PERCENT_H
#define WIRE_PERCENT_H

#include "base/buf.h"

/* True when an escape, %XX, stands at the front. */
bool percent_is_escape(struct span text);

/* A '%' that no two hexadecimal digits follow stays as it is. */
void percent_decode(struct span text, struct buf *out);

/* The same, into `room` if need be: without a '%' the text is what it is. Valid as long as both. */
struct span percent_decoded(struct span text, struct buf *room);

/* All but letters, digits and what a URL may hold anyway, '%' too. */
void percent_encode(struct span text, struct buf *out);

/* All but letters, digits, '-', '.', '_' and '~' (RFC 3986's unreserved characters), so that the
 * outcome can stand in a list. */
void percent_encode_name(struct span text, struct buf *out);

#endif
