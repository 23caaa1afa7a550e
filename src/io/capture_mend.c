/* It reads the file once to see what is complete, and once more if all of it must be written anew:
 *
 *     begin  good  good  good  END              whole
 *     begin  good  good  torn                   cut, and END again
 *     begin  good  bad   good  good  END        good ones to a new file, bad ones to NAME.rest
 */
#include "io/capture_mend.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/capture_lines.h"
#include "io/files.h"
#include "wire/har_frame.h"

enum { COPY_AT_ONCE = 262144 };

struct work {
	const struct capture_folder *folder;
	const char *name;
	struct capture_mend *mend;
	int fd;
	/* what was found */
	bool has_begin;
	bool has_bad;      /* a line that is not complete, so far */
	bool must_rewrite; /* complete ones stand behind one that is not, or their commas are wrong */
	bool is_ended;     /* the last line was the end */
	uint64_t size;
};

static int fail(const struct work *work, const char *what, struct err *err)
{
	return capture_folder_fail(work->folder, work->name, what, errno, err);
}

/* -- looking --------------------------------------------------------------------------------- */

/* False for what is not complete, or comes out of order. */
static bool read_entry(const struct work *work, struct span line, uint64_t last_seq,
	struct arena *arena, struct har_entry *ret_entry)
{
	const struct capture_mend *mend = work->mend;
	struct err err;

	return capture_lines_entry(line, arena, ret_entry, &err) == 0 && ret_entry->seq > last_seq &&
		   (!mend->is_complete || mend->is_complete(mend->ctx, ret_entry));
}

static void take_entry(struct work *work, struct span line, const struct har_entry *entry)
{
	struct capture_mend *mend = work->mend;
	bool has_comma = line.p[0] == ',';

	work->must_rewrite =
		work->must_rewrite || work->has_bad || work->is_ended || has_comma == !mend->entries;
	if (!mend->entries)
		mend->first_us = entry->started_us;
	mend->entries++;
	mend->last_seq = entry->seq;
	if (mend->on_entry)
		mend->on_entry(mend->ctx, entry);
}

static bool is_end_line(struct span line)
{
	struct span entry;

	return har_frame_read(line, &entry) == HAR_LINE_END;
}

/* Looks at a line, which is the last for now. */
static void look_at(struct work *work, const struct capture_lines *lines, struct span line)
{
	struct span unused;
	struct har_entry entry;
	struct arena arena;

	arena_init(&arena);
	if (lines->is_whole && lines->line == 1 && har_frame_read(line, &unused) == HAR_LINE_BEGIN) {
		work->has_begin = true;
		work->mend->end = lines->next;
	} else if (lines->is_whole && !lines->is_too_long &&
			   read_entry(work, line, work->mend->last_seq, &arena, &entry)) {
		take_entry(work, line, &entry);
		work->is_ended = false;
		work->mend->end = lines->next;
	} else if (lines->is_whole && !work->is_ended && is_end_line(line)) {
		work->is_ended = true;
	} else {
		work->has_bad = true;
		work->mend->lost += lines->next - lines->byte;
	}
	arena_deinit(&arena);
}

static int look(struct work *work, struct err *err)
{
	struct capture_lines lines;
	struct span line;
	int result;

	capture_lines_init(&lines, work->fd);
	while ((result = capture_lines_next(&lines, &line)) > 0)
		look_at(work, &lines, line);
	work->size = lines.next;
	capture_lines_deinit(&lines);
	if (result < 0)
		return fail(work, "cannot be read", err);
	if (!work->has_begin && !work->mend->entries && work->size)
		return err_set(err, ERR_INVALID, "%.90s/%.75s: not a capture; move it away",
			work->folder->path, work->name);
	work->must_rewrite = work->must_rewrite || !work->has_begin;
	return 0;
}

/* -- keeping what is broken ------------------------------------------------------------------ */

static int open_rest(const struct work *work, struct err *err)
{
	BUF_AUTO struct buf name = {0};

	buf_add_format(&name, "%s.rest", work->name);
	return capture_folder_file(work->folder, name.bytes, O_WRONLY | O_CREAT, err);
}

/* Appends a run of the file to NAME.rest, in lines of its own. */
static int keep(const struct work *work, int rest, uint64_t from, uint64_t to)
{
	MEM_AUTO char *bytes = mem_resize(NULL, COPY_AT_ONCE, 1);
	off_t end = lseek(rest, 0, SEEK_END);

	while (end >= 0 && from < to) {
		size_t most = to - from < COPY_AT_ONCE ? (size_t)(to - from) : COPY_AT_ONCE;
		ssize_t n = pread(work->fd, bytes, most, (off_t)from);

		if (n <= 0 || files_write_at(rest, (struct span){bytes, (size_t)n}, (uint64_t)end) < 0)
			return -1;
		from += (uint64_t)n;
		end += n;
	}
	return end < 0 || files_write_at(rest, SPAN_LITERAL("\n"), (uint64_t)end) < 0 ? -1 : 0;
}

