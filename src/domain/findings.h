/* findings: how two answers to the same question differ, place by place. */
#ifndef DOMAIN_FINDINGS_H
#define DOMAIN_FINDINGS_H

#include "base/arena.h"
#include "base/span.h"

enum {
	FINDINGS_MAX = 1000,       /* of one answer; of more, failures are kept first */
	FINDINGS_TEXT_BYTES = 200, /* of a text that is shown; the rest is cut off */
};

enum findings_level { FINDINGS_SAME, FINDINGS_WARN, FINDINGS_FAIL };

/* What differs. Each has a word of its own in reports; see findings_words. */
enum findings_kind {
	FINDINGS_STATUS,           /* another status */
	FINDINGS_JSON,             /* a value that must be the same, or is missing, or new */
	FINDINGS_BODY,             /* bytes of what is no JSON */
	FINDINGS_VECTOR_DIMENSION, /* cannot live beside the old ones */
	FINDINGS_VECTOR_BROKEN,    /* no vector, or one with what is not finite, or all zeros */
	FINDINGS_VECTOR_DISTANCE,  /* cosine distance */
	FINDINGS_VECTOR_NORM,
	FINDINGS_BOX,          /* moved: value is the IoU */
	FINDINGS_FACE_MISSING, /* value is its score */
	FINDINGS_FACE_EXTRA,
	FINDINGS_FACE_SCORE, /* value is the difference */
	FINDINGS_LANDMARK,   /* value in pixels */
	FINDINGS_TEXT_MISSING,
	FINDINGS_TEXT_EXTRA,
	FINDINGS_TEXT_MERGED, /* several boxes are one now */
	FINDINGS_TEXT_SPLIT,
	FINDINGS_TEXT_CHANGED, /* value is the character error rate */
	FINDINGS_TEXT_SCORE,
	FINDINGS_KINDS,
};

struct findings_item {
	enum findings_level level;
	enum findings_kind kind;
	bool is_borderline; /* there or not there only because its score is about the request's minScore
						 */
	struct span task;   /* as the answer names it; empty: about all of it */
	struct span path;   /* in the answer: "facial-recognition[2].embedding" */
	double value;       /* NAN where there is none */
	double limit;       /* that it went beyond; NAN where there is none */
	struct span before; /* as shown to people; empty where there is nothing to show */
	struct span after;
	int index_before; /* of the face or text; -1: none */
	int index_after;
};

/* What is measured of a task, be it within all limits, for what it means to Immich's users. */
struct findings_task {
	struct span name;
	enum findings_level level;
	size_t failures;    /* findings of that level */
	size_t unexplained; /* of them, which say nothing of its results: errors, broken vectors */
	size_t dimensions;  /* of them, vectors that cannot live beside the old ones */
	size_t vectors;     /* pairs compared */
	double distance_max;
	double distance_sum;
	double norm_max; /* the largest difference of lengths, relative */
	size_t faces_before;
	size_t faces_after;
	size_t faces_matched;
	size_t texts_before;
	size_t texts_after;
	size_t texts_matched;
	size_t texts_changed;
	size_t characters;      /* of the old texts */
	size_t edits;           /* from them to the new ones */
	double score_max;       /* the largest difference of scores */
	double iou_min;         /* of matched boxes; 1 when there are none */
	size_t landmarks;       /* faces whose landmarks were compared */
	double landmark_max;    /* how far the farthest of them has moved, in pixels */
	size_t duplicate_flips; /* pairs of vectors so far apart that Immich would take them for two */
	size_t match_flips;     /* faces that a person's others would no longer match */
	size_t detection_flips; /* faces and texts that are there on one side only */
};

struct findings {
	struct arena *arena; /* has all of it */
	enum findings_level level;
	struct findings_item *items;
	size_t count;
	size_t dropped; /* found, and not kept */
	struct findings_task *tasks;
	size_t task_count;
	/* private */
	size_t capacity;
	size_t task_capacity;
	size_t task_last; /* the one last asked for */
	size_t mild;      /* none before it is below a failure */
};

/* "status", "json", …, "text.score". */
extern const char *const findings_words[FINDINGS_KINDS];

void findings_init(struct findings *findings, struct arena *arena);

/* The one of the name, which is not empty, made when it is new; valid until the next one is made.
 */
struct findings_task *findings_task(struct findings *findings, struct span name);

/* Whether one more of that level would be kept, rather than counted alone. */
bool findings_keeps(struct findings *findings, enum findings_level level);

/* Takes copies of the item's spans, cut to FINDINGS_TEXT_BYTES, and raises the levels of its task,
 * unless that is empty, and of all. */
void findings_add(struct findings *findings, const struct findings_item *item);

/* The worst of them, `max` at most, for who shows no more: failures first, then those that are the
 * farthest beyond their limits, then as they were found. Their number. */
size_t findings_worst(
	const struct findings *findings, const struct findings_item **ret_items, size_t max);

#endif
