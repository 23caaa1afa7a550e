/* What is asked is in its parts, and may be in other places besides: an error may repeat it, in its
 * body, in its head, and in what we say of it; what a field says may be a member of its own.
 */
#include "io/record_redact.h"

#include <assert.h>
#include <sys/random.h>

#include "io/record_redact_body.h"
#include "wire/status.h"

static const char gone[] = "redacted";

struct redaction {
	struct record_draft *draft;
	const struct capture_config *config;
};

void record_redact_draw_key(char ret_key[RECORD_REDACT_KEY_BYTES])
{
	ssize_t n = getrandom(ret_key, RECORD_REDACT_KEY_BYTES, 0);

	assert(n == RECORD_REDACT_KEY_BYTES); /* so few bytes are there at once, or it waits */
	(void)n;
}

/* -- fields ---------------------------------------------------------------------------------- */

static bool is_hidden(const struct capture_config *config, struct span name)
{
	for (size_t i = 0; i < config->redact_count; i++)
		if (config->redact[i].kind == REDACT_HEADER &&
			span_equal_nocase(config->redact[i].name, name))
			return true;
	return false;
}

/* Fields of their own, which may be changed. */
static struct har_field *copy_fields(
	struct redaction *redaction, const struct har_field *fields, size_t count)
{
	struct har_field *copies = arena_new(&redaction->draft->arena, count + 1, sizeof *copies);

	for (size_t i = 0; i < count; i++) {
		copies[i] = fields[i];
		if (is_hidden(redaction->config, fields[i].name))
			copies[i].value = SPAN_LITERAL(REDACT_MARK);
	}
	return copies;
}

static void set_content_length(
	struct redaction *redaction, struct har_field *fields, size_t count, uint64_t length)
{
	BUF_AUTO struct buf number = {0};

	buf_add_number(&number, length);
	for (size_t i = 0; i < count; i++)
		if (span_equal_nocase(fields[i].name, SPAN_LITERAL("content-length")))
			fields[i].value = arena_dup(&redaction->draft->arena, buf_span(&number));
}

static void redact_fields(struct redaction *redaction)
{
	struct har_entry *entry = &redaction->draft->entry;
	struct har_request *request = &entry->request;
	struct har_answer *answer = &entry->answer;

	request->fields = copy_fields(redaction, request->fields, request->field_count);
	answer->fields = copy_fields(redaction, answer->fields, answer->field_count);
	if (is_hidden(redaction->config, SPAN_LITERAL("x-request-id")))
		entry->id = SPAN_EMPTY;
	if (is_hidden(redaction->config, SPAN_LITERAL("content-type")))
		answer->mime_type = SPAN_EMPTY;
}

/* The authority is what the field `Host` says. No service reads the query. */
static void redact_url(struct redaction *redaction)
{
	struct har_request *request = &redaction->draft->entry.request;
	struct span rest = request->url;
	struct span before = span_cut(&rest, '?');
	bool has_query = rest.p;
	struct span path = before;
	BUF_AUTO struct buf url = {0};

	if (is_hidden(redaction->config, SPAN_LITERAL("host"))) {
		buf_add(&url, span_cut(&path, ':'));
		path = span_skip(path, strlen("//"));
		(void)span_cut(&path, '/');
		buf_add_text(&url, "://" REDACT_MARK);
		buf_add_text(&url, path.p ? "/" : "");
	}
	buf_add(&url, path);
	buf_add_text(&url, has_query ? "?" REDACT_MARK : "");
	request->url = arena_dup(&redaction->draft->arena, buf_span(&url));
}

/* -- the answer ------------------------------------------------------------------------------ */

static void change_answer(struct redaction *redaction, struct span body)
{
	struct record_draft *draft = redaction->draft;
	struct har_answer *answer = &draft->entry.answer;

	draft->entry.is_unplayable = true;
	draft->answer = NULL;
	answer->sha256 = SPAN_EMPTY;
	answer->body = arena_dup(&draft->arena, body);
	answer->body_length = body.n;
	set_content_length(redaction, answer->fields, answer->field_count, body.n);
}

static void leave_answer_out(struct redaction *redaction)
{
	change_answer(redaction, SPAN_EMPTY);
	redaction->draft->entry.answer.lacks_body = gone;
}

/* One that is too long for a line is too long to be looked through; one that is compressed is no
 * JSON, like one that was broken off. */
static void redact_answer(struct redaction *redaction)
{
	const struct capture_config *config = redaction->config;
	struct har_answer *answer = &redaction->draft->entry.answer;
	BUF_AUTO struct buf out = {0};

	if (!capture_config_redacts(config, REDACT_ANSWER) || !answer->body_length)
		return;
	if (redaction->draft->answer ||
		!redact_json_by(config->redact, config->redact_count, REDACT_ANSWER, answer->body, &out))
		leave_answer_out(redaction);
	else if (!span_equal(buf_span(&out), answer->body))
		change_answer(redaction, buf_span(&out));
}

static bool says_only_of_the_body(struct span field_name)
{
	static const struct span names[] = {SPAN_LITERAL("content-type"),
		SPAN_LITERAL("content-length"), SPAN_LITERAL("content-encoding"),
		SPAN_LITERAL("transfer-encoding")};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (span_equal_nocase(field_name, names[i]))
			return true;
	return false;
}

/* Of one that did not come to its end nobody knows what it would have been. A 2xx that the service
 * would not give may be a page, of whoever is before it, that says what is wrong. */
static bool may_repeat_what_was_asked(const struct har_entry *entry)
{
	return entry->answer.status / 100 != 2 || entry->fault == HAR_FAULT_INVALID;
}

/* What is said without a status is about the connection. */
static void redact_refusal(struct redaction *redaction)
{
	struct har_entry *entry = &redaction->draft->entry;
	struct har_answer *answer = &entry->answer;

	if (!may_repeat_what_was_asked(entry))
		return;
	for (size_t i = 0; i < answer->field_count; i++)
		if (!says_only_of_the_body(answer->fields[i].name))
			answer->fields[i].value = SPAN_LITERAL(REDACT_MARK);
	answer->reason = span_of(status_reason(answer->status));
	if (entry->error.n && answer->status)
		entry->error = SPAN_LITERAL(REDACT_MARK);
	if (answer->body_length)
		leave_answer_out(redaction);
}

/* -- all of it ------------------------------------------------------------------------------- */

static void redact_request(struct redaction *redaction, struct span key)
{
	struct har_request *request = &redaction->draft->entry.request;
	uint64_t length = request->body_length;

	redact_url(redaction);
	redact_refusal(redaction);
	record_redact_body(redaction->draft, redaction->config, key);
	if (request->body_length != length)
		set_content_length(redaction, request->fields, request->field_count, request->body_length);
}

void record_redact(struct record_draft *draft, const struct capture_config *config,
	const char key[RECORD_REDACT_KEY_BYTES])
{
	struct redaction redaction = {draft, config};

	if (!config->redact_count)
		return;
	redact_fields(&redaction);
	redact_answer(&redaction);
	if (capture_config_redacts_requests(config))
		redact_request(&redaction, (struct span){key, RECORD_REDACT_KEY_BYTES});
}
