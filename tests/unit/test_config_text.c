#include "domain/config_text.h"

#include "rig/configs.h"
#include "rig/suite.h"

#define MASK "\"" CONFIG_MASK "\""

/* -- mask ------------------------------------------------------------------------------------ */

static const struct masked {
	const char *text;
	const char *shown;
} masks[] = {
	{" " CONFIGS_WITH("\"limits\":{ }") "\n", " " CONFIGS_WITH("\"limits\":{ }") "\n"},
	{CONFIGS_BACKENDS("[{\"name\":\"b1\", \"basicAuth\" : \"me:pw\" ,\"url\":\"http://one\"}]"),
		CONFIGS_BACKENDS("[{\"name\":\"b1\", \"basicAuth\" : " MASK " ,\"url\":\"http://one\"}]")},
	{CONFIGS_BACKENDS("[{\"name\":\"b1\",\"url\":\"http://one\",\"headers\":{\"a\":\"\","
					  "\"b\" :\t\"x\\\"y\"}}]"),
		CONFIGS_BACKENDS("[{\"name\":\"b1\",\"url\":\"http://one\",\"headers\":{\"a\":" MASK ","
						 "\"b\" :\t" MASK "}}]")},
	{CONFIGS_WITH("\"access\":{\"hosts\":[\"a\"],\"adminToken\":\"secret\"}"),
		CONFIGS_WITH("\"access\":{\"hosts\":[\"a\"],\"adminToken\":" MASK "}")},
	/* what is written with escapes */
	{CONFIGS_WITH("\"acc\\u0065ss\":{\"admin\\u0054oken\":\"secret\"}"),
		CONFIGS_WITH("\"acc\\u0065ss\":{\"admin\\u0054oken\":" MASK "}")},
	/* what is written again later */
	{CONFIGS_WITH("\"access\":{\"adminToken\":{\"x\":1},\"adminToken\":\"secret\"},"
				  "\"access\":{\"adminToken\":\"new\"}"),
		CONFIGS_WITH("\"access\":{\"adminToken\":" MASK ",\"adminToken\":" MASK "},"
					 "\"access\":{\"adminToken\":" MASK "}")},
	{"{\"backends\":[7,{\"headers\":\"x-secret: 1\",\"basicAuth\":[1,2]}],\"backends\":7,"
	 "\"access\":\"no object\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://one\"}],"
	 "\"access\":{},\"defaultBackend\":\"b1\"}",
		"{\"backends\":[" MASK ",{\"headers\":" MASK ",\"basicAuth\":" MASK "}],"
		"\"backends\":" MASK ",\"access\":" MASK ",\"backends\":[{\"name\":\"b1\","
		"\"url\":\"http://one\"}],\"access\":{},\"defaultBackend\":\"b1\"}"},
	{"{\"backends\":{\"b1\":{\"basicAuth\":\"me:pw\"}},\"backends\":[{\"name\":\"b1\","
	 "\"url\":\"http://me:pw@one\",\"url\":7,\"url\":\"http://one/a@b\"}],"
	 "\"defaultBackend\":\"b1\"}",
		"{\"backends\":" MASK ",\"backends\":[{\"name\":\"b1\","
		"\"url\":" MASK ",\"url\":" MASK ",\"url\":\"http://one/a@b\"}],"
		"\"defaultBackend\":\"b1\"}"},
};

START_TEST(mask_given_text_changes_secrets_alone)
{
	BUF_AUTO struct buf shown = {0};
	struct config *config = configs_parse(span_of(masks[_i].text));

	config_text_mask(config, &shown);
	ck_assert_msg(span_is(buf_span(&shown), masks[_i].shown), "%.*s", SPAN_ARG(buf_span(&shown)));
	config_unref(config);
}
END_TEST

/* -- update ---------------------------------------------------------------------------------- */

