/* The least that is a JPEG: one component, and for each block of 8 by 8 pixels two bits, which say
 * "as grey as the one before" and "nothing else". Between its first two markers it may be as long
 * as one likes. */
#include "wire/image.h"

enum {
	SIDE_MAX = 65500,        /* the format has 35 more, libjpeg has not */
	COMMENT_MAX = 65535 + 2, /* bytes of a segment, with its marker */
	COMMENT_MIN = 4,
	QUANTIZERS = 64,
};

static const unsigned char begin[] = {0xFF, 0xD8}; /* SOI */

/* DQT with nothing but ones behind it, */
static const unsigned char quantizers[] = {0xFF, 0xDB, 0, 3 + QUANTIZERS, 0};

/* SOF0, 8 bits a sample, height and width to be set, one component, */
static const unsigned char frame[] = {0xFF, 0xC0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0};

/* DHT with one code of one bit, which is the value 0, for both kinds of coefficients, and SOS. */
enum { TABLE_BYTES = 2 + 20 };

static const unsigned char scan[2 * TABLE_BYTES + 10] = {
	[0] = 0xFF,
	0xC4,
	0,
	20,
	0x00,
	1,
	[TABLE_BYTES] = 0xFF,
	0xC4,
	0,
	20,
	0x10,
	1,
	[2 * TABLE_BYTES] = 0xFF,
	0xDA,
	0,
	8,
	1,
	1,
	0x00,
	0,
	63,
	0,
};

static const unsigned char end[] = {0xFF, 0xD9}; /* EOI */

enum {
	FIXED_BYTES =
		sizeof begin + sizeof quantizers + QUANTIZERS + sizeof frame + sizeof scan + sizeof end
};

static void add(struct buf *out, const unsigned char *bytes, size_t n)
{
	buf_add(out, (struct span){(const char *)bytes, n});
}

static void add_same(struct buf *out, int byte, size_t n)
{
	memset(buf_reserve(out, n), byte, n);
	out->n += n;
}

/* n bytes that say nothing: comments; too few for one are as many 0xFF, which may stand in front of
 * a marker. */
static void add_padding(struct buf *out, size_t n)
{
	while (n >= COMMENT_MIN) {
		size_t now = n > COMMENT_MAX ? COMMENT_MAX : n;
		unsigned char head[] = {
			0xFF, 0xFE, (unsigned char)((now - 2) >> 8), (unsigned char)(now - 2)};

		add(out, head, sizeof head);
		add_same(out, ' ', now - sizeof head);
		n -= now;
	}
	add_same(out, 0xFF, n);
}

static void add_frame(struct buf *out, struct image_size size)
{
	size_t at = out->n;

	add(out, frame, sizeof frame);
	out->bytes[at + 5] = (char)(size.height >> 8);
	out->bytes[at + 6] = (char)(size.height & 0xFF);
	out->bytes[at + 7] = (char)(size.width >> 8);
	out->bytes[at + 8] = (char)(size.width & 0xFF);
}

/* Two bits of zeros a block; what is left of the last byte is ones. */
static void add_blocks(struct buf *out, uint64_t blocks)
{
	add_same(out, 0, (size_t)(blocks / 4));
	if (blocks % 4)
		add_same(out, 0xFF >> 2 * (blocks % 4), 1);
}

bool image_write_grey(struct image_size size, size_t n, struct buf *out)
{
	uint64_t blocks = ((uint64_t)size.width + 7) / 8 * (((uint64_t)size.height + 7) / 8);
	uint64_t least = FIXED_BYTES + (blocks + 3) / 4;

	if (!blocks || size.width > SIDE_MAX || size.height > SIDE_MAX ||
		(least > n && least > IMAGE_GREY_MIN_BYTES))
		return false;
	add(out, begin, sizeof begin);
	add_padding(out, n > least ? n - (size_t)least : 0);
	add(out, quantizers, sizeof quantizers);
	add_same(out, 1, QUANTIZERS);
	add_frame(out, size);
	add(out, scan, sizeof scan);
	add_blocks(out, blocks);
	add(out, end, sizeof end);
	return true;
}
