#include "io/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/span.h"

static void on_ready(void *ctx, unsigned what)
{
	struct process_signals *signals = ctx;
	struct signalfd_siginfo info;

	(void)what;
	if (read(signals->fd, &info, sizeof info) == (ssize_t)sizeof info)
		signals->told(signals->ctx, (int)info.ssi_signo);
}

int process_watch_signals(struct process_signals *signals, struct loop *loop,
	void (*told)(void *ctx, int signal), void *ctx, struct err *err)
{
	sigset_t set;

	*signals = (struct process_signals){.fd = -1, .told = told, .ctx = ctx};
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	(void)signal(SIGPIPE, SIG_IGN);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) == 0)
		signals->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (signals->fd < 0)
		return err_set(err, ERR_INTERNAL, "cannot watch signals: %s", strerrordesc_np(errno));
	watch_init(&signals->watch, loop, signals->fd, on_ready, signals);
	watch_set(&signals->watch, WATCH_READ);
	return 0;
}

void process_unwatch_signals(struct process_signals *signals)
{
	if (signals->fd < 0)
		return;
	watch_deinit(&signals->watch);
	(void)close(signals->fd);
	signals->fd = -1;
}

uint64_t process_raise_descriptor_limit(void)
{
	struct rlimit limit = {0};

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur;
}

void process_name_machine(char ret_name[PROCESS_MACHINE_MAX])
{
	/* one that did not fit may lack its NUL, and is of no use */
	if (gethostname(ret_name, PROCESS_MACHINE_MAX) || !memchr(ret_name, '\0', PROCESS_MACHINE_MAX))
		ret_name[0] = '\0';
}

/* -- what it uses ---------------------------------------------------------------------------- */

/* /proc/self/statm begins with the size and what of it is resident, in pages. */
static void read_memory(struct process_usage *usage)
{
	char text[128];
	uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
	struct span rest = {text, n > 0 ? (size_t)n : 0};

	if (fd >= 0)
		(void)close(fd);
	if (span_to_number(span_cut(&rest, ' '), UINT64_MAX / page_bytes, &usage->virtual_bytes))
		usage->virtual_bytes *= page_bytes;
	if (span_to_number(span_cut(&rest, ' '), UINT64_MAX / page_bytes, &usage->resident_bytes))
		usage->resident_bytes *= page_bytes;
}

/* As Linux tells since 6.2; before, the directory's size is 0, and its entries must be counted. */
static uint64_t count_descriptors(void)
{
	static const char path[] = "/proc/self/fd";
	struct stat status;
	uint64_t count = 0;
	DIR *folder;

	if (stat(path, &status) == 0 && status.st_size > 0)
		return (uint64_t)status.st_size;
	folder = opendir(path);
	if (!folder)
		return 0;
	for (const struct dirent *entry; (entry = readdir(folder));) /* NOLINT(concurrency-mt-unsafe) */
		count += *entry->d_name != '.';
	(void)closedir(folder);
	return count - 1; /* the folder's own */
}

void process_read_usage(struct process_usage *ret_usage)
{
	struct rlimit limit = {0};
	struct timespec cpu = {0};

	*ret_usage = (struct process_usage){.descriptors = count_descriptors()};
	read_memory(ret_usage);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		ret_usage->descriptors_max = limit.rlim_cur;
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0)
		ret_usage->cpu_ns = (uint64_t)(CLOCK_S(cpu.tv_sec) + cpu.tv_nsec);
}

void process_share_heap(void)
{
	(void)mallopt(M_ARENA_MAX, 1); /* NOLINT(concurrency-mt-unsafe): there is one thread yet */
}
