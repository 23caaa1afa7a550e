/* rng: random numbers for ids and jitter; not for secrets that must hold against an attacker. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state[2];
};

/* A given seed gives a given sequence. */
void rng_init(struct rng *rng, uint64_t seed);
void rng_init_random(struct rng *rng); /* from getrandom() */
uint64_t rng_next(struct rng *rng);

#endif
