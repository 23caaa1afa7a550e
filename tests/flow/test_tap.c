/* What is recorded of an exchange: each request and its answer as they were seen, all of them at
 * once, before the client has the last byte. */
#include "domain/redact.h"
#include "proxy/ask.h"
#include "proxy/exchange.h"
#include "proxy/tap.h"
#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/failing.h"
#include "rig/form.h"
#include "rig/recorded.h"
#include "rig/suite.h"

#define BACKENDS                                                                           \
	"\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1/base\"," \
	"\"headers\":{\"X-Inner\":\"sesame\"}},{\"name\":\"b2\",\"url\":\"http://$2\"}],"
#define CONFIG "{" BACKENDS "\"taskRouting\":{\"clip\":[\"b1\",\"b2\"]}," FAILING_TIMEOUTS "}"
#define CLIP   "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define SPLIT                                                                              \
	"{\"clip\":{\"visual\":{\"modelName\":\"m\"}}, \"ocr\":{\"x\":{\"modelName\":\"n\"}}," \
	" \"y\":{\"z\":{\"modelName\":\"n\"}}}"
#define TEXT "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
#define OK   TEXT "content-length: 7\r\n\r\n{\"a\":1}"
#define GOOD SPAN_LITERAL("{\"a\":1}")
#define LINES                                                                          \
	FORM_TYPE "authorization: Bearer sesame\r\nCookie: sesame\r\nx-request-id: i7\r\n" \
			  "x-double: a\r\nx-double: b\r\n"

enum { PHOTO = 300000 };

static struct rig rig;
static struct buf body;
static struct recorded recorded;

static void set_up_with(const char *config)
{
	rig_init(&rig, 2, config);
	rig_answers(&rig, 0, OK);
	rig_answers(&rig, 1, OK);
	recorded_begin(&rig);
}

static void set_up(void)
{
	set_up_with(CONFIG);
}

static void tear_down(void)
{
	recorded_give(&recorded);
	rig_deinit(&rig);
	ck_assert_uint_eq(atomic_load(&rig.shared.tap_bytes), 0);
	buf_deinit(&body);
}

static struct peer *post_to(const char *target, const char *entries, size_t photo_n)
{
	BUF_AUTO struct buf photo = form_photo(photo_n);
	BUF_AUTO struct buf request = {0};

	buf_deinit(&body);
	body = form_body(entries, FORM_IMAGE, buf_span(&photo));
	request = form_request(target, LINES, buf_span(&body));
	return rig_asks(&rig, buf_span(&request));
}

static struct peer *post(void)
{
	return post_to("/predict", CLIP, PHOTO);
}

/* Asserts how many there are. */
static const struct har_entry *entry_of(size_t index, size_t count)
{
	recorded_give(&recorded);
	recorded_take(&rig, &recorded);
	ck_assert_uint_eq(recorded.count, count);
	return &recorded.items[index].record->entry;
}

static void expect_span(struct span found, const char *wanted)
{
	ck_assert_msg(span_is(found, wanted), "found %.*s, wanted %s", SPAN_ARG(found), wanted);
}

static struct span sent_field(const struct har_entry *entry, const char *name)
{
	return recorded_field(entry->request.fields, entry->request.field_count, name);
}

static struct span got_field(const struct har_entry *entry, const char *name)
{
	return recorded_field(entry->answer.fields, entry->answer.field_count, name);
}

/* `error` is what its text begins with; NULL: there is none. */
static void expect_fault(
	const struct har_entry *entry, enum har_fault fault, int status, const char *error)
{
	ck_assert_int_eq(entry->fault, fault);
	ck_assert_int_eq(entry->answer.status, status);
	ck_assert_msg(
		error ? entry->error.n && span_starts(entry->error, span_of(error)) : !entry->error.n,
		"found %.*s, wanted %s", SPAN_ARG(entry->error), error ? error : "nothing");
}

/* -- one request ----------------------------------------------------------------------------- */

