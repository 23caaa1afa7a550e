#include <setjmp.h>

#include <png.h>

#include "base/mem.h"
#include "mlmock/picture_format.h"

struct png {
	struct span rest; /* bytes not read yet */
	png_structp read;
	png_infop info;
	png_bytep row; /* owned */
	jmp_buf failed;
	struct err *err;
};

static void on_error(png_structp read, png_const_charp text)
{
	struct png *png = png_get_error_ptr(read);

	(void)err_set(png->err, ERR_INVALID, "PNG: %s", text);
	longjmp(png->failed, 1);
}

static void on_warning(png_structp read, png_const_charp text)
{
	(void)read;
	(void)text;
}

static void on_read(png_structp read, png_bytep to, size_t n)
{
	struct png *png = png_get_io_ptr(read);

	if (n > png->rest.n)
		png_error(read, "cut off");
	memcpy(to, png->rest.p, n);
	png->rest = span_skip(png->rest, n);
}

static int read_head(struct png *png, struct picture *ret_picture)
{
	png->read = png_create_read_struct(PNG_LIBPNG_VER_STRING, png, on_error, on_warning);
	if (png->read)
		png->info = png_create_info_struct(png->read);
	if (!png->info)
		return err_set(png->err, ERR_INTERNAL, "libpng does not start");
	png_set_read_fn(png->read, png, on_read);
	png_set_user_limits(png->read, PICTURE_SIDE_MAX, PICTURE_SIDE_MAX);
	png_read_info(png->read, png->info);
	*ret_picture = (struct picture){
		png_get_image_width(png->read, png->info), png_get_image_height(png->read, png->info)};
	return picture_check_size(ret_picture->width, ret_picture->height, png->err);
}

/* An interlaced picture comes in seven passes over the same rows. What stands behind the pixels is
 * not read, since Pillow forgives its absence. */
static void read_pixels(struct png *png, uint32_t height)
{
	int passes = png_set_interlace_handling(png->read);

	png_read_update_info(png->read, png->info);
	png->row = mem_new(png_get_rowbytes(png->read, png->info), 1);
	while (passes-- > 0)
		for (uint32_t y = 0; y < height; y++)
			png_read_row(png->read, png->row, NULL);
}

static int run(struct png *png, bool decode, struct picture *ret_picture)
{
	if (setjmp(png->failed))
		return -1;
	if (read_head(png, ret_picture) < 0)
		return -1;
	if (decode)
		read_pixels(png, ret_picture->height);
	return 0;
}

int picture_png_read(struct span bytes, bool decode, struct picture *ret_picture, struct err *err)
{
	struct png png = {.rest = bytes, .err = err};
	struct picture picture;
	int status = run(&png, decode, &picture);

	png_destroy_read_struct(&png.read, &png.info, NULL);
	mem_free(png.row);
	if (!status)
		*ret_picture = picture;
	return status;
}
