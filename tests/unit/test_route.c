#include "domain/route.h"

#include <stdio.h>

#include "rig/configs.h"
#include "rig/suite.h"

enum { TYPES_MAX = 4 };

/* The name of each backend is the precedence of the rule that leads to it. */
static const char everything[] =
	"{\"backends\":[{\"name\":\"task/type/model\",\"url\":\"http://h\"},"
	"{\"name\":\"task/*/model\",\"url\":\"http://h\"},{\"name\":\"task/type\",\"url\":\"http://"
	"h\"},"
	"{\"name\":\"modelType\",\"url\":\"http://h\"},{\"name\":\"task\",\"url\":\"http://h\"},"
	"{\"name\":\"text\",\"url\":\"http://h\"},{\"name\":\"image\",\"url\":\"http://h\"},"
	"{\"name\":\"default\",\"url\":\"http://h\"}],\"defaultBackend\":\"default\","
	"\"taskRouting\":{\"clip\":\"task\",\"clip/textual\":\"task/type\",\"clip/*/M\":\"task/*/"
	"model\","
	"\"clip/textual/M\":\"task/type/model\",\"clip/visual/a/M\":\"task/type/model\","
	"\"facial_recognition\":\"task\"},"
	"\"modelTypeRouting\":{\"textual\":\"modelType\",\"visual\":\"modelType\","
	"\"recognition\":\"modelType\"},"
	"\"payloadRouting\":{\"text\":\"text\",\"image\":\"image\"}}";

static void check_route(
	const struct config *config, struct route route, const char *backend, enum route_reason reason)
{
	struct span name = config->backends[route.pool->backends[0]].name;

	ck_assert_msg(span_is(name, backend), "%.*s, not %s", SPAN_ARG(name), backend);
	ck_assert_int_eq(route.reason, reason);
	ck_assert_int_eq(route.rule == NULL, reason == ROUTE_PAYLOAD || reason == ROUTE_DEFAULT);
	ck_assert(!route.rule || route.rule->pool == route.pool);
}

/* -- one type -------------------------------------------------------------------------------- */

static const struct type_case {
	const char *task, *type, *model;
	enum route_payload payload;
	const char *backend;
	enum route_reason reason;
} type_cases[] = {
	{"clip", "textual", "M", 0, "task/type/model", ROUTE_TASK_TYPE_MODEL},
	{"clip", "textual", "M", ROUTE_PAYLOAD_IMAGE, "task/type/model", ROUTE_TASK_TYPE_MODEL},
	{"clip", "visual", "a/M", 0, "task/type/model", ROUTE_TASK_TYPE_MODEL},
	{"clip", "visual", "M", 0, "task/*/model", ROUTE_TASK_ANY_MODEL},
	{"clip", "", "M", 0, "task/*/model", ROUTE_TASK_ANY_MODEL},
	{"clip", "other", "M", 0, "task/*/model", ROUTE_TASK_ANY_MODEL},
	{"clip", "textual", "m", 0, "task/type", ROUTE_TASK_TYPE},
	{"clip", "textual", "", 0, "task/type", ROUTE_TASK_TYPE},
	{"clip", "textual", "a/M", 0, "task/type", ROUTE_TASK_TYPE},
	{"clip", "visual", "m", 0, "modelType", ROUTE_MODEL_TYPE},
	{"clip", "visual", "m", ROUTE_PAYLOAD_IMAGE, "modelType", ROUTE_MODEL_TYPE},
	{"ocr", "visual", "M", 0, "modelType", ROUTE_MODEL_TYPE},
	{"clip", "Visual", "m", 0, "task", ROUTE_TASK},
	{"clip", "", "", ROUTE_PAYLOAD_TEXT, "task", ROUTE_TASK},
	{"facial-recognition", "detection", "m", 0, "task", ROUTE_TASK},
	{"facial_recognition", "detection", "m", 0, "default", ROUTE_DEFAULT},
	{"Clip", "other", "M", ROUTE_PAYLOAD_TEXT, "text", ROUTE_PAYLOAD},
	{"ocr", "detection", "M", ROUTE_PAYLOAD_IMAGE, "image", ROUTE_PAYLOAD},
	{"ocr", "detection", "M", ROUTE_PAYLOAD_UNKNOWN, "default", ROUTE_DEFAULT},
	{"", "", "", ROUTE_PAYLOAD_UNKNOWN, "default", ROUTE_DEFAULT},
	{"*", "*", "*", ROUTE_PAYLOAD_UNKNOWN, "default", ROUTE_DEFAULT},
};

