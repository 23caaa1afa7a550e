#include "base/rng.h"

#include <sys/random.h>
#include <time.h>

/* splitmix64: spreads a seed over the state. */
static uint64_t mix(uint64_t *seed)
{
	uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

void rng_init(struct rng *rng, uint64_t seed)
{
	rng->state[0] = mix(&seed);
	rng->state[1] = mix(&seed);
}

void rng_init_random(struct rng *rng)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
		seed = (uint64_t)time(NULL);
	rng_init(rng, seed);
}

/* xorshift128+ */
uint64_t rng_next(struct rng *rng)
{
	uint64_t a = rng->state[0];
	uint64_t b = rng->state[1];

	rng->state[0] = b;
	a ^= a << 23;
	rng->state[1] = a ^ b ^ (a >> 18) ^ (b >> 5);
	return rng->state[1] + b;
}
