/* Timers, deferred tasks, mail and the chunk; sockets are in test_loop_watch.c. */
#include "io/loop.h"

#include <pthread.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/rng.h"
#include "rig/clock_fake.h"
#include "rig/starve.h"
#include "rig/suite.h"

static void turn(struct loop *loop)
{
	loop_turn(loop, 0);
}

/* -- timers ---------------------------------------------------------------------------------- */

struct bell {
	struct loop_timer timer;
	char name;
	struct buf *log;
};

static void on_bell(void *ctx)
{
	const struct bell *bell = ctx;

	buf_add(bell->log, (struct span){&bell->name, 1});
}

static void bell_init(struct bell *bell, char name, struct buf *log)
{
	*bell = (struct bell){.name = name, .log = log};
	loop_timer_init(&bell->timer, on_bell, bell);
}

static void expect_log(struct buf *log, const char *names)
{
	ck_assert_msg(
		span_is(buf_span(log), names), "'%.*s', not '%s'", SPAN_ARG(buf_span(log)), names);
	buf_reset(log);
}

/* The first turn does not sleep, the second for what is left of time. */
START_TEST(timers_given_the_end_of_time_wait_for_it)
{
	BUF_AUTO struct buf log = {0};
	struct clock_fake clock;
	struct loop *loop;
	struct bell bells[2];

	clock_fake_init(&clock);
	loop = loop_new(&clock.clock);
	bell_init(&bells[0], 'a', &log);
	bell_init(&bells[1], 'b', &log);
	loop_timer_set(loop, &bells[0].timer, INT64_MAX);
	loop_timer_set(loop, &bells[1].timer, 0);
	loop_turn(loop, INT64_MAX);
	expect_log(&log, "b");
	clock.now = INT64_MAX - 1;
	loop_turn(loop, INT64_MAX);
	expect_log(&log, "");
	clock.now = INT64_MAX;
	loop_turn(loop, INT64_MAX);
	expect_log(&log, "a");
	loop_free(loop);
}
END_TEST

START_TEST(timers_fire_in_order_once_and_not_before)
{
	BUF_AUTO struct buf log = {0};
	struct clock_fake clock;
	struct loop *loop;
	struct bell bells[4];
	int64_t begin;

	clock_fake_init(&clock);
	begin = clock.now;
	loop = loop_new(&clock.clock);
	for (int i = 0; i < 4; i++)
		bell_init(&bells[i], (char)('a' + i), &log);
	loop_timer_set(loop, &bells[0].timer, begin + 30);
	loop_timer_set(loop, &bells[1].timer, begin + 10);
	loop_timer_set(loop, &bells[2].timer, begin + 20);
	loop_timer_set(loop, &bells[3].timer, begin - 5);
	turn(loop);
	expect_log(&log, "d");
	clock.now = begin + 9;
	turn(loop);
	expect_log(&log, "");
	clock.now = begin + 20;
	turn(loop);
	expect_log(&log, "bc");
	clock.now = begin + 1000;
	turn(loop);
	turn(loop);
	expect_log(&log, "a");
	loop_free(loop);
}
END_TEST

START_TEST(timer_given_second_set_moves_and_given_clear_is_silent)
{
	BUF_AUTO struct buf log = {0};
	struct clock_fake clock;
	struct loop *loop;
	struct bell a;
	struct bell b;

	clock_fake_init(&clock);
	loop = loop_new(&clock.clock);
	bell_init(&a, 'a', &log);
	bell_init(&b, 'b', &log);
	loop_timer_set(loop, &a.timer, clock.now + 10);
	loop_timer_set(loop, &b.timer, clock.now + 20);
	loop_timer_set(loop, &a.timer, clock.now + 30);
	clock.now += 25;
	turn(loop);
	expect_log(&log, "b");
	loop_timer_clear(loop, &a.timer);
	loop_timer_clear(loop, &a.timer);
	clock.now += 100;
	turn(loop);
	expect_log(&log, "");
	loop_timer_set(loop, &a.timer, clock.now + 100);
	loop_timer_set(loop, &a.timer, clock.now);
	turn(loop);
	expect_log(&log, "a");
	loop_free(loop);
}
END_TEST

/* Does something to another timer, or to itself, when it fires. */
struct meddler {
	struct loop_timer timer;
	struct loop *loop;
	struct loop_timer *other;
	int64_t at_ns; /* 0: clears it */
	int fired;
};

static void on_meddler(void *ctx)
{
	struct meddler *meddler = ctx;

	meddler->fired++;
	if (meddler->at_ns)
		loop_timer_set(meddler->loop, meddler->other, meddler->at_ns);
	else
		loop_timer_clear(meddler->loop, meddler->other);
}

