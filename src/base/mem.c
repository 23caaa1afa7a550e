#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static void *or_abort(void *p)
{
	if (!p) {
		(void)fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

void *mem_new(size_t n, size_t size)
{
	return or_abort(calloc(n ? n : 1, size));
}

void *mem_resize(void *p, size_t n, size_t size)
{
	return or_abort(reallocarray(p, n ? n : 1, size));
}

void mem_free(void *p)
{
	free(p);
}

void mem_free_indirect(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}
