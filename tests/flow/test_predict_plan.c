/* Which backend a request goes to, and when it begins to: never before it is clear what it asks
 * for. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG                                                                          \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}," \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},{\"name\":\"b3\",\"url\":\"http://$3\"}]," \
	"\"modelTypeRouting\":{\"textual\":\"b2\"},"                                        \
	"\"taskRouting\":{\"clip/visual\":\"b3\",\"clip/*/special\":\"b1\",\"ocr\":\"b2\"," \
	"\"facial_recognition\":\"b3\",\"image-classification\":\"b2\",\"mood\":\"b3\","    \
	"\"shared\":[\"b2\",\"b3\"]}}"
#define WHOLE                                                                                  \
	"{\"inspect\":\"whole\",\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":" \
	"\"http://$1\"},"                                                                          \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},{\"name\":\"b3\",\"url\":\"http://$3\"}],"        \
	"\"taskRouting\":{\"clip/visual\":\"b3\"}}"
#define BY_PAYLOAD                                                                      \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}," \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},{\"name\":\"b3\",\"url\":\"http://$3\"}]," \
	"\"payloadRouting\":{\"text\":\"b2\",\"image\":\"b3\"},\"taskRouting\":{\"ocr\":\"b1\"}}"

#define OK "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{\"a\":1}"

#define BODY SPAN_LITERAL("{\"a\":1}")

#define TYPE(type, model) "\"" type "\":{\"modelName\":\"" model "\"}"
#define TASK(task, types) "{\"" task "\":{" types "}}"
#define CLIP_TEXTUAL      TASK("clip", TYPE("textual", "m"))
#define CLIP_VISUAL       TASK("clip", TYPE("visual", "m"))

enum { BACKENDS = 3 };

static struct rig rig;

static void set_up_with(const char *config)
{
	rig_init(&rig, BACKENDS, config);
	for (size_t i = 0; i < BACKENDS; i++)
		rig_answers(&rig, i, OK);
}

static void set_up(void)
{
	set_up_with(CONFIG);
}

static void set_up_whole(void)
{
	set_up_with(WHOLE);
}

static void set_up_by_payload(void)
{
	set_up_with(BY_PAYLOAD);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

/* Only that backend was asked, and for the body as it is. */
static void expect_only(size_t backend, struct span body)
{
	(void)expect_request(&rig, backend, 0, "POST /predict HTTP/1.1", body);
	for (size_t i = 0; i < BACKENDS; i++)
		ck_assert_msg(i == backend || !rig_peer(&rig, i), "backend %zu was asked too", i + 1);
}

static void expect_nobody(void)
{
	rig_settle(&rig);
	for (size_t i = 0; i < BACKENDS; i++)
		ck_assert_ptr_null(rig_peer(&rig, i));
}

/* -- routes ---------------------------------------------------------------------------------- */

static const struct routed {
	const char *entries;
	const char *payload_head;
	size_t backend;
} routed[] = {
	{CLIP_TEXTUAL, FORM_TEXT, 1},
	{CLIP_VISUAL, FORM_IMAGE, 2},
	{TASK("clip", TYPE("visual", "special")), FORM_IMAGE, 0},
	{TASK("clip", TYPE("textual", "special")), FORM_TEXT, 0},
	{TASK("clip", TYPE("textual", "m") "," TYPE("visual", "m")), FORM_IMAGE, 2},
	{TASK("cl\\u0069p", TYPE("vis\\u0075al", "m")), FORM_IMAGE, 2},
	{TASK("ocr", TYPE("recognition", "m") "," TYPE("detection", "m")), FORM_IMAGE, 1},
	{TASK("facial-recognition", TYPE("detection", "m")), FORM_IMAGE, 2},
	{TASK("mood", TYPE("any", "m")), FORM_IMAGE, 2},
	{TASK("mood", ""), FORM_TEXT, 2},
	{TASK("unheard-of", TYPE("any", "m")), FORM_IMAGE, 0},
	{TASK("unheard-of", TYPE("textual", "m")), FORM_TEXT, 1},
	{"{\"ocr\":{" TYPE("detection", "m") "},\"clip\":{" TYPE("textual", "m") "}}", FORM_TEXT, 1},
	{" {\"clip\":{" TYPE("visual", "m") "},\r\n\"clip\" : {" TYPE("textual", "m") "} }", FORM_TEXT,
		1},
	{"{}", FORM_IMAGE, 0},
	{" { } ", FORM_TEXT, 0},
};

START_TEST(entries_given_routes_reach_their_backend_byte_for_byte)
{
	const struct routed *row = &routed[_i];
	BUF_AUTO struct buf body =
		form_body(row->entries, row->payload_head, SPAN_LITERAL("\xff\xd8 cat"));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	struct peer *client = rig_client(&rig);

	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, BODY);
	expect_only(row->backend, buf_span(&body));
}
END_TEST

START_TEST(pool_given_several_backends_is_taken_in_turns)
{
	BUF_AUTO struct buf request = form_predict(TASK("shared", TYPE("a", "m")), "cat");
	struct peer *client = rig_client(&rig);

	for (int i = 0; i < 6; i++) {
		peer_send(client, buf_span(&request));
		(void)expect_answer(&rig, client, 200, BODY);
	}
	ck_assert_uint_eq(rig.backends[0].request_count, 0);
	ck_assert_uint_eq(rig.backends[1].request_count, 3);
	ck_assert_uint_eq(rig.backends[2].request_count, 3);
}
END_TEST

/* -- before v1.106 --------------------------------------------------------------------------- */

#define FIELD(name) "Content-Disposition: form-data; name=\"" name "\""

static const struct routed old[] = {
	{"clip", FORM_IMAGE, 0},
	{"facial-recognition", FORM_IMAGE, 2},
	{"image-classification", FORM_IMAGE, 1},
	{"unheard-of", FORM_TEXT, 0},
};

START_TEST(fields_given_no_entries_pass_by_their_model_type)
{
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);

	form_part(&body, FIELD("modelName"), SPAN_LITERAL("m"));
	form_part(&body, FIELD("modelType"), span_of(old[_i].entries));
	form_part(&body, FIELD("options"), SPAN_LITERAL("{\"mode\":\"vision\"}"));
	form_part(&body, old[_i].payload_head, SPAN_LITERAL("cat"));
	form_end(&body);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	rig_answers(&rig, old[_i].backend, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[0.1,0.2]");
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("[0.1,0.2]"));
	expect_only(old[_i].backend, buf_span(&body));
}
END_TEST

