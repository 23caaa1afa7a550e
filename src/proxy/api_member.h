/* api_member: what a call says that is to change one thing: a body with that member and no other,
 * since who misspells it must not think that it is done. Of a task's thread. */
#ifndef PROXY_API_MEMBER_H
#define PROXY_API_MEMBER_H

#include "proxy/api_task.h"

/* The value of the member; else the call is refused, and this is false, as all here. */
bool api_member_read(struct api_task *task, const char *key, struct span *ret_value)
	__attribute__((warn_unused_result));

/* The member `enabled`, true or false. */
bool api_member_read_enabled(struct api_task *task, bool *ret_is_enabled)
	__attribute__((warn_unused_result));

/* Refuses the call: 400, `wanted …` of what is at the path. */
bool api_member_refuse(struct api_task *task, const char *path, const char *wanted);

#endif
