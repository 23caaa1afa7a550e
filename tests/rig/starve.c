#include "rig/starve.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/span.h"

enum { HANG_S = 10, STACK_MAX = 64, STACKS = 65536, SAME_MAX = 8 };

/* The linker's names: __wrap_f() is called for f(), which is __real_f(). */
void *real_calloc(size_t n, size_t size) __asm__("__real_calloc");
void *real_reallocarray(void *p, size_t n, size_t size) __asm__("__real_reallocarray");
void *wrap_calloc(size_t n, size_t size) __asm__("__wrap_calloc");
void *wrap_reallocarray(void *p, size_t n, size_t size) __asm__("__wrap_reallocarray");

/* An allocation has no context that it could be handed in. */
static struct starve {
	pid_t process; /* whose allocations are meant: not those of its children; 0: nobody's */
	uint64_t only; /* 0: all */
	atomic_ulong count;
	atomic_ulong starved;
	atomic_ulong failed;
	atomic_uint met[STACKS]; /* how often each stack was, by its hash */
} starve;

void starve_begin(void)
{
	static const struct rlimit no_core = {0, 0};
	const char *wanted = getenv("RIG_STARVE");
	uint64_t number = 0;

	if (!wanted)
		return;
	if (strcmp(wanted, "all") != 0 && !span_to_number(span_of(wanted), UINT64_MAX, &number)) {
		(void)fprintf(stderr, "RIG_STARVE is neither 'all' nor a number: %s\n", wanted);
		exit(EXIT_FAILURE);
	}
	(void)setrlimit(RLIMIT_CORE, &no_core);
	starve.only = number;
	starve.count = 0;
	starve.starved = 0;
	starve.process = getpid();
}

bool starve_end(void)
{
	unsigned long failed = atomic_load(&starve.failed);

	if (!starve.process)
		return true;
	starve.process = 0;
	printf("%lu allocations failed in turn, of %lu, %lu of them not as they must\n",
		atomic_load(&starve.starved), atomic_load(&starve.count), failed);
	return !failed;
}

unsigned long starve_count(void)
{
	return atomic_load(&starve.count);
}

/* -- one allocation -------------------------------------------------------------------------- */

/* What is said until the other end is closed, as far as it fits. */
static size_t read_all(int fd, char *to, size_t n)
{
	size_t got = 0;
	ssize_t more;

	while ((more = read(fd, to + got, n - got)) > 0 || (more < 0 && errno == EINTR))
		got += more > 0 ? (size_t)more : 0;
	return got;
}

static void check(pid_t child, int fd, unsigned long number)
{
	static const char wanted[] = "out of memory\n";
	char said[256];
	size_t n = read_all(fd, said, sizeof said);
	int status;

	(void)close(fd);
	if (waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
		n == strlen(wanted) && memcmp(said, wanted, n) == 0)
		return;
	atomic_fetch_add(&starve.failed, 1);
	printf("allocation %lu: ended with %s %d and said \"%.*s\"\n", number,
		WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), (int)n, said);
}

static void fail(void)
{
	perror("cannot starve");
	exit(EXIT_FAILURE);
}

/* True in the child, whose allocation this is to fail. */
static bool fork_starving(unsigned long number)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC)) {
		if (errno == EMFILE) /* as the test wants it */
			return false;
		fail();
	}
	child = fork();
	if (child < 0)
		fail();
	if (!child) {
		(void)dup2(ends[1], STDERR_FILENO);
		(void)signal(SIGALRM, SIG_DFL); /* Check's own ends the whole process group */
		(void)alarm(HANG_S);
		return true;
	}
	(void)close(ends[1]);
	atomic_fetch_add(&starve.starved, 1);
	check(child, ends[0], number);
	return false;
}

/* Whoever asks again by way of the same calls, as loops do, would find what was found. */
static bool is_enough(void)
{
	void *stack[STACK_MAX];
	int n = backtrace(stack, STACK_MAX);
	uint64_t hash = 0;

	for (int i = 0; i < n; i++)
		hash = (hash ^ (uintptr_t)stack[i]) * 0x9e3779b97f4a7c15u;
	return atomic_fetch_add(&starve.met[hash >> 48], 1) >= SAME_MAX;
}

static bool is_starved(void)
{
	unsigned long number = atomic_fetch_add(&starve.count, 1) + 1;
	int error = errno;
	bool is_now;

	if (!starve.process || starve.process != getpid())
		return false;
	if (starve.only)
		is_now = number == starve.only;
	else
		is_now = !is_enough() && fork_starving(number);
	errno = is_now ? ENOMEM : error;
	return is_now;
}

void *wrap_calloc(size_t n, size_t size)
{
	return is_starved() ? NULL : real_calloc(n, size);
}

void *wrap_reallocarray(void *p, size_t n, size_t size)
{
	return is_starved() ? NULL : real_reallocarray(p, n, size);
}
