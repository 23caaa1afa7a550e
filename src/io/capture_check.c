/* A file of ours is read line by line: nothing but what a checksum is of can be one thing or
 * another there. Any other is read as the reader does. */
#include "io/capture_check.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/capture_checking.h"
#include "io/capture_lines.h"
#include "io/capture_mend.h"
#include "io/capture_tail.h"
#include "wire/har_entries.h"
#include "wire/har_frame.h"

enum { READ_AT_ONCE = 262144 };

/* -- files of ours --------------------------------------------------------------------------- */

static int fail_read(const struct capture_checking *checking, struct err *err)
{
	return err_set(err, ERR_INVALID, "%.150s: %s", checking->place.file, strerrordesc_np(errno));
}

static void check_entry_line(struct capture_checking *checking, struct span line, bool is_first)
{
	struct har_entry entry;
	struct arena arena;
	struct span json;
	struct err err;

	arena_init(&arena);
	if ((line.n && line.p[0] == ',') == is_first)
		capture_checking_report(
			checking, is_first ? "a comma before the first entry" : "no comma before the entry");
	if (capture_lines_entry(line, &arena, &entry, &err) < 0)
		capture_checking_report(checking, err.text);
	else if (har_frame_read(line, &json) == HAR_LINE_ENTRY)
		capture_checking_entry(checking, json, &entry);
	arena_deinit(&arena);
}

static void check_line(struct capture_checking *checking, const struct capture_lines *lines,
	struct span line, bool is_ended)
{
	struct span entry;
	enum har_line kind = har_frame_read(line, &entry);

	if (is_ended)
		capture_checking_report(checking, "a line behind the end");
	else if (!lines->is_whole)
		capture_checking_report(checking, "the file ends within the line");
	else if (lines->is_too_long)
		capture_checking_report(checking, "a line that is too long for an entry");
	else if (lines->line == 1 && kind != HAR_LINE_BEGIN)
		capture_checking_report(checking, "not the first line of a capture");
	else if (lines->line > 1 && kind != HAR_LINE_END)
		check_entry_line(checking, line, lines->line == 2);
}

/* Where the file's last line was there is more now: it was recorded while the file was read, which
 * was whole before. */
static bool is_recorded_meanwhile(const struct capture_lines *lines, int fd, uint64_t size)
{
	struct stat status;

	return lines->byte + har_frame_end.n >= size && fstat(fd, &status) == 0 &&
		   (uint64_t)status.st_size > size;
}

static int check_lines(struct capture_checking *checking, int fd, struct err *err)
{
	uint64_t size = capture_tail_size(fd);
	struct capture_lines lines;
	struct span line;
	struct span entry;
	bool is_ended = false;
	bool is_new = false;
	int result;

	capture_lines_init(&lines, fd);
	while ((result = capture_lines_next(&lines, &line)) > 0) {
		checking->place.line = lines.line;
		checking->place.byte = lines.byte;
		is_new = is_recorded_meanwhile(&lines, fd, size);
		if (is_new)
			break;
		check_line(checking, &lines, line, is_ended);
		is_ended = lines.is_whole && har_frame_read(line, &entry) == HAR_LINE_END;
	}
	checking->place.line = lines.line;
	checking->place.byte = lines.next;
	if (result == 0 && !is_ended && !is_new)
		capture_checking_report(checking, "the last line is missing");
	capture_lines_deinit(&lines);
	return result < 0 ? fail_read(checking, err) : 0;
}

/* Its first line is as it must be, or the second one: a bit may have flipped in one of them. */
static bool is_ours(int fd)
{
	struct capture_lines lines;
	struct span line;
	struct span entry;
	bool is_ours = false;

	capture_lines_init(&lines, fd);
	for (unsigned i = 0; i < 2 && !is_ours && capture_lines_next(&lines, &line) > 0; i++) {
		enum har_line kind = har_frame_read(line, &entry);

		is_ours = kind == HAR_LINE_BEGIN || kind == HAR_LINE_ENTRY || kind == HAR_LINE_END;
	}
	capture_lines_deinit(&lines);
	return is_ours;
}

/* -- files of others ------------------------------------------------------------------------- */

static void check_foreign_entry(struct capture_checking *checking, struct span json)
{
	const struct har_import import = {capture_files_read, &checking->beside, false};
	struct har_entry entry;
	struct arena arena;
	struct err err;

	arena_init(&arena);
	if (har_read_import(json, &import, &arena, &entry, &err) < 0)
		capture_checking_report(checking, err.text);
	else
		capture_checking_entry(checking, json, &entry);
	arena_deinit(&arena);
}

