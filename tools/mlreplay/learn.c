/* A run whose baseline is the second copy, and whose report learns from what others would judge. */
#include "mlreplay/learn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "domain/noise.h"
#include "io/files.h"
#include "mlreplay/number.h"
#include "mlreplay/phrase.h"
#include "mlreplay/run_command.h"
#include "wire/url.h"

enum { TOLD_MAX = 20, FINDINGS_SHOWN = 5, PERCENT = 100 };

/* What is farther apart Immich takes for another picture. */
static const double duplicate_distance = 0.01;

struct settings {
	struct run_words run; /* first */
	const char *output;   /* NULL: not given */
	double confidence;
};

struct learn {
	struct report report; /* first */
	const struct settings *settings;
	struct noise *noise;
	uint64_t compared;
	uint64_t unlike;  /* answers that differ in kind */
	uint64_t skipped; /* questions without two answers */
	struct buf told;  /* of the first of those that differ in kind */
	enum command_end end;
};

/* -- an exchange ----------------------------------------------------------------------------- */

static void tell_title(struct learn *learn, const struct outcome *outcome)
{
	buf_add_format(&learn->told, "#%llu  ", (unsigned long long)outcome->entry->seq);
	phrase_add_tasks(&outcome->entry->request, outcome->entries, &learn->told);
	phrase_add_models(outcome->entries, " ", &learn->told);
	buf_add_text(&learn->told, "\n");
}

/* Only one of the two has answered. */
static void take_error(struct learn *learn, const struct outcome *outcome)
{
	if (learn->unlike++ >= TOLD_MAX)
		return;
	tell_title(learn, outcome);
	buf_add_text(&learn->told, "    only one has answered: ");
	buf_add_visible(&learn->told, outcome->error);
	buf_add_text(&learn->told, "\n");
}

static void tell_finding(struct learn *learn, const struct findings_item *item)
{
	buf_add_text(&learn->told, "    ");
	phrase_add_finding(item, &learn->told);
	buf_add_text(&learn->told, "\n");
}

static void take_answers(struct learn *learn, const struct outcome *outcome)
{
	const struct findings *findings = outcome->findings;
	bool is_told = learn->unlike < TOLD_MAX;
	size_t unlike = 0;

	learn->compared++;
	noise_add(learn->noise, outcome->entry->seq, findings);
	for (size_t i = 0; i < findings->count; i++) {
		const struct findings_item *item = &findings->items[i];

		if (noise_take(learn->noise, item))
			continue;
		if (is_told && !unlike)
			tell_title(learn, outcome);
		if (is_told && unlike < FINDINGS_SHOWN)
			tell_finding(learn, item);
		unlike++;
	}
	unlike += findings->dropped; /* nobody knows what they are */
	if (is_told && unlike > FINDINGS_SHOWN)
		buf_add_format(&learn->told, "    and %zu more\n", unlike - FINDINGS_SHOWN);
	learn->unlike += unlike > 0;
}

static void on_outcome(struct report *report, const struct outcome *outcome)
{
	struct learn *learn = (struct learn *)report;

	if (outcome->findings)
		take_answers(learn, outcome);
	else if (verdict_is_error(outcome->outcome) || outcome->after.status)
		take_error(learn, outcome);
	else
		learn->skipped++;
}

/* -- the end --------------------------------------------------------------------------------- */

static bool are_few(const struct learn *learn, uint64_t answers)
{
	return answers < noise_answers_wanted(learn->settings->confidence);
}

static void print_measure(const struct learn *learn, enum noise_kind kind, struct buf *out)
{
	const struct noise_measure *measure = noise_measure(learn->noise, kind);
	char most[24] = "";

	if (kind != NOISE_NUMBER)
		(void)snprintf(most, sizeof most, "%.3g", measure->most);
	buf_add_format(out, "  %-17s%9llu%12s%15.2g %%%s\n", noise_words[kind],
		(unsigned long long)measure->answers, most,
		PERCENT * noise_share(learn->settings->confidence, measure->answers),
		are_few(learn, measure->answers) ? "  few" : "");
}

