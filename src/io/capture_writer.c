/* A flush is what happens to the file, in this order, so that it names only what there is, and is
 * valid for whoever looks:
 *
 *     rotate? ─→ too much? remove the oldest files ─→ blobs: sync, rename ─→ lines and end over the
 *     old end, sync
 *
 * A file is rotated before it gets a line that is too much for it. It is also rotated when it and
 * the blobs that came with it are an eighth of what all may take, since only whole files go: so
 * that there is always an older one, and most of what was recorded stays.
 */
#include "io/capture_writer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/capture_archive.h"
#include "io/capture_mend.h"
#include "io/files.h"
#include "wire/har_frame.h"

#define CURRENT_NEW CAPTURE_CURRENT ".new"

enum { SHARES_OF_ALL = 8, US_NS = 1000 };

struct capture_writer {
	struct capture_folder folder;
	struct capture_archive archive;
	struct capture_limits limits;
	struct capture_stats stats;
	/* the current file */
	int fd;                /* -1: it must be made */
	uint64_t end;          /* where its last line begins */
	bool is_empty;         /* it has no entry */
	bool is_torn;          /* its last line must be written again */
	int64_t first_us;      /* when its first entry came */
	uint64_t bytes_before; /* of blobs, when it was begun */
	struct list blobs;     /* that it names */
	/* entries */
	uint64_t seq;     /* of the last one that is on disk */
	struct buf lines; /* those that wait, all with their commas */
	uint64_t waiting; /* their number */
};

static int fail(
	const struct capture_writer *writer, const char *name, const char *what, struct err *err)
{
	return capture_folder_fail(&writer->folder, name, what, errno, err);
}

static uint64_t current_bytes(const struct capture_writer *writer)
{
	return writer->end + har_frame_end.n;
}

static void count(struct capture_writer *writer)
{
	struct capture_stats *stats = &writer->stats;

	stats->bytes = capture_archive_bytes(&writer->archive) + current_bytes(writer);
	stats->blobs = writer->archive.store.written;
	stats->shared = writer->archive.store.shared;
	stats->removed = writer->archive.removed;
}

/* -- the current file ------------------------------------------------------------------------ */

/* Makes a file without entries under its temporary name; where its last line begins is *ret_end. */
static int write_new(struct capture_writer *writer, uint64_t *ret_end, struct err *err)
{
	BUF_AUTO struct buf frame = {0};
	int fd = capture_folder_file(&writer->folder, CURRENT_NEW, O_WRONLY | O_CREAT | O_TRUNC, err);
	int result = 0;

	if (fd < 0)
		return -1;
	har_frame_begin(&frame);
	*ret_end = frame.n;
	buf_add(&frame, har_frame_end);
	if (files_write_at(fd, buf_span(&frame), 0) < 0 || fdatasync(fd) < 0)
		result = fail(writer, CURRENT_NEW, "cannot write", err);
	if (result < 0)
		(void)unlinkat(writer->folder.fd, CURRENT_NEW, 0);
	(void)close(fd);
	return result;
}

static int put_new(struct capture_writer *writer, uint64_t end, struct err *err)
{
	int folder = writer->folder.fd;

	if (renameat(folder, CURRENT_NEW, folder, CAPTURE_CURRENT) < 0 || fsync(folder) < 0)
		return fail(writer, CAPTURE_CURRENT, "cannot be made", err);
	writer->fd = capture_folder_file(&writer->folder, CAPTURE_CURRENT, O_RDWR, err);
	if (writer->fd < 0)
		return -1;
	writer->end = end;
	writer->bytes_before = writer->archive.store.blobs.bytes;
	return 0;
}

static int make_current(struct capture_writer *writer, struct err *err)
{
	uint64_t end;

	return write_new(writer, &end, err) < 0 ? -1 : put_new(writer, end, err);
}

/* The new file is written before the old one goes, so that a full disk leaves it where it is. */
static int rotate(struct capture_writer *writer, struct err *err)
{
	uint64_t end;

	if (write_new(writer, &end, err) < 0 ||
		capture_archive_take(&writer->archive, current_bytes(writer), &writer->blobs, err) < 0)
		return -1;
	(void)close(writer->fd);
	writer->fd = -1;
	writer->end = 0;
	writer->is_empty = true;
	writer->stats.rotations++;
	return put_new(writer, end, err);
}

