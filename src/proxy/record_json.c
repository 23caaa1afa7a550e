#include "proxy/record_json.h"

#include "base/ascii.h"
#include "base/utc.h"
#include "base/utf8.h"
#include "wire/base64.h"

/* -- small things ---------------------------------------------------------------------------- */

/* "key":"text", or null for an empty one; what stands before it is the caller's. */
static void add_text(struct buf *out, const char *key, struct span text)
{
	buf_add_format(out, "\"%s\":", key);
	if (text.n)
		buf_add_json(out, text);
	else
		buf_add_text(out, "null");
}

static void add_number(struct buf *out, const char *key, uint64_t number)
{
	buf_add_format(out, ",\"%s\":", key);
	buf_add_number(out, number);
}

/* Milliseconds; null for what is not known. */
static void add_ms(struct buf *out, const char *key, int64_t ns)
{
	buf_add_format(out, "\"%s\":", key);
	if (ns < 0)
		buf_add_text(out, "null");
	else
		buf_add_format(out, "%.3f", (double)ns / 1e6);
}

/* Of several fields of a name the first has all values, as most clients show them. */
static bool is_first(const struct har_field *fields, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (span_equal_nocase(fields[i].name, fields[index].name))
			return false;
	return true;
}

static void add_values(struct buf *out, const struct har_field *fields, size_t count, size_t first)
{
	BUF_AUTO struct buf values = {0};

	for (size_t i = first; i < count; i++) {
		if (!span_equal_nocase(fields[i].name, fields[first].name))
			continue;
		buf_add_text(&values, i > first ? ", " : "");
		buf_add(&values, fields[i].value);
	}
	buf_add_json(out, buf_span(&values));
}

/* In lower case, so that who looks for one need not try. */
static void add_name(struct buf *out, struct span name)
{
	buf_add_text(out, "\"");
	for (size_t i = 0; i < name.n; i++) {
		char c = ascii_lower(name.p[i]);

		buf_add_json_text(out, (struct span){&c, 1});
	}
	buf_add_text(out, "\":");
}

static void add_headers(struct buf *out, const struct har_field *fields, size_t count)
{
	const char *mark = "";

	buf_add_text(out, ",\"headers\":{");
	for (size_t i = 0; i < count; i++) {
		if (!is_first(fields, i))
			continue;
		buf_add_text(out, mark);
		add_name(out, fields[i].name);
		add_values(out, fields, count, i);
		mark = ",";
	}
	buf_add_text(out, "}");
}

/* -- bodies ---------------------------------------------------------------------------------- */

static bool is_text(struct utf8_rest *rest, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if (rest->left ? !utf8_next(rest, byte) : byte >= 0x80 && !utf8_begin(byte, rest))
			return false;
	}
	return true;
}

/* Reads all of it once. */
static bool is_body_text(struct record_json *json, bool is_answer)
{
	struct record_body body = record_body_of(json->item->record, is_answer);
	struct utf8_rest rest = {0};
	size_t n = record_body_read(&body, json->block, sizeof json->block);

	for (; n; n = record_body_read(&body, json->block, sizeof json->block))
		if (!is_text(&rest, json->block, n))
			return false;
	return !rest.left;
}

static void begin_body(struct record_json *json, bool is_answer, struct buf *out)
{
	json->body = record_body_of(json->item->record, is_answer);
	json->carried = 0;
	add_number(out, "bodySize", json->body.length);
	if (!json->has_bodies) {
		buf_add_text(out, ",\"body\":null");
		return;
	}
	json->is_text = is_body_text(json, is_answer);
	buf_add_format(out, ",\"bodyEncoding\":\"%s\",\"body\":\"", json->is_text ? "utf-8" : "base64");
}

/* False when there is no more of it. */
static bool add_block(struct record_json *json, struct buf *out)
{
	size_t n = json->carried;
	size_t whole;

	n += record_body_read(&json->body, json->block + n, sizeof json->block - n);
	if (!n)
		return false;
	whole = json->is_text ? span_utf8_length((struct span){json->block, n}) : n;
	if (json->is_text)
		buf_add_json_text(out, (struct span){json->block, whole});
	else
		base64_encode((struct span){json->block, n}, out);
	json->carried = n - whole;
	memmove(json->block, json->block + whole, json->carried);
	return true;
}

/* -- what stands around them ----------------------------------------------------------------- */

static void add_parts(struct buf *out, const struct records_item *item)
{
	const struct har_request *request = &item->record->entry.request;

	buf_add_text(out, ",\"parts\":[");
	for (size_t i = 0; i < request->part_count; i++) {
		const struct har_part *part = &request->parts[i];

		buf_add_text(out, i ? ",{" : "{");
		add_text(out, "name", part->name);
		buf_add_text(out, ",\"fileName\":");
		if (part->has_file_name)
			buf_add_json(out, part->file_name);
		else
			buf_add_text(out, "null");
		buf_add_text(out, ",");
		add_text(out, "contentType", part->content_type);
		add_number(out, "offset", part->offset);
		add_number(out, "size", part->length);
		buf_add_text(out, ",");
		add_text(out, "sha256", part->sha256);
		buf_add_format(out, ",\"url\":\"/api/debug/records/%llu/parts/%zu\"}",
			(unsigned long long)item->id, i);
	}
	buf_add_text(out, "]");
}

