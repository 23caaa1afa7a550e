#include "mlreplay/phrase.h"

#include <math.h>

#include "domain/entries.h"

const char *const phrase_outcomes[] = {
	[VERDICT_COMPARED] = "compared",
	[VERDICT_UNSTABLE] = "unstable",
	[VERDICT_ERROR] = "error",
	[VERDICT_BROKEN] = "error", /* which says for itself how it is broken */
	[VERDICT_SKIPPED] = "skipped",
	[VERDICT_UNREACHED] = "unreached",
};

const char *const phrase_levels[] = {
	[FINDINGS_SAME] = "same",
	[FINDINGS_WARN] = "warn",
	[FINDINGS_FAIL] = "fail",
};

const char *const phrase_advices[] = {
	[VERDICT_SAFE] = "safe",
	[VERDICT_RERUN] = "rerun",
	[VERDICT_LOOK] = "look",
	[VERDICT_UNKNOWN] = "unknown",
};

/* -- what is asked --------------------------------------------------------------------------- */

static void add_word(struct span word, struct buf *out)
{
	buf_add_visible(out, span_first(word, PHRASE_WORD_BYTES));
}

/* Of http://host/api/predict?query "POST predict"; of a path that ends there "GET /". */
static void add_path(const struct har_request *request, struct buf *out)
{
	struct span rest = request->url;
	struct span path = span_cut(&rest, '?');
	const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
	struct span last = slash ? span_between(slash + 1, path.p + path.n) : SPAN_EMPTY;

	add_word(request->method, out);
	buf_add_text(out, " ");
	add_word(last.n ? last : SPAN_LITERAL("/"), out);
}

static void add_task(const struct entries_task *task, struct buf *out)
{
	add_word(task->name, out);
	if (task->type_count == 1) {
		buf_add_text(out, ".");
		add_word(task->types[0].name, out);
	}
}

void phrase_add_tasks(const struct har_request *request, struct span text, struct buf *out)
{
	struct entries entries = {0};
	struct arena arena;
	struct err err;

	arena_init(&arena);
	if (!text.n || entries_parse(text, &arena, &entries, &err) < 0 || !entries.task_count)
		add_path(request, out);
	for (size_t i = 0; i < entries.task_count; i++) {
		buf_add_text(out, i ? " + " : "");
		add_task(&entries.tasks[i], out);
	}
	arena_deinit(&arena);
}

/* Whether the model was named by a type before this one. */
static bool is_known(const struct entries *entries, size_t task, size_t type)
{
	struct span model = entries->tasks[task].types[type].model;

	for (size_t i = 0; i <= task; i++)
		for (size_t k = 0; k < (i == task ? type : entries->tasks[i].type_count); k++)
			if (span_equal(entries->tasks[i].types[k].model, model))
				return true;
	return false;
}

void phrase_add_models(struct span text, const char *mark, struct buf *out)
{
	struct entries entries = {0};
	struct arena arena;
	struct err err;

	arena_init(&arena);
	if (text.n && entries_parse(text, &arena, &entries, &err) < 0)
		entries.task_count = 0;
	for (size_t i = 0; i < entries.task_count; i++)
		for (size_t k = 0; k < entries.tasks[i].type_count; k++)
			if (!is_known(&entries, i, k)) {
				buf_add_text(out, mark);
				add_word(entries.tasks[i].types[k].model, out);
				mark = " + ";
			}
	arena_deinit(&arena);
}

/* -- what differs ---------------------------------------------------------------------------- */

void phrase_add_finding(const struct findings_item *item, struct buf *out)
{
	buf_add_format(out, "%s  ", phrase_levels[item->level]);
	if (item->path.n || item->task.n) {
		add_word(item->path.n ? item->path : item->task, out);
		buf_add_text(out, ": ");
	}
	buf_add_text(out, findings_words[item->kind]);
	if (!isnan(item->value))
		buf_add_format(out, " %.4g", item->value);
	if (!isnan(item->limit))
		buf_add_format(out, " (limit %.4g)", item->limit);
	if (item->is_borderline)
		buf_add_text(out, ", borderline");
	if (!item->before.n && !item->after.n)
		return;
	buf_add_text(out, ": \"");
	buf_add_visible(out, item->before);
	buf_add_text(out, "\" -> \"");
	buf_add_visible(out, item->after);
	buf_add_text(out, "\"");
}