/* It and the blobs that came with it, as far as they are still there. */
static bool is_large_share(const struct capture_writer *writer)
{
	uint64_t now = writer->archive.store.blobs.bytes;
	uint64_t blobs = now > writer->bytes_before ? now - writer->bytes_before : 0;

	return writer->limits.max_bytes &&
		   current_bytes(writer) + blobs > writer->limits.max_bytes / SHARES_OF_ALL;
}

static bool must_rotate(const struct capture_writer *writer, int64_t now_us)
{
	const struct capture_limits *limits = &writer->limits;

	if (writer->is_empty)
		return false;
	if (limits->rotate_ns && now_us - writer->first_us >= limits->rotate_ns / US_NS)
		return true;
	if (limits->rotate_bytes && current_bytes(writer) + writer->lines.n > limits->rotate_bytes)
		return true;
	return is_large_share(writer);
}

/* Makes room for what is there and what waits. The blobs that go came before the current file. */
static void keep_quota(struct capture_writer *writer)
{
	const uint64_t *blobs = &writer->archive.store.blobs.bytes;
	uint64_t max = writer->limits.max_bytes;
	uint64_t all = *blobs;

	count(writer);
	while (max && writer->stats.bytes + writer->lines.n > max &&
		   capture_archive_drop_oldest(&writer->archive))
		count(writer);
	all -= *blobs;
	writer->bytes_before -= all < writer->bytes_before ? all : writer->bytes_before;
}

/* -- adding ---------------------------------------------------------------------------------- */

uint64_t capture_writer_next_seq(const struct capture_writer *writer)
{
	return writer->seq + writer->waiting + 1;
}

size_t capture_writer_waiting(const struct capture_writer *writer)
{
	return writer->lines.n;
}

const struct capture_stats *capture_writer_stats(const struct capture_writer *writer)
{
	return &writer->stats;
}

void capture_writer_set_limits(struct capture_writer *writer, const struct capture_limits *limits)
{
	writer->limits = *limits;
	keep_quota(writer);
}

void capture_writer_entry(struct capture_writer *writer, const struct har_entry *entry)
{
	BUF_AUTO struct buf line = {0};
	struct har_entry numbered = *entry;

	numbered.seq = capture_writer_next_seq(writer);
	har_write(&numbered, &line);
	har_frame_add(&writer->lines, buf_span(&line), false);
	writer->waiting++;
}

static void forget_waiting(struct capture_writer *writer)
{
	buf_deinit(&writer->lines); /* they may have been many */
	writer->waiting = 0;
}

static int give_up(struct capture_writer *writer)
{
	forget_waiting(writer);
	capture_store_give_up(&writer->archive.store, &writer->blobs);
	count(writer);
	return -1;
}

int capture_writer_blob(struct capture_writer *writer, struct span sha256,
	const struct slice *slices, size_t count, struct err *err)
{
	assert(capture_is_sha256(sha256));
	if (capture_store_add(&writer->archive.store, sha256, slices, count, err) < 0)
		return give_up(writer);
	return 0;
}

/* -- flushing -------------------------------------------------------------------------------- */

/* Writes the last line where it belongs, after an append that failed. */
static int restore_end(struct capture_writer *writer)
{
	writer->is_torn = ftruncate(writer->fd, (off_t)current_bytes(writer)) < 0 ||
					  files_write_at(writer->fd, har_frame_end, writer->end) < 0 ||
					  fdatasync(writer->fd) < 0;
	return writer->is_torn ? -1 : 0;
}

/* The first line in a file has no comma. */
static int append(struct capture_writer *writer, struct err *err)
{
	size_t comma = writer->is_empty;

	buf_add(&writer->lines, har_frame_end);
	if (files_write_at(writer->fd, span_skip(buf_span(&writer->lines), comma), writer->end) < 0 ||
		fdatasync(writer->fd) < 0) {
		(void)fail(writer, CAPTURE_CURRENT, "cannot write", err);
		(void)restore_end(writer);
		return -1;
	}
	writer->end += writer->lines.n - comma - har_frame_end.n;
	return 0;
}

/* What is written to a file that somebody has removed is lost, and nothing else says so. */
static bool is_removed(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && !status.st_nlink;
}

