/* Each case is read at several piece sizes, and what comes out is compared as text:
 *     pool(rule):task,task pool(rule):task     the plan, "judged" before it when it was
 *     whole pool(rule)                         a plan without tasks
 *     refused KIND text                        with its JSON detail behind it, if it has one
 */
#include "domain/intake.h"

#include "rig/suite.h"

static const char config_text[] =
	"{\"backends\":["
	"{\"name\":\"cpu\",\"url\":\"http://cpu:3003\"},"
	"{\"name\":\"gpu\",\"url\":\"http://gpu:3003\"},"
	"{\"name\":\"big\",\"url\":\"http://big:3003\"},"
	"{\"name\":\"txt\",\"url\":\"http://txt:3003\"},"
	"{\"name\":\"img\",\"url\":\"http://img:3003\"}],"
	"\"defaultBackend\":\"cpu\","
	"\"taskRouting\":{\"facial_recognition\":\"gpu\",\"clip/*/Large\":\"big\","
	"\"clip/textual\":\"cpu\",\"ocr/recognition\":\"gpu\",\"tags\":\"big\"},"
	"\"payloadRouting\":{\"text\":\"txt\",\"image\":\"img\"},"
	"\"limits\":{\"entries\":200,\"parts\":5,\"partHead\":200}}";

#define CONTENT_TYPE         "multipart/form-data; boundary=X"
#define NEXT                 "--X\r\n"
#define END                  "--X--\r\n"
#define HEAD(fields)         NEXT "Content-Disposition: form-data; " fields "\r\n\r\n"
#define FIELD(name, content) HEAD("name=\"" name "\"") content "\r\n"
#define FILE(name, content)  HEAD("name=\"" name "\"; filename=\"blob\"") content "\r\n"
#define IMAGE                FILE("image", "\xff\xd8\xff\xd9\r\n--")
#define TEXT                 FIELD("text", "a dog")

#define M       "{\"modelName\":\"m\"}"
#define FACES   "\"facial-recognition\":{\"detection\":" M ",\"recognition\":" M "}"
#define OCR     "\"ocr\":{\"detection\":" M ",\"recognition\":" M "}"
#define VISUAL  "\"clip\":{\"visual\":" M "}"
#define LARGE   "\"clip\":{\"visual\":{\"modelName\":\"Large\"}}"
#define TEXTUAL "\"clip\":{\"textual\":" M "}"
#define TAGS    "\"tags\":{\"t\":" M "}"

#define TEN   "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define LONG  FIFTY FIFTY FIFTY FIFTY TEN

#define MISSING                                              \
	"refused 2 no entries: Field required "                  \
	"[{\"type\":\"missing\",\"loc\":[\"body\",\"entries\"]," \
	"\"msg\":\"Field required\",\"input\":null}]"
#define BROKEN "refused 1 There was an error parsing the body"
#define TWICE  "refused 1 more than one entries part"

static struct config *new_config(void)
{
	struct config_fault fault = {0};
	struct config *config = NULL;

	ck_assert_msg(
		config_parse(span_of(config_text), &config, &fault) == 0, "%s: %s", fault.path, fault.text);
	return config;
}

static void show_plan(const struct intake *intake, struct buf *out)
{
	buf_add_text(out, intake->is_judged ? "judged" : "whole");
	for (size_t i = 0; i < intake->plan.group_count; i++) {
		const struct plan_group *group = &intake->plan.groups[i];
		struct span name = intake->config->backends[group->route.pool->backends[0]].name;
		const char *separator = ":";

		buf_add_format(out, " %.*s(%s)", SPAN_ARG(name), route_reason_text(group->route.reason));
		for (size_t j = 0; j < intake->entries.task_count; j++) {
			if (!group->wanted[j])
				continue;
			buf_add_format(out, "%s%.*s", separator, SPAN_ARG(intake->entries.tasks[j].name));
			separator = ",";
		}
	}
}

/* Reads all of the body in pieces of n; *ret_planned is how much of it was read when it was
 * planned. */
static int read_body(
	struct intake *intake, struct span body, size_t n, size_t *ret_planned, struct err *err)
{
	int status = INTAKE_MORE;

