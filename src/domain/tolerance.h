/* tolerance: how far answers may be apart and still count as the same. */
#ifndef DOMAIN_TOLERANCE_H
#define DOMAIN_TOLERANCE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum { TOLERANCE_BYTES_MAX = 1048576, TOLERANCE_RULES_MAX = 256 };

/* For a number, a string, … at a path, where nothing better is known: the first that fits counts.
 */
enum tolerance_mode {
	TOLERANCE_EXACT,
	TOLERANCE_IGNORE,
	TOLERANCE_TYPE,      /* of the same JSON type */
	TOLERANCE_UNORDERED, /* an array, as a set: its elements written alike, but for order of keys */
	TOLERANCE_NEAR,      /* a number, within atol + rtol * |before| */
	TOLERANCE_MODES,
};

struct tolerance_rule {
	struct span path; /* a pattern of json_path: "quality.score", "tags[*]", "**.version" */
	enum tolerance_mode mode;
	double atol;
	double rtol;
};

struct tolerance {
	double distance_warn; /* cosine */
	double distance_fail;
	double norm_warn; /* relative difference of the lengths of two vectors */
	double iou_pair;  /* less is no pair */
	double iou_warn;
	double score_warn;  /* absolute */
	double face_margin; /* about minScore, within which a lone one is borderline */
	double text_margin;
	double landmark_px;
	struct tolerance_rule *rules;
	size_t rule_count;
};

/* That of the name: "default", "exact", "fp16", "runtime"; NULL when there is none. */
const struct tolerance *tolerance_profile(struct span name);

/* "default, exact, …", for error messages. */
extern const char tolerance_profiles[];

/* Reads what tolerance_write() writes, or people: an object whose keys are those above in Immich's
 * and JSON's spelling (distanceWarn, …), all of them optional, with "profile" for what the others
 * are. -1 (ERR_INVALID) with the key's path. What it points to lies in the arena. */
int tolerance_read(struct span text, struct arena *arena, struct tolerance *ret_tolerance,
	struct err *err) __attribute__((warn_unused_result));
void tolerance_write(const struct tolerance *tolerance, struct buf *out);

#endif
