#include "mlreplay/hashes.h"

#include <stdlib.h>

#include "base/ascii.h"
#include "base/mem.h"

struct hashes_hash hashes_read(struct span sha256)
{
	struct hashes_hash hash = {{0}};

	for (size_t i = 0; i < HASHES_BYTES && 2 * i + 1 < sha256.n; i++)
		hash.bytes[i] = (unsigned char)(ascii_hex_digit(sha256.p[2 * i]) << 4 |
										ascii_hex_digit(sha256.p[2 * i + 1]));
	return hash;
}

int hashes_compare(const struct hashes_hash *a, const struct hashes_hash *b)
{
	return memcmp(a->bytes, b->bytes, HASHES_BYTES);
}

static int compare_items(const void *left, const void *right)
{
	const struct hashes_item *a = left;
	const struct hashes_item *b = right;

	return hashes_compare(&a->hash, &b->hash);
}

uint64_t hashes_keep_different(struct hashes *hashes)
{
	uint64_t bytes = 0;
	size_t kept = 0;

	if (hashes->count)
		qsort(hashes->all, hashes->count, sizeof *hashes->all, compare_items);
	for (size_t i = 0; i < hashes->count; i++) {
		if (kept && !compare_items(&hashes->all[kept - 1], &hashes->all[i]))
			continue;
		hashes->all[kept++] = hashes->all[i];
		bytes += hashes->all[i].bytes;
	}
	hashes->count = kept;
	return bytes;
}

/* Where most are equal, there is room once one of each is kept. */
static void make_room(struct hashes *hashes)
{
	(void)hashes_keep_different(hashes);
	if (hashes->count < hashes->capacity - hashes->capacity / 2)
		return;
	hashes->capacity = hashes->capacity ? hashes->capacity * 2 : HASHES_FIRST;
	hashes->all = mem_resize(hashes->all, hashes->capacity, sizeof *hashes->all);
}

void hashes_add(struct hashes *hashes, struct hashes_hash hash, uint64_t bytes)
{
	if (hashes->count == hashes->capacity)
		make_room(hashes);
	hashes->all[hashes->count++] = (struct hashes_item){hash, bytes};
}

void hashes_deinit(struct hashes *hashes)
{
	mem_free(hashes->all);
	*hashes = (struct hashes){0};
}
