/* What is told of an exchange is told as it was seen, credentials excepted: of fields by their
 * name, of what the configuration adds for a backend all, of a client's path what is before its
 * last segment, which may be one, as in the log. */
#include "proxy/tap_record.h"

#include <time.h>

#include "base/mem.h"
#include "domain/redact.h"
#include "proxy/report.h"
#include "wire/mediatype.h"
#include "wire/percent.h"

static const struct span versions[] = {SPAN_LITERAL("HTTP/1.0"), SPAN_LITERAL("HTTP/1.1")};
static const struct span content_type = SPAN_LITERAL("content-type");

/* -- fields ---------------------------------------------------------------------------------- */

struct fields {
	struct arena *arena;
	struct har_field *list;
	size_t count;
};

static struct fields fields_of(struct arena *arena, size_t max)
{
	return (struct fields){.arena = arena, .list = arena_new(arena, max, sizeof(struct har_field))};
}

static void add_field(struct fields *fields, struct span name, struct span value, bool is_secret)
{
	if (is_secret || redact_is_credential(name))
		value = SPAN_LITERAL(REDACT_MARK);
	fields->list[fields->count++] =
		(struct har_field){arena_dup(fields->arena, name), arena_dup(fields->arena, value)};
}

/* Cuts a line off the front. */
static struct har_field cut_line(struct span *lines)
{
	struct span value = span_cut(lines, '\n');
	struct span name = span_cut(&value, ':');

	return (struct har_field){name, span_trim(span_first(value, value.n ? value.n - 1 : 0))};
}

/* With room for two more. Values of fields that are among the secret lines are left out. */
static struct fields fields_of_lines(struct arena *arena, struct span lines, struct span secret)
{
	size_t count = 0;
	struct fields fields;

	for (size_t i = 0; i < lines.n; i++)
		count += lines.p[i] == '\n';
	fields = fields_of(arena, count + 2);
	while (lines.n) {
		struct har_field field = cut_line(&lines);

		add_field(&fields, field.name, field.value, http1_lines_have(secret, field.name));
	}
	return fields;
}

static struct span find_field(const struct har_field *fields, size_t count, struct span name)
{
	for (size_t i = 0; i < count; i++)
		if (span_equal_nocase(fields[i].name, name))
			return fields[i].value;
	return SPAN_EMPTY;
}

/* How long a body is, as it was told: a field that whoever sends writes behind all others. */
static void add_framing(struct fields *fields, uint64_t length)
{
	BUF_AUTO struct buf number = {0};

	if (length == SOURCE_LENGTH_UNKNOWN) {
		add_field(fields, SPAN_LITERAL("transfer-encoding"), SPAN_LITERAL("chunked"), false);
		return;
	}
	buf_add_number(&number, length);
	add_field(fields, SPAN_LITERAL("content-length"), buf_span(&number), false);
}

/* Of a multipart body; else empty. */
static struct span boundary_of(struct span type, struct arena *arena)
{
	struct mediatype_wanted wanted = {.name = SPAN_LITERAL("boundary")};
	struct mediatype_params params;

	if (!span_equal_nocase(mediatype_value(type, &params), SPAN_LITERAL("multipart/form-data")))
		return SPAN_EMPTY;
	mediatype_find(params, &wanted, 1);
	return wanted.found == MEDIATYPE_ONE ? arena_dup(arena, wanted.value) : SPAN_EMPTY;
}

/* -- parts of an entry that both sides have -------------------------------------------------- */

static struct record *begin_record(const struct tap *tap, int64_t began_ns)
{
	const struct exchange *exchange = tap->exchange;
	int64_t ago_ns = loop_clock_ns(exchange->worker->loop) - began_ns;
	struct record *record = record_new();
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	record->entry.started_us = (CLOCK_S(now.tv_sec) + now.tv_nsec - ago_ns) / 1000;
	record->entry.id = arena_dup(&record->arena, span_of(exchange->id));
	record->entry.times = (struct har_times){.blocked_ns = -1, .dns_ns = -1, .connect_ns = -1};
	return record;
}

/* The bytes become the record's, and the chain another one's. */
static void move(struct chain *from, struct chain *to)
{
	*to = *from;
	chain_init(from, NULL);
}

