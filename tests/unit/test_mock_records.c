#include "mlmock/records.h"
#include "rig/suite.h"
#include "wire/json.h"

static struct records records;
static struct buf out;

static void setup(void)
{
	records_init(&records);
	out = (struct buf){0};
}

static void teardown(void)
{
	buf_deinit(&out);
	records_deinit(&records);
}

static void write_records(void)
{
	enum json_type type;
	struct err err;

	buf_reset(&out);
	records_write(&records, SPAN_LITERAL("a \"mock\""), &out);
	ck_assert_int_eq(json_check_whole(buf_span(&out), &type, &err), 0);
}

static bool says(const char *text)
{
	return memmem(out.bytes, out.n, text, strlen(text)) != NULL;
}

START_TEST(write_given_nothing_tells_name_and_count)
{
	write_records();
	ck_assert(
		span_is(buf_span(&out), "{\"name\":\"a \\\"mock\\\"\",\"count\":0,\"requests\":[]}\n"));
}
END_TEST

START_TEST(write_given_requests_tells_what_came)
{
	struct predict_seen seen = {
		.form.fields[FORM_ENTRIES] = {.is_there = true, .content = SPAN_LITERAL("{\"x\"}")},
		.form.parts = {{SPAN_LITERAL("entries"), 5}, {SPAN_LITERAL("image"), 70}},
		.form.part_count = 2,
		.has_payload = true,
		.payload.bytes = {0xab, 0x01},
	};

	records_add(&records, SPAN_LITERAL("POST"), SPAN_LITERAL("/predict?a"), &seen, 500);
	seen = (struct predict_seen){0};
	records_add(&records, SPAN_LITERAL("GET"), SPAN_LITERAL("/ping"), &seen, 200);
	write_records();
	ck_assert(says("\"count\":2,"));
	ck_assert(
		says("{\"n\":1,\"method\":\"POST\",\"target\":\"/predict?a\",\"status\":500,"
			 "\"entries\":\"{\\\"x\\\"}\",\"parts\":[{\"name\":\"entries\",\"bytes\":5},"
			 "{\"name\":\"image\",\"bytes\":70}],\"partCount\":2,\"payloadSha256\":\"ab0100"));
	ck_assert(says("{\"n\":2,\"method\":\"GET\",\"target\":\"/ping\",\"status\":200,"
				   "\"entries\":null,\"parts\":[],\"partCount\":0,\"payloadSha256\":null}]}"));
}
END_TEST

START_TEST(write_given_many_keeps_the_last)
{
	struct predict_seen seen = {0};

	for (int i = 0; i < RECORDS_MAX + 5; i++)
		records_add(&records, SPAN_LITERAL("GET"), SPAN_LITERAL("/"), &seen, 200);
	write_records();
	ck_assert(says("\"count\":1005,\"requests\":[\n{\"n\":6,"));
	ck_assert(says(",\n{\"n\":1005,"));
	ck_assert(!says("\"n\":5,"));
}
END_TEST

START_TEST(write_given_long_texts_cuts_them)
{
	static char text[100000];
	struct predict_seen seen = {.form.part_count = 2000};

	memset(text, 'x', sizeof text);
	seen.form.fields[FORM_ENTRIES] =
		(struct form_field){.is_there = true, .content = {text, sizeof text}};
	for (size_t i = 0; i < FORM_PARTS_KEPT; i++)
		seen.form.parts[i].name = (struct span){text, sizeof text};
	records_add(
		&records, (struct span){text, sizeof text}, (struct span){text, sizeof text}, &seen, 200);
	write_records();
	ck_assert_uint_lt(out.n, 10000);
	ck_assert(says("\"partCount\":2000,"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_records");
	TCase *tcase = tcase_create("records");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, write_given_nothing_tells_name_and_count);
	tcase_add_test(tcase, write_given_requests_tells_what_came);
	tcase_add_test(tcase, write_given_many_keeps_the_last);
	tcase_add_test(tcase, write_given_long_texts_cuts_them);
	suite_add_tcase(suite, tcase);
	return suite;
}
