/* Replacing, all in the folder of the file itself, since a rename does not leave its file system:
 *
 *     .NAME.mlproxy-RANDOM: create, lock, write, owner, mode, fsync ── rename to NAME ── fsync the
 *     folder
 *
 * Only after the rename is the new one seen, and by then it is on the disk. Who is killed before
 * leaves the temporary file behind, with whatever secrets are in it; the next change takes it away,
 * unless somebody else holds its lock, who is changing the same file. Should one be taken away in
 * the moment between its creation and the lock, its rename fails, and nothing of it is seen.
 */
#include "io/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rng.h"

enum { READ_AT_ONCE = 4096, TEMPORARY_RANDOM = 16 };

/* -- reading --------------------------------------------------------------------------------- */

static int fail_read(const char *path, int error, struct err *err)
{
	return err_set(err, ERR_INVALID, "%.150s: %s%s", path, strerrordesc_np(error),
		error == EACCES ? "; let mlproxy's user read it" : "");
}

static int read_all(int fd, const char *path, size_t bytes_max, struct buf *bytes, struct err *err)
{
	ssize_t n = 1;

	while (n && bytes->n <= bytes_max) {
		size_t rest = bytes_max + 1 - bytes->n;
		size_t most = rest < READ_AT_ONCE ? rest : READ_AT_ONCE;

		n = read(fd, buf_reserve(bytes, most), most);
		if (n < 0 && errno != EINTR)
			return fail_read(path, errno, err);
		if (n > 0)
			bytes->n += (size_t)n;
	}
	return 0;
}

int files_read(const char *path, size_t bytes_max, struct buf *bytes, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return fail_read(path, errno, err);
	result = read_all(fd, path, bytes_max, bytes, err);
	(void)close(fd);
	return result;
}

/* Without O_NONBLOCK it would wait for who writes into a FIFO. */
int files_read_regular(const char *path, size_t bytes_max, struct buf *bytes, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	int result;

	if (fd < 0)
		return fail_read(path, errno, err);
	if (fstat(fd, &status) < 0)
		result = fail_read(path, errno, err);
	else if (!S_ISREG(status.st_mode))
		result = err_set(err, ERR_INVALID, "%.150s: not a regular file", path);
	else
		result = read_all(fd, path, bytes_max, bytes, err);
	(void)close(fd);
	return result;
}

/* -- by descriptor --------------------------------------------------------------------------- */

int files_write(int fd, struct span bytes)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno != EINTR)
			return -1;
		bytes = span_skip(bytes, n > 0 ? (size_t)n : 0);
	}
	return 0;
}

int files_write_at(int fd, struct span bytes, uint64_t at)
{
	while (bytes.n) {
		ssize_t n = pwrite(fd, bytes.p, bytes.n, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n ? errno : ENOSPC;
			return -1;
		}
		bytes = span_skip(bytes, (size_t)n);
		at += (uint64_t)n;
	}
	return 0;
}

/* Not every file system has files without a name from the start; the second way says for certain
 * what is wrong. */
int files_unnamed(const char *folder)
{
	BUF_AUTO struct buf path = {0};
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	buf_add_format(&path, "%s/mlproxy-XXXXXX", folder);
	fd = mkostemp(path.bytes, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path.bytes);
	return fd;
}

/* -- replacing ------------------------------------------------------------------------------- */

/* Where the file is, or shall be. */
struct place {
	const char *given;   /* the path that people know */
	char path[PATH_MAX]; /* without links where it is there */
	const char *name;    /* in its folder */
	int folder;          /* a descriptor */
	bool is_there;
	struct stat status; /* when it is */
	char temporary[NAME_MAX + 1];
};

static const char *what_to_do(int error)
{
	switch (error) {
	case EBUSY: return "; the file alone is mounted there: mount its folder instead";
	case EROFS: return "; its folder is mounted read-only: mount it so that it can be written";
	case EACCES:
	case EPERM: return "; let mlproxy's user write in its folder";
	case ENOSPC:
	case EDQUOT: return "; make room there";
	case ENOENT: return "; make its folder";
	default: return "";
	}
}

static int fail_replace(const struct place *place, const char *what, int error, struct err *err)
{
	return err_set(err, ERR_INTERNAL, "%.80s: %s: %s%s", place->given, what, strerrordesc_np(error),
		what_to_do(error));
}