static void set_place(struct capture_checking *checking, struct har_place place)
{
	checking->place.line = place.line;
	checking->place.byte = place.byte;
}

/* What is wrong with a zip is a problem of the capture, and not of whoever reads it. */
static long read_some(
	struct capture_checking *checking, int fd, uint64_t at, char *bytes, struct err *err)
{
	ssize_t n;

	if (!checking->beside.zip) {
		n = pread(fd, bytes, READ_AT_ONCE, (off_t)at);
		return n < 0 ? fail_read(checking, err) : n;
	}
	n = capture_zip_read(checking->beside.zip, bytes, READ_AT_ONCE, err);
	if (n < 0)
		capture_checking_report(checking, err->text);
	return n;
}

static int check_foreign(struct capture_checking *checking, int fd, struct err *err)
{
	MEM_AUTO char *bytes = mem_resize(NULL, READ_AT_ONCE, 1);
	struct har_entries entries;
	uint64_t at = 0;
	int result = 0;
	long n = 0;

	har_entries_init(&entries);
	while (result == 0 && (n = read_some(checking, fd, at, bytes, err)) > 0) {
		struct span in = {bytes, (size_t)n};
		struct span entry;

		at += (uint64_t)n;
		while ((result = har_entries_next(&entries, &in, &entry, err)) > 0) {
			set_place(checking, entries.begin);
			check_foreign_entry(checking, entry);
		}
	}
	if (n == 0)
		result = har_entries_end(&entries, err);
	set_place(checking, entries.next);
	if (n >= 0 && result < 0)
		capture_checking_report(checking, err->text);
	har_entries_deinit(&entries);
	return n < 0 && !checking->beside.zip ? -1 : 0;
}

/* -- files ----------------------------------------------------------------------------------- */

/* Closes it. */
static int check_file(struct capture_checking *checking, int fd, struct err *err)
{
	struct stat status;
	int result;

	if (fstat(fd, &status) == 0)
		checking->check->bytes += (uint64_t)status.st_size;
	checking->check->files++;
	result = is_ours(fd) ? check_lines(checking, fd, err) : check_foreign(checking, fd, err);
	(void)close(fd);
	return result;
}

struct found {
	const char *name;
	uint64_t first_seq; /* that can be read; UINT64_MAX: none */
};

static uint64_t find_first_seq(int fd)
{
	uint64_t seq = UINT64_MAX;
	struct capture_lines lines;
	struct span line;

	capture_lines_init(&lines, fd);
	while (seq == UINT64_MAX && capture_lines_next(&lines, &line) > 0) {
		struct har_entry entry;
		struct arena arena;
		struct err err;

		arena_init(&arena);
		if (capture_lines_entry(line, &arena, &entry, &err) == 0)
			seq = entry.seq;
		arena_deinit(&arena);
	}
	capture_lines_deinit(&lines);
	return seq;
}

