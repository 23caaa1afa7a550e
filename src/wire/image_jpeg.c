/* A JPEG is a row of segments, of which a scan is followed by bytes of its own:
 *
 *     SOI  APP1 length …  DQT length …  SOF length …  SOS length … entropy-coded bytes …  EOI
 */
#include "wire/image_formats.h"

enum marker {
	TEM = 0x01,
	SOF0 = 0xC0, /* to SOF15, but for three between */
	DHT = 0xC4,
	JPG = 0xC8,
	DAC = 0xCC,
	SOF15 = 0xCF,
	RST0 = 0xD0,
	RST7 = 0xD7,
	SOI = 0xD8,
	EOI = 0xD9,
	SOS = 0xDA,
	APP0 = 0xE0,
	APP2 = 0xE2,
	APP14 = 0xEE,
	APP15 = 0xEF,
	COM = 0xFE,
};

struct segment {
	unsigned marker;
	struct span all;     /* from its 0xFF on; with what follows the head of a scan */
	struct span content; /* behind its length; empty of a marker that has none */
};

static bool is_jpeg(struct span file)
{
	return span_starts(file, SPAN_LITERAL("\xFF\xD8\xFF"));
}

/* Without a length and a content. */
static bool is_bare(unsigned marker)
{
	return marker == TEM || (marker >= RST0 && marker <= EOI);
}

/* How many of the bytes belong to a scan: up to a marker that is none of its own. */
static size_t scan_length(struct span rest)
{
	size_t at = 0;

	while (at < rest.n) {
		const char *found = memchr(rest.p + at, 0xFF, rest.n - at);
		unsigned next;

		if (!found)
			return rest.n;
		at = (size_t)(found - rest.p);
		next = at + 1 < rest.n ? image_byte(rest, at + 1) : 0;
		if (next && next != 0xFF && !(next >= RST0 && next <= RST7))
			return at;
		at += next == 0xFF ? 1 : 2;
	}
	return rest.n;
}

/* Cuts the next segment off the front; false when there is none that is whole. */
static bool cut_segment(struct span *rest, struct segment *ret_segment)
{
	struct span from = *rest;
	size_t fill = 0; /* a marker may have more than one 0xFF in front */
	size_t n = 0;

	while (fill < from.n && image_byte(from, fill) == 0xFF)
		fill++;
	if (!fill || fill == from.n)
		return false;
	ret_segment->marker = image_byte(from, fill++);
	if (!is_bare(ret_segment->marker)) {
		if (from.n - fill < 2)
			return false;
		n = image_big16(from, fill);
		if (n < 2 || n > from.n - fill)
			return false;
	}
	ret_segment->content = n ? (struct span){from.p + fill + 2, n - 2} : SPAN_EMPTY;
	n += fill;
	if (ret_segment->marker == SOS)
		n += scan_length(span_skip(from, n));
	ret_segment->all = span_first(from, n);
	*rest = span_skip(from, n);
	return true;
}

static bool is_frame(unsigned marker)
{
	return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
}

static bool read_size(struct span file, struct image_size *ret_size)
{
	struct span rest = file;
	struct segment segment;

	while (cut_segment(&rest, &segment) && segment.marker != SOS && segment.marker != EOI) {
		if (!is_frame(segment.marker) || segment.content.n < 5)
			continue;
		ret_size->height = image_big16(segment.content, 1);
		ret_size->width = image_big16(segment.content, 3);
		return true;
	}
	return false;
}

/* What a decoder goes by: JFIF, colours (ICC, Adobe's), and all that is not an application's. */
static bool is_picture(const struct segment *segment)
{
	if (segment->marker == APP2)
		return span_starts(segment->content, (struct span){"ICC_PROFILE", 12});
	if (segment->marker == APP0)
		return span_starts(segment->content, (struct span){"JFIF", 5});
	if (segment->marker == APP14)
		return span_starts(segment->content, SPAN_LITERAL("Adobe"));
	return segment->marker != COM && !(segment->marker >= APP0 && segment->marker <= APP15);
}

static bool strip(struct span file, struct buf *out)
{
	struct span rest = file;
	struct segment segment;

	while (cut_segment(&rest, &segment)) {
		if (is_picture(&segment))
			buf_add(out, segment.all);
		if (segment.marker == EOI)
			return true;
	}
	return false;
}

const struct image_format image_jpeg = {is_jpeg, read_size, strip};
