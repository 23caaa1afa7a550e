/* show_part: bytes of an exchange as they were: a part of the request's form, all of its body, or
 * the answer's. */
#ifndef MLREPLAY_SHOW_PART_H
#define MLREPLAY_SHOW_PART_H

#include <stdio.h>

#include "mlreplay/walk.h"

enum show_part_kind { SHOW_PART_NONE, SHOW_PART_FORM, SHOW_PART_BODY, SHOW_PART_ANSWER };

struct show_part {
	enum show_part_kind kind;
	uint64_t index; /* of a part of the form */
};

/* "0", …, "body", "answer". False, with nothing set, for anything else. */
bool show_part_read(struct span text, struct show_part *ret_part);

/* Whether all was written `out` knows itself. */
enum command_end show_part_copy(
	const struct show_part *part, struct walk *walk, FILE *out, struct err *err);

#endif
