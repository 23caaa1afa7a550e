#include "mlmock/service.h"
#include "rig/fixture.h"
#include "rig/probe.h"
#include "rig/suite.h"
#include "wire/status.h"

#define TYPE  "multipart/form-data; boundary=B"
#define FACE  "{\"modelName\":\"buffalo_l\""
#define FACES "{\"facial-recognition\":{\"detection\":" FACE
#define OCR   "{\"modelName\":\"PP-OCRv5_mobile\""

static const struct span unavailable = SPAN_LITERAL("RN50__openai");
static const struct predict_setup setup_of_service = {
	.decodes = true, .unavailable = &unavailable, .unavailable_count = 1};
static const struct predict_setup setup_of_measuring = {0};

static struct arena arena;
static struct reply reply;
static struct predict_seen seen;

static void setup(void)
{
	arena_init(&arena);
	reply_init(&reply);
}

static void teardown(void)
{
	reply_deinit(&reply);
	arena_deinit(&arena);
}

/* What the service would send. */
static void write_answer(struct span method, struct buf *out)
{
	buf_add_format(out, "HTTP/1.1 %d %s\r\n", reply.status, status_reason(reply.status));
	buf_add(out, buf_span(&reply.fields));
	if (reply.content_type)
		buf_add_format(out, "content-type: %s\r\n", reply.content_type);
	buf_add_format(out, "content-length: %zu\r\n\r\n", reply.body.n);
	if (!span_is(method, "HEAD"))
		buf_add(out, buf_span(&reply.body));
}

static void ask_bytes(struct span bytes, const char *name, struct buf *out)
{
	struct probe_message message;
	const struct http1_head *head = &message.http1.head;

	probe_message_read(&message, HTTP1_REQUEST, bytes, name);
	buf_reset(&reply.fields);
	service_answer(&setup_of_service,
		&(struct service_request){
			.method = head->method,
			.path = head->path,
			.query = head->query,
			.host = probe_message_field(&message, "host"),
			.content_type = probe_message_field(&message, "content-type"),
			.body = buf_span(&message.body),
		},
		&arena, &seen, &reply);
	write_answer(head->method, out);
	probe_message_deinit(&message);
}

static void ask_probe(const struct probe *probe)
{
	/* What these are about is the reading of HTTP, and that is another's. */
	static const char *const not_here[] = {
		"018", "106", "109", "111", "112", "113", "114", "115", "118", "119", "120", "121"};
	BUF_AUTO struct buf out = {0};

	if (probe_is_one_of(probe, not_here, sizeof not_here / sizeof *not_here))
		return;
	ask_bytes(buf_span(&probe->request), probe->name, &out);
	probe_expect_same(probe, buf_span(&out));
}

START_TEST(answer_given_probes_is_the_services)
{
	probe_each("probe", PROBE_COUNT, ask_probe);
}
END_TEST

static void ask_as_immich(const struct probe *probe)
{
	BUF_AUTO struct buf out = {0};

	ask_bytes(buf_span(&probe->request), probe->name, &out);
	probe_expect_like(probe, buf_span(&out));
}

START_TEST(answer_given_session_is_like_the_services)
{
	probe_each("session", PROBE_SESSION_COUNT, ask_as_immich);
}
END_TEST

/* -- what the probes leave open -------------------------------------------------------------- */

static void ask(
	const char *entries, const char *field, struct span payload, const struct predict_setup *how)
{
	BUF_AUTO struct buf body = {0};
	struct span parts;

	buf_add_format(
		&body, "--B\r\nContent-Disposition: form-data; name=\"entries\"\r\n\r\n%s\r\n", entries);
	buf_add_format(&body, "--B\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n\r\n", field,
		strcmp(field, "image") == 0 ? "; filename=\"\"" : "");
	buf_add(&body, payload);
	buf_add_text(&body, "\r\n--B--\r\n");
	parts = arena_dup(&arena, buf_span(&body));
	buf_reset(&reply.fields);
	service_answer(how,
		&(struct service_request){.method = SPAN_LITERAL("POST"),
			.path = SPAN_LITERAL("/predict"),
			.content_type = SPAN_LITERAL(TYPE),
			.body = parts},
		&arena, &seen, &reply);
}

static void ask_picture(const char *entries, const char *path)
{
	BUF_AUTO struct buf picture = {0};

	fixture_read(path, &picture);
	ask(entries, "image", buf_span(&picture), &setup_of_service);
}

static bool says(const char *text)
{
	return memmem(reply.body.bytes, reply.body.n, text, strlen(text)) != NULL;
}

