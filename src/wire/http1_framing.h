/* http1_framing: how long a message's body is and whether its connection lives on (RFC 9112,
 * sections 6 and 9.3). Whatever two readers could see differently is refused. Private to http1. */
#ifndef WIRE_HTTP1_FRAMING_H
#define WIRE_HTTP1_FRAMING_H

#include "base/err.h"
#include "wire/http1_head.h"

/* Fill in body, content_length, is_last and expects_continue from the fields, and take may_pass
 * from those that Connection names. */
int http1_frame_request(struct http1_head *head, struct err *err)
	__attribute__((warn_unused_result));
int http1_frame_response(struct http1_head *head, struct err *err)
	__attribute__((warn_unused_result));

/* Likewise refuses trailers that, as headers, would decide how the message is read. */
int http1_check_trailers(const struct http1_head *head, struct err *err)
	__attribute__((warn_unused_result));

#endif
