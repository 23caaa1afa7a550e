#include "rig/manager.h"

#include <check.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* On a name that the system picks, in the abstract name space. */
void manager_init(struct manager *manager)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t n = sizeof address;

	manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(manager->fd, 0);
	ck_assert_int_eq(bind(manager->fd, (struct sockaddr *)&address, sizeof address.sun_family), 0);
	ck_assert_int_eq(getsockname(manager->fd, (struct sockaddr *)&address, &n), 0);
	(void)snprintf(manager->path, sizeof manager->path, "@%s", address.sun_path + 1);
}

void manager_deinit(struct manager *manager)
{
	(void)close(manager->fd);
}

struct notify *manager_notify(const struct manager *manager, const struct clock *clock)
{
	struct notify *notify;
	struct err err = {0};

	ck_assert_msg(notify_open(manager->path, clock, &notify, &err) == 0, "%s", err.text);
	ck_assert_ptr_nonnull(notify);
	return notify;
}

const char *manager_heard(struct manager *manager)
{
	ssize_t n = recv(manager->fd, manager->message, sizeof manager->message - 1, 0);

	manager->message[n < 0 ? 0 : n] = '\0';
	return manager->message;
}