static size_t count(const char *text)
{
	size_t found = 0;

	for (struct span rest = buf_span(&reply.body); rest.n; rest = span_skip(rest, 1))
		found += span_starts(rest, span_of(text));
	return found;
}

/* Of good answers alone. */
START_TEST(answer_given_perturbation_is_another)
{
	static const struct perturb perturb = {.text = 1};
	static const struct predict_setup setup_of_other = {.perturb = &perturb};
	const char *entries = "{\"clip\":{\"textual\":{\"modelName\":\"ViT-B-32__openai\"}}}";
	BUF_AUTO struct buf plain = {0};

	ask(entries, "text", SPAN_LITERAL("a"), &setup_of_measuring);
	buf_add(&plain, buf_span(&reply.body));
	ask(entries, "text", SPAN_LITERAL("a"), &setup_of_other);
	ck_assert(span_equal(buf_span(&plain), buf_span(&reply.body)));
	ask(entries, "text", SPAN_LITERAL("a"),
		&(struct predict_setup){.perturb = &(struct perturb){.vector = 0.1}});
	ck_assert_int_eq(reply.status, 200);
	ck_assert(says("{\"clip\":\"["));
	ck_assert(!span_equal(buf_span(&plain), buf_span(&reply.body)));
	ask("{}", "text", SPAN_EMPTY, &setup_of_other);
	ck_assert_int_eq(reply.status, 400);
	ck_assert(says("{\"detail\":"));
}
END_TEST

START_TEST(answer_given_picture_finds_more_with_a_lower_score)
{
	static const char *const wanted[] = {"1.0", "0.7", "0.5", "0.0"};
	size_t found[4];

	for (size_t i = 0; i < 4; i++) {
		BUF_AUTO struct buf entries = {0};

		buf_add_format(&entries,
			FACES ",\"options\":{\"minScore\":%s}},\"recognition\":" FACE "}}}", wanted[i]);
		ask_picture(entries.bytes, "pictures/coffee.jpg");
		ck_assert_int_eq(reply.status, 200);
		found[i] = count("\"boundingBox\"");
		ck_assert_uint_eq(count("\"embedding\":\"["), found[i]);
	}
	ck_assert_uint_eq(found[0], 0);
	ck_assert(found[1] <= found[2] && found[2] <= found[3] && found[3] > 0);
}
END_TEST

START_TEST(answer_given_detection_alone_is_raw_for_one_and_a_crash_for_several)
{
	ask_picture(FACES ",\"options\":{\"minScore\":0}}}}", "pictures/coffee.jpg");
	ck_assert_int_eq(reply.status, 500);
	ck_assert(says("Internal Server Error"));
	ask_picture(FACES ",\"options\":{\"minScore\":1}}}}", "pictures/coffee.jpg");
	ck_assert(says("{\"boxes\":[],\"scores\":[],\"landmarks\":[]},\"imageHeight\":400,"));
	ask_picture(FACES "}}}", "pictures/astronaut.jpg");
	ck_assert_int_eq(reply.status, 200);
	ck_assert(says("{\"boxes\":[[") && says("]],\"scores\":[0.") && says("],\"landmarks\":[[["));
	ask_picture(
		"{\"ocr\":{\"detection\":" OCR ",\"options\":{\"minScore\":0}}}}", "pictures/receipt.jpg");
	ck_assert_int_eq(reply.status, 200);
	ck_assert(says("{\"ocr\":{\"boxes\":[[[") && says("],\"scores\":[0."));
}
END_TEST

START_TEST(answer_given_lines_has_its_keys_in_the_services_order)
{
	static const char all[] = "{\"ocr\":{\"detection\":" OCR ",\"options\":{\"minScore\":0}},"
							  "\"recognition\":" OCR ",\"options\":{\"minScore\":0}}}}";
	static const char no_texts[] = "{\"ocr\":{\"detection\":" OCR ",\"options\":{\"minScore\":0}},"
								   "\"recognition\":" OCR ",\"options\":{\"minScore\":1}}}}";
	static const char no_boxes[] = "{\"ocr\":{\"detection\":" OCR ",\"options\":{\"minScore\":1}},"
								   "\"recognition\":" OCR "}}}";

	ask_picture(all, "pictures/receipt.jpg");
	ck_assert(says("{\"ocr\":{\"box\":[0.") && says("],\"text\":[\"") &&
			  says("],\"boxScore\":[0.") && says("],\"textScore\":[0."));
	ask_picture(no_texts, "pictures/receipt.jpg");
	ck_assert(says("{\"ocr\":{\"box\":[],\"text\":[],\"boxScore\":[],\"textScore\":[]},"));
	ask_picture(no_boxes, "pictures/receipt.jpg");
	ck_assert(says("{\"ocr\":{\"box\":[],\"boxScore\":[],\"text\":[],\"textScore\":[]},"));
}
END_TEST