START_TEST(timer_given_callback_that_sets_or_clears_others)
{
	BUF_AUTO struct buf log = {0};
	struct meddler meddler = {0};
	struct clock_fake clock;
	struct loop *loop;
	struct bell bell;

	clock_fake_init(&clock);
	loop = meddler.loop = loop_new(&clock.clock);
	bell_init(&bell, 'a', &log);
	loop_timer_init(&meddler.timer, on_meddler, &meddler);
	meddler.other = &bell.timer;
	loop_timer_set(loop, &meddler.timer, clock.now);
	loop_timer_set(loop, &bell.timer, clock.now);
	turn(loop);
	ck_assert_int_eq(meddler.fired, 1);
	expect_log(&log, "");
	meddler.at_ns = clock.now + 5;
	loop_timer_set(loop, &meddler.timer, clock.now);
	turn(loop);
	expect_log(&log, "");
	clock.now += 5;
	turn(loop);
	expect_log(&log, "a");
	loop_free(loop);
}
END_TEST

START_TEST(timer_given_callback_that_sets_it_to_now_lets_the_turn_end)
{
	struct meddler meddler = {0};
	struct clock_fake clock;
	struct loop *loop;

	clock_fake_init(&clock);
	loop = meddler.loop = loop_new(&clock.clock);
	loop_timer_init(&meddler.timer, on_meddler, &meddler);
	meddler.other = &meddler.timer;
	meddler.at_ns = clock.now;
	loop_timer_set(loop, &meddler.timer, clock.now);
	turn(loop);
	ck_assert_int_eq(meddler.fired, 1);
	turn(loop);
	ck_assert_int_eq(meddler.fired, 2);
	loop_timer_clear(loop, &meddler.timer);
	loop_free(loop);
}
END_TEST

enum { TIMERS = 60 };

struct crowd {
	struct clock_fake clock;
	struct loop *loop;
	struct loop_timer timers[TIMERS];
	int64_t due[TIMERS]; /* the model: 0 when not set */
	int64_t last;        /* when what fired last was due */
};

struct member {
	struct crowd *crowd;
	int index;
};

static void on_member(void *ctx)
{
	const struct member *member = ctx;
	struct crowd *crowd = member->crowd;

	ck_assert_int_ne(crowd->due[member->index], 0);
	ck_assert_int_le(crowd->due[member->index], crowd->clock.now);
	ck_assert_int_ge(crowd->due[member->index], crowd->last);
	crowd->last = crowd->due[member->index];
	crowd->due[member->index] = 0;
}

static void set_or_clear(struct crowd *crowd, struct rng *rng)
{
	size_t index = rng_next(rng) % TIMERS;

	if (rng_next(rng) % 4) {
		crowd->due[index] = crowd->clock.now + (int64_t)(rng_next(rng) % 100);
		loop_timer_set(crowd->loop, &crowd->timers[index], crowd->due[index]);
	} else {
		crowd->due[index] = 0;
		loop_timer_clear(crowd->loop, &crowd->timers[index]);
	}
}

static void pass(struct crowd *crowd, int64_t ns)
{
	crowd->clock.now += ns;
	crowd->last = 0;
	turn(crowd->loop);
	for (int i = 0; i < TIMERS; i++)
		ck_assert(!crowd->due[i] || crowd->due[i] > crowd->clock.now);
}

START_TEST(timers_given_any_order_of_calls_fire_when_a_model_says)
{
	struct member members[TIMERS];
	struct crowd crowd = {0};
	struct rng rng;

	rng_init(&rng, (uint64_t)_i);
	clock_fake_init(&crowd.clock);
	crowd.loop = loop_new(&crowd.clock.clock);
	for (int i = 0; i < TIMERS; i++) {
		members[i] = (struct member){&crowd, i};
		loop_timer_init(&crowd.timers[i], on_member, &members[i]);
	}
	for (int i = 0; i < 5000; i++) {
		if (rng_next(&rng) % 8)
			set_or_clear(&crowd, &rng);
		else
			pass(&crowd, (int64_t)(rng_next(&rng) % 30));
	}
	pass(&crowd, 1000);
	loop_free(crowd.loop);
}
END_TEST

START_TEST(turn_given_timer_on_the_real_clock_sleeps_until_it_is_due)
{
	BUF_AUTO struct buf log = {0};
	struct loop *loop = loop_new(&clock_monotonic);
	struct bell bell;
	int64_t at_ns = clock_monotonic.now_ns(&clock_monotonic) + CLOCK_MS(30);
	int turns = 0;

	bell_init(&bell, 'a', &log);
	loop_timer_set(loop, &bell.timer, at_ns);
	for (; !log.n; turns++)
		loop_turn(loop, CLOCK_S(60));
	ck_assert_int_ge(clock_monotonic.now_ns(&clock_monotonic), at_ns);
	ck_assert_int_le(turns, 2);
	loop_free(loop);
}
END_TEST

