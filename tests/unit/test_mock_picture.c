#include <arpa/inet.h>

#include "base/mem.h"
#include "mlmock/picture.h"
#include "rig/fixture.h"
#include "rig/suite.h"

static const struct {
	const char *path;
	uint32_t width;
	uint32_t height;
	size_t forgiven; /* bytes at the end that may be missing: what follows a PNG's pixels */
} pictures[] = {
	{"pictures/small-baseline.jpg", 40, 30, 0},
	{"pictures/small-progressive.jpg", 64, 48, 0},
	{"pictures/small-grey-restarts.jpg", 48, 40, 0},
	{"pictures/small-cmyk.jpg", 33, 35, 0},
	{"pictures/small-interlaced.png", 37, 41, 24},
	{"pictures/small-deep-alpha.png", 20, 24, 24},
	{"pictures/small-palette.png", 64, 32, 24},
	{"pictures/small-grey.png", 33, 32, 24},
	{"pictures/tiny.png", 24, 24, 24},
	{"pictures/small-lossy.webp", 48, 40, 0},
	{"pictures/small-lossless.webp", 32, 33, 0},
	{"pictures/small-alpha.webp", 50, 34, 0},
	{"pictures/small-moving.webp", 32, 40, 0},
	{"pictures/astronaut.jpg", 512, 512, 0},
	{"pictures/chelsea.webp", 451, 300, 0},
	{"pictures/coffee.jpg", 600, 400, 0},
	{"pictures/cmyk.jpg", 512, 512, 0},
	{"pictures/grey.jpg", 512, 512, 0},
	{"pictures/rotated-exif.jpg", 640, 427, 0},
	{"pictures/rocket-1440.jpg", 1440, 961, 0},
};

enum { PICTURES = sizeof pictures / sizeof *pictures };

/* From a block of just that size, so that the sanitizers see who reads beyond it. */
static int read_exactly(struct span bytes,
	int (*read)(struct span bytes, struct picture *ret_picture, struct err *err),
	struct picture *ret_picture)
{
	MEM_AUTO char *copy = mem_new(bytes.n ? bytes.n : 1, 1);
	struct err err = {0};
	int status;

	if (bytes.n)
		memcpy(copy, bytes.p, bytes.n);
	status = read((struct span){copy, bytes.n}, ret_picture, &err);
	ck_assert_msg(status == 0 || (status == -1 && err.kind == ERR_INVALID && err.text[0]),
		"status %d, error %d, %s", status, (int)err.kind, err.text);
	return status;
}

static void expect_size(
	size_t i, int (*read)(struct span bytes, struct picture *ret_picture, struct err *err))
{
	BUF_AUTO struct buf bytes = {0};
	struct picture picture = {0};

	fixture_read(pictures[i].path, &bytes);
	ck_assert_msg(!read_exactly(buf_span(&bytes), read, &picture), "%s", pictures[i].path);
	ck_assert_uint_eq(picture.width, pictures[i].width);
	ck_assert_uint_eq(picture.height, pictures[i].height);
}

START_TEST(decode_given_good_picture_tells_its_size)
{
	expect_size((size_t)_i, picture_decode);
}
END_TEST

START_TEST(measure_given_good_picture_tells_its_size)
{
	expect_size((size_t)_i, picture_measure);
}
END_TEST

START_TEST(decode_given_picture_cut_off_anywhere_fails)
{
	BUF_AUTO struct buf bytes = {0};
	struct picture picture = {7, 7};
	size_t step;

	fixture_read(pictures[_i].path, &bytes);
	step = 1 + bytes.n / (bytes.n > 8192 ? 64 : 256);
	for (size_t n = 0; n + pictures[_i].forgiven < bytes.n; n += step)
		ck_assert_msg(read_exactly(span_first(buf_span(&bytes), n), picture_decode, &picture) == -1,
			"%s, %zu of %zu bytes", pictures[_i].path, n, bytes.n);
	ck_assert_uint_eq(picture.width, 7);
}
END_TEST

START_TEST(measure_given_cut_pixels_still_tells_the_size)
{
	BUF_AUTO struct buf bytes = {0};
	struct picture picture = {0};

	fixture_read("pictures/astronaut.jpg", &bytes);
	ck_assert(!read_exactly(span_first(buf_span(&bytes), 2000), picture_measure, &picture));
	ck_assert_uint_eq(picture.width, 512);
	ck_assert_int_eq(
		read_exactly(span_first(buf_span(&bytes), 100), picture_measure, &picture), -1);
}
END_TEST

START_TEST(read_given_no_picture_fails)
{
	static const struct span cases[] = {
		{NULL, 0},
		{"hello", 5},
		{"\xff\xd8\xff", 3},
		{"\xff\xd8\xff\xd9", 4},
		{"\x89PNG\r\n\x1a\n", 8},
		{"RIFF\0\0\0\0WEBP", 12},
		{"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff", 20},
		{"GIF89a", 6},
	};
	struct picture picture;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_int_eq(read_exactly(cases[i], picture_measure, &picture), -1);
		ck_assert_int_eq(read_exactly(cases[i], picture_decode, &picture), -1);
	}
}
END_TEST

static void set_webp_sizes(struct buf *bytes)
{
	uint32_t file_bytes = (uint32_t)bytes->n - 8;
	uint32_t chunk_bytes = (uint32_t)bytes->n - 20;

	memcpy(bytes->bytes + 4, &file_bytes,
		sizeof file_bytes); /* little-endian, as all our machines are */
	memcpy(bytes->bytes + 16, &chunk_bytes, sizeof chunk_bytes);
}

