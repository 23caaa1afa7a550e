#include "wire/har_read.h"

#include <limits.h>

#include "base/utc.h"
#include "wire/har_body.h"
#include "wire/har_object.h"

/* -- what requests and answers share --------------------------------------------------------- */

int har_read_text(
	const struct har_reading *reading, const struct har_value *value, struct span *ret_text)
{
	return har_value_text(value, reading->arena, ret_text, reading->err);
}

static int read_field(
	const struct har_reading *reading, const struct har_value *value, struct har_field *ret_field)
{
	enum { NAME, VALUE, KEYS };
	static const char *const keys[] = {[NAME] = "name", [VALUE] = "value"};
	struct har_value members[KEYS];

	if (har_value_members(value, keys, KEYS, members, reading->err) < 0 ||
		har_read_text(reading, &members[NAME], &ret_field->name) < 0)
		return -1;
	return har_read_text(reading, &members[VALUE], &ret_field->value);
}

int har_read_fields(const struct har_reading *reading, const struct har_value *value,
	struct har_field **ret_fields, size_t *ret_count)
{
	struct har_value *elements = NULL;
	size_t count = 0;

	if (har_value_elements(value, HAR_FIELDS_MAX, reading->arena, &elements, &count, reading->err) <
		0)
		return -1;
	*ret_fields = arena_new(reading->arena, count, sizeof **ret_fields);
	for (size_t i = 0; i < count; i++)
		if (read_field(reading, &elements[i], &(*ret_fields)[i]) < 0)
			return -1;
	*ret_count = count;
	return 0;
}

int har_read_lack(
	const struct har_reading *reading, const struct har_value *value, const char **ret_lack)
{
	struct span text = SPAN_EMPTY;

	if (har_read_text(reading, value, &text) < 0)
		return -1;
	if (har_value_is(value))
		*ret_lack = arena_dup(reading->arena, text).p;
	return 0;
}

int har_read_length(
	const struct har_reading *reading, const struct har_value *value, uint64_t *ret_length)
{
	if (reading->is_ours)
		return har_value_number(value, INT64_MAX, ret_length, reading->err);
	(void)span_to_number(value->json, INT64_MAX, ret_length);
	return 0;
}

struct span har_find_field(const struct har_field *fields, size_t count, struct span name)
{
	for (size_t i = 0; i < count; i++)
		if (span_equal_nocase(fields[i].name, name))
			return fields[i].value;
	return SPAN_EMPTY;
}

uint64_t har_content_length(const struct har_field *fields, size_t count)
{
	uint64_t length = 0;

	(void)span_to_number(
		har_find_field(fields, count, SPAN_LITERAL("content-length")), INT64_MAX, &length);
	return length;
}

/* -- entry ----------------------------------------------------------------------------------- */

enum {
	SEQ,
	STARTED,
	REQUEST,
	RESPONSE,
	TIMINGS,
	SIDE,
	ID,
	EXCHANGE,
	BACKEND,
	ROUTE,
	REASON,
	ATTEMPT,
	ERROR,
	FAULT,
	FAULT_AT,
	REPLAYABLE,
	CHECKSUM,
	KEYS,
};

static const char *const keys[] = {
	[SEQ] = "_seq",
	[STARTED] = "startedDateTime",
	[REQUEST] = "request",
	[RESPONSE] = "response",
	[TIMINGS] = "timings",
	[SIDE] = "_side",
	[ID] = "_id",
	[EXCHANGE] = "_exchange",
	[BACKEND] = "_backend",
	[ROUTE] = "_route",
	[REASON] = "_reason",
	[ATTEMPT] = "_attempt",
	[ERROR] = "_error",
	[FAULT] = "_fault",
	[FAULT_AT] = "_faultAt",
	[REPLAYABLE] = "_replayable",
	[CHECKSUM] = "_crc32c",
};

static int read_times(
	const struct har_reading *reading, const struct har_value *value, struct har_times *ret_times)
{
	static const char *const names[] = {"blocked", "dns", "connect", "send", "wait", "receive"};
	enum { NAMES = sizeof names / sizeof *names };
	int64_t *const times[NAMES] = {&ret_times->blocked_ns, &ret_times->dns_ns,
		&ret_times->connect_ns, &ret_times->send_ns, &ret_times->wait_ns, &ret_times->receive_ns};
	struct har_value members[NAMES];

	if (har_value_members(value, names, NAMES, members, reading->err) < 0)
		return -1;
	for (size_t i = 0; i < NAMES; i++) {
		*times[i] = -1;
		if (har_value_ms(&members[i], times[i], reading->err) < 0)
			return -1;
	}
	return 0;
}

