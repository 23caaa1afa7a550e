/* What is to be done comes in orders, one behind the other, so that what was submitted before the
 * configuration changed goes by the old one:
 *
 *     queue:  exchange, exchange, settings, exchange …
 *     thread: sleep ── the first one ─→ nap: more may come ─→ do all ─→ flush ─→ sleep
 *
 * The nap is cut short when there is much to do, since what is queued is held in memory: what is
 * done at once is warm still. It makes one flush of many exchanges.
 */
#include "io/recorder.h"

#include <errno.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/thread.h"
#include "io/recorder_order.h"
#include "io/scribe.h"

enum {
	NAP_MS = 200,
	MUCH_RECORDS = 256, /* queued: no nap then */
	MUCH_BYTES = 1048576,
	REST_BYTES_MAX = 33554432, /* of parts that may come again */
};

struct recorder {
	const struct log *log;
	struct parts *parts;
	atomic_bool is_enabled;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t more;
	pthread_cond_t flushed;
	struct list queue;
	size_t settings_queued; /* or at hand */
	uint64_t ordered;       /* ever, */
	uint64_t done;          /* and of those, with the flush behind them */
	struct recorder_status status;
	bool is_busy;    /* there is something to do, or to flush */
	bool is_pressed; /* no nap, and a flush: somebody waits, or other settings do */
	bool is_ending;
	struct thread thread;
	/* the thread's own */
	struct recorder_settings *settings;
	struct scribe *scribe;       /* NULL: nothing is written */
	struct capture_stats before; /* the sums of folders that were left */
	uint64_t unflushed;          /* records */
	uint64_t taken;              /* orders, ever */
	int64_t nap_ns;              /* its end; then all is flushed */
};

/* -- what the thread does -------------------------------------------------------------------- */

static void add_stats(struct capture_stats *sum, const struct capture_stats *more)
{
	sum->entries += more->entries;
	sum->bytes = more->bytes; /* of what is there now */
	sum->blobs += more->blobs;
	sum->shared += more->shared;
	sum->rotations += more->rotations;
	sum->removed += more->removed;
	sum->recovered += more->recovered;
	sum->lost += more->lost;
}

static void publish(struct recorder *recorder)
{
	struct capture_stats stats = recorder->before;

	if (recorder->scribe)
		add_stats(&stats, scribe_stats(recorder->scribe));
	pthread_mutex_lock(&recorder->lock);
	recorder->status.stats = stats;
	pthread_mutex_unlock(&recorder->lock);
}

static void leave_folder(struct recorder *recorder)
{
	if (!recorder->scribe)
		return;
	add_stats(&recorder->before, scribe_stats(recorder->scribe));
	scribe_close(TAKE(recorder->scribe));
	parts_set_rest(recorder->parts, 0);
}

static void give_up_unflushed(struct recorder *recorder)
{
	pthread_mutex_lock(&recorder->lock);
	recorder->status.dropped += recorder->unflushed;
	pthread_mutex_unlock(&recorder->lock);
	recorder->unflushed = 0;
}

static void log_failure(const struct recorder *recorder, const struct err *err)
{
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, recorder->log, LOG_ERROR, "capture-failed"))
		return;
	log_text(&line, "dir", recorder->settings->config.dir);
	log_text(&line, "why", span_of(err->text));
	log_end(&line);
}

/* Settings that wait may lead elsewhere: then it is not over. */
static void fail(struct recorder *recorder, const struct err *err)
{
	leave_folder(recorder);
	publish(recorder);
	give_up_unflushed(recorder);
	pthread_mutex_lock(&recorder->lock);
	if (!recorder->settings_queued) {
		atomic_store(&recorder->is_enabled, false);
		recorder->status.has_failed = true;
		recorder->status.why = *err;
	}
	pthread_mutex_unlock(&recorder->lock);
	log_failure(recorder, err);
}

static void flush(struct recorder *recorder)
{
	struct err err;

	if (!recorder->unflushed)
		return;
	if (scribe_flush(recorder->scribe, &err) < 0) {
		fail(recorder, &err);
		return;
	}
	recorder->unflushed = 0;
	publish(recorder);
}

static void log_begun(const struct recorder *recorder)
{
	const struct capture_stats *stats = scribe_stats(recorder->scribe);
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, recorder->log, LOG_INFO, "capture"))
		return;
	log_text(&line, "dir", recorder->settings->config.dir);
	log_number(&line, "bytes", stats->bytes);
	log_number(&line, "recovered", stats->recovered);
	log_number(&line, "lost", stats->lost);
	log_end(&line);
}

