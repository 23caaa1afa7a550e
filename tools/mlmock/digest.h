/* digest: SHA-256, by which payloads are told apart. */
#ifndef MLMOCK_DIGEST_H
#define MLMOCK_DIGEST_H

#include "base/buf.h"
#include "base/span.h"

enum { DIGEST_BYTES = 32 };

struct digest {
	unsigned char bytes[DIGEST_BYTES];
};

/* Of the parts one behind the other. */
struct digest digest_of(const struct span *parts, size_t count);

void digest_add_hex(struct buf *out, const struct digest *digest);

#endif
