#include "proxy/doors.h"

#include <assert.h>

#include "base/mem.h"
#include "io/listener.h"

struct door {
	struct list node;
	struct doors *doors;
	struct listener *listener;
	unsigned number;
	char *host; /* as it was written, to be known again */
	uint16_t port;
};

struct doors {
	struct crew *crew;
	struct list open;
	struct door *admin; /* in force; NULL: none */
	struct door *next;  /* while a change is prepared: in force after it */
	unsigned admins;    /* so far */
	bool is_preparing;
	bool is_closed;
};

static void on_accepted(void *ctx, int fd)
{
	const struct door *door = ctx;

	crew_take(door->doors->crew, fd, door->number);
}

static int door_open(struct doors *doors, const struct host_port *address, unsigned number,
	struct door **ret_door, struct err *err)
{
	struct door *door = mem_new(1, sizeof *door);

	door->doors = doors;
	door->number = number;
	if (listener_open(doors->crew->shared->workers[0]->loop, address, on_accepted, door,
			&door->listener, err) < 0) {
		mem_free(door);
		return -1;
	}
	door->host = span_dup(address->host);
	door->port = address->port;
	list_append(&doors->open, &door->node);
	*ret_door = door;
	return 0;
}

static void door_close(struct door *door)
{
	listener_accept_all(door->listener);
	listener_close(door->listener);
	list_unlink(&door->node);
	mem_free(door->host);
	mem_free(door);
}

static bool is_at(const struct door *door, const struct host_port *address)
{
	return door && span_is(address->host, door->host) && address->port == door->port;
}

static void log_open(const struct door *door)
{
	const struct shared *shared = door->doors->crew->shared;
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, shared->log, LOG_INFO, "listening"))
		return;
	log_text(&line, "address", span_of(listener_text(door->listener)));
	if (door->number != DOORS_MAIN)
		log_text(&line, "for", SPAN_LITERAL("admin"));
	log_number(&line, "workers", shared->worker_count);
	log_end(&line);
}

/* -- its life -------------------------------------------------------------------------------- */

struct doors *doors_new(struct crew *crew)
{
	struct doors *doors = mem_new(1, sizeof *doors);

	doors->crew = crew;
	list_init(&doors->open);
	return doors;
}

void doors_free(struct doors *doors)
{
	if (!doors)
		return;
	doors_close(doors);
	mem_free(doors);
}

int doors_open(struct doors *doors, const struct host_port *address, struct err *err)
{
	struct door *door;

	if (door_open(doors, address, DOORS_MAIN, &door, err) < 0)
		return -1;
	log_open(door);
	return 0;
}

void doors_stop(struct doors *doors)
{
	LIST_EACH(node, &doors->open)
		listener_stop(LIST_OBJECT(node, struct door, node)->listener);
}

void doors_close(struct doors *doors)
{
	LIST_EACH_SAFE(node, &doors->open)
		door_close(LIST_OBJECT(node, struct door, node));
	doors->admin = NULL;
	doors->next = NULL;
	doors->is_closed = true;
}

/* -- access.adminListen ---------------------------------------------------------------------- */

/* What is in the way may be the door itself, where it is now. */
static void tell_own_port(
	const struct doors *doors, const struct host_port *address, struct err *err)
{
	struct err plain = *err;

	if (doors->admin && listener_port(doors->admin->listener) == address->port)
		err_fill(err, plain.kind,
			"%s; it is there already, at another address, until this is done: take another port, "
			"or "
			"change the file and restart",
			plain.text);
}

int doors_prepare(struct doors *doors, const struct config *config, struct err *err)
{
	const struct config_access *access = config ? &config->access : NULL;

	assert(!doors->is_preparing);
	if (doors->is_closed)
		return err_set(err, ERR_BUSY, "mlproxy is stopping");
	if (!access || !access->has_admin_listen)
		doors->next = NULL;
	else if (is_at(doors->admin, &access->admin_listen))
		doors->next = doors->admin;
	else if (door_open(doors, &access->admin_listen, doors->admins + 1, &doors->next, err) < 0) {
		tell_own_port(doors, &access->admin_listen, err);
		return -1;
	} else
		doors->admins++;
	doors->is_preparing = true;
	return 0;
}

void doors_commit(struct doors *doors)
{
	struct door *before = doors->admin;
	struct door *after = TAKE(doors->next);

	doors->is_preparing = false;
	doors->admin = after;
	atomic_store(&doors->crew->shared->admin_door, after ? after->number : DOORS_MAIN);
	if (after == before)
		return;
	if (before)
		door_close(before);
	if (after)
		log_open(after);
}

void doors_abandon(struct doors *doors)
{
	struct door *next = TAKE(doors->next);

	doors->is_preparing = false;
	if (next && next != doors->admin)
		door_close(next);
}
