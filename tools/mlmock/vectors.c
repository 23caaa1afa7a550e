#include "mlmock/vectors.h"

#include <assert.h>

#include "base/rng.h"
#include "mlmock/digits.h"

enum {
	ROOT_SHIFT = 8,   /* bits behind the point of the length */
	VALUE_SHIFT = 30, /* of the numbers: more than a float32 keeps of them */
};

uint64_t vectors_seed(struct span model, struct span task, const struct digest *payload)
{
	const struct span parts[] = {
		model,
		{"", 1},
		task,
		{"", 1},
		{(const char *)payload->bytes, sizeof payload->bytes},
	};
	struct digest digest = digest_of(parts, sizeof parts / sizeof *parts);
	uint64_t seed = 0;

	for (size_t i = 0; i < sizeof seed; i++)
		seed = seed << 8 | digest.bytes[i];
	return seed;
}

/* The largest root with root * root <= n. */
static uint64_t square_root(uint64_t n)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= n)
			root |= bit;
	return root;
}

/* The sum of four throws: values near zero are the most frequent, as in real vectors. */
static int64_t draw(struct rng *rng)
{
	uint64_t bits = rng_next(rng);
	int64_t sum = 0;

	for (int i = 0; i < 4; i++, bits >>= 16)
		sum += (int16_t)bits;
	return sum;
}

void vectors_add(struct buf *out, uint64_t seed, unsigned dimensions)
{
	int64_t values[VECTORS_DIMENSIONS_MAX];
	uint64_t squares = 0; /* at most 2^(17 + 17 + 11), so that ROOT_SHIFT fits beside it */
	int64_t root;
	struct rng rng;

	assert(dimensions >= 1 && dimensions <= VECTORS_DIMENSIONS_MAX);
	rng_init(&rng, seed);
	for (unsigned i = 0; i < dimensions; i++) {
		values[i] = draw(&rng);
		squares += (uint64_t)(values[i] * values[i]);
	}
	root = (int64_t)square_root(squares << 2 * ROOT_SHIFT);
	for (unsigned i = 0; i < dimensions; i++) {
		int64_t scaled = values[i] * (INT64_C(1) << (ROOT_SHIFT + VALUE_SHIFT));

		buf_add_text(out, i ? "," : "[");
		digits_add(out, root ? scaled / root : 0, VALUE_SHIFT);
	}
	buf_add_text(out, "]");
}
