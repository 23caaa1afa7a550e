/* Of a file whose size can be read a grey one has the same; what is stripped is no longer than it
 * was, has the same size, and has nothing left to be stripped; a file that is refused leaves
 * nothing. */
#include "fuzz.h"
#include "wire/image.h"

static void check_grey(struct span file)
{
	BUF_AUTO struct buf grey = {0};
	struct image_size size;
	struct image_size again;

	if (!image_read_size(file, &size) || !image_write_grey(size, file.n, &grey)) {
		must(grey.n == 0);
		return;
	}
	must(grey.n >= file.n || grey.n <= IMAGE_GREY_MIN_BYTES);
	must(image_read_size(buf_span(&grey), &again));
	must(size.width == again.width && size.height == again.height);
}

static void check_strip(struct span file)
{
	BUF_AUTO struct buf once = {0};
	BUF_AUTO struct buf twice = {0};
	struct image_size size;
	struct image_size again;

	if (!image_strip(file, &once)) {
		must(once.n == 0);
		return;
	}
	must(once.n <= file.n + 1); /* the last chunk of a WebP may lack its padding */
	must(image_strip(buf_span(&once), &twice));
	must(span_equal(buf_span(&once), buf_span(&twice)));
	if (image_read_size(file, &size) && image_read_size(buf_span(&once), &again))
		must(size.width == again.width && size.height == again.height);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = {(const char *)data, size};

	check_grey(file);
	check_strip(file);
	return 0;
}
