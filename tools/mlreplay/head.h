/* head: what of a captured request's head is sent again, and where to. A capture may say anything;
 * what goes on the wire is well-formed nevertheless. */
#ifndef MLREPLAY_HEAD_H
#define MLREPLAY_HEAD_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/har.h"
#include "wire/url.h"

/* True for what asks for results: a POST whose path ends with /predict. */
bool head_is_predict(const struct har_request *request);

/* Writes the URL: the target's, its base, and the captured path's last segment with its query. */
void head_write_url(const struct url *target, const struct har_request *request, struct buf *out);

/* True for a field that is sent as it was: not for what is each sender's own, hop-by-hop, or has
 * been taken out (redact). */
bool head_may_send(const struct har_request *request, const struct har_field *field);

/* 0 when it can be sent at all; -1 (ERR_INVALID) with what is no HTTP in its method, path or
 * fields. */
int head_check(const struct har_request *request, struct err *err)
	__attribute__((warn_unused_result));

/* The value of the fields of that name, the last one; empty when there is none. */
struct span head_find(const struct har_field *fields, size_t count, struct span name);

#endif