START_TEST(exchange_is_recorded_with_the_request_to_its_backend)
{
	struct peer *client = post_to("/secret/predict?a=1&token=sesame&b&key=sesame", CLIP, PHOTO);
	const struct har_entry *entry;

	(void)expect_answer(&rig, client, 200, GOOD);
	entry = entry_of(0, 2);
	ck_assert_uint_eq(recorded.items[0].id, 1);
	ck_assert_uint_eq(recorded.items[0].exchange, 1);
	ck_assert_int_eq(entry->side, HAR_CLIENT);
	expect_span(entry->id, "i7");
	expect_span(entry->request.method, "POST");
	expect_span(
		entry->request.url, "http://ml:3003/*/predict?a=1&token=(redacted)&b&key=(redacted)");
	expect_span(entry->request.http_version, "HTTP/1.1");
	recorded_expect_body(recorded.items[0].record, false, buf_span(&body));
	ck_assert_ptr_null(entry->request.lacks_body);
	ck_assert_uint_eq(entry->request.body_length, body.n);
	ck_assert_uint_eq(entry->request.part_count, 2);
	ck_assert_uint_eq(entry->request.parts[1].length, PHOTO);
	expect_span(entry->answer.reason, "OK");
	expect_span(entry->answer.mime_type, "application/json");
	expect_span(got_field(entry, "content-length"), "7");
	expect_span(got_field(entry, "x-request-id"), "i7");
	ck_assert_uint_eq(entry->answer.body_length, 7);
	recorded_expect_body(recorded.items[0].record, true, GOOD);
	expect_fault(entry, HAR_FAULT_NONE, 200, NULL);
	ck_assert_uint_eq(entry->fault_at, 0);
	expect_span(entry->backend, "");
}
END_TEST

START_TEST(request_to_a_backend_is_recorded_as_it_was_sent)
{
	const struct har_entry *entry;
	BUF_AUTO struct buf url = {0};

	(void)expect_answer(&rig, post_to("/predict?a=1", CLIP, PHOTO), 200, GOOD);
	entry = entry_of(1, 2);
	ck_assert_uint_eq(recorded.items[1].id, 2);
	ck_assert_uint_eq(recorded.items[1].exchange, 1);
	ck_assert_int_eq(entry->side, HAR_BACKEND);
	expect_span(entry->id, "i7");
	buf_add_format(&url, "%s://127.0.0.1:%u/base/predict?a=1", rig_scheme(), rig.backends[0].port);
	expect_span(entry->request.url, url.bytes);
	expect_span(entry->backend, "b1");
	expect_span(entry->route, "taskRouting.clip");
	expect_span(entry->reason, "task");
	ck_assert_uint_eq(entry->attempt, 1);
	ck_assert(span_starts(sent_field(entry, "host"), SPAN_LITERAL("127.0.0.1:")));
	ck_assert(span_starts(sent_field(entry, "content-type"), SPAN_LITERAL("multipart/")));
	ck_assert_uint_eq(entry->request.body_length, body.n);
	ck_assert_uint_eq(entry->request.part_count, 2);
	recorded_expect_body(recorded.items[1].record, false, buf_span(&body));
	recorded_expect_body(recorded.items[1].record, true, GOOD);
	expect_fault(entry, HAR_FAULT_NONE, 200, NULL);
}
END_TEST

START_TEST(credentials_are_in_no_record)
{
	(void)expect_answer(&rig, post(), 200, GOOD);
	for (size_t i = 0; i < 2; i++) {
		const struct har_entry *entry = entry_of(i, 2);

		expect_span(sent_field(entry, "authorization"), REDACT_MARK);
		expect_span(sent_field(entry, "cookie"), REDACT_MARK);
		expect_span(sent_field(entry, "x-double"), "a");
	}
	expect_span(sent_field(entry_of(1, 2), "x-inner"), REDACT_MARK);
}
END_TEST

static uint64_t held_bytes(void)
{
	struct records_state state;

	records_state(rig.shared.records, &state);
	return state.bytes;
}

START_TEST(photo_sent_three_times_is_held_once)
{
	for (int i = 0; i < 3; i++)
		(void)expect_answer(&rig, post(), 200, GOOD);
	(void)entry_of(5, 6); /* which settles them */
	ck_assert_uint_lt(parts_bytes(rig.shared.parts), PHOTO + 65536);
	ck_assert_uint_ge(held_bytes(), PHOTO);
	RIG_UNTIL(&rig, held_bytes() < PHOTO + 65536); /* as soon as the thread has counted them */
}
END_TEST

START_TEST(nothing_is_recorded_of_what_is_no_predict)
{
	struct peer *client = rig_client(&rig);

	rig_answers(&rig, 0, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npong");
	peer_send_text(client, "GET /ping HTTP/1.1\r\nhost: a\r\n\r\n");
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("pong"));
	peer_send_text(client, "GET /api/health HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "\"b2\""));
	recorded_take(&rig, &recorded);
	ck_assert_uint_eq(recorded.count, 0);
}
END_TEST

