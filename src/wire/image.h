/* image: a picture's file as a container, none of whose pixels is decoded: how large it is, what of
 * it is no picture, and a grey one that stands for another. Of JPEG (ITU-T T.81), PNG (RFC 2083)
 * and WebP (RFC 9649); all else, and what is broken, is not known.
 */
#ifndef WIRE_IMAGE_H
#define WIRE_IMAGE_H

#include "base/buf.h"
#include "base/span.h"

enum { IMAGE_GREY_MIN_BYTES = 65536 };

struct image_size {
	uint32_t width;
	uint32_t height;
};

/* False when it cannot be told. As the pixels are stored, however they are to be turned. */
bool image_read_size(struct span file, struct image_size *ret_size);

/* Writes the file without what changes no pixel: EXIF, XMP, IPTC, texts, comments, times,
 * thumbnails, what applications add, and what follows the picture's end. What is left is, byte for
 * byte, as it was. False when it is not known; then nothing is written. */
bool image_strip(struct span file, struct buf *out);

/* Writes a grey JPEG of that size, of n bytes where it needs no more. False, and nothing is
 * written, when that would take more than n and more than IMAGE_GREY_MIN_BYTES bytes. */
bool image_write_grey(struct image_size size, size_t n, struct buf *out);

#endif
