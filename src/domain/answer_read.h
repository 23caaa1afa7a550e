/* answer_read: the numbers and members of an answer, for what knows what they should be. The values
 * have passed json_check; `what` says in the error what was read; spans point into the answer or
 * the arena. All fail with ERR_INVALID, or ERR_TOO_LARGE for more than a limit. */
#ifndef DOMAIN_ANSWER_READ_H
#define DOMAIN_ANSWER_READ_H

#include "base/arena.h"
#include "base/err.h"
#include "domain/box.h"
#include "wire/json_dict.h"

enum { ANSWER_READ_MEMBERS_MAX = 64 };

int answer_read_object(struct span value, const char *what, struct arena *arena,
	struct json_dict *ret_dict, struct err *err) __attribute__((warn_unused_result));

/* The member, which must be there. */
int answer_read_member(const struct json_dict *dict, const char *name, struct span *ret_value,
	struct err *err) __attribute__((warn_unused_result));

/* The number of elements of an array, at most max. */
int answer_read_count(struct span value, const char *what, size_t max, size_t *ret_count,
	struct err *err) __attribute__((warn_unused_result));

/* A number that is finite. */
int answer_read_number(struct span value, const char *what, double *ret_number, struct err *err)
	__attribute__((warn_unused_result));

/* An array of as many numbers. */
int answer_read_numbers(struct span value, const char *what, size_t count, double *ret_numbers,
	struct err *err) __attribute__((warn_unused_result));

/* An array of as many arrays of two numbers. */
int answer_read_points(struct span value, const char *what, size_t count,
	struct box_point *ret_points, struct err *err) __attribute__((warn_unused_result));

/* An object of all members but those named. */
struct span answer_read_rest(
	const struct json_dict *dict, const char *const *names, size_t count, struct arena *arena);

#endif
