/* libzip asks for bytes of the archive by way of a function here, so that it can be stopped: what
 * it reads before it knows what is in it is what it then has in memory. */
#include "io/unzip.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <zip.h>

#include "base/mem.h"

struct unzip {
	char *path;
	int fd;
	uint64_t length;
	uint64_t at;     /* where libzip is */
	uint64_t budget; /* bytes that it may read yet */
	zip_error_t error;
	zip_t *zip;
};

struct unzip_file {
	struct unzip *unzip;
	const char *name;
	uint64_t left; /* by what is said of it */
	zip_file_t *file;
};

/* -- bytes for libzip ------------------------------------------------------------------------ */

static zip_int64_t refuse(struct unzip *unzip, int what, int error)
{
	zip_error_set(&unzip->error, what, error);
	return -1;
}

static zip_int64_t read_bytes(struct unzip *unzip, void *bytes, zip_uint64_t n)
{
	uint64_t left = unzip->length - unzip->at;
	ssize_t got;

	if (n > left)
		n = left;
	if (n > unzip->budget)
		return refuse(unzip, ZIP_ER_MEMORY, 0);
	do
		got = pread(unzip->fd, bytes, n, (off_t)unzip->at);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return refuse(unzip, ZIP_ER_READ, errno);
	unzip->at += (uint64_t)got;
	unzip->budget -= (uint64_t)got;
	return got;
}

static zip_int64_t seek(struct unzip *unzip, void *data, zip_uint64_t n)
{
	zip_int64_t to =
		zip_source_seek_compute_offset(unzip->at, unzip->length, data, n, &unzip->error);

	if (to < 0)
		return -1;
	unzip->at = (uint64_t)to;
	return 0;
}

static zip_int64_t tell_size(const struct unzip *unzip, zip_stat_t *stat)
{
	zip_stat_init(stat);
	stat->valid = ZIP_STAT_SIZE;
	stat->size = unzip->length;
	return sizeof *stat;
}

static zip_int64_t on_command(void *ctx, void *data, zip_uint64_t n, zip_source_cmd_t command)
{
	struct unzip *unzip = ctx;

	switch ((int)command) { /* there are others, which it is told that there are not */
	case ZIP_SOURCE_OPEN: unzip->at = 0; return 0;
	case ZIP_SOURCE_READ: return read_bytes(unzip, data, n);
	case ZIP_SOURCE_SEEK: return seek(unzip, data, n);
	case ZIP_SOURCE_TELL: return (zip_int64_t)unzip->at;
	case ZIP_SOURCE_STAT: return tell_size(unzip, data);
	case ZIP_SOURCE_ERROR: return zip_error_to_data(&unzip->error, data, n);
	case ZIP_SOURCE_SUPPORTS: return ZIP_SOURCE_SUPPORTS_SEEKABLE;
	case ZIP_SOURCE_CLOSE:
	case ZIP_SOURCE_FREE: return 0;
	default: return refuse(unzip, ZIP_ER_OPNOTSUPP, 0);
	}
}

/* -- what is in it --------------------------------------------------------------------------- */

bool unzip_is_name(struct span name)
{
	if (!name.n || name.n > UNZIP_NAME_MAX || name.p[name.n - 1] == '/' ||
		span_utf8_length(name) != name.n)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < ' ' || name.p[i] == 0x7f || name.p[i] == '\\')
			return false;
	while (name.n) {
		struct span step = span_cut(&name, '/');

		if (!step.n || span_is(step, ".") || span_is(step, ".."))
			return false;
	}
	return true;
}

static int fail_name(const struct unzip *unzip, const char *name, const char *why, struct err *err)
{
	return err_set(err, ERR_SYNTAX, "%.90s: %.60s: %s", unzip->path, name, why);
}

/* "a/" is a folder. */
static int check_names(const struct unzip *unzip, struct err *err)
{
	for (uint64_t i = 0; i < unzip_count(unzip); i++) {
		const char *name = unzip_name(unzip, i);
		struct span steps = span_of(name);

		if (steps.n && steps.p[steps.n - 1] == '/')
			steps.n--;
		if (!unzip_is_name(steps))
			return fail_name(unzip, name, "a name that leads elsewhere, or is none", err);
	}
	return 0;
}

static int fail(const struct unzip *unzip, struct err *err)
{
	zip_error_t error = unzip->error;
	const char *why = zip_error_code_zip(&error) == ZIP_ER_EXISTS ? "two files of one name"
																  : zip_error_strerror(&error);

	if (zip_error_code_zip(&error) == ZIP_ER_MEMORY)
		why = "its directory is too long";
	(void)err_set(err, ERR_SYNTAX, "%.90s: the zip is broken: %.120s", unzip->path, why);
	zip_error_fini(&error);
	return -1;
}