START_TEST(type_given_rules_takes_the_most_particular)
{
	const struct type_case *given = &type_cases[_i];
	struct config *config = configs_parse(span_of(everything));

	check_route(config,
		route_type(config, span_of(given->task), span_of(given->type), span_of(given->model),
			given->payload),
		given->backend, given->reason);
	config_unref(config);
}
END_TEST

START_TEST(type_given_no_rules_takes_the_default)
{
	struct config *config =
		configs_parse(SPAN_LITERAL("{\"defaultBackend\":\"b\",\"backends\":[{\"name\":\"b\","
								   "\"url\":\"http://h\"}]}"));

	for (int payload = ROUTE_PAYLOAD_UNKNOWN; payload <= ROUTE_PAYLOAD_IMAGE; payload++)
		check_route(config,
			route_type(config, span_of("clip"), span_of("textual"), span_of("M"),
				(enum route_payload)payload),
			"b", ROUTE_DEFAULT);
	config_unref(config);
}
END_TEST

/* The i-th rule's names; i says which of them its key has. */
static void name_rule(int i, struct config_rule *rule, char texts[3][16])
{
	(void)snprintf(texts[0], sizeof texts[0], "t%d", i * 7919 % 4093);
	(void)snprintf(texts[1], sizeof texts[1], "y%d", i);
	(void)snprintf(texts[2], sizeof texts[2], "m%d", i);
	*rule = (struct config_rule){.task = span_of(texts[0])};
	if (i & 1)
		rule->type = span_of(texts[1]);
	if (i & 2)
		rule->model = span_of(texts[2]);
}

START_TEST(type_given_most_rules_finds_each)
{
	static const char start[] =
		"{\"backends\":[{\"name\":\"b1\",\"url\":\"http://h\"},{\"name\":\"b2\",\"url\":"
		"\"http://h\"},{\"name\":\"b3\",\"url\":\"http://h\"}],\"defaultBackend\":\"b1\","
		"\"taskRouting\":{";
	static const enum route_reason reasons[] = {
		ROUTE_TASK, ROUTE_TASK_TYPE, ROUTE_TASK_ANY_MODEL, ROUTE_TASK_TYPE_MODEL};
	BUF_AUTO struct buf text = {0};
	struct config *config;
	struct config_rule rule;
	char texts[3][16];

	for (int i = 0; i < CONFIG_RULES_MAX; i++) {
		name_rule(i, &rule, texts);
		buf_add_format(&text, "%s\"%s", i ? "," : start, texts[0]);
		buf_add_format(&text, "%s%s", i & 3 ? "/" : "", i & 1 ? texts[1] : i & 2 ? "*" : "");
		buf_add_format(&text, "%s%s\":\"b%d\"", i & 2 ? "/" : "", i & 2 ? texts[2] : "", i % 3 + 1);
	}
	buf_add_text(&text, "}}");
	config = configs_parse(buf_span(&text));
	for (int i = 0; i < CONFIG_RULES_MAX; i++) {
		char backend[] = {'b', (char)('1' + i % 3), '\0'};

		name_rule(i, &rule, texts);
		check_route(config, route_type(config, rule.task, rule.type, rule.model, 0), backend,
			reasons[i & 3]);
	}
	config_unref(config);
}
END_TEST

/* -- a task ---------------------------------------------------------------------------------- */

struct task_case {
	const char *task;
	const char *types[TYPES_MAX]; /* "type model" */
	enum route_payload payload;
	const char *backend;
	enum route_reason reason;
};

