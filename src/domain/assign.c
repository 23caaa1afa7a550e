/* Rows and columns are first taken apart into groups that no pair joins, which in practice are of
 * one or two each. A group is then solved by the Hungarian method (Kuhn and Munkres, as shortest
 * augmenting paths over potentials): one row after another looks for the cheapest way to a free
 * column, on which others may have to move on. A cost is a weight less than nothing; what is no
 * pair costs nothing, so that a way over it only says that a row stays alone.
 */
#include "domain/assign.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

/* Rows and columns that pairs join; never more rows than columns, or else seen the other way. */
struct group {
	const struct assign_weights *weights;
	size_t *rows;
	size_t *columns;
	size_t row_count;
	size_t column_count;
	bool is_turned; /* the rows are columns of the weights */
	int *given;     /* to all rows of the weights */
};

static double weight_at(const struct assign_weights *weights, size_t row, size_t column)
{
	double weight = weights->all[row * weights->columns + column];

	return weight > 0 ? weight : 0;
}

static double group_weight(const struct group *group, size_t i, size_t j)
{
	return group->is_turned ? weight_at(group->weights, group->columns[j], group->rows[i])
							: weight_at(group->weights, group->rows[i], group->columns[j]);
}

static void give(const struct group *group, size_t i, size_t j)
{
	size_t row = group->is_turned ? group->columns[j] : group->rows[i];
	size_t column = group->is_turned ? group->rows[i] : group->columns[j];

	group->given[row] = (int)column;
}

/* Of the method; both sides count from 1, so that column 0 can be where a way begins. */
struct search {
	const struct group *group;
	double *row_potential;
	double *column_potential;
	double *least; /* what a way to the column costs at least */
	size_t *row_of;
	size_t *back; /* the column before it on the way */
	bool *is_done;
};

/* Looks from the column's row at all that are not done; returns the nearest of them, to which all
 * distances are then relative. */
static size_t search_step(struct search *search, size_t at)
{
	size_t row = search->row_of[at];
	size_t next = 0;
	double nearest = INFINITY;

	for (size_t j = 1; j <= search->group->column_count; j++) {
		double cost;

		if (search->is_done[j])
			continue;
		cost = -group_weight(search->group, row - 1, j - 1) - search->row_potential[row] -
			   search->column_potential[j];
		if (cost < search->least[j]) {
			search->least[j] = cost;
			search->back[j] = at;
		}
		if (search->least[j] < nearest) {
			nearest = search->least[j];
			next = j;
		}
	}
	for (size_t j = 0; j <= search->group->column_count; j++) {
		if (search->is_done[j]) {
			search->row_potential[search->row_of[j]] += nearest;
			search->column_potential[j] -= nearest;
		} else {
			search->least[j] -= nearest;
		}
	}
	return next;
}

/* Finds the row a column; those on the way to it move on. */
static void search_row(struct search *search, size_t row)
{
	size_t at = 0;

	search->row_of[0] = row;
	for (size_t j = 0; j <= search->group->column_count; j++) {
		search->least[j] = INFINITY;
		search->is_done[j] = false;
	}
	while (search->row_of[at]) {
		search->is_done[at] = true;
		at = search_step(search, at);
	}
	while (at) {
		size_t before = search->back[at];

		search->row_of[at] = search->row_of[before];
		at = before;
	}
}

static void solve_exactly(const struct group *group)
{
	size_t columns = group->column_count + 1;
	MEM_AUTO double *row_potential = mem_new(group->row_count + 1, sizeof *row_potential);
	MEM_AUTO double *column_potential = mem_new(columns, sizeof *column_potential);
	MEM_AUTO double *least = mem_new(columns, sizeof *least);
	MEM_AUTO size_t *row_of = mem_new(columns, sizeof *row_of);
	MEM_AUTO size_t *back = mem_new(columns, sizeof *back);
	MEM_AUTO bool *is_done = mem_new(columns, sizeof *is_done);
	struct search search = {group, row_potential, column_potential, least, row_of, back, is_done};

	for (size_t row = 1; row <= group->row_count; row++)
		search_row(&search, row);
	for (size_t j = 1; j < columns; j++)
		if (row_of[j] && group_weight(group, row_of[j] - 1, j - 1) > 0)
			give(group, row_of[j] - 1, j - 1);
}

