/* record: one request and its answer in memory, as they were seen. It is shared by those who list
 * it and those who write it to disk, and does not change, but for being settled once: then its
 * parts are found and hashed, and what another record has too is held only once.
 */
#ifndef IO_RECORD_H
#define IO_RECORD_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/chain.h"
#include "io/parts.h"
#include "wire/har.h"

struct record {
	struct arena arena; /* has what entry points to */
	/* Its pieces and parts are there when it is settled. Never with the value of a field that is a
	 * credential. */
	struct har_entry entry;
	struct span boundary; /* of a multipart body; empty: none */
	struct chain request; /* the body's bytes; empty once settled */
	struct chain answer;
	/* private */
	atomic_uint refs;
	pthread_mutex_t lock;
	atomic_bool is_settled;
	struct part **shared; /* one for each piece that is a blob, in their order */
	size_t shared_count;
};

/* With one reference and nothing in it; chains without a pool. */
struct record *record_new(void) __attribute__((warn_unused_result));
struct record *record_ref(struct record *record);
void record_unref(struct record *record); /* takes NULL */

/* By any thread, as often as one likes: the first one does it. */
void record_settle(struct record *record, struct parts *parts);

/* What it holds alone, without what it shares with others through `parts`; before it is settled,
 * all of it. */
uint64_t record_bytes(const struct record *record);

/* The slices of the body's piece i, which is a blob of a settled record. */
const struct part *record_part(const struct record *record, size_t i);

#endif
