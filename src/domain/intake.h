/* intake: reads a POST /predict body while it streams, until it is clear where each task goes.
 *
 *     body bytes → multipart → entries → route → plan
 *
 * It holds no bytes of the body but the `entries` text (and, of requests from before Immich
 * v1.106, the `modelType` and `modelName` fields). It goes on reading after the plan is known, for
 * a second `entries` part must be refused: the service would run the last one.
 */
#ifndef DOMAIN_INTAKE_H
#define DOMAIN_INTAKE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "domain/config.h"
#include "domain/plan.h"
#include "wire/multipart.h"

enum intake_status {
	INTAKE_MORE,    /* not decided yet: keep the body */
	INTAKE_PLANNED, /* plan is set; stays so */
};

struct intake {
	const struct config *config;
	struct entries entries; /* of a planned request; no tasks for `{}` and for whole bodies */
	bool is_judged;         /* planned by its entries, so that a 2xx answer must be an object */
	struct plan plan;
	uint64_t entries_begin; /* position of the entries' content in the body */
	uint64_t entries_end;
	const char *detail_json; /* of a refusal whose detail the service gives as JSON rather than as
								text: the "detail" to answer with; else NULL */
	/* private */
	struct arena *arena;
	bool is_multipart;
	struct multipart multipart;
	int collecting;        /* the field that is being read */
	struct span field;     /* what has come of it */
	struct buf torn;       /* where that is when it comes in pieces */
	struct span fields[3]; /* complete ones */
	bool has_entries;      /* a part of that name has begun */
	bool has_nameless;
	bool is_waiting; /* for the payload's header */
	enum route_payload payload;
};

/* The configuration is not referenced and outlives the intake. content_type is the request's, empty
 * when it has none. Anything but multipart/form-data (in any case) is planned at once, whole, for
 * the default pool, and so is a charset other than UTF-8, in which the service would read other
 * entries than we. What it has read it keeps in the arena, which outlives it. -1 (ERR_SYNTAX)
 * when it is multipart without a usable boundary, with the service's detail as the text. */
int intake_init(struct intake *intake, const struct config *config, struct span content_type,
	struct arena *arena, struct err *err) __attribute__((warn_unused_result));

/* Also after a failed intake_init(). */
void intake_deinit(struct intake *intake);

/* Reads the next bytes of the body. Returns an enum intake_status, or -1 with what is to be
 * answered, at any time: ERR_SYNTAX and ERR_INVALID texts are the service's details where it has
 * one; ERR_TOO_LARGE names the limit. */
int intake_feed(struct intake *intake, struct span bytes, struct err *err)
	__attribute__((warn_unused_result));

/* True when no more of the body can change what was found: it is planned, and the payload's part
 * has begun. What would still be refused behind that, as a second `entries` part, the backend
 * judges where the rest of the body is not read. */
bool intake_is_settled(const struct intake *intake);

/* The body ends here. INTAKE_PLANNED or -1. */
int intake_end(struct intake *intake, struct err *err) __attribute__((warn_unused_result));

#endif
