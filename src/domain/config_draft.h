/* config_draft: what goes on beside the reading of a text that is to take another configuration's
 * place: masks become that one's secrets, and what does not count is left out.
 *
 * The root of the nodes points at the draft; where a file is read it has none. The readers of
 * objects say what counts and what is secret; what has to be edited for it is noted here.
 */
#ifndef DOMAIN_CONFIG_DRAFT_H
#define DOMAIN_CONFIG_DRAFT_H

#include "domain/config_edits.h"
#include "domain/config_node.h"

struct config_draft {
	const struct config *current; /* whose place it takes; NULL: there is none */
	struct config_edits edits;    /* of the text that is read */
};

/* Of an object's members only those count that have these values (the same bytes, not equal ones);
 * the others are unknown or written again later. */
void config_draft_keep(
	const struct config_node *object, const struct span *values, size_t value_count);

/* Where the value is the mask it becomes the current one's secret, of the backend of the same name
 * (NULL: of access). -1 with a fault when there is none, when the backend is not where it was or
 * need not prove it as it had to, so that nobody gets to see a secret by changing where it goes, or
 * when it is a file that is read. What is said of its certificate is read before its secrets. */
int config_draft_unmask(struct config_node *secret, const struct config_backend *backend,
	struct config_fault *fault) __attribute__((warn_unused_result));

#endif