static int compare_found(const void *a, const void *b)
{
	const struct found *left = a;
	const struct found *right = b;

	if (left->first_seq != right->first_seq)
		return left->first_seq < right->first_seq ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* Lists the files in the order of their entries; those that cannot be opened come last. */
static int list_files(const struct capture_folder *folder, struct arena *arena,
	struct found **ret_found, size_t *ret_count, struct err *err)
{
	const char **names;
	struct found *found;
	size_t count;

	if (capture_folder_list(folder, arena, &names, &count, err) < 0)
		return -1;
	if (!count)
		return err_set(
			err, ERR_INVALID, "%.150s: there is no file of a capture in it", folder->path);
	found = arena_new(arena, count, sizeof *found);
	for (size_t i = 0; i < count; i++) {
		int fd = capture_folder_file(folder, names[i], O_RDONLY, err);

		found[i] = (struct found){names[i], fd < 0 ? UINT64_MAX : find_first_seq(fd)};
		if (fd >= 0)
			(void)close(fd);
	}
	qsort(found, count, sizeof *found, compare_found);
	*ret_found = found;
	*ret_count = count;
	return 0;
}

static int check_named(struct capture_checking *checking, const char *name, struct err *err)
{
	BUF_AUTO struct buf path = {0};
	int fd = capture_folder_file(&checking->folder, name, O_RDONLY, err);

	buf_add_format(&path, "%s/%s", checking->folder.path, name);
	checking->place = (struct capture_place){.file = path.bytes};
	if (fd >= 0)
		return check_file(checking, fd, err);
	capture_checking_report(checking, err->text);
	return 0;
}

static int check_folder(struct capture_checking *checking, struct err *err)
{
	struct found *found;
	struct arena arena;
	size_t count = 0;
	int result;

	arena_init(&arena);
	result = list_files(&checking->folder, &arena, &found, &count, err);
	for (size_t i = 0; i < count && result == 0; i++)
		result = check_named(checking, found[i].name, err);
	arena_deinit(&arena);
	if (result == 0)
		capture_checking_end(checking);
	return result;
}

static int check_zip(struct capture_checking *checking, const char *path, struct err *err)
{
	struct stat status;
	int result;

	if (capture_zip_open(path, &checking->beside.zip, err) < 0)
		return -1;
	if (stat(path, &status) == 0)
		checking->check->bytes += (uint64_t)status.st_size;
	checking->check->files++;
	checking->place =
		(struct capture_place){.file = capture_zip_path(checking->beside.zip), .line = 1};
	result = check_foreign(checking, -1, err);
	capture_zip_close(checking->beside.zip);
	return result;
}

static int check_alone(struct capture_checking *checking, const char *path, struct err *err)
{
	int fd = capture_file_open(path, err);

	checking->place = (struct capture_place){.file = path};
	return fd < 0 ? -1 : check_file(checking, fd, err);
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* A file alone may name blobs beside it; what else is there is not its own. */
int capture_check(const char *path, struct capture_check *check, struct err *err)
{
	MEM_AUTO char *copy = span_dup(span_of(path));
	struct capture_checking checking = {0};
	bool is_alone = !is_folder(path);
	int result;

	check->problems = check->files = check->entries = check->bytes = 0;
	check->blobs = check->orphans = check->orphan_bytes = 0;
	if (digest_load(err) < 0 ||
		capture_folder_open(is_alone ? dirname(copy) : path, &checking.folder, err) < 0)
		return -1;
	checking.beside.folder = &checking.folder;
	result = capture_checking_init(&checking, check, err);
	if (result == 0 && !is_alone)
		result = check_folder(&checking, err);
	else if (result == 0)
		result = capture_zip_is(path) ? check_zip(&checking, path, err)
									  : check_alone(&checking, path, err);
	capture_checking_deinit(&checking);
	capture_folder_close(&checking.folder);
	return result;
}

/* -- repairing ------------------------------------------------------------------------------- */

/* Whether its blobs are there, and as long as it says. */
static bool has_blobs(void *ctx, const struct har_entry *entry)
{
	const struct capture_folder *folder = ctx;

	for (size_t i = 0; i < entry->request.piece_count; i++) {
		const struct har_piece *piece = &entry->request.pieces[i];
		uint64_t length = 0;
		struct err err;
		int fd;

		if (!piece->sha256.n)
			continue;
		fd = capture_folder_blob(folder, piece->sha256, &length, &err);
		if (fd < 0)
			return false;
		(void)close(fd);
		if (length != piece->length)
			return false;
	}
	return true;
}

static int repair_file(
	struct capture_folder *folder, const char *name, struct capture_repair *repair, struct err *err)
{
	struct capture_mend mend = {.is_complete = has_blobs, .ctx = folder, .keeps_rest = true};
	int fd = capture_folder_file(folder, name, O_RDONLY, err);
	bool can_be;

	if (fd < 0)
		return -1;
	can_be = is_ours(fd);
	(void)close(fd);
	if (!can_be)
		return 0;
	if (capture_mend(folder, name, &mend, err) < 0)
		return -1;
	repair->entries += mend.entries;
	if (mend.was_whole)
		return 0;
	repair->files++;
	repair->lost += mend.lost;
	if (repair->on_file)
		repair->on_file(repair->ctx, name, mend.entries, mend.lost);
	return 0;
}

static int repair_folder(
	struct capture_folder *folder, struct capture_repair *repair, struct err *err)
{
	const char **names;
	struct arena arena;
	size_t count = 0;
	int result;

	if (capture_folder_lock(folder, err) < 0)
		return -1;
	arena_init(&arena);
	result = capture_folder_list(folder, &arena, &names, &count, err);
	for (size_t i = 0; i < count && result == 0; i++)
		result = repair_file(folder, names[i], repair, err);
	arena_deinit(&arena);
	return result;
}

int capture_repair(const char *path, struct capture_repair *repair, struct err *err)
{
	struct capture_folder folder;
	int result;

	repair->files = repair->entries = repair->lost = 0;
	if (capture_folder_open(path, &folder, err) < 0)
		return -1;
	result = repair_folder(&folder, repair, err);
	capture_folder_close(&folder);
	return result;
}
