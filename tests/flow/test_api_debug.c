/* The debug API: what is recorded, and whether; by whom it is changed, and how it is read. */
#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/recorded.h"
#include "rig/suite.h"
#include "wire/json.h"

#include "proxy/api_task.h"

#define CONFIG "{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]}"
#define CLIP   "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK     "HTTP/1.1 200 OK\r\n" JSON "content-length: 7\r\n\r\n{\"a\":1}"
#define JSON   "content-type: application/json\r\n"
#define ZERO                                                                                   \
	"{\"enabled\":%s,\"maxRecords\":%d,\"recordCount\":%d,\"bytes\":0,\"maxBytes\":268435456," \
	"\"dropped\":0}"

static struct rig rig;
static struct message message; /* of the last answer, */
static int status;             /* and its status */

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
	rig_answers(&rig, 0, OK);
}

static void tear_down(void)
{
	message_deinit(&message);
	rig_deinit(&rig);
	ck_assert_uint_eq(atomic_load(&rig.shared.api_tasks), 0);
	ck_assert_uint_eq(atomic_load(&rig.shared.api_bytes), 0);
}

/* Of one that is not, some of the body was read. */
static bool is_whole(const struct peer *client)
{
	message_deinit(&message);
	return message_read(buf_span(&client->in), true, false, &message);
}

/* The head of the answer, whose body is in `message`. */
static struct span ask(const char *method, const char *path, const char *body)
{
	BUF_AUTO struct buf request = {0};
	struct peer *client;

	buf_add_format(&request,
		"%s /api/debug/%s HTTP/1.1\r\nhost: a\r\n" JSON "content-length: %zu\r\n\r\n%s", method,
		path, strlen(body), body);
	client = rig_asks(&rig, buf_span(&request));
	RIG_UNTIL(&rig, is_whole(client));
	status = client->in.bytes[9] * 100 + client->in.bytes[10] * 10 + client->in.bytes[11] - 5328;
	return span_first(buf_span(&client->in), message.head_n);
}

static struct span get(const char *path)
{
	struct span head = ask("GET", path, "");

	ck_assert_int_eq(status, 200);
	return head;
}

static void __attribute__((format(printf, 1, 2))) expect_body(const char *format, ...)
{
	BUF_AUTO struct buf wanted = {0};
	va_list args;

	va_start(args, format);
	buf_add_args(&wanted, format, args);
	va_end(args);
	ck_assert_int_eq(status, 200);
	ck_assert_msg(span_equal(buf_span(&message.body), buf_span(&wanted)), "%.*s",
		SPAN_ARG(buf_span(&message.body)));
}

static void post_type(const char *head, struct span content)
{
	BUF_AUTO struct buf body = form_body(CLIP, head, content);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));

	(void)expect_answer(&rig, rig_asks(&rig, buf_span(&request)), 200, SPAN_LITERAL("{\"a\":1}"));
}

static void post(size_t photo_n)
{
	BUF_AUTO struct buf photo = form_photo(photo_n);

	post_type(FORM_IMAGE, buf_span(&photo));
}

/* -- changing it ----------------------------------------------------------------------------- */

START_TEST(recording_is_switched_on_and_off_and_what_is_there_stays)
{
	(void)ask("GET", "status", "");
	expect_body(ZERO, "false", 1000, 0);
	(void)ask("POST", "toggle", " { \"enabled\" : true } ");
	expect_body(ZERO, "true", 1000, 0);
	post(10);
	(void)ask("POST", "toggle", "{\"enabled\":false}");
	ck_assert(memmem(message.body.bytes, message.body.n, "\"enabled\":false", 15));
	ck_assert(memmem(message.body.bytes, message.body.n, "\"recordCount\":2,", 16));
	post(10);
	(void)ask("POST", "max-records", "{\"maxRecords\":1}");
	ck_assert(
		memmem(message.body.bytes, message.body.n, "\"maxRecords\":1,\"recordCount\":1,", 31));
	(void)ask("POST", "max-records", "{\"maxRecords\":10000}");
	ck_assert(memmem(message.body.bytes, message.body.n, "\"maxRecords\":10000,", 19));
	(void)ask("DELETE", "records", "");
	expect_body(ZERO, "false", 10000, 0);
	(void)get("records");
	expect_body("[]");
}
END_TEST