static int keep_end(const struct work *work, struct err *err)
{
	int rest = open_rest(work, err);
	int result;

	if (rest < 0)
		return -1;
	result = keep(work, rest, work->mend->end, work->size);
	if (result < 0 || fsync(rest) < 0)
		result = fail(work, "cannot keep its rest", err);
	(void)close(rest);
	return result;
}

/* -- only the end ---------------------------------------------------------------------------- */

static int write_end(const struct work *work, struct err *err)
{
	const struct capture_mend *mend = work->mend;

	if (mend->was_whole)
		return 0;
	if (mend->keeps_rest && mend->lost && keep_end(work, err) < 0)
		return -1;
	if (ftruncate(work->fd, (off_t)mend->end) < 0 ||
		files_write_at(work->fd, har_frame_end, mend->end) < 0 || fdatasync(work->fd) < 0)
		return fail(work, "cannot write its end", err);
	return 0;
}

/* -- all of it ------------------------------------------------------------------------------- */

struct copy {
	int fd;
	int rest;
	uint64_t at;
	uint64_t last_seq;
	bool has_entry;
};

static int copy_out(struct copy *copy, const struct buf *bytes)
{
	if (files_write_at(copy->fd, buf_span(bytes), copy->at) < 0)
		return -1;
	copy->at += bytes->n;
	return 0;
}

static int copy_line(
	const struct work *work, struct copy *copy, const struct capture_lines *lines, struct span line)
{
	BUF_AUTO struct buf out = {0};
	struct har_entry entry;
	struct arena arena;
	struct span text;
	bool is_good;

	if (lines->is_whole && lines->line == 1 && work->has_begin)
		return 0;
	arena_init(&arena);
	is_good = lines->is_whole && !lines->is_too_long &&
			  read_entry(work, line, copy->last_seq, &arena, &entry);
	copy->last_seq = is_good ? entry.seq : copy->last_seq;
	arena_deinit(&arena);
	if (!is_good)
		return lines->is_whole && is_end_line(line)
				   ? 0
				   : keep(work, copy->rest, lines->byte, lines->next - lines->is_whole);
	(void)har_frame_read(line, &text);
	har_frame_add(&out, text, !copy->has_entry);
	copy->has_entry = true;
	return copy_out(copy, &out);
}

static int copy_lines(const struct work *work, struct copy *copy)
{
	BUF_AUTO struct buf frame = {0};
	struct capture_lines lines;
	struct span line;
	int result = 1;

	har_frame_begin(&frame);
	if (copy_out(copy, &frame) < 0)
		return -1;
	capture_lines_init(&lines, work->fd);
	while (result > 0 && (result = capture_lines_next(&lines, &line)) > 0)
		if (copy_line(work, copy, &lines, line) < 0)
			result = -1;
	capture_lines_deinit(&lines);
	if (result < 0)
		return -1;
	work->mend->end = copy->at;
	buf_reset(&frame);
	buf_add(&frame, har_frame_end);
	return copy_out(copy, &frame) < 0 || fsync(copy->fd) < 0 || fsync(copy->rest) < 0 ? -1 : 0;
}

static int rewrite(const struct work *work, struct err *err)
{
	BUF_AUTO struct buf name = {0};
	struct copy copy = {.rest = open_rest(work, err)};
	int result;

	if (copy.rest < 0)
		return -1;
	buf_add_format(&name, "%s.new", work->name);
	copy.fd = capture_folder_file(work->folder, name.bytes, O_WRONLY | O_CREAT | O_TRUNC, err);
	result = copy.fd;
	if (copy.fd >= 0) {
		int folder = work->folder->fd;

		result = copy_lines(work, &copy);
		if (result == 0)
			result = renameat(folder, name.bytes, folder, work->name);
		if (result == 0)
			(void)fsync(folder);
		else {
			(void)fail(work, "cannot be written anew", err);
			(void)unlinkat(folder, name.bytes, 0);
		}
		(void)close(copy.fd);
	}
	(void)close(copy.rest);
	return result;
}

int capture_mend(const struct capture_folder *folder, const char *name, struct capture_mend *mend,
	struct err *err)
{
	struct work work = {.folder = folder, .name = name, .mend = mend};
	int result;

	mend->entries = mend->last_seq = mend->end = mend->lost = 0;
	work.fd = capture_folder_file(folder, name, O_RDWR, err);
	if (work.fd < 0)
		return -1;
	result = look(&work, err);
	mend->was_whole = work.is_ended && !work.has_bad && !work.must_rewrite;
	if (result == 0)
		result = work.must_rewrite ? rewrite(&work, err) : write_end(&work, err);
	(void)close(work.fd);
	return result;
}
