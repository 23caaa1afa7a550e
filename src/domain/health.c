#include "domain/health.h"

#include <stdio.h>

#include "base/clock.h"

const char *health_status_text(enum health_status status)
{
	static const char *const texts[] = {
		[HEALTH_UNKNOWN] = "unknown",
		[HEALTH_HEALTHY] = "healthy",
		[HEALTH_UNHEALTHY] = "unhealthy",
	};

	return texts[status];
}

static bool set_status(struct health *health, enum health_status status, int64_t now_ns)
{
	bool is_change = health->status != status;

	health->checked_ns = now_ns;
	if (is_change) {
		health->status = status;
		health->since_ns = now_ns;
	}
	return is_change;
}

static bool set_healthy(struct health *health, int64_t now_ns)
{
	health->failures = 0;
	health->pings_failed = 0;
	health->error[0] = '\0';
	return set_status(health, HEALTH_HEALTHY, now_ns);
}

bool health_note_success(struct health *health, int64_t now_ns)
{
	health->stumbles = 0;
	return set_healthy(health, now_ns);
}

bool health_note_failure(struct health *health, const char *why, int64_t now_ns)
{
	health->failures++;
	(void)snprintf(health->error, sizeof health->error, "%s", why);
	return set_status(health, HEALTH_UNHEALTHY, now_ns);
}

bool health_note_ping(struct health *health, const char *why, int64_t now_ns)
{
	if (!why)
		return set_healthy(health, now_ns);
	health->pings_failed++;
	return health_note_failure(health, why, now_ns);
}

/* True when this one makes it too many. */
static bool add_stumble(struct health *health, uint64_t request)
{
	for (unsigned i = 0; i < health->stumbles; i++)
		if (health->stumbled_over[i] == request)
			return false;
	if (health->stumbles == HEALTH_STUMBLES_MAX - 1)
		return true;
	health->stumbled_over[health->stumbles++] = request;
	health->failures++;
	return false;
}

bool health_is_success(int status, bool is_strict)
{
	return is_strict ? status == 200 : status >= 200 && status < 300;
}

bool health_is_perfect(const struct health *health)
{
	return health->status == HEALTH_HEALTHY && !health->failures && !health->pings_failed &&
		   !health->stumbles;
}

bool health_note_status(
	struct health *health, int status, uint64_t request, bool is_strict, int64_t now_ns)
{
	bool is_success = health_is_success(status, is_strict);
	bool is_failure = is_strict ? !is_success : status >= 502 && status <= 504;
	char why[64];

	if (is_success)
		return health_note_success(health, now_ns);
	if (is_failure) {
		(void)snprintf(why, sizeof why, "answered %d", status);
		return health_note_failure(health, why, now_ns);
	}
	if (status < 500 || !add_stumble(health, request))
		return false;
	(void)snprintf(
		why, sizeof why, "answered %d to %d requests in a row", status, HEALTH_STUMBLES_MAX);
	return health_note_failure(health, why, now_ns);
}

int64_t health_next_ping_ns(const struct health *health, int64_t interval_ns, uint64_t random)
{
	const int64_t cap_ns = CLOCK_S(HEALTH_BACK_OFF_MAX_S);
	int64_t delay_ns = interval_ns;

	if (!health->pings_failed)
		return interval_ns;
	for (unsigned i = 1; i < health->pings_failed && delay_ns < cap_ns; i++)
		delay_ns *= 2;
	if (delay_ns > cap_ns)
		delay_ns = interval_ns > cap_ns ? interval_ns : cap_ns;
	return delay_ns - (int64_t)(random % (uint64_t)(delay_ns / 4 + 1));
}
