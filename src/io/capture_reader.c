/* The files of a folder are read one after the other, in the order of their first entries. As each
 * was the current one in its turn, the numbers of the entries then rise to the last; a folder in
 * which they do not has been put together by somebody, and is refused where that shows.
 *
 * The current file may be written to meanwhile. It is read as far as it went when the capture was
 * opened, however often; what has been written over its last line since is not of that. */
#include "io/capture_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/capture_files.h"
#include "io/capture_tail.h"
#include "io/capture_volume.h"
#include "io/digest.h"
#include "wire/har_entries.h"

enum { READ_AT_ONCE = 262144 };

struct capture_reader {
	struct capture_folder folder;
	struct arena arena; /* has the names */
	struct capture_volumes files;
	size_t at;    /* the file that is read, or will be */
	bool is_open; /* it is */
	int fd;       /* -1: it is in the zip */
	struct capture_files beside;
	bool takes_lossy;
	struct har_entries entries;
	char *bytes;    /* READ_AT_ONCE of the file */
	struct span in; /* those that were not looked at */
	uint64_t read;  /* of the file */
	uint64_t last_seq;
	uint64_t passed; /* the sizes of the files before */
	uint64_t end;    /* of the last entry of the file; 0: there was none */
	bool is_cut;
	struct capture_place place;
	struct capture_place cut; /* the last line that is left out */
};

/* -- files ----------------------------------------------------------------------------------- */

static int open_bytes(
	struct capture_reader *reader, const struct capture_volume *file, struct err *err)
{
	if (reader->beside.zip)
		return capture_zip_rewind(reader->beside.zip, err);
	reader->fd = file->fd;
	if (reader->fd < 0)
		reader->fd = file->name ? capture_folder_file(&reader->folder, file->name, O_RDONLY, err)
								: capture_file_open(file->path, err);
	return reader->fd < 0 ? -1 : 0;
}

static int open_file(struct capture_reader *reader, struct err *err)
{
	const struct capture_volume *file = &reader->files.items[reader->at];

	reader->place = (struct capture_place){file->path, 1, 0};
	if (open_bytes(reader, file, err) < 0)
		return -1;
	reader->is_open = true;
	har_entries_init(&reader->entries);
	reader->in = SPAN_EMPTY;
	reader->read = 0;
	reader->end = 0;
	return 0;
}

static bool is_removed(const struct capture_reader *reader, const struct capture_volume *file)
{
	return !reader->beside.zip && capture_volume_is_removed(file, &reader->folder);
}

static void close_file(struct capture_reader *reader)
{
	if (!reader->is_open)
		return;
	har_entries_deinit(&reader->entries);
	if (reader->fd >= 0 && reader->fd != reader->files.items[reader->at].fd)
		(void)close(reader->fd);
	reader->fd = -1;
	reader->is_open = false;
}

static void pass_file(struct capture_reader *reader)
{
	reader->passed += reader->files.items[reader->at].size;
	close_file(reader);
	reader->at++;
}

/* Opens the one whose turn it is, or the first behind it that is there. 1; 0 when there is none. */
static int open_next(struct capture_reader *reader, struct err *err)
{
	while (reader->at < reader->files.count) {
		if (open_file(reader, err) == 0)
			return 1;
		if (!is_removed(reader, &reader->files.items[reader->at]))
			return -1;
		pass_file(reader);
	}
	return 0;
}

static void set_place(struct capture_reader *reader, struct har_place place)
{
	reader->place.line = place.line;
	reader->place.byte = place.byte;
}

static int fail(const struct capture_reader *reader, struct err *err)
{
	struct err why = *err;

	return err_set(err, ERR_INVALID, "%.90s:%llu: byte %llu: %.100s", reader->place.file,
		(unsigned long long)reader->place.line, (unsigned long long)reader->place.byte, why.text);
}

static long read_bytes(struct capture_reader *reader, struct err *err)
{
	uint64_t left = reader->files.items[reader->at].size - reader->read;
	ssize_t n;

	if (reader->beside.zip)
		return capture_zip_read(reader->beside.zip, reader->bytes, READ_AT_ONCE, err);
	do
		n = pread(reader->fd, reader->bytes, left < READ_AT_ONCE ? left : READ_AT_ONCE,
			(off_t)reader->read);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_set(err, ERR_INVALID, "cannot be read: %s", strerrordesc_np(errno)) : n;
}

/* Reads on. 1, or 0 at the end of the file. */
static int read_more(struct capture_reader *reader, struct err *err)
{
	long n = read_bytes(reader, err);

	if (n < 0)
		return fail(reader, err);
	reader->in = (struct span){reader->bytes, (size_t)n};
	reader->read += (uint64_t)n;
	return n > 0;
}

