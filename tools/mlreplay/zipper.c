/* libzip reads and writes by way of functions here: its own would give the archive another mode,
 * and take each file for one of the disk. */
#include "mlreplay/zipper.h"

#include <assert.h>
#include <errno.h>
#include <zip.h>

#include "base/mem.h"
#include "io/files.h"

struct zipper {
	const char *path;
	int fd;
	uint64_t at;     /* where libzip writes */
	uint64_t length; /* of what was written */
	zip_error_t error;
	struct err why; /* when a file could not be read, which libzip cannot say */
	zip_t *zip;     /* NULL: it has ended */
};

/* -- a file ---------------------------------------------------------------------------------- */

/* libzip has it, and gives it back with ZIP_SOURCE_FREE. */
struct reading {
	struct zipper *zipper;
	struct zipper_file file;
	uint64_t read;
	zip_error_t error;
};

static zip_int64_t read_some(struct reading *reading, void *bytes, zip_uint64_t n)
{
	const struct zipper_file *file = &reading->file;
	uint64_t left = file->length - reading->read;
	BUF_AUTO struct buf some = {0};

	if (n > left)
		n = left;
	if (scratch_read(file->scratch, file->at + reading->read, n, &some, &reading->zipper->why) <
		0) {
		zip_error_set(&reading->error, ZIP_ER_READ, EIO);
		return -1;
	}
	if (some.n)
		memcpy(bytes, some.bytes, some.n);
	reading->read += some.n;
	return (zip_int64_t)some.n;
}

static zip_int64_t tell(const struct reading *reading, zip_stat_t *stat)
{
	zip_stat_init(stat);
	stat->valid = ZIP_STAT_SIZE;
	stat->size = reading->file.length;
	return sizeof *stat;
}

static zip_int64_t on_read(void *ctx, void *data, zip_uint64_t n, zip_source_cmd_t command)
{
	struct reading *reading = ctx;

	switch ((int)command) { /* there are others, which it is told that there are not */
	case ZIP_SOURCE_OPEN: reading->read = 0; return 0;
	case ZIP_SOURCE_READ: return read_some(reading, data, n);
	case ZIP_SOURCE_CLOSE: return 0;
	case ZIP_SOURCE_STAT: return tell(reading, data);
	case ZIP_SOURCE_ERROR: return zip_error_to_data(&reading->error, data, n);
	case ZIP_SOURCE_FREE: mem_free(reading); return 0;
	case ZIP_SOURCE_SUPPORTS: return ZIP_SOURCE_SUPPORTS_READABLE;
	default: zip_error_set(&reading->error, ZIP_ER_OPNOTSUPP, 0); return -1;
	}
}

/* -- the archive ----------------------------------------------------------------------------- */

static zip_int64_t write_all(struct zipper *zipper, const void *bytes, zip_uint64_t n)
{
	if (files_write_at(zipper->fd, (struct span){bytes, n}, zipper->at) < 0) {
		zip_error_set(&zipper->error, ZIP_ER_WRITE, errno);
		return -1;
	}
	zipper->at += n;
	if (zipper->at > zipper->length)
		zipper->length = zipper->at;
	return (zip_int64_t)n;
}

static zip_int64_t seek(struct zipper *zipper, void *data, zip_uint64_t n)
{
	zip_int64_t to =
		zip_source_seek_compute_offset(zipper->at, zipper->length, data, n, &zipper->error);

	if (to < 0)
		return -1;
	zipper->at = (uint64_t)to;
	return 0;
}

