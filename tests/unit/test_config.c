#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "rig/configs.h"
#include "rig/suite.h"

/* The names of a pool's backends, separated by commas. */
static const char *names(const struct config *config, const struct config_pool *pool)
{
	static char text[256];

	text[0] = '\0';
	for (size_t i = 0; pool && i < pool->count; i++) {
		struct span name = config->backends[pool->backends[i]].name;
		size_t n = strlen(text);

		(void)snprintf(text + n, sizeof text - n, "%s%.*s", i ? "," : "", SPAN_ARG(name));
	}
	return text;
}

static const struct config_pool *rule_pool(
	const struct config_rules *rules, const char *task, const char *type, const char *model)
{
	for (size_t i = 0; i < rules->count; i++)
		if (span_is(rules->rules[i].task, task) && span_is(rules->rules[i].type, type) &&
			span_is(rules->rules[i].model, model))
			return rules->rules[i].pool;
	return NULL;
}

/* -- what is good ---------------------------------------------------------------------------- */

START_TEST(parse_given_minimal_file_takes_the_defaults)
{
	struct config *config = configs_parse_fixture("minimal.json");

	ck_assert_uint_eq(config->backend_count, 1);
	ck_assert(span_is(config->backends[0].name, "b1"));
	ck_assert(span_is(config->backends[0].url.host, "127.0.0.1"));
	ck_assert_uint_eq(config->backends[0].url.port, 3003);
	ck_assert_str_eq(names(config, config->default_pool), "b1");
	ck_assert_uint_eq(config->pool_count, 1);
	ck_assert_uint_eq(config->task_rules.count, 0);
	ck_assert_uint_eq(config->type_rules.count, 0);
	ck_assert_ptr_null(config->text_pool);
	ck_assert_ptr_null(config->image_pool);
	ck_assert_uint_eq(config->warning_count, 0);
	ck_assert_mem_eq(&config->limits, &config_default_limits, sizeof config->limits);
	ck_assert_mem_eq(&config->timeouts, &config_default_timeouts, sizeof config->timeouts);
	ck_assert(!config->health.is_strict);
	ck_assert_int_eq(config->health.interval_ns, config_default_health.interval_ns);
	ck_assert_int_eq(config->health.timeout_ns, config_default_health.timeout_ns);
	ck_assert_int_eq(config->balance, CONFIG_ROUND_ROBIN);
	config_unref(config);
}
END_TEST

START_TEST(defaults_are_those_of_the_manual)
{
	ck_assert_uint_eq(config_default_limits.body_bytes, UINT64_C(64) << 20);
	ck_assert_uint_eq(config_default_limits.entries_bytes, 64 << 10);
	ck_assert_uint_eq(config_default_limits.head_bytes, 64 << 10);
	ck_assert_uint_eq(config_default_limits.head_lines, 256);
	ck_assert_uint_eq(config_default_limits.parts, 2002);
	ck_assert_uint_eq(config_default_limits.part_head_bytes, 16 << 10);
	ck_assert_uint_eq(config_default_limits.connections, 16384);
	ck_assert_uint_eq(config_default_limits.kept_bytes, UINT64_C(64) << 20);
	ck_assert_uint_eq(config_default_limits.spill_bytes, UINT64_C(1) << 30);
	ck_assert_uint_eq(config_default_limits.spill_dir.n, 0);
	ck_assert_int_eq(config_default_timeouts.connect_ns, CLOCK_S(5));
	ck_assert_int_eq(config_default_timeouts.backend_ns, CLOCK_S(240));
	ck_assert_int_eq(config_default_timeouts.head_ns, CLOCK_S(10));
	ck_assert_int_eq(config_default_timeouts.stall_ns, CLOCK_S(30));
	ck_assert_int_eq(config_default_timeouts.idle_ns, CLOCK_S(75));
	ck_assert_int_eq(config_default_timeouts.drain_ns, CLOCK_S(30));
	ck_assert_int_eq(config_default_timeouts.request_ns, CLOCK_S(290));
	ck_assert(!config_default_health.is_strict);
	ck_assert_int_eq(config_default_health.interval_ns, CLOCK_S(10));
	ck_assert_int_eq(config_default_health.timeout_ns, CLOCK_MS(1500));
}
END_TEST

