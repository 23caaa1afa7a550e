#include "io/notify.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

enum { NS_PER_US = 1000, BEATS_A_PERIOD = 2 };

struct notify {
	int fd;
	const struct clock *clock;
};

static const char *const states[] = {
	[NOTIFY_READY] = "READY=1",
	[NOTIFY_RELOADING] = "RELOADING=1",
	[NOTIFY_STOPPING] = "STOPPING=1",
	[NOTIFY_ALIVE] = "WATCHDOG=1",
};

static int read_path(
	struct span path, struct sockaddr_un *address, socklen_t *ret_n, struct err *err)
{
	if (path.p[0] != '/' && path.p[0] != '@')
		return err_set(err, ERR_INVALID, "NOTIFY_SOCKET: found \"%.*s\", wanted /PATH or @NAME",
			SPAN_ARG(path));
	if (path.n >= sizeof address->sun_path)
		return err_set(
			err, ERR_INVALID, "NOTIFY_SOCKET: longer than %zu bytes", sizeof address->sun_path - 1);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, path.p, path.n);
	if (path.p[0] == '@')
		address->sun_path[0] = '\0';
	*ret_n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.n);
	return 0;
}

/* The manager keeps its socket when it is started again, so that one can stay connected. */
static int open_socket(const struct sockaddr_un *address, socklen_t n, int *ret_fd, struct err *err)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)address, n)) {
		(void)err_set(err, ERR_INVALID, "NOTIFY_SOCKET: %s", strerrordesc_np(errno));
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

int notify_open(
	const char *path, const struct clock *clock, struct notify **ret_notify, struct err *err)
{
	struct sockaddr_un address;
	socklen_t n;
	int fd;

	*ret_notify = NULL;
	if (!path || !*path)
		return 0;
	if (read_path(span_of(path), &address, &n, err) < 0 || open_socket(&address, n, &fd, err) < 0)
		return -1;
	*ret_notify = mem_new(1, sizeof **ret_notify);
	**ret_notify = (struct notify){fd, clock};
	return 0;
}

void notify_close(struct notify *notify)
{
	if (!notify)
		return;
	(void)close(notify->fd);
	mem_free(notify);
}

/* A line end in it would begin another variable. */
static void add_status(struct buf *message, const char *status)
{
	buf_add_text(message, "\nSTATUS=");
	for (; *status; status++)
		buf_add(message, *status == '\n' ? SPAN_LITERAL(" ") : (struct span){status, 1});
}

void notify_tell(const struct notify *notify, enum notify_state state, const char *status)
{
	BUF_AUTO struct buf message = {0};

	if (!notify)
		return;
	buf_add_text(&message, states[state]);
	if (state == NOTIFY_RELOADING) /* which tells this reload from one before */
		buf_add_format(&message, "\nMONOTONIC_USEC=%lld",
			(long long)(notify->clock->now_ns(notify->clock) / NS_PER_US));
	if (status)
		add_status(&message, status);
	(void)send(notify->fd, message.bytes, message.n, MSG_NOSIGNAL);
}

int64_t notify_watchdog_ns(const char *watchdog_usec, const char *watchdog_pid, int64_t own_pid)
{
	uint64_t period_us = 0;
	uint64_t pid = 0;

	if (!watchdog_usec ||
		!span_to_number(span_of(watchdog_usec), INT64_MAX / NS_PER_US, &period_us))
		return 0;
	if (watchdog_pid &&
		(!span_to_number(span_of(watchdog_pid), INT64_MAX, &pid) || (int64_t)pid != own_pid))
		return 0;
	return (int64_t)period_us * NS_PER_US / BEATS_A_PERIOD;
}