START_TEST(now_stands_still_within_a_turn)
{
	struct clock_fake clock;
	struct loop *loop;
	int64_t begin;

	clock_fake_init(&clock);
	loop = loop_new(&clock.clock);
	begin = loop_now_ns(loop);
	ck_assert_int_eq(begin, clock.now);
	clock.now += 5;
	ck_assert_int_eq(loop_now_ns(loop), begin);
	turn(loop);
	ck_assert_int_eq(loop_now_ns(loop), begin + 5);
	loop_free(loop);
}
END_TEST

/* -- tasks ----------------------------------------------------------------------------------- */

struct chore {
	struct loop_task task;
	struct loop *loop;
	struct loop_task *defers;  /* when it runs; may be its own */
	struct loop_task *cancels; /* likewise */
	int runs;
};

static void on_chore(void *ctx)
{
	struct chore *chore = ctx;

	chore->runs++;
	if (chore->defers)
		loop_defer(chore->loop, chore->defers);
	if (chore->cancels)
		loop_task_cancel(chore->cancels);
}

static void chore_init(struct chore *chore, struct loop *loop)
{
	*chore = (struct chore){.loop = loop};
	loop_task_init(&chore->task, on_chore, chore);
}

START_TEST(task_runs_once_at_the_end_of_the_turn)
{
	struct loop *loop = loop_new(&clock_monotonic);
	struct chore chore;
	struct chore other;

	chore_init(&chore, loop);
	chore_init(&other, loop);
	loop_defer(loop, &chore.task);
	loop_defer(loop, &other.task);
	loop_defer(loop, &chore.task);
	ck_assert_int_eq(chore.runs, 0);
	loop_turn(loop, CLOCK_S(60)); /* does not sleep */
	turn(loop);
	ck_assert_int_eq(chore.runs, 1);
	ck_assert_int_eq(other.runs, 1);
	loop_defer(loop, &chore.task);
	loop_task_cancel(&chore.task);
	loop_task_cancel(&chore.task);
	turn(loop);
	ck_assert_int_eq(chore.runs, 1);
	loop_free(loop);
}
END_TEST

START_TEST(task_given_task_that_defers_runs_in_the_next_turn)
{
	struct loop *loop = loop_new(&clock_monotonic);
	struct chore first;
	struct chore second;

	chore_init(&first, loop);
	chore_init(&second, loop);
	first.defers = &second.task;
	second.defers = &second.task;
	loop_defer(loop, &first.task);
	turn(loop);
	ck_assert_int_eq(second.runs, 0);
	turn(loop);
	ck_assert_int_eq(second.runs, 1);
	turn(loop);
	ck_assert_int_eq(second.runs, 2);
	ck_assert_int_eq(first.runs, 1);
	second.defers = NULL;
	loop_free(loop); /* runs what is still deferred */
	ck_assert_int_eq(second.runs, 3);
}
END_TEST

START_TEST(task_given_earlier_task_that_cancels_it_does_not_run)
{
	struct loop *loop = loop_new(&clock_monotonic);
	struct chore first;
	struct chore second;
	struct chore third;

	chore_init(&first, loop);
	chore_init(&second, loop);
	chore_init(&third, loop);
	first.cancels = &second.task;
	loop_defer(loop, &first.task);
	loop_defer(loop, &second.task);
	loop_defer(loop, &third.task);
	turn(loop);
	ck_assert_int_eq(second.runs, 0);
	ck_assert_int_eq(third.runs, 1);
	loop_free(loop);
}
END_TEST

/* -- mail ------------------------------------------------------------------------------------ */

struct box {
	struct loop *loop;
	int next[4]; /* of each sender's letters */
	int count;
};

struct letter {
	struct loop_mail mail;
	struct box *box;
	int sender;
	int number;
};

static void on_letter(struct loop_mail *mail)
{
	struct letter *letter = LIST_OBJECT(mail, struct letter, mail);
	struct box *box = letter->box;

	ck_assert_int_eq(letter->number, box->next[letter->sender]++);
	box->count++;
	mem_free(letter);
}

static void post(struct box *box, int sender, int number)
{
	struct letter *letter = mem_new(1, sizeof *letter);

	*letter = (struct letter){{.deliver = on_letter}, box, sender, number};
	loop_post(box->loop, &letter->mail);
}

struct sender {
	struct box *box;
	int index;
};

enum { LETTERS = 1000 };