static int prepare(struct capture_writer *writer, int64_t now_us, struct err *err)
{
	if (is_removed(writer->folder.blobs) || (writer->fd >= 0 && is_removed(writer->fd)))
		return err_set(err, ERR_INVALID, "%.150s: somebody has removed it, or files in it",
			writer->folder.path);
	if (writer->fd < 0)
		return make_current(writer, err);
	if (writer->is_torn && restore_end(writer) < 0)
		return fail(writer, CAPTURE_CURRENT, "cannot write", err);
	return must_rotate(writer, now_us) ? rotate(writer, err) : 0;
}

int capture_writer_flush(struct capture_writer *writer, int64_t now_us, struct err *err)
{
	struct capture_store *store = &writer->archive.store;

	if (prepare(writer, now_us, err) < 0)
		return give_up(writer);
	keep_quota(writer);
	if (!writer->waiting)
		return 0;
	if (capture_store_settle(store, err) < 0 || append(writer, err) < 0)
		return give_up(writer);
	capture_store_keep(store, &writer->blobs);
	if (writer->is_empty)
		writer->first_us = now_us;
	writer->is_empty = false;
	writer->seq += writer->waiting;
	writer->stats.entries += writer->waiting;
	forget_waiting(writer);
	count(writer);
	return 0;
}

/* -- opening --------------------------------------------------------------------------------- */

static void name_blob(struct capture_writer *writer, struct span sha256)
{
	if (sha256.n)
		capture_store_name(&writer->archive.store, sha256, &writer->blobs);
}

static void on_entry(void *ctx, const struct har_entry *entry)
{
	struct capture_writer *writer = ctx;

	for (size_t i = 0; i < entry->request.piece_count; i++)
		name_blob(writer, entry->request.pieces[i].sha256);
	name_blob(writer, entry->answer.sha256);
}

/* Completes the file that is there, and says how it ended. */
static int go_on(struct capture_writer *writer, struct err *err)
{
	struct capture_mend mend = {.on_entry = on_entry, .ctx = writer};

	if (capture_mend(&writer->folder, CAPTURE_CURRENT, &mend, err) < 0)
		return -1;
	writer->fd = capture_folder_file(&writer->folder, CAPTURE_CURRENT, O_RDWR, err);
	if (writer->fd < 0)
		return -1;
	writer->end = mend.end;
	writer->is_empty = !mend.entries;
	writer->first_us = mend.entries ? mend.first_us : 0;
	if (mend.last_seq > writer->seq)
		writer->seq = mend.last_seq;
	if (!mend.was_whole) {
		writer->stats.recovered = mend.entries;
		writer->stats.lost = mend.lost;
	}
	return 0;
}

static int open_all(struct capture_writer *writer, const char *path, struct err *err)
{
	struct stat status;

	if (capture_folder_make(path, err) < 0 || capture_folder_open(path, &writer->folder, err) < 0 ||
		capture_folder_lock(&writer->folder, err) < 0 ||
		capture_folder_make_blobs(&writer->folder, err) < 0 ||
		capture_archive_open(&writer->archive, &writer->folder, err) < 0)
		return -1;
	writer->seq = writer->archive.last_seq;
	(void)unlinkat(writer->folder.fd, CURRENT_NEW, 0);
	if (fstatat(writer->folder.fd, CAPTURE_CURRENT, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return go_on(writer, err);
	return make_current(writer, err);
}

int capture_writer_open(const char *folder, const struct capture_limits *limits,
	struct capture_writer **ret_writer, struct err *err)
{
	struct capture_writer *writer = mem_new(1, sizeof *writer);

	list_init(&writer->blobs);
	writer->fd = -1;
	writer->is_empty = true;
	if (open_all(writer, folder, err) < 0) {
		capture_writer_close(writer);
		return -1;
	}
	capture_store_drop_unnamed(&writer->archive.store);
	writer->bytes_before = writer->archive.store.blobs.bytes;
	capture_writer_set_limits(writer, limits);
	*ret_writer = writer;
	return 0;
}

void capture_writer_close(struct capture_writer *writer)
{
	if (!writer)
		return;
	forget_waiting(writer);
	if (writer->archive.folder) {
		capture_store_give_up(&writer->archive.store, &writer->blobs);
		capture_store_forget(&writer->archive.store, &writer->blobs);
	}
	capture_archive_close(&writer->archive);
	if (writer->fd >= 0)
		(void)close(writer->fd);
	capture_folder_close(&writer->folder);
	mem_free(writer);
}
