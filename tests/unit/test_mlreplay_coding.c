#include "mlreplay/coding.h"

#include <zlib.h>

#include "rig/configs.h"
#include "rig/suite.h"

enum { MAX = 65536, BOMB = 655360 };

#define TEXT "{\"clip\":\"[0.25,0.25,0.25,0.25]\"}"
#define GZIP                                                                                   \
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x4a\xce\xc9\x2c\x50\xb2\x52\x8a\x36\xd0" \
	"\x33\x32\xd5\x41\x25\x62\x95\x6a\x01\xac\xa0\x0f\x62\x20\x00\x00\x00"
#define RAW                                                                        \
	"\xab\x56\x4a\xce\xc9\x2c\x50\xb2\x52\x8a\x36\xd0\x33\x32\xd5\x41\x25\x62\x95" \
	"\x6a\x01"
#define ZLIB   "\x78\x9c" RAW "\x87\xa5\x07\xb3"
#define BROTLI "\x8b\x0f\x80" TEXT "\x03"
#define ZSTD                                                                                       \
	"\x28\xb5\x2f\xfd\x24\x20\xc5\x00\x00\x90\x7b\x22\x63\x6c\x69\x70\x22\x3a\x22\x5b\x30\x2e\x32" \
	"\x35\x2c\x5d\x22\x7d\x01\x00\x90\x4b\x1d\x17\xc5\x65\x73"

static const struct {
	const char *codings;
	struct span body;
	const char *text;
} good[] = {
	{"", SPAN_LITERAL(TEXT), TEXT},
	{"identity", SPAN_LITERAL(TEXT), TEXT},
	{"gzip", SPAN_LITERAL(GZIP), TEXT},
	{"X-GZIP", SPAN_LITERAL(GZIP), TEXT},
	{"gzip", SPAN_LITERAL(GZIP GZIP), TEXT TEXT},
	{"deflate", SPAN_LITERAL(ZLIB), TEXT},
	{"deflate", SPAN_LITERAL(RAW), TEXT},
	{"br", SPAN_LITERAL(BROTLI), TEXT},
	{"zstd", SPAN_LITERAL(ZSTD), TEXT},
	{" identity , Br ,", SPAN_LITERAL(BROTLI), TEXT},
};

static struct buf body;
static struct err err;

static void set_up(void)
{
	body = (struct buf){0};
	err = (struct err){0};
}

static void tear_down(void)
{
	buf_deinit(&body);
}

START_TEST(undo_given_coding_unpacks)
{
	buf_add(&body, good[_i].body);
	ck_assert_msg(!coding_undo(span_of(good[_i].codings), MAX, &body, &err), "%s", err.text);
	ck_assert(span_is(buf_span(&body), good[_i].text));
}
END_TEST

/* At any byte; but nothing at all is none of theirs either. */
START_TEST(undo_given_cut_off_body_leaves_it)
{
	for (size_t n = 0; good[_i].codings[0] && _i != 1 && n < good[_i].body.n; n++) {
		bool is_first_of_two = _i == 4 && n == good[_i].body.n / 2;

		buf_reset(&body);
		buf_add(&body, span_first(good[_i].body, n));
		ck_assert_int_eq(
			coding_undo(span_of(good[_i].codings), MAX, &body, &err), is_first_of_two ? 0 : -1);
		ck_assert(is_first_of_two || body.n == n);
	}
}
END_TEST

static const struct {
	const char *codings;
	struct span body;
	const char *says;
} bad[] = {
	{"gzip", SPAN_LITERAL(TEXT), "the answer is no gzip, or cut off"},
	{"br", SPAN_LITERAL("\xff\xff\xff"), "the answer is no br, or cut off"},
	{"zstd", SPAN_LITERAL(TEXT), "the answer is no zstd, or cut off"},
	{"deflate", SPAN_LITERAL(ZLIB "x"), "the answer is no deflate, or cut off"},
	{"br", SPAN_LITERAL(BROTLI "x"), "the answer is no br, or cut off"},
	{"compress", SPAN_LITERAL(TEXT), "the answer has an unknown coding, compress"},
	{"gzip,gzip,gzip,gzip,gzip", SPAN_LITERAL(GZIP), "the answer has more than 4 codings"},
};

START_TEST(undo_given_anything_else_says_why)
{
	buf_add(&body, bad[_i].body);
	ck_assert_int_eq(coding_undo(span_of(bad[_i].codings), MAX, &body, &err), -1);
	ck_assert_str_eq(err.text, bad[_i].says);
	ck_assert(span_equal(buf_span(&body), bad[_i].body));
}
END_TEST

static void pack(struct buf *packed, struct span bytes)
{
	uLongf n = compressBound(bytes.n);

	buf_reset(packed);
	ck_assert_int_eq(
		compress((Bytef *)buf_reserve(packed, n), &n, (const Bytef *)bytes.p, bytes.n), Z_OK);
	packed->n = n;
}

/* A thousand times as large as what was sent. */
START_TEST(undo_given_bomb_stops_at_the_limit)
{
	BUF_AUTO struct buf zeros = {0};

	memset(buf_reserve(&zeros, BOMB), 0, BOMB);
	zeros.n = BOMB;
	pack(&body, buf_span(&zeros));
	ck_assert_int_eq(coding_undo(SPAN_LITERAL("deflate"), MAX, &body, &err), -1);
	ck_assert_str_eq(err.text, "the answer has more than 65536 bytes");
	ck_assert(!coding_undo(SPAN_LITERAL("deflate"), BOMB, &body, &err));
	ck_assert_uint_eq(body.n, BOMB);
}
END_TEST

START_TEST(undo_given_several_codings_begins_with_the_last)
{
	BUF_AUTO struct buf inner = {0};

	buf_add(&inner, (struct span)SPAN_LITERAL(BROTLI));
	pack(&body, buf_span(&inner));
	ck_assert(!coding_undo(SPAN_LITERAL("br, deflate"), MAX, &body, &err));
	ck_assert(span_is(buf_span(&body), TEXT));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_coding");
	TCase *tcase = suite_case(suite, "coding", set_up, tear_down);

	tcase_add_loop_test(tcase, undo_given_coding_unpacks, 0, COUNT_OF(good));
	tcase_add_loop_test(tcase, undo_given_cut_off_body_leaves_it, 0, COUNT_OF(good));
	tcase_add_loop_test(tcase, undo_given_anything_else_says_why, 0, COUNT_OF(bad));
	tcase_add_test(tcase, undo_given_bomb_stops_at_the_limit);
	tcase_add_test(tcase, undo_given_several_codings_begins_with_the_last);
	return suite;
}
