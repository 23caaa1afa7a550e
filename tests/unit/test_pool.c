#include "domain/pool.h"

#include "domain/backend.h"
#include "rig/configs.h"
#include "rig/suite.h"

#define ROUTED CONFIGS_TASKS("\"clip\":[\"b1\",\"b2\",\"b3\"]")

static struct backends *registry;
static struct config *config;
static struct config_pool *pool;

static void set_up(void)
{
	registry = backends_new();
	config = configs_parse(SPAN_LITERAL(ROUTED));
	config_bind(config, registry);
	pool = config->task_rules.rules[0].pool;
}

static void tear_down(void)
{
	config_unref(config);
	backends_free(registry);
}

static void set_status(size_t index, char status)
{
	if (status == 'h')
		(void)backend_note_status(config->backends[index].state, 200, 1, false, 1);
	else if (status == 'u')
		(void)backend_note_failure(config->backends[index].state, "reset", 1);
	config->backends[index].is_enabled = status != '-';
}

/* Picks as often as there are letters: A, B, C, or '.' for none. */
static void expect_turns(const char *turns, const uint64_t *tried)
{
	BUF_AUTO struct buf found = {0};

	for (size_t i = 0; i < strlen(turns); i++) {
		size_t next = pool_peek(config, pool);
		size_t index = pool_pick(config, pool, tried);

		ck_assert(tried[0] || next == index);
		buf_add_format(&found, "%c", index == CONFIG_BACKENDS_MAX ? '.' : (char)('A' + index));
	}
	ck_assert_msg(span_is(buf_span(&found), turns), "%s, wanted %s", found.bytes, turns);
}

static const uint64_t none[CONFIG_BACKENDS_MAX / 64];

/* -- round-robin ----------------------------------------------------------------------------- */

static const struct turns {
	unsigned weights[3];
	const char *statuses; /* healthy, unhealthy, ? unknown, - disabled */
	unsigned tried;       /* a bit each */
	const char *turns;
} all_turns[] = {
	{{1, 1, 1}, "hhh", 0, "ABCABCABC"},
	{{1, 1, 1}, "???", 0, "ABCABCABC"},
	{{3, 1, 1}, "hhh", 0, "ABACAABACAABACA"},
	{{1, 3, 1}, "hhh", 0, "BABCBBABCB"},
	{{5, 1, 1}, "hhh", 0, "AABACAAAABACAA"},
	{{100, 50, 50}, "hhh", 0, "ABCAABCAABCA"},
	/* nothing is known: it may be asked like a healthy one */
	{{1, 1, 1}, "h?h", 0, "ABCABC"},
	/* the share of one that is passed over goes to both neighbours */
	{{1, 1, 1}, "huh", 0, "ACACACAC"},
	{{1, 1, 1}, "h-h", 0, "ACACACAC"},
	{{2, 2, 1}, "huh", 0, "ACAACAACA"},
	{{1, 9, 1}, "huh", 0, "ACACAC"},
	{{1, 1, 1}, "uhu", 0, "BBBB"},
	/* an unhealthy one before none at all */
	{{1, 1, 1}, "uuu", 0, "ABCABC"},
	{{2, 1, 1}, "uu-", 0, "ABAABA"},
	{{1, 1, 1}, "u--", 0, "AAA"},
	{{1, 1, 1}, "---", 0, "..."},
	/* none that was tried */
	{{1, 1, 1}, "hhh", 1, "BCBCBC"},
	{{1, 1, 1}, "hhh", 2, "ACACAC"},
	{{1, 1, 1}, "hhh", 7, "..."},
	{{1, 1, 1}, "huu", 1, "BCBC"},
	{{1, 1, 1}, "h?u", 1, "BBB"},
	{{1, 1, 1}, "h-u", 1, "CCC"},
	{{1, 1, 1}, "h--", 1, "..."},
};

START_TEST(pick_takes_turns_as_the_table_says)
{
	const struct turns *row = &all_turns[_i];
	uint64_t tried[CONFIG_BACKENDS_MAX / 64] = {row->tried};

	for (size_t i = 0; i < 3; i++) {
		config->backends[i].weight = row->weights[i];
		set_status(i, row->statuses[i]);
	}
	expect_turns(row->turns, tried);
}
END_TEST