/* Posts over a file's text, NULL for none. */
static int update(
	const char *current, struct span posted, struct config **ret_config, struct config_fault *fault)
{
	struct config *before = current ? configs_parse(span_of(current)) : NULL;
	int status = config_text_update(before, posted, ret_config, fault);

	config_unref(before);
	return status;
}

static struct config *update_well(const char *current, const char *posted)
{
	struct config *config = NULL;
	struct config_fault fault = {0};

	ck_assert_msg(
		update(current, span_of(posted), &config, &fault) == 0, "%s: %s", fault.path, fault.text);
	return config;
}

/* The shortest text of one backend: it has both routings, so that nothing is added. */
#define ROUTED        "\"defaultBackend\":\"b\",\"taskRouting\":{},\"modelTypeRouting\":{}"
#define BACKEND(more) "\"backends\":[{\"name\":\"b\",\"url\":\"http://one\"" more "}]"
#define WHOLE(more)   "{" ROUTED "," BACKEND("") more "}"
#define AUTH          "{" ROUTED "," BACKEND(",\"basicAuth\":\"me:pw\"") "}"

#define TLS_AT(more)                                                                  \
	"{" ROUTED ",\"backends\":[{\"name\":\"b\",\"url\":\"https://one\",\"headers\":{" \
	"\"X-A\":" more "}]}"