START_TEST(parse_given_full_file_reads_backends)
{
	struct config *config = configs_parse_fixture("full.json");

	ck_assert_uint_eq(config->backend_count, 6);
	ck_assert(span_is(config->backends[1].name, "gpu 1"));
	ck_assert(span_is(config->backends[1].url.base, "/ml"));
	ck_assert(span_is(config->backends[2].url.host, "2001:db8::5"));
	ck_assert(span_is(config->backends[3].name, "b\xc3\xbcro"));
	ck_assert_int_eq(config->backends[3].url.scheme, URL_UNIX);
	ck_assert_str_eq(names(config, config->default_pool), "gpu 1");
	ck_assert_uint_eq(config->warning_count, 0);
	config_unref(config);
}
END_TEST

static const struct rule_case {
	const char *task, *type, *model;
	const char *backends;
} full_rules[] = {
	{"clip", "", "", "gpu 1,gpu 2"},
	{"clip", "textual", "", "box"},
	{"clip", "", "ViT-B-32__openai", "gpu 1,gpu 2"},
	{"clip", "textual", "immich-app/XLM-Roberta-Large-Vit-B-32", "b\xc3\xbcro"},
	{"facial-recognition", "", "", "gpu 1"},
	{"facial-recognition", "detection", "", "gpu 2"},
	{"image-quality", "", "", "box"},
};

START_TEST(parse_given_full_file_reads_routes)
{
	struct config *config = configs_parse_fixture("full.json");

	ck_assert_uint_eq(config->task_rules.count, COUNT_OF(full_rules));
	for (int i = 0; i < COUNT_OF(full_rules); i++) {
		const struct rule_case *want = &full_rules[i];

		ck_assert_str_eq(
			names(config, rule_pool(&config->task_rules, want->task, want->type, want->model)),
			want->backends);
	}
	ck_assert_uint_eq(config->type_rules.count, 2);
	ck_assert_str_eq(names(config, rule_pool(&config->type_rules, "", "textual", "")), "box");
	ck_assert_str_eq(
		names(config, rule_pool(&config->type_rules, "", "visual", "")), "gpu 1,gpu 2,box");
	ck_assert_str_eq(names(config, config->text_pool), "box");
	ck_assert_str_eq(names(config, config->image_pool), "gpu 1,gpu 2");
	config_unref(config);
}
END_TEST

START_TEST(parse_given_full_file_reads_numbers)
{
	struct config *config = configs_parse_fixture("full.json");

	ck_assert_uint_eq(config->limits.body_bytes, 1000000);
	ck_assert_uint_eq(config->limits.entries_bytes, 4096);
	ck_assert_uint_eq(config->limits.head_bytes, 8192);
	ck_assert_uint_eq(config->limits.head_lines, 64);
	ck_assert_uint_eq(config->limits.parts, 16);
	ck_assert_uint_eq(config->limits.part_head_bytes, 1024);
	ck_assert_uint_eq(config->limits.connections, 100);
	ck_assert_uint_eq(config->limits.kept_bytes, 8388608);
	ck_assert_int_eq(config->timeouts.connect_ns, CLOCK_MS(250));
	ck_assert_uint_eq(config->limits.spill_bytes, 0);
	ck_assert(span_is(config->limits.spill_dir, "/var/tmp/ml proxy"));
	ck_assert_int_eq(config->timeouts.backend_ns, CLOCK_S(280));
	ck_assert_int_eq(config->timeouts.head_ns, CLOCK_MS(2500));
	ck_assert_int_eq(config->timeouts.stall_ns, CLOCK_S(1));
	ck_assert_int_eq(config->timeouts.idle_ns, CLOCK_S(60) + 1);
	ck_assert_int_eq(config->timeouts.drain_ns, CLOCK_S(5));
	ck_assert_int_eq(config->timeouts.request_ns, CLOCK_MS(285500));
	ck_assert(config->health.is_strict);
	ck_assert_int_eq(config->health.interval_ns, CLOCK_S(2));
	ck_assert_int_eq(config->health.timeout_ns, CLOCK_MS(750));
	config_unref(config);
}
END_TEST

START_TEST(parse_given_doubled_keys_takes_the_last)
{
	struct config *config = configs_parse_fixture("doubled_keys.json");

	ck_assert_uint_eq(config->backend_count, 2);
	ck_assert(span_is(config->backends[0].name, "b1"));
	ck_assert(span_is(config->backends[0].url.host, "one"));
	ck_assert_str_eq(names(config, config->default_pool), "b2");
	ck_assert_uint_eq(config->task_rules.count, 2);
	ck_assert_str_eq(names(config, rule_pool(&config->task_rules, "clip", "", "")), "b2");
	ck_assert_str_eq(
		names(config, rule_pool(&config->task_rules, "facial-recognition", "", "")), "b2");
	ck_assert_uint_eq(config->limits.body_bytes, 2000);
	ck_assert_int_eq(config->timeouts.idle_ns, CLOCK_S(7));
	config_unref(config);
}
END_TEST