START_TEST(pick_given_a_change_of_health_follows_it)
{
	expect_turns("ABC", none);
	set_status(1, 'u');
	expect_turns("ACAC", none);
	set_status(1, 'h');
	expect_turns("ABCABC", none);
}
END_TEST

/* A request that goes from one to the next meets each once. */
START_TEST(pick_given_all_are_tried_in_turn_ends)
{
	for (int round = 0; round < 5; round++) {
		uint64_t tried[CONFIG_BACKENDS_MAX / 64] = {0};

		for (int i = 0; i < 3; i++) {
			size_t index = pool_pick(config, pool, tried);

			ck_assert_uint_lt(index, 3);
			ck_assert(!(tried[0] >> index & 1));
			tried[0] |= UINT64_C(1) << index;
		}
		ck_assert_uint_eq(pool_pick(config, pool, tried), CONFIG_BACKENDS_MAX);
	}
}
END_TEST

START_TEST(pick_given_a_pool_of_one_is_always_that)
{
	pool = config->default_pool;
	expect_turns("AAA", none);
	set_status(0, 'u');
	expect_turns("AAA", none);
	set_status(0, '-');
	expect_turns("..", none);
}
END_TEST

/* Indices beyond the first word of a set. */
START_TEST(pick_given_many_backends_finds_each)
{
	BUF_AUTO struct buf text = {0};
	uint64_t tried[CONFIG_BACKENDS_MAX / 64] = {0};

	buf_add_text(&text, "{\"defaultBackend\":\"0\",\"backends\":[");
	for (int i = 0; i < CONFIG_BACKENDS_MAX; i++)
		buf_add_format(&text, "%s{\"name\":\"%d\",\"url\":\"http://a\"}", i ? "," : "", i);
	buf_add_text(&text, "],\"taskRouting\":{\"clip\":[");
	for (int i = 0; i < CONFIG_BACKENDS_MAX; i++)
		buf_add_format(&text, "%s\"%d\"", i ? "," : "", i);
	buf_add_text(&text, "]}}");
	config_unref(config);
	config = configs_parse(buf_span(&text));
	config_bind(config, registry);
	for (size_t i = 0; i < CONFIG_BACKENDS_MAX; i++) {
		ck_assert_uint_eq(pool_pick(config, config->task_rules.rules[0].pool, tried), i);
		tried[i / 64] |= UINT64_C(1) << i % 64;
	}
	ck_assert_uint_eq(
		pool_pick(config, config->task_rules.rules[0].pool, tried), CONFIG_BACKENDS_MAX);
}
END_TEST

/* -- least in flight ------------------------------------------------------------------------- */

static const struct load {
	unsigned weights[3];
	unsigned in_flight[3];
	const char *statuses;
	const char *turns; /* nothing begins or ends meanwhile */
} loads[] = {
	{{1, 1, 1}, {2, 1, 2}, "hhh", "BBB"},
	{{1, 1, 1}, {0, 0, 0}, "hhh", "ABCABC"},
	{{1, 1, 1}, {0, 5, 0}, "hhh", "ACACAC"},
	{{1, 1, 1}, {3, 2, 0}, "hhh", "CCC"},
	{{1, 1, 1}, {1, 2, 0}, "hhu", "AAA"},
	{{1, 1, 1}, {1, 2, 0}, "uu-", "AAA"},
	/* 3/3 = 1/1 = 1/1: by turn, which is by weight too */
	{{3, 1, 1}, {2, 0, 0}, "hhh", "ABACA"},
	{{3, 1, 1}, {1, 0, 0}, "hhh", "AAA"},
	{{3, 1, 1}, {3, 0, 0}, "hhh", "BCBC"},
	{{100, 1, 1}, {99, 0, 1}, "hhh", "AA"},
	{{100, 1, 1}, {100, 0, 1}, "hhh", "BBB"},
};