static struct entries_task make_task(
	const struct task_case *given, struct entries_type types[TYPES_MAX])
{
	struct entries_task task = {.name = span_of(given->task), .types = types};

	for (; task.type_count < TYPES_MAX && given->types[task.type_count]; task.type_count++) {
		struct span model = span_of(given->types[task.type_count]);
		struct span name = span_cut(&model, ' ');

		types[task.type_count] = (struct entries_type){.name = name, .model = model};
	}
	return task;
}

static const char faces[] =
	"{\"backends\":[{\"name\":\"b0\",\"url\":\"http://h\"},{\"name\":\"b1\",\"url\":\"http://h\"},"
	"{\"name\":\"b2\",\"url\":\"http://h\"},{\"name\":\"b3\",\"url\":\"http://h\"}],"
	"\"defaultBackend\":\"b0\",\"taskRouting\":{\"f/detection\":\"b1\",\"f/recognition\":\"b2\","
	"\"f/*/M\":\"b3\",\"g/x\":\"b1\",\"g/y\":\"b2\",\"h/recognition/M\":\"b3\"},"
	"\"modelTypeRouting\":{\"detection\":\"b1\",\"recognition\":\"b2\"},"
	"\"payloadRouting\":{\"image\":\"b2\"}}";

static const struct task_case task_cases[] = {
	/* alone */
	{"f", {"detection m"}, 0, "b1", ROUTE_TASK_TYPE},
	{"f", {"recognition m"}, 0, "b2", ROUTE_TASK_TYPE},
	/* the most particular of its types, wherever it stands */
	{"f", {"detection m", "recognition M"}, 0, "b3", ROUTE_TASK_ANY_MODEL},
	{"f", {"recognition M", "detection m"}, 0, "b3", ROUTE_TASK_ANY_MODEL},
	{"h", {"detection m", "recognition M"}, 0, "b3", ROUTE_TASK_TYPE_MODEL},
	{"h", {"recognition M", "detection m"}, 0, "b3", ROUTE_TASK_TYPE_MODEL},
	{"f", {"detection m", "other m"}, 0, "b1", ROUTE_TASK_TYPE},
	{"f", {"other m", "recognition m"}, 0, "b2", ROUTE_TASK_TYPE},
	/* on a tie detection's */
	{"f", {"detection m", "recognition m"}, 0, "b1", ROUTE_TASK_TYPE},
	{"f", {"recognition m", "detection m"}, 0, "b1", ROUTE_TASK_TYPE},
	{"k", {"recognition m", "detection m"}, 0, "b1", ROUTE_MODEL_TYPE},
	{"k", {"recognition m", "other m", "detection m"}, 0, "b1", ROUTE_MODEL_TYPE},
	/* then the first named */
	{"g", {"x m", "y m"}, 0, "b1", ROUTE_TASK_TYPE},
	{"g", {"y m", "x m"}, 0, "b2", ROUTE_TASK_TYPE},
	{"g", {"detection m", "y m", "x m"}, 0, "b2", ROUTE_TASK_TYPE},
	/* nothing but payload and default */
	{"k", {"other m"}, ROUTE_PAYLOAD_IMAGE, "b2", ROUTE_PAYLOAD},
	{"k", {"other m"}, ROUTE_PAYLOAD_TEXT, "b0", ROUTE_DEFAULT},
	{"k", {"other m", "detection m"}, ROUTE_PAYLOAD_IMAGE, "b1", ROUTE_MODEL_TYPE},
	/* no types: by its own name */
	{"k", {NULL}, 0, "b0", ROUTE_DEFAULT},
	{"f", {NULL}, 0, "b0", ROUTE_DEFAULT},
	{"f", {NULL}, ROUTE_PAYLOAD_IMAGE, "b2", ROUTE_PAYLOAD},
};

START_TEST(task_given_types_takes_the_most_particular)
{
	struct entries_type types[TYPES_MAX];
	struct entries_task task = make_task(&task_cases[_i], types);
	struct config *config = configs_parse(span_of(faces));

	check_route(config, route_task(config, &task, task_cases[_i].payload), task_cases[_i].backend,
		task_cases[_i].reason);
	config_unref(config);
}
END_TEST

