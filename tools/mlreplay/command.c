#include "mlreplay/command.h"

#include <stdio.h>

#include "base/mem.h"

static void print(struct buf *text)
{
	(void)fwrite(text->bytes, 1, text->n, stdout);
}

/* The text may hold bytes of a capture. */
static enum command_end fail(enum command_end end, const char *text)
{
	BUF_AUTO struct buf line = {0};

	buf_add_text(&line, "mlreplay: ");
	buf_add_visible(&line, span_of(text));
	buf_add_text(&line, "\n");
	(void)fwrite(line.bytes, 1, line.n, stderr);
	return end;
}

static enum command_end print_all(const struct command *const *all)
{
	BUF_AUTO struct buf text = {0};

	buf_add_text(&text,
		"usage: mlreplay COMMAND [ARGUMENT]...\n"
		"\n"
		"Replays what clients have really asked of Immich's machine-learning service, as\n"
		"mlproxy has recorded it, and says whether the results stay the same.\n"
		"\n");
	for (; *all; all++)
		buf_add_format(&text, "  %-10s %s\n", (*all)->name, (*all)->summary);
	buf_add_text(&text,
		"\n"
		"mlreplay COMMAND --help says more of each; mlreplay --version, which one this is.\n"
		"\n"
		"Exit status: 0 the same, 1 a regression, 2 wrong usage, 3 inconclusive: nothing\n"
		"could be compared, 4 a corrupt capture.\n");
	print(&text);
	return COMMAND_SAME;
}

static enum command_end print_page(const struct command *command)
{
	BUF_AUTO struct buf text = {0};

	words_write_usage(&command->form, command->name, &text);
	buf_add_format(&text, "\n%s\n", command->about);
	words_write_options(&command->form, &text);
	print(&text);
	return COMMAND_SAME;
}

static enum command_end run(const struct command *command, char *const *words)
{
	MEM_AUTO char *settings = mem_new(command->settings_size + 1, 1);
	struct words given;
	struct err err = {0};
	enum command_end end;

	if (command->settings_size)
		memcpy(settings, command->defaults, command->settings_size);
	if (words_read(&command->form, words, settings, &given, &err) < 0)
		return fail(COMMAND_USAGE, err.text);
	if (given.wants_help)
		return print_page(command);
	end = command->run(settings, given.operands, &err);
	return err.kind ? fail(end, err.text) : end;
}

static enum command_end choose(const struct command *const *all, char *const *words)
{
	struct err err;

	if (!words[0])
		return fail(COMMAND_USAGE, "found no COMMAND, see --help");
	if (strcmp(words[0], "--help") == 0)
		return print_all(all);
	if (strcmp(words[0], "--version") == 0) {
		printf("mlreplay " MLP_VERSION "\n");
		return COMMAND_SAME;
	}
	for (; *all; all++)
		if (strcmp(words[0], (*all)->name) == 0)
			return run(*all, words + 1);
	err_fill(&err, ERR_INVALID, "%s: unknown command, see --help", words[0]);
	return fail(COMMAND_USAGE, err.text);
}

enum command_end command_run(const struct command *const *all, char *const *words)
{
	enum command_end end = choose(all, words);

	/* Whoever reads the output alone must not take half of it for all. */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return end;
	return fail(end == COMMAND_SAME ? COMMAND_INCONCLUSIVE : end, "stdout: it cannot be written");
}