static void set_answer(
	struct record *record, const struct tap_head *head, const struct fields *fields)
{
	struct har_answer *answer = &record->entry.answer;

	answer->status = head->status;
	answer->reason = arena_dup(&record->arena, head->reason);
	answer->http_version = head->status ? versions[head->version_minor] : SPAN_EMPTY;
	answer->fields = fields->list;
	answer->field_count = fields->count;
	answer->mime_type = find_field(fields->list, fields->count, content_type);
}

static void take_body(struct record *record, struct chain *body)
{
	record->entry.answer.body_length = chain_length(body);
	move(body, &record->answer);
}

static void set_fault(struct record *record, enum har_fault fault, uint64_t at, bool is_whole)
{
	record->entry.fault = fault;
	record->entry.fault_at = fault ? at : 0;
	if (!is_whole)
		record->entry.answer.status = 0;
}

/* Adds the bytes from `begin` to `end`, as far as there are so many. */
static void share(const struct chain *from, uint64_t begin, uint64_t end, struct chain *to)
{
	MEM_AUTO struct slice *slices = mem_new(from->count + 1, sizeof *slices);
	size_t count = 0;

	if (begin < from->end && begin < end)
		count = chain_slices(from, begin, end - begin, slices, from->count);
	for (size_t i = 0; i < count; i++)
		chain_append(to, slices[i]);
}

static int64_t time_between(int64_t from_ns, int64_t to_ns)
{
	return to_ns > from_ns ? to_ns - from_ns : 0;
}

/* What is missing of the client's body, as a clause; NULL: nothing. */
static const char *what_lacks(const struct tap *tap)
{
	const struct http1_head *head = httpd_head(tap->http);

	if (tap->exchange->received_ns ||
		(head->body == HTTP1_BODY_LENGTH && head->content_length == chain_length(&tap->request)))
		return NULL;
	return tap->head.status ? "it was answered before all of it had come"
							: "not all of it has come";
}

/* -- the client's ---------------------------------------------------------------------------- */

/* `key` alone is what links that are shared have there. */
static bool is_secret_parameter(struct span name)
{
	return redact_is_credential(name) || span_equal_nocase(name, SPAN_LITERAL("key"));
}

static void add_masked_query(struct span query, struct buf *url)
{
	for (const char *mark = "?"; query.n; mark = "&") {
		struct span value = span_cut(&query, '&');
		struct span name = span_cut(&value, '=');

		buf_add_text(url, mark);
		percent_encode(name, url);
		if (value.p) {
			buf_add_text(url, "=");
			percent_encode(is_secret_parameter(name) ? SPAN_LITERAL(REDACT_MARK) : value, url);
		}
	}
}

static struct span client_url(const struct http1_head *head, struct arena *arena)
{
	const char *slash = memrchr(head->path.p, '/', head->path.n);
	struct span host = head->authority;
	BUF_AUTO struct buf url = {0};

	if (!host.n && (!http1_find(head, HTTP1_HOST, &host) || !host.n))
		host = SPAN_LITERAL("localhost");
	buf_add_text(&url, "http://");
	buf_add(&url, host);
	buf_add_text(&url, slash && slash > head->path.p ? "/*" : "");
	percent_encode(span_between(slash ? slash : head->path.p, head->path.p + head->path.n), &url);
	add_masked_query(span_skip(head->query, 1), &url);
	return arena_dup(arena, buf_span(&url));
}

static void set_client_request(struct record *record, struct tap *tap)
{
	const struct http1_head *head = httpd_head(tap->http);
	struct har_request *request = &record->entry.request;
	struct fields fields = fields_of(&record->arena, head->field_count);
	struct span type = SPAN_EMPTY;

	for (size_t i = 0; i < head->field_count; i++)
		add_field(&fields, head->fields[i].name, head->fields[i].value, false);
	(void)http1_find(head, HTTP1_CONTENT_TYPE, &type);
	record->boundary = boundary_of(type, &record->arena);
	*request = (struct har_request){
		.method = arena_dup(&record->arena, head->method),
		.url = client_url(head, &record->arena),
		.http_version = versions[head->version_minor],
		.fields = fields.list,
		.field_count = fields.count,
		.body_length = chain_length(&tap->request),
		.lacks_body = what_lacks(tap),
	};
	move(&tap->request, &record->request);
}