static int end_file(struct capture_reader *reader, struct err *err)
{
	set_place(reader, reader->entries.next);
	return har_entries_end(&reader->entries, err) < 0 ? fail(reader, err) : 0;
}

/* The next entry of the file that is open: 1, or 0 at the end of it. */
static int next_in_file(struct capture_reader *reader, struct span *ret_line, struct err *err)
{
	int result;

	while ((result = har_entries_next(&reader->entries, &reader->in, ret_line, err)) == 0) {
		int more = read_more(reader, err);

		if (more <= 0)
			return more < 0 ? -1 : end_file(reader, err);
	}
	set_place(reader, result < 0 ? reader->entries.next : reader->entries.begin);
	return result < 0 ? fail(reader, err) : 1;
}

/* -- entries --------------------------------------------------------------------------------- */

/* Whether what is wrong is nothing but that the current file's last line is not whole. If it has
 * been written to meanwhile, that is as it should be. */
static bool leave_out_last_line(struct capture_reader *reader)
{
	const struct capture_volume *file = &reader->files.items[reader->at];
	struct stat status = {0};

	if (file->fd < 0 || !capture_tail_is_last_line(file->fd, reader->end, file->size))
		return false;
	if (fstat(file->fd, &status) == 0 && (uint64_t)status.st_size <= file->size) {
		reader->cut = reader->place;
		reader->is_cut = true;
	}
	return true;
}

/* The next entry of the file that is open, as it is written: 1, or 0 at the end of what is whole.
 */
static int read_entry(struct capture_reader *reader, struct arena *arena,
	struct har_entry *ret_entry, struct err *err)
{
	const struct har_import import = {capture_files_read, &reader->beside, reader->takes_lossy};
	struct span line;
	int result = next_in_file(reader, &line, err);

	if (result > 0 && har_read_import(arena_dup(arena, line), &import, arena, ret_entry, err) < 0)
		result = fail(reader, err);
	if (result < 0 && leave_out_last_line(reader))
		return 0;
	reader->end = reader->entries.next.byte;
	return result;
}

static int number_entry(struct capture_reader *reader, struct har_entry *ret_entry, struct err *err)
{
	struct har_entry entry = *ret_entry;

	if (!entry.seq) {
		entry.seq = reader->last_seq + 1;
		entry.exchange = entry.seq;
	}
	if (entry.seq <= reader->last_seq) {
		(void)err_set(err, ERR_INVALID, "_seq: %llu comes behind %llu",
			(unsigned long long)entry.seq, (unsigned long long)reader->last_seq);
		return fail(reader, err);
	}
	reader->last_seq = entry.seq;
	if (reader->files.items[reader->at].last_seq < entry.seq)
		reader->files.items[reader->at].last_seq = entry.seq;
	*ret_entry = entry;
	return 1;
}

static int next_entry(struct capture_reader *reader, struct arena *arena,
	struct har_entry *ret_entry, struct err *err)
{
	int result = reader->is_open ? 1 : open_next(reader, err);

	while (result > 0) {
		result = read_entry(reader, arena, ret_entry, err);
		if (result > 0)
			return number_entry(reader, ret_entry, err);
		if (result == 0) {
			pass_file(reader);
			result = open_next(reader, err);
		}
	}
	return result;
}

int capture_reader_next(struct capture_reader *reader, struct arena *arena,
	struct har_entry *ret_entry, struct err *err)
{
	int result = next_entry(reader, arena, ret_entry, err);

	if (result < 0) {
		close_file(reader);
		reader->at = reader->files.count;
	}
	return result;
}

int capture_reader_rewind(struct capture_reader *reader, struct err *err)
{
	close_file(reader);
	reader->at = 0;
	reader->last_seq = 0;
	reader->passed = 0;
	return open_next(reader, err) < 0 ? -1 : 0;
}

/* -- opening --------------------------------------------------------------------------------- */

/* What is wrong with a file is said when its turn comes, which then is at the end. */
static uint64_t find_first_seq(struct capture_reader *reader)
{
	uint64_t seq = UINT64_MAX;
	struct har_entry entry;
	struct arena arena;
	struct span line;
	struct err err;

	arena_init(&arena);
	if (next_in_file(reader, &line, &err) > 0 && har_read(line, &arena, &entry, &err) == 0 &&
		entry.seq)
		seq = entry.seq;
	arena_deinit(&arena);
	return seq;
}

static bool is_current(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, CAPTURE_CURRENT) == 0;
}

