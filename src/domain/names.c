#include "domain/names.h"

static unsigned add(struct names *names, struct span name)
{
	if (names->count == NAMES_MAX || name.n > NAMES_BYTES_MAX - names->bytes)
		return NAMES_OTHER;
	names->bytes += name.n;
	names->list[names->count] = arena_dup(&names->arena, name);
	return (unsigned)names->count++;
}

void names_init(struct names *names)
{
	*names = (struct names){0};
	arena_init(&names->arena);
	(void)add(names, SPAN_LITERAL("none"));
	(void)add(names, SPAN_LITERAL("other"));
}

void names_deinit(struct names *names)
{
	arena_deinit(&names->arena);
}

unsigned names_number(struct names *names, struct span name)
{
	for (size_t i = 0; i < names->count; i++)
		if (span_equal(names->list[i], name))
			return (unsigned)i;
	return add(names, name);
}