static void enter_folder(struct recorder *recorder)
{
	struct err err;

	if (scribe_open(recorder->parts, &recorder->settings->config, &recorder->scribe, &err) < 0) {
		fail(recorder, &err);
		return;
	}
	parts_set_rest(recorder->parts, REST_BYTES_MAX);
	log_begun(recorder);
	publish(recorder);
}

static bool is_same_folder(const struct recorder_settings *a, const struct recorder_settings *b)
{
	return a && span_equal(a->config.dir, b->config.dir);
}

/* A folder that stays is not opened again. */
static void use_settings(struct recorder *recorder, struct recorder_settings *settings)
{
	struct recorder_settings *old = recorder->settings;

	flush(recorder);
	if (!settings->is_recording || !is_same_folder(old, settings))
		leave_folder(recorder);
	recorder->settings = settings;
	pthread_mutex_lock(&recorder->lock);
	recorder->settings_queued--;
	pthread_mutex_unlock(&recorder->lock);
	if (recorder->scribe)
		scribe_set(recorder->scribe, &settings->config);
	else if (settings->is_recording)
		enter_folder(recorder);
	recorder_settings_free(old);
}

static void write_exchange(struct recorder *recorder, const struct recorder_order *order)
{
	struct err err;

	recorder->unflushed += order->count;
	if (!recorder->scribe)
		give_up_unflushed(recorder);
	else if (scribe_write(recorder->scribe, order->records, order->count, &err) < 0)
		fail(recorder, &err);
	else if (scribe_is_full(recorder->scribe))
		flush(recorder);
}

static void do_order(struct recorder *recorder, struct recorder_order *order)
{
	if (order->settings)
		use_settings(recorder, TAKE(order->settings));
	else
		write_exchange(recorder, order);
	pthread_mutex_lock(&recorder->lock);
	recorder->status.queued -= order->count;
	recorder->status.queued_bytes -= order->bytes;
	pthread_mutex_unlock(&recorder->lock);
	recorder_order_free(order);
}

/* -- the thread ------------------------------------------------------------------------------ */

/* Sleeps while there is nothing to do; false at the end. Locked. */
static bool sleep_soundly(struct recorder *recorder)
{
	if (recorder->is_busy)
		return true;
	while (!recorder->is_busy && !recorder->is_ending)
		pthread_cond_wait(&recorder->more, &recorder->lock);
	recorder->nap_ns = clock_monotonic.now_ns(&clock_monotonic) + CLOCK_MS(NAP_MS);
	return recorder->is_busy;
}

static bool is_much(const struct recorder *recorder)
{
	return recorder->is_pressed || recorder->is_ending || recorder->status.queued >= MUCH_RECORDS ||
		   recorder->status.queued_bytes >= MUCH_BYTES;
}

/* True when the nap was slept to its end, or there is no time for one. Locked. */
static bool nap(struct recorder *recorder)
{
	struct timespec until = {recorder->nap_ns / CLOCK_S(1), (long)(recorder->nap_ns % CLOCK_S(1))};
	int result = 0;

	while (!is_much(recorder) && result != ETIMEDOUT)
		result = pthread_cond_timedwait(&recorder->more, &recorder->lock, &until);
	return result == ETIMEDOUT || recorder->is_pressed || recorder->is_ending;
}

/* Waits for orders and takes all of them; false at the end. *ret_flushes: what they make is flushed
 * then, and the thread may sleep unless others have come. */
static bool take_orders(struct recorder *recorder, struct list *orders, bool *ret_flushes)
{
	bool is_awake;

	list_init(orders);
	pthread_mutex_lock(&recorder->lock);
	is_awake = sleep_soundly(recorder);
	if (is_awake) {
		*ret_flushes = nap(recorder);
		while (!list_is_empty(&recorder->queue)) {
			struct list *node = recorder->queue.next;

			list_unlink(node);
			list_append(orders, node);
		}
		recorder->taken = recorder->ordered;
		recorder->is_pressed = false;
	}
	pthread_mutex_unlock(&recorder->lock);
	return is_awake;
}

static void end_cycle(struct recorder *recorder)
{
	flush(recorder);
	pthread_mutex_lock(&recorder->lock);
	recorder->is_busy = !list_is_empty(&recorder->queue);
	recorder->done = recorder->taken;
	pthread_cond_broadcast(&recorder->flushed);
	pthread_mutex_unlock(&recorder->lock);
	recorder->nap_ns = clock_monotonic.now_ns(&clock_monotonic) + CLOCK_MS(NAP_MS);
}

