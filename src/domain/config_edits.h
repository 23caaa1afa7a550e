/* config_edits: changes to a text that are collected in any order, then made at once. */
#ifndef DOMAIN_CONFIG_EDITS_H
#define DOMAIN_CONFIG_EDITS_H

#include "base/buf.h"

struct config_edit {
	struct span what; /* in the text */
	struct span by;   /* empty: it is left out */
};

/* No two of them overlap. Zeroed to begin with. */
struct config_edits {
	struct config_edit *all;
	size_t count;
	size_t capacity;
};

void config_edits_deinit(struct config_edits *edits);
void config_edits_add(struct config_edits *edits, struct span what, struct span by);

/* Adds the text with all changes made to it to `out`; byte for byte but for them. */
void config_edits_apply(struct config_edits *edits, struct span text, struct buf *out);

#define CONFIG_EDITS_AUTO __attribute__((cleanup(config_edits_deinit)))

#endif
