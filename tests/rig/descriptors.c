#include "rig/descriptors.h"

#include <check.h>
#include <fcntl.h>
#include <unistd.h>

/* The limit is a number that no descriptor reaches; a new one gets the smallest that is free. */
static int number_after(size_t count)
{
	int fd = 0;

	for (;; fd++)
		if (fcntl(fd, F_GETFD) < 0 && count-- == 0)
			return fd;
}

bool descriptors_leave(struct descriptors *descriptors, size_t count)
{
	struct rlimit limit;
	int fd;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &descriptors->before), 0);
	limit = descriptors->before;
	limit.rlim_cur = (rlim_t)number_after(0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	fd = fcntl(0, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0) {
		(void)close(fd);
		descriptors_restore(descriptors);
		return false;
	}
	limit.rlim_cur = (rlim_t)number_after(count);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return true;
}

void descriptors_restore(struct descriptors *descriptors)
{
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &descriptors->before), 0);
}