/* The answer's framing is httpd's, which adds it behind the fields. */
static void set_client_answer(struct record *record, struct tap *tap)
{
	struct fields fields = fields_of_lines(&record->arena, tap->head.lines, SPAN_EMPTY);

	if (tap->head.status)
		add_framing(&fields, tap->head.length);
	set_answer(record, &tap->head, &fields);
	take_body(record, &tap->answer);
}

static void set_client_outcome(struct record *record, const struct tap *tap)
{
	static const enum har_fault faults[] = {
		[TAP_WHOLE] = HAR_FAULT_NONE,
		[TAP_ABORTED] = HAR_FAULT_RESET, /* by us */
		[TAP_LEFT] = HAR_FAULT_LEFT,
	};
	const struct exchange *exchange = tap->exchange;
	struct har_entry *entry = &record->entry;
	int64_t now_ns = loop_clock_ns(exchange->worker->loop);
	int64_t sent_ns = exchange->received_ns ? exchange->received_ns : now_ns;
	int64_t answered_ns = exchange->answered_ns ? exchange->answered_ns : now_ns;

	entry->times.send_ns = time_between(exchange->began_ns, sent_ns);
	entry->times.wait_ns = time_between(sent_ns, answered_ns);
	entry->times.receive_ns = time_between(answered_ns, now_ns);
	entry->error = arena_dup(&record->arena, buf_span(&exchange->error));
	if (!entry->error.n && tap->end == TAP_LEFT)
		entry->error = SPAN_LITERAL("the client left before it had the whole answer");
	set_fault(record, faults[tap->end], entry->answer.body_length, tap->end == TAP_WHOLE);
}

struct record *tap_record_client(struct tap *tap)
{
	struct record *record = begin_record(tap, tap->exchange->began_ns);

	record->entry.side = HAR_CLIENT;
	set_client_request(record, tap);
	set_client_answer(record, tap);
	set_client_outcome(record, tap);
	return record;
}

/* -- a backend's ----------------------------------------------------------------------------- */

/* Whether it is one of the group's. */
static bool has_try(const struct group *group, const struct group_try *try)
{
	return try >= group->tries && try < group->tries + group->try_count;
}

static void set_way(struct record *record, const struct tap_call *call)
{
	const struct exchange *exchange = call->tap->exchange;
	struct har_entry *entry = &record->entry;
	struct report report = {.exchange = exchange};
	const struct plan_group *planned;
	const struct group *group;
	BUF_AUTO struct buf route = {0};

	exchange->handler->report(exchange, &report);
	group = report.groups;
	while (!has_try(group, call->try))
		group++;
	planned = &report.intake->plan.groups[group->request.index];
	route_write(planned->route, report.intake->plan.payload, &route);
	entry->side = HAR_BACKEND;
	entry->backend = arena_dup(&record->arena, call->backend->name);
	entry->route = arena_dup(&record->arena, buf_span(&route));
	entry->reason = span_of(route_reason_text(planned->route.reason));
	entry->attempt = (unsigned)(call->try - group->tries) + 1;
}

static void set_call_fields(struct record *record, const struct tap_call *call)
{
	struct arena *arena = &record->arena;
	struct har_request *request = &record->entry.request;
	struct fields fields = fields_of_lines(arena, call->fields, call->backend->fields);

	memmove(fields.list + 1, fields.list, fields.count * sizeof *fields.list);
	fields.list[0] =
		(struct har_field){SPAN_LITERAL("host"), arena_dup(arena, call->backend->url.authority)};
	fields.count++;
	add_framing(&fields, call->length);
	request->fields = fields.list;
	request->field_count = fields.count;
	record->boundary = boundary_of(find_field(fields.list, fields.count, content_type), arena);
}

static struct span call_url(const struct tap_call *call, struct arena *arena)
{
	const struct url *to = &call->backend->url;
	struct span query = call->target;
	struct span path = span_cut(&query, '?');
	BUF_AUTO struct buf url = {0};

