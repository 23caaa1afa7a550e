/* places: where backends are, made up: names that resolve to what a test says, and ports at which a
 * connection never comes about. */
#ifndef RIG_PLACES_H
#define RIG_PLACES_H

#include "rig/rig.h"

/* A socket that has a port but does not listen: connecting to it is refused. To be closed. */
int places_bind(uint16_t *ret_port);

/* A listening socket whose queue is full: connecting to it hangs. */
struct hole {
	int fds[4]; /* it, and who fills the queue */
	uint16_t port;
};

void hole_open(struct hole *hole);
void hole_close(struct hole *hole);

/* What the first worker knows of the place of the configuration's backend. */
struct upstream_host *places_host(struct rig *rig, size_t backend);

/* From now on, for a few seconds of the clock, the name in the URL of the configuration's backend
 * has these addresses, for every worker: 127.0.0.1 at each of the ports. */
void places_resolve(struct rig *rig, size_t backend, const uint16_t *ports, size_t count);

/* A UNIX socket in a folder of its own. */
struct unix_place {
	struct rig_backend *backend;
	int fd;
	struct watch watch;
	char folder[32];
	char path[48];
};

/* Makes the folder, and so the path; nobody listens there yet. */
void unix_place_init(struct unix_place *place);

/* The backend listens there, too. */
void unix_place_listen(struct unix_place *place, struct rig_backend *backend);
void unix_place_deinit(struct unix_place *place);

#endif
