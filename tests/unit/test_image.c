/* The decoders behind mlmock say what is a picture, and how large. */
#include "base/mem.h"
#include "mlmock/picture.h"
#include "rig/fixture.h"
#include "rig/suite.h"
#include "wire/image.h"

static const char *const pictures[] = {
	"pictures/small-baseline.jpg",
	"pictures/small-progressive.jpg",
	"pictures/small-grey-restarts.jpg",
	"pictures/small-cmyk.jpg",
	"pictures/small-interlaced.png",
	"pictures/small-deep-alpha.png",
	"pictures/small-palette.png",
	"pictures/small-grey.png",
	"pictures/tiny.png",
	"pictures/small-lossy.webp",
	"pictures/small-lossless.webp",
	"pictures/small-alpha.webp",
	"pictures/small-moving.webp",
	"pictures/astronaut.jpg",
	"pictures/chelsea.webp",
	"pictures/cmyk.jpg",
	"pictures/rotated-exif.jpg",
	"pictures/rocket-1440.jpg",
};

enum { PICTURES = sizeof pictures / sizeof *pictures };

static void expect_decoded(const char *path, struct span file, struct picture like)
{
	struct picture picture;
	struct err err;

	ck_assert_msg(picture_decode(file, &picture, &err) == 0, "%s: %s", path, err.text);
	ck_assert_msg(picture.width == like.width && picture.height == like.height, "%s: %u x %u", path,
		picture.width, picture.height);
}

START_TEST(size_given_picture_is_what_decoders_find)
{
	BUF_AUTO struct buf file = {0};
	struct image_size size = {0};
	struct picture like;
	struct err err;

	fixture_read(pictures[_i], &file);
	ck_assert_int_eq(picture_measure(buf_span(&file), &like, &err), 0);
	ck_assert_msg(image_read_size(buf_span(&file), &size), "%s", pictures[_i]);
	ck_assert_uint_eq(size.width, like.width);
	ck_assert_uint_eq(size.height, like.height);
}
END_TEST

static bool holds(struct span file, const char *bytes)
{
	return memmem(file.p, file.n, bytes, strlen(bytes));
}

START_TEST(strip_given_picture_leaves_one_of_the_same_size)
{
	BUF_AUTO struct buf file = {0};
	BUF_AUTO struct buf once = {0};
	BUF_AUTO struct buf twice = {0};
	struct picture like;
	struct err err;

	fixture_read(pictures[_i], &file);
	ck_assert_int_eq(picture_measure(buf_span(&file), &like, &err), 0);
	ck_assert_msg(image_strip(buf_span(&file), &once), "%s", pictures[_i]);
	expect_decoded(pictures[_i], buf_span(&once), like);
	ck_assert(!holds(buf_span(&once), "Exif"));
	ck_assert(image_strip(buf_span(&once), &twice));
	ck_assert(span_equal(buf_span(&once), buf_span(&twice)));
}
END_TEST

/* What is put in somewhere is all that is taken out again. */
static const struct {
	const char *path;
	size_t at; /* 0: at the end */
	struct span bytes;
} secrets[] = {
	{"pictures/small-baseline.jpg", 2,
		SPAN_LITERAL("\xFF\xE1\x00\x0D"
					 "Exif\0\0where")},
	{"pictures/small-baseline.jpg", 2, SPAN_LITERAL("\xFF\xFF\xFE\x00\x07where")},
	{"pictures/small-baseline.jpg", 2, SPAN_LITERAL("\xFF\xED\x00\x07where")},
	{"pictures/small-baseline.jpg", 2, SPAN_LITERAL("\xFF\xE2\x00\x09MPF\0who")},
	{"pictures/small-baseline.jpg", 0, SPAN_LITERAL("\xFF\xD8\xFF where")},
	{"pictures/small-progressive.jpg", 2, SPAN_LITERAL("\xFF\xE0\x00\x0CJFXX\0where")},
	{"pictures/tiny.png", 33, SPAN_LITERAL("\0\0\0\x05tEXtwhere\1\2\3\4")},
	{"pictures/tiny.png", 33,
		SPAN_LITERAL("\0\0\0\x05"
					 "eXIfwhere\1\2\3\4")},
	{"pictures/tiny.png", 0, SPAN_LITERAL("where")},
};

static void put_in(struct span file, size_t at, struct span bytes, struct buf *out)
{
	buf_add(out, span_first(file, at));
	buf_add(out, bytes);
	buf_add(out, span_skip(file, at));
}

START_TEST(strip_given_what_is_no_picture_takes_out_just_that)
{
	BUF_AUTO struct buf file = {0};
	BUF_AUTO struct buf bare = {0};
	BUF_AUTO struct buf telling = {0};
	BUF_AUTO struct buf stripped = {0};
	size_t at = secrets[_i].at;

	fixture_read(secrets[_i].path, &file);
	ck_assert(image_strip(buf_span(&file), &bare));
	put_in(buf_span(&file), at ? at : file.n, secrets[_i].bytes, &telling);
	ck_assert(image_strip(buf_span(&telling), &stripped));
	ck_assert(span_equal(buf_span(&bare), buf_span(&stripped)));
}
END_TEST

