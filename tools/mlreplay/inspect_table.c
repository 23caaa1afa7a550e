#include "mlreplay/inspect_table.h"

#include <stdlib.h>

#include "base/mem.h"
#include "mlreplay/latency.h"
#include "mlreplay/phrase.h"
#include "mlreplay/recorded.h"

enum { MILLION = 1000000, GAP = 2, WIDTH_MAX = 40 };

enum column { WHO, TASKS, MODELS, SIZE, OUTCOME, COLUMNS };

struct inspect_row {
	struct span texts[COLUMNS];
	unsigned size;
	struct latency latency; /* of those whose times are known */
	uint64_t count;
};

/* How large bodies are. */
static const struct {
	uint64_t below;
	const char *text;
} sizes[] = {
	{1, "none"},
	{16384, "< 16 KiB"},
	{65536, "< 64 KiB"},
	{262144, "< 256 KiB"},
	{1048576, "< 1 MiB"},
	{4194304, "< 4 MiB"},
	{UINT64_MAX, ">= 4 MiB"},
};

void inspect_table_init(struct inspect_table *table)
{
	*table = (struct inspect_table){0};
	arena_init(&table->arena);
}

void inspect_table_deinit(struct inspect_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		mem_free(table->rows[i]);
	arena_deinit(&table->arena);
}

/* -- counting -------------------------------------------------------------------------------- */

static unsigned size_of(uint64_t bytes)
{
	unsigned i = 0;

	while (bytes >= sizes[i].below && sizes[i].below < UINT64_MAX)
		i++;
	return i;
}

static void add_outcome(const struct har_entry *entry, struct buf *out)
{
	if (entry->answer.status)
		buf_add_number(out, (uint64_t)entry->answer.status);
	if (entry->answer.status && entry->fault)
		buf_add_text(out, " ");
	if (entry->fault)
		buf_add_text(out, har_fault_words[entry->fault]);
	if (!entry->answer.status && !entry->fault)
		buf_add_text(out, "none");
}

static void add_who(const struct har_entry *entry, struct buf *out)
{
	if (entry->side == HAR_BACKEND)
		buf_add_visible(out, span_first(entry->backend, PHRASE_WORD_BYTES));
	else
		buf_add_text(out, "client");
}

static void describe(const struct walk *walk, struct buf texts[COLUMNS])
{
	const struct har_entry *entry = &walk->entry;

	add_who(entry, &texts[WHO]);
	phrase_add_tasks(&entry->request, walk->entries, &texts[TASKS]);
	phrase_add_models(walk->entries, "", &texts[MODELS]);
	buf_add_text(&texts[SIZE], sizes[size_of(entry->request.body_length)].text);
	add_outcome(entry, &texts[OUTCOME]);
}

static bool is_row(const struct inspect_row *row, const struct buf texts[COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (!span_equal(row->texts[i], buf_span(&texts[i])))
			return false;
	return true;
}

/* NULL: there is no room for another one. */
static struct inspect_row *find_row(struct inspect_table *table, const struct buf texts[COLUMNS])
{
	struct inspect_row *row;

	for (size_t i = 0; i < table->count; i++)
		if (is_row(table->rows[i], texts))
			return table->rows[i];
	if (table->count == INSPECT_TABLE_ROWS_MAX)
		return NULL;
	row = table->rows[table->count++] = mem_new(1, sizeof *row);
	for (size_t i = 0; i < COLUMNS; i++)
		row->texts[i] = arena_dup(&table->arena, buf_span(&texts[i]));
	return row;
}

void inspect_table_count(struct inspect_table *table, const struct walk *walk)
{
	struct buf texts[COLUMNS] = {{0}};
	int64_t took_ns = recorded_ns(&walk->entry.times);
	struct inspect_row *row;

	describe(walk, texts);
	row = find_row(table, texts);
	for (size_t i = 0; i < COLUMNS; i++)
		buf_deinit(&texts[i]);
	if (!row) {
		table->left_out++;
		return;
	}
	row->size = size_of(walk->entry.request.body_length);
	row->count++;
	if (took_ns >= 0)
		latency_note(&row->latency, took_ns);
}

/* -- writing --------------------------------------------------------------------------------- */

static int compare_texts(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

/* Clients first; sizes by their bytes. */
static int compare_rows(const void *left, const void *right)
{
	const struct inspect_row *a = *(const struct inspect_row *const *)left;
	const struct inspect_row *b = *(const struct inspect_row *const *)right;
	bool is_client = span_is(a->texts[WHO], "client");
	int order = span_is(b->texts[WHO], "client") - is_client;

	for (size_t i = 0; i < COLUMNS && !order; i++)
		order = i == SIZE ? (a->size > b->size) - (a->size < b->size)
						  : compare_texts(a->texts[i], b->texts[i]);
	return order;
}

static void add_cell(struct span text, size_t width, struct buf *out)
{
	buf_add(out, text);
	buf_add_format(out, "%*s", (int)(text.n < width ? width - text.n : 0) + GAP, "");
}

static const struct span titles[COLUMNS] = {
	[WHO] = SPAN_LITERAL("of"),
	[TASKS] = SPAN_LITERAL("task"),
	[MODELS] = SPAN_LITERAL("model"),
	[SIZE] = SPAN_LITERAL("body"),
	[OUTCOME] = SPAN_LITERAL("answer"),
};

static void measure(const struct inspect_table *table, size_t ret_widths[COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++) {
		size_t width = titles[i].n;

		for (size_t row = 0; row < table->count; row++)
			if (table->rows[row]->texts[i].n > width)
				width = table->rows[row]->texts[i].n;
		ret_widths[i] = width < WIDTH_MAX ? width : WIDTH_MAX;
	}
}

static void add_row(const struct inspect_row *row, const size_t widths[COLUMNS], struct buf *out)
{
	static const unsigned percents[] = {50, 95, 100};

	for (size_t i = 0; i < COLUMNS; i++)
		add_cell(row->texts[i], widths[i], out);
	buf_add_format(out, "%7llu", (unsigned long long)row->count);
	for (size_t i = 0; i < sizeof percents / sizeof *percents; i++)
		if (row->latency.count)
			buf_add_format(
				out, "%10.1f", (double)latency_percentile(&row->latency, percents[i]) / MILLION);
	buf_add_text(out, "\n");
}

void inspect_table_write(struct inspect_table *table, struct buf *out)
{
	size_t widths[COLUMNS];

	if (!table->count)
		return;
	qsort(table->rows, table->count, sizeof *table->rows, compare_rows);
	measure(table, widths);
	for (size_t i = 0; i < COLUMNS; i++)
		add_cell(titles[i], widths[i], out);
	buf_add_format(out, "%7s%10s%10s%10s\n", "count", "p50 ms", "p95 ms", "max ms");
	for (size_t i = 0; i < table->count; i++)
		add_row(table->rows[i], widths, out);
	if (table->left_out)
		buf_add_format(out, "and %llu of other kinds\n", (unsigned long long)table->left_out);
	buf_add_text(out, "\n");
}