START_TEST(pick_given_least_in_flight_goes_by_load)
{
	const struct load *row = &loads[_i];

	pool->balance = CONFIG_LEAST_IN_FLIGHT;
	for (size_t i = 0; i < 3; i++) {
		config->backends[i].weight = row->weights[i];
		set_status(i, row->statuses[i]);
		atomic_store(&config->backends[i].state->in_flight, row->in_flight[i]);
	}
	expect_turns(row->turns, none);
	for (size_t i = 0; i < 3; i++)
		atomic_store(&config->backends[i].state->in_flight, 0);
}
END_TEST

/* -- threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, PICKS = 1250 };

static void *pick_often(void *ctx)
{
	size_t *counts = ctx;

	for (int i = 0; i < PICKS; i++)
		counts[pool_pick(config, pool, none)]++;
	return NULL;
}

/* One turn for the whole process: shares are exact, whoever picks. */
START_TEST(pick_given_many_threads_keeps_the_shares)
{
	static size_t counts[THREADS][3];
	pthread_t threads[THREADS];
	size_t sums[3] = {0};

	config->backends[0].weight = 3;
	memset(counts, 0, sizeof counts);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, pick_often, counts[i]), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		for (size_t k = 0; k < 3; k++)
			sums[k] += counts[i][k];
	ck_assert_uint_eq(sums[0], (size_t)THREADS * PICKS / 5 * 3);
	ck_assert_uint_eq(sums[1], (size_t)THREADS * PICKS / 5);
	ck_assert_uint_eq(sums[2], (size_t)THREADS * PICKS / 5);
}
END_TEST

static void *note_often(void *ctx)
{
	struct backend *backend = ctx;

	for (int i = 0; i < PICKS; i++) {
		backend_begin(backend);
		(void)backend_note_failure(backend, "reset", i);
		(void)backend_note_status(backend, 200, 1, false, i);
		backend_end(backend);
	}
	return NULL;
}

START_TEST(pick_given_changes_from_other_threads_still_picks)
{
	pthread_t threads[3];

	pool->balance = _i ? CONFIG_LEAST_IN_FLIGHT : CONFIG_ROUND_ROBIN;
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, note_often, config->backends[i].state), 0);
	for (int i = 0; i < PICKS; i++)
		ck_assert_uint_lt(pool_pick(config, pool, none), 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

/* -- the seam to the registry ---------------------------------------------------------------- */

START_TEST(bind_given_two_snapshots_shares_what_is_the_same)
{
	struct config *other = configs_parse(
		SPAN_LITERAL("{\"defaultBackend\":\"b2\",\"backends\":[{\"name\":\"b2\",\"url\":"
					 "\"http://two:2\"},{\"name\":\"b1\",\"url\":\"http://elsewhere\"}]}"));

	config_bind(other, registry);
	ck_assert_ptr_eq(other->backends[0].state, config->backends[1].state);
	ck_assert_ptr_ne(other->backends[1].state, config->backends[0].state);
	(void)backend_note_status(config->backends[1].state, 200, 1, false, 1);
	config_unref(config);
	ck_assert_int_eq(backend_status(other->backends[0].state), HEALTH_HEALTHY);
	config = other;
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("pool");
	TCase *tcase = tcase_create("pool");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, pick_takes_turns_as_the_table_says, 0, COUNT_OF(all_turns));
	tcase_add_test(tcase, pick_given_a_change_of_health_follows_it);
	tcase_add_test(tcase, pick_given_all_are_tried_in_turn_ends);
	tcase_add_test(tcase, pick_given_a_pool_of_one_is_always_that);
	tcase_add_test(tcase, pick_given_many_backends_finds_each);
	tcase_add_loop_test(tcase, pick_given_least_in_flight_goes_by_load, 0, COUNT_OF(loads));
	tcase_add_test(tcase, pick_given_many_threads_keeps_the_shares);
	tcase_add_loop_test(tcase, pick_given_changes_from_other_threads_still_picks, 0, 2);
	tcase_add_test(tcase, bind_given_two_snapshots_shares_what_is_the_same);
	suite_add_tcase(suite, tcase);
	return suite;
}
