/* An archive is refused with a reason, or all of its names are different and lead nowhere; what is
 * read of a file is as long as was said, and the same in pieces of any length, or refused alike. */
#include "io/unzip.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "fuzz.h"

enum { READ_MAX = 1048576 }; /* of a file: what is behind it is more of the same */

static int open_bytes(const uint8_t *data, size_t size, struct unzip **ret_unzip, struct err *err)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	return unzip_open("fuzz.zip", fd, size, ret_unzip, err);
}

/* 1 at its end, 0 when there is more than READ_MAX, -1. */
static int read_file(struct unzip *unzip, uint64_t at, size_t step, struct buf *out)
{
	struct unzip_file *file;
	uint64_t length;
	struct err err = {0};
	long n = -1;

	if (unzip_file_open(unzip, at, &file, &length, &err) == 0) {
		while (out->n < READ_MAX &&
			   (n = unzip_file_read(file, buf_reserve(out, step), step, &err)) > 0) {
			must((size_t)n <= step);
			out->n += (size_t)n;
			must(out->n <= length);
		}
		must(n != 0 || out->n == length);
		unzip_file_close(file);
	}
	must(n >= 0 || (err.kind == ERR_SYNTAX && err.text[0]));
	return n > 0 ? 0 : n == 0 ? 1 : -1;
}

static void check_file(struct unzip *unzip, uint64_t at)
{
	BUF_AUTO struct buf whole = {0};
	BUF_AUTO struct buf pieces = {0};
	int result = read_file(unzip, at, 65536, &whole);

	if (result == 0)
		return;
	must(read_file(unzip, at, 7, &pieces) == result);
	must(result < 0 || span_equal(buf_span(&whole), buf_span(&pieces)));
}

static void check_name(const struct unzip *unzip, uint64_t at)
{
	struct span name = span_of(unzip_name(unzip, at));
	uint64_t found = UINT64_MAX;

	must(name.n);
	if (name.p[name.n - 1] == '/')
		name.n--;
	else
		must(unzip_find(unzip, name, &found) && found == at);
	must(unzip_is_name(name) && name.p[0] != '/' && !memmem(name.p, name.n, "/../", 4));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unzip *unzip;
	struct err err = {0};

	if (open_bytes(data, size, &unzip, &err) < 0) {
		must(err.kind == ERR_SYNTAX && err.text[0]);
		return 0;
	}
	must(unzip_count(unzip) <= size);
	for (uint64_t i = 0; i < unzip_count(unzip); i++) {
		check_name(unzip, i);
		check_file(unzip, i);
	}
	unzip_close(unzip);
	return 0;
}