START_TEST(answer_given_odd_wishes_is_what_the_service_says)
{
	static const struct {
		const char *entries;
		const char *field;
		const char *payload; /* NULL: a picture */
		int status;
		const char *says;
	} cases[] = {
		{"{\"clip\":{}}", "text", "a", 200, "{}"},
		{"{\"clip\":{}}", "image", NULL, 200, "{\"imageHeight\":24,\"imageWidth\":24}"},
		{"{}", "other", "a", 400, "Either image or text must be provided"},
		{"{\"clip\":{\"textual\":{\"modelName\":\"ViT-B-32__openai\",\"x\":\"\xff\"}}}", "text",
			"a", 200, "{\"clip\":\"["},
		{"{\"clip\":{\"textual\":{\"modelName\":\"ViT-B-32__openai\",\"options\":[]}}}", "text",
			"a", 500, "Internal Server Error"},
		{"{\"clip\":{\"textual\":{\"modelName\":\"x/RN50::openai\"}}}", "text", "a", 500,
			"{\"detail\":\"Failed to load model 'RN50__openai'\"}"},
		{"{\"clip\":{\"visual\":{\"modelName\":\"RN50__openai\"}}}", "image", "no picture", 500,
			"Internal Server Error"},
		{"{\"clip\":{\"visual\":{\"modelName\":\"RN50__openai\"}}}", "text", "a", 500,
			"{\"detail\":\"Failed to load model 'RN50__openai'\"}"},
		{FACES ",\"options\":{\"minScore\":\"0.5\"}}}}", "image", NULL, 500,
			"Internal Server Error"},
		{FACES "},\"recognition\":" FACE "}}}", "text", "a", 500, "Internal Server Error"},
		{"{\"ocr\":{\"recognition\":" OCR "},\"detection\":" OCR "}}}", "image", NULL, 200,
			"{\"ocr\":{\"box\":[],\"boxScore\":[],\"text\":[],\"textScore\":[]},"},
		{"{\"facial-recognition\":{\"recognition\":" FACE "}},\"ocr\":{\"detection\":" OCR "}}}",
			"image", NULL, 400, "Task facial-recognition of type recognition depends on"},
		{"{\"facial-recognition\":{\"recognition\":" FACE ",\"options\":null}},"
		 "\"clip\":{\"visual\":{\"modelName\":\"RN50__openai\"}}}",
			"image", NULL, 500, "{\"detail\":\"Failed to load model 'RN50__openai'\"}"},
		{"{\"facial-recognition\":{\"recognition\":" FACE ",\"options\":null}}}", "image", NULL,
			500, "Internal Server Error"},
	};
	BUF_AUTO struct buf picture = {0};

	fixture_read("pictures/tiny.png", &picture);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ask(cases[i].entries, cases[i].field,
			cases[i].payload ? span_of(cases[i].payload) : buf_span(&picture), &setup_of_service);
		ck_assert_msg(reply.status == cases[i].status, "%s: %d", cases[i].entries, reply.status);
		ck_assert_msg(
			says(cases[i].says), "%s: %.*s", cases[i].entries, SPAN_ARG(buf_span(&reply.body)));
	}
}
END_TEST

START_TEST(answer_given_several_tasks_has_them_in_the_order_asked_for)
{
	ask_picture("{\"ocr\":{\"recognition\":" OCR "},\"detection\":" OCR
				"}},\"clip\":{\"visual\":{\"modelName\":\"ViT-gopt-16-SigLIP2-384__webli\"}},"
				"\"facial-recognition\":{\"recognition\":" FACE "},\"detection\":" FACE "}}}",
		"pictures/tiny.png");
	ck_assert_int_eq(reply.status, 200);
	ck_assert_uint_eq(count(","), 1535 + 3 + 4);
	ck_assert(says("{\"ocr\":{") && says("]},\"clip\":\"[") &&
			  says("]\",\"facial-recognition\":[],\"imageHeight\":24,\"imageWidth\":24}"));
}
END_TEST

START_TEST(answer_without_decoding_takes_a_cut_picture)
{
	BUF_AUTO struct buf picture = {0};

	fixture_read("pictures/astronaut.jpg", &picture);
	ask("{}", "image", span_first(buf_span(&picture), 5000), &setup_of_measuring);
	ck_assert_int_eq(reply.status, 200);
	ck_assert(says("{\"imageHeight\":512,\"imageWidth\":512}"));
	ask("{}", "image", span_first(buf_span(&picture), 5000), &setup_of_service);
	ck_assert_int_eq(reply.status, 500);
}
END_TEST

