/* image_formats: what each format has to say; see image.h, whose file image.c asks one after the
 * other. */
#ifndef WIRE_IMAGE_FORMATS_H
#define WIRE_IMAGE_FORMATS_H

#include "wire/image.h"

struct image_format {
	bool (*is_it)(struct span file); /* by its first bytes */
	bool (*read_size)(struct span file, struct image_size *ret_size);
	/* What was written when it turns out to be broken the caller takes back. */
	bool (*strip)(struct span file, struct buf *out);
};

extern const struct image_format image_jpeg;
extern const struct image_format image_png;
extern const struct image_format image_webp;

/* Numbers in a file, the first byte there is. */
static inline uint32_t image_byte(struct span file, size_t at)
{
	return (unsigned char)file.p[at];
}

static inline uint32_t image_big16(struct span file, size_t at)
{
	return image_byte(file, at) << 8 | image_byte(file, at + 1);
}

static inline uint32_t image_big32(struct span file, size_t at)
{
	return image_big16(file, at) << 16 | image_big16(file, at + 2);
}

static inline uint32_t image_little16(struct span file, size_t at)
{
	return image_byte(file, at) | image_byte(file, at + 1) << 8;
}

static inline uint32_t image_little24(struct span file, size_t at)
{
	return image_little16(file, at) | image_byte(file, at + 2) << 16;
}

static inline uint32_t image_little32(struct span file, size_t at)
{
	return image_little16(file, at) | image_little16(file, at + 2) << 16;
}

#endif
