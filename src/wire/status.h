/* status: HTTP status codes: their reason phrases, the one that answers each kind of error, and the
 * body that goes with it. */
#ifndef WIRE_STATUS_H
#define WIRE_STATUS_H

#include "base/buf.h"
#include "base/err.h"

/* "" for codes without a phrase of their own. 422 is "Unprocessable Content" (RFC 9110). */
const char *status_reason(int status);

int status_of_err(enum err_kind kind);

/* Writes {"detail":"…"}, the body with which the service, and so we, answer errors. */
void status_write_detail(struct buf *out, struct span text);

/* Writes {"error":"…"}, as our own API answers them; with "path" unless that is empty. */
void status_write_error(struct buf *out, struct span text, struct span path);

#endif
