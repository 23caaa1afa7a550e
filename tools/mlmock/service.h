/* service: Immich's machine-learning service as a function from a request to its reply. */
#ifndef MLMOCK_SERVICE_H
#define MLMOCK_SERVICE_H

#include "mlmock/predict.h"

struct service_request {
	struct span method;
	struct span path;         /* still percent-encoded */
	struct span query;        /* with its '?', or empty */
	struct span host;         /* empty when there is none */
	struct span content_type; /* empty when there is none */
	struct span body;
};

/* ret_seen is filled in for requests to predict, else left empty. Its spans point into
 * the request's body or the arena. */
void service_answer(const struct predict_setup *setup, const struct service_request *request,
	struct arena *arena, struct predict_seen *ret_seen, struct reply *reply);

#endif
