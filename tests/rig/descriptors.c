#include "rig/descriptors.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* The limit is a number that no descriptor reaches; a new one gets the smallest that is free. */
static int number_after(size_t count)
{
	int fd = 0;

	for (;; fd++)
		if (fcntl(fd, F_GETFD) < 0 && count-- == 0)
			return fd;
}

static bool is_valgrind(void)
{
	// NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded && strstr(preloaded, "vgpreload");
}

bool descriptors_leave(struct descriptors *descriptors, size_t count)
{
	struct rlimit limit;

	if (is_valgrind())
		return false;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &descriptors->before), 0);
	limit = descriptors->before;
	limit.rlim_cur = (rlim_t)number_after(count);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return true;
}

void descriptors_restore(struct descriptors *descriptors)
{
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &descriptors->before), 0);
}
