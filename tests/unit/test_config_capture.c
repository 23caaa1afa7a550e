#include "base/clock.h"
#include "domain/config_text.h"
#include "rig/configs.h"
#include "rig/suite.h"

#define ONLY(members) CONFIGS_WITH("\"capture\":{" members "}")
#define CAPTURE(more) ONLY("\"dir\":\"/d\"," more)
#define REDACT(rule)  CAPTURE("\"redact\":[" rule "]")

START_TEST(parse_given_nothing_captures_nothing)
{
	struct config *config = configs_parse_fixture("minimal.json");

	ck_assert_uint_eq(config->capture.dir.n, 0);
	ck_assert_uint_eq(config->capture.redact_count, 0);
	config_unref(config);
}
END_TEST

START_TEST(parse_given_a_folder_captures_all)
{
	struct config *config = configs_parse(SPAN_LITERAL(ONLY("\"dir\":\"/d\"")));
	const struct capture_config *capture = &config->capture;

	ck_assert(span_is(capture->dir, "/d") && capture->is_enabled);
	ck_assert(capture->sample >= 1);
	ck_assert(!capture->match.task.n && !capture->match.status && !capture->match.min_ns);
	config_unref(config);
}
END_TEST

static const struct redact_rule full_rules[] = {
	{REDACT_HEADER, SPAN_LITERAL("User-Agent")},
	{REDACT_ENTRIES, SPAN_LITERAL("clip.textual.options.language")},
	{REDACT_ANSWER, SPAN_LITERAL("ocr.*.text")},
	{REDACT_TEXT, SPAN_LITERAL("hash")},
	{REDACT_IMAGE_EXIF, SPAN_LITERAL("exif")},
	{REDACT_IMAGE_SYNTHETIC, SPAN_LITERAL("synthetic")},
};

START_TEST(parse_given_full_file_reads_all)
{
	struct config *config = configs_parse_fixture("full.json");
	const struct capture_config *capture = &config->capture;

	ck_assert(span_is(capture->dir, "/var/lib/ml proxy/capture") && !capture->is_enabled);
	ck_assert_uint_eq(capture->max_bytes, 2147483648);
	ck_assert_uint_eq(capture->rotate_bytes, 1000000);
	ck_assert_int_eq(capture->rotate_ns, CLOCK_MS(3600500));
	ck_assert(capture->sample >= 0.25 && capture->sample <= 0.25);
	ck_assert(span_is(capture->match.task, "facial-recognition"));
	ck_assert_uint_eq(capture->match.status, 5);
	ck_assert_int_eq(capture->match.min_ns, CLOCK_MS(1500));
	ck_assert(capture->match.is_errors_only);
	ck_assert_int_eq(capture->redact_count, COUNT_OF(full_rules));
	for (int i = 0; i < COUNT_OF(full_rules); i++) {
		ck_assert_int_eq(capture->redact[i].kind, full_rules[i].kind);
		ck_assert(span_equal(capture->redact[i].name, full_rules[i].name));
	}
	config_unref(config);
}
END_TEST

static const char *const goods[] = {
	CAPTURE("\"enabled\":true"),
	CAPTURE("\"maxBytes\":0,\"rotateBytes\":0,\"rotateSeconds\":0,\"sample\":0"),
	CAPTURE("\"maxBytes\":1099511627776,\"rotateSeconds\":31622400,\"sample\":1.0"),
	CAPTURE("\"sample\":0.000000001"),
	CAPTURE("\"match\":{}"),
	CAPTURE("\"match\":{\"status\":200,\"minMs\":86400000,\"task\":\"any\"}"),
	CAPTURE("\"redact\":[]"),
	REDACT("{\"entries\":\"a\"},{\"answer\":\"\\u0061.*\"},{\"header\":\"x-a\"}"),
};

START_TEST(parse_given_good_text_takes_it)
{
	struct config *config = configs_parse(span_of(goods[_i]));

	ck_assert_uint_eq(config->warning_count, 0);
	config_unref(config);
}
END_TEST

#define RULE "one of {\"header\": NAME}, {\"entries\": PATH}"

