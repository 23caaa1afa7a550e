/* A PNG is a signature and a row of chunks: length, type, content, CRC. */
#include "wire/image_formats.h"

enum { SIGNATURE_BYTES = 8, FRAME_BYTES = 12 };

struct png_chunk {
	struct span all;
	struct span type;
	struct span content;
};

static bool is_png(struct span file)
{
	return span_starts(file, (struct span){"\x89PNG\r\n\x1A\n", SIGNATURE_BYTES});
}

static bool cut_chunk(struct span *rest, struct png_chunk *ret_chunk)
{
	struct span from = *rest;
	size_t n;

	if (from.n < FRAME_BYTES)
		return false;
	n = image_big32(from, 0);
	if (n > from.n - FRAME_BYTES)
		return false;
	*ret_chunk = (struct png_chunk){.all = span_first(from, n + FRAME_BYTES),
		.type = {from.p + 4, 4},
		.content = {from.p + 8, n}};
	*rest = span_skip(from, n + FRAME_BYTES);
	return true;
}

static bool read_size(struct span file, struct image_size *ret_size)
{
	struct span rest = span_skip(file, SIGNATURE_BYTES);
	struct png_chunk chunk;

	if (!cut_chunk(&rest, &chunk) || !span_is(chunk.type, "IHDR") || chunk.content.n < 8)
		return false;
	ret_size->width = image_big32(chunk.content, 0);
	ret_size->height = image_big32(chunk.content, 4);
	return true;
}

/* Decoders must know a chunk whose name begins with a capital letter; of the others these change
 * pixels or their colours. */
static bool is_picture(struct span type)
{
	static const char *const others[] = {
		"tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "bKGD", "pHYs", "acTL", "fcTL", "fdAT"};

	if (type.p[0] >= 'A' && type.p[0] <= 'Z')
		return true;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (span_is(type, others[i]))
			return true;
	return false;
}

static bool strip(struct span file, struct buf *out)
{
	struct span rest = span_skip(file, SIGNATURE_BYTES);
	struct png_chunk chunk;

	buf_add(out, span_first(file, SIGNATURE_BYTES));
	while (cut_chunk(&rest, &chunk)) {
		if (is_picture(chunk.type))
			buf_add(out, chunk.all);
		if (span_is(chunk.type, "IEND"))
			return true;
	}
	return false;
}

const struct image_format image_png = {is_png, read_size, strip};
