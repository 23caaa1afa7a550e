/* Who gets which connection, and the end of all workers; rounds are in test_round.c. */
#include "proxy/crew.h"
#include "proxy/doors.h"

#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/round.h"
#include "rig/pair.h"
#include "rig/suite.h"
#include "rig/team.h"

enum { WORKERS = 5, CLIENTS_MAX = 100, TURNS_MAX = 1000 };

static struct team team;
static int clients[CLIENTS_MAX];
static size_t client_count;

static void set_up(void)
{
	team_init(&team, WORKERS);
	client_count = 0;
}

static void tear_down(void)
{
	team_deinit(&team);
	for (size_t i = 0; i < client_count; i++)
		if (clients[i] >= 0)
			(void)close(clients[i]);
}

static void come(size_t count)
{
	int fds[2];

	for (size_t i = 0; i < count; i++) {
		pair_tcp(fds);
		clients[client_count++] = fds[1];
		crew_take(&team.crew, fds[0], DOORS_MAIN);
	}
}

static unsigned connections_of(size_t worker)
{
	return atomic_load(&team.shared.workers[worker]->connections);
}

static unsigned connections_of_all(void)
{
	unsigned sum = 0;

	for (size_t i = 0; i < WORKERS; i++)
		sum += connections_of(i);
	return sum;
}

/* Each has its share, to one. */
static void expect_even(unsigned all)
{
	ck_assert_uint_eq(connections_of_all(), all);
	for (size_t i = 0; i < WORKERS; i++) {
		ck_assert_uint_ge(connections_of(i), all / WORKERS);
		ck_assert_uint_le(connections_of(i), (all + WORKERS - 1) / WORKERS);
	}
}

static void leave(size_t client)
{
	unsigned before = connections_of_all();

	(void)close(clients[client]);
	clients[client] = -1;
	for (int i = 0; connections_of_all() == before && i < TURNS_MAX; i++)
		team_turn(&team);
	ck_assert_uint_eq(connections_of_all(), before - 1);
}

/* Also while the letters that hand them over are under way. */
START_TEST(connections_given_any_number_are_even)
{
	for (unsigned i = 1; i <= CLIENTS_MAX; i++) {
		come(1);
		expect_even(i);
	}
	team_turn(&team);
	expect_even(CLIENTS_MAX);
	ck_assert_uint_eq(atomic_load(&team.shared.connections), CLIENTS_MAX);
}
END_TEST

/* One worker's all leave: it gets the next ones. */
START_TEST(connections_given_clients_that_left_are_even_again)
{
	come((size_t)4 * WORKERS);
	team_turn(&team);
	for (size_t i = 0; i < 4; i++)
		leave((size_t)_i + i * WORKERS);
	ck_assert_uint_eq(connections_of((size_t)_i), 0);
	come(4);
	ck_assert_uint_eq(connections_of((size_t)_i), 4);
	expect_even(4 * WORKERS);
}
END_TEST

/* When all have the same, those who come one at a time do not all meet the first worker. */
START_TEST(connections_given_one_at_a_time_go_round)
{
	for (size_t i = 0; i < (size_t)2 * WORKERS; i++) {
		come(1);
		team_turn(&team);
		ck_assert_uint_eq(connections_of(i % WORKERS), 1);
		leave(i);
	}
}
END_TEST

/* Those who are told that it is full count for a worker, until they have left. */
START_TEST(connections_given_refusals_are_even)
{
	team.shared.clients_max = 0;
	come((size_t)2 * WORKERS);
	team_turn(&team);
	expect_even(2 * WORKERS);
	ck_assert_uint_eq(atomic_load(&team.shared.refused), (size_t)2 * WORKERS);
	for (size_t i = 0; i < (size_t)2 * WORKERS; i++)
		leave(i);
	expect_even(0);
}
END_TEST

/* -- one that is held up --------------------------------------------------------------------- */

enum { HELD_UP = 1 };

struct hold {
	struct round round;
	sem_t is_held;
	sem_t may_go;
	bool is_done;
};

static void hold_up(struct round *round, struct worker *worker)
{
	struct hold *hold = LIST_OBJECT(round, struct hold, round);

	if (worker->index != HELD_UP)
		return;
	ck_assert_int_eq(sem_post(&hold->is_held), 0);
	ck_assert_int_eq(sem_wait(&hold->may_go), 0);
}

static void on_done(struct round *round)
{
	LIST_OBJECT(round, struct hold, round)->is_done = true;
}

