/* No bytes break the decoders; what decodes also measures, to the same size, within the limits; and
 * what is said about a failure is ours to blame on the picture. */
#include "fuzz.h"
#include "mlmock/picture.h"

static int read_both(struct span bytes, struct picture *ret_picture)
{
	struct picture measured;
	struct err err = {0};

	if (picture_decode(bytes, ret_picture, &err)) {
		must(err.kind == ERR_INVALID && err.text[0]);
		return -1;
	}
	must(picture_measure(bytes, &measured, &err) == 0);
	must(measured.width == ret_picture->width && measured.height == ret_picture->height);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = {(const char *)data, size};
	struct picture picture;

	if (read_both(bytes, &picture))
		return 0;
	must(picture.width && picture.width <= PICTURE_SIDE_MAX);
	must(picture.height && picture.height <= PICTURE_SIDE_MAX);
	must((uint64_t)picture.width * picture.height <= PICTURE_PIXELS_MAX);
	return 0;
}
