/* A part is looked for by its mark, a few of its bytes and its length, among those with marks
 * alike; the youngest are compared. Those are most often the same, and who sends many that are
 * nearly the same has no more than a few compared in vain: then the hash tells.
 *
 *     take: mark ─→ compare, without the lock ─→ there: one reference more
 *                                            └→ not there: hash, without the lock ─→ insert,
 *                                               unless another thread did so meanwhile
 */
#include "io/parts.h"

#include <assert.h>
#include <pthread.h>

#include "base/mem.h"
#include "base/word.h"

enum {
	BUCKETS = 4096,                 /* a power of two */
	COMPARED = 4,                   /* parts that are compared with one that comes */
	MARK_BYTES = 64,                /* at the front and at the end, of which the mark is made, */
	MARK_STEPS = 8,                 /* and so many words in between */
	PEEKED = 8,                     /* pieces of a chain that are looked at in one go */
	LITTLE_BYTES = CHUNK_BYTES / 4, /* what is no longer than that is a copy */
};

struct parts {
	pthread_mutex_t lock;
	struct part *buckets[BUCKETS];
	struct list resting; /* the one that was given back last comes last */
	uint64_t resting_bytes;
	uint64_t resting_max;
	atomic_ullong bytes; /* of those that are not resting */
};

struct parts *parts_new(void)
{
	struct parts *parts = mem_new(1, sizeof *parts);

	pthread_mutex_init(&parts->lock, NULL);
	list_init(&parts->resting);
	return parts;
}

/* -- one part -------------------------------------------------------------------------------- */

static void part_free(struct part *part)
{
	for (size_t i = 0; i < part->slice_count; i++)
		slice_unref(part->slices[i]);
	mem_free(part->slices);
	mem_free(part);
}

static struct slice copy_of(const struct chain *chain, uint64_t position, size_t n)
{
	struct chunk *chunk = chunk_new(n);

	chain_copy(chain, position, n, chunk->bytes);
	chunk->used = n;
	return (struct slice){chunk, {chunk->bytes, n}};
}

static size_t count_slices(const struct chain *chain, uint64_t position, uint64_t length)
{
	struct iovec iov[PEEKED];
	size_t count = 0;

	while (length) {
		size_t filled = chain_peek(chain, position, length, iov, PEEKED);

		for (size_t i = 0; i < filled; i++) {
			position += iov[i].iov_len;
			length -= iov[i].iov_len;
		}
		count += filled;
	}
	return count;
}

/* Little ones must not keep much more than themselves, and there are many. */
static void hold(struct part *part, const struct chain *chain, uint64_t position)
{
	size_t count;

	if (part->length <= LITTLE_BYTES) {
		part->slices = mem_new(1, sizeof *part->slices);
		part->slices[part->slice_count++] = copy_of(chain, position, (size_t)part->length);
		return;
	}
	count = count_slices(chain, position, part->length);
	part->slices = mem_new(count, sizeof *part->slices);
	part->slice_count = chain_slices(chain, position, part->length, part->slices, count);
	for (size_t i = 0; i < part->slice_count; i++)
		(void)slice_ref(part->slices[i]);
}

static struct part *part_new(
	const struct chain *chain, uint64_t position, uint64_t length, uint64_t mark)
{
	struct part *part = mem_new(1, sizeof *part);
	struct digest *digest = digest_new();

	*part = (struct part){.length = length, .mark = mark, .refs = 1};
	list_init(&part->rest);
	hold(part, chain, position);
	for (size_t i = 0; i < part->slice_count; i++)
		digest_add(digest, part->slices[i].bytes);
	digest_hex(digest, part->sha256);
	digest_free(digest);
	return part;
}

/* -- which is which -------------------------------------------------------------------------- */

/* A step of FNV-1a, a word at a time. */
static uint64_t mix(uint64_t mark, uint64_t word)
{
	mark = (mark ^ word) * UINT64_C(0x100000001b3);
	return mark ^ (mark >> 29);
}

static uint64_t mix_at(uint64_t mark, const struct chain *chain, uint64_t position, uint64_t n)
{
	char bytes[MARK_BYTES] = {0};

	chain_copy(chain, position, (size_t)n, bytes);
	for (size_t i = 0; i < n; i += WORD_BYTES)
		mark = mix(mark, word_load(bytes + i));
	return mark;
}

static uint64_t mark_of(const struct chain *chain, uint64_t position, uint64_t length)
{
	uint64_t n = length < MARK_BYTES ? length : MARK_BYTES;
	uint64_t mark = mix(UINT64_C(0xcbf29ce484222325), length);

	mark = mix_at(mark, chain, position, n);
	mark = mix_at(mark, chain, position + length - n, n);
	if (length <= (uint64_t)MARK_BYTES * MARK_STEPS)
		return mark;
	for (uint64_t i = 1; i < MARK_STEPS; i++)
		mark = mix_at(mark, chain, position + length / MARK_STEPS * i, WORD_BYTES);
	return mark;
}

/* Bytes that are the same ones in memory need not be read. */
static bool same_bytes(struct span a, struct span b)
{
	return a.p == b.p || span_equal(a, b);
}

