#include "mlreplay/fail_if.h"

#include "rig/configs.h"
#include "rig/suite.h"

#define MS INT64_C(1000000)

static const struct verdict_totals totals = {.requests = 40,
	.compared = 38,
	.regressions = 3,
	.warnings = 5,
	.unstable = 1,
	.errors = 2,
	.skipped = 0};

static const struct report_latency latency = {.count = 40,
	.p50_ns = 100 * MS,
	.p90_ns = 200 * MS,
	.p95_ns = 300 * MS,
	.p99_ns = 400 * MS,
	.max_ns = 2000 * MS};

static const struct report_latency baseline = {.count = 40,
	.p50_ns = 100 * MS,
	.p90_ns = 150 * MS,
	.p95_ns = 250 * MS,
	.p99_ns = 500 * MS,
	.max_ns = 1000 * MS};

static const struct {
	const char *text;
	bool holds;
} rows[] = {
	{"p95>1.2*base", false},
	{"p95>1.1*base", true},
	{"p95>=1.2*base", true},
	{"p50>base", false},
	{"p50>=base", true},
	{"p90 > base", true},
	{" p99 >500 ms ", false},
	{"p99>399ms", true},
	{"p99>0.4s", false},
	{"max>=2s", true},
	{"max > 2 * base", false},
	{"p90<1s", true},
	{"p90<=199ms", false},
	{"errors>0", true},
	{"errors>2", false},
	{"regressions>=3", true},
	{"warnings>5", false},
	{"unstable>0.5", true},
	{"skipped>0", false},
	{"compared<40", true},
	{"compared<38", false},
	{"requests<=40", true},
};

START_TEST(holds_given_measures_compares)
{
	const struct fail_if_facts facts = {&totals, &latency, &baseline};
	struct fail_if fail_if;

	ck_assert(fail_if_parse(rows[_i].text, &fail_if));
	ck_assert_int_eq(fail_if_holds(&fail_if, &facts), rows[_i].holds);
	ck_assert_ptr_eq(fail_if.text, rows[_i].text);
}
END_TEST

START_TEST(holds_given_nothing_measured_is_true)
{
	const struct report_latency none = {0};
	struct fail_if fail_if;

	ck_assert(fail_if_parse("p95>1.2*base", &fail_if));
	ck_assert(fail_if_holds(&fail_if, &(struct fail_if_facts){&totals, &latency, &none}));
	ck_assert(fail_if_holds(&fail_if, &(struct fail_if_facts){&totals, &none, &baseline}));
	ck_assert(fail_if_parse("p95>10s", &fail_if));
	ck_assert(!fail_if_holds(&fail_if, &(struct fail_if_facts){&totals, &latency, &none}));
	ck_assert(fail_if_parse("errors>2", &fail_if));
	ck_assert(!fail_if_holds(&fail_if, &(struct fail_if_facts){&totals, &none, &none}));
}
END_TEST

static const char *const bad[] = {"", "p95", "p95>", ">1", "p95>1", "p95>1m", "p95>1h", "p95>-1s",
	"p95>1.2base", "p95>base*1.2", "p95>1.2*", "p95>1.2*base2", "p95>1.2*base ms", "p95=1s",
	"p95!=1s", "p95=>1s", "p95>>1s", "p9>1s", "p955>1s", "avg>1s", "errors>base", "errors>1ms",
	"errors>", "errors>1*base", "errors>a", "P95>1s", "p95>1s p99>1s", "errors>0,unstable>0"};

START_TEST(parse_given_anything_else_sets_nothing)
{
	struct fail_if fail_if = {.text = "before"};

	ck_assert(!fail_if_parse(bad[_i], &fail_if));
	ck_assert_str_eq(fail_if.text, "before");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("mlreplay_fail_if");
	TCase *tcase = tcase_create("fail_if");

	tcase_add_loop_test(tcase, holds_given_measures_compares, 0, COUNT_OF(rows));
	tcase_add_test(tcase, holds_given_nothing_measured_is_true);
	tcase_add_loop_test(tcase, parse_given_anything_else_sets_nothing, 0, COUNT_OF(bad));
	suite_add_tcase(suite, tcase);
	return suite;
}
