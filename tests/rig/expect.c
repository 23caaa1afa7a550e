#include "rig/expect.h"

#include <stdio.h>

#include "wire/json.h"

static bool has_answer(const struct peer *client, struct message *message)
{
	message_deinit(message);
	return message_read(
		span_skip(buf_span(&client->in), client->taken), true, client->has_fin, message);
}

/* The next answer; its body is the message's. */
static struct span take_answer(
	struct rig *rig, struct peer *client, int status, struct message *message)
{
	struct span answer;
	char begin[32];

	RIG_UNTIL(rig, has_answer(client, message));
	answer = span_first(span_skip(buf_span(&client->in), client->taken), message->n);
	client->taken += message->n;
	(void)snprintf(begin, sizeof begin, "HTTP/1.1 %d ", status);
	ck_assert_msg(span_starts(answer, span_of(begin)), "wanted %d: %.*s", status,
		SPAN_ARG(span_first(answer, 1024)));
	return span_first(answer, message->head_n);
}

/* Says where two long spans differ. */
static void assert_same(struct span got, struct span wanted)
{
	size_t at = 0;

	while (at < got.n && at < wanted.n && got.p[at] == wanted.p[at])
		at++;
	ck_assert_msg(got.n == wanted.n && at == got.n,
		"%zu bytes instead of %zu, differing from byte %zu: \"%.*s\" instead of \"%.*s\"", got.n,
		wanted.n, at, SPAN_ARG(span_first(span_skip(got, at), 64)),
		SPAN_ARG(span_first(span_skip(wanted, at), 64)));
}

struct span expect_answer(struct rig *rig, struct peer *client, int status, struct span body)
{
	struct message message = {0};
	struct span head = take_answer(rig, client, status, &message);

	assert_same(buf_span(&message.body), body);
	message_deinit(&message);
	return head;
}

struct span expect_detail(struct rig *rig, struct peer *client, int status, const char *says)
{
	struct message message = {0};
	struct span head = take_answer(rig, client, status, &message);
	struct span body = buf_span(&message.body);

	ck_assert(span_starts(body, SPAN_LITERAL("{\"detail\":")));
	ck_assert_msg(memmem(body.p, body.n, says, strlen(says)) != NULL, "%.*s", SPAN_ARG(body));
	ck_assert(expect_has_line(head, "content-type: application/json"));
	message_deinit(&message);
	return head;
}

/* The text of a member of the body, which is a flat object; empty when there is none. */
static struct span member_of(struct span body, const char *key, struct arena *arena)
{
	struct span value = SPAN_EMPTY;
	enum json_type type;
	struct err err;

	ck_assert_msg(
		json_check_whole(body, &type, &err) == 0 && type == JSON_OBJECT, "%.*s", SPAN_ARG(body));
	if (!json_member(body, span_of(key), &value))
		return SPAN_EMPTY;
	return json_string(value, arena);
}

struct span expect_error(
	struct rig *rig, struct peer *client, int status, const char *says, const char *path)
{
	struct message message = {0};
	struct span head = take_answer(rig, client, status, &message);
	struct span body = buf_span(&message.body);
	struct arena arena = {0};
	struct span error = member_of(body, "error", &arena);
	struct span found = member_of(body, "path", &arena);

	ck_assert_msg(error.n && memmem(error.p, error.n, says, strlen(says)), "%.*s", SPAN_ARG(body));
	ck_assert_msg(span_is(found, path ? path : ""), "%.*s", SPAN_ARG(body));
	ck_assert(expect_has_line(head, "content-type: application/json"));
	ck_assert(expect_has_line(head, "cache-control: no-store"));
	ck_assert(expect_has_line(head, "x-content-type-options: nosniff"));
	arena_deinit(&arena);
	message_deinit(&message);
	return head;
}

/* The index-th of the requests, one behind the other. */
static struct span find_request(struct span requests, size_t index, struct message *ret_message)
{
	for (size_t i = 0;; i++) {
		ck_assert(message_read(requests, false, false, ret_message));
		if (i == index)
			return span_first(requests, ret_message->head_n);
		requests = span_skip(requests, ret_message->n);
		message_deinit(ret_message);
	}
}

struct span expect_request(
	struct rig *rig, size_t backend, size_t index, const char *line, struct span body)
{
	struct message message;
	struct span head;
	struct span rest;

	RIG_UNTIL(rig, rig->backends[backend].request_count > index);
	rest = head = find_request(buf_span(&rig->backends[backend].requests), index, &message);
	assert_same(span_cut(&rest, '\r'), span_of(line));
	assert_same(buf_span(&message.body), body);
	message_deinit(&message);
	return head;
}

void expect_left(struct rig *rig, size_t backend)
{
	RIG_UNTIL(rig, peer_is_over(rig_peer(rig, backend)));
	ck_assert_uint_eq(rig->backends[backend].request_count, 0);
	ck_assert(!peer_has(rig_peer(rig, backend), "\r\n0\r\n\r\n"));
}

bool expect_has_line(struct span head, const char *line)
{
	while (head.n) {
		struct span ended = span_cut(&head, '\n');

		if (span_is(span_first(ended, ended.n - 1), line))
			return true;
	}
	return false;
}

size_t expect_count_lines(struct span head, const char *beginning)
{
	struct span wanted = span_of(beginning);
	size_t count = 0;

	while (head.n) {
		struct span line = span_cut(&head, '\n');

		count += line.n >= wanted.n && span_equal_nocase(span_first(line, wanted.n), wanted);
	}
	return count;
}
