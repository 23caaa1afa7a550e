#include "rig/compared.h"

#include "rig/suite.h"
#include "wire/json.h"

static const char *const levels[] = {"same", "warn", "fail"};

void compared_log(const struct findings *findings, struct buf *log)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct findings_item *item = &findings->items[i];

		buf_add_format(log, "%s %s %.*s%s; ", levels[item->level], findings_words[item->kind],
			SPAN_ARG(item->path), item->is_borderline ? " borderline" : "");
	}
}

static struct span checked(const char *text)
{
	enum json_type type;
	struct err err;

	ck_assert_msg(json_check_whole(span_of(text), &type, &err) == 0, "%s in %s", err.text, text);
	return span_of(text);
}

void compared_run(const struct compared *compared, struct arena *arena,
	struct findings *ret_findings, struct buf *log)
{
	const char *profile = compared->profile ? compared->profile : "default";
	struct compare compare = {
		.tolerance = tolerance_profile(span_of(profile)),
		.arena = arena,
		.findings = ret_findings,
		.task = span_of(compared->task),
		.min_score = compared->min_score,
		.min_box_score = compared->min_box_score,
	};

	findings_init(ret_findings, arena);
	compared->compare(&compare, compare.task, checked(compared->before), checked(compared->after));
	compared_log(ret_findings, log);
}

void compared_expect(const struct compared *compared, const char *wanted)
{
	BUF_AUTO struct buf log = {0};
	struct findings findings;
	struct arena arena;

	arena_init(&arena);
	compared_run(compared, &arena, &findings, &log);
	ck_assert_msg(span_is(buf_span(&log), wanted), "%.1000s\n->\n%.1000s\nfound: %.*s\nnot:   %s",
		compared->before, compared->after, SPAN_ARG(buf_span(&log)), wanted);
	arena_deinit(&arena);
}
