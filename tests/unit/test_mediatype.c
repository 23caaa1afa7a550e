#include "wire/mediatype.h"

#include "rig/suite.h"

static const struct {
	const char *header;
	const char *value;
} values[] = {
	{"", ""},
	{"form-data", "form-data"},
	{"form-data;", "form-data"},
	{" \tform-data\v; name=a", "form-data"},
	{";name=a", ""},
	{"a\"b;c\"d;e", "a\"b;c\"d"},
	{"a\\\"b;c", "a\\\"b"},
	{"multipart/form-data;boundary=X", "multipart/form-data"},
};

START_TEST(value_is_what_stands_before_the_first_separator)
{
	struct mediatype_params params;
	struct span value = mediatype_value(span_of(values[_i].header), &params);

	ck_assert_msg(
		span_is(value, values[_i].value), "%s gave %.*s", values[_i].header, SPAN_ARG(value));
}
END_TEST

/* What each gives was compared with Python's email.message.Message.get_params(). */
static const struct {
	const char *header;
	const char *name;
	enum mediatype_found found;
	const char *value;
} finds[] = {
	{"form-data", "name", MEDIATYPE_NONE, ""},
	{"form-data;", "name", MEDIATYPE_NONE, ""},
	{"name=entries", "name", MEDIATYPE_NONE, ""},
	{"form-data; names=entries", "name", MEDIATYPE_NONE, ""},
	{"form-data; nam=entries", "name", MEDIATYPE_NONE, ""},
	{"form-data; name", "name", MEDIATYPE_ONE, ""},
	{"form-data; name=", "name", MEDIATYPE_ONE, ""},
	{"form-data; name=\"\"", "name", MEDIATYPE_ONE, ""},
	{"form-data; name=\"", "name", MEDIATYPE_ONE, "\""},
	{"form-data; name=entries", "name", MEDIATYPE_ONE, "entries"},
	{"form-data; name=\"entries\"", "name", MEDIATYPE_ONE, "entries"},
	{"form-data; name=\"entries", "name", MEDIATYPE_ONE, "\"entries"},
	{"form-data; name=entries\"", "name", MEDIATYPE_ONE, "entries\""},
	{"form-data;NAME=\"entries\"", "name", MEDIATYPE_ONE, "entries"},
	{"form-data ;\t name =\t entries ", "name", MEDIATYPE_ONE, "entries"},
	{"form-data; \v\f\x1c\x1d\x1e\x1f\x85\xa0name\xa0=\x85\"entries\"\r\n", "name", MEDIATYPE_ONE,
		"entries"},
	{"form-data; ;; name=entries;", "name", MEDIATYPE_ONE, "entries"},
	{"form-data; name=a=b", "name", MEDIATYPE_ONE, "a=b"},
	{"form-data; name=\"a;b\"", "name", MEDIATYPE_ONE, "a;b"},
	{"form-data; x=\"; name=a\"; name=b", "name", MEDIATYPE_ONE, "b"},
	{"form-data; x=\"; name=a", "name", MEDIATYPE_NONE, ""},
	{"form-data; x=\\\"; name=a", "name", MEDIATYPE_ONE, "a"},
	{"form-data; x=\"\\\"; name=a\"; name=b", "name", MEDIATYPE_ONE, "b"},
	{"form-data; filename=\"back\\slash\\\"", "filename", MEDIATYPE_ONE, "back\\slash\\"},
	{"form-data; filename=\"back\\slash\\\"; name=\"image\"", "name", MEDIATYPE_NONE, ""},
	{"form-data; filename=\"a\\\\\"; name=\"image\"", "name", MEDIATYPE_NONE, ""},
	{"form-data; filename=\"a\"b.jpg\"; name=\"image\"", "name", MEDIATYPE_NONE, ""},
	{"form-data; name=\"image\"; filename=\"a\"b.jpg\"", "filename", MEDIATYPE_ONE, "a\"b.jpg"},
	{"form-data; name=\"image\"; filename=\"a\";b.jpg\"", "filename", MEDIATYPE_ONE, "a"},
	{"form-data; name=\"image\"; filename=\"r\xc3\xa0\"", "filename", MEDIATYPE_ONE, "r\xc3\xa0"},
	{"form-data; name=a; name=b", "name", MEDIATYPE_DOUBTFUL, "b"},
	{"form-data; name=a; Name=a", "name", MEDIATYPE_DOUBTFUL, "a"},
	{"form-data; name=<entries>", "name", MEDIATYPE_DOUBTFUL, "<entries>"},
	{"form-data; name=<>", "name", MEDIATYPE_DOUBTFUL, "<>"},
	{"form-data; name=<", "name", MEDIATYPE_ONE, "<"},
	{"form-data; name=\"<entries>\"", "name", MEDIATYPE_ONE, "<entries>"},
	{"form-data; name*=utf-8''entries", "name", MEDIATYPE_DOUBTFUL, "utf-8''entries"},
	{"form-data; name=a; name*=utf-8''b", "name", MEDIATYPE_DOUBTFUL, "utf-8''b"},
	{"form-data; name*0=ent; name*1=ries", "name", MEDIATYPE_DOUBTFUL, "ries"},
	{"form-data; NAME*12*=entries", "name", MEDIATYPE_DOUBTFUL, "entries"},
	{"form-data; name**=a; name*x=a; name*1x=a; name*1**=a", "name", MEDIATYPE_NONE, ""},
};

/* Alone, and beside others. */
START_TEST(find_gives_what_the_service_sees)
{
	struct mediatype_wanted alone = {.name = span_of(finds[_i].name)};
	struct mediatype_wanted among[] = {
		{.name = SPAN_LITERAL("other")}, alone, {.name = SPAN_LITERAL("form-data")}};
	struct mediatype_params params;

	(void)mediatype_value(span_of(finds[_i].header), &params);
	mediatype_find(params, &alone, 1);
	mediatype_find(params, among, 3);
	ck_assert_msg(alone.found == finds[_i].found, "%s gave %d", finds[_i].header, alone.found);
	ck_assert_msg(span_is(alone.value, finds[_i].value), "%s gave %.*s", finds[_i].header,
		SPAN_ARG(alone.value));
	ck_assert_int_eq(among[1].found, alone.found);
	ck_assert(span_equal(among[1].value, alone.value));
	ck_assert_int_eq(among[0].found, MEDIATYPE_NONE);
	ck_assert_int_eq(among[2].found, MEDIATYPE_NONE);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mediatype");
	TCase *tcase = tcase_create("mediatype");

	tcase_add_loop_test(
		tcase, value_is_what_stands_before_the_first_separator, 0, sizeof values / sizeof *values);
	tcase_add_loop_test(tcase, find_gives_what_the_service_sees, 0, sizeof finds / sizeof *finds);
	suite_add_tcase(suite, tcase);
	return suite;
}