static const struct {
	const char *path;
	const char *body;
	const char *says;
	const char *member;
} refusals[] = {
	{"toggle", "", "JSON", NULL},
	{"toggle", "{", "", NULL},
	{"toggle", "{}", "wanted this member", "enabled"},
	{"toggle", "true", "wanted an object", NULL},
	{"toggle", "[true]", "wanted an object", NULL},
	{"toggle", "{\"enabled\":\"true\"}", "wanted true or false", "enabled"},
	{"toggle", "{\"enabled\":1}", "wanted true or false", "enabled"},
	{"toggle", "{\"enabled\":null}", "wanted true or false", "enabled"},
	{"toggle", "{\"enabled\":true}x", "", NULL},
	{"toggle", "{\"enabled\":true}{\"enabled\":true}", "", NULL},
	{"toggle", "{\"enabled\":true,\"enable\":true}", "wanted no other member", NULL},
	{"toggle", "{\"enabled\":true,\"enabled\":true}", "wanted no other member", NULL},
	{"toggle", "{\"Enabled\":true}", "wanted no other member", NULL},
	{"max-records", "{}", "wanted this member", "maxRecords"},
	{"max-records", "{\"maxRecords\":0}", "1 to 10000", "maxRecords"},
	{"max-records", "{\"maxRecords\":10001}", "1 to 10000", "maxRecords"},
	{"max-records", "{\"maxRecords\":-1}", "1 to 10000", "maxRecords"},
	{"max-records", "{\"maxRecords\":1.5}", "1 to 10000", "maxRecords"},
	{"max-records", "{\"maxRecords\":1.0}", "1 to 10000", "maxRecords"},
	{"max-records", "{\"maxRecords\":1e2}", "1 to 10000", "maxRecords"},
	{"max-records", "{\"maxRecords\":\"5\"}", "1 to 10000", "maxRecords"},
	{"max-records", "{\"maxRecords\":true}", "1 to 10000", "maxRecords"},
	{"max-records", "{\"maxRecords\":99999999999999999999}", "1 to 10000", "maxRecords"},
};

START_TEST(change_that_makes_no_sense_is_refused_and_changes_nothing)
{
	BUF_AUTO struct buf request = {0};

	buf_add_format(&request,
		"POST /api/debug/%s HTTP/1.1\r\nhost: a\r\n" JSON "content-length: %zu\r\n\r\n%s",
		refusals[_i].path, strlen(refusals[_i].body), refusals[_i].body);
	(void)expect_error(
		&rig, rig_asks(&rig, buf_span(&request)), 400, refusals[_i].says, refusals[_i].member);
	(void)ask("GET", "status", "");
	expect_body(ZERO, "false", 1000, 0);
}
END_TEST

static const struct {
	const char *line;
	const char *allow;
} methods[] = {
	{"POST /api/debug/status", "allow: GET, HEAD"},
	{"GET /api/debug/toggle", "allow: POST"},
	{"PUT /api/debug/max-records", "allow: POST"},
	{"POST /api/debug/records", "allow: GET, HEAD, DELETE"},
	{"DELETE /api/debug/records.har", "allow: GET, HEAD"},
	{"DELETE /api/debug/records/1", "allow: GET, HEAD"},
	{"POST /api/debug/records/1/parts/0", "allow: GET, HEAD"},
};

START_TEST(other_methods_are_refused)
{
	BUF_AUTO struct buf request = {0};
	struct span head;

	buf_add_format(
		&request, "%s HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n", methods[_i].line);
	head = expect_error(&rig, rig_asks(&rig, buf_span(&request)), 405, "Method Not Allowed", NULL);
	ck_assert(expect_has_line(head, methods[_i].allow));
}
END_TEST

static const struct {
	const char *request;
	int status;
} guarded[] = {
	{"GET /api/debug/records HTTP/1.1\r\nhost: evil.example\r\n\r\n", 403},
	{"GET /api/debug/records/1/parts/0 HTTP/1.1\r\nhost: evil.example\r\n\r\n", 403},
	{"DELETE /api/debug/records HTTP/1.1\r\nhost: a\r\norigin: http://evil.example\r\n\r\n", 403},
	{"POST /api/debug/toggle HTTP/1.1\r\nhost: a\r\ncontent-length: 16\r\n\r\n"
	 "{\"enabled\":true}",
		415},
};

START_TEST(guard_stands_before_it)
{
	(void)expect_error(
		&rig, rig_asks(&rig, span_of(guarded[_i].request)), guarded[_i].status, "", NULL);
	ck_assert(!records_is_enabled(rig.shared.records));
}
END_TEST

/* -- reading it ------------------------------------------------------------------------------ */