static const struct updated {
	const char *current;
	const char *posted;
	const char *text;
	const char *warnings; /* their paths, separated by spaces */
} updates[] = {
	/* as strict with certificates as before, or stricter */
	{TLS_AT("\"s\"},\"caFile\":\"/a\""), TLS_AT(MASK "},\"caFile\":\"/\\u0061\""),
		TLS_AT("\"s\"},\"caFile\":\"/\\u0061\""), ""},
	{TLS_AT("\"s\"},\"insecure\":true"), TLS_AT(MASK "},\"insecure\":true"),
		TLS_AT("\"s\"},\"insecure\":true"), ""},
	{TLS_AT("\"s\"},\"insecure\":true"), TLS_AT(MASK "},\"caFile\":\"/a\""),
		TLS_AT("\"s\"},\"caFile\":\"/a\""), ""},
	/* as it was posted */
	{NULL, WHOLE(""), WHOLE(""), ""},
	{NULL, " \r\n" WHOLE("") "\n", " \r\n" WHOLE("") "\n", ""},
	{WHOLE(",\"limits\":{\"body\":64}"), WHOLE(",\"limits\":{ }"), WHOLE(",\"limits\":{ }"), ""},
	/* what is not said */
	{NULL, "{" BACKEND("") ",\"defaultBackend\":\"b\"}",
		"{\"taskRouting\":{},\"modelTypeRouting\":{}," BACKEND("") ",\"defaultBackend\":\"b\"}",
		""},
	{"{" ROUTED
	 "," BACKEND("") ",\"taskRouting\":{\"a\":\"b\"},\"modelTypeRouting\":{\"t\":\"b\"}}",
		"{\n\t" BACKEND("") ",\n\t\"defaultBackend\":\"b\"\n}",
		"{\n\t\"taskRouting\":{},\n\t\"modelTypeRouting\":{},\n\t" BACKEND(
			"") ",\n\t\"defaultBackend\":\"b\"\n}",
		""},
	{WHOLE(
		 ",\"limits\" : {\"body\":64 },\"payloadRouting\":{\"text\":\"b\"},\"debugHeaders\":true"),
		WHOLE(",\"timeouts\":{\"idle\":7}"),
		"{\"limits\" : {\"body\":64 "
		"},\"payloadRouting\":{\"text\":\"b\"},\"debugHeaders\":true," ROUTED
		"," BACKEND("") ",\"timeouts\":{\"idle\":7}}",
		""},
	/* unknown keys */
	{NULL, "{\"x\":1," ROUTED "," BACKEND("") "}", WHOLE(""), "x"},
	{NULL, "{ \"x\" : 1 , \"y\":{\"z\":[]}, " ROUTED "," BACKEND("") "}",
		"{ " ROUTED "," BACKEND("") "}", "x y"},
	{NULL, "{" ROUTED " , \"x\":1 ," BACKEND("") ", \"y\":2 , \"z\" : 3 }",
		"{" ROUTED " ," BACKEND("") " }", "x y z"},
	{NULL, WHOLE(",\"limits\":{\"x\":1},\"timeouts\":{ \"x\":1 , \"y\":2 }"),
		WHOLE(",\"limits\":{},\"timeouts\":{ }"), "limits.x timeouts.x timeouts.y"},
	{NULL, "{" ROUTED "," BACKEND(",\"colour\":7") "}", WHOLE(""), "backends[0].colour"},
	{NULL,
		"{" BACKEND("") ",\"defaultBackend\":{\"a\":1,\"backends\":[\"b\"],\"weights\":[1]},"
						"\"taskRouting\":{\"clip\":{\"backends\":[\"b\"],\"x\":1}},"
						"\"modelTypeRouting\":{}}",
		"{" BACKEND(
			"") ",\"defaultBackend\":{\"backends\":[\"b\"]},"
				"\"taskRouting\":{\"clip\":{\"backends\":[\"b\"]}},\"modelTypeRouting\":{}}",
		"defaultBackend.a defaultBackend.weights taskRouting.clip.x"},
	{WHOLE(",\"x\":1"), "{\"x\":2," ROUTED "," BACKEND("") ",\"x\":3}", WHOLE(""), "x"},
	/* doubled ones */
	{NULL, "{\"defaultBackend\":\"no\"," ROUTED "," BACKEND("") "}", WHOLE(""), ""},
	{NULL, WHOLE(",\"limits\":{\"y\":{}},\"limits\":{\"body\":1,\"body\":64}"),
		WHOLE(",\"limits\":{\"body\":64}"), ""},
	{NULL,
		"{" ROUTED "," BACKEND(
			",\"headers\":{\"a\":1,\"a\":\"2\"},\"headers\":{\"c\":7,\"d\":\"8\",\"c\":\"9\"}") "}",
		"{" ROUTED "," BACKEND(",\"headers\":{\"d\":\"8\",\"c\":\"9\"}") "}", ""},
	{NULL,
		WHOLE(",\"taskRouting\":{\"facial_recognition\":\"no\",\"clip\":1,\"facial-recognition\":"
			  "\"b\",\"clip\":\"b\"}"),
		"{\"defaultBackend\":\"b\",\"modelTypeRouting\":{}," BACKEND(
			"") ",\"taskRouting\":{\"facial-recognition\":\"b\",\"clip\":\"b\"}}",
		""},
	/* other oddities */
	{NULL, WHOLE(",\"timeouts\":{\"request\":1}"), WHOLE(",\"timeouts\":{\"request\":1}"),
		"timeouts.request"},
	/* masks */
	{AUTH, "{" ROUTED "," BACKEND(",\"basicAuth\":" MASK) "}", AUTH, ""},
	{AUTH, "{" ROUTED "," BACKEND("") "}", WHOLE(""), ""},
	{AUTH, "{" ROUTED "," BACKEND(",\"basicAuth\":" MASK ",\"basicAuth\":\"a:b\"") "}",
		"{" ROUTED "," BACKEND(",\"basicAuth\":\"a:b\"") "}", ""},
	{AUTH,
		"{" ROUTED ",\"backends\":[{\"basicAuth\":" MASK
		",\"weight\":2,\"url\":\"HTTP://ONE:80/base\",\"name\":\"\\u0062\"}]}",
		"{" ROUTED ",\"backends\":[{\"basicAuth\":\"me:pw\",\"weight\":2,\"url\":\"HTTP://ONE:80/"
		"base\",\"name\":\"\\u0062\"}]}",
		""},
	{"{" ROUTED
	 "," BACKEND(",\"headers\":{\"x\\u002da\":\"s\\u0031\",\"x-b\":\"s2\",\"x-b\":\"s3\"}") "}",
		"{" ROUTED
		"," BACKEND(",\"headers\":{\"X-B\":" MASK ",\"X-\\u0041\":" MASK ",\"x-c\":\"new\"}") "}",
		"{" ROUTED
		"," BACKEND(",\"headers\":{\"X-B\":\"s3\",\"X-\\u0041\":\"s\\u0031\",\"x-c\":\"new\"}") "}",
		""},
	{WHOLE(",\"access\":{\"adminToken\":\"t\"}"), WHOLE(",\"access\":{\"adminToken\":" MASK "}"),
		WHOLE(",\"access\":{\"adminToken\":\"t\"}"), ""},
	{WHOLE(",\"access\":{\"adminToken\":\"t\"}"), WHOLE(",\"access\":{}"), WHOLE(",\"access\":{}"),
		""},
	/* a mask is no secret elsewhere */
	{NULL, WHOLE(",\"limits\":{\"spillDir\":\"/********\"}"),
		WHOLE(",\"limits\":{\"spillDir\":\"/********\"}"), ""},
};

