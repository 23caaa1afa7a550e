#include "proxy/answer.h"

#include "io/source.h"

void answer_init(
	struct answer *answer, enum answer_check check, struct chunk_pool *pool, struct arena *arena)
{
	*answer = (struct answer){.check = check, .fields = {.arena = arena}};
	chain_init(&answer->body, pool);
	json_check_init(&answer->json);
}

void answer_deinit(struct answer *answer)
{
	chain_deinit(&answer->body);
}

/* Lines that go on to the client; its exchange has an id of its own. */
static void copy_fields(struct answer *answer, const struct http1_head *head)
{
	for (size_t i = 0; i < head->field_count; i++) {
		const struct http1_field *field = &head->fields[i];

		if (field->may_pass && field->which != HTTP1_X_REQUEST_ID)
			http1_write_field(&answer->fields, field);
	}
}

static bool is_coded(const struct http1_head *head)
{
	struct span coding;

	return http1_find(head, HTTP1_CONTENT_ENCODING, &coding) && coding.n &&
		   !span_equal_nocase(coding, SPAN_LITERAL("identity"));
}

int answer_head(struct answer *answer, const struct http1_head *head, struct err *err)
{
	bool is_success;

	answer->status = head->status;
	is_success = answer_is_success(answer);
	answer->length = head->body == HTTP1_BODY_LENGTH ? head->content_length
					 : head->body == HTTP1_BODY_NONE ? 0
													 : SOURCE_LENGTH_UNKNOWN;
	answer->reason = arena_dup(answer->fields.arena, head->reason);
	copy_fields(answer, head);
	if (head->status >= 300 && head->status < 400)
		return err_set(err, ERR_UPSTREAM, "answered %d: redirects are not followed", head->status);
	if (is_success && answer->check == ANSWER_PLAIN_OBJECT && is_coded(head))
		return err_set(err, ERR_UPSTREAM, "answered with a content coding that was not asked for");
	answer->is_checked = is_success && answer->check != ANSWER_ANY && !is_coded(head);
	return 0;
}

static int not_json(const struct err *why, struct err *err)
{
	return err_set(err, ERR_UPSTREAM, "answered with what is no JSON object: %.150s", why->text);
}

static int check_type(const struct answer *answer, struct err *err)
{
	if (answer->json.type == JSON_OBJECT || answer->json.type == JSON_NONE)
		return 0;
	return err_set(err, ERR_UPSTREAM, "answered with JSON that is no object");
}

/* What completes an answer goes on at once, unless the answer is for a merge. */
static void keep(struct answer *answer, struct slice bytes)
{
	bool is_last = chain_length(&answer->body) + bytes.bytes.n == answer->length;

	if (is_last && answer->check != ANSWER_PLAIN_OBJECT)
		chain_append_passing(&answer->body, bytes);
	else
		chain_append(&answer->body, bytes);
}

int answer_bytes(struct answer *answer, struct slice bytes, struct err *err)
{
	struct err why;

	keep(answer, bytes);
	if (!answer->is_checked)
		return 0;
	if (json_check_feed(&answer->json, bytes.bytes, &why) < 0)
		return not_json(&why, err);
	return check_type(answer, err);
}

int answer_end(struct answer *answer, struct err *err)
{
	struct err why;

	if (answer->is_checked && json_check_end(&answer->json, &why) < 0)
		return not_json(&why, err);
	return 0;
}

bool answer_is_success(const struct answer *answer)
{
	return answer->status >= 200 && answer->status < 300;
}

void answer_take_text(struct answer *answer, struct buf *out)
{
	size_t n = (size_t)chain_length(&answer->body);

	chain_copy(&answer->body, answer->body.begin, n, buf_reserve(out, n));
	out->n += n;
	chain_drop(&answer->body, answer->body.end);
}
