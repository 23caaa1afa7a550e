/* One object, which begins with the verdict; the exchanges come last, one a line, since there may
 * be many of them:
 *
 *     {"verdict":"regression","requests":40,…,
 *     "tasks":[{"task":"clip",…}],
 *     "exchanges":[
 *     {"seq":1,…}
 *     ]}
 */
#include <math.h>

#include "base/mem.h"
#include "base/utc.h"
#include "mlreplay/phrase.h"
#include "mlreplay/report.h"
#include "mlreplay/report_file.h"

enum { MILLION = 1000000 };

struct report_json {
	struct report report; /* first */
	const struct report_setup *setup;
	struct report_file file;
	struct buf line;
	bool has_exchanges;
};

/* -- members --------------------------------------------------------------------------------- */

static void add_key(struct buf *out, const char *key)
{
	buf_add_format(out, ",\"%s\":", key);
}

static void add_text(struct buf *out, const char *key, struct span text)
{
	add_key(out, key);
	buf_add_json(out, text);
}

static void add_number(struct buf *out, const char *key, uint64_t number)
{
	add_key(out, key);
	buf_add_number(out, number);
}

/* JSON has no word for what is no number. */
static void add_double(struct buf *out, const char *key, double number)
{
	add_key(out, key);
	if (isfinite(number))
		buf_add_format(out, "%.9g", number);
	else
		buf_add_text(out, "null");
}

static void add_bool(struct buf *out, const char *key, bool is_so)
{
	add_key(out, key);
	buf_add_text(out, is_so ? "true" : "false");
}

/* -1 is not known. */
static void add_ms(struct buf *out, const char *key, int64_t ns)
{
	add_double(out, key, ns < 0 ? NAN : (double)ns / MILLION);
}

static void add_index(struct buf *out, const char *key, int index)
{
	add_key(out, key);
	if (index < 0)
		buf_add_text(out, "null");
	else
		buf_add_number(out, (uint64_t)index);
}

/* -- an exchange ----------------------------------------------------------------------------- */

static void add_finding(const struct findings_item *item, struct buf *out)
{
	buf_add_format(out, "{\"level\":\"%s\"", phrase_levels[item->level]);
	add_text(out, "kind", span_of(findings_words[item->kind]));
	add_text(out, "task", item->task);
	add_text(out, "path", item->path);
	add_double(out, "value", item->value);
	add_double(out, "limit", item->limit);
	add_bool(out, "borderline", item->is_borderline);
	add_text(out, "before", item->before);
	add_text(out, "after", item->after);
	add_index(out, "indexBefore", item->index_before);
	add_index(out, "indexAfter", item->index_after);
	buf_add_text(out, "}");
}

static void add_findings(const struct findings *findings, struct buf *out)
{
	add_text(out, "level", span_of(findings ? phrase_levels[findings->level] : ""));
	add_number(out, "dropped", findings ? findings->dropped : 0);
	add_key(out, "findings");
	buf_add_text(out, "[");
	for (size_t i = 0; findings && i < findings->count; i++) {
		buf_add_text(out, i ? "," : "");
		add_finding(&findings->items[i], out);
	}
	buf_add_text(out, "]");
}

static void add_asked(const struct outcome *outcome, struct buf *out)
{
	const struct har_entry *entry = outcome->entry;
	BUF_AUTO struct buf tasks = {0};
	BUF_AUTO struct buf models = {0};

	phrase_add_tasks(&entry->request, outcome->entries, &tasks);
	phrase_add_models(outcome->entries, "", &models);
	add_text(out, "id", entry->id);
	add_text(out, "method", entry->request.method);
	add_text(out, "url", entry->request.url);
	add_text(out, "asked", buf_span(&tasks));
	add_text(out, "models", buf_span(&models));
}

static void on_outcome(struct report *report, const struct outcome *outcome)
{
	struct report_json *json = (struct report_json *)report;
	struct buf *out = &json->line;

	buf_reset(out);
	buf_add_format(out, "%s{\"seq\":%llu", json->has_exchanges ? ",\n" : "\n",
		(unsigned long long)outcome->entry->seq);
	json->has_exchanges = true;
	add_asked(outcome, out);
	add_text(out, "outcome", span_of(phrase_outcomes[outcome->outcome]));
	add_text(out, "error", outcome->error);
	add_bool(out, "askedAgain", outcome->was_asked_again);
	add_number(out, "statusBefore", (uint64_t)outcome->before.status);
	add_number(out, "statusAfter", (uint64_t)outcome->after.status);
	add_ms(out, "intendedMs", outcome->intended_ns);
	add_ms(out, "sentMs", outcome->sent_ns);
	add_ms(out, "latencyMs", outcome->latency_ns);
	add_findings(outcome->findings, out);
	buf_add_text(out, "}");
	report_file_add(&json->file, buf_span(out));
}

/* -- the head -------------------------------------------------------------------------------- */

static void add_totals(const struct report_end *end, struct buf *out)
{
	const struct verdict_totals *totals = verdict_totals(end->verdict);

	buf_add_format(out, "{\"verdict\":\"%s\"", verdict_words[report_word(end)]);
	add_number(out, "requests", totals->requests);
	add_number(out, "compared", totals->compared);
	add_number(out, "regressions", totals->regressions);
	add_number(out, "warnings", totals->warnings);
	add_number(out, "unstable", totals->unstable);
	add_number(out, "errors", totals->errors);
	add_number(out, "skipped", totals->skipped);
	add_number(out, "unreached", totals->unreached);
}

