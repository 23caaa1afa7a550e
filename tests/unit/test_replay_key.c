#include "domain/replay_key.h"

#include "rig/suite.h"
#include "wire/json.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

#define SHA256_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SHA256_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/* -- canonical ------------------------------------------------------------------------------- */

static const struct {
	const char *json;
	const char *canonical;
} canonicals[] = {
	{"{}", "{}"},
	{" [ ] ", "[]"},
	{" 1.50e3 ", "1.50e3"},
	{"\"a b\\u0041\"", "\"a b\\u0041\""},
	{"{ \"b\" : 1 ,\n\"a\" : [ true , null,\t\"x y\" ] }", "{\"a\":[true,null,\"x y\"],\"b\":1}"},
	{"{\"b\":{\"d\":1,\"c\":2},\"a\":[{\"z\":1,\"y\":[]}]}",
		"{\"a\":[{\"y\":[],\"z\":1}],\"b\":{\"c\":2,\"d\":1}}"},
	{"{\"a\":1,\"\\u0061\":2}", "{\"a\":2}"},
	{"{\"\\u00e4\":1}", "{\"\303\244\":1}"},
	{"{\"\\\"\\\\\\n\":1}", "{\"\\\"\\\\\\u000a\":1}"},
	{"{\"\\ud83d\\ude00\":1}", "{\"\360\237\230\200\":1}"},
	{"{\"a\\udfffb\\ud800\":1}", "{\"a\\udfffb\\ud800\":1}"},
};

START_TEST(canonical_sorts_keys_and_drops_white_space)
{
	BUF_AUTO struct buf out = {0};
	BUF_AUTO struct buf again = {0};

	replay_key_canonical(span_of(canonicals[_i].json), &out);
	ck_assert_msg(
		span_is(buf_span(&out), canonicals[_i].canonical), "%.*s", SPAN_ARG(buf_span(&out)));
	replay_key_canonical(buf_span(&out), &again);
	ck_assert(span_equal(buf_span(&out), buf_span(&again)));
}
END_TEST

START_TEST(canonical_takes_as_many_levels_as_the_check)
{
	char deep[2 * JSON_DEPTH_MAX];
	BUF_AUTO struct buf out = {0};
	enum json_type type;
	struct err err;

	memset(deep, '[', JSON_DEPTH_MAX);
	memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	ck_assert(!json_check_whole((struct span){deep, sizeof deep}, &type, &err));
	replay_key_canonical((struct span){deep, sizeof deep}, &out);
	ck_assert(span_equal(buf_span(&out), (struct span){deep, sizeof deep}));
}
END_TEST

/* -- keys ------------------------------------------------------------------------------------ */

static struct har_piece pieces[] = {
	{.literal = SPAN_LITERAL("..entries....text.."), .length = 19},
	{.sha256 = SPAN_LITERAL(SHA256_A), .length = 100},
	{.literal = SPAN_LITERAL("--"), .length = 2},
};

static struct har_part visual[] = {
	{.name = SPAN_LITERAL("entries"), .offset = 2, .length = 7, .sha256 = SPAN_LITERAL(SHA256_B)},
	{.name = SPAN_LITERAL("image"), .offset = 19, .length = 100, .sha256 = SPAN_LITERAL(SHA256_A)},
};

static struct har_part swapped[] = {
	{.name = SPAN_LITERAL("image"),
		.has_file_name = true,
		.file_name = SPAN_LITERAL("x"),
		.length = 100,
		.sha256 = SPAN_LITERAL(SHA256_A)},
	{.name = SPAN_LITERAL("entries"), .offset = 110, .length = 9},
};

static struct har_part other[] = {
	{.name = SPAN_LITERAL("image"), .length = 100, .sha256 = SPAN_LITERAL(SHA256_B)},
};

static struct har_part unhashed[] = {
	{.name = SPAN_LITERAL("text"), .offset = 13, .length = 4},
};

static struct har_part last[] = {
	{.name = SPAN_LITERAL("text"), .offset = 119, .length = 2},
};

static struct har_part torn[] = {
	{.name = SPAN_LITERAL("a\n b"), .offset = 17, .length = 4},
	{.name = SPAN_LITERAL("image"), .offset = 20, .length = 10},
	{.name = SPAN_LITERAL("late"), .offset = 500, .length = 10},
};

static void write_key(
	const char *url, struct har_part *parts, size_t count, const char *entries, struct buf *out)
{
	struct har_request request = {
		.method = SPAN_LITERAL("POST"),
		.url = span_of(url),
		.pieces = pieces,
		.piece_count = ROWS(pieces),
		.parts = parts,
		.part_count = count,
		.body_length = 121,
	};

	replay_key_write(&request, span_of(entries), out);
}

static const struct {
	const char *url;
	struct har_part *parts;
	size_t count;
	const char *entries;
	const char *key;
} keys[] = {
	{"http://h:1/predict", visual, 2, "{}", "POST predict\n{}\nimage " SHA256_A "\n"},
	{"https://other/api/ml/predict?x=/y#/z", swapped, 2, " { } ",
		"POST predict\n{}\nimage " SHA256_A "\n"},
	{"http://h/predict/", other, 1, "{}", "POST predict\n{}\nimage " SHA256_B "\n"},
	{"http://h/predict", unhashed, 1, "{}", "POST predict\n{}\ntext=text\n"},
	{"http://h/predict", last, 1, "{}", "POST predict\n{}\ntext=--\n"},
	{"http://h/predict", torn, 3, "", "POST predict\na%0A%20b#4\nimage#10\nlate#10\n"},
	{"http://h/predict", visual, 1, "no json\n", "POST predict\nno%20json%0A\n"},
	{"http://h", NULL, 0, "", "POST \nbody#121\n"},
	{"/a/b%0a", visual, 1, "", "POST b%250a\n"},
	{"", visual, 1, "", "POST \n"},
};

START_TEST(write_names_what_is_asked)
{
	BUF_AUTO struct buf out = {0};

	write_key(keys[_i].url, keys[_i].parts, keys[_i].count, keys[_i].entries, &out);
	ck_assert_msg(span_is(buf_span(&out), keys[_i].key), "%.*s", SPAN_ARG(buf_span(&out)));
}
END_TEST

START_TEST(write_given_no_parts_goes_by_the_whole_body)
{
	BUF_AUTO struct buf out = {0};
	struct har_request request = {
		.method = SPAN_LITERAL("PUT"),
		.url = SPAN_LITERAL("http://h/x"),
		.body_length = 121,
		.sha256 = SPAN_LITERAL(SHA256_A),
	};

	replay_key_write(&request, SPAN_EMPTY, &out);
	ck_assert(span_is(buf_span(&out), "PUT x\nbody " SHA256_A "\n"));
	request =
		(struct har_request){.method = SPAN_LITERAL("GET"), .url = SPAN_LITERAL("http://h/ping")};
	buf_reset(&out);
	replay_key_write(&request, SPAN_EMPTY, &out);
	ck_assert(span_is(buf_span(&out), "GET ping\n"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("replay_key");
	TCase *canonical = tcase_create("canonical");
	TCase *key = tcase_create("key");

	tcase_add_loop_test(canonical, canonical_sorts_keys_and_drops_white_space, 0, ROWS(canonicals));
	tcase_add_test(canonical, canonical_takes_as_many_levels_as_the_check);
	tcase_add_loop_test(key, write_names_what_is_asked, 0, ROWS(keys));
	tcase_add_test(key, write_given_no_parts_goes_by_the_whole_body);
	suite_add_tcase(suite, canonical);
	suite_add_tcase(suite, key);
	return suite;
}
