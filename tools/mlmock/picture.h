/* picture: how large a picture is, and whether it can be decoded at all.
 *
 * JPEG, PNG and WebP, by what their first bytes say. What counts as broken is what Pillow refuses,
 * with which the service decodes: a picture whose pixels are cut off is, one with damaged bytes
 * among them often is not. No pixels are kept: JPEG and PNG pass through one row at a time, WebP in
 * a few, except that a progressive JPEG needs its coefficients and a lossless WebP its pixels.
 */
#ifndef MLMOCK_PICTURE_H
#define MLMOCK_PICTURE_H

#include "base/err.h"
#include "base/span.h"

enum {
	PICTURE_PIXELS_MAX = 100000000, /* what the largest cameras make */
	PICTURE_SIDE_MAX = 65535,       /* JPEG's own bound; a row of it is small */
};

struct picture {
	uint32_t width; /* as stored: EXIF's orientation is not applied, as in the service */
	uint32_t height;
};

/* Reads the size alone, from the picture's head. -1 (ERR_INVALID) when there is none to read or it
 * is beyond the limits above. */
int picture_measure(struct span bytes, struct picture *ret_picture, struct err *err)
	__attribute__((warn_unused_result));

/* Decodes all of it. -1 (ERR_INVALID) with what the decoder says. */
int picture_decode(struct span bytes, struct picture *ret_picture, struct err *err)
	__attribute__((warn_unused_result));

#endif
