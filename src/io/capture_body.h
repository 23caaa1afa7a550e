/* capture_body: bodies of requests, for who has a folder and no reader; else see io/capture_reader.
 */
#ifndef IO_CAPTURE_BODY_H
#define IO_CAPTURE_BODY_H

#include "io/capture_reader.h"

/* As capture_body_open(); the request outlives it, the folder need not. */
int capture_body_begin(const struct capture_folder *folder, const struct har_request *request,
	struct capture_body **ret_body, struct err *err) __attribute__((warn_unused_result));

#endif
