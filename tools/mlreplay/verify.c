#include "mlreplay/verify.h"

#include <stdio.h>

#include "io/capture_check.h"

/* Problems of a file that are told one by one: whoever has read so many needs no more of them. */
enum { TOLD_MAX = 100 };

struct settings {
	bool is_repair;
};

/* What was told of the file at hand; one is gone through after the other. */
struct telling {
	struct buf file;
	uint64_t problems;
};

static void print(FILE *to, struct buf *line)
{
	(void)fwrite(line->bytes, 1, line->n, to);
}

/* -- checking -------------------------------------------------------------------------------- */

static void add_front(struct buf *line, struct span file)
{
	buf_add_text(line, "mlreplay: ");
	buf_add_visible(line, file);
}

/* How many there are that were not told. */
static void end_file(struct telling *telling)
{
	BUF_AUTO struct buf line = {0};

	if (telling->problems <= TOLD_MAX)
		return;
	add_front(&line, buf_span(&telling->file));
	buf_add_format(
		&line, ": and %llu more problems\n", (unsigned long long)(telling->problems - TOLD_MAX));
	print(stderr, &line);
}

static void begin_file(struct telling *telling, struct span file)
{
	end_file(telling);
	buf_reset(&telling->file);
	buf_add(&telling->file, file);
	telling->problems = 0;
}

static void on_problem(void *ctx, const struct capture_place *place, const char *what)
{
	struct telling *telling = ctx;
	BUF_AUTO struct buf line = {0};

	if (!span_is(buf_span(&telling->file), place->file))
		begin_file(telling, span_of(place->file));
	if (++telling->problems > TOLD_MAX)
		return;
	add_front(&line, span_of(place->file));
	if (place->line)
		buf_add_format(&line, ":%llu: byte %llu", (unsigned long long)place->line,
			(unsigned long long)place->byte);
	buf_add_text(&line, ": ");
	buf_add_visible(&line, span_of(what));
	buf_add_text(&line, "\n");
	print(stderr, &line);
}

static void tell(const struct capture_check *check)
{
	printf("%llu entries in %llu files, %llu blobs, %.1f MiB\n", (unsigned long long)check->entries,
		(unsigned long long)check->files, (unsigned long long)check->blobs,
		(double)check->bytes / (1 << 20));
	if (check->orphans)
		printf("%llu blobs, %.1f MiB, that no entry names, which does no harm\n",
			(unsigned long long)check->orphans, (double)check->orphan_bytes / (1 << 20));
	if (check->lacking)
		printf("%llu cannot be replayed: the bodies of their requests are not in it as they were "
			   "sent\n",
			(unsigned long long)check->lacking);
	if (check->problems)
		printf("%llu problems: the capture is corrupt\n", (unsigned long long)check->problems);
	else
		printf("all is as it was written\n");
}

static enum command_end verify(const char *path, struct err *err)
{
	struct telling telling = {0};
	struct capture_check check = {.on_problem = on_problem, .ctx = &telling};
	struct err why; /* also filled by what on_problem has been told */
	int result = capture_check(path, &check, &why);

	end_file(&telling);
	buf_deinit(&telling.file);
	if (result < 0) {
		*err = why;
		return why.kind == ERR_SYNTAX ? COMMAND_CORRUPT : COMMAND_USAGE;
	}
	tell(&check);
	return check.problems ? COMMAND_CORRUPT : COMMAND_SAME;
}

/* -- repairing ------------------------------------------------------------------------------- */

static void on_file(void *ctx, const char *name, uint64_t entries, uint64_t lost)
{
	BUF_AUTO struct buf line = {0};

	(void)ctx;
	buf_add_visible(&line, span_of(name));
	buf_add_format(&line, ": %llu entries are kept", (unsigned long long)entries);
	if (lost) {
		buf_add_format(&line, "; %llu bytes of none are in ", (unsigned long long)lost);
		buf_add_visible(&line, span_of(name));
		buf_add_text(&line, ".rest");
	}
	buf_add_text(&line, "\n");
	print(stdout, &line);
}

static enum command_end run(const void *given, const char *const *operands, struct err *err)
{
	const struct settings *settings = given;
	struct capture_repair repair = {.on_file = on_file};

	if (settings->is_repair && capture_repair(operands[0], &repair, err) < 0)
		return COMMAND_INCONCLUSIVE;
	return verify(operands[0], err);
}

static const struct settings defaults;

static const struct words_option options[] = {
	{.name = "repair",
		.help = "before that, keep all entries that are complete, and whose\n"
				"blobs are there, move the rest aside to NAME.rest, and\n"
				"complete the files",
		.kind = WORDS_FLAG,
		.offset = offsetof(struct settings, is_repair)},
};

const struct command verify_command = {
	.name = "verify",
	.summary = "say whether a capture is as it was written; --repair it",
	.about = "Reads all of a capture, and says whether it is as it was written: each line's\n"
			 "form and checksum, the order of the entries, each body's and each blob's hash,\n"
			 "and whether every blob is there. Ends with 4 when it is not.\n",
	.form = {.operands = {"CAPTURE"},
		.options = options,
		.option_count = sizeof options / sizeof *options},
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.run = run,
};