static const struct bad {
	const char *text;
	const char *path;
	const char *says;
} bads[] = {
	{CONFIGS_WITH("\"capture\":true"), "capture", "found true, wanted an object"},
	{ONLY(""), "capture.dir", "found nothing, wanted an absolute path"},
	{ONLY("\"enabled\":true"), "capture.dir", "found nothing, wanted an absolute path"},
	{ONLY("\"dir\":\"\""), "capture.dir", "found \"\", wanted an absolute path"},
	{ONLY("\"dir\":\"capture\""), "capture.dir", "found \"capture\", wanted an absolute path"},
	{CAPTURE("\"enabled\":1"), "capture.enabled", "found 1, wanted true or false"},
	{CAPTURE("\"maxBytes\":-1"), "capture.maxBytes", "found -1, wanted a whole number from 0"},
	{CAPTURE("\"maxBytes\":1099511627777"), "capture.maxBytes",
		"found 1099511627777, wanted a whole number from 0 to 1099511627776"},
	{CAPTURE("\"rotateBytes\":\"1\""), "capture.rotateBytes", "found \"1\", wanted a whole number"},
	{CAPTURE("\"rotateSeconds\":31622401"), "capture.rotateSeconds", "found 31622401, wanted"},
	{CAPTURE("\"sample\":1.000000001"), "capture.sample", "found 1.000000001, wanted"},
	{CAPTURE("\"sample\":2"), "capture.sample", "found 2, wanted a number from 0 to 1"},
	{CAPTURE("\"sample\":-0"), "capture.sample", "found -0, wanted a number from 0 to 1"},
	{CAPTURE("\"sample\":1e-3"), "capture.sample", "found 1e-3, wanted a number from 0 to 1"},
	{CAPTURE("\"sample\":\"1\""), "capture.sample", "found \"1\", wanted a number from 0 to 1"},
	{CAPTURE("\"match\":[]"), "capture.match", "found a list, wanted an object"},
	{CAPTURE("\"match\":{\"task\":\"\"}"), "capture.match.task", "found \"\", wanted a name"},
	{CAPTURE("\"match\":{\"status\":\"200\"}"), "capture.match.status",
		"found \"200\", wanted a status from 200 to 599"},
	{CAPTURE("\"match\":{\"status\":600}"), "capture.match.status", "found 600, wanted a status"},
	{CAPTURE("\"match\":{\"status\":5}"), "capture.match.status", "found 5, wanted a status"},
	{CAPTURE("\"match\":{\"status\":\"6xx\"}"), "capture.match.status", "found \"6xx\", wanted a"},
	{CAPTURE("\"match\":{\"minMs\":0.5}"), "capture.match.minMs", "found 0.5, wanted a whole"},
	{CAPTURE("\"match\":{\"errorsOnly\":null}"), "capture.match.errorsOnly", "found null, wanted"},
	{CAPTURE("\"redact\":{}"), "capture.redact", "found an object, wanted a list of rules"},
	{REDACT("\"text\""), "capture.redact[0]", "found \"text\", wanted " RULE},
	{REDACT("{}"), "capture.redact[0]", "found an object, wanted " RULE},
	{REDACT("{\"text\":\"hash\"},{\"text\":\"hide\"}"), "capture.redact[1]",
		"found an object, wanted " RULE},
	{REDACT("{\"text\":true}"), "capture.redact[0]", "found an object, wanted " RULE},
	{REDACT("{\"headers\":\"a\"}"), "capture.redact[0]", "found an object, wanted " RULE},
	{REDACT("{\"header\":\"a b\"}"), "capture.redact[0]", "found an object, wanted " RULE},
	{REDACT("{\"header\":\"\"}"), "capture.redact[0]", "found an object, wanted " RULE},
	{REDACT("{\"entries\":\"\"}"), "capture.redact[0]", "found an object, wanted " RULE},
	{REDACT("{\"entries\":\"a..b\"}"), "capture.redact[0]", "found an object, wanted " RULE},
	{REDACT("{\"answer\":\".a\"}"), "capture.redact[0]", "found an object, wanted " RULE},
	{REDACT("{\"answer\":\"a.\"}"), "capture.redact[0]", "found an object, wanted " RULE},
	{REDACT("{\"image\":\"EXIF\"}"), "capture.redact[0]", "found an object, wanted " RULE},
	{REDACT("{\"text\":\"hash\",\"image\":\"exif\"}"), "capture.redact[0]",
		"found an object, wanted " RULE},
	{REDACT("{\"text\":\"hash\",\"text\":\"hash\"}"), "capture.redact[0]",
		"found an object, wanted " RULE},
};

START_TEST(parse_given_bad_text_says_where_and_what)
{
	configs_check_fault(span_of(bads[_i].text), bads[_i].path, bads[_i].says);
}
END_TEST

START_TEST(parse_given_most_rules_takes_them_and_no_more)
{
	BUF_AUTO struct buf text = {0};

	for (int n = REDACT_RULES_MAX; n <= REDACT_RULES_MAX + 1; n++) {
		buf_reset(&text);
		buf_add_text(&text,
			"{\"defaultBackend\":\"b\",\"backends\":[{\"name\":\"b\",\"url\":\"http://b\"}],"
			"\"capture\":{\"dir\":\"/d\",\"redact\":[");
		for (int i = 0; i < n; i++)
			buf_add_format(&text, "%s{\"header\":\"x-%d\"}", i ? "," : "", i);
		buf_add_text(&text, "]}}");
		if (n == REDACT_RULES_MAX)
			config_unref(configs_parse(buf_span(&text)));
	}
	configs_check_fault(buf_span(&text), "capture.redact", "found a list, wanted at most 64 rules");
}
END_TEST

/* Who sends a configuration without it leaves it as it is. */
START_TEST(update_keeps_the_capture)
{
	struct config *before = configs_parse(SPAN_LITERAL(REDACT("{\"text\":\"hash\"}")));
	struct config_fault fault;
	struct config *after;

	ck_assert_int_eq(config_text_update(before, SPAN_LITERAL(CONFIGS_WITH("\"debugHeaders\":true")),
						 &after, &fault),
		0);
	ck_assert(span_is(after->capture.dir, "/d"));
	ck_assert_uint_eq(after->capture.redact_count, 1);
	config_unref(after);
	config_unref(before);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("config capture");
	TCase *tcase = tcase_create("capture");

	tcase_add_test(tcase, parse_given_nothing_captures_nothing);
	tcase_add_test(tcase, parse_given_a_folder_captures_all);
	tcase_add_test(tcase, parse_given_full_file_reads_all);
	tcase_add_loop_test(tcase, parse_given_good_text_takes_it, 0, COUNT_OF(goods));
	tcase_add_loop_test(tcase, parse_given_bad_text_says_where_and_what, 0, COUNT_OF(bads));
	tcase_add_test(tcase, parse_given_most_rules_takes_them_and_no_more);
	tcase_add_test(tcase, update_keeps_the_capture);
	suite_add_tcase(suite, tcase);
	return suite;
}
