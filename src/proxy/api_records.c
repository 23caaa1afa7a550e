/* A record that goes while a list is written is left out of what follows; those that come are not
 * waited for: the list ends with the one that was the last when it was asked for. */
#include "proxy/api_records.h"

#include "base/mem.h"
#include "proxy/api_task.h"
#include "proxy/record_json.h"
#include "proxy/records.h"
#include "wire/har_frame.h"

enum {
	PART_BLOCK = 65536,
	TYPE_MAX = 256,
	EMBEDDED_MAX = HAR_ANSWER_MAX, /* bytes of a request or of an answer, which become 55 MB */
	HAR_WEIGHT = 32,               /* so that there are few who make that much */
};

/* A call for records. */
struct reading {
	struct api_task task;
	struct records_item item; /* that is being written; its record is NULL: none is */
	uint64_t after;           /* the id of the last one */
	uint64_t last;            /* none beyond that is wanted */
	uint64_t left;            /* how many more are */
	size_t part;              /* of a call for one */
	bool has_bodies;
	bool has_begun;
	bool has_any; /* record was written */
	struct record_json json;
	struct record_body body;
	uint64_t body_left;
};

static struct reading *reading_of(struct api_task *task)
{
	return LIST_OBJECT(task, struct reading, task);
}

static void end_item(struct reading *reading)
{
	record_unref(TAKE(reading->item.record));
}

static void on_free(struct api_task *task)
{
	struct reading *reading = reading_of(task);

	end_item(reading);
	mem_free(reading);
}

/* The next record of a list; false when there is none. */
static bool next_item(struct reading *reading)
{
	struct records_item item;

	if (!reading->left || !records_next(reading->task.shared->records, reading->after, &item))
		return false;
	if (item.id > reading->last) {
		record_unref(item.record);
		return false;
	}
	reading->item = item;
	reading->after = item.id;
	reading->left--;
	return true;
}

/* -- a list ---------------------------------------------------------------------------------- */

static void begin_list(struct reading *reading)
{
	struct records_state state;

	records_state(reading->task.shared->records, &state);
	reading->last = state.last;
	reading->has_begun = true;
}

static bool write_list(struct api_task *task, struct buf *out)
{
	struct reading *reading = reading_of(task);

	if (!reading->has_begun) {
		begin_list(reading);
		buf_add_text(out, "[");
	}
	if (reading->item.record) {
		if (!record_json_next(&reading->json, out))
			end_item(reading);
		return true;
	}
	if (!next_item(reading)) {
		buf_add_text(out, "]");
		return false;
	}
	buf_add_text(out, reading->has_any ? ",\n" : "");
	reading->has_any = true;
	record_json_begin(&reading->json, &reading->item, reading->has_bodies);
	return true;
}

/* -- as HAR ---------------------------------------------------------------------------------- */

/* An entry of the export, whose numbers are the records'. */
static void write_entry(const struct records_item *item, struct buf *out)
{
	struct har_entry entry = item->record->entry;
	struct record_body request = record_body_of(item->record, false);
	struct record_body answer = record_body_of(item->record, true);
	BUF_AUTO struct buf sent = {0};
	BUF_AUTO struct buf got = {0};

	entry.seq = item->id;
	entry.exchange = item->exchange;
	if (request.length > EMBEDDED_MAX)
		entry.request.lacks_body = "it is too long to be embedded";
	else
		record_body_rest(&request, &sent);
	if (answer.length > EMBEDDED_MAX)
		entry.answer.lacks_body = "it is too long to be embedded";
	else
		record_body_rest(&answer, &got);
	entry.answer.body = buf_span(&got);
	har_write_embedded(&entry, buf_span(&sent), out);
}

static bool write_har(struct api_task *task, struct buf *out)
{
	struct reading *reading = reading_of(task);
	BUF_AUTO struct buf entry = {0};

	if (!reading->has_begun) {
		begin_list(reading);
		har_frame_begin(out);
	}
	if (!next_item(reading)) {
		buf_add(out, har_frame_end);
		return false;
	}
	write_entry(&reading->item, &entry);
	har_frame_add(out, buf_span(&entry), !reading->has_any);
	reading->has_any = true;
	end_item(reading);
	return true;
}

/* -- one of them ----------------------------------------------------------------------------- */

static bool refuse(struct api_task *task, int status, const char *why)
{
	task->status = status;
	(void)err_set(&task->err, ERR_INVALID, "%s", why);
	return false;
}

/* The record whose id is `last`. */
static bool find_item(struct reading *reading)
{
	reading->has_begun = true;
	reading->after = reading->last - 1;
	reading->left = 1;
	return next_item(reading) || refuse(&reading->task, 404, "there is no such record");
}

static bool write_record(struct api_task *task, struct buf *out)
{
	struct reading *reading = reading_of(task);

	if (!reading->has_begun) {
		if (!find_item(reading))
			return false;
		record_json_begin(&reading->json, &reading->item, reading->has_bodies);
	}
	return record_json_next(&reading->json, out);
}

/* -- a part of one --------------------------------------------------------------------------- */

static bool is_sane_type(struct span type)
{
	struct span rest = type;
	struct span name = span_cut(&rest, '/');

	for (size_t i = 0; i < type.n; i++)
		if (type.p[i] < ' ' || type.p[i] > '~')
			return false;
	return type.n <= TYPE_MAX && http1_is_token(name) && rest.n;
}