START_TEST(task_given_no_types_goes_by_its_own_name)
{
	struct config *config = configs_parse(span_of(everything));
	struct entries_task task = {.name = SPAN_LITERAL("clip")};

	check_route(config, route_task(config, &task, ROUTE_PAYLOAD_TEXT), "task", ROUTE_TASK);
	config_unref(config);
}
END_TEST

/* -- whether the payload matters ------------------------------------------------------------- */

#define WITH(payloads)                                                                         \
	"{\"backends\":[{\"name\":\"b0\",\"url\":\"http://h\"},{\"name\":\"b1\",\"url\":\"http://" \
	"h\"}],"                                                                                   \
	"\"defaultBackend\":\"b0\",\"taskRouting\":{\"clip\":\"b0\",\"faces/detection\":\"b1\"},"  \
	"\"payloadRouting\":{" payloads "}}"

static const struct payload_case {
	const char *config;
	const char *task;
	const char *type;
	bool matters;
} payload_cases[] = {
	{WITH("\"text\":\"b1\""), "ocr", "detection", true},
	{WITH("\"image\":\"b1\""), "ocr", "detection", true},
	{WITH("\"text\":\"b1\",\"image\":\"b0\""), "ocr", "detection", true},
	{WITH("\"text\":\"b1\",\"image\":\"b1\""), "ocr", "detection", true},
	{WITH("\"text\":[\"b1\",\"b0\"]"), "ocr", "detection", true},
	{WITH("\"text\":\"b0\",\"image\":[\"b0\"]"), "ocr", "detection", false},
	{WITH(""), "ocr", "detection", false},
	{WITH("\"text\":\"b1\""), "clip", "textual", false},
	{WITH("\"image\":\"b1\""), "faces", "detection", false},
	{WITH("\"image\":\"b1\""), "faces", "recognition", true},
};

START_TEST(needs_payload_given_rules_says_whether_it_matters)
{
	const struct payload_case *given = &payload_cases[_i];
	struct config *config = configs_parse(span_of(given->config));
	struct entries_type type = {.name = span_of(given->type), .model = SPAN_LITERAL("m")};
	struct entries_task task = {.name = span_of(given->task), .types = &type, .type_count = 1};

	ck_assert_int_eq(route_needs_payload(config, &task), given->matters);
	config_unref(config);
}
END_TEST

START_TEST(needs_payload_given_one_routed_type_of_two_does_not)
{
	struct config *config = configs_parse(SPAN_LITERAL(WITH("\"image\":\"b1\"")));
	struct entries_type types[] = {
		{.name = SPAN_LITERAL("recognition")}, {.name = SPAN_LITERAL("detection")}};
	struct entries_task task = {.name = SPAN_LITERAL("faces"), .types = types, .type_count = 2};

	ck_assert(!route_needs_payload(config, &task));
	config_unref(config);
}
END_TEST

START_TEST(reason_text_says_the_rule)
{
	static const char *const texts[] = {
		"task/type/model", "task/*/model", "task/type", "modelType", "task", "payload", "default"};

	for (int reason = ROUTE_TASK_TYPE_MODEL; reason <= ROUTE_DEFAULT; reason++)
		ck_assert_str_eq(route_reason_text((enum route_reason)reason), texts[reason]);
}
END_TEST

/* -- what a route is called ------------------------------------------------------------------ */

static const struct name_case {
	const char *routes;
	const char *name; /* of the pool of b2 and b3 */
} name_cases[] = {
	{"\"taskRouting\":{\"ocr\":\"b2\",\"clip\":[\"b2\",\"b3\"]}", "taskRouting.clip"},
	{"\"taskRouting\":{\"clip/visual\":[\"b2\",\"b3\"]}", "taskRouting.clip/visual"},
	{"\"taskRouting\":{\"clip/*/a/b\":[\"b2\",\"b3\"]}", "taskRouting.clip/*/a/b"},
	{"\"taskRouting\":{\"clip/visual/m\":[\"b3\",\"b2\"]}", "taskRouting.clip/visual/m"},
	{"\"modelTypeRouting\":{\"visual\":[\"b2\",\"b3\"]}", "modelTypeRouting.visual"},
	{"\"payloadRouting\":{\"text\":[\"b2\",\"b3\"]}", "payloadRouting.text"},
	{"\"payloadRouting\":{\"image\":[\"b2\",\"b3\"]}", "payloadRouting.image"},
	{"\"payloadRouting\":{\"text\":[\"b2\",\"b3\"]},\"taskRouting\":{\"a\":[\"b2\",\"b3\"]}",
		"taskRouting.a"},
};

