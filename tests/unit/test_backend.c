#include "domain/backend.h"

#include "rig/configs.h"
#include "rig/suite.h"

#define B1 SPAN_LITERAL("b1")
#define AT SPAN_LITERAL("http://one")

static struct backends *registry;

static void set_up(void)
{
	registry = backends_new();
}

/* backends_free() asserts that everything was given back. */
static void tear_down(void)
{
	backends_free(registry);
}

static const struct key {
	const char *name;
	const char *url;
	bool is_same;
} keys[] = {
	{"b1", "http://one", true},
	{"b2", "http://one", false},
	{"b1", "http://two", false},
	{"B1", "http://one", false},
	{"", "b1http://one", false},
};

START_TEST(take_given_name_and_url_yields_the_same_backend)
{
	struct backend *first = backend_take(registry, B1, AT);
	struct backend *second = backend_take(registry, span_of(keys[_i].name), span_of(keys[_i].url));

	ck_assert_int_eq(first == second, keys[_i].is_same);
	ck_assert(span_is(second->name, keys[_i].name));
	ck_assert(span_is(second->url, keys[_i].url));
	backend_unref(first);
	ck_assert(span_is(second->name, keys[_i].name));
	backend_unref(second);
}
END_TEST

START_TEST(take_given_texts_that_go_keeps_its_own)
{
	char name[] = "b1";
	struct backend *backend = backend_take(registry, span_of(name), AT);

	name[1] = '2';
	ck_assert(span_is(backend->name, "b1"));
	backend_unref(backend);
}
END_TEST

/* What is thought of it is forgotten with the last reference, and not before. */
START_TEST(unref_given_the_last_forgets)
{
	struct backend *backend = backend_take(registry, B1, AT);

	ck_assert(backend_note_failure(backend, "refused", 1));
	ck_assert_ptr_eq(backend_take(registry, B1, AT), backend);
	backend_unref(backend);
	ck_assert_int_eq(backend_status(backend), HEALTH_UNHEALTHY);
	backend_unref(backend);
	backend = backend_take(registry, B1, AT);
	ck_assert_int_eq(backend_status(backend), HEALTH_UNKNOWN);
	backend_unref(backend);
	backend_unref(NULL);
}
END_TEST

/* What is counted by the number goes on when a backend is configured again, at another place. */
START_TEST(take_given_a_name_again_yields_its_number)
{
	struct backend *backend = backend_take(registry, B1, AT);
	unsigned number = backend->number;

	backend_unref(backend);
	backend = backend_take(registry, SPAN_LITERAL("b2"), AT);
	ck_assert_uint_ne(backend->number, number);
	backend_unref(backend);
	backend = backend_take(registry, B1, SPAN_LITERAL("http://two"));
	ck_assert_uint_eq(backend->number, number);
	backend_unref(backend);
	ck_assert(span_equal(backends_name(registry, number), B1));
	ck_assert(span_is(backends_name(registry, NAMES_NONE), "none"));
}
END_TEST

START_TEST(note_changes_status_and_counts)
{
	struct backend *backend = backend_take(registry, B1, AT);

	backend_begin(backend);
	backend_begin(backend);
	ck_assert_uint_eq(atomic_load(&backend->in_flight), 2);
	ck_assert(backend_note_status(backend, 200, 1, false, 1));
	ck_assert(!backend_note_status(backend, 200, 1, false, 2));
	ck_assert_int_eq(backend_status(backend), HEALTH_HEALTHY);
	ck_assert(!backend_note_status(backend, 422, 1, false, 3));
	ck_assert(backend_note_status(backend, 503, 1, false, 4));
	ck_assert_int_eq(backend_status(backend), HEALTH_UNHEALTHY);
	ck_assert_str_eq(backend_health(backend).error, "answered 503");
	ck_assert_int_eq(backend_health(backend).since_ns, 4);
	backend_note_failover(backend);
	ck_assert(backend_note_ping(backend, NULL, 5));
	ck_assert(backend_note_ping(backend, "no pong", 6));
	ck_assert(!backend_note_failure(backend, "reset", 7));
	backend_end(backend);
	backend_end(backend);
	ck_assert_uint_eq(atomic_load(&backend->in_flight), 0);
	ck_assert_uint_eq(atomic_load(&backend->requests), 2);
	ck_assert_uint_eq(atomic_load(&backend->failures), 2); /* pings are no requests */
	ck_assert_uint_eq(atomic_load(&backend->failovers), 1);
	ck_assert_uint_eq(atomic_load(&backend->changes), 4);
	backend_unref(backend);
}
END_TEST

