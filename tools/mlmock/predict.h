/* predict: POST /predict, from the body to the answer, by the service's rules. */
#ifndef MLMOCK_PREDICT_H
#define MLMOCK_PREDICT_H

#include "mlmock/digest.h"
#include "mlmock/form.h"
#include "mlmock/perturb.h"
#include "mlmock/reply.h"

struct recording; /* mlmock/recording.h */

struct predict_setup {
	bool decodes;                   /* pictures as a whole; else only their size is read */
	const struct span *unavailable; /* models that do not load, normalised */
	size_t unavailable_count;
	const struct perturb *perturb; /* what good answers are not quite; NULL: they are */
	struct recording *recording;   /* has the answers; NULL: they are made up */
};

/* What came, as far as it could be read. */
struct predict_seen {
	struct form form;
	bool has_payload; /* an image, or else a text */
	struct digest payload;
};

/* content_type is the request's, empty when there is none. Spans in ret_seen point into the body or
 * the arena. -1 (ERR_SYNTAX, with the service's detail) when it is no form. */
int predict_look(struct span content_type, struct span body, struct arena *arena,
	struct predict_seen *ret_seen, struct err *err);

/* The same, and the answer. */
void predict(const struct predict_setup *setup, struct span content_type, struct span body,
	struct arena *arena, struct predict_seen *ret_seen, struct reply *reply);

#endif
