#include "mlmock/records.h"

#include "base/mem.h"

void records_init(struct records *records)
{
	*records = (struct records){.ring = mem_new(RECORDS_MAX, sizeof *records->ring)};
}

void records_deinit(struct records *records)
{
	for (size_t i = 0; records->ring && i < RECORDS_MAX; i++)
		buf_deinit(&records->ring[i]);
	mem_free(records->ring);
	records->ring = NULL;
}

static void add_text(struct buf *out, const char *key, struct span text, size_t most)
{
	buf_add_format(out, "\"%s\":", key);
	buf_add_json(out, span_first(text, most));
}

static void add_seen(struct buf *out, const struct predict_seen *seen)
{
	const struct form_field *entries = &seen->form.fields[FORM_ENTRIES];

	if (entries->is_there)
		add_text(out, "entries", entries->content, RECORDS_ENTRIES_BYTES);
	else
		buf_add_text(out, "\"entries\":null");
	buf_add_text(out, ",\"parts\":[");
	for (size_t i = 0; i < seen->form.part_count && i < FORM_PARTS_KEPT; i++) {
		buf_add_text(out, i ? ",{" : "{");
		add_text(out, "name", seen->form.parts[i].name, RECORDS_NAME_BYTES);
		buf_add_format(out, ",\"bytes\":%zu}", seen->form.parts[i].bytes);
	}
	buf_add_format(out, "],\"partCount\":%zu,\"payloadSha256\":", seen->form.part_count);
	if (!seen->has_payload) {
		buf_add_text(out, "null");
		return;
	}
	buf_add_text(out, "\"");
	digest_add_hex(out, &seen->payload);
	buf_add_text(out, "\"");
}

void records_add(struct records *records, struct span method, struct span target,
	const struct predict_seen *seen, int status)
{
	struct buf *out = &records->ring[records->count++ % RECORDS_MAX];

	buf_deinit(out); /* not reset: one long record must not pin its memory */
	buf_add_format(out, "{\"n\":%llu,", (unsigned long long)records->count);
	add_text(out, "method", method, RECORDS_TARGET_BYTES);
	buf_add_text(out, ",");
	add_text(out, "target", target, RECORDS_TARGET_BYTES);
	buf_add_format(out, ",\"status\":%d,", status);
	add_seen(out, seen);
	buf_add_text(out, "}");
}

void records_write(const struct records *records, struct span name, struct buf *out)
{
	uint64_t kept = records->count < RECORDS_MAX ? records->count : RECORDS_MAX;

	buf_add_text(out, "{\"name\":");
	buf_add_json(out, name);
	buf_add_format(out, ",\"count\":%llu,\"requests\":[", (unsigned long long)records->count);
	for (uint64_t i = records->count - kept; i < records->count; i++) {
		buf_add_text(out, i > records->count - kept ? ",\n" : "\n");
		buf_add(out, buf_span(&records->ring[i % RECORDS_MAX]));
	}
	buf_add_text(out, "]}\n");
}
