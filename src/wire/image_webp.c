/* A WebP is a RIFF file of chunks: type, length, content, padded to an even length.
 *
 *     RIFF length WEBP  [VP8X flags, canvas]  [ICCP]  [ALPH]  VP8 | VP8L | ANIM ANMF…  [EXIF] [XMP]
 */
#include "wire/image_formats.h"

enum {
	HEAD_BYTES = 12,
	FRAME_BYTES = 8,
	EXTENDED_BYTES = 10, /* content of VP8X */
	FLAG_XMP = 0x04,
	FLAG_EXIF = 0x08,
};

struct riff_chunk {
	struct span all; /* with its padding, where there is any */
	struct span type;
	struct span content;
};

static bool is_webp(struct span file)
{
	return file.n >= HEAD_BYTES && span_starts(file, SPAN_LITERAL("RIFF")) &&
		   span_starts(span_skip(file, 8), SPAN_LITERAL("WEBP"));
}

/* The chunks; false when there are fewer bytes than the head says. */
static bool chunks_of(struct span file, struct span *ret_chunks)
{
	size_t n = image_little32(file, 4);

	if (n < 4 || n > file.n - 8)
		return false;
	*ret_chunks = (struct span){file.p + HEAD_BYTES, n - 4};
	return true;
}

static bool cut_chunk(struct span *rest, struct riff_chunk *ret_chunk)
{
	struct span from = *rest;
	size_t n;

	if (from.n < FRAME_BYTES)
		return false;
	n = image_little32(from, 4);
	if (n > from.n - FRAME_BYTES)
		return false;
	*ret_chunk = (struct riff_chunk){.all = span_first(from, FRAME_BYTES + n + n % 2),
		.type = span_first(from, 4),
		.content = {from.p + FRAME_BYTES, n}};
	*rest = span_skip(from, ret_chunk->all.n);
	return true;
}

/* As the chunk says that comes first. */
static bool read_size(struct span file, struct image_size *ret_size)
{
	struct riff_chunk chunk;
	struct span rest;
	struct span at;
	uint32_t bits;

	if (!chunks_of(file, &rest) || !cut_chunk(&rest, &chunk) || chunk.content.n < EXTENDED_BYTES)
		return false;
	at = chunk.content;
	if (span_is(chunk.type, "VP8X")) {
		*ret_size = (struct image_size){image_little24(at, 4) + 1, image_little24(at, 7) + 1};
		return true;
	}
	if (span_is(chunk.type, "VP8L") && image_byte(at, 0) == 0x2F) {
		bits = image_little32(at, 1);
		*ret_size = (struct image_size){(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1};
		return true;
	}
	if (span_is(chunk.type, "VP8 ") &&
		span_starts(span_skip(at, 3), SPAN_LITERAL("\x9D\x01\x2A"))) {
		*ret_size =
			(struct image_size){image_little16(at, 6) & 0x3FFF, image_little16(at, 8) & 0x3FFF};
		return true;
	}
	return false;
}

static bool is_picture(struct span type)
{
	static const char *const known[] = {"VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP"};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (span_is(type, known[i]))
			return true;
	return false;
}

/* The head of an extended file says what other chunks there are. */
static void add_chunk(struct buf *out, const struct riff_chunk *chunk)
{
	size_t at = out->n + FRAME_BYTES;

	buf_add(out, chunk->all);
	if (chunk->all.n % 2)
		buf_add(out, (struct span){"", 1});
	if (span_is(chunk->type, "VP8X") && chunk->content.n)
		out->bytes[at] = (char)(image_byte(chunk->content, 0) & ~(uint32_t)(FLAG_XMP | FLAG_EXIF));
}

static bool strip(struct span file, struct buf *out)
{
	size_t begin = out->n;
	struct riff_chunk chunk;
	struct span rest;
	uint32_t n;

	if (!chunks_of(file, &rest))
		return false;
	buf_add(out, span_first(file, HEAD_BYTES));
	while (rest.n) {
		if (!cut_chunk(&rest, &chunk))
			return false;
		if (is_picture(chunk.type))
			add_chunk(out, &chunk);
	}
	n = (uint32_t)(out->n - begin - 8);
	for (unsigned i = 0; i < 4; i++)
		out->bytes[begin + 4 + i] = (char)(n >> 8 * i & 0xFF);
	return out->n - begin > HEAD_BYTES;
}

const struct image_format image_webp = {is_webp, read_size, strip};
