/* answer: what one backend answered, withheld until it is known to be an answer.
 *
 * A backend's answer is checked while it arrives, so that one that breaks off, redirects or is no
 * JSON object is a failure like a broken connection and never reaches the client.
 */
#ifndef PROXY_ANSWER_H
#define PROXY_ANSWER_H

#include "base/buf.h"
#include "base/chain.h"
#include "base/err.h"
#include "wire/http1.h"
#include "wire/json.h"

enum answer_check {
	ANSWER_ANY,          /* whatever it is */
	ANSWER_OBJECT,       /* a 2xx must be a JSON object, unless it is content-coded */
	ANSWER_PLAIN_OBJECT, /* a 2xx must be a JSON object without content coding: for a merge */
};

struct answer {
	int status; /* 0: no head yet */
	struct span reason;
	struct buf fields; /* lines that may be passed on */
	uint64_t length;   /* as announced, or SOURCE_LENGTH_UNKNOWN */
	struct chain body;
	/* private */
	enum answer_check check;
	bool is_checked; /* the body is fed to json */
	struct json_check json;
};

/* `pool` as in chain_init(); its head is kept in the arena, which outlives it. */
void answer_init(
	struct answer *answer, enum answer_check check, struct chunk_pool *pool, struct arena *arena);
void answer_deinit(struct answer *answer);

/* All are -1 (ERR_UPSTREAM) when it is no answer after all. */
int answer_head(struct answer *answer, const struct http1_head *head, struct err *err)
	__attribute__((warn_unused_result));
int answer_bytes(struct answer *answer, struct slice bytes, struct err *err)
	__attribute__((warn_unused_result));
int answer_end(struct answer *answer, struct err *err) __attribute__((warn_unused_result));

/* A 2xx. */
bool answer_is_success(const struct answer *answer);

/* Moves the body to the end of out, in one piece. */
void answer_take_text(struct answer *answer, struct buf *out);

#endif
