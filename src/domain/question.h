/* question: where would a request go? Its entries, and the name of its payload, as JSON
 *     {"entries": {…}, "payload": "image"|"text"}
 * Taken strictly, so that nobody reads the answer to another question: unknown members are refused,
 * and entries judged as POST /predict would judge them.
 */
#ifndef DOMAIN_QUESTION_H
#define DOMAIN_QUESTION_H

#include "base/arena.h"
#include "domain/config.h"
#include "domain/entries.h"
#include "domain/route.h"

struct question {
	struct entries entries;
	enum route_payload payload; /* unknown where it is not named */
};

/* Spans point into the text or the arena. -1 with a fault, whose path is empty when the text is no
 * JSON. Of doubled members the last counts. */
int question_read(const struct config *config, struct span text, struct arena *arena,
	struct question *ret_question, struct config_fault *fault) __attribute__((warn_unused_result));

#endif