static void add_paths(const struct config *config, struct buf *out)
{
	for (size_t i = 0; i < config->warning_count; i++) {
		buf_add_text(out, i ? " " : "");
		buf_add_text(out, config->warnings[i].path);
	}
}

START_TEST(update_given_good_text_makes_it_what_belongs_into_the_file)
{
	BUF_AUTO struct buf paths = {0};
	struct config *config = update_well(updates[_i].current, updates[_i].posted);

	ck_assert_msg(span_is(config->text, updates[_i].text), "%.*s", SPAN_ARG(config->text));
	add_paths(config, &paths);
	ck_assert_msg(
		span_is(buf_span(&paths), updates[_i].warnings), "%.*s", SPAN_ARG(buf_span(&paths)));
	config_unref(config);
}
END_TEST

#define MASKED "{" ROUTED "," BACKEND(",\"basicAuth\":" MASK) "}"
#define MASKED_AT(url)                                                                         \
	"{" ROUTED ",\"backends\":[{\"name\":\"b\",\"url\":\"" url "\",\"headers\":{\"x-a\":" MASK \
	"}}]}"
#define KEY_AT(url)                                            \
	"{" ROUTED ",\"backends\":[{\"name\":\"b\",\"url\":\"" url \
	"\",\"headers\":{\"X-A\":\"secret\"}}]}"
#define NONE_YET \
	"found a string, wanted the secret itself: there is none yet that ******** stands for"
#define MOVED                                                                                   \
	"found a string, wanted the secret itself, once more: the url has another scheme, host or " \
	"port than before"

#define TRUSTED                                                                             \
	"found a string, wanted the secret itself, once more: insecure or caFile lets another " \
	"certificate pass than before"

