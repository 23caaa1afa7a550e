#include "io/capture_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/digest.h"
#include "io/unzip.h"

enum { READ_AT_ONCE = 65536 };

static int fail(struct span name, const char *why, struct err *err)
{
	return err_set(err, ERR_INVALID, "%.*s: %s", SPAN_ARG(span_first(name, 60)), why);
}

/* -- beside a file --------------------------------------------------------------------------- */

/* Steps into the folders of the name, none of which is a link; *name is then what is left of it.
 * The descriptor of the last one, or -1 with errno. */
static int open_folder(const struct capture_folder *folder, struct span *name)
{
	int at = openat(folder->fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	while (at >= 0 && memchr(name->p, '/', name->n)) {
		MEM_AUTO char *step = span_dup(span_cut(name, '/'));
		int next = openat(at, step, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		(void)close(at);
		at = next;
	}
	return at;
}

/* A regular file's descriptor, or -1 with errno. */
static int open_file(const struct capture_folder *folder, struct span name, uint64_t *ret_length)
{
	int at = open_folder(folder, &name);
	MEM_AUTO char *last = span_dup(name);
	struct stat status;
	int fd;

	if (at < 0)
		return -1;
	fd = openat(at, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	(void)close(at);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
		*ret_length = (uint64_t)status.st_size;
		return fd;
	}
	(void)close(fd);
	errno = EINVAL;
	return -1;
}

static int read_all(int fd, uint64_t length, struct buf *out)
{
	while (length) {
		size_t most = length < READ_AT_ONCE ? (size_t)length : READ_AT_ONCE;
		ssize_t n = read(fd, buf_reserve(out, most), most);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		out->n += (size_t)n;
		length -= (uint64_t)n;
	}
	return 0;
}

static int read_beside(const struct capture_folder *folder, struct span name, uint64_t max,
	struct buf *out, struct err *err)
{
	uint64_t length;
	int fd = open_file(folder, name, &length);
	int result = 1;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return fail(name,
			errno == EINVAL || errno == ELOOP || errno == ENOTDIR ? "not a regular file"
																  : strerrordesc_np(errno),
			err);
	if (length > max)
		result = 2;
	else if (read_all(fd, length, out) < 0)
		result = fail(name, "cannot be read", err);
	(void)close(fd);
	return result;
}

/* -- any ------------------------------------------------------------------------------------- */

static bool is_sha1(struct span name)
{
	size_t i = 0;

	while (i < name.n && name.p[i] && strchr("0123456789abcdef", name.p[i]))
		i++;
	return i == DIGEST_SHA1_HEX && (i == name.n || name.p[i] == '.');
}

static int check_hash(struct span name, struct span bytes, struct err *err)
{
	struct span wanted = span_first(name, DIGEST_SHA1_HEX);
	char hex[DIGEST_SHA1_HEX];

	if (!is_sha1(name))
		return 1;
	digest_sha1(bytes, hex);
	return span_equal((struct span){hex, sizeof hex}, wanted) ? 1
															  : fail(name, "has another hash", err);
}

int capture_files_read(void *ctx, struct span name, uint64_t max, struct buf *out, struct err *err)
{
	const struct capture_files *files = ctx;
	size_t before = out->n;
	int result;

	if (!unzip_is_name(name))
		return fail(name, "leads out of the capture", err);
	result = files->zip ? capture_zip_file(files->zip, name, max, out, err)
						: read_beside(files->folder, name, max, out, err);
	return result == 1 ? check_hash(name, span_skip(buf_span(out), before), err) : result;
}
