/* What Immich and its machine-learning service said to each other (fixtures/session), with the
 * proxy between them: every byte that counts must come through, over one route and over a split. */
#include <dirent.h>
#include <stdlib.h>

#include "base/mem.h"
#include "rig/probe.h"
#include "rig/rig.h"
#include "rig/suite.h"
#include "wire/json.h"

enum { SESSIONS_MAX = 64 };

struct session {
	char *name; /* without .request */
	struct buf request;
	struct buf response;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct session *)a)->name, ((const struct session *)b)->name);
}

static size_t load(struct session *sessions)
{
	DIR *folder = opendir(FIXTURES "/session");
	const struct dirent *entry;
	size_t count = 0;

	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder))) {
		struct span name = span_of(entry->d_name);
		BUF_AUTO struct buf path = {0};

		if (name.n < 9 || !span_is(span_skip(name, name.n - 8), ".request"))
			continue;
		ck_assert_uint_lt(count, SESSIONS_MAX);
		name.n -= 8;
		sessions[count].name = span_dup(name);
		buf_add_format(&path, "session/%.*s.request%c", SPAN_ARG(name), 0);
		sessions[count].request = rig_fixture(path.bytes);
		buf_reset(&path);
		buf_add_format(&path, "session/%.*s.response%c", SPAN_ARG(name), 0);
		sessions[count++].response = rig_fixture(path.bytes);
	}
	(void)closedir(folder);
	qsort(sessions, count, sizeof *sessions, by_name);
	return count;
}

static void unload(struct session *sessions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mem_free(sessions[i].name);
		buf_deinit(&sessions[i].request);
		buf_deinit(&sessions[i].response);
	}
}

/* -- comparing ------------------------------------------------------------------------------- */

static struct http1 parse(struct span bytes, enum http1_kind kind)
{
	static const struct http1_limits limits = {65536, 256};
	struct http1 http1;
	struct err err;

	http1_init(&http1, kind, &limits);
	ck_assert_int_eq(http1_feed(&http1, &bytes, &err), 1);
	return http1;
}

static struct span body_of(struct span bytes)
{
	const char *at = memmem(bytes.p, bytes.n, "\r\n\r\n", 4);

	ck_assert_ptr_nonnull(at);
	return span_between(at + 4, bytes.p + bytes.n);
}

static void assert_same(const char *name, struct span got, struct span wanted)
{
	ck_assert_msg(span_equal(got, wanted), "%s: %zu bytes instead of %zu: %.*s", name, got.n,
		wanted.n, SPAN_ARG(got));
}

/* Every field of `wanted` but the named ones is in `got`, with its value. */
static void assert_fields(const char *name, const struct http1_head *got,
	const struct http1_head *wanted, const char *const *but)
{
	for (size_t i = 0; i < wanted->field_count; i++) {
		const struct http1_field *field = &wanted->fields[i];
		struct span value = SPAN_EMPTY;
		bool is_left_out = false;

		for (size_t k = 0; but[k]; k++)
			is_left_out |= span_equal_nocase(field->name, span_of(but[k]));
		if (is_left_out)
			continue;
		ck_assert_msg(
			probe_head_field(got, field->name, &value), "%s: no %.*s", name, SPAN_ARG(field->name));
		assert_same(name, value, field->value);
	}
}

static void assert_answer(const char *name, struct span got, struct span wanted)
{
	static const char *const but[] = {"date", "server", NULL};
	struct http1 a = parse(got, HTTP1_RESPONSE);
	struct http1 b = parse(wanted, HTTP1_RESPONSE);

	ck_assert_msg(a.head.status == b.head.status, "%s: %d instead of %d: %.*s", name, a.head.status,
		b.head.status, SPAN_ARG(got));
	assert_same(name, a.head.reason, b.head.reason);
	assert_fields(name, &a.head, &b.head, but);
	assert_same(name, body_of(got), body_of(wanted));
	http1_deinit(&a);
	http1_deinit(&b);
}

/* What arrived at the backend is what was sent, but for what belongs to the connection. */
static void assert_request(const char *name, struct span got, struct span wanted)
{
	static const char *const but[] = {"host", "connection", NULL};
	struct http1 a = parse(got, HTTP1_REQUEST);
	struct http1 b = parse(wanted, HTTP1_REQUEST);

	assert_same(name, a.head.method, b.head.method);
	assert_same(name, a.head.target, b.head.target);
	assert_fields(name, &a.head, &b.head, but);
	ck_assert_uint_eq(a.head.field_count, b.head.field_count - 1); /* connection */
	assert_same(name, body_of(got), body_of(wanted));
	http1_deinit(&a);
	http1_deinit(&b);
}

