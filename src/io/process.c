#include "io/process.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

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

void process_share_heap(void)
{
	(void)mallopt(M_ARENA_MAX, 1); /* NOLINT(concurrency-mt-unsafe): there is one thread yet */
}
