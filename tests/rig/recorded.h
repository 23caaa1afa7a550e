/* recorded: what a rig's proxy has recorded, in memory. */
#ifndef RIG_RECORDED_H
#define RIG_RECORDED_H

#include "proxy/records.h"
#include "rig/rig.h"

enum { RECORDED_MAX = 64 };

/* From now on it records. */
void recorded_begin(struct rig *rig);

/* The records so far, oldest first; at most RECORDED_MAX. */
struct recorded {
	struct records_item items[RECORDED_MAX];
	size_t count;
};

void recorded_take(struct rig *rig, struct recorded *recorded);
void recorded_give(struct recorded *recorded);

/* The value of a field; empty when there is none. */
struct span recorded_field(const struct har_field *fields, size_t count, const char *name);

/* Fails the running test unless the request's or the answer's body is this. */
void recorded_expect_body(const struct record *record, bool is_answer, struct span body);

#endif