static void add_setup(const struct report_setup *setup, struct buf *out)
{
	char started[UTC_LENGTH];

	utc_write(setup->started_us / MILLION, (unsigned)(setup->started_us % MILLION / 1000), started);
	add_text(out, "capture", span_of(setup->capture));
	add_text(out, "target", span_of(setup->target));
	add_text(out, "baseline", span_of(setup->baseline));
	add_text(out, "tolerance", span_of(setup->tolerance));
	add_text(out, "started", (struct span){started, sizeof started});
}

static void add_latency(struct buf *out, const char *key, const struct report_latency *latency)
{
	add_key(out, key);
	buf_add_format(out, "{\"count\":%llu", (unsigned long long)latency->count);
	add_ms(out, "p50Ms", latency->p50_ns);
	add_ms(out, "p90Ms", latency->p90_ns);
	add_ms(out, "p95Ms", latency->p95_ns);
	add_ms(out, "p99Ms", latency->p99_ns);
	add_ms(out, "maxMs", latency->max_ns);
	buf_add_text(out, "}");
}

static void add_recall(const struct verdict *verdict, struct buf *out)
{
	struct verdict_recall recall;

	verdict_recall(verdict, &recall);
	add_key(out, "recall");
	buf_add_format(out, "{\"k\":%zu", recall.k);
	add_number(out, "images", recall.images);
	add_number(out, "texts", recall.texts);
	add_double(out, "newToNew", recall.new_to_new);
	add_double(out, "textToOld", recall.text_to_old);
	buf_add_text(out, "}");
}

static void add_sum(const struct findings_task *sum, struct buf *out)
{
	add_number(out, "vectors", sum->vectors);
	add_double(out, "distanceMax", sum->vectors ? sum->distance_max : NAN);
	add_double(out, "distanceMean", sum->vectors ? sum->distance_sum / (double)sum->vectors : NAN);
	add_double(out, "normMax", sum->vectors ? sum->norm_max : NAN);
	add_number(out, "facesBefore", sum->faces_before);
	add_number(out, "facesAfter", sum->faces_after);
	add_number(out, "facesMatched", sum->faces_matched);
	add_number(out, "textsBefore", sum->texts_before);
	add_number(out, "textsAfter", sum->texts_after);
	add_number(out, "textsMatched", sum->texts_matched);
	add_number(out, "textsChanged", sum->texts_changed);
	add_double(out, "characterErrorRate",
		sum->characters ? (double)sum->edits / (double)sum->characters : NAN);
	add_double(out, "scoreMax", sum->score_max);
	add_double(out, "iouMin", sum->iou_min);
	add_double(out, "landmarkMax", sum->landmarks ? sum->landmark_max : NAN);
	add_number(out, "duplicateFlips", sum->duplicate_flips);
	add_number(out, "matchFlips", sum->match_flips);
	add_number(out, "detectionFlips", sum->detection_flips);
}

static void add_task(const struct verdict_task *task, struct buf *out)
{
	BUF_AUTO struct buf advice = {0};

	verdict_write_advice(task, &advice);
	buf_add_text(out, "{\"task\":");
	buf_add_json(out, task->name);
	add_text(out, "level", span_of(phrase_levels[task->sum.level]));
	add_number(out, "compared", task->compared);
	add_number(out, "regressions", task->regressions);
	add_number(out, "warnings", task->warnings);
	add_text(out, "advice", span_of(phrase_advices[verdict_advice(task)]));
	add_text(out, "toDo", buf_span(&advice));
	add_sum(&task->sum, out);
	buf_add_text(out, "}");
}

static void add_head(
	const struct report_setup *setup, const struct report_end *end, struct buf *out)
{
	size_t count = verdict_task_count(end->verdict);

	add_totals(end, out);
	add_setup(setup, out);
	add_bool(out, "interrupted", end->was_interrupted);
	add_bool(out, "mostlySkipped", report_is_of_little(end));
	add_text(out, "failedIf", span_of(end->fail_if ? end->fail_if : ""));
	add_ms(out, "durationMs", end->duration_ns);
	add_latency(out, "latency", &end->latency);
	add_latency(out, "baselineLatency", &end->baseline);
	add_recall(end->verdict, out);
	buf_add_text(out, ",\n\"tasks\":[");
	for (size_t i = 0; i < count; i++) {
		buf_add_text(out, i ? ",\n" : "\n");
		add_task(verdict_task(end->verdict, i), out);
	}
	buf_add_text(out, "],\n\"exchanges\":[");
}

static int on_end(struct report *report, const struct report_end *end, struct err *err)
{
	struct report_json *json = (struct report_json *)report;
	BUF_AUTO struct buf head = {0};

	add_head(json->setup, end, &head);
	return report_file_end(&json->file, buf_span(&head), SPAN_LITERAL("\n]}\n"), err);
}

static void on_free(struct report *report)
{
	struct report_json *json = (struct report_json *)report;

	report_file_close(&json->file);
	buf_deinit(&json->line);
	mem_free(json);
}

static const struct report_ops ops = {on_outcome, on_end, on_free};

int report_json_new(
	const struct report_setup *setup, const char *path, struct report **ret_report, struct err *err)
{
	struct report_json json = {.report = {&ops}, .setup = setup};
	struct report_json *copy;

	if (report_file_open(&json.file, path, err) < 0)
		return -1;
	copy = mem_new(1, sizeof *copy);
	*copy = json;
	*ret_report = &copy->report;
	return 0;
}
