/* An entry of ours, as it stands in its line without line breaks:
 *
 *     {"_seq":7,"startedDateTime":…,"time":…,
 *      "request":{…,"postData":{"mimeType":…,"text":""},"_sha256":…,
 *                 "_recipe":[{"text":…},{"sha256":…,"length":…},{"base64":…}],
 *                 "_parts":[{"name":…,"fileName":…,"contentType":…,
 *                            "offset":…,"length":…,"sha256":…}]},
 *      "response":{…,"content":{"size":…,"mimeType":…,"text":…,"encoding":"base64","_sha256":…}},
 *      "cache":{},"timings":{…},
 *      "_side":"client","_id":…,"_exchange":…,"_backend":…,"_route":…,"_reason":…,"_attempt":…,
 *      "_error":…,"_fault":"reset","_faultAt":…,"_replayable":false,"_crc32c":"9a3f01c2"}
 *
 * A member whose value says nothing is left out where HAR allows it.
 */
#include <assert.h>
#include <limits.h>

#include "base/ascii.h"
#include "base/utc.h"
#include "wire/base64.h"
#include "wire/har.h"
#include "wire/har_object.h"
#include "wire/latin1.h"
#include "wire/percent.h"

const char *const har_fault_words[] = {
	[HAR_FAULT_NONE] = "",
	[HAR_FAULT_REFUSED] = "refused",
	[HAR_FAULT_RESET] = "reset",
	[HAR_FAULT_STALLED] = "stalled",
	[HAR_FAULT_TRUNCATED] = "truncated",
	[HAR_FAULT_INVALID] = "invalid",
	[HAR_FAULT_LEFT] = "left",
};

const char *const har_side_words[] = {
	[HAR_CLIENT] = "client",
	[HAR_BACKEND] = "backend",
};

/* Where the bodies are. */
struct layout {
	bool is_alone;    /* no blobs are beside it, so that there is no recipe */
	struct span body; /* of the request, in the entry */
	struct span request_file;
	struct span answer_file;
};

/* Whether bytes are best read as a text: they are one, and with what has to be escaped in it hardly
 * longer than in base64. So a line of ours stays within its limit, whatever somebody sends. */
static bool is_text(struct span bytes)
{
	enum { SLACK = 64 }; /* for the short literals between parts */
	/* What a byte can add, of a character of several bytes the first one. */
	static const unsigned char more[UCHAR_MAX + 1] = {
		[0x00 ... 0x1f] = 5,
		['"'] = 1,
		['\\'] = 1,
		[0x7f] = 5,
		[0xc2] = 4,
		[0xe2] = 3,
	};
	struct span rest = bytes;
	size_t escapes = 0;

	for (size_t plain; (plain = span_plain_length(rest)) < rest.n;) {
		escapes += more[(unsigned char)rest.p[plain]];
		rest = span_skip(rest, plain + 1);
	}
	return escapes <= bytes.n / 2 + SLACK && span_utf8_length(bytes) == bytes.n;
}

static void write_base64(struct har_object *object, const char *key, struct span bytes)
{
	har_object_key(object, key);
	buf_add_text(object->out, "\"");
	base64_encode(bytes, object->out);
	buf_add_text(object->out, "\"");
}

static void write_pair(struct buf *out, bool is_first, struct span name, struct span value)
{
	struct har_object pair;

	if (!is_first)
		buf_add_text(out, ",");
	pair = har_object_begin(out);
	har_object_text(&pair, "name", name);
	har_object_text(&pair, "value", value);
	har_object_end(&pair);
}

/* No cookies: they are among the fields, and what they say is nobody's business. */
static void write_fields(struct har_object *object, const struct har_field *fields, size_t count)
{
	har_object_json(object, "cookies", "[]");
	har_object_json(object, "headers", "[");
	for (size_t i = 0; i < count; i++)
		write_pair(object->out, i == 0, fields[i].name, fields[i].value);
	buf_add_text(object->out, "]");
}

/* -- request --------------------------------------------------------------------------------- */

static bool may_be_in_url(char c, bool is_in_authority)
{
	return ascii_is_alphanumeric(c) || (c && strchr("-._~:/?@!$&'()*+,;=", c)) ||
		   (is_in_authority && (c == '[' || c == ']'));
}

/* As RFC 3986 wants it, which readers of HAR may insist on: what is sent is sometimes more. */
static void write_strict_url(struct span url, struct buf *out)
{
	unsigned slashes = 0;

	for (; url.n; url = span_skip(url, 1)) {
		slashes += url.p[0] == '/';
		if (may_be_in_url(url.p[0], slashes < 3) || percent_is_escape(url))
			buf_add(out, span_first(url, 1));
		else
			buf_add_format(out, "%%%02X", (unsigned char)url.p[0]);
	}
}

/* For people who look at it; `url` is what counts. */
static void write_query(struct har_object *object, struct span url)
{
	(void)span_cut(&url, '?');
	har_object_json(object, "queryString", "[");
	for (size_t i = 0; url.n && i < HAR_FIELDS_MAX; i++) {
		struct span value = span_cut(&url, '&');
		struct span name = span_cut(&value, '=');

		write_pair(object->out, i == 0, name, value);
	}
	buf_add_text(object->out, "]");
}

