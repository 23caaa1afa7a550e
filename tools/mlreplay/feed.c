#include "mlreplay/feed.h"

#include "base/mem.h"
#include "io/capture_question.h"

struct feed {
	struct feed_setup setup;
	uint64_t round;    /* at hand, from 0 */
	uint64_t taken;    /* of that round */
	uint64_t numbered; /* of all rounds */
	bool is_read;      /* there is no more to read in this round */
	struct list held;  /* the earliest first */
	size_t held_count;
	uint64_t held_bytes;
};

struct feed *feed_new(const struct feed_setup *setup)
{
	struct feed *feed = mem_new(1, sizeof *feed);

	feed->setup = *setup;
	list_init(&feed->held);
	return feed;
}

static void drop_held(struct feed *feed)
{
	LIST_EACH_SAFE(node, &feed->held)
		feed_give(LIST_OBJECT(node, struct feed_item, node));
	feed->held_count = 0;
	feed->held_bytes = 0;
}

void feed_free(struct feed *feed)
{
	if (!feed)
		return;
	drop_held(feed);
	mem_free(feed);
}

void feed_give(struct feed_item *item)
{
	if (!item)
		return;
	list_unlink(&item->node);
	arena_deinit(&item->arena);
	mem_free(item);
}

int feed_fail(const struct feed_item *item, struct err *err)
{
	struct err why = *err;

	return err_set(err, ERR_INVALID, "%.90s:%llu: byte %llu: %.120s", item->place.file,
		(unsigned long long)item->place.line, (unsigned long long)item->place.byte, why.text);
}

/* -- reading --------------------------------------------------------------------------------- */

/* True when it is one of those wanted. */
static bool fits(const struct feed *feed, struct feed_item *item)
{
	struct entries entries;
	struct err err;
	struct filter_facts facts = {
		.status = item->entry.answer.status, .backend = item->entry.backend};

	if (item->entry.side != feed->setup.side)
		return false;
	if (entries_parse(item->entries, &item->arena, &entries, &err) == 0)
		facts.entries = &entries;
	return filter_fits(feed->setup.filter, &facts);
}

/* What is in memory of its bodies: of one in a file of its own the line says little. */
static uint64_t bytes_of_bodies(const struct har_entry *entry)
{
	uint64_t bytes = entry->answer.body.n;

	for (size_t i = 0; i < entry->request.piece_count; i++)
		bytes += entry->request.pieces[i].literal.n;
	return bytes;
}

/* Of what cannot be read: 2 when its file has been removed meanwhile; else -1. */
static int pass_removed(const struct feed *feed, const struct feed_item *item, struct err *err)
{
	if (!capture_reader_has_removed(feed->setup.reader, &item->entry))
		return feed_fail(item, err);
	err->kind = ERR_NONE;
	return 2;
}

/* Reads one entry, be it wanted or not: then 2. */
static int read_one(struct feed *feed, struct feed_item *item, struct err *err)
{
	struct capture_reader *reader = feed->setup.reader;
	uint64_t begin = capture_reader_position(reader);
	int result = capture_reader_next(reader, &item->arena, &item->entry, err);

	if (result != 1)
		return result;
	item->bytes = capture_reader_position(reader) - begin + bytes_of_bodies(&item->entry);
	item->place = *capture_reader_place(reader);
	item->place.file = arena_dup(&item->arena, span_of(item->place.file)).p;
	if (capture_question_entries(reader, &item->entry, &item->arena, &item->entries, err) < 0)
		return pass_removed(feed, item, err);
	return fits(feed, item) ? 1 : 2;
}

/* The next one that is wanted; 1, 0, -1. */
static int read_wanted(struct feed *feed, struct feed_item **ret_item, struct err *err)
{
	struct feed_item *item = mem_new(1, sizeof *item);
	int result;

	list_init(&item->node);
	arena_init(&item->arena);
	while ((result = read_one(feed, item, err)) == 2) {
		arena_deinit(&item->arena);
		arena_init(&item->arena);
	}
	if (result == 1)
		*ret_item = item;
	else
		feed_give(item);
	return result;
}

int feed_count(struct feed *feed, uint64_t *ret_count, struct err *err)
{
	struct feed_item *item;
	uint64_t count = 0;
	int result = 0;

	while ((!feed->setup.limit || count < feed->setup.limit) &&
		   (result = read_wanted(feed, &item, err)) == 1) {
		feed_give(item);
		count++;
	}
	if (result < 0 || feed_rewind(feed, err) < 0)
		return -1;
	*ret_count = count * feed->setup.rounds;
	return 0;
}

/* -- ordering -------------------------------------------------------------------------------- */

/* Behind those that began before it or with it. */
static void hold(struct feed *feed, struct feed_item *item)
{
	struct list *before = feed->held.prev;

	while (before != &feed->held &&
		   LIST_OBJECT(before, struct feed_item, node)->entry.started_us > item->entry.started_us)
		before = before->prev;
	list_prepend(before, &item->node);
	feed->held_count++;
	feed->held_bytes += item->bytes;
}

static int fill(struct feed *feed, struct err *err)
{
	while (
		!feed->is_read && feed->held_count < FEED_HELD_MAX && feed->held_bytes < FEED_HELD_BYTES) {
		struct feed_item *item = NULL;

		if ((!feed->setup.limit || feed->taken < feed->setup.limit) &&
			read_wanted(feed, &item, err) < 0)
			return -1;
		feed->is_read = !item;
		if (!item)
			continue;
		feed->taken++;
		item->number = feed->numbered++;
		hold(feed, item);
	}
	return 0;
}

static int begin_round(struct feed *feed, struct err *err)
{
	feed->taken = 0;
	feed->is_read = false;
	return capture_reader_rewind(feed->setup.reader, err);
}

int feed_rewind(struct feed *feed, struct err *err)
{
	drop_held(feed);
	feed->round = 0;
	feed->numbered = 0;
	return begin_round(feed, err);
}

/* Fills, and begins another round when one is over; 1 when something is held then. */
static int fill_or_begin(struct feed *feed, struct err *err)
{
	if (fill(feed, err) < 0)
		return -1;
	if (feed->held_count || !feed->taken || feed->round + 1 == feed->setup.rounds)
		return feed->held_count > 0;
	feed->round++;
	if (begin_round(feed, err) < 0 || fill(feed, err) < 0)
		return -1;
	return feed->held_count > 0;
}

int feed_next(struct feed *feed, struct feed_item **ret_item, struct err *err)
{
	int result = fill_or_begin(feed, err);

	if (result != 1)
		return result;
	*ret_item = LIST_OBJECT(feed->held.next, struct feed_item, node);
	list_unlink(&(*ret_item)->node);
	feed->held_count--;
	feed->held_bytes -= (*ret_item)->bytes;
	return 1;
}