static int look_at_file(struct capture_reader *reader, bool is_alone, struct err *err)
{
	struct capture_volume *file = &reader->files.items[reader->at];

	if (open_file(reader, err) < 0)
		return -1;
	file->size =
		reader->beside.zip ? capture_zip_size(reader->beside.zip) : capture_tail_size(reader->fd);
	if (is_current(file->path))
		file->fd = reader->fd;
	file->first_seq = is_alone ? 0 : find_first_seq(reader);
	close_file(reader);
	return 0;
}

static int open_folder(struct capture_reader *reader, const char *path, struct err *err)
{
	const char **names;
	size_t count;

	if (capture_folder_open(path, &reader->folder, err) < 0 ||
		capture_folder_list(&reader->folder, &reader->arena, &names, &count, err) < 0)
		return -1;
	if (!count)
		return err_set(err, ERR_INVALID, "%.150s: there is no file of a capture in it", path);
	reader->files.items = arena_new(&reader->arena, count, sizeof *reader->files.items);
	for (size_t i = 0; i < count; i++) {
		struct capture_volume *file = &reader->files.items[reader->files.count];
		struct buf whole = {.arena = &reader->arena};

		buf_add_format(&whole, "%s/%s", path, names[i]);
		*file = (struct capture_volume){.path = whole.bytes, .name = names[i], .fd = -1};
		reader->at = reader->files.count;
		if (look_at_file(reader, false, err) == 0)
			reader->files.count++;
		else if (is_current(file->path) || !is_removed(reader, file))
			return -1;
	}
	capture_volumes_sort(&reader->files);
	return 0;
}

static int open_alone(struct capture_reader *reader, const char *path, struct err *err)
{
	MEM_AUTO char *copy = span_dup(span_of(path));

	if (capture_folder_open(dirname(copy), &reader->folder, err) < 0)
		return -1;
	if (capture_zip_is(path)) {
		if (capture_zip_open(path, &reader->beside.zip, err) < 0)
			return -1;
		path = capture_zip_path(reader->beside.zip);
	}
	reader->files.items = arena_new(&reader->arena, 1, sizeof *reader->files.items);
	*reader->files.items = (struct capture_volume){
		.path = arena_dup(&reader->arena, span_of(path)).p,
		.fd = -1,
	};
	reader->files.count = 1;
	return look_at_file(reader, true, err);
}

int capture_reader_open(const char *path, struct capture_reader **ret_reader, struct err *err)
{
	struct capture_reader *reader = mem_new(1, sizeof *reader);
	struct stat status;
	bool is_folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);

	arena_init(&reader->arena);
	reader->bytes = mem_resize(NULL, READ_AT_ONCE, 1);
	reader->fd = -1;
	reader->beside.folder = &reader->folder;
	if (digest_load(err) < 0 ||
		(is_folder ? open_folder(reader, path, err) : open_alone(reader, path, err)) < 0 ||
		capture_reader_rewind(reader, err) < 0) {
		capture_reader_close(reader);
		return -1;
	}
	*ret_reader = reader;
	return 0;
}

void capture_reader_close(struct capture_reader *reader)
{
	if (!reader)
		return;
	close_file(reader);
	for (size_t i = 0; i < reader->files.count; i++)
		if (reader->files.items[i].fd >= 0)
			(void)close(reader->files.items[i].fd);
	capture_zip_close(reader->beside.zip);
	capture_folder_close(&reader->folder);
	arena_deinit(&reader->arena);
	mem_free(reader->bytes);
	mem_free(reader);
}

void capture_reader_take_lossy(struct capture_reader *reader)
{
	reader->takes_lossy = true;
}

/* -- what is known of it --------------------------------------------------------------------- */

const struct capture_place *capture_reader_place(const struct capture_reader *reader)
{
	return &reader->place;
}

const struct capture_place *capture_reader_cut(const struct capture_reader *reader)
{
	return reader->is_cut ? &reader->cut : NULL;
}

bool capture_reader_has_removed(const struct capture_reader *reader, const struct har_entry *entry)
{
	return is_removed(reader, capture_volumes_find(&reader->files, entry->seq));
}

uint64_t capture_reader_removed(const struct capture_reader *reader)
{
	return reader->beside.zip ? 0 : capture_volumes_removed(&reader->files, &reader->folder);
}

uint64_t capture_reader_position(const struct capture_reader *reader)
{
	return reader->passed + (reader->is_open ? reader->entries.next.byte : 0);
}

const struct capture_folder *capture_reader_folder(const struct capture_reader *reader)
{
	return &reader->folder;
}
