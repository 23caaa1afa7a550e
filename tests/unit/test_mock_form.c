#include "base/buf.h"
#include "mlmock/form.h"
#include "rig/suite.h"

#define TYPE  "multipart/form-data; boundary=B"
#define ENTRY "--B\r\nContent-Disposition: form-data; name=\"entries\"\r\n\r\n"
#define IMAGE "--B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"f\"\r\n\r\n"
#define TEXT  "--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n"
#define END   "\r\n--B--\r\n"

static struct arena arena;
static struct form form;
static struct err err;

static void setup(void)
{
	arena_init(&arena);
	form = (struct form){0};
	err = (struct err){0};
}

static void teardown(void)
{
	arena_deinit(&arena);
}

static int read_form(const char *content_type, struct span body)
{
	return form_read(span_of(content_type), body, &arena, &form, &err);
}

/* "-" for a field that is not there, else its content. */
static void expect_field(enum form_name name, const char *content)
{
	const struct form_field *field = &form.fields[name];

	ck_assert_int_eq(field->is_there, content[0] != '-');
	if (field->is_there)
		ck_assert_msg(span_is(field->content, content), "%.*s instead of %s",
			SPAN_ARG(field->content), content);
}

START_TEST(read_given_body_collects_what_the_service_collects)
{
	static const struct {
		const char *type;
		const char *body;
		const char *entries;
		const char *image;
		const char *text;
	} cases[] = {
		{TYPE, ENTRY "{}\r\n" IMAGE "pixels" END, "{}", "pixels", "-"},
		{TYPE, TEXT "a\r\nb\r\n" ENTRY "{}" END, "{}", "-", "a\r\nb"},
		{TYPE, ENTRY "1\r\n" ENTRY "2" END, "2", "-", "-"},
		{TYPE, ENTRY "1\r\n" IMAGE "cut", "1", "-", "-"},
		{TYPE, ENTRY "1\r\n" IMAGE "cut\r\n--", "1", "-", "-"},
		{TYPE, ENTRY "1\r\n--B--", "1", "-", "-"},
		{TYPE, ENTRY "1\r\n--B--\r\nepilogue", "1", "-", "-"},
		{TYPE, "\r\n\r\n" ENTRY "1" END, "1", "-", "-"},
		{TYPE, ENTRY END, "", "-", "-"},
		{TYPE, "", "-", "-", "-"},
		{TYPE, "--", "-", "-", "-"},
		{TYPE, "--B--\r\n", "-", "-", "-"},
		{"multipart/form-data; BOUNDARY=\"B\"", ENTRY "1" END, "1", "-", "-"},
		{"multipart/form-data; charset=utf-8; boundary=B", ENTRY "1" END, "1", "-", "-"},
		{"Multipart/Form-Data; boundary=B", ENTRY "1" END, "-", "-", "-"},
		{"multipart/mixed; boundary=B", ENTRY "1" END, "-", "-", "-"},
		{"application/json", "{}", "-", "-", "-"},
		{"", ENTRY "1" END, "-", "-", "-"},
		{"application/x-www-form-urlencoded", "entries=%7B%7D&text=a+b", "{}", "-", "a b"},
		{"Application/X-WWW-Form-Urlencoded", "text=a", "-", "-", "a"},
		{"application/x-www-form-urlencoded", "&&text=&entries", "", "-", ""},
		{"application/x-www-form-urlencoded", "text=1&te%78t=2%", "-", "-", "2%"},
		{"application/x-www-form-urlencoded", "text=%e4%zz=&image=x", "-", "x", "\xe4%zz="},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_msg(!read_form(cases[i].type, span_of(cases[i].body)), "%zu: %s", i, err.text);
		expect_field(FORM_ENTRIES, cases[i].entries);
		expect_field(FORM_IMAGE, cases[i].image);
		expect_field(FORM_TEXT, cases[i].text);
	}
}
END_TEST

START_TEST(read_given_broken_body_fails_with_the_services_detail)
{
	static const struct {
		const char *type;
		const char *body;
		const char *detail;
	} cases[] = {
		{"multipart/form-data", ENTRY, "Missing boundary in multipart."},
		{"Multipart/Form-Data", "", "Missing boundary in multipart."},
		{"multipart/form-data; boundary=", ENTRY, "There was an error parsing the body"},
		{TYPE, "preamble\r\n" ENTRY "1" END, "There was an error parsing the body"},
		{TYPE, "garbage", "There was an error parsing the body"},
		{TYPE, "--C\r\n\r\n\r\n--C--", "There was an error parsing the body"},
		{TYPE, "--B\nContent-Disposition: form-data; name=a\n\n\n--B--\n",
			"There was an error parsing the body"},
		{TYPE, "--B\r\nX: y\r\n\r\nabc" END,
			"The Content-Disposition header field \"name\" must be provided."},
		{TYPE, ENTRY "1\r\n--B\r\nX: y\r\n\r\n",
			"The Content-Disposition header field \"name\" must be provided."},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_int_eq(read_form(cases[i].type, span_of(cases[i].body)), -1);
		ck_assert_int_eq(err.kind, ERR_SYNTAX);
		ck_assert_str_eq(err.text, cases[i].detail);
	}
}
END_TEST