START_TEST(nothing_is_recorded_while_nobody_does)
{
	struct err err;

	ck_assert_int_eq(records_enable(rig.shared.records, false, &err), 0);
	(void)expect_answer(&rig, post(), 200, GOOD);
	recorded_take(&rig, &recorded);
	ck_assert_uint_eq(recorded.count, 0);
}
END_TEST

/* -- several --------------------------------------------------------------------------------- */

START_TEST(split_is_recorded_with_what_each_backend_got)
{
	const struct har_entry *entry;

	tear_down();
	set_up_with("{" BACKENDS "\"taskRouting\":{\"y\":\"b2\"}}");
	rig_answers(&rig, 0, TEXT "content-length: 18\r\n\r\n{\"clip\":1,\"ocr\":2}");
	rig_answers(&rig, 1, TEXT "content-length: 7\r\n\r\n{\"y\":3}");
	(void)expect_answer(&rig, post_to("/predict", SPLIT, PHOTO), 200,
		SPAN_LITERAL("{\"clip\":1,\"ocr\":2,\"y\":3}"));
	entry = entry_of(0, 3);
	ck_assert_int_eq(entry->side, HAR_CLIENT);
	recorded_expect_body(
		recorded.items[0].record, true, SPAN_LITERAL("{\"clip\":1,\"ocr\":2,\"y\":3}"));
	for (size_t i = 1; i < 3; i++) {
		struct message message;
		struct span request = buf_span(&rig.backends[i - 1].requests);

		entry = entry_of(i, 3);
		ck_assert_uint_eq(recorded.items[i].exchange, 1);
		expect_span(entry->backend, i == 1 ? "b1" : "b2");
		ck_assert(message_read(request, false, false, &message));
		recorded_expect_body(recorded.items[i].record, false, buf_span(&message.body));
		ck_assert_uint_eq(entry->request.part_count, 2);
		ck_assert_uint_eq(entry->request.parts[1].length, PHOTO);
		message_deinit(&message);
	}
}
END_TEST

static const struct fault_row {
	const char *name; /* of a row of failings */
	enum har_fault fault;
	int status;
} faults[FAILING_COUNT] = {
	{"refuses", HAR_FAULT_REFUSED, 0},
	{"closes", HAR_FAULT_RESET, 0},
	{"resets", HAR_FAULT_RESET, 0},
	{"closes within the head", HAR_FAULT_RESET, 0},
	{"resets within the head", HAR_FAULT_RESET, 0},
	{"closes behind the head", HAR_FAULT_TRUNCATED, 0},
	{"closes within the body", HAR_FAULT_TRUNCATED, 0},
	{"resets within the body", HAR_FAULT_RESET, 0},
	{"closes within a chunk", HAR_FAULT_TRUNCATED, 0},
	{"closes before the last chunk", HAR_FAULT_TRUNCATED, 0},
	{"closes instead of the object's end", HAR_FAULT_INVALID, 200},
	{"has a bad chunk", HAR_FAULT_INVALID, 0},
	{"has junk for a status line", HAR_FAULT_INVALID, 0},
	{"has two lengths", HAR_FAULT_INVALID, 0},
	{"has a negative length", HAR_FAULT_INVALID, 0},
	{"has bytes behind the object", HAR_FAULT_INVALID, 200},
	{"redirects", HAR_FAULT_INVALID, 0},
	{"has 204", HAR_FAULT_INVALID, 204},
	{"has an empty 200", HAR_FAULT_INVALID, 200},
	{"has an array", HAR_FAULT_INVALID, 200},
	{"has broken JSON", HAR_FAULT_INVALID, 200},
	{"switches protocols", HAR_FAULT_INVALID, 0},
	{"never answers", HAR_FAULT_STALLED, 0},
	{"stalls", HAR_FAULT_STALLED, 0},
	{"drips", HAR_FAULT_STALLED, 0},
	{"has 502", HAR_FAULT_LEFT, 0},
	{"has 503", HAR_FAULT_LEFT, 0},
	{"has 504", HAR_FAULT_NONE, 504},
};

