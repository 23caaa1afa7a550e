/* fuzz: what each fuzz target defines, and how it says that its oracle is violated. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Holds with NDEBUG too, unlike assert(). */
static inline void must(bool condition)
{
	if (!condition)
		abort();
}

#endif