/* There is nothing in it that could be read. */
static zip_int64_t on_write(void *ctx, void *data, zip_uint64_t n, zip_source_cmd_t command)
{
	struct zipper *zipper = ctx;

	switch ((int)command) {
	case ZIP_SOURCE_BEGIN_WRITE: zipper->at = 0; return 0;
	case ZIP_SOURCE_WRITE: return write_all(zipper, data, n);
	case ZIP_SOURCE_SEEK_WRITE: return seek(zipper, data, n);
	case ZIP_SOURCE_TELL_WRITE: return (zip_int64_t)zipper->at;
	case ZIP_SOURCE_STAT: zip_stat_init(data); return sizeof(zip_stat_t);
	case ZIP_SOURCE_ERROR: return zip_error_to_data(&zipper->error, data, n);
	case ZIP_SOURCE_SUPPORTS: return ZIP_SOURCE_SUPPORTS_WRITABLE;
	case ZIP_SOURCE_OPEN:
	case ZIP_SOURCE_READ:
	case ZIP_SOURCE_CLOSE:
	case ZIP_SOURCE_COMMIT_WRITE:
	case ZIP_SOURCE_ROLLBACK_WRITE:
	case ZIP_SOURCE_FREE: return 0;
	default: zip_error_set(&zipper->error, ZIP_ER_OPNOTSUPP, 0); return -1;
	}
}

static int fail(const struct zipper *zipper, zip_error_t *error, struct err *err)
{
	return err_set(err, ERR_INTERNAL, "%.100s: %.120s", zipper->path,
		zipper->why.kind ? zipper->why.text : zip_error_strerror(error));
}

int zipper_new(int fd, const char *path, struct zipper **ret_zipper, struct err *err)
{
	struct zipper *zipper = mem_new(1, sizeof *zipper);
	zip_source_t *source;

	zipper->path = path;
	zipper->fd = fd;
	zip_error_init(&zipper->error);
	source = zip_source_function_create(on_write, zipper, &zipper->error);
	if (source)
		zipper->zip = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &zipper->error);
	if (zipper->zip) {
		*ret_zipper = zipper;
		return 0;
	}
	zip_source_free(source);
	(void)fail(zipper, &zipper->error, err);
	zipper_free(zipper);
	return -1;
}

void zipper_free(struct zipper *zipper)
{
	if (!zipper)
		return;
	if (zipper->zip)
		zip_discard(zipper->zip);
	zip_error_fini(&zipper->error);
	mem_free(zipper);
}

bool zipper_has(const struct zipper *zipper, const char *name)
{
	return zip_name_locate(zipper->zip, name, 0) >= 0;
}

/* Of the first day that there is, so that the same files make the same archive. */
static int describe(zip_t *zip, zip_uint64_t at, const struct zipper_file *file)
{
	enum { FIRST_DAY = 0x21 };
	zip_int32_t method = file->is_packed ? ZIP_CM_DEFLATE : ZIP_CM_STORE;

	if (zip_set_file_compression(zip, at, method, 0) < 0)
		return -1;
	return zip_file_set_dostime(zip, at, 0, FIRST_DAY, 0);
}

int zipper_add(struct zipper *zipper, const struct zipper_file *file, struct err *err)
{
	struct reading *reading = mem_new(1, sizeof *reading);
	zip_source_t *source;
	zip_int64_t at;

	reading->zipper = zipper;
	reading->file = *file;
	zip_error_init(&reading->error);
	source = zip_source_function(zipper->zip, on_read, reading);
	if (!source) {
		mem_free(reading);
		return fail(zipper, zip_get_error(zipper->zip), err);
	}
	at = zip_file_add(zipper->zip, file->name, source, ZIP_FL_ENC_UTF_8);
	if (at < 0)
		zip_source_free(source);
	if (at < 0 || describe(zipper->zip, (zip_uint64_t)at, file) < 0)
		return fail(zipper, zip_get_error(zipper->zip), err);
	return 0;
}

int zipper_end(struct zipper *zipper, uint64_t *ret_bytes, struct err *err)
{
	assert(zipper->zip);
	if (zip_close(zipper->zip) < 0)
		return fail(zipper, zip_get_error(zipper->zip), err);
	zipper->zip = NULL;
	*ret_bytes = zipper->length;
	return 0;
}