/* The next bytes of the part, which lie in its slice *at from *skip on; at most n of them. */
static struct span part_next(const struct part *part, size_t *at, size_t *skip, size_t n)
{
	struct span bytes = span_first(span_skip(part->slices[*at].bytes, *skip), n);

	*skip += bytes.n;
	if (*skip == part->slices[*at].bytes.n) {
		*skip = 0;
		++*at;
	}
	return bytes;
}

static bool is_same(const struct part *part, const struct chain *chain, uint64_t position)
{
	uint64_t left = part->length;
	size_t at = 0;
	size_t skip = 0;

	while (left) {
		struct iovec iov;
		struct span there;
		struct span here;

		(void)chain_peek(chain, position, left, &iov, 1);
		there = (struct span){iov.iov_base, iov.iov_len};
		here = part_next(part, &at, &skip, there.n);
		if (!same_bytes(here, span_first(there, here.n)))
			return false;
		position += here.n;
		left -= here.n;
	}
	return true;
}

/* -- all of them ----------------------------------------------------------------------------- */

static struct part **bucket_of(struct parts *parts, uint64_t mark)
{
	return &parts->buckets[(mark ^ (mark >> 32)) % BUCKETS];
}

static struct part *ref(struct parts *parts, struct part *part)
{
	if (!part->refs++) {
		list_unlink(&part->rest);
		parts->resting_bytes -= part->length;
		parts->bytes += part->length;
	}
	return part;
}

static void forget(struct parts *parts, struct part *part)
{
	struct part **link = bucket_of(parts, part->mark);

	while (*link != part)
		link = &(*link)->next;
	*link = part->next;
	list_unlink(&part->rest);
	parts->resting_bytes -= part->length;
	part_free(part);
}

/* The eldest ones go until those that rest are not too many. */
static void trim(struct parts *parts)
{
	while (parts->resting_bytes > parts->resting_max)
		forget(parts, LIST_OBJECT(parts->resting.next, struct part, rest));
}

static void unref(struct parts *parts, struct part *part)
{
	assert(part->refs);
	if (--part->refs)
		return;
	parts->bytes -= part->length;
	parts->resting_bytes += part->length;
	list_append(&parts->resting, &part->rest);
	trim(parts);
}

/* References to the youngest that may be it. */
static size_t find_alike(
	struct parts *parts, uint64_t mark, uint64_t length, struct part *ret_alike[COMPARED])
{
	size_t count = 0;

	pthread_mutex_lock(&parts->lock);
	for (struct part *part = *bucket_of(parts, mark); part && count < COMPARED; part = part->next)
		if (part->mark == mark && part->length == length)
			ret_alike[count++] = ref(parts, part);
	pthread_mutex_unlock(&parts->lock);
	return count;
}

static struct part *find_same(struct parts *parts, uint64_t mark, const struct chain *chain,
	uint64_t position, uint64_t length)
{
	struct part *alike[COMPARED];
	size_t count = find_alike(parts, mark, length, alike);
	struct part *same = NULL;

	for (size_t i = 0; i < count && !same; i++)
		if (is_same(alike[i], chain, position))
			same = TAKE(alike[i]);
	for (size_t i = 0; i < count; i++)
		if (alike[i])
			parts_give(parts, alike[i]);
	return same;
}

/* Takes the part over, or gives it up for one that has come before it. */
static struct part *insert(struct parts *parts, struct part *fresh)
{
	struct part **bucket = bucket_of(parts, fresh->mark);
	struct part *same;

	pthread_mutex_lock(&parts->lock);
	same = *bucket;
	while (same && memcmp(same->sha256, fresh->sha256, DIGEST_HEX) != 0)
		same = same->next;
	if (same) {
		(void)ref(parts, same);
	} else {
		fresh->next = *bucket;
		*bucket = fresh;
		parts->bytes += fresh->length;
	}
	pthread_mutex_unlock(&parts->lock);
	if (!same)
		return fresh;
	part_free(fresh);
	return same;
}

struct part *parts_take(
	struct parts *parts, const struct chain *chain, uint64_t position, uint64_t length)
{
	uint64_t mark = mark_of(chain, position, length);
	struct part *same;

	assert(length);
	same = find_same(parts, mark, chain, position, length);
	return same ? same : insert(parts, part_new(chain, position, length, mark));
}

void parts_give(struct parts *parts, struct part *part)
{
	pthread_mutex_lock(&parts->lock);
	unref(parts, part);
	pthread_mutex_unlock(&parts->lock);
}

void parts_set_rest(struct parts *parts, uint64_t max_bytes)
{
	pthread_mutex_lock(&parts->lock);
	parts->resting_max = max_bytes;
	trim(parts);
	pthread_mutex_unlock(&parts->lock);
}

uint64_t parts_bytes(const struct parts *parts)
{
	return atomic_load(&parts->bytes);
}

void parts_free(struct parts *parts)
{
	if (!parts)
		return;
	parts_set_rest(parts, 0);
	assert(!parts_bytes(parts));
	pthread_mutex_destroy(&parts->lock);
	mem_free(parts);
}