	for (size_t at = 0; at < body.n; at += n) {
		int before = status;

		status = intake_feed(intake, span_first(span_skip(body, at), n), err);
		if (status < 0)
			return status;
		ck_assert(before == INTAKE_MORE || status == INTAKE_PLANNED);
		if (before != status)
			*ret_planned = at + n;
	}
	return intake_end(intake, err);
}

static void show(struct span content_type, struct span body, size_t n, struct buf *out)
{
	struct config *config = new_config();
	struct arena arena = {0};
	struct intake intake;
	struct err err;
	size_t planned;
	int status = intake_init(&intake, config, content_type, &arena, &err);

	if (status == 0)
		status = read_body(&intake, body, n, &planned, &err);
	if (status == INTAKE_PLANNED)
		show_plan(&intake, out);
	else
		buf_add_format(out, "refused %d %s%s%s", err.kind, err.text, intake.detail_json ? " " : "",
			intake.detail_json ? intake.detail_json : "");
	intake_deinit(&intake);
	arena_deinit(&arena);
	config_unref(config);
}

static const struct {
	const char *body;
	const char *expected;
} bodies[] = {
	/* one group */
	{FIELD("entries", "{" FACES "}") IMAGE END, "judged gpu(task):facial-recognition"},
	{FIELD("entries", "{" TEXTUAL "}") TEXT END, "judged cpu(task/type):clip"},
	{FIELD("entries", "{" LARGE "}") IMAGE END, "judged big(task/*/model):clip"},
	{IMAGE FIELD("entries", "{" FACES "}") END, "judged gpu(task):facial-recognition"},
	{FIELD("entries", "{" FACES "," OCR "}") IMAGE END, "judged gpu(task):facial-recognition,ocr"},
	{FIELD("entries", "{" LARGE "," TAGS "}") IMAGE END, "judged big(task/*/model):clip,tags"},
	{FIELD("entries", "{\"fac\\u0069al-recognition\":{\"detection\":{\"modelName\":\"m\"}}}") END,
		"judged gpu(task):facial-recognition"},
	{HEAD("name=entries") "{" FACES "}\r\n" END, "judged gpu(task):facial-recognition"},
	{NEXT "CONTENT-disposition:form-data;NAME=entries\r\nContent-Type: application/json\r\n\r\n"
		  "{" FACES "}\r\n" END,
		"judged gpu(task):facial-recognition"},
	/* payload rules */
	{FIELD("entries", "{" VISUAL "}") IMAGE END, "judged img(payload):clip"},
	{FIELD("entries", "{" VISUAL "}") TEXT END, "judged txt(payload):clip"},
	{IMAGE FIELD("entries", "{" VISUAL "}") END, "judged img(payload):clip"},
	{TEXT FIELD("entries", "{" VISUAL "}") END, "judged txt(payload):clip"},
	{TEXT IMAGE FIELD("entries", "{" VISUAL "}") END, "judged img(payload):clip"},
	{IMAGE TEXT FIELD("entries", "{" VISUAL "}") END, "judged img(payload):clip"},
	{FIELD("entries", "{" VISUAL "}") FIELD("other", "x") END, "judged cpu(default):clip"},
	{FIELD("entries", "{" VISUAL "}"), MISSING},
	{FIELD("entries", "{" VISUAL "}") NEXT, "judged cpu(default):clip"},
	{FIELD("entries", "{" VISUAL "}") HEAD("name=\"image\""), "judged img(payload):clip"},
	/* several groups */
	{FIELD("entries", "{" LARGE "," FACES "}") IMAGE END,
		"judged big(task/*/model):clip gpu(task):facial-recognition"},
	{FIELD("entries", "{" FACES "," VISUAL "," OCR "}") IMAGE END,
		"judged gpu(task):facial-recognition,ocr img(payload):clip"},
	{FIELD("entries", "{" FACES "," TAGS "}") FIELD("x", "y") IMAGE FILE("z", "") END,
		"judged gpu(task):facial-recognition big(task):tags"},
	{FIELD("entries", "{" FACES "," TAGS "}") FILE("image", "cut he"),
		"judged gpu(task):facial-recognition big(task):tags"},
	{"\r\n" FIELD("entries", "{" FACES "," TAGS "}") END "epilogue",
		"judged gpu(task):facial-recognition big(task):tags"},
	/* preambles */
	{"hello\r\n" FIELD("entries", "{" FACES "," TAGS "}") IMAGE END, BROKEN},
	{"hello\r\n" FIELD("entries", "{" FACES "," VISUAL "}") IMAGE END, BROKEN},
	{"hello\r\n" FIELD("entries", "{" FACES "," OCR "}") IMAGE END,
		"judged gpu(task):facial-recognition,ocr"},
	{"hello\r\n" IMAGE END, BROKEN},
	{"garbage garbage garbage", BROKEN},
	/* entries that are refused, and entries that ask for nothing */
	{FIELD("entries", "{\"clip\":") IMAGE END, "refused 2 Invalid request format."},
	{FIELD("entries", "[]") IMAGE END, "refused 2 Invalid request format."},
	{FIELD("entries", "{\"clip\":{\"visual\":{}}}") IMAGE END, "refused 2 Invalid request format."},
	{FIELD("entries", "{}") IMAGE END, "judged cpu(default)"},
	{FIELD("entries", "{}") TEXT END, "judged cpu(default)"},
	{FILE("entries", "{" FACES "}") IMAGE END, "whole cpu(default)"},
	{HEAD("name=entries; filename*=utf-8''x") "{" FACES "}\r\n" IMAGE END, "whole cpu(default)"},
	{FIELD("entries", "") IMAGE END, MISSING},
	{IMAGE END, MISSING},
	{END, MISSING},
	{"", MISSING},
	{FIELD("Entries", "{}") IMAGE END, MISSING},
	{HEAD("name=\"entries\"") "{}\r\n--X", MISSING},
	{HEAD("x=\"entries\"") "abc\r\n" IMAGE END, "whole cpu(default)"},
	{NEXT "\r\nabc\r\n" FIELD("entries", "{" FACES "}") END, "judged gpu(task):facial-recognition"},
	/* a second entries part */
	{FIELD("entries", "{}") FIELD("entries", "{}") END, TWICE},
	{FIELD("entries", "{" FACES "}") IMAGE FIELD("entries", "{}") END, TWICE},
	{FIELD("entries", "{" VISUAL "}") FIELD("entries", "{}") END, TWICE},
	{FIELD("entries", "") FIELD("entries", "{}") END, TWICE},
	{FILE("entries", "{}") FIELD("entries", "{}") END, TWICE},
	{FIELD("entries", "{}") FILE("entries", "{}") END, TWICE},
	{FIELD("entries", "{}") HEAD("name=entries"), TWICE},
	/* Immich before v1.106 */
	{FIELD("modelType", "facial-recognition") IMAGE END, "whole gpu(task)"},
	{FIELD("modelName", "Large") FIELD("modelType", "clip") IMAGE END, "whole big(task/*/model)"},
	{FIELD("modelType", "clip") FIELD("modelName", "m") IMAGE END, "whole img(payload)"},
	{FIELD("modelType", "clip") TEXT END, "whole txt(payload)"},
	{FIELD("modelType", "clip") END, "whole cpu(default)"},
	{FIELD("modelType", "image-classification") FIELD("options", "{}") END, "whole cpu(default)"},
	{FIELD("modelType", "tags") FIELD("modelType", "facial-recognition") END, "whole gpu(task)"},
	{"hello\r\n" FIELD("modelType", "tags") END, "whole big(task)"},
	{FIELD("modelType", "") END, MISSING},
	{FILE("modelType", "tags") END, MISSING},
	{FIELD("modelType", "tags") FIELD("entries", "{" FACES "}") END,
		"judged gpu(task):facial-recognition"},
	{FIELD("entries", "{" FACES "}") FIELD("modelType", "tags") END,
		"judged gpu(task):facial-recognition"},
	{FIELD("entries", "{" FACES "}") FIELD("modelType", LONG) END,
		"judged gpu(task):facial-recognition"},
	{FIELD("modelType", "tags") FIELD("entries", "") END, MISSING},
	{FIELD("entries", "") FIELD("modelType", "tags") END, MISSING},
	/* broken multipart, before and after the plan */
	{FIELD("entries", "{" FACES "}") "--X\n", BROKEN},
	{FIELD("entries", "{" FACES "}") NEXT "no colon\r\n\r\n", BROKEN},
	{"--X\nContent-Disposition: form-data; name=\"entries\"\n\n{}\n--X--\n", BROKEN},
};

