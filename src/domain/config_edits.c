#include "domain/config_edits.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

enum { FIRST_CAPACITY = 16 };

void config_edits_deinit(struct config_edits *edits)
{
	mem_free(edits->all);
	*edits = (struct config_edits){0};
}

void config_edits_add(struct config_edits *edits, struct span what, struct span by)
{
	if (edits->count == edits->capacity) {
		edits->capacity = edits->capacity ? 2 * edits->capacity : FIRST_CAPACITY;
		edits->all = mem_resize(edits->all, edits->capacity, sizeof *edits->all);
	}
	edits->all[edits->count++] = (struct config_edit){what, by};
}

static int compare_places(const void *left, const void *right)
{
	const struct config_edit *a = left;
	const struct config_edit *b = right;

	return (a->what.p > b->what.p) - (a->what.p < b->what.p);
}

void config_edits_apply(struct config_edits *edits, struct span text, struct buf *out)
{
	const char *at = text.p;

	if (edits->count)
		qsort(edits->all, edits->count, sizeof *edits->all, compare_places);
	for (size_t i = 0; i < edits->count; i++) {
		const struct config_edit *edit = &edits->all[i];

		assert(edit->what.p >= at && edit->what.p + edit->what.n <= text.p + text.n);
		buf_add(out, span_between(at, edit->what.p));
		buf_add(out, edit->by);
		at = edit->what.p + edit->what.n;
	}
	buf_add(out, span_between(at, text.p + text.n));
}