static const struct {
	const char *query;
	const char *ids; /* NULL: it is refused */
} queries[] = {
	{"", "1 2 3 4 5 6 "},
	{"?", "1 2 3 4 5 6 "},
	{"?limit=2", "1 2 "},
	{"?limit=10000", "1 2 3 4 5 6 "},
	{"?after=4", "5 6 "},
	{"?after=0&limit=1", "1 "},
	{"?limit=3&after=2", "3 4 5 "},
	{"?after=6", ""},
	{"?after=9223372036854775807", ""},
	{"?bodies=none&limit=1", "1 "},
	{"?limit=0", NULL},
	{"?limit=10001", NULL},
	{"?limit=", NULL},
	{"?limit", NULL},
	{"?limit=1.5", NULL},
	{"?limit=-1", NULL},
	{"?limit=%31", NULL},
	{"?after=x", NULL},
	{"?after=9223372036854775808", NULL},
	{"?bodies=all", NULL},
	{"?bodies", NULL},
	{"?&", NULL},
	{"?x=1", NULL},
};

/* Ids of the records in the array. */
static void list_ids(struct buf *ids)
{
	struct json_elements walk;
	struct span element;
	enum json_type type;
	struct err err;

	ck_assert(json_check_whole(buf_span(&message.body), &type, &err) == 0 && type == JSON_ARRAY);
	walk = json_elements_of(buf_span(&message.body));
	while (json_elements_next(&walk, &element)) {
		struct span id;

		ck_assert(json_member(element, SPAN_LITERAL("id"), &id));
		buf_add(ids, id);
		buf_add_text(ids, " ");
	}
}

START_TEST(list_has_what_the_query_says)
{
	BUF_AUTO struct buf path = {0};
	BUF_AUTO struct buf ids = {0};

	recorded_begin(&rig);
	for (int i = 0; i < 3; i++)
		post(10);
	buf_add_format(&path, "records%s", queries[_i].query);
	(void)ask("GET", path.bytes, "");
	ck_assert_int_eq(status, queries[_i].ids ? 200 : 400);
	if (!queries[_i].ids)
		return;
	list_ids(&ids);
	ck_assert(span_is(buf_span(&ids), queries[_i].ids));
	ck_assert_int_eq(memmem(message.body.bytes, message.body.n, "boundary", 8) &&
						 !memmem(message.body.bytes, message.body.n, "\"body\":\"", 8),
		strstr(queries[_i].query, "none") != NULL);
}
END_TEST

static const char *const missing[] = {"records/0", "records/3", "records/x", "records/-1",
	"records/1x", "records/%31", "records/18446744073709551617", "records/1/parts/2",
	"records/1/parts/x", "records/1/parts/-1", "records/3/parts/0",
	"records/1/parts/18446744073709551616", "records/1/parts/", "records/", "records/1/part/0",
	"records//parts/0", "records/1/parts/0/", "", "no"};

START_TEST(what_is_not_there_is_not_found)
{
	BUF_AUTO struct buf request = {0};

	recorded_begin(&rig);
	post(10);
	buf_add_format(&request, "GET /api/debug/%s HTTP/1.1\r\nhost: a\r\n\r\n", missing[_i]);
	(void)expect_error(&rig, rig_asks(&rig, buf_span(&request)), 404, "", NULL);
}
END_TEST

START_TEST(record_is_told_alone_as_in_the_list)
{
	BUF_AUTO struct buf list = {0};

	recorded_begin(&rig);
	post(100000);
	(void)get("records?limit=1");
	buf_add(&list, buf_span(&message.body));
	(void)get("records/1");
	ck_assert_uint_eq(message.body.n, list.n - 2);
	ck_assert_mem_eq(message.body.bytes, list.bytes + 1, message.body.n);
}
END_TEST

/* -- parts ----------------------------------------------------------------------------------- */

#define PART  "Content-Disposition: form-data; name=\"image\""
#define NAMED PART "; filename=\"x\""

static const struct {
	const char *head;
	const char *type;
	bool is_shown; /* by a browser */
} types[] = {
	{NAMED "\r\nContent-Type: image/jpeg", "image/jpeg", true},
	{NAMED "\r\nContent-Type: IMAGE/PNG; a=b", "IMAGE/PNG; a=b", true},
	{NAMED "\r\nContent-Type: application/octet-stream", "application/octet-stream", false},
	{NAMED, "application/octet-stream", false},
	{PART, "text/plain; charset=utf-8", true},
	{PART "\r\nContent-Type: text/plain", "text/plain", true},
	{NAMED "\r\nContent-Type: text/html", "text/html", false},
	{NAMED "\r\nContent-Type: text/html;image/png", "text/html;image/png", false},
	{NAMED "\r\nContent-Type: image/svg+xml", "image/svg+xml", false},
	{NAMED "\r\nContent-Type: text/plain/../html", "text/plain/../html", false},
	{NAMED "\r\nContent-Type: \xff/x", "application/octet-stream", false},
	{NAMED "\r\nContent-Type: image/png\x01", "application/octet-stream", false},
	{NAMED "\r\nContent-Type: png", "application/octet-stream", false},
	{NAMED "\r\nContent-Type: /png", "application/octet-stream", false},
	{NAMED "\r\nContent-Type: a b/png", "application/octet-stream", false},
};