START_TEST(feed_given_any_pieces_gives_the_same_plan)
{
	static const size_t sizes[] = {1, 2, 3, 5, 7, 16, 50, 120, SIZE_MAX / 2};
	const char *expected = bodies[_i].expected;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		BUF_AUTO struct buf out = {0};

		show(SPAN_LITERAL(CONTENT_TYPE), span_of(bodies[_i].body), sizes[i], &out);
		ck_assert_msg(span_is(buf_span(&out), expected), "%s\nin pieces of %zu gave\n%.*s\nnot\n%s",
			bodies[_i].body, sizes[i], SPAN_ARG(buf_span(&out)), expected);
	}
}
END_TEST

static const struct {
	const char *content_type;
	const char *expected;
} content_types[] = {
	{"multipart/form-data; boundary=X", "judged gpu(task):facial-recognition"},
	{"multipart/form-data; boundary=\"X\"", "judged gpu(task):facial-recognition"},
	{"Multipart/Form-Data; Boundary=X", "judged gpu(task):facial-recognition"},
	{"multipart/form-data;charset=UTF-8;boundary=X", "judged gpu(task):facial-recognition"},
	{"multipart/form-data; boundary=X; charset=utf-7", "whole cpu(default)"},
	{"multipart/form-data; boundary=X; charset=utf-8; charset=utf-8", "whole cpu(default)"},
	{"multipart/form-data", "refused 1 Missing boundary in multipart."},
	{"multipart/form-data; charset=utf-8", "refused 1 Missing boundary in multipart."},
	{"multipart/form-data; boundary=", BROKEN},
	{"multipart/form-data; boundary=zzz", BROKEN},
	{"multipart/form-data; boundary=X; boundary=X", BROKEN},
	{"multipart/form-data; boundary*=utf-8''X", BROKEN},
	{"multipart/form-data; boundary=X; boundary*=utf-8''Y", BROKEN},
	{"multipart/form-data; boundary=<X>", BROKEN},
	{"multipart/mixed; boundary=X", "whole cpu(default)"},
	{"application/x-www-form-urlencoded", "whole cpu(default)"},
	{"application/json", "whole cpu(default)"},
	{"", "whole cpu(default)"},
};

