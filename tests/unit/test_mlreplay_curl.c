#include "mlreplay/show_curl.h"

#include "rig/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

/* The fields that curl would add, taken away. */
#define NO_ACCEPT " --header 'Accept:'"
#define NO_TYPE   " --header 'Content-Type:'"
#define NO_EXPECT " --header 'Expect:'"
#define NO_AGENT  " --header 'User-Agent:'"

static struct har_field fields[8];

static const struct {
	struct har_request request;
	const char *command; /* behind the program's name; NULL: refused */
} rows[] = {
	{{.method = SPAN_LITERAL("GET"), .url = SPAN_LITERAL("http://h/ping")},
		"curl --globoff --proto '=http,https' --request 'GET'" NO_ACCEPT NO_TYPE NO_EXPECT NO_AGENT
		" --url 'http://h/ping'\n"},
	{{.method = SPAN_LITERAL("POST"),
		 .url = SPAN_LITERAL("http://h/it's?$(x)`y`\"z\""),
		 .body_length = 1},
		" show --part body -- 'my '\\''cap'\\''' 7 | curl --globoff --proto '=http,https' "
		"--request "
		"'POST'" NO_ACCEPT NO_TYPE NO_EXPECT NO_AGENT
		" --data-binary @- --url 'http://h/it'\\''s?$(x)%60y%60%22z%22'\n"},
	{{.method = SPAN_LITERAL("GET; rm -rf /"), .url = SPAN_LITERAL("http://h/ping")}, NULL},
	{{.method = SPAN_LITERAL("GET"), .url = SPAN_LITERAL("http://h/a b")}, NULL},
	{{.method = SPAN_LITERAL("GET"),
		 .url = SPAN_LITERAL("http://h/ping"),
		 .lacks_body = "it was lost"},
		NULL},
};

static int write_curl(struct har_request request, struct buf *out, struct err *err)
{
	const struct har_entry entry = {.seq = 7, .request = request};
	int result = show_curl_write(&entry, "my 'cap'", out, err);

	buf_add(out, (struct span){"", 1});
	out->n--;
	return result;
}

START_TEST(write_quotes_whatever_comes)
{
	BUF_AUTO struct buf out = {0};
	struct err err;

	if (!rows[_i].command) {
		ck_assert_int_eq(write_curl(rows[_i].request, &out, &err), -1);
		ck_assert_int_eq(err.kind, ERR_UNSUPPORTED);
		ck_assert(span_starts(span_of(err.text), SPAN_LITERAL("#7: it")));
		return;
	}
	ck_assert_int_eq(write_curl(rows[_i].request, &out, &err), 0);
	ck_assert_msg(strstr(out.bytes, rows[_i].command) != NULL, "%s", out.bytes);
}
END_TEST

static void check_fields(size_t count, const char *wanted)
{
	BUF_AUTO struct buf out = {0};
	const struct har_request request = {.method = SPAN_LITERAL("GET"),
		.url = SPAN_LITERAL("http://h/ping"),
		.fields = fields,
		.field_count = count};
	struct err err;

	ck_assert_int_eq(write_curl(request, &out, &err), 0);
	ck_assert_msg(strstr(out.bytes, wanted) != NULL, "%s", out.bytes);
}

START_TEST(write_sends_the_fields_there_were_and_no_others)
{
	fields[0] = (struct har_field){SPAN_LITERAL("host"), SPAN_LITERAL("h")};
	fields[1] = (struct har_field){SPAN_LITERAL("accept"), SPAN_LITERAL("*/*")};
	fields[2] = (struct har_field){SPAN_LITERAL("content-length"), SPAN_LITERAL("0")};
	fields[3] = (struct har_field){SPAN_LITERAL("X-Empty"), SPAN_LITERAL(" ")};
	fields[4] = (struct har_field){SPAN_LITERAL("user-agent"), SPAN_LITERAL("(redacted)")};
	fields[5] = (struct har_field){SPAN_LITERAL("x-it"), SPAN_LITERAL("'s $(x)")};
	check_fields(6,
		"'GET' --header 'accept: */*' --header 'X-Empty;' --header 'x-it: '\\''s $(x)'" NO_TYPE
			NO_EXPECT NO_AGENT " --url");
}
END_TEST

START_TEST(write_leaves_out_what_a_terminal_obeys_and_says_so)
{
	fields[0] = (struct har_field){SPAN_LITERAL("x-city"), SPAN_LITERAL("Z\302\233rich")};
	fields[1] = (struct har_field){SPAN_LITERAL("x-name"), SPAN_LITERAL("M\303\274ller")};
	check_fields(2, "# left out, as a terminal may obey it: x-city\n"
					"curl --globoff --proto '=http,https' --request 'GET' --header 'x-name: "
					"M\303\274ller' --header 'Accept:'");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_curl");
	TCase *tcase = tcase_create("curl");

	tcase_add_loop_test(tcase, write_quotes_whatever_comes, 0, ROWS(rows));
	tcase_add_test(tcase, write_sends_the_fields_there_were_and_no_others);
	tcase_add_test(tcase, write_leaves_out_what_a_terminal_obeys_and_says_so);
	suite_add_tcase(suite, tcase);
	return suite;
}
