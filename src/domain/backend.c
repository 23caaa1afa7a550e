#include "domain/backend.h"

#include <assert.h>

#include "base/mem.h"

enum { LABEL_MAX = 64 }; /* bytes */

struct backends {
	pthread_mutex_t lock; /* of the lists and of every count of references */
	struct list list;
	struct names names;
};

struct backends *backends_new(void)
{
	struct backends *backends = mem_new(1, sizeof *backends);

	pthread_mutex_init(&backends->lock, NULL);
	list_init(&backends->list);
	names_init(&backends->names);
	return backends;
}

void backends_free(struct backends *backends)
{
	if (!backends)
		return;
	assert(list_is_empty(&backends->list));
	pthread_mutex_destroy(&backends->lock);
	names_deinit(&backends->names);
	mem_free(backends);
}

struct span backends_name(struct backends *backends, unsigned number)
{
	struct span name;

	pthread_mutex_lock(&backends->lock);
	assert(number < backends->names.count);
	name = backends->names.list[number];
	pthread_mutex_unlock(&backends->lock);
	return name;
}

/* -- references ------------------------------------------------------------------------------ */

static struct backend *find(const struct backends *backends, struct span name, struct span url)
{
	LIST_EACH(node, &backends->list) {
		struct backend *backend = LIST_OBJECT(node, struct backend, node);

		if (span_equal(backend->name, name) && span_equal(backend->url, url))
			return backend;
	}
	return NULL;
}

static struct backend *backend_new(struct backends *registry, struct span name, struct span url)
{
	struct backend *backend = mem_new(1, sizeof *backend);

	arena_init(&backend->texts);
	backend->name = arena_dup(&backend->texts, name);
	backend->url = arena_dup(&backend->texts, url);
	backend->number = names_number(&registry->names, name);
	backend->registry = registry;
	pthread_mutex_init(&backend->lock, NULL);
	list_append(&registry->list, &backend->node);
	return backend;
}

static void backend_free(struct backend *backend)
{
	list_unlink(&backend->node);
	pthread_mutex_destroy(&backend->lock);
	arena_deinit(&backend->texts);
	mem_free(backend);
}

struct backend *backend_take(struct backends *backends, struct span name, struct span url)
{
	struct backend *backend;

	pthread_mutex_lock(&backends->lock);
	backend = find(backends, name, url);
	if (!backend)
		backend = backend_new(backends, name, url);
	backend->refs++;
	pthread_mutex_unlock(&backends->lock);
	return backend;
}

void backend_unref(struct backend *backend)
{
	struct backends *registry;

	if (!backend)
		return;
	registry = backend->registry;
	pthread_mutex_lock(&registry->lock);
	if (--backend->refs == 0)
		backend_free(backend);
	pthread_mutex_unlock(&registry->lock);
}

/* -- what goes on ---------------------------------------------------------------------------- */

void backend_begin(struct backend *backend)
{
	atomic_fetch_add_explicit(&backend->in_flight, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&backend->requests, 1, memory_order_relaxed);
}

void backend_end(struct backend *backend)
{
	unsigned before = atomic_fetch_sub_explicit(&backend->in_flight, 1, memory_order_relaxed);

	assert(before > 0);
	(void)before;
}

void backend_note_failover(struct backend *backend)
{
	atomic_fetch_add_explicit(&backend->failovers, 1, memory_order_relaxed);
}

static void count_failure(struct backend *backend)
{
	atomic_fetch_add_explicit(&backend->failures, 1, memory_order_relaxed);
}

static struct health *lock(struct backend *backend)
{
	pthread_mutex_lock(&backend->lock);
	return &backend->health;
}

static bool unlock(struct backend *backend, bool is_change)
{
	atomic_store_explicit(
		&backend->is_perfect, health_is_perfect(&backend->health), memory_order_relaxed);
	if (is_change) {
		atomic_store_explicit(&backend->status, (int)backend->health.status, memory_order_relaxed);
		atomic_fetch_add_explicit(&backend->changes, 1, memory_order_relaxed);
	}
	pthread_mutex_unlock(&backend->lock);
	return is_change;
}

bool backend_note_status(
	struct backend *backend, int status, uint64_t request, bool is_strict, int64_t now_ns)
{
	if (status >= 500)
		count_failure(backend);
	if (health_is_success(status, is_strict) &&
		atomic_load_explicit(&backend->is_perfect, memory_order_relaxed)) {
		atomic_store_explicit(&backend->success_ns, now_ns, memory_order_relaxed);
		return false;
	}
	return unlock(backend, health_note_status(lock(backend), status, request, is_strict, now_ns));
}

bool backend_note_failure(struct backend *backend, const char *why, int64_t now_ns)
{
	count_failure(backend);
	return unlock(backend, health_note_failure(lock(backend), why, now_ns));
}

bool backend_note_ping(struct backend *backend, const char *why, int64_t now_ns)
{
	return unlock(backend, health_note_ping(lock(backend), why, now_ns));
}

enum health_status backend_status(const struct backend *backend)
{
	return (enum health_status)atomic_load_explicit(&backend->status, memory_order_relaxed);
}

struct health backend_health(struct backend *backend)
{
	struct health copy = *lock(backend);
	int64_t success_ns = atomic_load_explicit(&backend->success_ns, memory_order_relaxed);

	(void)unlock(backend, false);
	if (copy.checked_ns < success_ns)
		copy.checked_ns = success_ns;
	return copy;
}

struct span backend_label(struct span name)
{
	struct span label = span_first(name, LABEL_MAX);

	return span_first(label, span_utf8_length(label));
}

void backend_describe(struct span name, const char *what, struct buf *out)
{
	buf_add_format(out, "backend '%.*s': %s", SPAN_ARG(backend_label(name)), what);
}