static void print_rules(const struct tolerance *limits, struct buf *out)
{
	for (size_t i = 0; i < limits->rule_count; i++) {
		buf_add_format(out, "%26s%12.3g   ", "", limits->rules[i].atol);
		buf_add_visible(out, limits->rules[i].path);
		buf_add_text(out, "\n");
	}
}

static void print_warnings(const struct learn *learn, struct buf *out)
{
	bool has_few = false;

	for (size_t kind = 0; kind < NOISE_KINDS; kind++)
		has_few |= are_few(learn, noise_measure(learn->noise, (enum noise_kind)kind)->answers);
	if (has_few)
		buf_add_format(out,
			"warning: few answers: it takes %llu to say that at most %g %% are noisier\n",
			(unsigned long long)noise_answers_wanted(learn->settings->confidence),
			PERCENT * noise_share_wanted);
	if (noise_measure(learn->noise, NOISE_DISTANCE)->most > duplicate_distance)
		buf_add_format(out,
			"warning: vectors are farther apart than Immich lets duplicates be (%g)\n",
			duplicate_distance);
}

static void print_learned(const struct learn *learn, struct buf *out)
{
	struct tolerance limits;

	noise_limits(learn->noise, &limits);
	buf_add_format(out, "%-19s%9s%12s%17s\n", "noise", "answers", "most", "noisier at most");
	for (size_t kind = 0; kind < NOISE_KINDS; kind++)
		print_measure(learn, (enum noise_kind)kind, out);
	print_rules(&limits, out);
	buf_add_format(out, "with %g %% confidence no larger share of answers like these is noisier\n",
		PERCENT * learn->settings->confidence);
	print_warnings(learn, out);
	buf_add_text(out, "written: ");
	buf_add_visible(out, span_of(learn->settings->output));
	buf_add_text(out, "\n");
}

/* Says what it has come to; -1 when the file cannot be written. */
static int conclude(struct learn *learn, struct buf *out, struct err *err)
{
	BUF_AUTO struct buf text = {0};

	buf_add(out, buf_span(&learn->told));
	if (learn->unlike) {
		learn->end = COMMAND_REGRESSION;
		buf_add_format(out,
			"the copies are not the same: %llu of %llu answers differ by more than noise; nothing "
			"is written\n",
			(unsigned long long)learn->unlike,
			(unsigned long long)(learn->compared > learn->unlike ? learn->compared
																 : learn->unlike));
		return 0;
	}
	if (!learn->compared) {
		buf_add_text(out, "nothing was learned: no question has got two answers\n");
		return 0;
	}
	noise_write(learn->noise, learn->settings->confidence, &text);
	if (files_replace(learn->settings->output, buf_span(&text), err) < 0)
		return -1;
	learn->end = COMMAND_SAME;
	print_learned(learn, out);
	return 0;
}

static int on_end(struct report *report, const struct report_end *end, struct err *err)
{
	struct learn *learn = (struct learn *)report;
	BUF_AUTO struct buf out = {0};
	int result = 0;

	if (end->was_interrupted)
		buf_add_text(&out, "nothing was learned: it did not come to its end\n");
	else
		result = conclude(learn, &out, err);
	if (learn->skipped)
		buf_add_format(&out, "%llu questions were skipped\n", (unsigned long long)learn->skipped);
	(void)fwrite(out.bytes, 1, out.n, stdout);
	return result;
}

/* It is its owner's. */
static void on_free(struct report *report)
{
	(void)report;
}

static const struct report_ops ops = {on_outcome, on_end, on_free};

/* -- the command ----------------------------------------------------------------------------- */

/* Whether it can be written, so that one knows before the run. */
static int check_output(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(path);
		return 0;
	}
	if (errno == EEXIST && access(path, W_OK) == 0)
		return 0;
	return err_set(err, ERR_INVALID, "-o: %.150s: %s", path, strerrordesc_np(errno));
}

