#include "rig/recorded.h"

#include "proxy/record_body.h"

void recorded_begin(struct rig *rig)
{
	struct err err;

	ck_assert_msg(records_enable(rig->shared.records, true, &err) == 0, "%s", err.text);
}

void recorded_take(struct rig *rig, struct recorded *recorded)
{
	uint64_t after = 0;

	recorded->count = 0;
	while (recorded->count < RECORDED_MAX &&
		   records_next(rig->shared.records, after, &recorded->items[recorded->count]))
		after = recorded->items[recorded->count++].id;
}

void recorded_give(struct recorded *recorded)
{
	for (size_t i = 0; i < recorded->count; i++)
		record_unref(recorded->items[i].record);
	recorded->count = 0;
}

struct span recorded_field(const struct har_field *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (span_equal_nocase(fields[i].name, span_of(name)))
			return fields[i].value;
	return SPAN_EMPTY;
}

void recorded_expect_body(const struct record *record, bool is_answer, struct span body)
{
	struct record_body reader = record_body_of(record, is_answer);
	BUF_AUTO struct buf found = {0};

	record_body_rest(&reader, &found);
	ck_assert_uint_eq(reader.length, body.n);
	ck_assert_msg(span_equal(buf_span(&found), body), "found %zu other bytes: %.*s", found.n,
		SPAN_ARG(span_first(buf_span(&found), 2000)));
}
