/* texts: the lines of text of an answer, read from either shape the service gives them:
 *
 *     {"text":[…N],"box":[…8N],"boxScore":[…N],"textScore":[…N]}
 *     {"boxes":[[[x,y],[x,y],[x,y],[x,y]], …],"scores":[…]}          detection alone
 */
#ifndef DOMAIN_TEXTS_H
#define DOMAIN_TEXTS_H

#include "base/arena.h"
#include "base/err.h"
#include "domain/box.h"

enum { TEXTS_MAX = 1024, TEXTS_BYTES_MAX = 16384 };

struct texts_text {
	struct box box;
	struct span text; /* decoded; empty for detection alone */
	double box_score;
	double text_score; /* NAN for detection alone */
};

struct texts {
	struct texts_text *all;
	size_t count;
	bool is_detection; /* alone */
	struct span rest;  /* an object of the members that nothing is known of */
};

/* The value has passed json_check; spans point into it or the arena. -1 with what is wrong and
 * where, ERR_INVALID, or ERR_TOO_LARGE for more than TEXTS_MAX or TEXTS_BYTES_MAX of one. */
int texts_read(struct span value, struct arena *arena, struct texts *ret_texts, struct err *err)
	__attribute__((warn_unused_result));

#endif
