/* The dynamic loader counts how often the library was opened, so that there is no state of the
 * process here: who hashes opens it once more, which finds what was loaded. That stays in memory
 * even when nobody has it open, since OpenSSL has left functions with the C library, for threads'
 * ends and the process's. */
#include "io/digest.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/mem.h"

#define LIBRARY "libcrypto.so.3" /* of which the system's dynamic loader knows the place */

#define FUNCTIONS(X)      \
	X(EVP_Digest)         \
	X(EVP_DigestFinal_ex) \
	X(EVP_DigestInit_ex)  \
	X(EVP_DigestUpdate)   \
	X(EVP_MD_CTX_free)    \
	X(EVP_MD_CTX_new)     \
	X(EVP_sha1)           \
	X(EVP_sha256)         \
	X(HMAC)

struct digest {
	void *library;
	EVP_MD_CTX *context;
#define MEMBER(name) __typeof__(name)(*name); /* NOLINT(bugprone-macro-parentheses) */
	FUNCTIONS(MEMBER)                         /* NOLINT(readability-identifier-naming) */
#undef MEMBER
};

/* False when it has no function of that name. Each of the pointers in struct digest is as large as
 * what dlsym() gives, and is such a one (POSIX). */
static bool find(void *library, const char *name, void *ret_pointer)
{
	void *symbol = dlsym(library, name);

	memcpy(ret_pointer, &symbol, sizeof symbol);
	return symbol;
}

static bool find_all(struct digest *digest)
{
	bool has_all = true;

#define FIND(name) has_all = has_all && find(digest->library, #name, &digest->name);
	FUNCTIONS(FIND)
#undef FIND
	return has_all;
}

static bool begin(struct digest *digest)
{
	return digest->EVP_DigestInit_ex(digest->context, digest->EVP_sha256(), NULL) == 1;
}

/* False when the library is none that can do it. */
static bool init(struct digest *digest, int mode)
{
	*digest = (struct digest){.library = dlopen(LIBRARY, mode)};
	if (!digest->library || !find_all(digest))
		return false;
	digest->context = digest->EVP_MD_CTX_new();
	return digest->context && begin(digest);
}

static void deinit(struct digest *digest)
{
	if (digest->context)
		digest->EVP_MD_CTX_free(digest->context);
	if (digest->library)
		(void)dlclose(digest->library);
}

/* dlerror() is of this thread. */
int digest_load(struct err *err)
{
	struct digest digest;
	int result = 0;

	if (!init(&digest, RTLD_NOW | RTLD_NODELETE)) {
		const char *why = dlerror(); /* NOLINT(concurrency-mt-unsafe) */

		result =
			err_set(err, ERR_BUSY, "SHA-256 needs " LIBRARY " (Debian's package libssl3): %.150s",
				why ? why : "it cannot do it");
	}
	deinit(&digest);
	return result;
}

/* It can do it, as digest_load() has seen; so there is no memory. */
static void check(bool is_done)
{
	if (!is_done)
		abort();
}

static void write_hex(const unsigned char *bytes, size_t n, char *ret_hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		ret_hex[2 * i] = digits[bytes[i] >> 4];
		ret_hex[2 * i + 1] = digits[bytes[i] & 15];
	}
}

struct digest *digest_new(void)
{
	struct digest *digest = mem_new(1, sizeof *digest);

	check(init(digest, RTLD_NOW | RTLD_NOLOAD));
	return digest;
}

void digest_add(struct digest *digest, struct span bytes)
{
	check(digest->EVP_DigestUpdate(digest->context, bytes.p, bytes.n) == 1);
}

void digest_hex(struct digest *digest, char ret_hex[DIGEST_HEX])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];

	check(digest->EVP_DigestFinal_ex(digest->context, bytes, NULL) == 1 && begin(digest));
	write_hex(bytes, DIGEST_HEX / 2, ret_hex);
}

void digest_free(struct digest *digest)
{
	if (!digest)
		return;
	deinit(digest);
	mem_free(digest);
}

void digest_keyed(struct span key, struct span bytes, char ret_hex[DIGEST_HEX])
{
	unsigned char code[EVP_MAX_MD_SIZE];
	struct digest *digest = digest_new();

	check(key.n <= INT_MAX && digest->HMAC(digest->EVP_sha256(), key.n ? key.p : "", (int)key.n,
								  (const unsigned char *)bytes.p, bytes.n, code, NULL));
	write_hex(code, DIGEST_HEX / 2, ret_hex);
	digest_free(digest);
}

void digest_sha1(struct span bytes, char ret_hex[DIGEST_SHA1_HEX])
{
	unsigned char code[EVP_MAX_MD_SIZE];
	struct digest *digest = digest_new();

	check(digest->EVP_Digest(bytes.p, bytes.n, code, NULL, digest->EVP_sha1(), NULL) == 1);
	write_hex(code, DIGEST_SHA1_HEX / 2, ret_hex);
	digest_free(digest);
}