struct pair {
	double weight;
	size_t i;
	size_t j;
};

/* The heaviest first; of the same weight in their order, so that every machine takes the same. */
static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a;
	const struct pair *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	if (x->i != y->i)
		return x->i < y->i ? -1 : 1;
	return (x->j > y->j) - (x->j < y->j);
}

static void solve_greedily(const struct group *group)
{
	MEM_AUTO struct pair *pairs = mem_new(group->row_count * group->column_count, sizeof *pairs);
	MEM_AUTO bool *has_column = mem_new(group->row_count, sizeof *has_column);
	MEM_AUTO bool *has_row = mem_new(group->column_count, sizeof *has_row);
	size_t count = 0;

	for (size_t i = 0; i < group->row_count; i++)
		for (size_t j = 0; j < group->column_count; j++)
			if (group_weight(group, i, j) > 0)
				pairs[count++] = (struct pair){group_weight(group, i, j), i, j};
	qsort(pairs, count, sizeof *pairs, compare_pairs);
	for (const struct pair *pair = pairs; pair < pairs + count; pair++) {
		if (has_column[pair->i] || has_row[pair->j])
			continue;
		has_column[pair->i] = true;
		has_row[pair->j] = true;
		give(group, pair->i, pair->j);
	}
}

static void turn(struct group *group)
{
	size_t *rows = group->rows;
	size_t row_count = group->row_count;

	group->rows = group->columns;
	group->row_count = group->column_count;
	group->columns = rows;
	group->column_count = row_count;
	group->is_turned = true;
}

static void solve(struct group *group)
{
	if (group->row_count > group->column_count)
		turn(group);
	if (!group->row_count)
		return;
	if (group->row_count <= ASSIGN_STEPS_MAX / group->row_count / group->column_count)
		solve_exactly(group);
	else
		solve_greedily(group);
}

/* Whether rows and columns are in a group already. */
struct seen {
	bool *rows;
	bool *columns;
};

static void add_columns(struct group *group, struct seen *seen, size_t row)
{
	for (size_t j = 0; j < group->weights->columns; j++) {
		if (!seen->columns[j] && weight_at(group->weights, row, j) > 0) {
			seen->columns[j] = true;
			group->columns[group->column_count++] = j;
		}
	}
}

static void add_rows(struct group *group, struct seen *seen, size_t column)
{
	for (size_t i = 0; i < group->weights->rows; i++) {
		if (!seen->rows[i] && weight_at(group->weights, i, column) > 0) {
			seen->rows[i] = true;
			group->rows[group->row_count++] = i;
		}
	}
}

/* All that hangs together with the row. */
static void gather(struct group *group, struct seen *seen, size_t row)
{
	size_t rows_done = 0;
	size_t columns_done = 0;

	seen->rows[row] = true;
	group->rows[group->row_count++] = row;
	while (rows_done < group->row_count || columns_done < group->column_count) {
		if (rows_done < group->row_count)
			add_columns(group, seen, group->rows[rows_done++]);
		else
			add_rows(group, seen, group->columns[columns_done++]);
	}
}

void assign_best(const struct assign_weights *weights, int *ret_columns)
{
	MEM_AUTO bool *rows_seen = mem_new(weights->rows, sizeof *rows_seen);
	MEM_AUTO bool *columns_seen = mem_new(weights->columns, sizeof *columns_seen);
	MEM_AUTO size_t *rows = mem_new(weights->rows, sizeof *rows);
	MEM_AUTO size_t *columns = mem_new(weights->columns, sizeof *columns);
	struct seen seen = {rows_seen, columns_seen};

	for (size_t i = 0; i < weights->rows; i++)
		ret_columns[i] = ASSIGN_NONE;
	for (size_t i = 0; i < weights->rows; i++) {
		struct group group = {
			.weights = weights, .rows = rows, .columns = columns, .given = ret_columns};

		if (seen.rows[i])
			continue;
		gather(&group, &seen, i);
		solve(&group);
	}
}