static const struct refused {
	const char *current;
	const char *posted;
	const char *path;
	const char *says;
} refusals[] = {
	{WHOLE(""), "", "line 1", "JSON ends at byte 0"},
	{WHOLE(""), WHOLE("") "\n}", "line 2", "JSON at byte"},
	{WHOLE(""), "\xef\xbb\xbf" WHOLE(""), "line 1", "found a byte order mark"},
	{WHOLE(""), "[]", "the file", "found a list, wanted an object"},
	{WHOLE(""), "{}", "backends", "found nothing, wanted a list of backends"},
	{WHOLE(""), "{\"backends\":[{\"name\":\"b\",\"url\":\"http://one\"}]}", "defaultBackend",
		"found nothing, wanted the name of a backend"},
	{WHOLE(",\"limits\":{\"body\":64}"), WHOLE(",\"limits\":null"), "limits", "found null, wanted"},
	/* what is kept leads to nobody now */
	{WHOLE(",\"payloadRouting\":{\"text\":\"b\"}"),
		"{\"defaultBackend\":\"c\",\"backends\":[{\"name\":\"c\",\"url\":\"http://one\"}]}",
		"payloadRouting.text",
		"found \"b\", wanted the name of a backend listed in backends; payloadRouting was not "
		"posted "
		"and stays as it is: post it, too"},
	/* masks */
	{NULL, MASKED, "backends[0].basicAuth", NONE_YET},
	{WHOLE(""), MASKED, "backends[0].basicAuth", NONE_YET},
	{"{" ROUTED "," BACKEND(",\"headers\":{\"authorization\":\"x\"}") "}", MASKED,
		"backends[0].basicAuth", NONE_YET},
	{AUTH,
		"{\"defaultBackend\":\"c\",\"backends\":[{\"name\":\"c\",\"url\":\"http://"
		"one\",\"basicAuth\":" MASK "}]}",
		"backends[0].basicAuth", NONE_YET},
	{AUTH, "{" ROUTED "," BACKEND(",\"headers\":{\"Authorization\":" MASK "}") "}",
		"backends[0].headers.Authorization", NONE_YET},
	{"{" ROUTED "," BACKEND(",\"headers\":{\"x-a\":\"1\"}") "}",
		"{" ROUTED "," BACKEND(",\"headers\":{\"x-b\":" MASK "}") "}", "backends[0].headers.x-b",
		NONE_YET},
	{NULL, WHOLE(",\"access\":{\"adminToken\":" MASK "}"), "access.adminToken", NONE_YET},
	{TLS_AT("\"s\"}"), TLS_AT(MASK "},\"insecure\":true"), "backends[0].headers.X-A", TRUSTED},
	{TLS_AT("\"s\"}"), TLS_AT(MASK "},\"caFile\":\"/a\""), "backends[0].headers.X-A", TRUSTED},
	{TLS_AT("\"s\"},\"caFile\":\"/a\""), TLS_AT(MASK "}"), "backends[0].headers.X-A", TRUSTED},
	{TLS_AT("\"s\"},\"caFile\":\"/a\""), TLS_AT(MASK "},\"caFile\":\"/a\",\"insecure\":true"),
		"backends[0].headers.X-A", TRUSTED},
	{WHOLE(",\"access\":{}"), WHOLE(",\"access\":{\"adminToken\":" MASK "}"), "access.adminToken",
		NONE_YET},
	/* a secret does not go where it was not meant to go */
	{KEY_AT("http://one"), MASKED_AT("https://one:80"), "backends[0].headers.x-a", MOVED},
	{KEY_AT("http://one"), MASKED_AT("http://two"), "backends[0].headers.x-a", MOVED},
	{KEY_AT("http://one"), MASKED_AT("http://one:81"), "backends[0].headers.x-a", MOVED},
	{KEY_AT("http://one"), MASKED_AT("unix:/one"), "backends[0].headers.x-a", MOVED},
	{KEY_AT("unix:/one"), MASKED_AT("unix:/One"), "backends[0].headers.x-a", MOVED},
	{KEY_AT("http://one"), MASKED_AT("http://one."), "backends[0].headers.x-a", MOVED},
};

START_TEST(update_given_what_cannot_be_says_where_and_what)
{
	const struct refused *row = &refusals[_i];
	struct config *config = NULL;
	struct config_fault fault = {0};

	ck_assert_int_eq(update(row->current, span_of(row->posted), &config, &fault), -1);
	ck_assert_ptr_null(config);
	ck_assert_str_eq(fault.path, row->path);
	ck_assert_msg(strncmp(fault.text, row->says, strlen(row->says)) == 0, "%s", fault.text);
}
END_TEST

START_TEST(update_given_more_unknown_keys_than_are_told_of_leaves_out_all)
{
	BUF_AUTO struct buf posted = {0};
	struct config *config;

	buf_add_text(&posted, "{");
	for (int i = 0; i < 3 * CONFIG_WARNINGS_MAX; i++)
		buf_add_format(&posted, "\"x%d\":[%d],", i, i);
	buf_add_text(&posted, ROUTED "," BACKEND("") "}");
	buf_add(&posted, SPAN_LITERAL("\0"));
	config = update_well(NULL, posted.bytes);
	ck_assert(span_is(config->text, WHOLE("")));
	ck_assert_uint_eq(config->warning_count, CONFIG_WARNINGS_MAX);
	ck_assert_str_eq(config->warnings[63].path, "x63");
	config_unref(config);
}
END_TEST

