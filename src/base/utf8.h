/* utf8: what the first byte of a character beyond ASCII says of it (RFC 3629, section 4). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>

struct utf8_rest {
	unsigned char left; /* bytes to come */
	unsigned char low;  /* the range of the next one; that of all after it is 80–BF */
	unsigned char high;
};

/* False when no character begins so. The ranges leave out overlong forms, surrogates and what lies
 * beyond U+10FFFF. */
bool utf8_begin(unsigned char first, struct utf8_rest *ret_rest)
	__attribute__((warn_unused_result));

/* Takes the next byte; false when it is none of the character's. */
bool utf8_next(struct utf8_rest *rest, unsigned char byte) __attribute__((warn_unused_result));

#endif
