#include "mlreplay/report_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "io/files.h"

enum { COPY_BYTES = 65536 };

int report_file_open(struct report_file *ret_file, const char *path, struct err *err)
{
	struct report_file file = {.path = path};

	file.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file.fd < 0)
		return err_set(err, ERR_INVALID, "%s: %s", path, strerrordesc_np(errno));
	if (scratch_new(&file.scratch, err) < 0) {
		(void)close(file.fd);
		return -1;
	}
	*ret_file = file;
	return 0;
}

void report_file_add(struct report_file *file, struct span bytes)
{
	if (!file->has_failed && scratch_add(file->scratch, bytes, &file->why) < 0)
		file->has_failed = true;
}

static int write_all(const struct report_file *file, struct span bytes, struct err *err)
{
	if (files_write(file->fd, bytes) < 0)
		return err_set(err, ERR_INTERNAL, "%s: %s", file->path, strerrordesc_np(errno));
	return 0;
}

static int copy_added(const struct report_file *file, struct err *err)
{
	uint64_t length = scratch_length(file->scratch);
	BUF_AUTO struct buf bytes = {0};

	for (uint64_t at = 0; at < length; at += bytes.n) {
		uint64_t left = length - at;

		buf_reset(&bytes);
		if (scratch_read(file->scratch, at, left < COPY_BYTES ? (size_t)left : COPY_BYTES, &bytes,
				err) < 0 ||
			write_all(file, buf_span(&bytes), err) < 0)
			return -1;
	}
	return 0;
}

int report_file_end(struct report_file *file, struct span head, struct span tail, struct err *err)
{
	if (file->has_failed)
		return err_set(err, ERR_INTERNAL, "%s: %s", file->path, file->why.text);
	if (write_all(file, head, err) < 0 || copy_added(file, err) < 0)
		return -1;
	return write_all(file, tail, err);
}

void report_file_close(struct report_file *file)
{
	if (!file->path)
		return;
	(void)close(file->fd);
	scratch_free(file->scratch);
}