static int read_start(
	const struct har_reading *reading, const struct har_value *value, struct har_entry *entry)
{
	struct span text = SPAN_EMPTY;

	if (har_read_text(reading, value, &text) < 0)
		return -1;
	if (har_value_is(value) && !utc_read(text, &entry->started_us))
		return har_value_refuse(value, reading->err, "wanted a moment by RFC 3339");
	return 0;
}

static int read_numbers(
	const struct har_reading *reading, const struct har_value *members, struct har_entry *entry)
{
	uint64_t attempt = 0;

	if (har_value_number(&members[SEQ], INT64_MAX, &entry->seq, reading->err) < 0 ||
		har_value_number(&members[EXCHANGE], INT64_MAX, &entry->exchange, reading->err) < 0 ||
		har_value_number(&members[FAULT_AT], INT64_MAX, &entry->fault_at, reading->err) < 0 ||
		har_value_number(&members[ATTEMPT], UINT_MAX, &attempt, reading->err) < 0)
		return -1;
	entry->attempt = (unsigned)attempt;
	return 0;
}

static int read_texts(
	const struct har_reading *reading, const struct har_value *members, struct har_entry *entry)
{
	if (har_read_text(reading, &members[ID], &entry->id) < 0 ||
		har_read_text(reading, &members[BACKEND], &entry->backend) < 0 ||
		har_read_text(reading, &members[ROUTE], &entry->route) < 0 ||
		har_read_text(reading, &members[REASON], &entry->reason) < 0)
		return -1;
	return har_read_text(reading, &members[ERROR], &entry->error);
}

static int read_words(
	const struct har_reading *reading, const struct har_value *members, struct har_entry *entry)
{
	size_t side = HAR_CLIENT;
	size_t fault = HAR_FAULT_NONE;

	if (har_value_word(&members[SIDE], har_side_words, HAR_SIDES, &side, reading->err) < 0 ||
		har_value_word(&members[FAULT], har_fault_words, HAR_FAULTS, &fault, reading->err) < 0)
		return -1;
	entry->side = (enum har_side)side;
	entry->fault = (enum har_fault)fault;
	entry->is_unplayable = json_type_of(members[REPLAYABLE].json) == JSON_FALSE;
	return 0;
}

static int read_entry(
	const struct har_reading *reading, const struct har_value *members, struct har_entry *entry)
{
	if (!har_value_is(&members[REQUEST]))
		return har_value_refuse(&members[REQUEST], reading->err, "is missing");
	if (read_start(reading, &members[STARTED], entry) < 0 ||
		har_read_request(reading, &members[REQUEST], &entry->request) < 0 ||
		har_read_answer(reading, &members[RESPONSE], &entry->answer) < 0 ||
		read_times(reading, &members[TIMINGS], &entry->times) < 0 ||
		read_numbers(reading, members, entry) < 0 || read_texts(reading, members, entry) < 0)
		return -1;
	return read_words(reading, members, entry);
}

static int check_sum(struct span line, const struct har_value *members, struct err *err)
{
	enum { END = sizeof HAR_CHECKSUM_END - 1 };
	struct span front = span_first(line, line.n < END ? 0 : line.n - END);
	char end[END + 1];

	if (!har_value_is(&members[SEQ]) && !har_value_is(&members[CHECKSUM]))
		return 0;
	har_checksum_end(front, end);
	if (!span_is(span_skip(line, front.n), end))
		return har_value_refuse(&members[CHECKSUM], err, "the entry is not what was written");
	return 0;
}

int har_read(struct span line, struct arena *arena, struct har_entry *ret_entry, struct err *err)
{
	return har_read_import(line, &(struct har_import){0}, arena, ret_entry, err);
}

int har_read_import(struct span line, const struct har_import *import, struct arena *arena,
	struct har_entry *ret_entry, struct err *err)
{
	struct har_value whole = {.json = json_trim(line)};
	struct har_reading reading = {.arena = arena, .err = err, .import = import};
	struct har_value members[KEYS];
	struct har_entry entry = {0};

	if (line.n > HAR_LINE_MAX)
		return err_set(err, ERR_INVALID, "longer than %d bytes", HAR_LINE_MAX);
	if (har_value_members(&whole, keys, KEYS, members, err) < 0 ||
		check_sum(whole.json, members, err) < 0)
		return -1;
	reading.is_ours = har_value_is(&members[SIDE]);
	if (read_entry(&reading, members, &entry) < 0)
		return -1;
	*ret_entry = entry;
	return 0;
}