START_TEST(read_given_file_keeps_its_name_and_head)
{
	static const char body[] =
		"--B\r\nContent-Disposition: form-data; name=\"text\"; filename=\"a\\\"b\\\\c\\d\"\r\n"
		"X-Y: z\r\n\r\n" END;

	ck_assert(!read_form(TYPE, span_of(body)));
	ck_assert(form.fields[FORM_TEXT].is_file);
	ck_assert(span_is(form.fields[FORM_TEXT].content, ""));
	ck_assert(span_is(form.fields[FORM_TEXT].file_name, "a\"b\\c\\d"));
	ck_assert_ptr_nonnull(
		memmem(form.fields[FORM_TEXT].head.p, form.fields[FORM_TEXT].head.n, "X-Y: z", 6));
}
END_TEST

START_TEST(read_given_last_field_no_file_forgets_the_file)
{
	ck_assert(
		!read_form(TYPE, SPAN_LITERAL(IMAGE "pixels\r\n--B\r\nContent-Disposition: form-data; "
											"name=image\r\n\r\nword" END)));
	ck_assert(!form.fields[FORM_IMAGE].is_file);
	expect_field(FORM_IMAGE, "word");
}
END_TEST

static void add_many(struct buf *body, const char *part, int count)
{
	for (int i = 0; i < count; i++) {
		buf_add_text(body, part);
		buf_add_text(body, "\r\n");
	}
	buf_add_text(body, "--B--\r\n");
}

START_TEST(read_given_more_fields_or_files_than_allowed_fails)
{
	static const struct {
		const char *part;
		int count;
		const char *detail;
	} cases[] = {
		{ENTRY, 1000, ""},
		{ENTRY, 1001, "Too many fields. Maximum number of fields is 1000."},
		{IMAGE, 1000, ""},
		{IMAGE, 1001, "Too many files. Maximum number of files is 1000."},
		{IMAGE "\r\n" TEXT, 1000, ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		BUF_AUTO struct buf body = {0};

		add_many(&body, cases[i].part, cases[i].count);
		err.text[0] = 0;
		ck_assert_int_eq(read_form(TYPE, buf_span(&body)), cases[i].detail[0] ? -1 : 0);
		ck_assert_str_eq(err.text, cases[i].detail);
	}
	ck_assert_uint_eq(form.part_count, 2000);
	ck_assert(span_is(form.parts[FORM_PARTS_KEPT - 1].name, "text"));
}
END_TEST

START_TEST(read_given_large_part_limits_fields_and_not_files)
{
	static const struct {
		const char *part;
		size_t bytes;
		const char *end;
		int status;
	} cases[] = {
		{TEXT, FORM_FIELD_BYTES_MAX, END, 0},
		{TEXT, FORM_FIELD_BYTES_MAX + 1, END, -1},
		{ENTRY, FORM_FIELD_BYTES_MAX + 1, "", -1},
		{IMAGE, FORM_FIELD_BYTES_MAX + 1, END, 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		BUF_AUTO struct buf body = {0};

		buf_add_text(&body, cases[i].part);
		memset(buf_reserve(&body, cases[i].bytes), 'a', cases[i].bytes);
		body.n += cases[i].bytes;
		buf_add_text(&body, cases[i].end);
		ck_assert_int_eq(read_form(TYPE, buf_span(&body)), cases[i].status);
		if (cases[i].status)
			ck_assert_str_eq(err.text, "Part exceeded maximum size of 1024KB.");
	}
}
END_TEST

START_TEST(read_given_parts_tells_names_and_sizes)
{
	ck_assert(!read_form(TYPE, SPAN_LITERAL(ENTRY "{}\r\n" IMAGE "pixels" END)));
	ck_assert_uint_eq(form.part_count, 2);
	ck_assert(span_is(form.parts[1].name, "image"));
	ck_assert_uint_eq(form.parts[1].bytes, 6);
}
END_TEST

START_TEST(text_given_other_than_utf8_is_read_as_latin1)
{
	ck_assert(span_is(form_text(SPAN_LITERAL("gr\xc3\xbc\xc3\x9f"), &arena), "grüß"));
	ck_assert(span_is(form_text(SPAN_LITERAL("gr\xfc\xdf"), &arena), "grüß"));
	ck_assert(span_is(form_text(SPAN_LITERAL("\xc3\xbc\xff"), &arena), "Ã¼ÿ"));
	ck_assert(span_is(form_text(SPAN_EMPTY, &arena), ""));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mock_form");
	TCase *tcase = tcase_create("form");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, read_given_body_collects_what_the_service_collects);
	tcase_add_test(tcase, read_given_broken_body_fails_with_the_services_detail);
	tcase_add_test(tcase, read_given_file_keeps_its_name_and_head);
	tcase_add_test(tcase, read_given_last_field_no_file_forgets_the_file);
	tcase_add_test(tcase, read_given_more_fields_or_files_than_allowed_fails);
	tcase_add_test(tcase, read_given_large_part_limits_fields_and_not_files);
	tcase_add_test(tcase, read_given_parts_tells_names_and_sizes);
	tcase_add_test(tcase, text_given_other_than_utf8_is_read_as_latin1);
	suite_add_tcase(suite, tcase);
	return suite;
}
