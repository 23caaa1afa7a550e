/* Ids rise by one and only the oldest record ever goes, so that an id says the place in the ring.
 */
#include "proxy/records.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "base/thread.h"

enum { FEW = 64 };

struct place {
	struct record *record;
	uint64_t exchange;
	uint64_t bytes; /* as last counted */
};

struct records {
	struct parts *parts;
	uint64_t bytes_max;
	atomic_bool is_enabled;
	pthread_mutex_t lock; /* of all that follows; held for a moment only */
	struct place *ring;   /* RECORDS_MAX; NULL: never enabled */
	uint64_t first;       /* the oldest's id, or the next one's */
	uint64_t end;         /* the next one's */
	uint64_t settled;     /* those before are */
	uint64_t bytes;       /* of the places */
	size_t max;
	pthread_cond_t changed; /* there is something to settle, or it is the end */
	struct thread thread;   /* that settles */
	bool is_ending;
};

static struct place *place_of(struct records *records, uint64_t id)
{
	return &records->ring[id % RECORDS_MAX];
}

/* -- the bound ------------------------------------------------------------------------------- */

/* Of which the caller has the reference then. */
static struct record *take_first(struct records *records)
{
	struct place *place = place_of(records, records->first);

	records->bytes -= place->bytes;
	records->first++;
	if (records->settled < records->first)
		records->settled = records->first;
	return TAKE(place->record);
}

static void drop_first(struct records *records)
{
	record_unref(take_first(records));
}

static uint64_t bytes_of_all(const struct records *records)
{
	return records->bytes + parts_bytes(records->parts);
}

static bool is_too_much(const struct records *records)
{
	uint64_t count = records->end - records->first;

	return count > records->max || (count && bytes_of_all(records) > records->bytes_max);
}

static void trim(struct records *records)
{
	while (is_too_much(records))
		drop_first(records);
}

/* -- settling -------------------------------------------------------------------------------- */

/* The lock is held, but not while it is done. */
static void settle(struct records *records, uint64_t id)
{
	struct record *record = record_ref(place_of(records, id)->record);
	uint64_t bytes;

	pthread_mutex_unlock(&records->lock);
	record_settle(record, records->parts);
	bytes = record_bytes(record);
	pthread_mutex_lock(&records->lock);
	if (id >= records->first && records->settled == id) {
		records->bytes -= place_of(records, id)->bytes - bytes;
		place_of(records, id)->bytes = bytes;
		records->settled = id + 1;
	}
	record_unref(record);
	trim(records);
}

static void *run(void *ctx)
{
	struct records *records = ctx;

	pthread_mutex_lock(&records->lock);
	while (!records->is_ending) {
		if (records->settled < records->end)
			settle(records, records->settled);
		else
			pthread_cond_wait(&records->changed, &records->lock);
	}
	pthread_mutex_unlock(&records->lock);
	return NULL;
}

/* -- the ring -------------------------------------------------------------------------------- */

static void add(struct records *records, struct record *record, uint64_t exchange)
{
	struct place *place;

	if (records->end - records->first == RECORDS_MAX)
		drop_first(records);
	place = place_of(records, records->end++);
	*place = (struct place){record_ref(record), exchange, record_bytes(record)};
	records->bytes += place->bytes;
}

void records_add(struct records *records, struct record *const *list, size_t count)
{
	uint64_t exchange;

	pthread_mutex_lock(&records->lock);
	exchange = records->end;
	for (size_t i = 0; i < count; i++)
		add(records, list[i], exchange);
	trim(records);
	pthread_cond_signal(&records->changed);
	pthread_mutex_unlock(&records->lock);
}

bool records_next(struct records *records, uint64_t after, struct records_item *ret_item)
{
	struct records_item item = {.id = after + 1};

	pthread_mutex_lock(&records->lock);
	if (item.id < records->first)
		item.id = records->first;
	if (item.id < records->end) {
		item.exchange = place_of(records, item.id)->exchange;
		item.record = record_ref(place_of(records, item.id)->record);
	}
	pthread_mutex_unlock(&records->lock);
	if (!item.record)
		return false;
	record_settle(item.record, records->parts);
	*ret_item = item;
	return true;
}

/* Drops those before `id`, a few at a time, which are freed without the lock, so that who adds one
 * meanwhile does not wait long. */
static void drop_before(struct records *records, uint64_t id)
{
	struct record *gone[FEW];
	size_t count;

	do {
		count = 0;
		pthread_mutex_lock(&records->lock);
		while (count < FEW && records->first < id && records->first < records->end)
			gone[count++] = take_first(records);
		pthread_mutex_unlock(&records->lock);
		for (size_t i = 0; i < count; i++)
			record_unref(gone[i]);
	} while (count == FEW);
}

static uint64_t last_id(struct records *records)
{
	uint64_t last;

	pthread_mutex_lock(&records->lock);
	last = records->end - 1;
	pthread_mutex_unlock(&records->lock);
	return last;
}

void records_set_max(struct records *records, size_t max)
{
	uint64_t last = last_id(records);

	assert(max && max <= RECORDS_MAX);
	if (last > max)
		drop_before(records, last + 1 - max);
	pthread_mutex_lock(&records->lock);
	records->max = max;
	trim(records);
	pthread_mutex_unlock(&records->lock);
}

void records_clear(struct records *records)
{
	drop_before(records, last_id(records) + 1);
}

/* -- its life -------------------------------------------------------------------------------- */

bool records_is_enabled(const struct records *records)
{
	return atomic_load_explicit(&records->is_enabled, memory_order_relaxed);
}

void records_state(struct records *records, struct records_state *ret_state)
{
	pthread_mutex_lock(&records->lock);
	*ret_state = (struct records_state){
		.is_enabled = records_is_enabled(records),
		.max = records->max,
		.count = (size_t)(records->end - records->first),
		.last = records->end - 1,
		.bytes = records->end > records->first ? bytes_of_all(records) : 0,
		.bytes_max = records->bytes_max,
	};
	pthread_mutex_unlock(&records->lock);
}

/* What is needed to hold records: the first who enables them makes it. */
static int prepare(struct records *records, struct err *err)
{
	int error;

	pthread_mutex_lock(&records->lock);
	if (!records->ring)
		records->ring = mem_new(RECORDS_MAX, sizeof *records->ring);
	error = thread_start(&records->thread, run, records);
	pthread_mutex_unlock(&records->lock);
	if (error)
		return err_set(err, ERR_BUSY, "no thread can be had: %s", strerrordesc_np(error));
	return 0;
}

int records_enable(struct records *records, bool is_enabled, struct err *err)
{
	if (is_enabled && (digest_load(err) < 0 || prepare(records, err) < 0))
		return -1;
	atomic_store(&records->is_enabled, is_enabled);
	return 0;
}

struct records *records_new(struct parts *parts, uint64_t bytes_max)
{
	struct records *records = mem_new(1, sizeof *records);

	records->parts = parts;
	records->bytes_max = bytes_max;
	records->max = RECORDS_DEFAULT;
	records->first = records->end = records->settled = 1;
	pthread_mutex_init(&records->lock, NULL);
	pthread_cond_init(&records->changed, NULL);
	return records;
}

void records_free(struct records *records)
{
	if (!records)
		return;
	thread_end(&records->thread, &records->lock, &records->changed, &records->is_ending);
	records_clear(records);
	pthread_cond_destroy(&records->changed);
	pthread_mutex_destroy(&records->lock);
	mem_free(records->ring);
	mem_free(records);
}
