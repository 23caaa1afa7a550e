/* A question is shared by the asking thread and the one that waits for the system; whoever lets go
 * last frees it. Under the lock the answer finds out whether anybody still wants it, so that mail
 * never goes to a loop that is gone.
 *
 *     ask ── thread: getaddrinfo ── lock, loop still set? post ── deliver: done, release both
 *       └─ cancel: lock, loop = NULL, release
 */
#include "io/resolver.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

struct resolver_query {
	struct loop_mail mail;
	pthread_mutex_t lock;
	struct loop *loop; /* NULL: cancelled */
	int holders;
	char host[RESOLVER_HOST_MAX + 1];
	char port[8];
	struct resolver_addresses addresses;
	int failure; /* of getaddrinfo() */
	bool is_starved;
	void (*done)(void *ctx, const struct resolver_addresses *addresses, const struct err *err);
	void *ctx;
};

static int look_up(const char *host, const char *port, int flags, struct resolver_addresses *ret)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
	struct addrinfo *found;
	int failure = getaddrinfo(host, port, &hints, &found);

	if (failure)
		return failure;
	ret->count = 0;
	for (struct addrinfo *a = found; a && ret->count < RESOLVER_ADDRESSES_MAX; a = a->ai_next) {
		struct address *address = &ret->list[ret->count++];

		memcpy(&address->bytes, a->ai_addr, a->ai_addrlen);
		address->n = a->ai_addrlen;
	}
	freeaddrinfo(found);
	return 0;
}

static bool copy_names(struct span host, uint16_t port, char *ret_host, char *ret_port)
{
	if (host.n > RESOLVER_HOST_MAX || memchr(host.p, '\0', host.n))
		return false;
	memcpy(ret_host, host.p, host.n);
	ret_host[host.n] = '\0';
	(void)snprintf(ret_port, 8, "%u", port);
	return true;
}

bool resolver_literal(struct span host, uint16_t port, struct resolver_addresses *ret_addresses)
{
	char host_text[RESOLVER_HOST_MAX + 1];
	char port_text[8];

	return copy_names(host, port, host_text, port_text) &&
		   look_up(host_text, port_text, AI_NUMERICHOST | AI_NUMERICSERV, ret_addresses) == 0;
}

static void release(struct resolver_query *query)
{
	int left;

	pthread_mutex_lock(&query->lock);
	left = --query->holders;
	pthread_mutex_unlock(&query->lock);
	if (left)
		return;
	pthread_mutex_destroy(&query->lock);
	mem_free(query);
}

static void deliver(struct loop_mail *mail)
{
	struct resolver_query *query = LIST_OBJECT(mail, struct resolver_query, mail);
	bool is_wanted = query->loop; /* only this thread takes it away */
	struct err err;

	if (is_wanted && query->is_starved) {
		(void)err_set(&err, ERR_BUSY, "cannot resolve '%s': out of descriptors", query->host);
		query->done(query->ctx, NULL, &err);
	} else if (is_wanted && query->failure) {
		(void)err_set(&err, ERR_UPSTREAM, "cannot resolve '%s': %s", query->host,
			gai_strerror(query->failure));
		query->done(query->ctx, NULL, &err);
	} else if (is_wanted) {
		query->done(query->ctx, &query->addresses, NULL);
	}
	release(query); /* the thread's hold, which went with the mail */
	if (is_wanted)
		release(query);
}

/* True when no descriptor can be had, which getaddrinfo() does not tell from silent servers. */
static bool is_starved(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	if (fd < 0)
		return true;
	(void)close(fd);
	return false;
}

static void *work(void *ctx)
{
	struct resolver_query *query = ctx;
	bool is_wanted;

	query->failure = look_up(query->host, query->port, AI_NUMERICSERV, &query->addresses);
	query->is_starved = query->failure && is_starved();
	pthread_mutex_lock(&query->lock);
	is_wanted = query->loop;
	if (is_wanted)
		loop_post(query->loop, &query->mail);
	pthread_mutex_unlock(&query->lock);
	if (!is_wanted)
		release(query);
	return NULL;
}

struct resolver_query *resolver_ask(struct loop *loop, struct span host, uint16_t port,
	void (*done)(void *ctx, const struct resolver_addresses *addresses, const struct err *err),
	void *ctx)
{
	struct resolver_query *query = mem_new(1, sizeof *query);
	pthread_t thread;
	pthread_attr_t attributes;

	list_init(&query->mail.node);
	query->mail.deliver = deliver;
	pthread_mutex_init(&query->lock, NULL);
	query->loop = loop;
	query->holders = 2;
	query->done = done;
	query->ctx = ctx;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	query->failure = EAI_NONAME;
	if (!copy_names(host, port, query->host, query->port) ||
		pthread_create(&thread, &attributes, work, query))
		loop_post(loop, &query->mail); /* no thread: the failure is the answer */
	pthread_attr_destroy(&attributes);
	return query;
}

void resolver_cancel(struct resolver_query *query)
{
	pthread_mutex_lock(&query->lock);
	query->loop = NULL;
	pthread_mutex_unlock(&query->lock);
	release(query);
}