START_TEST(init_goes_by_the_content_type)
{
	struct span body = SPAN_LITERAL(FIELD("entries", "{" FACES "}") IMAGE END);
	BUF_AUTO struct buf out = {0};

	show(span_of(content_types[_i].content_type), body, body.n, &out);
	ck_assert_msg(span_is(buf_span(&out), content_types[_i].expected), "%s gave %.*s",
		content_types[_i].content_type, SPAN_ARG(buf_span(&out)));
}
END_TEST

/* The body is `before` and `after`; it is planned with the last byte of `before`. */
static const struct {
	const char *before;
	const char *after;
} moments[] = {
	{FIELD("entries", "{" FACES "}") NEXT,
		"Content-Disposition: form-data; name=\"image\"\r\n\r\n"},
	{FIELD("entries", "{" FACES "}") "--X--", "\r\nepilogue"},
	{FIELD("entries", "{" VISUAL "}") HEAD("name=\"image\""), "bytes\r\n" END},
	{FIELD("entries", "{" VISUAL "}") FIELD("x", "y") HEAD("name=\"text\""), "bytes\r\n" END},
	{FIELD("entries", "{" VISUAL "}") FIELD("x", "y") "--X--", "\r\nepilogue"},
	{IMAGE FIELD("entries", "{" VISUAL "}") NEXT, "\r\n"},
	{HEAD("name=entries; filename=x"), "bytes\r\n" END},
	{FIELD("modelType", "tags") IMAGE "--X--", "\r\n"},
};

