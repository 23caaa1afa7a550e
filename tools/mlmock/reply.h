/* reply: what goes back to the client, apart from its framing. */
#ifndef MLMOCK_REPLY_H
#define MLMOCK_REPLY_H

#include "base/buf.h"

/* What becomes of it. The others are for who imitates a server that failed. */
enum reply_end {
	REPLY_SENT,
	REPLY_CUT,   /* the connection ends in its place */
	REPLY_NEVER, /* nothing comes until the client leaves */
};

struct reply {
	enum reply_end end;
	int status;
	const char *content_type; /* NULL: none is said */
	struct buf fields;        /* further header lines, with their line ends */
	struct buf body;
};

void reply_init(struct reply *reply);
void reply_deinit(struct reply *reply);

/* The media types the service uses. */
#define REPLY_JSON "application/json"
#define REPLY_TEXT "text/plain; charset=utf-8"
#define REPLY_HTML "text/html; charset=utf-8"

/* Each replaces a body that may have been begun. */
void reply_text(struct reply *reply, int status, const char *content_type, const char *body);
void reply_detail(struct reply *reply, int status, const char *detail);

/* What the service says where its code ends in an exception. */
void reply_crash(struct reply *reply);

#endif
