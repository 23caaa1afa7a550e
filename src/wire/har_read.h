/* har_read: what the readers of an entry's halves share. */
#ifndef WIRE_HAR_READ_H
#define WIRE_HAR_READ_H

#include "wire/har.h"
#include "wire/har_value.h"

struct har_reading {
	struct arena *arena;
	struct err *err;
	const struct har_import *import;
	bool is_ours; /* har_write() has written it */
};

int har_read_request(const struct har_reading *reading, const struct har_value *value,
	struct har_request *ret_request) __attribute__((warn_unused_result));

int har_read_answer(const struct har_reading *reading, const struct har_value *value,
	struct har_answer *ret_answer) __attribute__((warn_unused_result));

int har_read_fields(const struct har_reading *reading, const struct har_value *value,
	struct har_field **ret_fields, size_t *ret_count) __attribute__((warn_unused_result));

int har_read_text(const struct har_reading *reading, const struct har_value *value,
	struct span *ret_text) __attribute__((warn_unused_result));

/* Why a body is not in the capture, as it is told there. */
int har_read_lack(const struct har_reading *reading, const struct har_value *value,
	const char **ret_lack) __attribute__((warn_unused_result));

/* How long a body is: what other programs write where they do not know is 0. */
int har_read_length(const struct har_reading *reading, const struct har_value *value,
	uint64_t *ret_length) __attribute__((warn_unused_result));

/* The value of the first field of that name; empty when there is none. */
struct span har_find_field(const struct har_field *fields, size_t count, struct span name);

/* What the field Content-Length says; 0 for nothing. */
uint64_t har_content_length(const struct har_field *fields, size_t count);

#endif
