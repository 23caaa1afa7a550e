#include "proxy/readback.h"

void readback_init(
	struct readback *readback, void (*filled)(void *ctx, const struct err *err), void *ctx)
{
	*readback = (struct readback){.filled = filled, .ctx = ctx};
}

static void drop_window(struct readback *readback)
{
	chunk_unref(readback->window);
	readback->window = NULL;
	readback->held = 0;
}

void readback_deinit(struct readback *readback)
{
	spool_cancel(readback->job);
	readback->job = NULL;
	drop_window(readback);
}

static void on_read(void *ctx, struct chunk *read, const struct err *err)
{
	struct readback *readback = ctx;

	readback->job = NULL;
	readback->window = read;
	if (err)
		readback->held = 0;
	readback->filled(readback->ctx, err);
}

static void begin(
	struct readback *readback, struct spool_file *file, uint64_t position, uint64_t end)
{
	uint64_t left = end - position;
	size_t n = left < READBACK_BYTES ? (size_t)left : READBACK_BYTES;

	drop_window(readback);
	readback->begin = position;
	readback->held = n;
	readback->job = spool_read(file, position, n, on_read, readback);
}

size_t readback_peek(struct readback *readback, struct spool_file *file, uint64_t position,
	uint64_t end, struct iovec *iov)
{
	const struct chunk *window = readback->window;

	if (readback->job)
		return 0;
	if (window && position >= readback->begin && position - readback->begin < window->used) {
		size_t skip = (size_t)(position - readback->begin);

		*iov = (struct iovec){(char *)(uintptr_t)window->bytes + skip, window->used - skip};
		return 1;
	}
	begin(readback, file, position, end);
	return 0;
}

void readback_done(struct readback *readback, uint64_t position)
{
	if (readback->window && position >= readback->begin + readback->window->used)
		drop_window(readback);
}
