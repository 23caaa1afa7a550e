/* probe: requests that the real service was asked, and its answers: fixtures/probe has odd and
 * broken ones, fixtures/session those that Immich sends. */
#ifndef RIG_PROBE_H
#define RIG_PROBE_H

#include "base/buf.h"
#include "wire/http1.h"

enum { PROBE_COUNT = 123, PROBE_SESSION_COUNT = 40 }; /* in those folders */

struct probe {
	const char *name; /* "019-clip-visual" */
	struct buf request;
	struct buf response;
};

/* Calls back for each NAME.request in that folder of fixtures/, which also has NAME.response. Fails
 * the running test when there are not as many as there were. */
void probe_each(const char *folder, size_t count, void (*ask)(const struct probe *probe));

/* True when the probe's number is among them. */
bool probe_is_one_of(const struct probe *probe, const char *const *numbers, size_t count);

/* Fails the running test unless `answer`, the bytes of a whole one, has the status, the media type,
 * and the fields Allow and Location of the service's answer, and its body too, whose vectors only
 * need to be as long. */
void probe_expect_same(const struct probe *probe, struct span answer);

/* The same, but of answers with status 200 the bodies are not compared. */
void probe_expect_like(const struct probe *probe, struct span answer);

/* -- what it is made of, for others too ------------------------------------------------------ */

/* The first field of that name, in any case; false when there is none. */
bool probe_head_field(const struct http1_head *head, struct span name, struct span *ret_value);

struct probe_message {
	struct http1 http1;
	struct buf body; /* decoded */
};

/* The first message among the bytes; a `100 Continue` before it is skipped. Fails the running test
 * when it is none. */
void probe_message_read(
	struct probe_message *message, enum http1_kind kind, struct span bytes, const char *name);
void probe_message_deinit(struct probe_message *message);

/* Empty when there is none. */
struct span probe_message_field(const struct probe_message *message, const char *name);

#endif