START_TEST(part_is_given_as_it_is_and_runs_nothing)
{
	static const struct span script = SPAN_LITERAL("<script>alert(1)</script>\r\n\0\xff");
	BUF_AUTO struct buf line = {0};
	struct span head;

	recorded_begin(&rig);
	post_type(types[_i].head, script);
	head = get("records/1/parts/1");
	ck_assert(span_equal(buf_span(&message.body), script));
	buf_add_format(&line, "content-type: %s", types[_i].type);
	ck_assert_msg(expect_has_line(head, line.bytes), "%.*s", SPAN_ARG(head));
	ck_assert_uint_eq(expect_count_lines(head, "content-type:"), 1);
	ck_assert(expect_has_line(head,
		types[_i].is_shown ? "content-disposition: inline" : "content-disposition: attachment"));
	ck_assert(expect_has_line(head, "content-security-policy: default-src 'none'; sandbox"));
	ck_assert(expect_has_line(head, "x-content-type-options: nosniff"));
	ck_assert(expect_has_line(head, "cache-control: no-store"));
	(void)get("records/2/parts/0");
	ck_assert(span_is(buf_span(&message.body), CLIP));
}
END_TEST

START_TEST(part_of_any_length_is_given_whole)
{
	static const size_t sizes[] = {1, 4097, 65535, 65536, 65537, 1000000};

	recorded_begin(&rig);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		BUF_AUTO struct buf photo = form_photo(sizes[i]);
		BUF_AUTO struct buf path = {0};

		post(sizes[i]);
		buf_add_format(&path, "records/%zu/parts/1", 2 * i + 1);
		(void)get(path.bytes);
		ck_assert(span_equal(buf_span(&message.body), buf_span(&photo)));
	}
	records_clear(rig.shared.records);
	post_type(FORM_IMAGE, SPAN_EMPTY);
	(void)get("records/13/parts/1");
	ck_assert_uint_eq(message.body.n, 0);
}
END_TEST

/* -- at length ------------------------------------------------------------------------------- */

enum { COUNT = 8, LONG = 1000000 };

static const size_t all_bytes = (size_t)COUNT * LONG;

static void record_much(void)
{
	recorded_begin(&rig);
	for (int i = 0; i < COUNT; i++)
		post(LONG);
}

static struct peer *begin(const char *path)
{
	BUF_AUTO struct buf request = {0};

	buf_add_format(&request, "GET /api/debug/%s HTTP/1.1\r\nhost: a\r\n\r\n", path);
	return rig_asks(&rig, buf_span(&request));
}

/* Reads it once it is there: it is long. */
static void take_list(const struct peer *client)
{
	static const struct span last = SPAN_LITERAL("\r\n0\r\n\r\n");

	RIG_UNTIL(&rig, span_equal(span_skip(buf_span(&client->in), client->in.n - last.n), last));
	message_deinit(&message);
	ck_assert(message_read(buf_span(&client->in), true, false, &message));
}

static const char *const lists[] = {"records", "records.har"};

START_TEST(list_waits_for_a_client_that_takes_nothing)
{
	struct peer *client;
	size_t sent;

	record_much();
	client = begin(lists[_i]);
	RIG_UNTIL(&rig, client->in.n > 0);
	peer_set_deaf(client, true);
	rig_settle(&rig);
	sent = client->in.n;
	ck_assert_uint_lt(sent, all_bytes);
	post(10); /* others are served, and the list does not grow */
	peer_set_deaf(client, false);
	take_list(client);
	ck_assert_uint_gt(message.body.n, 2 * all_bytes);
	ck_assert_ptr_null(memmem(message.body.bytes, message.body.n, "\"id\":17,", 8));
	ck_assert_ptr_null(memmem(message.body.bytes, message.body.n, "\"_seq\":17,", 10));
}
END_TEST