	buf_add_text(&url, to->scheme == URL_HTTPS ? "https://" : "http://");
	buf_add(&url, to->authority);
	percent_encode(path, &url);
	add_masked_query(query, &url);
	return arena_dup(arena, buf_span(&url));
}

bool tap_record_has_clients_body(const struct tap_call *call)
{
	return call->cut_begin == call->cut_end && !call->insert.n;
}

/* The client's body with some of it replaced. */
static void set_call_request(struct record *record, const struct tap_call *call)
{
	const struct chain *body = &call->tap->request;
	struct har_request *request = &record->entry.request;

	if (!tap_record_has_clients_body(call)) {
		share(body, 0, call->cut_begin, &record->request);
		chain_append_copy(&record->request, call->insert);
		share(body, call->cut_end, body->end, &record->request);
	}
	*request = (struct har_request){
		.method = SPAN_LITERAL("POST"),
		.url = call_url(call, &record->arena),
		.http_version = versions[1],
		.body_length = chain_length(&record->request),
		.lacks_body = what_lacks(call->tap),
	};
	set_call_fields(record, call);
}

static void set_call_times(struct record *record, const struct tap_call *call)
{
	const struct exchange *exchange = call->tap->exchange;
	const struct group_try *try = call->try;
	int64_t end_ns = try->ended_ns ? try->ended_ns : loop_clock_ns(exchange->worker->loop);
	int64_t head_ns = try->head_ns ? try->head_ns : end_ns;
	int64_t begin_ns = try->use.sent_ns ? try->use.sent_ns : try->began_ns;
	int64_t sent_ns = exchange->received_ns > begin_ns ? exchange->received_ns : begin_ns;
	struct har_times *times = &record->entry.times;

	sent_ns = sent_ns < head_ns ? sent_ns : head_ns; /* it may answer before it has all */
	times->blocked_ns = time_between(try->began_ns, begin_ns);
	times->send_ns = time_between(begin_ns, sent_ns);
	times->wait_ns = time_between(sent_ns, head_ns);
	times->receive_ns = time_between(head_ns, end_ns);
}

/* An answer whose length was told is whole with its last byte, though its end is told later. */
static bool is_whole(const struct tap_call *call)
{
	return call->is_whole || chain_length(&call->answer) == call->head.length;
}

/* Without a word from the connection it was us who made an end of it: of an answer that is none, or
 * too late, or that nobody waited for. */
static enum har_fault fault_of(const struct tap_call *call)
{
	static const enum har_fault faults[] = {
		[UPSTREAM_REFUSED] = HAR_FAULT_REFUSED,
		[UPSTREAM_RESET] = HAR_FAULT_RESET,
		[UPSTREAM_TRUNCATED] = HAR_FAULT_TRUNCATED,
		[UPSTREAM_STALLED] = HAR_FAULT_STALLED,
		[UPSTREAM_INVALID] = HAR_FAULT_INVALID,
	};
	const struct group_try *try = call->try;
	bool is_refusal = call->head.status >= 400;

	if (try->use.fault)
		return faults[try->use.fault];
	if (!try->err.kind || is_refusal)
		return is_whole(call) ? HAR_FAULT_NONE : HAR_FAULT_LEFT;
	if (try->err.kind == ERR_TIMEOUT)
		return HAR_FAULT_STALLED;
	return try->err.kind == ERR_UPSTREAM ? HAR_FAULT_INVALID : HAR_FAULT_LEFT;
}

static void set_call_outcome(struct record *record, const struct tap_call *call)
{
	const struct group_try *try = call->try;
	enum har_fault fault = fault_of(call);
	const char *why = try->err.kind ? try->err.text : "nobody waited for it any more";

	if (fault)
		record->entry.error = arena_dup(&record->arena, span_of(why));
	set_fault(record, fault, try->use.arrived, is_whole(call));
}

struct record *tap_record_call(struct tap_call *call)
{
	struct record *record = begin_record(call->tap, call->try->began_ns);
	struct fields fields = fields_of_lines(&record->arena, call->head.lines, SPAN_EMPTY);

	set_way(record, call);
	set_call_request(record, call);
	set_answer(record, &call->head, &fields);
	set_call_times(record, call);
	set_call_outcome(record, call);
	take_body(record, &call->answer);
	return record;
}
