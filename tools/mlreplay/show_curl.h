/* show_curl: a recorded request as a command for sh:
 *
 *     mlreplay show --part body -- 'DIR' 7 | curl --request POST … --data-binary @- --url
 * 'http://…'
 */
#ifndef MLREPLAY_SHOW_CURL_H
#define MLREPLAY_SHOW_CURL_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/har.h"

/* Adds it. `capture` is how its user has named it. -1 (ERR_UNSUPPORTED) when the request cannot be
 * sent, or not as it was: why. */
int show_curl_write(const struct har_entry *entry, const char *capture, struct buf *out,
	struct err *err) __attribute__((warn_unused_result));

#endif
