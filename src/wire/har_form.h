/* har_form: the parts of a form that is in one piece, as an entry lists them. */
#ifndef WIRE_HAR_FORM_H
#define WIRE_HAR_FORM_H

#include "base/arena.h"
#include "wire/har.h"

/* Finds them. Of a body that is broken or cut off they are what was whole; of one that is no form
 * there are none. */
void har_form_read(
	struct span content_type, struct span body, struct arena *arena, struct har_request *request);

#endif