static void add_way(struct buf *out, const struct har_entry *entry)
{
	if (entry->side == HAR_CLIENT)
		return;
	buf_add_text(out, ",");
	add_text(out, "backend", entry->backend);
	add_number(out, "attempt", entry->attempt);
	buf_add_text(out, ",");
	add_text(out, "route", entry->route);
	buf_add_text(out, ",");
	add_text(out, "reason", entry->reason);
}

static void add_times(struct buf *out, const struct har_times *times)
{
	int64_t total = times->send_ns + times->wait_ns + times->receive_ns +
					(times->blocked_ns > 0 ? times->blocked_ns : 0);

	buf_add_text(out, ",\"timings\":{");
	add_ms(out, "blocked", times->blocked_ns);
	buf_add_text(out, ",");
	add_ms(out, "send", times->send_ns);
	buf_add_text(out, ",");
	add_ms(out, "wait", times->wait_ns);
	buf_add_text(out, ",");
	add_ms(out, "receive", times->receive_ns);
	buf_add_text(out, ",");
	add_ms(out, "total", total);
	buf_add_text(out, "}");
}

/* Up to the request's body. */
static void add_front(struct record_json *json, struct buf *out)
{
	const struct records_item *item = json->item;
	const struct har_entry *entry = &item->record->entry;
	const struct har_request *request = &entry->request;
	char time[UTC_LENGTH];

	utc_write(entry->started_us / 1000000, (unsigned)(entry->started_us / 1000 % 1000), time);
	buf_add_format(out, "{\"id\":%llu,\"timestamp\":\"%.*s\",\"type\":\"%s\",",
		(unsigned long long)item->id, UTC_LENGTH, time,
		entry->side == HAR_CLIENT ? "incoming" : "outgoing");
	add_text(out, "exchange", entry->id);
	add_number(out, "exchangeId", item->exchange);
	add_way(out, entry);
	add_times(out, &entry->times);
	buf_add_text(out, ",\"request\":{");
	add_text(out, "method", request->method);
	buf_add_text(out, ",");
	add_text(out, "url", request->url);
	buf_add_text(out, ",");
	add_text(out, "httpVersion", request->http_version);
	add_headers(out, request->fields, request->field_count);
	add_parts(out, item);
	if (request->lacks_body) {
		buf_add_text(out, ",");
		add_text(out, "lacksBody", span_of(request->lacks_body));
	}
	begin_body(json, false, out);
}

/* From the request's body to the answer's. False when there was no answer, nor the front of one. */
static bool add_middle(struct record_json *json, struct buf *out)
{
	const struct har_answer *answer = &json->item->record->entry.answer;

	buf_add_text(out, json->has_bodies ? "\"}" : "}");
	if (!answer->http_version.n) {
		buf_add_text(out, ",\"response\":null");
		return false;
	}
	buf_add_format(out, ",\"response\":{\"statusCode\":%d,", answer->status);
	add_text(out, "statusText", answer->reason);
	add_headers(out, answer->fields, answer->field_count);
	begin_body(json, true, out);
	return true;
}

static void add_end(const struct record_json *json, struct buf *out)
{
	const struct har_entry *entry = &json->item->record->entry;

	buf_add_text(out, ",");
	add_text(out, "error", entry->error);
	buf_add_text(out, ",");
	add_text(out, "fault", span_of(har_fault_words[entry->fault]));
	if (entry->fault)
		add_number(out, "faultAt", entry->fault_at);
	buf_add_text(out, "}");
}

/* -- step by step ---------------------------------------------------------------------------- */

enum { FRONT, REQUEST, MIDDLE, ANSWER, CLOSE, END };

void record_json_begin(struct record_json *json, const struct records_item *item, bool has_bodies)
{
	json->item = item;
	json->has_bodies = has_bodies;
	json->step = FRONT;
}

bool record_json_next(struct record_json *json, struct buf *out)
{
	bool has_more = false;

	switch (json->step) {
	case FRONT: add_front(json, out); break;
	case REQUEST:
	case ANSWER: has_more = json->has_bodies && add_block(json, out); break;
	case MIDDLE:
		if (!add_middle(json, out))
			json->step = CLOSE; /* on to the end */
		break;
	case CLOSE: buf_add_text(out, json->has_bodies ? "\"}" : "}"); break;
	case END: add_end(json, out); break;
	default: return false;
	}
	json->step += !has_more;
	return true;
}
