#include "mlreplay/scratch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/files.h"

enum { WAITING_MAX = 65536 };

struct scratch {
	const char *folder;
	int fd;
	uint64_t written;
	struct buf waiting; /* to be written behind that */
};

static int fail(const struct scratch *scratch, int error, struct err *err)
{
	return err_set(err, ERR_INTERNAL, "%s: %s", scratch->folder, strerrordesc_np(error));
}

int scratch_new(struct scratch **ret_scratch, struct err *err)
{
	struct scratch scratch = {0};

	// NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables
	scratch.folder = getenv("TMPDIR");
	if (!scratch.folder || !*scratch.folder)
		scratch.folder = "/tmp";
	scratch.fd = files_unnamed(scratch.folder);
	if (scratch.fd < 0)
		return fail(&scratch, errno, err);
	*ret_scratch = mem_new(1, sizeof **ret_scratch);
	**ret_scratch = scratch;
	return 0;
}

void scratch_free(struct scratch *scratch)
{
	if (!scratch)
		return;
	(void)close(scratch->fd);
	buf_deinit(&scratch->waiting);
	mem_free(scratch);
}

uint64_t scratch_length(const struct scratch *scratch)
{
	return scratch->written + scratch->waiting.n;
}

static int flush(struct scratch *scratch, struct err *err)
{
	if (files_write_at(scratch->fd, buf_span(&scratch->waiting), scratch->written) < 0)
		return fail(scratch, errno, err);
	scratch->written += scratch->waiting.n;
	buf_reset(&scratch->waiting);
	return 0;
}

int scratch_add(struct scratch *scratch, struct span bytes, struct err *err)
{
	buf_add(&scratch->waiting, bytes);
	return scratch->waiting.n < WAITING_MAX ? 0 : flush(scratch, err);
}

int scratch_read(struct scratch *scratch, uint64_t at, size_t n, struct buf *out, struct err *err)
{
	char *to;

	assert(n <= scratch_length(scratch) && at <= scratch_length(scratch) - n);
	if (!n)
		return 0;
	if (flush(scratch, err) < 0)
		return -1;
	to = buf_reserve(out, n);
	for (size_t done = 0; done < n;) {
		ssize_t got = pread(scratch->fd, to + done, n - done, (off_t)(at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail(scratch, got < 0 ? errno : EIO, err);
		done += (size_t)got;
	}
	out->n += n;
	return 0;
}
