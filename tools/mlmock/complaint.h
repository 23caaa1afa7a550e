/* complaint: how the service's framework complains about the fields of a form, before the
 * service's own code sees them. */
#ifndef MLMOCK_COMPLAINT_H
#define MLMOCK_COMPLAINT_H

#include "base/buf.h"
#include "mlmock/form.h"

/* Each adds one object to the list of complaints, behind a comma if it is not the first. */
void complaint_add_missing(struct buf *list, const char *name);
void complaint_add_no_string(
	struct buf *list, const char *name, const struct form_field *file, struct arena *arena);

#endif
