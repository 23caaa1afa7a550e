/* answer: what goes back to the client, apart from its framing. */
#ifndef MLMOCK_ANSWER_H
#define MLMOCK_ANSWER_H

#include "base/buf.h"

struct answer {
	int status;
	const char *content_type; /* NULL: none is said */
	struct buf fields;        /* further header lines, with their line ends */
	struct buf body;
};

void answer_init(struct answer *answer);
void answer_deinit(struct answer *answer);

/* The media types the service uses. */
#define ANSWER_JSON "application/json"
#define ANSWER_TEXT "text/plain; charset=utf-8"
#define ANSWER_HTML "text/html; charset=utf-8"

/* Each replaces a body that may have been begun. */
void answer_text(struct answer *answer, int status, const char *content_type, const char *body);
void answer_detail(struct answer *answer, int status, const char *detail);

/* What the service says where its code ends in an exception. */
void answer_crash(struct answer *answer);

#endif
