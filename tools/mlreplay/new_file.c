#include "mlreplay/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/files.h"

struct new_file {
	const char *path;
	struct buf temporary; /* its name, for as long as it has that */
	bool has_temporary;
	bool may_replace;
	int fd;
};

static int fail(const char *path, struct err *err)
{
	return err_set(err, ERR_INTERNAL, "%.150s: %s", path, strerrordesc_np(errno));
}

static int check_place(const char *path, bool may_replace, struct err *err)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return errno == ENOENT
				   ? 0
				   : err_set(err, ERR_INVALID, "%.150s: %s", path, strerrordesc_np(errno));
	if (!S_ISREG(status.st_mode))
		return err_set(err, ERR_INVALID, "%.150s: not a regular file, so that it stays", path);
	if (!may_replace)
		return err_set(err, ERR_INVALID, "%.150s: is there already; --force replaces it", path);
	return 0;
}

/* Without a name, or where the file system has no such files with the temporary one. */
static int open_file(struct new_file *file, struct span folder)
{
	enum { HOW = O_WRONLY | O_CLOEXEC };
	MEM_AUTO char *path = span_dup(folder.n ? folder : SPAN_LITERAL("."));

	file->fd = open(path, O_TMPFILE | HOW, 0600);
	if (file->fd >= 0)
		return 0;
	file->fd = open(file->temporary.bytes, O_CREAT | O_EXCL | HOW, 0600);
	file->has_temporary = file->fd >= 0;
	return file->has_temporary ? 0 : -1;
}

int new_file_begin(const char *path, bool may_replace, struct new_file **ret_file, struct err *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	struct new_file *file;

	if (check_place(path, may_replace, err) < 0)
		return -1;
	file = mem_new(1, sizeof *file);
	file->path = path;
	file->may_replace = may_replace;
	buf_add_format(&file->temporary, "%.*s.%s.%ld", (int)(name - path), path, name, (long)getpid());
	if (open_file(file, (struct span){path, (size_t)(name - path)}) < 0) {
		(void)fail(path, err);
		new_file_free(file);
		return -1;
	}
	*ret_file = file;
	return 0;
}

int new_file_add(struct new_file *file, struct span bytes, struct err *err)
{
	return files_write(file->fd, bytes) < 0 ? fail(file->path, err) : 0;
}

int new_file_descriptor(const struct new_file *file)
{
	return file->fd;
}

static int give_temporary(struct new_file *file)
{
	char nameless[32];

	if (file->has_temporary)
		return 0;
	(void)snprintf(nameless, sizeof nameless, "/proc/self/fd/%d", file->fd);
	file->has_temporary =
		linkat(AT_FDCWD, nameless, AT_FDCWD, file->temporary.bytes, AT_SYMLINK_FOLLOW) == 0;
	return file->has_temporary ? 0 : -1;
}

/* Not every file system can refuse to replace: there it is looked for once more. */
static int place(const struct new_file *file, struct err *err)
{
	const char *from = file->temporary.bytes;

	if (!file->may_replace) {
		if (renameat2(AT_FDCWD, from, AT_FDCWD, file->path, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EINVAL && errno != ENOSYS)
			return fail(file->path, err);
		if (check_place(file->path, false, err) < 0)
			return -1;
	}
	return rename(from, file->path) < 0 ? fail(file->path, err) : 0;
}

int new_file_end(struct new_file *file, struct err *err)
{
	if (fsync(file->fd) < 0 || give_temporary(file) < 0)
		return fail(file->path, err);
	if (place(file, err) < 0)
		return -1;
	file->has_temporary = false;
	return 0;
}

void new_file_free(struct new_file *file)
{
	if (!file)
		return;
	if (file->fd >= 0)
		(void)close(file->fd);
	if (file->has_temporary)
		(void)unlink(file->temporary.bytes);
	buf_deinit(&file->temporary);
	mem_free(file);
}