/* Whatever was noted before, the next success is noted as by health alone. */
START_TEST(note_given_successes_in_between_says_what_health_would)
{
	static const int statuses[] = {200, 200, 500, 200, 500, 500, 500, 200, 503, 200, 204, 404, 200,
		200, 500, 500, 200, 200, 500, 500, 500};
	static const bool is_strict[] = {false, true};

	for (size_t k = 0; k < 2; k++) {
		struct backend *backend = backend_take(registry, B1, AT);
		struct health plain = {0};

		for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
			int64_t now_ns = (int64_t)i + 1;
			struct health health;

			ck_assert_int_eq(backend_note_status(backend, statuses[i], i, is_strict[k], now_ns),
				health_note_status(&plain, statuses[i], i, is_strict[k], now_ns));
			health = backend_health(backend);
			ck_assert_mem_eq(&health, &plain, sizeof plain);
		}
		backend_unref(backend);
	}
}
END_TEST

/* -- threads --------------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 2000 };

static void *hammer(void *ctx)
{
	uint64_t thread = *(uint64_t *)ctx;

	for (int i = 0; i < ROUNDS; i++) {
		struct backend *backend = backend_take(registry, B1, AT);

		backend_begin(backend);
		(void)backend_note_status(backend, i % 3 ? 500 : 200, thread, false, i);
		(void)backend_note_failure(backend, "reset", i);
		(void)backend_note_ping(backend, NULL, i);
		ck_assert_int_ne(backend_status(backend), HEALTH_UNKNOWN);
		ck_assert_int_le(backend_health(backend).checked_ns, ROUNDS);
		backend_end(backend);
		backend_unref(backend);
	}
	return NULL;
}

START_TEST(backend_given_many_threads_stays_whole)
{
	struct backend *backend = backend_take(registry, B1, AT);
	pthread_t threads[THREADS];
	uint64_t numbers[THREADS];

	for (size_t i = 0; i < THREADS; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, &numbers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_uint_eq(atomic_load(&backend->requests), (size_t)THREADS * ROUNDS);
	ck_assert_uint_eq(atomic_load(&backend->in_flight), 0);
	ck_assert_int_eq(backend_status(backend), backend_health(backend).status);
	backend_unref(backend);
}
END_TEST

/* 'x' and 32 characters of two bytes each. */
#define UMLAUTS "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
#define LONG    "x" UMLAUTS UMLAUTS UMLAUTS UMLAUTS

START_TEST(describe_given_a_name_shows_whole_characters_of_it)
{
	BUF_AUTO struct buf out = {0};

	backend_describe(SPAN_LITERAL("b1"), "it is off", &out);
	ck_assert(span_is(buf_span(&out), "backend 'b1': it is off"));
	ck_assert_uint_eq(backend_label(SPAN_LITERAL(LONG)).n, 63);
	ck_assert_uint_eq(backend_label(span_skip(SPAN_LITERAL(LONG), 1)).n, 64);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("backend");
	TCase *tcase = tcase_create("backend");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, take_given_name_and_url_yields_the_same_backend, 0, COUNT_OF(keys));
	tcase_add_test(tcase, take_given_texts_that_go_keeps_its_own);
	tcase_add_test(tcase, unref_given_the_last_forgets);
	tcase_add_test(tcase, take_given_a_name_again_yields_its_number);
	tcase_add_test(tcase, note_changes_status_and_counts);
	tcase_add_test(tcase, describe_given_a_name_shows_whole_characters_of_it);
	tcase_add_test(tcase, note_given_successes_in_between_says_what_health_would);
	tcase_add_test(tcase, backend_given_many_threads_stays_whole);
	suite_add_tcase(suite, tcase);
	return suite;
}