START_TEST(failure_is_recorded_as_it_was_seen)
{
	const struct fault_row *row = &faults[_i];
	const struct failing *failing = &failings[_i];
	const struct har_entry *entry;
	struct peer *client;

	ck_assert_str_eq(row->name, failing->name);
	rig_answers(&rig, 0, "");
	failing_prepare(&rig, 0, failing);
	client = post();
	failing_happen(&rig, 0, failing);
	(void)expect_answer(&rig, client, 200, GOOD);
	entry = entry_of(1, 3);
	expect_span(entry->backend, "b1");
	ck_assert_uint_eq(entry->attempt, 1);
	expect_fault(entry, row->fault, row->status, row->fault ? failing->says : NULL);
	if (row->fault && failing->bytes && !failing->drops)
		ck_assert_uint_eq(entry->fault_at, strlen(failing->bytes));
	recorded_expect_body(recorded.items[1].record, false, buf_span(&body));
	entry = entry_of(2, 3);
	expect_span(entry->backend, "b2");
	ck_assert_uint_eq(entry->attempt, 2);
	expect_fault(entry, HAR_FAULT_NONE, 200, NULL);
	expect_fault(entry_of(0, 3), HAR_FAULT_NONE, 200, NULL);
}
END_TEST

START_TEST(failure_of_all_is_recorded_with_our_own_answer)
{
	rig_refuses(&rig, 0);
	rig_refuses(&rig, 1);
	(void)expect_detail(&rig, post(), 502, "backend 'b1': cannot connect");
	expect_fault(entry_of(0, 3), HAR_FAULT_NONE, 502, "backend 'b1': cannot connect");
	expect_fault(entry_of(1, 3), HAR_FAULT_REFUSED, 0, "cannot connect");
	expect_fault(entry_of(2, 3), HAR_FAULT_REFUSED, 0, "cannot connect");
}
END_TEST

START_TEST(backends_error_that_passes_is_no_fault)
{
	rig_answers(&rig, 0, "HTTP/1.1 500 Oh\r\ncontent-length: 3\r\n\r\nbad");
	(void)expect_answer(&rig, post(), 500, SPAN_LITERAL("bad"));
	expect_fault(entry_of(0, 2), HAR_FAULT_NONE, 500, NULL);
	expect_fault(entry_of(1, 2), HAR_FAULT_NONE, 500, NULL);
	expect_span(entry_of(1, 2)->answer.reason, "Oh");
	recorded_expect_body(recorded.items[1].record, true, SPAN_LITERAL("bad"));
}
END_TEST

/* -- who leaves ------------------------------------------------------------------------------ */

START_TEST(client_that_leaves_is_recorded_with_what_has_come)
{
	struct peer *client;

	rig_answers(&rig, 0, "");
	client = post();
	RIG_UNTIL(&rig, rig.backends[0].request_count);
	peer_reset(client);
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)));
	expect_fault(entry_of(0, 2), HAR_FAULT_LEFT, 0, "the client left");
	expect_fault(entry_of(1, 2), HAR_FAULT_LEFT, 0, "nobody waited");
	recorded_expect_body(recorded.items[0].record, false, buf_span(&body));
	ck_assert_ptr_null(recorded.items[0].record->entry.request.lacks_body);
}
END_TEST

START_TEST(body_that_ends_early_is_told_to_lack_bytes)
{
	BUF_AUTO struct buf photo = form_photo(PHOTO);
	BUF_AUTO struct buf request = {0};
	struct peer *client;

	body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	request = form_request("/predict", LINES, buf_span(&body));
	client = rig_asks(&rig, span_first(buf_span(&request), request.n - 1));
	rig_settle(&rig);
	peer_reset(client);
	rig_settle(&rig);
	for (size_t i = 0; i < 2; i++) {
		expect_fault(entry_of(i, 2), HAR_FAULT_LEFT, 0, "");
		ck_assert_ptr_nonnull(entry_of(i, 2)->request.lacks_body);
		recorded_expect_body(
			recorded.items[i].record, false, span_first(buf_span(&body), body.n - 1));
	}
}
END_TEST

START_TEST(request_that_is_refused_is_recorded)
{
	struct peer *client = post_to("/predict", "{", 5);

	(void)expect_detail(&rig, client, 422, "");
	expect_fault(entry_of(0, 1), HAR_FAULT_NONE, 422, "");
	recorded_expect_body(recorded.items[0].record, false, buf_span(&body));
}
END_TEST

