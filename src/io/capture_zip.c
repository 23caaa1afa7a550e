#include "io/capture_zip.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/capture_folder.h"
#include "io/unzip.h"

#define USUAL_NAME "har.har"

enum { READ_AT_ONCE = 65536 };

struct capture_zip {
	struct unzip *unzip;
	uint64_t har; /* the HAR file's place in it */
	struct buf path;
	uint64_t size;
	struct unzip_file *file; /* the HAR file, as far as it was read; NULL: not since a rewind */
};

bool capture_zip_is(const char *path)
{
	static const char begins[][4] = {"PK\3\4", "PK\5\6"}; /* the second: there is nothing in it */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char begin[4] = {0};
	bool is_zip = false;

	if (fd < 0)
		return false;
	if (pread(fd, begin, sizeof begin, 0) == sizeof begin)
		is_zip = memcmp(begin, begins[0], sizeof begin) == 0 ||
				 memcmp(begin, begins[1], sizeof begin) == 0;
	(void)close(fd);
	return is_zip;
}

/* The one of the usual name, or the only one. */
static int find_har(struct capture_zip *zip, const char *path, struct err *err)
{
	uint64_t found = 0;

	if (unzip_find(zip->unzip, SPAN_LITERAL(USUAL_NAME), &zip->har))
		return 0;
	for (uint64_t i = 0; i < unzip_count(zip->unzip); i++) {
		struct span name = span_of(unzip_name(zip->unzip, i));

		if (!span_ends(name, SPAN_LITERAL(".har")))
			continue;
		zip->har = i;
		found++;
	}
	return found == 1 ? 0
					  : err_set(err, ERR_INVALID, "%.150s: there is %s", path,
							found ? "more than one HAR file in it" : "no HAR file in it");
}

static int open_all(struct capture_zip *zip, const char *path, struct err *err)
{
	struct stat status;
	int fd = capture_file_open(path, err);

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) < 0)
		status.st_size = 0;
	if (unzip_open(path, fd, (uint64_t)status.st_size, &zip->unzip, err) < 0 ||
		find_har(zip, path, err) < 0)
		return -1;
	buf_add_format(&zip->path, "%s/%s", path, unzip_name(zip->unzip, zip->har));
	return capture_zip_rewind(zip, err);
}

int capture_zip_open(const char *path, struct capture_zip **ret_zip, struct err *err)
{
	struct capture_zip *zip = mem_new(1, sizeof *zip);

	if (open_all(zip, path, err) < 0) {
		capture_zip_close(zip);
		return -1;
	}
	*ret_zip = zip;
	return 0;
}

void capture_zip_close(struct capture_zip *zip)
{
	if (!zip)
		return;
	unzip_file_close(zip->file);
	unzip_close(zip->unzip);
	buf_deinit(&zip->path);
	mem_free(zip);
}

const char *capture_zip_path(const struct capture_zip *zip)
{
	return zip->path.bytes;
}

uint64_t capture_zip_size(const struct capture_zip *zip)
{
	return zip->size;
}

int capture_zip_rewind(struct capture_zip *zip, struct err *err)
{
	unzip_file_close(TAKE(zip->file));
	return unzip_file_open(zip->unzip, zip->har, &zip->file, &zip->size, err);
}

long capture_zip_read(struct capture_zip *zip, char *bytes, size_t max, struct err *err)
{
	return unzip_file_read(zip->file, bytes, max, err);
}

static int read_all(struct unzip_file *file, struct buf *out, struct err *err)
{
	long n;

	while ((n = unzip_file_read(file, buf_reserve(out, READ_AT_ONCE), READ_AT_ONCE, err)) > 0)
		out->n += (size_t)n;
	return n < 0 ? -1 : 1;
}

int capture_zip_file(
	struct capture_zip *zip, struct span name, uint64_t max, struct buf *out, struct err *err)
{
	struct unzip_file *file;
	uint64_t length;
	uint64_t at;
	int result;

	if (!unzip_find(zip->unzip, name, &at))
		return 0;
	if (unzip_file_open(zip->unzip, at, &file, &length, err) < 0)
		return -1;
	result = length > max ? 2 : read_all(file, out, err);
	unzip_file_close(file);
	return result;
}
