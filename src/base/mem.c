#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHED_MAX = 1032 }; /* bytes */

static void *or_abort(void *p)
{
	if (!p) {
		(void)fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

/* What malloc() and realloc() give out glibc first looks for among blocks of up to CACHED_MAX bytes
 * that the thread itself has freed; calloc() goes to the heap at once and takes its lock, which is
 * the same for all threads, but need not write zeros over new pages. */
void *mem_new(size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes) || bytes > CACHED_MAX)
		return or_abort(calloc(n, size));
	return memset(mem_resize(NULL, bytes, 1), 0, bytes);
}

void *mem_resize(void *p, size_t n, size_t size)
{
	return or_abort(reallocarray(p, n ? n : 1, size));
}

void mem_free(void *p)
{
	free(p);
}

bool mem_reuses(void)
{
	return MLP_REUSE;
}

void mem_free_indirect(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}