/* What only the decoder of the pixels can see. */
START_TEST(decode_given_whole_file_with_too_few_pixels_fails)
{
	static const char *const paths[] = {
		"pictures/small-lossy.webp", "pictures/small-lossless.webp"};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		BUF_AUTO struct buf bytes = {0};
		struct picture picture;

		fixture_read(paths[i], &bytes);
		bytes.n = bytes.n / 4 * 2;
		set_webp_sizes(&bytes);
		ck_assert_int_eq(read_exactly(buf_span(&bytes), picture_decode, &picture), -1);
		ck_assert_int_eq(read_exactly(buf_span(&bytes), picture_measure, &picture), 0);
	}
}
END_TEST

START_TEST(decode_given_two_components_fails_as_in_the_service)
{
	BUF_AUTO struct buf bytes = {0};
	struct picture picture;

	fixture_read("pictures/small-two-components.jpg", &bytes);
	ck_assert_int_eq(read_exactly(buf_span(&bytes), picture_decode, &picture), -1);
}
END_TEST

START_TEST(decode_given_damaged_bytes_never_breaks)
{
	BUF_AUTO struct buf bytes = {0};
	struct picture picture;

	fixture_read(pictures[_i].path, &bytes);
	for (size_t i = 0; i < bytes.n && bytes.n < 8192; i += 5) {
		char was = bytes.bytes[i];

		bytes.bytes[i] = (char)(was ^ (1 << (i % 8)));
		(void)read_exactly(buf_span(&bytes), picture_decode, &picture);
		bytes.bytes[i] = was;
	}
}
END_TEST

static void set_size(struct buf *bytes, size_t at, uint16_t height, uint16_t width)
{
	uint16_t sides[] = {htons(height), htons(width)};

	memcpy(bytes->bytes + at, sides, sizeof sides);
}

START_TEST(measure_given_absurd_size_names_the_limit)
{
	static const struct {
		uint16_t width;
		uint16_t height;
		int status;
	} cases[] = {
		{10000, 10000, 0},
		{10001, 10000, -1},
		{65500, 65500, -1},
		{65500, 1, 0},
		{0, 10, -1},
	};
	BUF_AUTO struct buf bytes = {0};
	const char *frame;

	fixture_read("pictures/small-baseline.jpg", &bytes);
	frame = memmem(bytes.bytes, bytes.n, "\xff\xc0\x00\x11\x08", 5);
	ck_assert_ptr_nonnull(frame);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct picture picture;

		set_size(&bytes, (size_t)(frame - bytes.bytes) + 5, cases[i].height, cases[i].width);
		ck_assert_msg(read_exactly(buf_span(&bytes), picture_measure, &picture) == cases[i].status,
			"%u by %u", cases[i].width, cases[i].height);
	}
}
END_TEST

/* The head, then the first scan again and again. */
static void repeat_scan(struct buf *bytes, int times, struct buf *out)
{
	const char *scan = memmem(bytes->bytes, bytes->n, "\xff\xda", 2);
	const char *next = memmem(scan + 2, 1000, "\xff\xc4", 2);
	const char *frame = memmem(bytes->bytes, bytes->n, "\xff\xc2\x00\x11\x08", 5);

	ck_assert(scan && next && frame);
	set_size(bytes, (size_t)(frame - bytes->bytes) + 5, 4000, 4000);
	buf_add(out, span_between(bytes->bytes, scan));
	for (int i = 0; i < times; i++)
		buf_add(out, span_between(scan, next));
	buf_add(out, SPAN_LITERAL("\xff\xd9"));
}

START_TEST(decode_given_endless_scans_stops)
{
	BUF_AUTO struct buf bytes = {0};
	BUF_AUTO struct buf few = {0};
	BUF_AUTO struct buf many = {0};
	struct picture picture;

	fixture_read("pictures/small-progressive.jpg", &bytes);
	repeat_scan(&bytes, 10, &few);
	ck_assert_int_eq(read_exactly(buf_span(&few), picture_decode, &picture), 0);
	repeat_scan(&bytes, 100, &many);
	ck_assert_int_eq(read_exactly(buf_span(&many), picture_decode, &picture), -1);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_picture");
	TCase *tcase = tcase_create("picture");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, decode_given_good_picture_tells_its_size, 0, PICTURES);
	tcase_add_loop_test(tcase, measure_given_good_picture_tells_its_size, 0, PICTURES);
	tcase_add_loop_test(tcase, decode_given_picture_cut_off_anywhere_fails, 0, PICTURES);
	tcase_add_loop_test(tcase, decode_given_damaged_bytes_never_breaks, 0, PICTURES);
	tcase_add_test(tcase, measure_given_cut_pixels_still_tells_the_size);
	tcase_add_test(tcase, read_given_no_picture_fails);
	tcase_add_test(tcase, decode_given_whole_file_with_too_few_pixels_fails);
	tcase_add_test(tcase, decode_given_two_components_fails_as_in_the_service);
	tcase_add_test(tcase, measure_given_absurd_size_names_the_limit);
	tcase_add_test(tcase, decode_given_endless_scans_stops);
	suite_add_tcase(suite, tcase);
	return suite;
}