START_TEST(answer_given_same_question_twice_is_the_same)
{
	static const char entries[] = "{\"clip\":{\"visual\":{\"modelName\":\"RN101__openai\"}}}";
	BUF_AUTO struct buf first = {0};

	ask_picture(entries, "pictures/grey.jpg");
	buf_add(&first, buf_span(&reply.body));
	ask_picture(entries, "pictures/cmyk.jpg");
	ck_assert(!span_equal(buf_span(&reply.body), buf_span(&first)));
	ask_picture(entries, "pictures/grey.jpg");
	ck_assert(span_equal(buf_span(&reply.body), buf_span(&first)));
}
END_TEST

START_TEST(answer_tells_what_was_seen)
{
	BUF_AUTO struct buf hex = {0};

	ask("{}", "text", SPAN_LITERAL("abc"), &setup_of_service);
	ck_assert(seen.has_payload);
	digest_add_hex(&hex, &seen.payload);
	ck_assert(span_starts(buf_span(&hex), SPAN_LITERAL("ba7816bf")));
	ck_assert_uint_eq(seen.form.part_count, 2);
	ck_assert(span_is(seen.form.fields[FORM_ENTRIES].content, "{}"));
	ask("bad", "other", SPAN_LITERAL("abc"), &setup_of_service);
	ck_assert(!seen.has_payload);
}
END_TEST

START_TEST(answer_given_odd_targets_routes_as_the_service)
{
	static const struct {
		const char *request;
		const char *reply;
	} cases[] = {
		{"GET /ping//?a=%20\"&b HTTP/1.1\r\nhost: h:1\r\n\r\n",
			"HTTP/1.1 307 Temporary Redirect\r\nlocation: http://h:1/ping?a=%20%22&b\r\n"},
		{"PUT /predict/ HTTP/1.0\r\n\r\n",
			"HTTP/1.1 307 Temporary Redirect\r\nlocation: http://localhost/predict\r\n"},
		{"GET // HTTP/1.0\r\n\r\n", "HTTP/1.1 404 Not Found\r\n"},
		{"GET /a/ping HTTP/1.0\r\n\r\n", "HTTP/1.1 404 Not Found\r\n"},
		{"OPTIONS * HTTP/1.0\r\n\r\n", "HTTP/1.1 404 Not Found\r\n"},
		{"get /ping HTTP/1.0\r\n\r\n", "HTTP/1.1 405 Method Not Allowed\r\nallow: GET\r\n"},
		{"POST /docs HTTP/1.0\r\n\r\n", "HTTP/1.1 405 Method Not Allowed\r\nallow: GET, HEAD\r\n"},
		{"HEAD /docs HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\n"},
		{"HEAD / HTTP/1.0\r\n\r\n", "HTTP/1.1 405 Method Not Allowed\r\nallow: GET\r\n"},
		{"GET /%70in%67%2 HTTP/1.0\r\n\r\n", "HTTP/1.1 404 Not Found\r\n"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		BUF_AUTO struct buf out = {0};

		ask_bytes(span_of(cases[i].request), cases[i].request, &out);
		ck_assert_msg(span_starts(buf_span(&out), span_of(cases[i].reply)), "%s: %.*s",
			cases[i].request, SPAN_ARG(buf_span(&out)));
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_service");
	TCase *tcase = tcase_create("service");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, answer_given_probes_is_the_services);
	tcase_add_test(tcase, answer_given_session_is_like_the_services);
	tcase_add_test(tcase, answer_given_picture_finds_more_with_a_lower_score);
	tcase_add_test(tcase, answer_given_perturbation_is_another);
	tcase_add_test(tcase, answer_given_detection_alone_is_raw_for_one_and_a_crash_for_several);
	tcase_add_test(tcase, answer_given_lines_has_its_keys_in_the_services_order);
	tcase_add_test(tcase, answer_given_odd_wishes_is_what_the_service_says);
	tcase_add_test(tcase, answer_given_several_tasks_has_them_in_the_order_asked_for);
	tcase_add_test(tcase, answer_without_decoding_takes_a_cut_picture);
	tcase_add_test(tcase, answer_given_same_question_twice_is_the_same);
	tcase_add_test(tcase, answer_tells_what_was_seen);
	tcase_add_test(tcase, answer_given_odd_targets_routes_as_the_service);
	suite_add_tcase(suite, tcase);
	return suite;
}
