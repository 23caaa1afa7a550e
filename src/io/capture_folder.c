#include "io/capture_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/digest.h"

#define HAR_END ".har"
#define BLOBS   "blobs"

int capture_folder_fail(const struct capture_folder *folder, const char *name, const char *what,
	int error, struct err *err)
{
	return err_set(
		err, ERR_INVALID, "%.90s/%.75s: %s: %s", folder->path, name, what, strerrordesc_np(error));
}

/* -- the folder ------------------------------------------------------------------------------ */

int capture_folder_make(const char *path, struct err *err)
{
	MEM_AUTO char *upper = span_dup(span_of(path));
	int made;

	/* Whatever hinders one of these, but that it is there, hinders the last one, too. */
	for (char *end = strchr(upper, '/'); end; end = strchr(end + 1, '/')) {
		*end = '\0';
		(void)mkdir(upper, 0700);
		*end = '/';
	}
	made = mkdir(path, 0700);
	if (made < 0 && errno != EEXIST)
		return err_set(
			err, ERR_INVALID, "%.150s: cannot be made: %s", path, strerrordesc_np(errno));
	return 0;
}

static int open_blobs(int folder)
{
	return openat(folder, BLOBS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int capture_folder_open(const char *path, struct capture_folder *ret_folder, struct err *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, ERR_INVALID, "%.150s: %s", path, strerrordesc_np(errno));
	*ret_folder =
		(struct capture_folder){.path = span_dup(span_of(path)), .fd = fd, .blobs = open_blobs(fd)};
	return 0;
}

void capture_folder_close(struct capture_folder *folder)
{
	if (!folder->path)
		return;
	if (folder->blobs >= 0)
		(void)close(folder->blobs);
	if (folder->fd >= 0)
		(void)close(folder->fd);
	mem_free(TAKE(folder->path));
}

/* Where nobody can say who writes there, nobody is taken to. */
int capture_folder_lock(const struct capture_folder *folder, struct err *err)
{
	if (flock(folder->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return err_set(err, ERR_INVALID, "%.150s: another process records to it", folder->path);
	return 0;
}

int capture_folder_make_blobs(struct capture_folder *folder, struct err *err)
{
	if (folder->blobs >= 0)
		return 0;
	if (mkdirat(folder->fd, BLOBS, 0700) < 0)
		return capture_folder_fail(folder, BLOBS, "cannot be made", errno, err);
	folder->blobs = open_blobs(folder->fd);
	return folder->blobs < 0 ? capture_folder_fail(folder, BLOBS, "cannot open it", errno, err) : 0;
}

/* -- its files ------------------------------------------------------------------------------- */

struct listing {
	const char **names;
	size_t count;
	size_t capacity;
	struct arena *arena;
};

static void list_add(struct listing *listing, struct span name)
{
	if (listing->count == listing->capacity) {
		listing->capacity = listing->capacity ? 2 * listing->capacity : 16;
		listing->names = arena_resize(listing->arena, listing->names,
			listing->count * sizeof *listing->names, listing->capacity * sizeof *listing->names);
	}
	listing->names[listing->count++] = arena_dup(listing->arena, name).p;
}

static bool is_har(struct span name)
{
	return name.n && name.p[0] != '.' && span_ends(name, SPAN_LITERAL(HAR_END));
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int capture_folder_list(const struct capture_folder *folder, struct arena *arena,
	const char ***ret_names, size_t *ret_count, struct err *err)
{
	struct listing listing = {.arena = arena};
	int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!names)
		return capture_folder_fail(folder, ".", "cannot list it", errno, err);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this one's stream */
	while (listing.count <= CAPTURE_FILES_MAX && (entry = readdir(names)))
		if (is_har(span_of(entry->d_name)))
			list_add(&listing, span_of(entry->d_name));
	(void)closedir(names);
	if (listing.count > CAPTURE_FILES_MAX)
		return err_set(
			err, ERR_INVALID, "%.150s: more than %d files", folder->path, CAPTURE_FILES_MAX);
	if (listing.count)
		qsort(listing.names, listing.count, sizeof *listing.names, compare_names);
	*ret_names = listing.names;
	*ret_count = listing.count;
	return 0;
}

/* Without O_NONBLOCK it would wait for who writes into a FIFO. */
static int open_regular(int folder, const char *name, int flags, struct stat *ret_status)
{
	int fd = openat(folder, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0 || (fstat(fd, ret_status) == 0 && S_ISREG(ret_status->st_mode)))
		return fd;
	(void)close(fd);
	errno = EINVAL;
	return -1;
}

static int fail_open(
	const struct capture_folder *folder, const char *name, int error, struct err *err)
{
	if (error == EINVAL || error == ELOOP)
		return err_set(err, ERR_INVALID, "%.90s/%.75s: not a regular file", folder->path, name);
	return capture_folder_fail(folder, name, "cannot open it", error, err);
}

int capture_folder_file(
	const struct capture_folder *folder, const char *name, int flags, struct err *err)
{
	struct stat status;
	int fd = open_regular(folder->fd, name, flags, &status);

	return fd < 0 ? fail_open(folder, name, errno, err) : fd;
}

int capture_file_open(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return err_set(err, ERR_INVALID, "%.150s: %s", path, strerrordesc_np(errno));
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		return fd;
	(void)close(fd);
	return err_set(err, ERR_INVALID, "%.150s: neither a folder nor a regular file", path);
}

/* -- blobs ----------------------------------------------------------------------------------- */

bool capture_is_sha256(struct span name)
{
	size_t i = 0;

	while (i < name.n && name.p[i] && strchr("0123456789abcdef", name.p[i]))
		i++;
	return name.n == DIGEST_HEX && i == name.n;
}

/* Without the folder, of which whoever asks says more: a path and 64 digits would leave no room. */
static int fail_blob(struct span sha256, int error, struct err *err)
{
	const char *why = error == EINVAL || error == ELOOP ? "not a regular file"
					  : error == ENOENT                 ? "missing"
														: strerrordesc_np(error);

	return err_set(err, ERR_INVALID, "blob %.*s: %s", SPAN_ARG(sha256), why);
}

int capture_folder_blob(
	const struct capture_folder *folder, struct span sha256, uint64_t *ret_length, struct err *err)
{
	char name[] = BLOBS "/ab/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	char *digits = strrchr(name, '/') + 1;
	struct stat status = {0};
	int sub;
	int fd;

	if (!capture_is_sha256(sha256))
		return err_set(err, ERR_INVALID, "%.90s: \"%.*s\" is no SHA-256", folder->path,
			SPAN_ARG(span_first(sha256, DIGEST_HEX)));
	memcpy(digits, sha256.p, DIGEST_HEX);
	memcpy(digits - 3, sha256.p, 2);
	digits[-1] = '\0';
	sub = openat(folder->blobs, digits - 3, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	digits[-1] = '/';
	if (sub < 0)
		return fail_blob(sha256, folder->blobs < 0 ? ENOENT : errno, err);
	fd = open_regular(sub, digits, O_RDONLY, &status);
	(void)close(sub);
	if (fd < 0)
		return fail_blob(sha256, errno, err);
	*ret_length = (uint64_t)status.st_size;
	return fd;
}
