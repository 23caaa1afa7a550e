/* What is taken for a question is an object with nothing but entries and payload, its entries are
 * those that the parser of POST /predict reads, and the plan that answers it has each task in one
 * group, which is the same for any payload where the payload is said not to matter. */
#include "domain/plan.h"
#include "domain/question.h"
#include "fuzz.h"
#include "wire/json.h"

static struct config *new_config(void)
{
	static const char text[] =
		"{\"backends\":[{\"name\":\"a\",\"url\":\"http://a\"},{\"name\":\"b\",\"url\":\"http://"
		"b\"}],\"defaultBackend\":\"a\",\"taskRouting\":{\"ocr\":\"b\"},\"modelTypeRouting\":"
		"{\"textual\":\"b\"},\"payloadRouting\":{\"image\":\"b\"},\"limits\":{\"entries\":512}}";
	struct config_fault fault;
	struct config *config = NULL;

	must(config_parse(span_of(text), &config, &fault) == 0);
	return config;
}

static void check_question(
	const struct config *config, struct span text, const struct question *question)
{
	enum json_type type;
	struct span entries;
	struct span payload;
	struct err err;

	must(json_check_whole(text, &type, &err) == 0 && type == JSON_OBJECT);
	must(json_member(text, SPAN_LITERAL("entries"), &entries));
	must(entries.n <= config->limits.entries_bytes);
	must(json_member(text, SPAN_LITERAL("payload"), &payload) ==
		 (question->payload != ROUTE_PAYLOAD_UNKNOWN));
}

static void check_same(const struct plan *plan, const struct plan *other, size_t task_count)
{
	must(plan->group_count == other->group_count);
	for (size_t i = 0; i < plan->group_count; i++) {
		must(plan->groups[i].route.pool == other->groups[i].route.pool);
		for (size_t k = 0; k < task_count; k++)
			must(plan->groups[i].wanted[k] == other->groups[i].wanted[k]);
	}
}

static void check_plan(
	const struct config *config, const struct question *question, struct arena *arena)
{
	const struct entries *entries = &question->entries;
	struct plan plan;
	struct plan other;

	plan_make(&plan, config, entries, question->payload, arena);
	must(plan.group_count > 0);
	for (size_t i = 0; i < entries->task_count; i++) {
		size_t groups = 0;

		for (size_t k = 0; k < plan.group_count; k++)
			groups += plan.groups[k].wanted[i];
		must(groups == 1);
	}
	if (plan_needs_payload(config, entries))
		return;
	for (int payload = ROUTE_PAYLOAD_UNKNOWN; payload <= ROUTE_PAYLOAD_IMAGE; payload++) {
		plan_make(&other, config, entries, (enum route_payload)payload, arena);
		check_same(&plan, &other, entries->task_count);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};
	struct config *config = new_config();
	struct arena arena = {0};
	struct question question;
	struct config_fault fault = {0};

	if (question_read(config, text, &arena, &question, &fault) == 0) {
		check_question(config, text, &question);
		check_plan(config, &question, &arena);
	} else {
		must(fault.text[0] != '\0');
	}
	arena_deinit(&arena);
	config_unref(config);
	return 0;
}
