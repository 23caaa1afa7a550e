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

enum { RECORD_LITERAL_MAX = 4096 }; /* bytes of a piece that is no blob */

struct record {
	struct arena arena; /* has what entry points to */
	/* The body's length, pieces and parts are there when it is settled; of a body that it lacks
	 * there is only what whoever made it says. Never with the value of a field that is a
	 * credential. */
	struct har_entry entry;
	struct span boundary; /* of a multipart body; empty: none */
	struct chain request; /* the body's bytes; empty once settled */
	bool is_whole_form;   /* it is multipart, and all of it was there and could be read: settled */
	struct chain answer;
	/* private */
	atomic_uint refs;
	pthread_mutex_t lock;
	atomic_bool is_settled;
	atomic_ullong bytes; /* as counted before it was settled; 0: not yet */
	struct record *like; /* whose body it has, bytes and boundary; NULL: one of its own */
	struct parts *parts;
	struct part **shared; /* one for each piece; NULL: it is literal */
};

/* With one reference and nothing in it; chains without a pool. */
struct record *record_new(void) __attribute__((warn_unused_result));
struct record *record_ref(struct record *record);
void record_unref(struct record *record); /* takes NULL */

/* Before it is settled, of a record without bytes: its body is the other one's, as that of a
 * request to a backend is the client's. So it is cut but once, and known again without being read.
 */
void record_share_body(struct record *record, struct record *like);

/* By any thread, as often as one likes: the first one does it. Contents of parts of more than
 * RECORD_LITERAL_MAX bytes become blobs, of a body that is no multipart, or a broken one, what is
 * left of it. The parts outlive the record. After digest_load(). */
void record_settle(struct record *record, struct parts *parts);

/* What it holds alone, without what it shares with others through `parts`; before it is settled,
 * all of it. Who has asked before it was given to others never waits until they have settled it. */
uint64_t record_bytes(struct record *record);

/* What the body's piece i has, of a settled record; NULL where that is literal. */
const struct part *record_part(const struct record *record, size_t i);

#endif
