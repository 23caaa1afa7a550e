/* group: one group of a plan: gets it answered by a backend of its pool: asks one, and when that
 * fails the next, with the same bytes; each at most once.
 *
 *     IDLE → ASKING ─ it failed, and there is another ─→ ASKING
 *              ├─ a whole answer ──────────────────────→ ANSWERED
 *              ├─ a large one, not for a merge ────────→ STREAMING → ANSWERED | FAILED
 *              └─ it failed, and there is no other ────→ FAILED
 *
 * A failure is whatever leaves us without an answer: no connection, no time left, an answer that
 * breaks off, redirects, is no JSON object or lacks what was asked for, as far as it was withheld;
 * and 502, 503 and 504, which say that somebody else may know better. Any other status, 500 among
 * them, is an answer. What an answer or its lack says of a backend's health is noted here.
 */
#ifndef PROXY_GROUP_H
#define PROXY_GROUP_H

#include "domain/intake.h"
#include "proxy/ask.h"

enum group_state {
	GROUP_IDLE,
	GROUP_ASKING,
	GROUP_STREAMING, /* ask has an answer's head and more and more of its body: take it off */
	GROUP_ANSWERED,  /* ask has the answer, which may be a 502, 503 or 504 when there is no other */
	GROUP_FAILED,    /* see group_describe() */
};

struct group;

struct group_try {
	const struct config_backend *backend;
	int64_t began_ns;
	int64_t head_ns;         /* an answer's head was there; 0: none */
	int64_t ended_ns;        /* 0: it runs */
	int status;              /* of the answer; 0: none, or it runs */
	struct upstream_use use; /* as at the head, or at the end */
	struct err err;          /* why it was not the last, or what was wrong with the last */
};

/* `changed` is called when another backend is asked, the state has changed, or there is more to
 * stream; the last thing that is done. */
struct group_request {
	struct exchange *exchange;
	struct body *body;
	const struct intake *intake; /* has a plan */
	size_t index;                /* of the group in it */
	void (*changed)(struct group *group);
	void *ctx;
};

struct group {
	enum group_state state;
	struct group_request request;
	struct ask ask;          /* the last try */
	struct buf text;         /* a good answer's body, if there are several to merge */
	struct group_try *tries; /* in order */
	size_t try_count;
	size_t left; /* backends that could still be asked */
	uint64_t tried[CONFIG_BACKENDS_MAX / 64];
	bool lacks_body; /* there were others to ask, but no bytes to ask them with */
};

/* Makes it ready: `left` is then the number of backends that there are. */
void group_init(struct group *group, const struct group_request *request);

/* Asks the first backend; FAILED at once, and without a call, when there is none. */
void group_start(struct group *group);

/* True as long as the body may be needed from its beginning. */
bool group_can_move(const struct group *group);

/* The request's time is over: it is no longer waited for an answer. FAILED, without a call. */
void group_expire(struct group *group);

/* Lets go of everything but what is known of the tries, which lives as long as the exchange; what
 * runs is cancelled. */
void group_stop(struct group *group);

/* Writes what went wrong with whom: "backend 'b1': answered 503; backend 'b2': …". Returns what
 * kind of failure it was in the end. */
enum err_kind group_describe(const struct group *group, struct buf *text);

/* Writes of those that asked more than one whom they tried, in order: names percent-encoded, with
 * ", " between them; of very many the first ones and "..."; "; " between groups. */
void groups_write_tried(const struct group *groups, size_t count, struct buf *text);

#endif
