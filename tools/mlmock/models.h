/* models: the models that the service knows, and what each of them makes. */
#ifndef MLMOCK_MODELS_H
#define MLMOCK_MODELS_H

#include "base/buf.h"
#include "base/span.h"

enum models_kind { MODELS_OPENCLIP, MODELS_MCLIP, MODELS_INSIGHTFACE, MODELS_PADDLE, MODELS_KINDS };

struct models_model {
	const char *name; /* normalised */
	enum models_kind kind;
	unsigned dimensions; /* of its vectors; 0 for models that make none */
};

/* Adds the name as the service keeps it: what follows the last '/', with '_' for ':' and '\' and
 * without dots. */
void models_normalise(struct span name, struct buf *out);

/* The model of that normalised name; NULL when the service knows none. */
const struct models_model *models_find(struct span name);

#endif