/* Turns worker 0's loop, the others turn by themselves. */
static void expect_root(size_t client)
{
	char bytes[1024];
	ssize_t n = -1;

	for (int i = 0; n < 0 && i < TURNS_MAX; i++) {
		loop_turn(team.loops[0], CLOCK_MS(10));
		n = recv(clients[client], bytes, sizeof bytes, MSG_DONTWAIT);
	}
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_nonnull(memmem(bytes, (size_t)n, "Immich ML", 9));
}

/* A round waits for it, and so do its own clients; nobody else's do. */
START_TEST(worker_given_one_that_is_held_up_goes_on)
{
	static const char root[] = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
	struct hold hold = {.is_done = false};
	struct err err;
	char byte;

	(void)sem_init(&hold.is_held, 0, 0);
	(void)sem_init(&hold.may_go, 0, 0);
	come(WORKERS);
	ck_assert_int_eq(crew_start(&team.crew, &err), 0);
	round_start(&hold.round, team.shared.workers[0], hold_up, on_done);
	loop_turn(team.loops[0], CLOCK_S(1));
	ck_assert_int_eq(sem_wait(&hold.is_held), 0);
	for (size_t i = 0; i < WORKERS; i++)
		ck_assert_int_gt(send(clients[i], root, sizeof root - 1, 0), 0);
	for (size_t i = 0; i < WORKERS; i++)
		if (i != HELD_UP)
			expect_root(i);
	ck_assert_int_eq(recv(clients[HELD_UP], &byte, 1, MSG_DONTWAIT), -1);
	ck_assert(!hold.is_done);
	(void)sem_post(&hold.may_go);
	expect_root(HELD_UP);
	for (int i = 0; !hold.is_done && i < TURNS_MAX; i++)
		loop_turn(team.loops[0], CLOCK_MS(10));
	ck_assert(hold.is_done);
	crew_stop(&team.crew);
	(void)sem_destroy(&hold.is_held);
	(void)sem_destroy(&hold.may_go);
}
END_TEST

/* -- the end --------------------------------------------------------------------------------- */

static void count_call(void *ctx)
{
	unsigned *calls = ctx;

	++*calls;
}

START_TEST(drain_given_clients_tells_once_when_all_are_gone)
{
	unsigned drained = 0;

	come((size_t)2 * WORKERS);
	crew_drain(&team.crew, count_call, &drained);
	for (int i = 0; i < 2 * WORKERS; i++) {
		team_turn(&team);
		ck_assert_uint_eq(drained, 0);
	}
	team.clock.now += CLOCK_MS(HTTPD_LINGER_MS);
	for (int i = 0; i < 2 * WORKERS; i++)
		team_turn(&team);
	ck_assert_uint_eq(drained, 1);
	expect_even(0);
}
END_TEST

START_TEST(stop_given_threads_that_never_started_is_harmless)
{
	crew_stop(&team.crew);
	crew_stop(&team.crew);
}
END_TEST

/* A socket on its way to a worker whose thread has ended is not lost. */
START_TEST(deinit_given_connections_on_their_way_closes_them)
{
	char byte;

	come(WORKERS);
	team_replace(&team);
	for (size_t i = 0; i < client_count; i++)
		ck_assert_int_eq(read(clients[i], &byte, 1), 0);
	ck_assert_uint_eq(atomic_load(&team.shared.connections), 0);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("crew");
	TCase *connections = tcase_create("connections");
	TCase *threads = tcase_create("threads");
	TCase *ends = tcase_create("ends");

	suite_add_tcase(suite, connections);
	tcase_add_checked_fixture(connections, set_up, tear_down);
	tcase_add_test(connections, connections_given_any_number_are_even);
	tcase_add_loop_test(
		connections, connections_given_clients_that_left_are_even_again, 0, WORKERS);
	tcase_add_test(connections, connections_given_one_at_a_time_go_round);
	tcase_add_test(connections, connections_given_refusals_are_even);
	suite_add_tcase(suite, threads);
	tcase_add_checked_fixture(threads, set_up, tear_down);
	tcase_add_test(threads, worker_given_one_that_is_held_up_goes_on);
	suite_add_tcase(suite, ends);
	tcase_add_checked_fixture(ends, set_up, tear_down);
	tcase_add_test(ends, drain_given_clients_tells_once_when_all_are_gone);
	tcase_add_test(ends, stop_given_threads_that_never_started_is_harmless);
	tcase_add_test(ends, deinit_given_connections_on_their_way_closes_them);
	return suite;
}
