/* ask: one request of an exchange to one backend, and its answer: what a group makes until one of
 * its backends answers.
 *
 *     ask_start ─→ view of the body ─→ upstream ─→ answer, withheld ─→ changed
 */
#ifndef PROXY_ASK_H
#define PROXY_ASK_H

#include "proxy/answer.h"
#include "proxy/body.h"
#include "proxy/exchange.h"

struct group_try;
struct tap_call;

enum ask_state {
	ASK_IDLE, /* not begun, or cancelled */
	ASK_RUNNING,
	ASK_ANSWERED, /* the answer is whole */
	ASK_FAILED,   /* err says why, but not of whom */
};

struct ask {
	enum ask_state state;
	struct body_view view;
	struct answer answer;
	struct err err;
	/* The answer's head is there, more of its body has come, or it has come to its end. The last
	 * thing that is done, so that another request may be begun in the same place. */
	void (*changed)(struct ask *ask);
	void *ctx;
	struct upstream_call *call; /* while it runs */
	struct upstream_use use;    /* when it has ended */
	struct tap_call *tap;       /* what it is recorded by; NULL: nobody does */
};

/* What is replaced of the body is taken over from `entries`; see body_view_open(). */
struct ask_request {
	struct exchange *exchange;
	const struct config_backend *backend;
	struct body *body;
	uint64_t cut_begin;
	uint64_t cut_end;
	struct buf entries;
	enum answer_check check;
	const struct group_try *try; /* what is known of it, for who records it */
	void (*changed)(struct ask *ask);
	void *ctx;
};

/* Asks the backend for `predict` under its own URL, with the query and the fields of the exchange's
 * request, those that the backend's configuration replaces excepted. */
void ask_start(struct ask *ask, const struct ask_request *request);

/* There is more of the body to send, or it cannot be read back. */
void ask_more(struct ask *ask);

/* Lets go of everything; a running request is cancelled. */
void ask_stop(struct ask *ask);

#endif