START_TEST(write_name_says_how_the_configuration_calls_it)
{
	BUF_AUTO struct buf text = {0};
	BUF_AUTO struct buf name = {0};
	struct config *config;

	buf_add_format(&text, CONFIGS_WITH("%s"), name_cases[_i].routes);
	config = configs_parse(buf_span(&text));
	for (size_t i = 0; i < config->pool_count; i++)
		if (config->pools[i].count == 2)
			route_write_name(config, &config->pools[i], &name);
	ck_assert_msg(span_is(buf_span(&name), name_cases[_i].name), "%.*s", SPAN_ARG(buf_span(&name)));
	buf_reset(&name);
	route_write_name(config, config->default_pool, &name);
	ck_assert(span_is(buf_span(&name), "defaultBackend"));
	config_unref(config);
}
END_TEST

static const struct written_case {
	const char *task, *type, *model;
	enum route_payload payload;
	const char *written;
} written_cases[] = {
	{"clip", "textual", "M", 0, "taskRouting.clip/textual/M"},
	{"clip", "other", "M", 0, "taskRouting.clip/*/M"},
	{"clip", "visual", "a/M", 0, "taskRouting.clip/visual/a/M"},
	{"clip", "textual", "m", 0, "taskRouting.clip/textual"},
	{"clip", "visual", "m", 0, "modelTypeRouting.visual"},
	{"facial-recognition", "detection", "m", 0, "taskRouting.facial-recognition"},
	{"ocr", "detection", "M", ROUTE_PAYLOAD_IMAGE, "payloadRouting.image"},
	{"ocr", "detection", "M", ROUTE_PAYLOAD_TEXT, "payloadRouting.text"},
	{"ocr", "detection", "M", 0, "defaultBackend"},
};

START_TEST(write_says_by_which_key_a_route_was_found)
{
	const struct written_case *row = &written_cases[_i];
	struct config *config = configs_parse(span_of(everything));
	BUF_AUTO struct buf out = {0};

	route_write(route_type(config, span_of(row->task), span_of(row->type), span_of(row->model),
					row->payload),
		row->payload, &out);
	ck_assert_msg(span_is(buf_span(&out), row->written), "%.*s", SPAN_ARG(buf_span(&out)));
	config_unref(config);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("route");
	TCase *type = tcase_create("type");
	TCase *task = tcase_create("task");
	TCase *payload = tcase_create("payload");

	tcase_add_loop_test(type, type_given_rules_takes_the_most_particular, 0, COUNT_OF(type_cases));
	tcase_add_test(type, type_given_no_rules_takes_the_default);
	tcase_add_test(type, type_given_most_rules_finds_each);
	tcase_add_test(type, reason_text_says_the_rule);
	tcase_add_loop_test(
		type, write_name_says_how_the_configuration_calls_it, 0, COUNT_OF(name_cases));
	tcase_add_loop_test(
		type, write_says_by_which_key_a_route_was_found, 0, COUNT_OF(written_cases));
	suite_add_tcase(suite, type);
	tcase_add_loop_test(task, task_given_types_takes_the_most_particular, 0, COUNT_OF(task_cases));
	tcase_add_test(task, task_given_no_types_goes_by_its_own_name);
	suite_add_tcase(suite, task);
	tcase_add_loop_test(
		payload, needs_payload_given_rules_says_whether_it_matters, 0, COUNT_OF(payload_cases));
	tcase_add_test(payload, needs_payload_given_one_routed_type_of_two_does_not);
	suite_add_tcase(suite, payload);
	return suite;
}
