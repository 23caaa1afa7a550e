/* picture_format: the decoders behind picture.c, one for each format. Private to it. */
#ifndef MLMOCK_PICTURE_FORMAT_H
#define MLMOCK_PICTURE_FORMAT_H

#include "mlmock/picture.h"

/* Each reads the size, and all of the picture when it is to be decoded. */
int picture_jpeg_read(struct span bytes, bool decode, struct picture *ret_picture, struct err *err)
	__attribute__((warn_unused_result));
int picture_png_read(struct span bytes, bool decode, struct picture *ret_picture, struct err *err)
	__attribute__((warn_unused_result));
int picture_webp_read(struct span bytes, bool decode, struct picture *ret_picture, struct err *err)
	__attribute__((warn_unused_result));

/* -1 when the size is empty or beyond the limits. */
int picture_check_size(uint64_t width, uint64_t height, struct err *err)
	__attribute__((warn_unused_result));

#endif
