#include "wire/json_dict.h"

#include "base/buf.h"
#include "rig/suite.h"

enum { MEMBERS_MAX = 6 };

static const struct {
	const char *object;
	const char *items; /* `name key value;` for each; NULL: too many */
} reads[] = {
	{"{}", ""},
	{"{\"a\":1}", "a \"a\" 1;"},
	{" { \"b\" : [ ] , \"a\" : null } ", "b \"b\" [ ];a \"a\" null;"},
	{"{\"a\":1,\"b\":2,\"a\":3}", "a \"a\" 3;b \"b\" 2;"},
	{"{\"\\u0061\":1,\"b\":2,\"a\":3}", "a \"\\u0061\" 3;b \"b\" 2;"},
	{"{\"a\":1,\"a\":2,\"a\":3}", "a \"a\" 3;"},
	{"{\"a\":1,\"A\":2,\"\":3}", "a \"a\" 1;A \"A\" 2; \"\" 3;"},
	{"{\"a\":1,\"b\":2,\"c\":3,\"d\":4}", "a \"a\" 1;b \"b\" 2;c \"c\" 3;d \"d\" 4;"},
	{"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"a\":6}",
		"a \"a\" 6;b \"b\" 2;c \"c\" 3;d \"d\" 4;e \"e\" 5;"},
	{"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7}", NULL},
	{"{\"a\":1,\"a\":2,\"a\":3,\"a\":4,\"a\":5,\"a\":6,\"a\":7}", NULL},
};

START_TEST(read_keeps_the_last_value_at_the_first_place)
{
	BUF_AUTO struct buf log = {0};
	struct json_dict dict = {0};
	struct arena arena;
	bool is_read;

	arena_init(&arena);
	is_read = json_dict_read(span_of(reads[_i].object), MEMBERS_MAX, &arena, &dict);
	ck_assert_int_eq(is_read, reads[_i].items != NULL);
	for (size_t i = 0; i < dict.count; i++)
		buf_add_format(&log, "%.*s %.*s %.*s;", SPAN_ARG(dict.items[i].name),
			SPAN_ARG(dict.items[i].key), SPAN_ARG(dict.items[i].value));
	ck_assert(span_is(buf_span(&log), is_read ? reads[_i].items : ""));
	arena_deinit(&arena);
}
END_TEST

START_TEST(find_compares_decoded_names)
{
	struct json_dict dict;
	struct arena arena;

	arena_init(&arena);
	ck_assert(json_dict_read(SPAN_LITERAL("{\"a\":1,\"\\u0062\":2}"), MEMBERS_MAX, &arena, &dict));
	ck_assert_ptr_eq(json_dict_find(&dict, SPAN_LITERAL("a")), &dict.items[0]);
	ck_assert_ptr_eq(json_dict_find(&dict, SPAN_LITERAL("b")), &dict.items[1]);
	ck_assert_ptr_null(json_dict_find(&dict, SPAN_LITERAL("\\u0062")));
	ck_assert_ptr_null(json_dict_find(&dict, SPAN_LITERAL("")));
	arena_deinit(&arena);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void)
{
	Suite *suite = suite_create("json_dict");
	TCase *dict = tcase_create("dict");

	tcase_add_loop_test(dict, read_keeps_the_last_value_at_the_first_place, 0, ROWS(reads));
	tcase_add_test(dict, find_compares_decoded_names);
	suite_add_tcase(suite, dict);
	return suite;
}
