/* In memory is where each line lies; the lines are read again when they are wanted. */
#include "mlreplay/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/capture_lines.h"
#include "mlreplay/resume_line.h"

struct place {
	uint64_t number;
	uint64_t at; /* in the file */
	size_t length;
};

struct resume {
	const char *path;
	int fd;
	uint64_t bytes;
	uint64_t lines;       /* but the first */
	struct place *places; /* of what was there when it was opened, by number */
	size_t count;
	size_t capacity;
};

static int fail(const struct resume *resume, const char *why, struct err *err)
{
	return err_set(err, ERR_INVALID, "%s: %s", resume->path, why);
}

static int fail_line(const struct resume *resume, uint64_t line, struct err *err)
{
	return err_set(err, ERR_INVALID, "%s:%llu: this is no line of a state", resume->path,
		(unsigned long long)line);
}

/* -- which there are ------------------------------------------------------------------------- */

static int compare_places(const void *a, const void *b)
{
	const struct place *left = a;
	const struct place *right = b;

	return (left->number > right->number) - (left->number < right->number);
}

static const struct place *find(const struct resume *resume, uint64_t number)
{
	const struct place key = {.number = number};

	if (!resume || !resume->count)
		return NULL;
	return bsearch(&key, resume->places, resume->count, sizeof key, compare_places);
}

bool resume_has(const struct resume *resume, uint64_t number)
{
	return find(resume, number);
}

static void note_place(struct resume *resume, const struct place *place)
{
	if (resume->count == resume->capacity) {
		resume->capacity = resume->capacity ? 2 * resume->capacity : 64;
		resume->places = mem_resize(resume->places, resume->capacity, sizeof *resume->places);
	}
	resume->places[resume->count++] = *place;
}

/* False when one is there twice. */
static bool sort_places(struct resume *resume)
{
	if (resume->count)
		qsort(resume->places, resume->count, sizeof *resume->places, compare_places);
	for (size_t i = 1; i < resume->count; i++)
		if (resume->places[i].number == resume->places[i - 1].number)
			return false;
	return true;
}

/* -- reading --------------------------------------------------------------------------------- */

int resume_read(const struct resume *resume, uint64_t number, struct arena *arena,
	struct resume_item *ret_item, struct err *err)
{
	const struct place *place = find(resume, number);
	char *bytes = arena_new(arena, place->length, 1);
	ssize_t n = pread(resume->fd, bytes, place->length, (off_t)place->at);

	if (n == (ssize_t)place->length &&
		resume_line_read((struct span){bytes, place->length}, arena, ret_item) &&
		ret_item->number == number)
		return 0;
	return fail(resume, n < 0 ? strerrordesc_np(errno) : "somebody has changed it", err);
}

/* Of a line that has its end. */
static int take_line(
	struct resume *resume, const struct capture_lines *lines, struct span line, struct err *err)
{
	struct resume_item item;
	struct arena arena;
	bool is_read;

	arena_init(&arena);
	is_read = line.n <= RESUME_LINE_MAX && resume_line_read(line, &arena, &item);
	arena_deinit(&arena);
	if (!is_read)
		return fail_line(resume, lines->line, err);
	if (++resume->lines > RESUME_ITEMS_MAX)
		return fail(resume, "it has too many lines", err);
	note_place(resume, &(struct place){item.number, lines->byte, line.n});
	return 0;
}

/* Half a line at the end is ours, too: of the first one the front is looked at. */
static int check_first(const struct resume *resume, const struct capture_lines *lines,
	struct span line, struct span first, struct err *err)
{
	if (lines->is_whole ? span_equal(line, first) : span_starts(first, line))
		return 0;
	return fail(resume, "it is of another run: another capture, target or option", err);
}

/* Reads all lines that have their end; where they end. */
static int read_lines(struct resume *resume, struct span first, struct err *err)
{
	struct capture_lines lines;
	struct span line;
	int result;

	capture_lines_init(&lines, resume->fd);
	while ((result = capture_lines_next(&lines, &line)) > 0) {
		if (lines.line == 1)
			result = check_first(resume, &lines, line, first, err);
		else if (lines.is_whole)
			result = take_line(resume, &lines, line, err);
		if (result < 0)
			break;
		if (lines.is_whole)
			resume->bytes = lines.next;
	}
	capture_lines_deinit(&lines);
	return result;
}

static int read_all(struct resume *resume, struct span first, struct err *err)
{
	struct stat status;

	if (fstat(resume->fd, &status) < 0)
		return fail(resume, strerrordesc_np(errno), err);
	if (!S_ISREG(status.st_mode))
		return fail(resume, "it is no file", err);
	if (status.st_size > RESUME_BYTES_MAX)
		return fail(resume, "it is too large", err);
	err->kind = ERR_NONE;
	if (read_lines(resume, first, err) < 0)
		return err->kind ? -1 : fail(resume, strerrordesc_np(errno), err);
	if (!sort_places(resume))
		return fail(resume, "an exchange is in it twice", err);
	if ((uint64_t)status.st_size > resume->bytes && ftruncate(resume->fd, (off_t)resume->bytes) < 0)
		return fail(resume, strerrordesc_np(errno), err);
	return 0;
}

/* -- writing --------------------------------------------------------------------------------- */

static int append(struct resume *resume, struct span line, struct err *err)
{
	ssize_t n = write(resume->fd, line.p, line.n);

	if (n == (ssize_t)line.n) {
		resume->bytes += line.n;
		return 0;
	}
	return err_set(err, ERR_INTERNAL, "%s: %s", resume->path,
		n < 0 ? strerrordesc_np(errno) : strerrordesc_np(ENOSPC));
}

int resume_add(struct resume *resume, const struct resume_item *item, struct err *err)
{
	BUF_AUTO struct buf line = {0};

	if (resume->lines == RESUME_ITEMS_MAX || !resume_line_fits(item))
		return 0;
	resume_line_write(item, &line);
	if (line.n > RESUME_LINE_MAX || line.n > RESUME_BYTES_MAX - resume->bytes)
		return 0;
	resume->lines++;
	return append(resume, buf_span(&line), err);
}

/* -- life ------------------------------------------------------------------------------------ */

static int begin(struct resume *resume, struct span run, struct err *err)
{
	BUF_AUTO struct buf first = {0};

	resume->fd = open(resume->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600);
	if (resume->fd < 0)
		return fail(resume, strerrordesc_np(errno), err);
	if (flock(resume->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return fail(resume, "another run is at it", err);
	buf_add_text(&first, "{\"mlreplay\":2,\"run\":");
	buf_add_json(&first, run);
	buf_add_text(&first, "}\n");
	if (read_all(resume, span_first(buf_span(&first), first.n - 1), err) < 0)
		return -1;
	return resume->bytes ? 0 : append(resume, buf_span(&first), err);
}

int resume_open(const char *path, struct span run, struct resume **ret_resume, struct err *err)
{
	struct resume *resume = mem_new(1, sizeof *resume);

	*resume = (struct resume){.path = path, .fd = -1};
	if (begin(resume, run, err) < 0) {
		resume_close(resume);
		return -1;
	}
	*ret_resume = resume;
	return 0;
}

void resume_close(struct resume *resume)
{
	if (!resume)
		return;
	if (resume->fd >= 0)
		(void)close(resume->fd);
	mem_free(resume->places);
	mem_free(resume);
}