/* -- when ------------------------------------------------------------------------------------ */

START_TEST(backend_is_asked_when_the_entries_are_whole_and_not_before)
{
	BUF_AUTO struct buf photo = form_photo(100000);
	BUF_AUTO struct buf body = form_body(CLIP_VISUAL, FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	const char *entries = memmem(request.bytes, request.n, CLIP_VISUAL, strlen(CLIP_VISUAL));
	/* up to the CR of the delimiter that ends them */
	const char *end = entries + strlen(CLIP_VISUAL) + strlen("\r\n--" FORM_BOUNDARY "\r");
	struct span sent = span_between(request.bytes, end);
	struct peer *client = rig_client(&rig);

	for (struct span rest = sent; rest.n; rest = span_skip(rest, 50)) {
		peer_send(client, span_first(rest, 50));
		rig_settle(&rig);
	}
	expect_nobody();
	peer_send_text(client, "\n");
	RIG_UNTIL(&rig, rig_peer(&rig, 2) && peer_has(rig_peer(&rig, 2), CLIP_VISUAL));
	peer_send(client, span_skip(buf_span(&request), sent.n + 1));
	(void)expect_answer(&rig, client, 200, BODY);
	expect_only(2, buf_span(&body));
}
END_TEST

static const struct routed by_payload[] = {
	{CLIP_TEXTUAL, FORM_TEXT, 1},
	{CLIP_VISUAL, FORM_IMAGE, 2},
	{"{}", FORM_IMAGE, 0},
	{"{\"ocr\":{" TYPE("detection", "m") "}}", FORM_IMAGE, 0},
	{CLIP_VISUAL, "Content-Disposition: form-data; name=\"other\"", 0},
};

START_TEST(payload_rule_waits_for_the_payloads_head_alone)
{
	const struct routed *row = &by_payload[_i];
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);
	bool needs_payload = strcmp(row->entries, "{}") != 0 && !strstr(row->entries, "ocr");
	size_t entries_n;

	form_part(&body, FORM_ENTRIES, span_of(row->entries));
	entries_n = body.n;
	form_part(&body, row->payload_head, SPAN_LITERAL("cat"));
	form_end(&body);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	size_t head_n = request.n - body.n;
	peer_send(client, span_first(buf_span(&request), head_n + entries_n + 60));
	rig_settle(&rig);
	ck_assert_int_eq(rig_peer(&rig, 0) != NULL, !needs_payload);
	peer_send(client, span_skip(buf_span(&request), head_n + entries_n + 60));
	(void)expect_answer(&rig, client, 200, BODY);
	expect_only(row->backend, buf_span(&body));
}
END_TEST

