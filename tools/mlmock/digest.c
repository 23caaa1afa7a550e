#include "mlmock/digest.h"

#include <stdlib.h>

#include <openssl/evp.h>

struct digest digest_of(const struct span *parts, size_t count)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct digest digest;
	int ok = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);

	for (size_t i = 0; i < count; i++)
		ok = ok && EVP_DigestUpdate(context, parts[i].p, parts[i].n);
	ok = ok && EVP_DigestFinal_ex(context, digest.bytes, NULL);
	EVP_MD_CTX_free(context);
	if (!ok) /* no memory, or an OpenSSL without SHA-256 */
		abort();
	return digest;
}

void digest_add_hex(struct buf *out, const struct digest *digest)
{
	for (size_t i = 0; i < DIGEST_BYTES; i++)
		buf_add_format(out, "%02x", digest->bytes[i]);
}
