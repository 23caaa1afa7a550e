/* sender: sends what a capture has to another place and collects the answers, many at a time, with
 * libcurl on the loop.
 *
 *     sender_send(entry) ─→ head as captured, body as it lies on disk ─→ answer ─→ done()
 *
 * The head is the captured one but for what is each sender's own (Host, Content-Length, what is
 * hop-by-hop) and what was taken out of it. The body goes from the capture to the socket in pieces,
 * again from the beginning when a connection that rested turns out to be closed.
 */
#ifndef MLREPLAY_SENDER_H
#define MLREPLAY_SENDER_H

#include "io/capture_reader.h"
#include "io/loop.h"
#include "mlreplay/trust.h"
#include "wire/url.h"

struct sender;
struct sending;

struct sender_setup {
	struct url target;
	size_t connections; /* that are kept between requests */
	int64_t timeout_ns; /* from the request to the answer's end */
	struct trust trust; /* of https */
};

/* What came of it; valid during the call. */
struct sender_answer {
	int status;        /* 0: none, or none that was whole */
	struct span body;  /* content codings undone */
	const char *error; /* why there is no status; NULL */
	bool has_begun;    /* there is no status, but somebody began to answer */
	bool is_broken;    /* it is the capture: the request's body is not what it was */
};

/* The setup's spans and texts outlive it. */
struct sender *sender_new(struct loop *loop, const struct sender_setup *setup)
	__attribute__((warn_unused_result));
void sender_free(struct sender *sender); /* when nothing is under way; takes NULL */

/* What is to be sent. All of it outlives the sending. */
struct sender_order {
	const struct capture_reader *reader;
	const struct har_entry *entry;                               /* that head_check() has passed */
	void (*done)(void *ctx, const struct sender_answer *answer); /* once, from the loop; may send */
	void *ctx;
};

/* Asks, at the entry's path below the target. -1 (ERR_INVALID) when its body cannot be had: the
 * capture is broken. */
int sender_send(struct sender *sender, const struct sender_order *order,
	struct sending **ret_sending, struct err *err) __attribute__((warn_unused_result));

/* Connects, and sends nothing: to know whether anybody is there. The answer's status is 0 in any
 * case. */
struct sending *sender_knock(
	struct sender *sender, void (*done)(void *ctx, const struct sender_answer *answer), void *ctx)
	__attribute__((warn_unused_result));

/* Before it is done; then it never will be. */
void sender_cancel(struct sending *sending);

#endif
