#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include <jerror.h>

#include "mlmock/picture_format.h"

enum {
	COEFFICIENT_BYTES_MAX = 256 << 20, /* of a progressive picture: 40 to 80 megapixels */
	SCANNED_PIXELS_MAX = 1000000000,   /* each scan is a pass over them; cameras write about ten */
};

struct jpeg {
	struct jpeg_decompress_struct info;
	struct jpeg_error_mgr errors;
	struct jpeg_source_mgr source;
	struct jpeg_progress_mgr progress;
	jmp_buf failed;
	struct err *err;
};

static struct jpeg *jpeg_of(j_common_ptr info)
{
	return info->client_data;
}

static void on_error(j_common_ptr info)
{
	char text[JMSG_LENGTH_MAX];

	info->err->format_message(info, text);
	(void)err_set(jpeg_of(info)->err, ERR_INVALID, "JPEG: %s", text);
	longjmp(jpeg_of(info)->failed, 1);
}

/* Damage that libjpeg can read past, as Pillow does. */
static void on_warning(j_common_ptr info, int level)
{
	(void)info;
	(void)level;
}

static void on_source(j_decompress_ptr info)
{
	(void)info;
}

/* All bytes were there from the beginning. */
static boolean on_no_bytes(j_decompress_ptr info)
{
	ERREXIT(info, JERR_INPUT_EOF);
	return FALSE;
}

static void on_skip(j_decompress_ptr info, long n)
{
	if (n <= 0)
		return;
	if ((size_t)n > info->src->bytes_in_buffer)
		ERREXIT(info, JERR_INPUT_EOF);
	info->src->next_input_byte += n;
	info->src->bytes_in_buffer -= (size_t)n;
}

/* A few bytes can ask for very many passes. */
static void on_progress(j_common_ptr common)
{
	struct jpeg *jpeg = jpeg_of(common);
	const struct jpeg_decompress_struct *info = &jpeg->info;
	uint64_t pixels = (uint64_t)info->image_width * info->image_height;

	if (pixels * (uint64_t)info->input_scan_number > SCANNED_PIXELS_MAX) {
		(void)err_set(jpeg->err, ERR_INVALID, "JPEG: %d scans of %llu pixels",
			info->input_scan_number, (unsigned long long)pixels);
		longjmp(jpeg->failed, 1);
	}
}

static void prepare(struct jpeg *jpeg, struct span bytes, struct err *err)
{
	*jpeg = (struct jpeg){.err = err};
	jpeg->info.err = jpeg_std_error(&jpeg->errors);
	jpeg->errors.error_exit = on_error;
	jpeg->errors.emit_message = on_warning;
	jpeg->info.client_data = jpeg;
	jpeg->progress.progress_monitor = on_progress;
	jpeg->source = (struct jpeg_source_mgr){
		.next_input_byte = (const JOCTET *)bytes.p,
		.bytes_in_buffer = bytes.n,
		.init_source = on_source,
		.fill_input_buffer = on_no_bytes,
		.skip_input_data = on_skip,
		.resync_to_restart = jpeg_resync_to_restart,
		.term_source = on_source,
	};
}

static int read_head(struct jpeg *jpeg, struct picture *ret_picture)
{
	struct jpeg_decompress_struct *info = &jpeg->info;

	jpeg_create_decompress(info);
	info->src = &jpeg->source;
	info->progress = &jpeg->progress;
	info->mem->max_memory_to_use = COEFFICIENT_BYTES_MAX;
	(void)jpeg_read_header(info, TRUE);
	if (picture_check_size(info->image_width, info->image_height, jpeg->err) < 0)
		return -1;
	if (info->num_components == 2) /* libjpeg would read it; Pillow has no name for it */
		return err_set(jpeg->err, ERR_INVALID, "JPEG: two components");
	*ret_picture = (struct picture){info->image_width, info->image_height};
	return 0;
}

/* What can fail is the entropy coding, all of which is read; so the pixels may be as coarse and
 * their colours as raw as comes cheapest. */
static void read_pixels(struct jpeg_decompress_struct *info)
{
	JSAMPARRAY row;

	info->scale_num = 1;
	info->scale_denom = 8;
	info->out_color_space = info->jpeg_color_space;
	(void)jpeg_start_decompress(info);
	row = info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE,
		info->output_width * (JDIMENSION)info->output_components, 1);
	while (info->output_scanline < info->output_height)
		(void)jpeg_read_scanlines(info, row, 1);
	(void)jpeg_finish_decompress(info);
}

static int run(struct jpeg *jpeg, bool decode, struct picture *ret_picture)
{
	if (setjmp(jpeg->failed))
		return -1;
	if (read_head(jpeg, ret_picture) < 0)
		return -1;
	if (decode)
		read_pixels(&jpeg->info);
	return 0;
}

int picture_jpeg_read(struct span bytes, bool decode, struct picture *ret_picture, struct err *err)
{
	struct picture picture;
	struct jpeg jpeg;
	int status;

	prepare(&jpeg, bytes, err);
	status = run(&jpeg, decode, &picture);
	jpeg_destroy_decompress(&jpeg.info);
	if (!status)
		*ret_picture = picture;
	return status;
}
