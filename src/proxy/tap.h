/* tap: what is seen of an exchange while it passes, where somebody records: the client's request
 * and its answer, and each request that was made of it to a backend, with that answer.
 *
 *     exchange ─ tap_request, tap_answer… ─┐
 *     ask ───── tap_call… ─────────────────┤ held: the slices that pass, not their bytes again
 *                                          └─ tap_end ─→ struct record, one for each request
 *                                                          ├─→ records (memory)
 *                                                          └─→ recorder (disk)
 *
 * The records of an exchange go there all at once, the client's first, before its answer's last
 * byte is on its way, so that who has the answer finds them. Where nobody records there is no tap:
 * whoever passes something on tests one pointer.
 */
#ifndef PROXY_TAP_H
#define PROXY_TAP_H

#include "base/chunk.h"
#include "io/httpd.h"

struct ask_request;
struct exchange;
struct shared;
struct tap;
struct tap_call;

/* What is held of exchanges that are under way. One that comes to hold more is not recorded, which
 * is counted. */
enum {
	TAP_EXCHANGE_BYTES_MAX = 67108864, /* of one */
	TAP_CALLS_MAX = 1000,              /* requests to backends of one */
	TAP_BYTES_MAX = 268435456,         /* of all */
};

/* NULL: nobody records. The exchange has just begun. */
struct tap *tap_open(struct exchange *exchange) __attribute__((warn_unused_result));

/* How an exchange has ended. */
enum tap_end {
	TAP_WHOLE,   /* with the answer's last byte */
	TAP_ABORTED, /* we have broken the answer off */
	TAP_LEFT,    /* the client has */
};

/* Takes NULL. */
void tap_close(struct tap *tap);

/* Bytes of the request's body, decoded. */
void tap_request(struct tap *tap, struct slice bytes);

/* The answer begins; its fields are as httpd_begin() gets them. */
void tap_answer(struct tap *tap, const struct httpd_answer *answer);

/* Bytes of its body that are handed over next. With the last ones of a body whose length was told
 * the exchange has ended. */
void tap_answer_bytes(struct tap *tap, struct slice bytes);

/* Both in one; the bytes are copied. */
void tap_answer_whole(struct tap *tap, const struct httpd_answer *answer, struct span body);

/* There will be no more of it. Hands the records over, unless they were. */
void tap_end(struct tap *tap, enum tap_end end);

/* -- a request to a backend ------------------------------------------------------------------ */

/* It begins, with that target and these lines; request->entries are still there. Lives as long as
 * the exchange. NULL: it is not recorded any more. */
struct tap_call *tap_call(struct tap *tap, const struct ask_request *request, struct span target,
	struct span fields) __attribute__((warn_unused_result));

/* What comes of it. */
void tap_call_head(struct tap_call *call, const struct http1_head *head);
void tap_call_bytes(struct tap_call *call, struct slice bytes);

/* The answer has come to its end, whatever it is worth. */
void tap_call_end(struct tap_call *call);

#endif