/* An extended WebP tells in its head whether there are EXIF and XMP. */
START_TEST(strip_given_webp_with_exif_takes_out_chunk_and_flag)
{
	static const char exif[] = "EXIF\x05\0\0\0where";
	BUF_AUTO struct buf file = {0};
	BUF_AUTO struct buf bare = {0};
	BUF_AUTO struct buf telling = {0};
	BUF_AUTO struct buf stripped = {0};

	fixture_read("pictures/small-alpha.webp", &file);
	ck_assert(span_equal((struct span){file.bytes + 12, 4}, SPAN_LITERAL("VP8X")));
	ck_assert(image_strip(buf_span(&file), &bare));
	put_in(buf_span(&file), file.n, (struct span){exif, sizeof exif}, &telling);
	telling.bytes[4] = (char)(telling.bytes[4] + (char)sizeof exif);
	telling.bytes[20] = (char)(telling.bytes[20] | 0x0C);
	ck_assert(image_strip(buf_span(&telling), &stripped));
	ck_assert(span_equal(buf_span(&bare), buf_span(&stripped)));
}
END_TEST

START_TEST(strip_given_cut_off_file_writes_nothing)
{
	BUF_AUTO struct buf file = {0};
	BUF_AUTO struct buf out = {0};
	struct image_size size;

	fixture_read(pictures[_i], &file);
	for (size_t n = 0; n < file.n && n < 2000; n++) {
		MEM_AUTO char *copy = mem_new(n ? n : 1, 1);

		memcpy(copy, file.bytes, n);
		(void)image_read_size((struct span){copy, n}, &size);
		ck_assert_msg(!image_strip((struct span){copy, n}, &out) && out.n == 0, "%s, %zu bytes",
			pictures[_i], n);
	}
}
END_TEST

static const struct {
	struct image_size size;
	size_t n;
	bool is_padded; /* to n bytes */
} greys[] = {
	{{1, 1}, 0, false},
	{{8, 8}, 500, true},
	{{9, 8}, 501, true},
	{{24, 8}, 502, true},
	{{512, 512}, 45960, true},
	{{1440, 961}, 132767, true},
	{{1440, 961}, 132768, true},
	{{1440, 961}, 5000, false},
	{{65500, 1}, 0, false},
	{{1, 65500}, 200000, true},
};

START_TEST(grey_given_size_is_a_picture_of_that)
{
	BUF_AUTO struct buf out = {0};
	struct picture like = {greys[_i].size.width, greys[_i].size.height};

	ck_assert(image_write_grey(greys[_i].size, greys[_i].n, &out));
	ck_assert_msg((out.n == greys[_i].n) == greys[_i].is_padded, "%zu bytes", out.n);
	expect_decoded("grey", buf_span(&out), like);
}
END_TEST

START_TEST(grey_given_any_number_of_bytes_has_them)
{
	BUF_AUTO struct buf out = {0};

	for (size_t n = 300; n < 320; n++) {
		buf_reset(&out);
		ck_assert(image_write_grey((struct image_size){20, 20}, n, &out));
		ck_assert_uint_eq(out.n, n);
		expect_decoded("grey", buf_span(&out), (struct picture){20, 20});
	}
}
END_TEST

static const struct image_size no_sizes[] = {
	{0, 0}, {0, 5}, {65501, 1}, {1, 65501}, {UINT32_MAX, UINT32_MAX}, {65500, 65500}};

START_TEST(grey_given_no_size_for_it_writes_nothing)
{
	BUF_AUTO struct buf out = {0};

	ck_assert(!image_write_grey(no_sizes[_i], 1000, &out));
	ck_assert_uint_eq(out.n, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("image");
	TCase *tests = tcase_create("image");

	tcase_add_loop_test(tests, size_given_picture_is_what_decoders_find, 0, PICTURES);
	tcase_add_loop_test(tests, strip_given_picture_leaves_one_of_the_same_size, 0, PICTURES);
	tcase_add_loop_test(tests, strip_given_what_is_no_picture_takes_out_just_that, 0,
		(int)(sizeof secrets / sizeof *secrets));
	tcase_add_test(tests, strip_given_webp_with_exif_takes_out_chunk_and_flag);
	tcase_add_loop_test(tests, strip_given_cut_off_file_writes_nothing, 0, PICTURES);
	tcase_add_loop_test(
		tests, grey_given_size_is_a_picture_of_that, 0, (int)(sizeof greys / sizeof *greys));
	tcase_add_test(tests, grey_given_any_number_of_bytes_has_them);
	tcase_add_loop_test(tests, grey_given_no_size_for_it_writes_nothing, 0,
		(int)(sizeof no_sizes / sizeof *no_sizes));
	suite_add_tcase(suite, tests);
	return suite;
}
