#include "mlreplay/show_page.h"

#include "base/utc.h"
#include "domain/compare.h"
#include "mlreplay/coding.h"
#include "mlreplay/head.h"
#include "mlreplay/phrase.h"

enum { MILLION = 1000000 };

static void add_line(const char *name, struct span text, struct buf *out)
{
	if (!text.n)
		return;
	buf_add_format(out, "%-10s", name);
	buf_add_visible(out, text);
	buf_add_text(out, "\n");
}

/* -- what it is ------------------------------------------------------------------------------ */

static void add_begin(const struct har_entry *entry, struct buf *out)
{
	char text[UTC_LENGTH];
	int64_t us = entry->started_us;
	int64_t seconds = us / MILLION - (us % MILLION < 0);

	utc_write(seconds, (unsigned)((us - seconds * MILLION) / 1000), text);
	add_line("begun", (struct span){text, sizeof text}, out);
}

static void add_times(const struct har_times *times, struct buf *out)
{
	const struct {
		const char *name;
		int64_t ns;
	} all[] = {{"blocked", times->blocked_ns}, {"dns", times->dns_ns},
		{"connect", times->connect_ns}, {"send", times->send_ns}, {"wait", times->wait_ns},
		{"receive", times->receive_ns}};
	const char *mark = "took      ";

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		if (all[i].ns < 0)
			continue;
		buf_add_format(out, "%s%s ", mark, all[i].name);
		buf_add_ms(out, all[i].ns);
		buf_add_text(out, " ms");
		mark = ", ";
	}
	buf_add_text(out, *mark == ',' ? "\n" : "");
}

static void add_place(const struct walk *walk, struct buf *out)
{
	const struct capture_place *place = capture_reader_place(walk->reader);
	BUF_AUTO struct buf text = {0};

	buf_add_format(&text, "%s:%llu: byte %llu", place->file, (unsigned long long)place->line,
		(unsigned long long)place->byte);
	add_line("at", buf_span(&text), out);
}

static void add_title(const struct walk *walk, struct buf *out)
{
	const struct har_entry *entry = &walk->entry;

	buf_add_format(out, "#%llu  ", (unsigned long long)entry->seq);
	phrase_add_tasks(&entry->request, walk->entries, out);
	phrase_add_models(walk->entries, " ", out);
	buf_add_text(out, "\n");
	add_place(walk, out);
	add_begin(entry, out);
	add_times(&entry->times, out);
	add_line("id", entry->id, out);
	if (entry->exchange && entry->exchange != entry->seq)
		buf_add_format(out, "%-10s#%llu\n", "for", (unsigned long long)entry->exchange);
	add_line("backend", entry->backend, out);
	add_line("route", entry->route, out);
	add_line("reason", entry->reason, out);
	if (entry->attempt)
		buf_add_format(out, "%-10s%u\n", "attempt", entry->attempt);
	if (entry->is_unplayable)
		add_line("note",
			SPAN_LITERAL("something was taken out of it, so that its answer may be another one"),
			out);
}

/* -- messages -------------------------------------------------------------------------------- */

static void add_fields(const struct har_field *fields, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		buf_add_visible(out, fields[i].name);
		buf_add_text(out, ": ");
		buf_add_visible(out, fields[i].value);
		buf_add_text(out, "\n");
	}
}

static void add_part(const struct har_part *part, size_t index, struct buf *out)
{
	buf_add_format(out, "  --part %zu  ", index);
	buf_add_visible(out, part->name);
	if (part->has_file_name) {
		buf_add_text(out, ", file \"");
		buf_add_visible(out, part->file_name);
		buf_add_text(out, "\"");
	}
	if (part->content_type.n) {
		buf_add_text(out, ", ");
		buf_add_visible(out, part->content_type);
	}
	buf_add_format(out, ", %llu bytes", (unsigned long long)part->length);
	if (part->sha256.n) {
		buf_add_text(out, ", sha256 ");
		buf_add_visible(out, part->sha256);
	}
	buf_add_text(out, "\n");
}

static void add_text(struct span text, struct buf *out)
{
	buf_add_visible(out, span_first(text, SHOW_PAGE_TEXT_BYTES));
	if (text.n > SHOW_PAGE_TEXT_BYTES)
		buf_add_text(out, "...");
	buf_add_text(out, text.n ? "\n" : "");
}

static void add_request(const struct walk *walk, struct buf *out)
{
	const struct har_request *request = &walk->entry.request;

	buf_add_text(out, "\n");
	buf_add_visible(out, request->method);
	buf_add_text(out, " ");
	buf_add_visible(out, request->url);
	buf_add_text(out, " ");
	buf_add_visible(out, request->http_version);
	buf_add_text(out, "\n");
	add_fields(request->fields, request->field_count, out);
	buf_add_format(out, "\n%llu bytes", (unsigned long long)request->body_length);
	if (request->lacks_body)
		buf_add_format(out, ", not to be had: %s", request->lacks_body);
	buf_add_text(out, "\n");
	for (size_t i = 0; i < request->part_count; i++)
		add_part(&request->parts[i], i, out);
	add_text(walk->entries, out);
}

static void add_fault(const struct har_entry *entry, struct buf *out)
{
	add_line("error", entry->error, out);
	if (entry->fault)
		buf_add_format(out, "%-10s%s, at byte %llu of the answer\n", "fault",
			har_fault_words[entry->fault], (unsigned long long)entry->fault_at);
}

/* As it was before it was packed, where that can be undone. */
static void add_answer_body(const struct har_answer *answer, struct buf *out)
{
	struct span codings =
		head_find(answer->fields, answer->field_count, SPAN_LITERAL("Content-Encoding"));
	BUF_AUTO struct buf body = {0};
	struct err err;

	buf_add(&body, answer->body);
	if (answer->body.n && codings.n && coding_undo(codings, COMPARE_BODY_MAX, &body, &err) == 0) {
		buf_add_text(out, ", here without its coding, ");
		buf_add_visible(out, codings);
		buf_add_format(out, ": %zu bytes", body.n);
	}
	buf_add_text(out, "\n");
	add_text(buf_span(&body), out);
}

static void add_answer(const struct har_entry *entry, struct buf *out)
{
	const struct har_answer *answer = &entry->answer;

	buf_add_text(out, "\n");
	add_fault(entry, out);
	if (!answer->status) {
		buf_add_text(out, "no answer\n");
	} else {
		buf_add_visible(out, answer->http_version);
		buf_add_format(out, " %d ", answer->status);
		buf_add_visible(out, answer->reason);
		buf_add_text(out, "\n");
	}
	add_fields(answer->fields, answer->field_count, out);
	buf_add_format(out, "\n%llu bytes", (unsigned long long)answer->body_length);
	if (answer->lacks_body)
		buf_add_format(out, ", not to be had: %s", answer->lacks_body);
	if (answer->sha256.n)
		buf_add_text(out, ", see --part answer");
	add_answer_body(answer, out);
}

void show_page_write(const struct walk *walk, struct buf *out)
{
	add_title(walk, out);
	add_request(walk, out);
	add_answer(&walk->entry, out);
}