START_TEST(parse_given_unknown_keys_warns_with_their_paths)
{
	static const char *const paths[] = {"limits.bodyBytes", "timeouts.dns", "health.Interval",
		"backends[0].wieght", "modelTypeRouting.visual.balanced", "payloadRouting.video", "\"\"",
		"taskrouting"};
	struct config *config = configs_parse_fixture("unknown_keys.json");

	ck_assert_uint_eq(config->warning_count, COUNT_OF(paths));
	for (int i = 0; i < COUNT_OF(paths); i++) {
		ck_assert_str_eq(config->warnings[i].path, paths[i]);
		ck_assert_str_eq(config->warnings[i].text, "unknown key");
	}
	config_unref(config);
}
END_TEST

START_TEST(parse_given_very_many_unknown_keys_keeps_the_first_warnings)
{
	BUF_AUTO struct buf text = {0};
	struct config *config;

	buf_add_text(&text, "{\"backends\":[{\"name\":\"b1\",\"url\":\"http://one\"}],");
	for (int i = 0; i < CONFIG_WARNINGS_MAX + 5; i++)
		buf_add_format(&text, "\"k%d\":%d,", i, i);
	buf_add_text(&text, "\"defaultBackend\":\"b1\"}");
	config = configs_parse(buf_span(&text));
	ck_assert_uint_eq(config->warning_count, CONFIG_WARNINGS_MAX);
	ck_assert_str_eq(config->warnings[CONFIG_WARNINGS_MAX - 1].path, "k63");
	config_unref(config);
}
END_TEST

/* Good texts that look odd. */
static const char *const goods[] = {
	" \r\n\t" CONFIGS_WITH("\"limits\":{}") "\n",
	"{\"default\\u0042ackend\":\"b\\u0031\",\"\\u0062ackends\":[{\"name\":\"\\u00621\","
	"\"url\":\"http:\\/\\/one\"}]}",
	CONFIGS_BACKENDS("[{\"url\":\"http://one\",\"name\":\"b1\"}]"),
	CONFIGS_BACKENDS(
		"[{\"name\":\"b1\",\"url\":\"http://one\"},{\"name\":\"B1\",\"url\":\"http://one\"}]"),
	CONFIGS_BACKENDS(
		"[{\"name\":\"b1\",\"url\":\"http://one\"},{\"name\":\" \",\"url\":\"http://x\"}]"),
	CONFIGS_BACKENDS("[{\"name\":\"b1\",\"url\":\"http://one\"},{\"name\":\"\\ud83d\\ude00\\\"\","
					 "\"url\":\"http://x\"}]"),
	CONFIGS_TASKS(""),
	CONFIGS_TASKS("\"a task nobody knows\":\"b1\""),
	CONFIGS_TASKS("\"clip/visual/a/b/c\":\"b1\""),
	CONFIGS_TASKS("\"clip/visual//x\":\"b1\""),
	CONFIGS_TASKS("\"cl\\u0069p\\/textual\":[\"b\\u0031\"]"),
	CONFIGS_WITH("\"modelTypeRouting\":{}"),
	CONFIGS_WITH("\"modelTypeRouting\":{\"any type\":\"b2\"}"),
	CONFIGS_WITH("\"payloadRouting\":{}"),
	CONFIGS_TASKS("\"clip\":{\"backends\":[\"b1\"]}"),
	CONFIGS_TASKS(
		"\"clip\":{\"b\\u0061lance\":\"l\\u0065astInFlight\",\"backends\":[\"b1\",\"b2\"]}"),
	CONFIGS_WITH("\"balance\":\"roundRobin\""),
	CONFIGS_LIMITS("\"spillBytes\":0,\"spillDir\":\"/\""),
	CONFIGS_LIMITS("\"spillBytes\":1099511627776,\"spillDir\":\"/\\u00fc b\""),
	CONFIGS_WITH("\"health\":{}"),
	CONFIGS_WITH("\"health\":{\"strict\":false,\"interval\":0.1,\"timeout\":0.01}"),
	CONFIGS_WITH("\"health\":{\"strict\":true,\"interval\":3600,\"timeout\":60}"),
	CONFIGS_LIMITS("\"body\":64"),
	CONFIGS_LIMITS("\"body\":1099511627776"),
	CONFIGS_LIMITS("\"headLines\":4,\"connections\":1,\"parts\":2"),
	CONFIGS_TIMES("\"idle\":0.01"),
	CONFIGS_TIMES("\"idle\":0.0100"),
	CONFIGS_TIMES("\"idle\":86400"),
	CONFIGS_TIMES("\"idle\":86400.0"),
	CONFIGS_TIMES("\"connect\":0.12345678999999999999"),
};