static void *send_letters(void *ctx)
{
	const struct sender *sender = ctx;

	for (int i = 0; i < LETTERS; i++)
		post(sender->box, sender->index, i);
	return NULL;
}

START_TEST(mail_of_other_threads_arrives_whole_and_in_order)
{
	struct box box = {.loop = loop_new(&clock_monotonic)};
	struct sender senders[4];
	pthread_t threads[4];

	for (int i = 0; i < 4; i++) {
		senders[i] = (struct sender){&box, i};
		ck_assert_int_eq(pthread_create(&threads[i], NULL, send_letters, &senders[i]), 0);
	}
	while (box.count < 4 * LETTERS)
		loop_turn(box.loop, CLOCK_S(60)); /* a lost wake-up ends in a time-out */
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	loop_free(box.loop);
}
END_TEST

static void on_letter_that_posts(struct loop_mail *mail)
{
	struct letter *letter = LIST_OBJECT(mail, struct letter, mail);

	post(letter->box, 0, 0);
	mem_free(letter);
}

START_TEST(mail_given_loop_that_ends_is_delivered)
{
	struct box box = {.loop = loop_new(&clock_monotonic)};
	struct letter *letter = mem_new(1, sizeof *letter);

	letter->box = &box;
	letter->mail.deliver = on_letter_that_posts;
	loop_post(box.loop, &letter->mail);
	loop_free(box.loop);
	ck_assert_int_eq(box.count, 1);
}
END_TEST

static void on_stop(struct loop_mail *mail)
{
	struct letter *letter = LIST_OBJECT(mail, struct letter, mail);

	loop_stop(letter->box->loop);
}

START_TEST(run_turns_until_it_is_stopped)
{
	struct box box = {.loop = loop_new(&clock_monotonic)};
	struct letter stop = {{.deliver = on_stop}, &box, 0, 0};

	for (int i = 0; i < 2; i++) {
		loop_post(box.loop, &stop.mail);
		loop_run(box.loop);
	}
	loop_free(box.loop);
}
END_TEST

/* A sleep that does not end is ended by Check. */
START_TEST(turn_given_any_sleep_before_sleeps_no_longer_than_it_may)
{
	struct box box = {.loop = loop_new(&clock_monotonic)};
	struct letter wake = {{.deliver = on_stop}, &box, 0, 0};

	loop_post(box.loop, &wake.mail);
	loop_turn(box.loop, CLOCK_S(3600));
	for (int i = 0; i < 3; i++)
		loop_turn(box.loop, CLOCK_MS(1));
	loop_free(box.loop);
}
END_TEST

/* So that running out of it ends the process in the one way that base/mem.h says. */
START_TEST(libevent_has_its_memory_from_ours)
{
	struct loop *loop = loop_new(&clock_monotonic);
	unsigned long before = starve_count();
	struct event_config *config = event_config_new();

	ck_assert_uint_eq(starve_count(), before + 1);
	event_config_free(config);
	loop_free(loop);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("loop");
	TCase *timers = tcase_create("timers");
	TCase *rest = tcase_create("tasks, mail, chunk");

	tcase_set_timeout(timers, 30);
	tcase_add_test(timers, timers_given_the_end_of_time_wait_for_it);
	tcase_add_test(timers, timers_fire_in_order_once_and_not_before);
	tcase_add_test(timers, timer_given_second_set_moves_and_given_clear_is_silent);
	tcase_add_test(timers, timer_given_callback_that_sets_or_clears_others);
	tcase_add_test(timers, timer_given_callback_that_sets_it_to_now_lets_the_turn_end);
	tcase_add_loop_test(timers, timers_given_any_order_of_calls_fire_when_a_model_says, 0, 5);
	tcase_add_test(timers, turn_given_timer_on_the_real_clock_sleeps_until_it_is_due);
	tcase_add_test(timers, now_stands_still_within_a_turn);
	suite_add_tcase(suite, timers);
	tcase_set_timeout(rest, 30);
	tcase_add_test(rest, task_runs_once_at_the_end_of_the_turn);
	tcase_add_test(rest, task_given_task_that_defers_runs_in_the_next_turn);
	tcase_add_test(rest, task_given_earlier_task_that_cancels_it_does_not_run);
	tcase_add_test(rest, mail_of_other_threads_arrives_whole_and_in_order);
	tcase_add_test(rest, mail_given_loop_that_ends_is_delivered);
	tcase_add_test(rest, run_turns_until_it_is_stopped);
	tcase_add_test(rest, turn_given_any_sleep_before_sleeps_no_longer_than_it_may);
	tcase_add_test(rest, libevent_has_its_memory_from_ours);
	suite_add_tcase(suite, rest);
	return suite;
}