static struct span first_answer(struct rig *rig, struct peer *client, struct message *message)
{
	RIG_UNTIL(rig, message_read(buf_span(&client->in), true, client->has_fin, message) ||
					   (message_deinit(message), false));
	return span_first(buf_span(&client->in), message->n);
}

static bool is_answered_by_us(const char *name)
{
	static const char *const names[] = {"34-no-model-name", "35-no-entries", "37-get-ping",
		"38-get", "39-get-predict", "40-get-nothing"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* -- one route ------------------------------------------------------------------------------- */

static void relay_one(const struct session *session)
{
	bool is_ours = is_answered_by_us(session->name);
	struct message message;
	struct peer *client;
	struct rig rig;

	rig_init(&rig, 1,
		"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]}");
	rig_answers_bytes(&rig, 0, buf_span(&session->response));
	client = rig_client(&rig);
	peer_send(client, buf_span(&session->request));
	assert_answer(
		session->name, first_answer(&rig, client, &message), buf_span(&session->response));
	if (!is_ours)
		assert_request(
			session->name, buf_span(&rig.backends[0].requests), buf_span(&session->request));
	else
		ck_assert_uint_eq(rig.backends[0].request_count, !strcmp(session->name, "37-get-ping"));
	message_deinit(&message);
	rig_deinit(&rig);
}

START_TEST(relay_given_genuine_session_changes_no_byte)
{
	struct session sessions[SESSIONS_MAX] = {0};
	size_t count = load(sessions);

	ck_assert_uint_eq(count, 40);
	for (size_t i = 0; i < count; i++)
		relay_one(&sessions[i]);
	unload(sessions, count);
}
END_TEST

/* -- split ----------------------------------------------------------------------------------- */

static bool is_for_first(struct span task)
{
	return span_is(task, "clip");
}

/* A backend's answer: of the genuine one the tasks that it was asked for, and the sizes. */
static void cut_answer(struct span response, bool first, struct buf *out)
{
	struct json_members walk = json_members_of(body_of(response));
	BUF_AUTO struct buf body = {0};
	struct arena arena;
	struct span key;
	struct span value;

	arena_init(&arena);
	while (json_members_next(&walk, &key, &value)) {
		struct span name = json_string(key, &arena);
		bool is_size = span_is(name, "imageHeight") || span_is(name, "imageWidth");

		if (!is_size && is_for_first(name) != first)
			continue;
		buf_add_text(&body, body.n ? "," : "{");
		buf_add(&body, key);
		buf_add_text(&body, ":");
		buf_add(&body, value);
	}
	arena_deinit(&arena);
	buf_add_text(&body, "}");
	buf_reset(out);
	buf_add_format(out,
		"HTTP/1.1 200 OK\r\nserver: uvicorn\r\ncontent-length: %zu\r\n"
		"content-type: application/json\r\n\r\n",
		body.n);
	buf_add(out, buf_span(&body));
}

/* The text of the entries part, which is the first. */
static struct span entries_of(const struct session *session)
{
	struct span rest = body_of(body_of(buf_span(&session->request)));

	return span_cut(&rest, '\r');
}

/* The entries of one backend's tasks. */
static void cut_entries(const struct session *session, bool first, struct buf *out)
{
	struct json_members walk = json_members_of(entries_of(session));
	struct span key;
	struct span value;

	while (json_members_next(&walk, &key, &value)) {
		if (is_for_first(span_first(span_skip(key, 1), key.n - 2)) != first)
			continue;
		buf_add_text(out, out->n ? "," : "{");
		buf_add(out, key);
		buf_add_text(out, ":");
		buf_add(out, value);
	}
	buf_add_text(out, "}");
}

/* The genuine answer with its tasks in the order asked for; the service has them in the order in
 * which they were ready. */
static void order_answer(const struct session *session, struct buf *out)
{
	struct json_members walk = json_members_of(entries_of(session));
	struct span answer = body_of(buf_span(&session->response));
	struct span key;
	struct span value;

	while (json_members_next(&walk, &key, &value)) {
		ck_assert(json_member(answer, span_first(span_skip(key, 1), key.n - 2), &value));
		buf_add_text(out, out->n ? "," : "{");
		buf_add(out, key);
		buf_add_text(out, ":");
		buf_add(out, value);
	}
	ck_assert(json_member(answer, SPAN_LITERAL("imageHeight"), &value));
	buf_add_format(out, ",\"imageHeight\":%.*s", SPAN_ARG(value));
	ck_assert(json_member(answer, SPAN_LITERAL("imageWidth"), &value));
	buf_add_format(out, ",\"imageWidth\":%.*s}", SPAN_ARG(value));
}

/* The backend saw the same parts, and entries with its own tasks alone. */
static void assert_split_request(
	const struct session *session, const struct rig_backend *backend, bool first)
{
	struct span genuine = body_of(buf_span(&session->request));
	struct span entries = entries_of(session);
	BUF_AUTO struct buf wanted = {0};
	BUF_AUTO struct buf own = {0};

	cut_entries(session, first, &own);
	buf_add(&wanted, span_between(genuine.p, entries.p));
	buf_add(&wanted, buf_span(&own));
	buf_add(&wanted, span_between(entries.p + entries.n, genuine.p + genuine.n));
	assert_same(session->name, body_of(buf_span(&backend->requests)), buf_span(&wanted));
}

static const char split_config[] =
	"{\"defaultBackend\":\"b2\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"},"
	"{\"name\":\"b2\",\"url\":\"http://$2/base\"}],\"taskRouting\":{\"clip\":\"b1\"}}";

static void split_one(const struct session *session)
{
	BUF_AUTO struct buf wanted = {0};
	struct message message;
	struct peer *client;
	struct span answer;
	struct rig rig;

	order_answer(session, &wanted);
	rig_init(&rig, 2, split_config);
	cut_answer(buf_span(&session->response), true, &rig.backends[0].answer);
	cut_answer(buf_span(&session->response), false, &rig.backends[1].answer);
	client = rig_client(&rig);
	peer_send(client, buf_span(&session->request));
	answer = first_answer(&rig, client, &message);
	assert_same(session->name, body_of(answer), buf_span(&wanted));
	assert_split_request(session, &rig.backends[0], true);
	assert_split_request(session, &rig.backends[1], false);
	ck_assert(span_starts(
		buf_span(&rig.backends[1].requests), SPAN_LITERAL("POST /base/predict HTTP/1.1\r\n")));
	ck_assert_ptr_nonnull(memmem(rig.backends[0].requests.bytes, rig.backends[0].requests.n,
		"accept-encoding: identity\r\n", 27));
	message_deinit(&message);
	rig_deinit(&rig);
}

START_TEST(split_given_genuine_requests_merges_to_the_genuine_answer)
{
	struct session sessions[SESSIONS_MAX] = {0};
	size_t count = load(sessions);

	split_one(&sessions[25]);
	split_one(&sessions[26]);
	unload(sessions, count);
}
END_TEST

/* A request for one task goes, unchanged, to the one backend that its task is routed to. */
START_TEST(route_given_genuine_single_tasks_picks_one_backend)
{
	struct session sessions[SESSIONS_MAX] = {0};
	size_t count = load(sessions);

	for (size_t i = 0; i < 25; i++) {
		bool is_clip = memmem(sessions[i].name, strlen(sessions[i].name), "clip", 4);
		struct message message;
		struct rig rig;
		struct peer *client;

		rig_init(&rig, 2, split_config);
		rig_answers_bytes(&rig, 0, buf_span(&sessions[i].response));
		rig_answers_bytes(&rig, 1, buf_span(&sessions[i].response));
		client = rig_client(&rig);
		peer_send(client, buf_span(&sessions[i].request));
		assert_answer(sessions[i].name, first_answer(&rig, client, &message),
			buf_span(&sessions[i].response));
		ck_assert_uint_eq(rig.backends[0].request_count, is_clip);
		ck_assert_uint_eq(rig.backends[1].request_count, !is_clip);
		assert_same(sessions[i].name, body_of(buf_span(&rig.backends[!is_clip].requests)),
			body_of(buf_span(&sessions[i].request)));
		message_deinit(&message);
		rig_deinit(&rig);
	}
	unload(sessions, count);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("genuine");
	TCase *relay = tcase_create("relay");

	tcase_set_timeout(relay, 120);
	tcase_add_test(relay, relay_given_genuine_session_changes_no_byte);
	tcase_add_test(relay, route_given_genuine_single_tasks_picks_one_backend);
	tcase_add_test(relay, split_given_genuine_requests_merges_to_the_genuine_answer);
	suite_add_tcase(suite, relay);
	return suite;
}