START_TEST(parse_given_odd_but_good_text_takes_it)
{
	struct config *config = configs_parse(span_of(goods[_i]));

	ck_assert_uint_eq(config->warning_count, 0);
	config_unref(config);
}
END_TEST

START_TEST(parse_given_text_that_goes_away_keeps_a_copy)
{
	char *text = span_dup(SPAN_LITERAL(CONFIGS_TASKS("\"clip\":\"b2\"")));
	struct config *config = configs_parse(span_of(text));

	memset(text, 'x', strlen(text));
	mem_free(text);
	ck_assert(span_is(config->backends[1].name, "b2"));
	ck_assert(span_is(config->backends[1].url.text, "http://two:2"));
	ck_assert(span_is(config->task_rules.rules[0].task, "clip"));
	ck_assert(span_is(config->text, CONFIGS_TASKS("\"clip\":\"b2\"")));
	ck_assert_int_eq(config->origin, CONFIG_FROM_FILE);
	config_unref(config);
}
END_TEST

/* -- pools ----------------------------------------------------------------------------------- */

START_TEST(parse_given_same_set_of_backends_makes_one_pool)
{
	struct config *config = configs_parse(span_of(CONFIGS_WITH(
		"\"taskRouting\":{\"a\":[\"b1\",\"b2\"],\"b\":[\"b2\",\"b1\"],\"c\":\"b1\",\"d\":[\"b1\"],"
		"\"e\":[\"b3\",\"b2\",\"b1\"]},\"modelTypeRouting\":{\"t\":[\"b2\",\"b1\"]},"
		"\"payloadRouting\":{\"text\":\"b1\",\"image\":[\"b1\",\"b2\",\"b3\"]}")));
	const struct config_rule *rules = config->task_rules.rules;

	ck_assert_uint_eq(config->pool_count, 3);
	ck_assert_ptr_eq(rules[0].pool, rules[1].pool);
	ck_assert_ptr_eq(rules[0].pool, config->type_rules.rules[0].pool);
	ck_assert_ptr_eq(rules[2].pool, rules[3].pool);
	ck_assert_ptr_eq(rules[2].pool, config->default_pool);
	ck_assert_ptr_eq(rules[2].pool, config->text_pool);
	ck_assert_ptr_eq(rules[4].pool, config->image_pool);
	ck_assert_ptr_ne(rules[0].pool, rules[2].pool);
	ck_assert_str_eq(names(config, rules[1].pool), "b1,b2");
	ck_assert_str_eq(names(config, rules[4].pool), "b3,b2,b1");
	config_unref(config);
}
END_TEST

START_TEST(parse_given_several_default_backends_makes_a_pool_of_them)
{
	struct config *config = configs_parse(span_of(
		CONFIGS_WITH("\"defaultBackend\":{\"backends\":[\"b3\",\"b1\"],"
					 "\"balance\":\"leastInFlight\"},"
					 "\"taskRouting\":{\"a\":[\"b1\",\"b3\"]},\"balance\":\"leastInFlight\"")));

	ck_assert_str_eq(names(config, config->default_pool), "b3,b1");
	ck_assert_int_eq(config->default_pool->balance, CONFIG_LEAST_IN_FLIGHT);
	ck_assert_ptr_eq(config->task_rules.rules[0].pool, config->default_pool);
	config_unref(config);
}
END_TEST

