/* mediatype: header values of the form `value; name=value; name="value"`, as in Content-Type
 * (RFC 9110, section 8.3.1) and Content-Disposition (RFC 7578, section 4.2).
 *
 * What a part is called decides what the service runs, so this reads as the service does, which
 * reads with Python's email.message: a semicolon separates where the number of quotes before it in
 * its parameter is even, quotes behind a backslash not counted; blanks are what Python strips;
 * names are in any case. Where the versions in use read differently, that is told, not guessed.
 */
#ifndef WIRE_MEDIATYPE_H
#define WIRE_MEDIATYPE_H

#include "base/span.h"

struct mediatype_params {
	struct span rest;
};

enum mediatype_found {
	MEDIATYPE_NONE,
	MEDIATYPE_ONE,
	MEDIATYPE_DOUBTFUL, /* named twice, or as `name*` (RFC 2231), or its value is in <> */
};

/* The value before the parameters, without blanks around it. */
struct span mediatype_value(struct span header, struct mediatype_params *ret_params);

/* A parameter that is looked for, and what was found of it. */
struct mediatype_wanted {
	struct span name;
	enum mediatype_found found;
	struct span value; /* empty when there is none; of a doubtful one the last */
};

/* Looks parameters up, all of them at once; each has its name and nothing else. A value is without
 * its enclosing quotes, but has its escapes still in it: it says a text without quotes and
 * backslashes when it equals it, and only then. Without a '=' it is empty. */
void mediatype_find(
	struct mediatype_params params, struct mediatype_wanted *wanted, size_t wanted_count);

#endif