static int check(const struct settings *settings, struct err *err)
{
	struct err why;
	struct url url;

	if (!settings->run.baseline)
		return err_set(err, ERR_INVALID, "found no --second URL, see --help");
	if (url_parse(span_of(settings->run.baseline), &url, &why) < 0)
		return err_set(err, ERR_INVALID, "--second: found \"%.90s\": %.100s",
			settings->run.baseline, why.text);
	if (!settings->output)
		return err_set(err, ERR_INVALID, "found no -o FILE, see --help");
	return check_output(settings->output, err);
}

static enum command_end on_learn(const void *given, const char *const *operands, struct err *err)
{
	const struct settings *settings = given;
	struct learn learn = {.report = {&ops}, .settings = settings, .end = COMMAND_INCONCLUSIVE};
	const struct run_order order = {&settings->run, operands[0], noise_tolerance(), &learn.report};
	enum command_end end;

	if (check(settings, err) < 0)
		return COMMAND_USAGE;
	learn.noise = noise_new();
	end = run_command_do(&order, err);
	noise_free(learn.noise);
	buf_deinit(&learn.told);
	return end == COMMAND_USAGE || end == COMMAND_CORRUPT ? end : learn.end;
}

static bool take_confidence(void *given, struct span value)
{
	struct settings *settings = given;

	return number_read(value, &settings->confidence) && settings->confidence >= 0.5 &&
		   settings->confidence <= 0.9999;
}

static const struct settings defaults = {
	.run =
		{
			.tolerance = "default",
			.pace = {.kind = PACE_MAX},
			.loop = 1,
			.timeout_s = RUN_WORDS_TIMEOUT_S,
		},
	.confidence = 0.95,
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(run) == 0, "as the rows of run_words want it");

static const struct words_option options[] = {
	{.name = "target",
		.value = "URL",
		.help = "one of the two: http://HOST:PORT, with a path if it\n"
				"has one before /predict",
		.kind = WORDS_TEXT,
		.offset = AT(run.target)},
	{.name = "second",
		.value = "URL",
		.help = "the other one: the same service, with the same\n"
				"models, on the same kind of machine",
		.kind = WORDS_TEXT,
		.offset = AT(run.baseline)},
	{.name = "o",
		.value = "FILE",
		.help = "where the tolerance is written to",
		.kind = WORDS_TEXT,
		.offset = AT(output)},
	{.name = "confidence",
		.value = "C",
		.help = "with which it is said how many answers are noisier\n"
				"than all that were seen (0.95)",
		.kind = WORDS_OTHER,
		.take = take_confidence,
		.wanted = "a number from 0.5 to 0.9999"},
	{.name = "concurrency",
		.value = "N",
		.help = "requests under way at the same time, at most (4)",
		.kind = WORDS_NUMBER,
		.offset = AT(run.concurrency),
		.min = 1,
		.max = RUN_WORDS_CONCURRENCY_MAX},
	RUN_WORDS_CHOICE,
	{.name = "loop",
		.value = "N",
		.help = "go through the capture N times (1); the noise that\n"
				"comes and goes is found so, but no answer counts as\n"
				"another one",
		.kind = WORDS_NUMBER,
		.offset = AT(run.loop),
		.min = 1,
		.max = RUN_WORDS_LOOP_MAX},
	RUN_WORDS_REACH,
	{.name = "lossy",
		.help = "take bodies of other programs' files, too, that are\n"
				"likely not what was sent",
		.kind = WORDS_FLAG,
		.offset = AT(run.takes_lossy)},
};

const struct command learn_command = {
	.name = "learn",
	.summary = "learn from two copies of a server what is noise",
	.about = "Asks two copies of one server what the capture has, and writes down how far\n"
			 "their answers are apart, as a tolerance for run and diff: beyond it only\n"
			 "another server is. Ends with 1, and writes nothing, when they differ by more\n"
			 "than noise: in texts, statuses, faces that one of them does not see.\n",
	.form = {.operands = {"CAPTURE"},
		.options = options,
		.option_count = sizeof options / sizeof *options},
	.defaults = &defaults,
	.settings_size = sizeof defaults,
	.run = on_learn,
};