START_TEST(feed_plans_as_soon_as_the_routes_are_known)
{
	struct config *config = new_config();
	BUF_AUTO struct buf body = {0};
	struct arena arena = {0};
	struct intake intake;
	struct err err;
	size_t planned = 0;

	buf_add_format(&body, "%s%s", moments[_i].before, moments[_i].after);
	ck_assert(intake_init(&intake, config, SPAN_LITERAL(CONTENT_TYPE), &arena, &err) == 0);
	ck_assert(read_body(&intake, buf_span(&body), 1, &planned, &err) == INTAKE_PLANNED);
	ck_assert_msg(planned == strlen(moments[_i].before), "%s was planned after %zu bytes",
		body.bytes, planned);
	intake_deinit(&intake);
	arena_deinit(&arena);
	config_unref(config);
}
END_TEST

START_TEST(plan_says_where_the_entries_are)
{
	struct config *config = new_config();
	struct span body =
		SPAN_LITERAL(IMAGE FIELD("entries", " {" FACES "," TAGS "}\r\n") FIELD("x", "y") END);
	struct span entries = SPAN_LITERAL(" {" FACES "," TAGS "}\r\n");
	struct arena arena = {0};
	struct intake intake;
	struct err err;

	ck_assert(intake_init(&intake, config, SPAN_LITERAL(CONTENT_TYPE), &arena, &err) == 0);
	ck_assert(intake_feed(&intake, body, &err) == INTAKE_PLANNED);
	ck_assert_uint_eq(intake.entries_end - intake.entries_begin, entries.n);
	ck_assert(span_starts(span_skip(body, intake.entries_begin), entries));
	intake_deinit(&intake);
	arena_deinit(&arena);
	config_unref(config);
}
END_TEST

/* With content of the given length, which is refused beyond 200 bytes. */
static void read_field(const char *name, size_t length, struct buf *out)
{
	BUF_AUTO struct buf body = {0};

	buf_add_format(&body, HEAD("name=%s"), name);
	memset(buf_reserve(&body, length), ' ', length);
	memcpy(body.bytes + body.n, "{}", 2);
	body.n += length;
	buf_add_text(&body, "\r\n" END);
	show(SPAN_LITERAL(CONTENT_TYPE), buf_span(&body), 64, out);
}

static const struct {
	const char *name;
	size_t length;
	const char *expected;
} lengths[] = {
	{"entries", 200, "judged cpu(default)"},
	{"entries", 201, "refused 3 entries is over 200 bytes (limits.entries)"},
	{"entries", 2000, "refused 3 entries is over 200 bytes (limits.entries)"},
	{"modelType", 200, "whole cpu(default)"},
	{"modelType", 201, "refused 3 modelType is over 200 bytes (limits.entries)"},
	{"other", 2000, MISSING},
};

START_TEST(feed_given_long_field_names_its_limit)
{
	BUF_AUTO struct buf out = {0};

	read_field(lengths[_i].name, lengths[_i].length, &out);
	ck_assert_msg(span_is(buf_span(&out), lengths[_i].expected), "%s of %zu bytes gave %.*s",
		lengths[_i].name, lengths[_i].length, SPAN_ARG(buf_span(&out)));
}
END_TEST

START_TEST(feed_given_many_parts_names_the_limit)
{
	struct span body = SPAN_LITERAL(FIELD("entries", "{" FACES "}") TEXT TEXT TEXT TEXT TEXT END);
	BUF_AUTO struct buf out = {0};

	show(SPAN_LITERAL(CONTENT_TYPE), body, body.n, &out);
	ck_assert(span_is(buf_span(&out), "refused 3 over 5 parts in the body (limits.parts)"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("intake");
	TCase *tcase = tcase_create("intake");

	tcase_add_loop_test(
		tcase, feed_given_any_pieces_gives_the_same_plan, 0, sizeof bodies / sizeof *bodies);
	tcase_add_loop_test(
		tcase, init_goes_by_the_content_type, 0, sizeof content_types / sizeof *content_types);
	tcase_add_loop_test(
		tcase, feed_plans_as_soon_as_the_routes_are_known, 0, sizeof moments / sizeof *moments);
	tcase_add_test(tcase, plan_says_where_the_entries_are);
	tcase_add_loop_test(
		tcase, feed_given_long_field_names_its_limit, 0, sizeof lengths / sizeof *lengths);
	tcase_add_test(tcase, feed_given_many_parts_names_the_limit);
	suite_add_tcase(suite, tcase);
	return suite;
}