START_TEST(list_that_nobody_waits_for_ends)
{
	struct peer *client;

	record_much();
	client = begin(lists[_i]);
	RIG_UNTIL(&rig, client->in.n > 0);
	peer_reset(client);
	rig_settle(&rig);
	RIG_UNTIL(&rig, !atomic_load(&rig.shared.api_tasks));
}
END_TEST

START_TEST(list_is_cut_with_the_process)
{
	record_much();
	(void)begin(lists[_i]);
	rig_settle(&rig);
	(void)begin(lists[_i]); /* which may have a thread at work */
	(void)rig_look(&rig, 0);
	(void)rig_look(&rig, 0);
}
END_TEST

START_TEST(list_leaves_out_what_is_deleted_meanwhile)
{
	struct peer *client;

	record_much();
	client = begin(lists[_i]);
	RIG_UNTIL(&rig, client->in.n > 0);
	peer_set_deaf(client, true);
	rig_settle(&rig);
	records_clear(rig.shared.records);
	peer_set_deaf(client, false);
	take_list(client);
	ck_assert_uint_lt(message.body.n, 2 * all_bytes);
	ck_assert_ptr_nonnull(memrchr(message.body.bytes, ']', message.body.n));
}
END_TEST

START_TEST(too_many_calls_at_once_are_refused)
{
	struct peer *clients[8];

	record_much();
	for (size_t i = 0; i < 8; i++) {
		clients[i] = begin("records.har");
		peer_set_deaf(clients[i], true);
		RIG_UNTIL(&rig, atomic_load(&rig.shared.api_tasks) == (i + 1) * API_TASKS_MAX / 8);
	}
	(void)expect_error(&rig, begin("status"), 503, "too many such calls", NULL);
	peer_reset(clients[0]);
	RIG_UNTIL(&rig, atomic_load(&rig.shared.api_tasks) < API_TASKS_MAX);
	(void)get("status");
}
END_TEST

START_TEST(head_has_no_body)
{
	struct peer *client = rig_client(&rig);

	record_much();
	peer_send_text(client, "HEAD /api/debug/records HTTP/1.1\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, peer_has(client, "\r\n\r\n"));
	rig_settle(&rig);
	ck_assert(peer_has(client, "HTTP/1.1 200 OK"));
	ck_assert(!peer_has(client, "["));
	ck_assert_uint_eq(atomic_load(&rig.shared.api_tasks), 0);
}
END_TEST

START_TEST(client_of_old_gets_a_list_until_the_end)
{
	struct peer *client = rig_client(&rig);

	record_much();
	peer_send_text(client, "GET /api/debug/records HTTP/1.0\r\nhost: a\r\n\r\n");
	RIG_UNTIL(&rig, peer_is_over(client));
	ck_assert_uint_gt(client->in.n, 2 * all_bytes);
	ck_assert_int_eq(client->in.bytes[client->in.n - 1], ']');
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("api_debug");
	TCase *change = suite_case(suite, "change", set_up, tear_down);
	TCase *read = suite_case(suite, "read", set_up, tear_down);
	TCase *length = suite_case(suite, "length", set_up, tear_down);

	tcase_add_test(change, recording_is_switched_on_and_off_and_what_is_there_stays);
	tcase_add_loop_test(
		change, change_that_makes_no_sense_is_refused_and_changes_nothing, 0, COUNT_OF(refusals));
	tcase_add_loop_test(change, other_methods_are_refused, 0, COUNT_OF(methods));
	tcase_add_loop_test(change, guard_stands_before_it, 0, COUNT_OF(guarded));
	tcase_add_loop_test(read, list_has_what_the_query_says, 0, COUNT_OF(queries));
	tcase_add_loop_test(read, what_is_not_there_is_not_found, 0, COUNT_OF(missing));
	tcase_add_test(read, record_is_told_alone_as_in_the_list);
	tcase_add_loop_test(read, part_is_given_as_it_is_and_runs_nothing, 0, COUNT_OF(types));
	tcase_add_test(read, part_of_any_length_is_given_whole);
	tcase_add_loop_test(length, list_waits_for_a_client_that_takes_nothing, 0, COUNT_OF(lists));
	tcase_add_loop_test(length, list_that_nobody_waits_for_ends, 0, COUNT_OF(lists));
	tcase_add_loop_test(length, list_is_cut_with_the_process, 0, COUNT_OF(lists));
	tcase_add_loop_test(length, list_leaves_out_what_is_deleted_meanwhile, 0, COUNT_OF(lists));
	tcase_add_test(length, too_many_calls_at_once_are_refused);
	tcase_add_test(length, head_has_no_body);
	tcase_add_test(length, client_of_old_gets_a_list_until_the_end);
	return suite;
}
