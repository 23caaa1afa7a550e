/* digest: SHA-256, and SHA-1 where others have chosen it, from libcrypto, which is loaded when
 * somebody records: most never do, and it costs as much memory as all the rest of the process. */
#ifndef IO_DIGEST_H
#define IO_DIGEST_H

#include "base/err.h"
#include "base/span.h"

enum { DIGEST_HEX = 64, DIGEST_SHA1_HEX = 40 };

struct digest;

/* Loads the library; any thread may, once or more often. -1 (ERR_BUSY) with the name of the package
 * when there is none. */
int digest_load(struct err *err) __attribute__((warn_unused_result));

/* Of bytes in pieces; when it was loaded. */
struct digest *digest_new(void) __attribute__((warn_unused_result));
void digest_add(struct digest *digest, struct span bytes);

/* Writes it in lower case digits, without a NUL, and is ready for other bytes. */
void digest_hex(struct digest *digest, char ret_hex[DIGEST_HEX]);
void digest_free(struct digest *digest); /* takes NULL */

/* The same for a keyed one (HMAC), whole; when it was loaded. A key has less than 2 GiB. */
void digest_keyed(struct span key, struct span bytes, char ret_hex[DIGEST_HEX]);

/* SHA-1, whole; when it was loaded. */
void digest_sha1(struct span bytes, char ret_hex[DIGEST_SHA1_HEX]);

#endif