/* -- when ------------------------------------------------------------------------------------ */

enum { LARGE = 3000000 };

/* An object of LARGE bytes. */
static struct buf large_object(void)
{
	struct buf object = form_photo(LARGE);

	memset(object.bytes, 'x', object.n);
	memcpy(object.bytes, "{\"a\":\"", 6);
	memcpy(object.bytes + object.n - 2, "\"}", 2);
	return object;
}

static const struct {
	const char *framing;
	bool is_chunked;
} framings[] = {{"content-length: 3000000\r\n\r\n", false},
	{"transfer-encoding: chunked\r\n\r\n2dc6c0\r\n", true}};

START_TEST(streamed_answer_is_listed_before_its_last_byte)
{
	BUF_AUTO struct buf object = large_object();
	struct peer *client;

	rig_answers(&rig, 0, "");
	client = post();
	RIG_UNTIL(&rig, rig.backends[0].request_count);
	peer_send_text(rig_peer(&rig, 0), TEXT);
	peer_send_text(rig_peer(&rig, 0), framings[_i].framing);
	peer_send(rig_peer(&rig, 0), span_first(buf_span(&object), LARGE - 1));
	RIG_UNTIL(&rig, client->in.n > LARGE - 1);
	recorded_take(&rig, &recorded);
	ck_assert_uint_eq(recorded.count, 0);
	peer_send_text(rig_peer(&rig, 0), framings[_i].is_chunked ? "}\r\n0\r\n\r\n" : "}");
	(void)expect_answer(&rig, client, 200, buf_span(&object));
	for (size_t i = 0; i < 2; i++) {
		expect_fault(entry_of(i, 2), HAR_FAULT_NONE, 200, NULL);
		recorded_expect_body(recorded.items[i].record, true, buf_span(&object));
	}
}
END_TEST

START_TEST(answer_that_breaks_off_is_recorded_as_far_as_it_came)
{
	BUF_AUTO struct buf object = large_object();
	struct peer *client;

	rig_answers(&rig, 0, "");
	client = post();
	RIG_UNTIL(&rig, rig.backends[0].request_count);
	peer_send_text(rig_peer(&rig, 0), TEXT "content-length: 3000000\r\n\r\n");
	peer_send(rig_peer(&rig, 0), span_first(buf_span(&object), LARGE - 1));
	RIG_UNTIL(&rig, client->in.n > LARGE - 1);
	peer_fin(rig_peer(&rig, 0));
	RIG_UNTIL(&rig, peer_is_over(client));
	expect_fault(entry_of(0, 2), HAR_FAULT_RESET, 0, "backend 'b1': the backend closed");
	expect_fault(entry_of(1, 2), HAR_FAULT_TRUNCATED, 0, "the backend closed");
	for (size_t i = 0; i < 2; i++)
		recorded_expect_body(
			recorded.items[i].record, true, span_first(buf_span(&object), LARGE - 1));
}
END_TEST

/* The client is answered, but nothing was recorded, nor is anything held for that. */
static void expect_unrecorded(struct peer *client)
{
	ck_assert_uint_eq(atomic_load(&rig.shared.tap_bytes), 0);
	peer_send_text(rig_peer(&rig, 0), OK);
	(void)expect_answer(&rig, client, 200, GOOD);
	recorded_take(&rig, &recorded);
	ck_assert_uint_eq(recorded.count, 0);
}

/* -- bounds ---------------------------------------------------------------------------------- */

/* As if it had sent the same bytes again and again, which need not be there so often. */
static void pass_much(struct tap *tap, uint64_t n)
{
	struct chunk *chunk = chunk_new(CHUNK_BYTES);

	for (; n >= CHUNK_BYTES; n -= CHUNK_BYTES)
		tap_request(tap, (struct slice){chunk, {chunk->bytes, CHUNK_BYTES}});
	chunk_unref(chunk);
}

/* A request whose exchange is the only one, and is with a backend. */
static struct peer *post_alone(const struct exchange **ret_exchange)
{
	struct peer *client;

	tear_down();
	rig_init_alone(&rig, 2, CONFIG);
	recorded_begin(&rig);
	client = post();
	RIG_UNTIL(&rig, rig.backends[0].request_count);
	*ret_exchange = LIST_OBJECT(rig.worker->exchanges.next, struct exchange, node);
	return client;
}