/* What a browser shows without running anything of it. */
static bool is_inert(struct span type)
{
	static const char *const inert[] = {"application/json", "image/avif", "image/bmp", "image/gif",
		"image/heic", "image/heif", "image/jpeg", "image/jxl", "image/png", "image/tiff",
		"image/webp", "text/plain"};
	struct span value = span_trim(span_cut(&type, ';'));

	for (size_t i = 0; i < sizeof inert / sizeof *inert; i++)
		if (span_equal_nocase(value, span_of(inert[i])))
			return true;
	return false;
}

/* The part's own type. It is anybody's: what is no picture or plain text is not shown but saved,
 * and whoever shows it nevertheless runs no script of it (RFC 6266; CSP, section 6.3.2). */
static void write_part_fields(const struct har_part *part, struct buf *fields)
{
	struct span type = part->content_type;

	if (!type.n)
		type = part->has_file_name ? SPAN_LITERAL("application/octet-stream")
								   : SPAN_LITERAL("text/plain; charset=utf-8");
	if (!is_sane_type(type))
		type = SPAN_LITERAL("application/octet-stream");
	buf_reset(fields);
	buf_add_text(fields, "content-type: ");
	buf_add(fields, type);
	buf_add_format(
		fields, "\r\ncontent-disposition: %s\r\n", is_inert(type) ? "inline" : "attachment");
	buf_add_text(fields, "content-security-policy: default-src 'none'; sandbox\r\n");
}

static bool begin_part(struct reading *reading)
{
	const struct har_request *request;
	const struct har_part *part;

	if (!find_item(reading))
		return false;
	request = &reading->item.record->entry.request;
	if (reading->part >= request->part_count)
		return refuse(&reading->task, 404, "the record's request has no such part");
	part = &request->parts[reading->part];
	write_part_fields(part, &reading->task.fields);
	reading->body = record_body_of(reading->item.record, false);
	record_body_skip(&reading->body, part->offset);
	reading->body_left = part->length;
	return true;
}

static bool write_part(struct api_task *task, struct buf *out)
{
	struct reading *reading = reading_of(task);
	size_t n = PART_BLOCK;

	if (!reading->has_begun && !begin_part(reading))
		return false;
	if (reading->body_left < n)
		n = (size_t)reading->body_left;
	if (!n)
		return false;
	n = record_body_read(&reading->body, buf_reserve(out, n), n);
	out->n += n;
	reading->body_left -= n;
	return n && reading->body_left;
}

/* -- what is asked for ----------------------------------------------------------------------- */

static struct reading *reading_new(bool (*work)(struct api_task *task, struct buf *out))
{
	struct reading *reading = mem_new(1, sizeof *reading);

	reading->task.work = work;
	reading->task.free = on_free;
	reading->task.weight = work == write_har ? HAR_WEIGHT : 1;
	reading->left = RECORDS_MAX;
	reading->has_bodies = true;
	return reading;
}

/* One parameter of the query; false when it is none, or makes no sense. */
static bool read_parameter(struct reading *reading, struct span name, struct span value)
{
	if (span_is(name, "limit"))
		return span_to_number(value, RECORDS_MAX, &reading->left) && reading->left;
	if (span_is(name, "after"))
		return span_to_number(value, INT64_MAX, &reading->after);
	reading->has_bodies = !span_is(value, "none");
	return span_is(name, "bodies") && !reading->has_bodies;
}

/* False when the exchange was refused for it. */
static bool read_query(struct reading *reading, struct exchange *exchange)
{
	struct span rest = span_skip(httpd_head(exchange->http)->query, 1);

	while (rest.n) {
		struct span value = span_cut(&rest, '&');
		struct span name = span_cut(&value, '=');

		if (read_parameter(reading, name, value))
			continue;
		api_refuse(exchange, 400,
			SPAN_LITERAL("the query may be limit=1…10000, after=ID, bodies=none, with & between"),
			SPAN_EMPTY);
		return false;
	}
	return true;
}

static void begin_list_call(
	struct exchange *exchange, bool (*work)(struct api_task *task, struct buf *out))
{
	struct reading *reading = reading_new(work);

	if (read_query(reading, exchange))
		api_task_begin(&reading->task, exchange);
	else
		mem_free(reading);
}

static void begin_records(struct exchange *exchange)
{
	begin_list_call(exchange, write_list);
}

static void begin_har(struct exchange *exchange)
{
	begin_list_call(exchange, write_har);
}

/* …/records/ID or …/records/ID/parts/N; what is no number is that of no record and of no part. */
static void read_path(struct reading *reading, struct span path)
{
	uint64_t part = HAR_PARTS_MAX;

	path = span_skip(path, sizeof "/api/debug/records/" - 1);
	(void)span_to_number(span_cut(&path, '/'), INT64_MAX, &reading->last);
	(void)span_cut(&path, '/');
	(void)span_to_number(path, HAR_PARTS_MAX, &part);
	reading->part = (size_t)part;
}

static void begin_record(struct exchange *exchange)
{
	struct reading *reading = reading_new(write_record);

	read_path(reading, httpd_head(exchange->http)->path);
	api_task_begin(&reading->task, exchange);
}

static void begin_part_call(struct exchange *exchange)
{
	struct reading *reading = reading_new(write_part);

	read_path(reading, httpd_head(exchange->http)->path);
	api_task_begin(&reading->task, exchange);
}

#define READ_ONLY(on_begin)            \
	{                                  \
		.begin = (on_begin),           \
		.body_end = api_task_body_end, \
		.drained = api_task_drained,   \
		.ended = api_task_ended,       \
	}

const struct exchange_handler api_records_handler = READ_ONLY(begin_records);
const struct exchange_handler api_records_har_handler = READ_ONLY(begin_har);
const struct exchange_handler api_record_handler = READ_ONLY(begin_record);
const struct exchange_handler api_record_part_handler = READ_ONLY(begin_part_call);
