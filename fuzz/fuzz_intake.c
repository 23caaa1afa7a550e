/* The first line is the content type, the rest the body. A body has the same outcome whole and in
 * pieces; and what each group of a split is sent, which is the body with entries of its own, is
 * read as those tasks and nothing else, for the same pool. */
#include "base/buf.h"
#include "domain/intake.h"
#include "fuzz.h"

enum { SPLITS_MAX = 16 };

static struct config *new_config(void)
{
	static const char text[] =
		"{\"backends\":[{\"name\":\"a\",\"url\":\"http://a\"},{\"name\":\"b\",\"url\":\"http://"
		"b\"},"
		"{\"name\":\"c\",\"url\":\"http://c\"}],\"defaultBackend\":\"a\","
		"\"taskRouting\":{\"facial-recognition\":\"b\",\"clip/*/M\":\"c\",\"ocr/detection\":\"b\"},"
		"\"modelTypeRouting\":{\"textual\":\"c\"},\"payloadRouting\":{\"image\":\"b\"},"
		"\"limits\":{\"entries\":512,\"parts\":8,\"partHead\":256}}";
	struct config_fault fault;
	struct config *config = NULL;

	must(config_parse(span_of(text), &config, &fault) == 0);
	return config;
}

struct request {
	const struct config *config;
	struct span content_type;
	struct span body;
	struct arena *arena; /* of what is read of it */
};

/* Reads the body, the first `first` bytes and then pieces of n. */
static int read_body(
	struct intake *intake, const struct request *request, size_t first, size_t n, struct err *err)
{
	struct span rest = request->body;
	int status = intake_init(intake, request->config, request->content_type, request->arena, err);
	int before = INTAKE_MORE;

	for (size_t piece = first; status >= before && rest.n; piece = n) {
		before = status;
		status = intake_feed(intake, span_first(rest, piece), err);
		rest = span_skip(rest, piece);
	}
	must(status < 0 || status >= before); /* a plan stays */
	return status < 0 ? status : intake_end(intake, err);
}

static void write_outcome(struct intake *intake, int status, const struct err *err, struct buf *out)
{
	const struct plan *plan = &intake->plan;

	if (status < 0) {
		buf_add_format(out, "%d %s %d", err->kind, err->text, intake->detail_json != NULL);
		return;
	}
	must(status == INTAKE_PLANNED && plan->group_count > 0);
	buf_add_format(out, "%d %llu %llu", intake->is_judged,
		(unsigned long long)intake->entries_begin, (unsigned long long)intake->entries_end);
	for (size_t i = 0; i < plan->group_count; i++) {
		buf_add_format(
			out, "|%p %d ", (void *)plan->groups[i].route.pool, plan->groups[i].route.reason);
		entries_write(&intake->entries, plan->groups[i].wanted, out);
	}
}

static void compare_splits(const struct request *request, struct span whole)
{
	size_t size = request->body.n;

	for (size_t at = 1; at <= size; at += 1 + size / SPLITS_MAX) {
		BUF_AUTO struct buf out = {0};
		struct arena arena = {0};
		struct request again = *request;
		struct intake intake;
		struct err err = {0};
		int status;

		again.arena = &arena;
		status = read_body(&intake, &again, at, 1 + at % 16, &err);

		write_outcome(&intake, status, &err, &out);
		must(span_equal(buf_span(&out), whole));
		intake_deinit(&intake);
		arena_deinit(&arena);
	}
}

/* Every task in one group only, and every group with the tasks it was planned with. */
static void check_group(const struct request *request, const struct intake *intake, size_t index)
{
	const struct plan *plan = &intake->plan;
	const struct plan_group *group = &plan->groups[index];
	BUF_AUTO struct buf entries = {0};
	BUF_AUTO struct buf body = {0};
	BUF_AUTO struct buf again = {0};
	struct request rebuilt = *request;
	struct intake other;
	struct err err = {0};

	entries_write(&intake->entries, group->wanted, &entries);
	buf_add(&body, span_first(request->body, (size_t)intake->entries_begin));
	buf_add(&body, buf_span(&entries));
	buf_add(&body, span_skip(request->body, (size_t)intake->entries_end));
	rebuilt.body = buf_span(&body);
	must(read_body(&other, &rebuilt, body.n, 1, &err) == INTAKE_PLANNED);
	must(other.is_judged && other.plan.group_count == 1);
	must(other.plan.groups[0].route.pool == group->route.pool);
	entries_write(&other.entries, other.plan.groups[0].wanted, &again);
	must(span_equal(buf_span(&again), buf_span(&entries)));
	intake_deinit(&other);
}

static void check_plan(const struct request *request, const struct intake *intake)
{
	const struct plan *plan = &intake->plan;

	must(intake->entries_begin <= intake->entries_end && intake->entries_end <= request->body.n);
	for (size_t i = 0; i < intake->entries.task_count; i++) {
		size_t groups = 0;

		for (size_t j = 0; j < plan->group_count; j++)
			groups += plan->groups[j].wanted[i];
		must(groups == 1);
	}
	for (size_t i = 0; i < plan->group_count; i++)
		check_group(request, intake, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = {(const char *)data, size};
	struct span content_type = span_cut(&body, '\n');
	struct config *config = new_config();
	struct arena arena = {0};
	struct request request = {config, content_type, body, &arena};
	BUF_AUTO struct buf whole = {0};
	struct intake intake;
	struct err err = {0};
	int status = read_body(&intake, &request, body.n, 1, &err);

	write_outcome(&intake, status, &err, &whole);
	compare_splits(&request, buf_span(&whole));
	if (status >= 0 && intake.is_judged)
		check_plan(&request, &intake);
	intake_deinit(&intake);
	arena_deinit(&arena);
	config_unref(config);
	return 0;
}
