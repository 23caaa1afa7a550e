#include "wire/json_sorted.h"

#include "base/buf.h"
#include "rig/suite.h"

enum { MEMBERS_MAX = 5 };

static const struct {
	const char *object;
	const char *items; /* `name=value;` for each; NULL: too many */
} reads[] = {
	{"{}", ""},
	{"{\"b\":1,\"a\":2}", "a=2;b=1;"},
	{" { \"b\" : [ ] , \"\" : null } ", "=null;b=[ ];"},
	{"{\"a\":1,\"b\":2,\"a\":3}", "a=3;b=2;"},
	{"{\"\\u0061\":1,\"b\":2,\"a\":3,\"\\u0061\":4}", "a=4;b=2;"},
	{"{\"ab\":1,\"a\":2,\"B\":3,\"\xc3\xa4\":4}", "B=3;a=2;ab=1;\xc3\xa4=4;"},
	{"{\"e\":1,\"d\":2,\"c\":3,\"b\":4,\"a\":5}", "a=5;b=4;c=3;d=2;e=1;"},
	{"{\"e\":1,\"d\":2,\"c\":3,\"b\":4,\"a\":5,\"f\":6}", NULL},
	{"{\"a\":1,\"a\":2,\"a\":3,\"a\":4,\"a\":5,\"a\":6}", NULL},
};

START_TEST(read_sorts_and_keeps_the_last_of_doubled_ones)
{
	BUF_AUTO struct buf log = {0};
	struct json_sorted sorted = {0};
	struct arena arena;
	bool is_read;

	arena_init(&arena);
	is_read = json_sorted_read(span_of(reads[_i].object), MEMBERS_MAX, &arena, &sorted);
	ck_assert_int_eq(is_read, reads[_i].items != NULL);
	for (size_t i = 0; i < sorted.count; i++)
		buf_add_format(
			&log, "%.*s=%.*s;", SPAN_ARG(sorted.items[i].name), SPAN_ARG(sorted.items[i].value));
	ck_assert(span_is(buf_span(&log), is_read ? reads[_i].items : ""));
	arena_deinit(&arena);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("json_sorted");
	TCase *sorted = tcase_create("sorted");

	tcase_add_loop_test(sorted, read_sorts_and_keeps_the_last_of_doubled_ones, 0, ROWS(reads));
	suite_add_tcase(suite, sorted);
	return suite;
}
