/* The formats' libraries report errors in three ways; each has a file of its own that turns them
 * into struct err:
 *
 *     picture.c -- by the first bytes --> picture_jpeg.c  libjpeg, longjmp
 *                                         picture_png.c   libpng, longjmp
 *                                         picture_webp.c  libwebp, status codes
 *
 * Where a library jumps, the setjmp() stands in a function that has no variables but its
 * parameters, so that none can lose its value; what must be freed belongs to the caller.
 */
#include "mlmock/picture.h"

#include "mlmock/picture_format.h"

static bool is_jpeg(struct span bytes)
{
	return span_starts(bytes, SPAN_LITERAL("\xff\xd8\xff"));
}

static bool is_png(struct span bytes)
{
	return span_starts(bytes, SPAN_LITERAL("\x89PNG\r\n\x1a\n"));
}

static bool is_webp(struct span bytes)
{
	return span_starts(bytes, SPAN_LITERAL("RIFF")) &&
		   span_starts(span_skip(bytes, 8), SPAN_LITERAL("WEBP"));
}

static const struct {
	bool (*is)(struct span bytes);
	int (*read)(struct span bytes, bool decode, struct picture *ret_picture, struct err *err);
} formats[] = {
	{is_jpeg, picture_jpeg_read},
	{is_png, picture_png_read},
	{is_webp, picture_webp_read},
};

int picture_check_size(uint64_t width, uint64_t height, struct err *err)
{
	if (width < 1 || height < 1)
		return err_set(err, ERR_INVALID, "a picture without pixels");
	if (width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX)
		return err_set(err, ERR_INVALID, "a picture of %llu by %llu pixels; at most %d a side",
			(unsigned long long)width, (unsigned long long)height, PICTURE_SIDE_MAX);
	if (width * height > PICTURE_PIXELS_MAX)
		return err_set(err, ERR_INVALID, "a picture of %llu pixels; at most %d",
			(unsigned long long)(width * height), PICTURE_PIXELS_MAX);
	return 0;
}

static int read_picture(
	struct span bytes, bool decode, struct picture *ret_picture, struct err *err)
{
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (formats[i].is(bytes))
			return formats[i].read(bytes, decode, ret_picture, err);
	return err_set(err, ERR_INVALID, "neither JPEG nor PNG nor WebP");
}

int picture_measure(struct span bytes, struct picture *ret_picture, struct err *err)
{
	return read_picture(bytes, false, ret_picture, err);
}

int picture_decode(struct span bytes, struct picture *ret_picture, struct err *err)
{
	return read_picture(bytes, true, ret_picture, err);
}