/* What is kept is set apart as what was posted is, but for that alone nothing gets too long. */
START_TEST(update_given_long_blanks_does_not_repeat_them)
{
	BUF_AUTO struct buf posted = {0};
	size_t blanks = CONFIG_BYTES_MAX - 1024;
	struct config *config;

	buf_add_text(&posted, "{");
	memset(buf_reserve(&posted, blanks), ' ', blanks);
	posted.n += blanks;
	buf_add_text(&posted, "\"defaultBackend\":\"b\"," BACKEND("") "}");
	buf_add(&posted, SPAN_LITERAL("\0"));
	config = update_well(WHOLE(",\"limits\":{},\"timeouts\":{},\"health\":{}"), posted.bytes);
	ck_assert_uint_lt(config->text.n, CONFIG_BYTES_MAX);
	config_unref(config);
}
END_TEST

/* A file may be as long as its secrets make it, but not longer than can be read again. */
START_TEST(update_given_secrets_that_make_it_too_long_is_refused)
{
	BUF_AUTO struct buf posted = {0};
	struct config *config = NULL;
	struct config_fault fault = {0};

	buf_add_text(&posted, MASKED);
	memset(buf_reserve(&posted, CONFIG_BYTES_MAX), ' ', CONFIG_BYTES_MAX);
	posted.n = CONFIG_BYTES_MAX;
	ck_assert_int_eq(update("{" ROUTED "," BACKEND(",\"basicAuth\":\"me:password\"") "}",
						 buf_span(&posted), &config, &fault),
		-1);
	ck_assert_str_eq(fault.path, "the file");
	ck_assert_str_eq(fault.text, "found 1048579 bytes, wanted at most 1048576");
	posted.n -= 3;
	ck_assert_int_eq(update("{" ROUTED "," BACKEND(",\"basicAuth\":\"me:password\"") "}",
						 buf_span(&posted), &config, &fault),
		0);
	ck_assert_uint_eq(config->text.n, CONFIG_BYTES_MAX);
	config_unref(config);
}
END_TEST

static const char *const files[] = {MASKED, MASKED_AT("http://one"),
	WHOLE(",\"access\":{\"adminToken\":" MASK "}"),
	"{" ROUTED "," BACKEND(",\"headers\":{\"x\":\"\\u002a*******\"}") "}"};

START_TEST(parse_given_mask_in_a_file_says_what_it_is)
{
	struct config *config = NULL;
	struct config_fault fault = {0};

	ck_assert_int_eq(config_parse(span_of(files[_i]), &config, &fault), -1);
	ck_assert_str_eq(fault.text,
		"found a string, wanted the secret itself: ******** only stands for "
		"it where it is shown");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("config text");
	TCase *tcase = tcase_create("text");

	tcase_add_loop_test(tcase, mask_given_text_changes_secrets_alone, 0, COUNT_OF(masks));
	tcase_add_loop_test(
		tcase, update_given_good_text_makes_it_what_belongs_into_the_file, 0, COUNT_OF(updates));
	tcase_add_loop_test(
		tcase, update_given_what_cannot_be_says_where_and_what, 0, COUNT_OF(refusals));
	tcase_add_test(tcase, update_given_more_unknown_keys_than_are_told_of_leaves_out_all);
	tcase_add_test(tcase, update_given_long_blanks_does_not_repeat_them);
	tcase_add_test(tcase, update_given_secrets_that_make_it_too_long_is_refused);
	tcase_add_loop_test(tcase, parse_given_mask_in_a_file_says_what_it_is, 0, COUNT_OF(files));
	suite_add_tcase(suite, tcase);
	return suite;
}