/* Where a link leads is replaced, and the link stays. */
static int find_file(struct place *place, struct err *err)
{
	struct stat link;
	bool is_link = lstat(place->given, &link) == 0 && S_ISLNK(link.st_mode);

	place->is_there = stat(place->given, &place->status) == 0;
	if (!place->is_there && errno != ENOENT)
		return fail_replace(place, "cannot be looked at", errno, err);
	if (!place->is_there && is_link)
		return err_set(err, ERR_INTERNAL,
			"%.80s: a symbolic link to a file that is not there; make that one", place->given);
	if (place->is_there && !S_ISREG(place->status.st_mode))
		return err_set(err, ERR_INTERNAL,
			"%.80s: not a regular file, so that it cannot be replaced", place->given);
	if (is_link && !realpath(place->given, place->path))
		return fail_replace(place, "cannot be looked at", errno, err);
	if (!is_link) /* stat() has found that it is not too long */
		memcpy(place->path, place->given, strlen(place->given) + 1);
	return 0;
}

static int open_folder(struct place *place, struct err *err)
{
	char *slash = strrchr(place->path, '/');
	const char *folder = slash == place->path ? "/" : place->path;

	if (slash)
		*slash = '\0';
	place->name = slash ? slash + 1 : place->path;
	place->folder = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return place->folder < 0 ? fail_replace(place, "cannot open its folder", errno, err) : 0;
}

/* Where nobody can say who is at work on a file, nobody is taken to be. */
static bool is_locked(const struct place *place, const char *name)
{
	int fd = openat(place->folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	bool is_locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;

	if (fd >= 0)
		(void)close(fd);
	return is_locked;
}

/* Takes away what those have left that were killed, and names the next. */
static void name_temporary(struct place *place)
{
	int fd = openat(place->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	BUF_AUTO struct buf prefix = {0};
	const struct dirent *entry;
	struct rng rng;

	buf_add_format(&prefix, ".%s.mlproxy-", place->name);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread reads this one's stream */
	while (folder && (entry = readdir(folder))) {
		struct span name = span_of(entry->d_name);

		if (span_starts(name, buf_span(&prefix)) && name.n == prefix.n + TEMPORARY_RANDOM &&
			!is_locked(place, entry->d_name))
			(void)unlinkat(place->folder, entry->d_name, 0);
	}
	if (folder)
		(void)closedir(folder);
	rng_init_random(&rng);
	(void)snprintf(place->temporary, sizeof place->temporary, "%s%016llx", prefix.bytes,
		(unsigned long long)rng_next(&rng));
}

/* Of a file whose group it cannot keep, another group must not get the rights. */
static int keep_mode(int fd, const struct stat *old)
{
	mode_t mode = old->st_mode & ALLPERMS;

	if (fchown(fd, old->st_uid, old->st_gid) < 0 && fchown(fd, (uid_t)-1, old->st_gid) < 0)
		mode &= ~(mode_t)S_IRWXG;
	return fchmod(fd, mode);
}

static int write_temporary(const struct place *place, struct span bytes, int fd, struct err *err)
{
	if (files_write(fd, bytes) < 0)
		return fail_replace(place, "cannot write the new file", errno, err);
	if (place->is_there && keep_mode(fd, &place->status) < 0)
		return fail_replace(place, "cannot give the new file its mode", errno, err);
	if (fsync(fd) < 0)
		return fail_replace(place, "cannot write the new file", errno, err);
	return 0;
}

/* It is closed, and so unlocked, only when it has its name; after fsync() there is nothing left
 * that close() could fail at. Whether the folder's fsync succeeds says only whether the new file
 * would outlast a loss of power now; to all who look it is there already. */
static int put_in_place(const struct place *place, struct span bytes, struct err *err)
{
	int fd = openat(place->folder, place->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int result;

	if (fd < 0)
		return fail_replace(place, "cannot make a file beside it", errno, err);
	(void)flock(fd, LOCK_EX | LOCK_NB);
	result = write_temporary(place, bytes, fd, err);
	if (result == 0 && renameat(place->folder, place->temporary, place->folder, place->name) < 0)
		result = fail_replace(place, "cannot be replaced", errno, err);
	if (result < 0)
		(void)unlinkat(place->folder, place->temporary, 0);
	else
		(void)fsync(place->folder);
	(void)close(fd);
	return result;
}

int files_replace(const char *path, struct span bytes, struct err *err)
{
	struct place place = {.given = path};
	int result;

	if (find_file(&place, err) < 0 || open_folder(&place, err) < 0)
		return -1;
	name_temporary(&place);
	result = put_in_place(&place, bytes, err);
	(void)close(place.folder);
	return result;
}
