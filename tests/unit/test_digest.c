#include "io/digest.h"

#include <pthread.h>

#include "base/buf.h"
#include "rig/suite.h"

static void load(void)
{
	struct err err;

	ck_assert_msg(digest_load(&err) == 0, "%s", err.text);
}

static void expect_hex(const char *found, const char *wanted)
{
	ck_assert_msg(strncmp(found, wanted, DIGEST_HEX) == 0, "%.64s", found);
}

/* FIPS 180-4's examples, and none. */
START_TEST(hex_is_the_sha256_of_all_that_was_added)
{
	static const struct {
		const char *bytes;
		const char *hex;
	} cases[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};
	struct digest *digest;

	load();
	digest = digest_new();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		for (size_t cut = 0; cut <= strlen(cases[i].bytes); cut++) {
			struct span bytes = span_of(cases[i].bytes);
			char hex[DIGEST_HEX];

			digest_add(digest, span_first(bytes, cut));
			digest_add(digest, span_skip(bytes, cut));
			digest_hex(digest, hex);
			expect_hex(hex, cases[i].hex);
		}
	}
	digest_free(digest);
	digest_free(NULL);
}
END_TEST

/* RFC 4231, 4.3, 4.4 and 4.7: a short key, bytes that are no text, and a key longer than a block.
 */
/* FIPS 180's own. */
START_TEST(sha1_is_the_sha1)
{
	char hex[DIGEST_SHA1_HEX];
	struct err err;

	ck_assert_int_eq(digest_load(&err), 0);
	digest_sha1(SPAN_LITERAL("abc"), hex);
	ck_assert(span_is((struct span){hex, sizeof hex}, "a9993e364706816aba3e25717850c26c9cd0d89d"));
	digest_sha1(SPAN_EMPTY, hex);
	ck_assert(span_is((struct span){hex, sizeof hex}, "da39a3ee5e6b4b0d3255bfef95601890afd80709"));
}
END_TEST

START_TEST(keyed_is_the_hmac)
{
	static char aa[131];
	static char dd[50];
	static const struct {
		struct span key;
		struct span bytes;
		const char *hex;
	} cases[] = {
		{SPAN_LITERAL("Jefe"), SPAN_LITERAL("what do ya want for nothing?"),
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{{aa, 20}, {dd, 50}, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
		{{aa, 131}, SPAN_LITERAL("Test Using Larger Than Block-Size Key - Hash Key First"),
			"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
		{SPAN_EMPTY, SPAN_EMPTY,
			"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
	};
	char hex[DIGEST_HEX];

	load();
	memset(aa, 0xaa, sizeof aa);
	memset(dd, 0xdd, sizeof dd);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		digest_keyed(cases[i].key, cases[i].bytes, hex);
		expect_hex(hex, cases[i].hex);
	}
}
END_TEST

static void *hash(void *ctx)
{
	struct digest *digest;

	(void)ctx;
	load();
	digest = digest_new();
	for (int i = 0; i < 100; i++) {
		char hex[DIGEST_HEX];

		digest_add(digest, SPAN_LITERAL("abc"));
		digest_hex(digest, hex);
		expect_hex(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	}
	digest_free(digest);
	return NULL;
}

START_TEST(threads_load_and_hash_at_once)
{
	pthread_t threads[4];

	for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, hash, NULL), 0);
	for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("digest");
	TCase *tcase = tcase_create("digest");

	tcase_add_test(tcase, hex_is_the_sha256_of_all_that_was_added);
	tcase_add_test(tcase, sha1_is_the_sha1);
	tcase_add_test(tcase, keyed_is_the_hmac);
	tcase_add_test(tcase, threads_load_and_hash_at_once);
	suite_add_tcase(suite, tcase);
	return suite;
}