static void write_url(struct har_object *object, struct span url)
{
	BUF_AUTO struct buf strict = {0};

	write_strict_url(url, &strict);
	har_object_text(object, "url", buf_span(&strict));
	if (!span_equal(buf_span(&strict), url))
		har_object_text(object, "_url", url);
	write_query(object, buf_span(&strict));
}

static struct span find_field(const struct har_request *request, struct span name)
{
	for (size_t i = 0; i < request->field_count; i++)
		if (span_equal_nocase(request->fields[i].name, name))
			return request->fields[i].value;
	return SPAN_EMPTY;
}

static void write_post_data(
	struct har_object *object, const struct har_request *request, const struct layout *layout)
{
	struct har_object data;

	har_object_key(object, "postData");
	data = har_object_begin(object->out);
	har_object_text(&data, "mimeType", find_field(request, SPAN_LITERAL("content-type")));
	har_object_key(&data, "text");
	latin1_write_json(layout->body, object->out);
	har_object_text_if(&data, "_file", layout->request_file);
	har_object_end(&data);
}

static void write_content(struct har_object *object, struct span body)
{
	struct har_object content;

	har_object_key(object, "_content");
	content = har_object_begin(object->out);
	har_object_number(&content, "size", body.n);
	har_object_json(&content, "encoding", "\"base64\"");
	write_base64(&content, "text", body);
	har_object_end(&content);
}

static void write_piece(struct buf *out, const struct har_piece *piece)
{
	struct har_object object = har_object_begin(out);

	if (piece->sha256.n) {
		har_object_text(&object, "sha256", piece->sha256);
		har_object_number(&object, "length", piece->length);
	} else if (is_text(piece->literal)) {
		har_object_text(&object, "text", piece->literal);
	} else {
		write_base64(&object, "base64", piece->literal);
	}
	har_object_end(&object);
}

static void write_recipe(struct har_object *object, const struct har_request *request)
{
	har_object_json(object, "_recipe", "[");
	for (size_t i = 0; i < request->piece_count; i++) {
		if (i)
			buf_add_text(object->out, ",");
		write_piece(object->out, &request->pieces[i]);
	}
	buf_add_text(object->out, "]");
}

static void write_part(struct buf *out, const struct har_part *part)
{
	struct har_object object = har_object_begin(out);

	har_object_text(&object, "name", part->name);
	if (part->has_file_name)
		har_object_text(&object, "fileName", part->file_name);
	har_object_text_if(&object, "contentType", part->content_type);
	har_object_number(&object, "offset", part->offset);
	har_object_number(&object, "length", part->length);
	har_object_text_if(&object, "sha256", part->sha256);
	har_object_end(&object);
}

static void write_parts(struct har_object *object, const struct har_request *request)
{
	har_object_json(object, "_parts", "[");
	for (size_t i = 0; i < request->part_count; i++) {
		if (i)
			buf_add_text(object->out, ",");
		write_part(object->out, &request->parts[i]);
	}
	buf_add_text(object->out, "]");
}

static void write_body(
	struct har_object *object, const struct har_request *request, const struct layout *layout)
{
	if (request->piece_count || layout->body.n || layout->request_file.n)
		write_post_data(object, request, layout);
	har_object_text_if(object, "_sha256", request->sha256);
	if (layout->body.n)
		write_content(object, layout->body);
	if (request->piece_count && !layout->is_alone)
		write_recipe(object, request);
	if (request->part_count)
		write_parts(object, request);
	if (request->lacks_body)
		har_object_text(object, "_lacksBody", span_of(request->lacks_body));
}

static void write_request(
	struct buf *out, const struct har_request *request, const struct layout *layout)
{
	struct har_object object = har_object_begin(out);

	har_object_text(&object, "method", request->method);
	write_url(&object, request->url);
	har_object_text(&object, "httpVersion", request->http_version);
	write_fields(&object, request->fields, request->field_count);
	har_object_json(&object, "headersSize", "-1");
	har_object_number(&object, "bodySize", request->body_length);
	write_body(&object, request, layout);
	har_object_end(&object);
}

/* -- answer ---------------------------------------------------------------------------------- */

static void write_answer_body(
	struct har_object *content, const struct har_answer *answer, struct span file)
{
	if (file.n) {
		har_object_text(content, "_file", file);
	} else if (answer->sha256.n) {
		har_object_text(content, "_sha256", answer->sha256);
	} else if (is_text(answer->body)) {
		har_object_text_if(content, "text", answer->body);
	} else {
		har_object_json(content, "encoding", "\"base64\"");
		write_base64(content, "text", answer->body);
	}
	if (answer->lacks_body)
		har_object_text(content, "_lacksBody", span_of(answer->lacks_body));
}

static void write_answer_content(
	struct har_object *object, const struct har_answer *answer, struct span file)
{
	struct har_object content;

