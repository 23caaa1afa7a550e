/* content: a message's content (RFC 9110, section 6.4) taken out of its framing (RFC 9112, section
 * 6.3), whichever that is. Pulled; copies nothing: data points into the caller's bytes. */
#ifndef WIRE_CONTENT_H
#define WIRE_CONTENT_H

#include "wire/chunked.h"

struct content {
	enum http1_body framing;
	uint64_t left;          /* bytes to come, where the length was announced */
	bool is_end;            /* all of it has been taken; of a body until close, never */
	struct chunked chunked; /* of a chunked one alone */
};

/* For the body of that head's message. */
void content_init(struct content *content, const struct http1_head *head);
void content_deinit(struct content *content); /* takes a zeroed one */

/* Uses up the front of *in and sets *ret_data to the next bytes; to none when more is wanted or all
 * has been taken. What follows the end stays in *in. -1 as chunked_next(). */
int content_next(struct content *content, struct span *in, struct span *ret_data, struct err *err)
	__attribute__((warn_unused_result));

/* n bytes, of those that are left of a body by length, have been taken another way. */
static inline void content_skip(struct content *content, uint64_t n)
{
	content->left -= n;
	content->is_end = !content->left;
}

#endif
