/* tap_record: what a tap holds, and the records that come of it; shared by tap.c, which gathers,
 * and tap_record.c, and nobody else. */
#ifndef PROXY_TAP_RECORD_H
#define PROXY_TAP_RECORD_H

#include "io/record.h"
#include "proxy/group.h"
#include "proxy/tap.h"

/* Of an answer. What it points to lives as long as the exchange. */
struct tap_head {
	int status; /* 0: there is none */
	int version_minor;
	struct span reason;
	struct span lines; /* of its fields */
	uint64_t length;   /* of its body, as told, or SOURCE_LENGTH_UNKNOWN */
};

struct tap_call {
	struct list node;
	struct tap *tap;
	const struct config_backend *backend;
	const struct group_try *try;
	struct span target;
	struct span fields; /* lines */
	uint64_t length;    /* of the body, or SOURCE_LENGTH_UNKNOWN */
	uint64_t cut_begin; /* of the client's body what lies between is replaced by `insert` */
	uint64_t cut_end;
	struct span insert;
	struct tap_head head;
	struct chain answer;
	bool is_whole; /* it has come to its end */
};

struct tap {
	struct exchange *exchange;
	const struct httpd_exchange *http;
	struct chain request;
	struct tap_head head; /* of the answer */
	struct chain answer;
	struct list calls; /* in the order they began */
	size_t call_count;
	uint64_t held;   /* bytes of all chains */
	bool is_sampled; /* it goes to disk, if it is one of those that are wanted there */
	bool is_over;    /* handed over, or given up */
	enum tap_end end;
};

/* The backend gets the client's body as it is. */
bool tap_record_has_clients_body(const struct tap_call *call);

/* What is held goes over to the records. A call's body is made of the client's, so that the
 * client's record is made last; where it is the client's own, it is left to be shared. */
struct record *tap_record_call(struct tap_call *call) __attribute__((warn_unused_result));
struct record *tap_record_client(struct tap *tap) __attribute__((warn_unused_result));

#endif