static void *work(void *ctx)
{
	struct recorder *recorder = ctx;
	struct list orders;
	bool flushes;

	while (take_orders(recorder, &orders, &flushes)) {
		LIST_EACH_SAFE(node, &orders) {
			list_unlink(node);
			do_order(recorder, LIST_OBJECT(node, struct recorder_order, node));
		}
		if (flushes)
			end_cycle(recorder);
	}
	leave_folder(recorder);
	return NULL;
}

/* -- for everybody --------------------------------------------------------------------------- */

struct recorder *recorder_new(const struct log *log, struct parts *parts)
{
	struct recorder *recorder = mem_new(1, sizeof *recorder);
	pthread_condattr_t attributes;

	recorder->log = log;
	recorder->parts = parts;
	pthread_mutex_init(&recorder->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&recorder->more, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_cond_init(&recorder->flushed, NULL);
	list_init(&recorder->queue);
	return recorder;
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	thread_end(&recorder->thread, &recorder->lock, &recorder->more, &recorder->is_ending);
	recorder_settings_free(recorder->settings);
	pthread_cond_destroy(&recorder->flushed);
	pthread_cond_destroy(&recorder->more);
	pthread_mutex_destroy(&recorder->lock);
	mem_free(recorder);
}

/* Locked; wakes the thread where it would sleep on. */
static void enqueue(struct recorder *recorder, struct recorder_order *order)
{
	list_append(&recorder->queue, &order->node);
	recorder->ordered++;
	recorder->status.queued += order->count;
	recorder->status.queued_bytes += order->bytes;
	if (!recorder->is_busy || is_much(recorder))
		pthread_cond_signal(&recorder->more);
	recorder->is_busy = true;
}

/* Locked. False when there is none to be had, which its status says. */
static bool ensure_thread(struct recorder *recorder)
{
	int error = thread_start(&recorder->thread, work, recorder);

	recorder->status.has_failed = error;
	if (error)
		(void)err_set(&recorder->status.why, ERR_INTERNAL, "cannot start a thread");
	return !error;
}

void recorder_set(struct recorder *recorder, const struct capture_config *config)
{
	struct recorder_order *order = recorder_order_settings(config);
	bool is_enabled = order->settings->is_recording;

	pthread_mutex_lock(&recorder->lock);
	if ((is_enabled || recorder->thread.is_there) && ensure_thread(recorder)) {
		recorder->settings_queued++;
		recorder->is_pressed = true;
		enqueue(recorder, TAKE(order));
		atomic_store(&recorder->is_enabled, is_enabled);
	}
	pthread_mutex_unlock(&recorder->lock);
	if (order)
		recorder_order_free(order);
}

bool recorder_is_enabled(const struct recorder *recorder)
{
	return recorder && atomic_load_explicit(&recorder->is_enabled, memory_order_relaxed);
}

static bool has_room(const struct recorder *recorder, const struct recorder_order *order)
{
	const struct recorder_status *status = &recorder->status;

	return order->count <= RECORDER_EXCHANGE_RECORDS_MAX &&
		   order->count <= RECORDER_QUEUE_MAX - status->queued &&
		   order->bytes <= RECORDER_QUEUE_BYTES_MAX - status->queued_bytes;
}

void recorder_submit(struct recorder *recorder, struct record **records, size_t count)
{
	struct recorder_order *order;

	if (!recorder_is_enabled(recorder))
		return;
	order = recorder_order_exchange(records, count);
	pthread_mutex_lock(&recorder->lock);
	if (has_room(recorder, order))
		enqueue(recorder, TAKE(order));
	else
		recorder->status.dropped += count;
	pthread_mutex_unlock(&recorder->lock);
	if (order)
		recorder_order_free(order);
}

void recorder_miss(struct recorder *recorder, size_t count)
{
	if (!recorder_is_enabled(recorder))
		return;
	pthread_mutex_lock(&recorder->lock);
	recorder->status.dropped += count;
	pthread_mutex_unlock(&recorder->lock);
}

void recorder_status(struct recorder *recorder, struct recorder_status *ret_status)
{
	pthread_mutex_lock(&recorder->lock);
	*ret_status = recorder->status;
	pthread_mutex_unlock(&recorder->lock);
	ret_status->is_enabled = recorder_is_enabled(recorder);
}

void recorder_flush(struct recorder *recorder)
{
	uint64_t wanted;

	pthread_mutex_lock(&recorder->lock);
	wanted = recorder->ordered;
	while (recorder->done < wanted) {
		recorder->is_pressed = true;
		pthread_cond_signal(&recorder->more);
		pthread_cond_wait(&recorder->flushed, &recorder->lock);
	}
	pthread_mutex_unlock(&recorder->lock);
}