/* ZIP_CHECKCONS: the two places where a file is described must agree, and no name come twice. */
static int read_directory(struct unzip *unzip, struct err *err)
{
	zip_source_t *source;

	unzip->budget = UNZIP_DIRECTORY_MAX;
	source = zip_source_function_create(on_command, unzip, &unzip->error);
	if (!source)
		return fail(unzip, err);
	unzip->zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &unzip->error);
	if (!unzip->zip) {
		zip_source_free(source);
		return fail(unzip, err);
	}
	unzip->budget = UINT64_MAX;
	if (unzip_count(unzip) > UNZIP_FILES_MAX)
		return err_set(err, ERR_SYNTAX, "%.90s: more than %d files", unzip->path, UNZIP_FILES_MAX);
	return check_names(unzip, err);
}

int unzip_open(const char *path, int fd, uint64_t length, struct unzip **ret_unzip, struct err *err)
{
	struct unzip *unzip = mem_new(1, sizeof *unzip);

	unzip->path = span_dup(span_of(path));
	unzip->fd = fd;
	unzip->length = length;
	zip_error_init(&unzip->error);
	if (read_directory(unzip, err) < 0) {
		unzip_close(unzip);
		return -1;
	}
	*ret_unzip = unzip;
	return 0;
}

void unzip_close(struct unzip *unzip)
{
	if (!unzip)
		return;
	if (unzip->zip)
		zip_discard(unzip->zip);
	zip_error_fini(&unzip->error);
	(void)close(unzip->fd);
	mem_free(unzip->path);
	mem_free(unzip);
}

uint64_t unzip_count(const struct unzip *unzip)
{
	zip_int64_t count = zip_get_num_entries(unzip->zip, 0);

	return count > 0 ? (uint64_t)count : 0;
}

const char *unzip_name(const struct unzip *unzip, uint64_t at)
{
	const char *name = zip_get_name(unzip->zip, at, ZIP_FL_ENC_RAW);

	return name ? name : "";
}

bool unzip_find(const struct unzip *unzip, struct span name, uint64_t *ret_at)
{
	char text[UNZIP_NAME_MAX + 1];
	zip_int64_t at;

	if (!unzip_is_name(name))
		return false;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	at = zip_name_locate(unzip->zip, text, ZIP_FL_ENC_RAW);
	if (at >= 0)
		*ret_at = (uint64_t)at;
	return at >= 0;
}

/* -- a file ---------------------------------------------------------------------------------- */

static const char *what_is_odd(const zip_stat_t *stat)
{
	enum { WANTED = ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD };

	if ((stat->valid & WANTED) != WANTED)
		return "not all that is needed is said of it";
	if (stat->encryption_method != ZIP_EM_NONE)
		return "is encrypted";
	if (stat->comp_method != ZIP_CM_STORE && stat->comp_method != ZIP_CM_DEFLATE)
		return "is packed in a way that nobody here knows";
	return NULL;
}

int unzip_file_open(struct unzip *unzip, uint64_t at, struct unzip_file **ret_file,
	uint64_t *ret_length, struct err *err)
{
	const char *name = unzip_name(unzip, at);
	const char *odd = NULL;
	zip_file_t *opened;
	zip_stat_t stat;

	if (zip_stat_index(unzip->zip, at, 0, &stat) < 0)
		odd = "nothing is said of it";
	else
		odd = what_is_odd(&stat);
	if (odd)
		return fail_name(unzip, name, odd, err);
	opened = zip_fopen_index(unzip->zip, at, 0);
	if (!opened)
		return fail_name(unzip, name, zip_strerror(unzip->zip), err);
	*ret_file = mem_new(1, sizeof **ret_file);
	**ret_file = (struct unzip_file){unzip, name, stat.size, opened};
	*ret_length = stat.size;
	return 0;
}

void unzip_file_close(struct unzip_file *file)
{
	if (!file)
		return;
	(void)zip_fclose(file->file);
	mem_free(file);
}

/* At the end libzip compares the checksum. */
long unzip_file_read(struct unzip_file *file, char *bytes, size_t max, struct err *err)
{
	zip_int64_t n = zip_fread(file->file, bytes, max);

	if (n < 0)
		return fail_name(file->unzip, file->name, zip_file_strerror(file->file), err);
	if ((uint64_t)n > file->left || (n == 0 && max && file->left))
		return fail_name(file->unzip, file->name, "is not as long as is said", err);
	file->left -= (uint64_t)n;
	return (long)n;
}