START_TEST(payload_rule_given_the_head_streams_the_payload)
{
	BUF_AUTO struct buf body = form_body(CLIP_VISUAL, FORM_IMAGE, SPAN_LITERAL("first;second"));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	const char *middle = memmem(request.bytes, request.n, "second", 6);
	struct peer *client = rig_client(&rig);

	peer_send(client, span_between(request.bytes, middle));
	RIG_UNTIL(&rig, rig_peer(&rig, 2) && peer_has(rig_peer(&rig, 2), "first;"));
	peer_send(client, span_between(middle, request.bytes + request.n));
	(void)expect_answer(&rig, client, 200, BODY);
	expect_only(2, buf_span(&body));
}
END_TEST

START_TEST(payload_rule_given_image_and_text_goes_by_what_comes_first)
{
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);

	form_part(&body, FORM_TEXT, SPAN_LITERAL("cat"));
	form_part(&body, FORM_IMAGE, SPAN_LITERAL("cat"));
	form_part(&body, FORM_ENTRIES, SPAN_LITERAL(CLIP_VISUAL));
	form_end(&body);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, BODY);
	expect_only(2, buf_span(&body)); /* with both, the service takes the image */
}
END_TEST

/* -- late entries, and doubled ones ---------------------------------------------------------- */

START_TEST(entries_given_late_behind_8_mb_arrive_in_their_order)
{
	BUF_AUTO struct buf photo = form_photo(8 << 20);
	BUF_AUTO struct buf more = form_photo(700000);
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);
	size_t late;

	form_part(&body, FORM_IMAGE, buf_span(&photo));
	form_part(&body, FORM_ENTRIES, SPAN_LITERAL(CLIP_VISUAL));
	late = body.n;
	form_part(&body, FIELD("more"), buf_span(&more));
	form_end(&body);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	size_t head_n = request.n - body.n;
	peer_send(client, span_first(buf_span(&request), head_n + (8 << 20)));
	expect_nobody();
	peer_send(client, span_first(span_skip(buf_span(&request), head_n + (8 << 20)), late));
	rig_settle(&rig);
	peer_send(client, span_skip(buf_span(&request), head_n + (8 << 20) + late));
	(void)expect_answer(&rig, client, 200, BODY);
	expect_only(2, buf_span(&body));
}
END_TEST