/* What each of these routes' pools is like. A list takes the balance of the file. */
START_TEST(parse_given_balances_keeps_apart_what_is_balanced_otherwise)
{
	struct config *config = configs_parse(span_of(
		CONFIGS_WITH("\"taskRouting\":{\"a\":[\"b1\",\"b2\"],"
					 "\"b\":{\"backends\":[\"b2\",\"b1\"],\"balance\":\"roundRobin\"},"
					 "\"c\":{\"balance\":\"leastInFlight\",\"backends\":[\"b2\",\"b1\"]},"
					 "\"d\":{\"backends\":[\"b1\",\"b2\"]},"
					 "\"e\":{\"backends\":[\"b1\"],\"balance\":\"leastInFlight\"},\"f\":\"b1\"},"
					 "\"balance\":\"leastInFlight\"")));
	const struct config_rule *rules = config->task_rules.rules;

	ck_assert_uint_eq(config->pool_count, 3);
	ck_assert_int_eq(rules[0].pool->balance, CONFIG_LEAST_IN_FLIGHT);
	ck_assert_int_eq(rules[1].pool->balance, CONFIG_ROUND_ROBIN);
	ck_assert_ptr_eq(rules[2].pool, rules[0].pool);
	ck_assert_ptr_eq(rules[3].pool, rules[0].pool);
	ck_assert_ptr_eq(rules[4].pool, config->default_pool);
	ck_assert_ptr_eq(rules[5].pool, config->default_pool);
	ck_assert_int_eq(config->default_pool->balance, CONFIG_ROUND_ROBIN);
	ck_assert_str_eq(names(config, rules[1].pool), "b2,b1");
	config_unref(config);
}
END_TEST

START_TEST(parse_given_routes_without_an_enabled_backend_warns)
{
	static const char *const paths[] = {
		"defaultBackend", "taskRouting.a", "taskRouting.c", "payloadRouting.text"};
	struct config *config = configs_parse(
		SPAN_LITERAL("{\"backends\":[{\"name\":\"b1\",\"url\":\"http://one\",\"enabled\":false},"
					 "{\"name\":\"b2\",\"url\":\"http://two\"},"
					 "{\"name\":\"b3\",\"url\":\"http://three\",\"enabled\":false}],"
					 "\"defaultBackend\":\"b1\",\"taskRouting\":{\"a\":[\"b1\",\"b3\"],"
					 "\"b\":[\"b2\",\"b3\"],\"c\":{\"backends\":[\"b3\"]},\"d\":\"b2\"},"
					 "\"payloadRouting\":{\"image\":\"b2\",\"text\":\"b3\"}}"));

	ck_assert_uint_eq(config->warning_count, COUNT_OF(paths));
	for (int i = 0; i < COUNT_OF(paths); i++) {
		ck_assert_str_eq(config->warnings[i].path, paths[i]);
		ck_assert_str_eq(config->warnings[i].text, "none of its backends is enabled");
	}
	config_unref(config);
}
END_TEST

START_TEST(unref_frees_with_the_last_reference)
{
	struct config *config = configs_parse_fixture("split.json");

	ck_assert_ptr_eq(config_ref(config), config);
	config_unref(config);
	ck_assert(span_is(config->backends[0].name, "box"));
	config_unref(config);
	config_unref(NULL);
}
END_TEST

static TCase *good_cases(void)
{
	TCase *tcase = tcase_create("good");

	tcase_add_test(tcase, parse_given_minimal_file_takes_the_defaults);
	tcase_add_test(tcase, defaults_are_those_of_the_manual);
	tcase_add_test(tcase, parse_given_full_file_reads_backends);
	tcase_add_test(tcase, parse_given_full_file_reads_routes);
	tcase_add_test(tcase, parse_given_full_file_reads_numbers);
	tcase_add_test(tcase, parse_given_doubled_keys_takes_the_last);
	tcase_add_test(tcase, parse_given_unknown_keys_warns_with_their_paths);
	tcase_add_test(tcase, parse_given_very_many_unknown_keys_keeps_the_first_warnings);
	tcase_add_loop_test(tcase, parse_given_odd_but_good_text_takes_it, 0, COUNT_OF(goods));
	tcase_add_test(tcase, parse_given_text_that_goes_away_keeps_a_copy);
	return tcase;
}

static TCase *pool_cases(void)
{
	TCase *tcase = tcase_create("pool");

	tcase_add_test(tcase, parse_given_same_set_of_backends_makes_one_pool);
	tcase_add_test(tcase, parse_given_several_default_backends_makes_a_pool_of_them);
	tcase_add_test(tcase, parse_given_balances_keeps_apart_what_is_balanced_otherwise);
	tcase_add_test(tcase, parse_given_routes_without_an_enabled_backend_warns);
	tcase_add_test(tcase, unref_frees_with_the_last_reference);
	return tcase;
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("config");

	suite_add_tcase(suite, good_cases());
	suite_add_tcase(suite, pool_cases());
	return suite;
}
