/* Each kind has a debt, in time: saying something adds a pause to it, and it is paid off as time
 * goes by. One number is all there is to change, so that threads need no lock.
 */
#include "base/limiter.h"

#include <assert.h>
#include <string.h>

void limiter_init(struct limiter *limiter, const struct clock *clock)
{
	*limiter = (struct limiter){.clock = clock};
}

/* True when the place is that kind's, perhaps from now on. */
static bool is_place_of(struct limiter_kind *place, const char *kind)
{
	const char *name = atomic_load(&place->name);

	if (!name && atomic_compare_exchange_strong(&place->name, &name, kind))
		return true;
	return strcmp(name, kind) == 0; /* another thread may have been first */
}

static struct limiter_kind *find_kind(struct limiter *limiter, const char *kind)
{
	size_t i = 0;

	while (i < LIMITER_KINDS_MAX && !is_place_of(&limiter->kinds[i], kind))
		i++;
	assert(i < LIMITER_KINDS_MAX);
	return &limiter->kinds[i];
}

bool limiter_take(struct limiter *limiter, const char *kind, uint64_t *ret_suppressed)
{
	struct limiter_kind *found = find_kind(limiter, kind);
	int64_t now_ns = limiter->clock->now_ns(limiter->clock);
	long long until_ns = atomic_load(&found->spent_until_ns);
	int64_t begin_ns;

	do {
		begin_ns = until_ns > now_ns ? until_ns : now_ns;
		if (begin_ns - now_ns > CLOCK_S(LIMITER_PAUSE_S) * (LIMITER_BURST - 1)) {
			atomic_fetch_add(&found->suppressed, 1);
			return false;
		}
	} while (!atomic_compare_exchange_weak(
		&found->spent_until_ns, &until_ns, begin_ns + CLOCK_S(LIMITER_PAUSE_S)));
	*ret_suppressed = atomic_exchange(&found->suppressed, 0);
	return true;
}