START_TEST(entries_given_twice_while_streaming_are_refused_and_the_backend_left)
{
	BUF_AUTO struct buf photo = form_photo(2 << 20);
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);

	form_part(&body, FORM_ENTRIES, SPAN_LITERAL(CLIP_VISUAL));
	form_part(&body, FORM_IMAGE, buf_span(&photo));
	form_part(&body, FORM_ENTRIES, SPAN_LITERAL(CLIP_TEXTUAL));
	form_end(&body);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	size_t until = request.n - 400;
	peer_send(client, span_first(buf_span(&request), until));
	RIG_UNTIL(&rig, rig_peer(&rig, 2) && rig_peer(&rig, 2)->in.n > 1 << 20);
	ck_assert(!peer_is_over(rig_peer(&rig, 2)));
	peer_send(client, span_skip(buf_span(&request), until));
	(void)expect_detail(&rig, client, 400, "more than one entries part");
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 2)));
	ck_assert_uint_eq(rig.backends[2].request_count, 0);
	ck_assert_ptr_null(rig_peer(&rig, 1));
}
END_TEST

/* The backend has answered before the second entries part comes: that answer does not count. */
START_TEST(entries_given_twice_behind_an_early_answers_head_are_refused)
{
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);
	size_t first;

	form_part(&body, FORM_ENTRIES, SPAN_LITERAL(CLIP_VISUAL));
	form_part(&body, FORM_IMAGE, SPAN_LITERAL("cat"));
	first = body.n;
	form_part(&body, FORM_ENTRIES, SPAN_LITERAL(CLIP_TEXTUAL));
	form_end(&body);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	size_t head_n = request.n - body.n;
	peer_send(client, span_first(buf_span(&request), head_n + first));
	RIG_UNTIL(&rig, rig_peer(&rig, 2) && peer_has(rig_peer(&rig, 2), "cat"));
	peer_send_text(rig_peer(&rig, 2), "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"a\"");
	rig_settle(&rig);
	ck_assert_uint_eq(client->in.n, 0);
	peer_send(client, span_skip(buf_span(&request), head_n + first));
	(void)expect_detail(&rig, client, 400, "more than one entries part");
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 2)));
}
END_TEST

static void add_routes(TCase *tcase)
{
	tcase_add_loop_test(tcase, entries_given_routes_reach_their_backend_byte_for_byte, 0,
		sizeof routed / sizeof *routed);
	tcase_add_test(tcase, pool_given_several_backends_is_taken_in_turns);
	tcase_add_loop_test(
		tcase, fields_given_no_entries_pass_by_their_model_type, 0, sizeof old / sizeof *old);
	tcase_add_test(tcase, backend_is_asked_when_the_entries_are_whole_and_not_before);
	tcase_add_test(tcase, entries_given_late_behind_8_mb_arrive_in_their_order);
	tcase_add_test(tcase, entries_given_twice_behind_an_early_answers_head_are_refused);
}

static void add_payload_rules(TCase *tcase)
{
	tcase_add_loop_test(tcase, payload_rule_waits_for_the_payloads_head_alone, 0,
		sizeof by_payload / sizeof *by_payload);
	tcase_add_test(tcase, payload_rule_given_the_head_streams_the_payload);
	tcase_add_test(tcase, payload_rule_given_image_and_text_goes_by_what_comes_first);
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("predict_plan");
	TCase *routes = tcase_create("routes");
	TCase *whole = tcase_create("inspected");
	TCase *payload = tcase_create("payload");

	tcase_set_timeout(routes, 120);
	tcase_add_checked_fixture(routes, set_up, tear_down);
	add_routes(routes);
	suite_add_tcase(suite, routes);
	tcase_set_timeout(whole, 120);
	tcase_add_checked_fixture(whole, set_up_whole, tear_down);
	tcase_add_test(whole, entries_given_twice_while_streaming_are_refused_and_the_backend_left);
	suite_add_tcase(suite, whole);
	tcase_set_timeout(payload, 120);
	tcase_add_checked_fixture(payload, set_up_by_payload, tear_down);
	add_payload_rules(payload);
	suite_add_tcase(suite, payload);
	return suite;
}
