#include "wire/image.h"

#include "wire/image_formats.h"

static const struct image_format *format_of(struct span file)
{
	static const struct image_format *const formats[] = {&image_jpeg, &image_png, &image_webp};

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		if (formats[i]->is_it(file))
			return formats[i];
	return NULL;
}

bool image_read_size(struct span file, struct image_size *ret_size)
{
	const struct image_format *format = format_of(file);

	return format && format->read_size(file, ret_size) && ret_size->width && ret_size->height;
}

bool image_strip(struct span file, struct buf *out)
{
	const struct image_format *format = format_of(file);
	size_t before = out->n;

	if (format && format->strip(file, out))
		return true;
	out->n = before;
	return false;
}