	assert(answer->body.n <= HAR_ANSWER_MAX);
	har_object_key(object, "content");
	content = har_object_begin(object->out);
	har_object_number(&content, "size", answer->body_length);
	har_object_text(&content, "mimeType",
		answer->mime_type.n ? answer->mime_type : SPAN_LITERAL(HAR_UNKNOWN_TYPE));
	write_answer_body(&content, answer, file);
	har_object_end(&content);
}

static void write_answer(struct buf *out, const struct har_answer *answer, struct span file)
{
	struct har_object object = har_object_begin(out);

	har_object_number(&object, "status", (uint64_t)answer->status);
	har_object_text(&object, "statusText", answer->reason);
	har_object_text(&object, "httpVersion", answer->http_version);
	write_fields(&object, answer->fields, answer->field_count);
	write_answer_content(&object, answer, file);
	har_object_json(&object, "redirectURL", "\"\"");
	har_object_json(&object, "headersSize", "-1");
	har_object_number(&object, "bodySize", answer->body_length);
	har_object_end(&object);
}

/* -- entry ----------------------------------------------------------------------------------- */

static void write_start(struct har_object *object, int64_t us)
{
	enum { US_IN_S = 1000000, MS_LENGTH = UTC_LENGTH - 1 };
	int64_t seconds = us / US_IN_S - (us % US_IN_S < 0);
	unsigned of_second = (unsigned)(us - seconds * US_IN_S);
	char text[UTC_LENGTH];

	utc_write(seconds, of_second / 1000, text);
	har_object_key(object, "startedDateTime");
	buf_add_format(object->out, "\"%.*s%03uZ\"", MS_LENGTH, text, of_second % 1000);
}

static int64_t known(int64_t ns)
{
	return ns > 0 ? ns : 0;
}

static void write_times(struct har_object *object, const struct har_times *times)
{
	struct har_object timings;

	har_object_key(object, "timings");
	timings = har_object_begin(object->out);
	har_object_ms(&timings, "blocked", times->blocked_ns);
	har_object_ms(&timings, "dns", times->dns_ns);
	har_object_ms(&timings, "connect", times->connect_ns);
	har_object_ms(&timings, "send", times->send_ns);
	har_object_ms(&timings, "wait", times->wait_ns);
	har_object_ms(&timings, "receive", times->receive_ns);
	har_object_end(&timings);
}

static void write_what_har_knows(
	struct har_object *object, const struct har_entry *entry, const struct layout *layout)
{
	const struct har_times *times = &entry->times;

	write_start(object, entry->started_us);
	har_object_ms(object, "time",
		known(times->blocked_ns) + known(times->dns_ns) + known(times->connect_ns) +
			known(times->send_ns) + known(times->wait_ns) + known(times->receive_ns));
	har_object_key(object, "request");
	write_request(object->out, &entry->request, layout);
	har_object_key(object, "response");
	write_answer(object->out, &entry->answer, layout->answer_file);
	har_object_json(object, "cache", "{}");
	write_times(object, times);
}

static void write_what_is_ours(struct har_object *object, const struct har_entry *entry)
{
	har_object_text(object, "_side", span_of(har_side_words[entry->side]));
	har_object_text_if(object, "_id", entry->id);
	if (entry->exchange)
		har_object_number(object, "_exchange", entry->exchange);
	har_object_text_if(object, "_backend", entry->backend);
	har_object_text_if(object, "_route", entry->route);
	har_object_text_if(object, "_reason", entry->reason);
	if (entry->attempt)
		har_object_number(object, "_attempt", entry->attempt);
	har_object_text_if(object, "_error", entry->error);
	if (entry->fault) {
		har_object_text(object, "_fault", span_of(har_fault_words[entry->fault]));
		har_object_number(object, "_faultAt", entry->fault_at);
	}
	if (entry->is_unplayable)
		har_object_json(object, "_replayable", "false");
}

static void write_checksum(struct buf *out, size_t begin)
{
	char end[sizeof HAR_CHECKSUM_END];

	out->n--; /* the brace that closes the entry */
	har_checksum_end(span_skip(buf_span(out), begin), end);
	buf_add_text(out, end);
}

static void write_entry(const struct har_entry *entry, const struct layout *layout, struct buf *out)
{
	size_t begin = out->n;
	struct har_object object = har_object_begin(out);

	if (entry->seq)
		har_object_number(&object, "_seq", entry->seq);
	write_what_har_knows(&object, entry, layout);
	write_what_is_ours(&object, entry);
	har_object_end(&object);
	write_checksum(out, begin);
}

void har_write(const struct har_entry *entry, struct buf *out)
{
	write_entry(entry, &(struct layout){0}, out);
}

void har_write_embedded(const struct har_entry *entry, struct span body, struct buf *out)
{
	write_entry(entry, &(struct layout){.is_alone = true, .body = body}, out);
}

void har_write_beside(const struct har_entry *entry, struct span request_file,
	struct span answer_file, struct buf *out)
{
	write_entry(entry,
		&(struct layout){
			.is_alone = true, .request_file = request_file, .answer_file = answer_file},
		out);
}
