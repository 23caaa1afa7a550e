/* inspect_table: exchanges that are alike, counted: who asked whom for what, with how much, and
 * what came of it. */
#ifndef MLREPLAY_INSPECT_TABLE_H
#define MLREPLAY_INSPECT_TABLE_H

#include "mlreplay/walk.h"

enum { INSPECT_TABLE_ROWS_MAX = 512 };

struct inspect_row;

struct inspect_table {
	struct arena arena; /* has the texts of the rows */
	struct inspect_row *rows[INSPECT_TABLE_ROWS_MAX];
	size_t count;
	uint64_t left_out; /* exchanges that have found no row */
};

void inspect_table_init(struct inspect_table *table);
void inspect_table_deinit(struct inspect_table *table);

void inspect_table_count(struct inspect_table *table, const struct walk *walk);

void inspect_table_write(struct inspect_table *table, struct buf *out);

#endif
