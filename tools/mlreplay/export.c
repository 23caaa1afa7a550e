#include "mlreplay/export.h"

#include <stdio.h>

#include "mlreplay/export_file.h"
#include "mlreplay/filter.h"

struct settings {
	const char *output;
	struct filter filter;
	bool has_side;
	enum har_side side;
	uint64_t limit; /* 0: all */
	bool may_replace;
	bool takes_lossy; /* see io/capture_reader */
};

struct exporting {
	const struct settings *settings;
	struct walk walk;
	struct export_file *to;
	struct export_sums sums;
};

/* -- words ----------------------------------------------------------------------------------- */

static bool take_side(void *given, struct span value)
{
	struct settings *settings = given;

	settings->has_side = true;
	settings->side = span_is(value, "backend") ? HAR_BACKEND : HAR_CLIENT;
	return span_is(value, "backend") || span_is(value, "client");
}

static bool take_filter(void *given, struct span value)
{
	struct settings *settings = given;

	return filter_parse(value, &settings->filter);
}

/* Its name says how it is laid out. */
static int begin(const struct settings *settings, struct export_file **ret_file, struct err *err)
{
	struct span name = settings->output ? span_of(settings->output) : SPAN_EMPTY;

	if (!name.n)
		return err_set(err, ERR_INVALID, "found no -o FILE, see --help");
	if (span_ends(name, SPAN_LITERAL(".har")))
		return export_har_begin(settings->output, settings->may_replace, ret_file, err);
	if (span_ends(name, SPAN_LITERAL(".har.zip")))
		return export_zip_begin(settings->output, settings->may_replace, ret_file, err);
	return err_set(err, ERR_INVALID,
		"-o: found \"%s\", wanted a name that ends in .har or .har.zip", settings->output);
}

/* -- entries --------------------------------------------------------------------------------- */

static bool is_wanted(struct exporting *exporting)
{
	const struct settings *settings = exporting->settings;
	struct walk *walk = &exporting->walk;
	struct entries entries;
	struct err err;
	struct filter_facts facts = {
		.status = walk->entry.answer.status, .backend = walk->entry.backend};

	if (settings->has_side && walk->entry.side != settings->side)
		return false;
	if (entries_parse(walk->entries, &walk->arena, &entries, &err) == 0)
		facts.entries = &entries;
	return filter_fits(&settings->filter, &facts);
}

/* Nothing was added where it is corrupt. */
static enum command_end add_one(struct exporting *exporting, struct err *err)
{
	const struct walk *walk = &exporting->walk;
	enum command_end end = exporting->to->ops->add(exporting->to, walk, &exporting->sums, err);

	if (end != COMMAND_CORRUPT || !capture_reader_has_removed(walk->reader, &walk->entry))
		return end;
	err->kind = ERR_NONE;
	return COMMAND_SAME;
}

static enum command_end add_all(struct exporting *exporting, struct err *err)
{
	enum command_end end = COMMAND_SAME;
	uint64_t limit = exporting->settings->limit;
	int result = 1;

	while (end == COMMAND_SAME && (!limit || exporting->sums.entries < limit) &&
		   (result = walk_next(&exporting->walk, err)) > 0)
		if (is_wanted(exporting))
			end = add_one(exporting, err);
	return result < 0 ? COMMAND_CORRUPT : end;
}

static void tell(const struct exporting *exporting)
{
	const struct export_sums *sums = &exporting->sums;

	printf("%llu entries, %.1f MiB\n", (unsigned long long)sums->entries,
		(double)sums->bytes / (1 << 20));
	if (sums->requests_lacking)
		printf("%llu cannot be replayed from it: it has not the bodies of their requests\n",
			(unsigned long long)sums->requests_lacking);
	if (sums->answers_lacking)
		printf("%llu have not the bodies of their answers\n",
			(unsigned long long)sums->answers_lacking);
}

static enum command_end write_file(const struct settings *settings, struct exporting *exporting,
	const char *capture, struct err *err)
{
	enum command_end end = walk_begin(&exporting->walk, capture, err);

	if (end == COMMAND_SAME && settings->takes_lossy)
		capture_reader_take_lossy(exporting->walk.reader);
	if (end == COMMAND_SAME)
		end = add_all(exporting, err);
	walk_end(&exporting->walk);
	if (end == COMMAND_SAME && exporting->to->ops->end(exporting->to, &exporting->sums, err) < 0)
		end = COMMAND_INCONCLUSIVE;
	return end;
}

static enum command_end run(const void *given, const char *const *operands, struct err *err)
{
	const struct settings *settings = given;
	struct exporting exporting = {.settings = settings};
	enum command_end end;

	if (begin(settings, &exporting.to, err) < 0)
		return err->kind == ERR_INVALID ? COMMAND_USAGE : COMMAND_INCONCLUSIVE;
	end = write_file(settings, &exporting, operands[0], err);
	exporting.to->ops->free(exporting.to);
	if (end == COMMAND_SAME)
		tell(&exporting);
	return end;
}

#define AT(member) offsetof(struct settings, member)

static const struct settings defaults;

static const struct words_option options[] = {
	{.name = "o",
		.value = "FILE",
		.help = "where to: a name that ends in .har or .har.zip",
		.kind = WORDS_TEXT,
		.offset = AT(output)},
	{.name = "side",
		.value = "client|backend",
		.help = "only what clients sent to the proxy, or only what it\n"
				"sent to backends (both)",
		.kind = WORDS_OTHER,
		.take = take_side,
		.wanted = "client or backend"},
	FILTER_OPTIONS(take_filter, AT(limit)),
	{.name = "force",
		.help = "replace FILE when it is there already",
		.kind = WORDS_FLAG,
		.offset = AT(may_replace)},
	{.name = "lossy",
		.help = "take bodies of other programs' files, too, that are\n"
				"likely not what was sent",
		.kind = WORDS_FLAG,
		.offset = AT(takes_lossy)},
};

const struct command export_command = {
	.name = "export",
	.summary = "write a capture as one file, for browsers, mitmproxy and others",
	.about = "Writes a capture, or some of it, as one file, for programs that know nothing of\n"
			 "its folder. FILE.har is a HAR file with all bodies in it, for browsers' network\n"
			 "panels, mitmproxy, HTTP Toolkit; a request's body of more than 16 MiB is left\n"
			 "out, and so is such an answer. FILE.har.zip has a HAR file and the bodies beside\n"
			 "it, each once, as Playwright does it. It holds photos, and is its owner's alone.\n",
	.form = {.operands = {"CAPTURE"},
		.options = options,
		.option_count = sizeof options / sizeof *options},
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.run = run,
};
