/* ask: one request of an exchange to one backend, and its answer: what predict makes one of for
 * every group of its plan.
 *
 *     ask_start ─→ view of the body ─→ upstream ─→ answer, withheld ─→ finished | grew
 */
#ifndef PROXY_ASK_H
#define PROXY_ASK_H

#include "proxy/answer.h"
#include "proxy/body.h"
#include "proxy/exchange.h"

enum ask_state {
	ASK_IDLE, /* not begun, or cancelled */
	ASK_RUNNING,
	ASK_ANSWERED, /* the answer is whole */
	ASK_FAILED,   /* err says why and names the backend */
};

struct ask {
	enum ask_state state;
	const struct config_backend *backend;
	struct body_view view;
	struct answer answer;
	struct err err;
	/* It has come to its end: answered or failed. */
	void (*finished)(struct ask *ask);
	/* More of the answer has come. */
	void (*grew)(struct ask *ask);
	void *ctx;
	struct upstream_call *call;
};

/* What is replaced of the body is taken over from `entries`; see body_view_open(). */
struct ask_request {
	struct exchange *exchange;
	struct body *body;
	uint64_t cut_begin;
	uint64_t cut_end;
	struct buf entries;
	enum answer_check check;
};

/* Asks the backend for `predict` under its own URL, with the query and the fields of the exchange's
 * request. finished, grew and ctx are set before. */
void ask_start(
	struct ask *ask, const struct config_backend *backend, const struct ask_request *request);

/* Lets go of everything; a running request is cancelled. */
void ask_stop(struct ask *ask);

#endif
