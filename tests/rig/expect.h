/* expect: waits for whole messages and fails the running test unless they are as wanted. */
#ifndef RIG_EXPECT_H
#define RIG_EXPECT_H

#include "rig/rig.h"

/* Takes the client's next answer. What is returned is its head, up to and including the empty line;
 * valid until the loop turns again. */
struct span expect_answer(struct rig *rig, struct peer *client, int status, struct span body);

/* Takes an answer {"detail":"…"} of ours, in which `says` stands. */
struct span expect_detail(struct rig *rig, struct peer *client, int status, const char *says);

/* Takes an answer {"error":"…"} of the API, in which `says` stands; with that path, or with none
 * where it is NULL. */
struct span expect_error(
	struct rig *rig, struct peer *client, int status, const char *says, const char *path);

/* The index-th whole request (from 0) that the backend has got begins with that line, without its
 * end, and has that body, decoded. Waits for it. Returns the head. */
struct span expect_request(
	struct rig *rig, size_t backend, size_t index, const char *line, struct span body);

/* The backend's first connection ends without a whole request or what looks like the end of one. */
void expect_left(struct rig *rig, size_t backend);

/* True when the line is one of the head's. */
bool expect_has_line(struct span head, const char *line);

/* Lines of the head that begin so, in any case. */
size_t expect_count_lines(struct span head, const char *beginning);

#endif
