/* replay_key: when two requests are the same question, whatever their bytes: method, the path's
 * last segment, the entries without regard to the order of keys and white space, and the payload.
 */
#ifndef DOMAIN_REPLAY_KEY_H
#define DOMAIN_REPLAY_KEY_H

#include "base/buf.h"
#include "wire/har.h"

/* The entries part's text is given, since it may lie in a blob; empty when there is none. Adds a
 * text that is the same for the same question, without NUL. */
void replay_key_write(const struct har_request *request, struct span entries, struct buf *out);

/* JSON with its keys sorted and without white space; numbers and strings as they are written. It
 * has passed json_check. */
void replay_key_canonical(struct span json, struct buf *out);

#endif
