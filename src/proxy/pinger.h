/* pinger: asks backends for their ping, `GET BASE/ping`: 200 and `pong`, whole and in time. One a
 * worker, through the worker's upstream as all traffic; what comes out goes into the backend's
 * health, which all workers share.
 *
 *     survey, monitor ─ pinger_ask ─→ a question, shared by all who wait ─→ upstream ⇒ backend
 *                     ←──── over ───────┘ the backend's health knows
 */
#ifndef PROXY_PINGER_H
#define PROXY_PINGER_H

#include "base/list.h"
#include "domain/config.h"

struct pinger;
struct worker;

struct pinger *pinger_new(struct worker *worker) __attribute__((warn_unused_result));

/* What is asked is cancelled; nobody waits any more. Takes NULL. */
void pinger_free(struct pinger *pinger);

/* Somebody who waits for one question; in no list while nobody does. */
struct pinger_wait {
	struct list node;
	void (*over)(void *ctx); /* once, from the loop */
	void *ctx;
};

void pinger_wait_init(struct pinger_wait *wait, void (*over)(void *ctx), void *ctx);

/* Asks config->backends[index], or joins a question to it that runs. */
void pinger_ask(
	struct pinger *pinger, struct config *config, size_t index, struct pinger_wait *wait);

/* Waits no more; the question goes on. Harmless when not waiting. */
void pinger_leave(struct pinger_wait *wait);

#endif
