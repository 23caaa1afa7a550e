/* har_body: a body that stands in an entry itself, as other programs write it: `postData`,
 * `content`, and the `_content` of what we write for them.
 *
 * A text may be base64 or hexadecimal, when `encoding` says so. A plain one is either what the
 * bytes say as UTF-8 (Playwright, browsers), or has a character U+0000 to U+00FF for each byte
 * (mitmproxy): the one whose length is what is said of the body elsewhere is right. Or it is in a
 * file of its own (`_file`, `_sha1`; Playwright), and the text says nothing.
 */
#ifndef WIRE_HAR_BODY_H
#define WIRE_HAR_BODY_H

#include "wire/har.h"
#include "wire/har_value.h"

enum { HAR_BODY_LENGTHS = 2 };

struct har_body {
	/* What is said of its length; the first counts more. 0 says nothing. */
	uint64_t lengths[HAR_BODY_LENGTHS];
	bool is_ours; /* what is in the text is exact */
	bool is_answer;
	const struct har_import *import;
	uint64_t max; /* bytes; of what is longer there is nothing */
	/* Found: */
	struct span bytes;
	const char *lacks; /* see struct har_request */
};

/* Finds the body; holder is that object, or nothing. */
int har_body_read(const struct har_value *holder, struct arena *arena, struct har_body *body,
	struct err *err) __attribute__((warn_unused_result));

#endif
