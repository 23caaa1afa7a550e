/* status: HTTP status codes: their reason phrases, and the one that answers each kind of error. */
#ifndef WIRE_STATUS_H
#define WIRE_STATUS_H

#include "base/err.h"

/* "" for codes without a phrase of their own. 422 is "Unprocessable Content" (RFC 9110). */
const char *status_reason(int status);

int status_of_err(enum err_kind kind);

#endif
