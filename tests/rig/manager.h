/* manager: a service manager that a process tells of itself ($NOTIFY_SOCKET). */
#ifndef RIG_MANAGER_H
#define RIG_MANAGER_H

#include "io/notify.h"

struct manager {
	int fd;
	char path[108];    /* what $NOTIFY_SOCKET would be: @NAME */
	char message[512]; /* the last one */
};

void manager_init(struct manager *manager);
void manager_deinit(struct manager *manager);

/* Somebody who tells it. */
struct notify *manager_notify(const struct manager *manager, const struct clock *clock);

/* The next message, good until the one after; "" when there is none. */
const char *manager_heard(struct manager *manager);

#endif
