#include "mlreplay/show.h"

#include <stdio.h>
#include <unistd.h>

#include "mlreplay/show_curl.h"
#include "mlreplay/show_page.h"
#include "mlreplay/show_part.h"

struct settings {
	struct show_part part;
	bool is_curl;
	bool takes_lossy; /* see io/capture_reader */
};

static bool take_part(void *settings, struct span value)
{
	return show_part_read(value, &((struct settings *)settings)->part);
}

/* Steps to the entry of that number. */
static enum command_end find(struct walk *walk, uint64_t number, struct err *err)
{
	int result;

	while ((result = walk_next(walk, err)) > 0)
		if (walk->entry.seq == number)
			return COMMAND_SAME;
	if (result < 0)
		return COMMAND_CORRUPT;
	(void)err_set(err, ERR_INVALID, "N: found %llu, wanted the number of an entry",
		(unsigned long long)number);
	return COMMAND_USAGE;
}

static enum command_end print(const struct buf *out)
{
	(void)fwrite(out->bytes, 1, out->n, stdout);
	return COMMAND_SAME;
}

static enum command_end show(
	const struct settings *settings, struct walk *walk, const char *capture, struct err *err)
{
	BUF_AUTO struct buf out = {0};

	if (settings->part.kind)
		return show_part_copy(&settings->part, walk, stdout, err);
	if (!settings->is_curl) {
		show_page_write(walk, &out);
		return print(&out);
	}
	if (show_curl_write(&walk->entry, capture, &out, err) < 0)
		return COMMAND_INCONCLUSIVE;
	return print(&out);
}

static enum command_end check(const struct settings *settings, struct err *err)
{
	if (settings->part.kind && settings->is_curl)
		(void)err_set(err, ERR_INVALID, "--part and --curl: found both, wanted one of them");
	else if (settings->part.kind && isatty(STDOUT_FILENO))
		(void)err_set(err, ERR_INVALID,
			"--part: found a terminal, which may obey the bytes; wanted a file or a pipe");
	else
		return COMMAND_SAME;
	return COMMAND_USAGE;
}

static enum command_end run(const void *given, const char *const *operands, struct err *err)
{
	const struct settings *settings = given;
	enum command_end end = check(settings, err);
	struct walk walk;
	uint64_t number;

	if (end != COMMAND_SAME)
		return end;
	if (!span_to_number(span_of(operands[1]), UINT64_MAX, &number)) {
		(void)err_set(
			err, ERR_INVALID, "N: found \"%s\", wanted the number of an entry", operands[1]);
		return COMMAND_USAGE;
	}
	end = walk_begin(&walk, operands[0], err);
	if (end == COMMAND_SAME && settings->takes_lossy)
		capture_reader_take_lossy(walk.reader);
	if (end == COMMAND_SAME)
		end = find(&walk, number, err);
	if (end == COMMAND_SAME)
		end = show(settings, &walk, operands[0], err);
	walk_end(&walk);
	return end;
}

static const struct settings defaults;

static const struct words_option options[] = {
	{.name = "part",
		.value = "K",
		.help = "write the bytes of that part of the request's form, or of\n"
				"its whole `body`, or of the `answer`, as they were",
		.kind = WORDS_OTHER,
		.take = take_part,
		.wanted = "the number of a part, body, or answer"},
	{.name = "curl",
		.help = "write a command for sh that sends the request again,\n"
				"where it went then, byte for byte",
		.kind = WORDS_FLAG,
		.offset = offsetof(struct settings, is_curl)},
	{.name = "lossy",
		.help = "take bodies of other programs' files, too, that are\n"
				"likely not what was sent",
		.kind = WORDS_FLAG,
		.offset = offsetof(struct settings, takes_lossy)},
};

const struct command show_command = {
	.name = "show",
	.summary = "say all of one exchange, or give out a part of it as it was",
	.about = "Says all of one exchange of a capture: the request with its parts, and the\n"
			 "answer. N is its number, as other commands and reports say it (\"#7\"). Only\n"
			 "with --part are bytes of the capture written as they are.\n",
	.form = {.operands = {"CAPTURE", "N"},
		.options = options,
		.option_count = sizeof options / sizeof *options},
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.run = run,
};