START_TEST(exchange_that_holds_too_much_is_not_recorded)
{
	struct peer *client;
	const struct exchange *exchange;

	client = post_alone(&exchange);
	pass_much(exchange->tap, TAP_EXCHANGE_BYTES_MAX - 2 * PHOTO);
	ck_assert_uint_eq(atomic_load(&rig.shared.tap_dropped), 0);
	pass_much(exchange->tap, (uint64_t)2 * PHOTO);
	ck_assert_uint_eq(atomic_load(&rig.shared.tap_dropped), 1);
	expect_unrecorded(client);
	ck_assert_uint_eq(atomic_load(&rig.shared.tap_dropped), 1);
	rig_answers(&rig, 1, OK);
	(void)expect_answer(&rig, post(), 200, GOOD);
	(void)entry_of(0, 2);
}
END_TEST

/* As if it had asked one backend after the other. */
static bool call_again(struct tap *tap)
{
	struct body sent = {.length = PHOTO};
	const struct ask_request request = {.body = &sent};

	return tap_call(tap, &request, SPAN_LITERAL("/predict"), SPAN_EMPTY);
}

START_TEST(exchange_with_too_many_calls_is_not_recorded)
{
	const struct exchange *exchange;
	struct peer *client;

	client = post_alone(&exchange);
	for (int i = 1; i < TAP_CALLS_MAX; i++)
		ck_assert(call_again(exchange->tap));
	ck_assert_uint_eq(atomic_load(&rig.shared.tap_dropped), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert(!call_again(exchange->tap));
		ck_assert_uint_eq(atomic_load(&rig.shared.tap_dropped), 1);
	}
	expect_unrecorded(client);
}
END_TEST

START_TEST(exchange_for_which_nothing_is_left_is_not_recorded)
{
	atomic_store(&rig.shared.tap_bytes, TAP_BYTES_MAX - 1000);
	(void)expect_answer(&rig, post(), 200, GOOD);
	ck_assert_uint_eq(atomic_load(&rig.shared.tap_dropped), 1);
	ck_assert_uint_eq(atomic_load(&rig.shared.tap_bytes), TAP_BYTES_MAX - 1000);
	atomic_store(&rig.shared.tap_bytes, 0);
	recorded_take(&rig, &recorded);
	ck_assert_uint_eq(recorded.count, 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("tap");
	TCase *one = tcase_create("one");
	TCase *several = tcase_create("several");
	TCase *bounds = tcase_create("bounds");

	tcase_add_checked_fixture(one, set_up, tear_down);
	tcase_add_test(one, exchange_is_recorded_with_the_request_to_its_backend);
	tcase_add_test(one, request_to_a_backend_is_recorded_as_it_was_sent);
	tcase_add_test(one, credentials_are_in_no_record);
	tcase_add_test(one, photo_sent_three_times_is_held_once);
	tcase_add_test(one, nothing_is_recorded_of_what_is_no_predict);
	tcase_add_test(one, nothing_is_recorded_while_nobody_does);
	suite_add_tcase(suite, one);
	tcase_add_checked_fixture(several, set_up, tear_down);
	tcase_add_test(several, split_is_recorded_with_what_each_backend_got);
	tcase_add_loop_test(several, failure_is_recorded_as_it_was_seen, 0, FAILING_COUNT);
	tcase_add_test(several, failure_of_all_is_recorded_with_our_own_answer);
	tcase_add_test(several, backends_error_that_passes_is_no_fault);
	tcase_add_test(several, client_that_leaves_is_recorded_with_what_has_come);
	tcase_add_test(several, body_that_ends_early_is_told_to_lack_bytes);
	tcase_add_test(several, request_that_is_refused_is_recorded);
	suite_add_tcase(suite, several);
	tcase_add_checked_fixture(bounds, set_up, tear_down);
	tcase_add_loop_test(
		bounds, streamed_answer_is_listed_before_its_last_byte, 0, COUNT_OF(framings));
	tcase_add_test(bounds, answer_that_breaks_off_is_recorded_as_far_as_it_came);
	tcase_add_test(bounds, exchange_that_holds_too_much_is_not_recorded);
	tcase_add_test(bounds, exchange_with_too_many_calls_is_not_recorded);
	tcase_add_test(bounds, exchange_for_which_nothing_is_left_is_not_recorded);
	suite_add_tcase(suite, bounds);
	return suite;
}
