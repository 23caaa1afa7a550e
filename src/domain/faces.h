/* faces: the faces of an answer, read from either shape the service gives them:
 *
 *     [{"boundingBox":{"x1":…,"y1":…,"x2":…,"y2":…},"embedding":"[…]","score":…}, …]
 *     {"boxes":[[x1,y1,x2,y2], …],"scores":[…],"landmarks":[[[x,y], …], …]}    detection alone
 */
#ifndef DOMAIN_FACES_H
#define DOMAIN_FACES_H

#include "base/arena.h"
#include "base/err.h"
#include "domain/box.h"

enum { FACES_MAX = 1024 };

struct faces_face {
	struct box box;
	double score;
	struct span embedding; /* JSON, as it was; empty for detection alone */
	struct box_point *landmarks;
	size_t landmark_count;
	struct span rest; /* an object of the members that nothing is known of */
};

struct faces {
	struct faces_face *all;
	size_t count;
	bool is_detection; /* alone */
	struct span rest;  /* of detection alone: members that nothing is known of */
};

/* The value has passed json_check; spans point into it or the arena. -1 with what is wrong and
 * where, ERR_INVALID, or ERR_TOO_LARGE for more than FACES_MAX. */
int faces_read(struct span value, struct arena *arena, struct faces *ret_faces, struct err *err)
	__attribute__((warn_unused_result));

#endif
