/* trust: whose word is taken for who is there, of places that are asked by https. */
#ifndef MLREPLAY_TRUST_H
#define MLREPLAY_TRUST_H

#include <stdbool.h>

#include "base/err.h"

struct trust {
	const char *ca_file; /* of the authorities that may have signed; NULL: those of the system */
	bool is_insecure;    /* anybody's: certificates are not looked at */
};

/* -1 (ERR_INVALID) when there is nothing in the file that one could trust: `--ca-file: FILE: why`.
 */
int trust_check(const struct trust *trust, struct err *err) __attribute__((warn_unused_result));

/* Has a handle of libcurl's, a CURL *, go by it. */
void trust_apply(const struct trust *trust, void *easy);

/* What libcurl says of a session that did not come about, in people's words and with what helps.
 * False, and nothing set, when it is no such thing. */
bool trust_explain(const char *text, struct err *ret_err);

#endif
