/* Two look at the bytes: json_check says whether they are JSON at all, and a tracker, which counts
 * levels and steps over strings, where an entry begins and ends. The tracker goes ahead to the end
 * of an entry, or of what there is, and the check follows; so it may see what is no JSON, of which
 * nothing is handed out.
 *
 *     { "log": { …, "entries": [ {…} , {…} ] } }
 *     path 1   2               3 └ an entry
 */
#include "wire/har_entries.h"

#include "wire/har.h"

enum { PATH_FILE = 1, PATH_LOG, PATH_ENTRIES };

void har_entries_init(struct har_entries *entries)
{
	*entries = (struct har_entries){.begin = {1, 0}, .next = {1, 0}};
	json_check_init(&entries->check);
}

void har_entries_deinit(struct har_entries *entries)
{
	buf_deinit(&entries->entry);
}

static bool key_is(const struct har_entries *entries, const char *text)
{
	return span_is((struct span){entries->key, entries->key_length}, text);
}

/* What the level that c opens is to the path. */
static void open_level(struct har_entries *entries, char c)
{
	bool is_on = entries->depth == entries->path;

	entries->depth++;
	if (!is_on)
		return;
	if (entries->path == 0 && c == '{')
		entries->path = PATH_FILE;
	else if (entries->path == PATH_FILE && c == '{' && key_is(entries, "log"))
		entries->path = PATH_LOG;
	else if (entries->path == PATH_LOG && c == '[' && key_is(entries, "entries"))
		entries->path = PATH_ENTRIES;
	entries->is_found = entries->is_found || entries->path == PATH_ENTRIES;
}

static void close_level(struct har_entries *entries)
{
	entries->depth -= entries->depth > 0;
	if (entries->path > entries->depth)
		entries->path = entries->depth;
}

static void step_string(struct har_entries *entries, char c)
{
	bool is_end = c == '"' && !entries->is_escaped;

	entries->is_in_string = !is_end;
	entries->is_escaped = c == '\\' && !entries->is_escaped;
	if (!is_end && entries->depth == entries->path && entries->key_length < HAR_ENTRIES_KEY_MAX)
		entries->key[entries->key_length++] = c;
}

static void begin_string(struct har_entries *entries)
{
	entries->is_in_string = true;
	if (entries->depth == entries->path)
		entries->key_length = 0;
}

static void step(struct har_entries *entries, char c)
{
	switch (c) {
	case '"': begin_string(entries); break;
	case '{':
	case '[': open_level(entries, c); break;
	case '}':
	case ']': close_level(entries); break;
	default: break;
	}
}

static bool is_among_entries(const struct har_entries *entries)
{
	return entries->path == PATH_ENTRIES && entries->depth == PATH_ENTRIES;
}

/* The place of the next byte that says anything: most are in strings that are no keys on the path,
 * and neither end them nor escape anything. */
static size_t pass_by(const struct har_entries *entries, struct span in, size_t at)
{
	if (!entries->is_in_string || entries->is_escaped || entries->depth == entries->path)
		return at;
	while (at < in.n && in.p[at] != '"' && in.p[at] != '\\')
		at++;
	return at;
}

/* How many bytes there are up to the end of the entry, that one included, or in all. What is no
 * object ends there too, with *ret_is_odd. */
static size_t track(
	struct har_entries *entries, struct span in, size_t *ret_begin, bool *ret_is_odd)
{
	for (size_t i = pass_by(entries, in, 0); i < in.n; i = pass_by(entries, in, i + 1)) {
		char c = in.p[i];

		if (entries->is_in_string) {
			step_string(entries, c);
			continue;
		}
		if (!entries->is_in_entry && is_among_entries(entries) && c == '{') {
			entries->is_in_entry = true;
			*ret_begin = i;
		} else if (is_among_entries(entries) && !strchr(" \t\r\n,]", c)) {
			*ret_is_odd = true;
			return i;
		}
		step(entries, c);
		if (entries->is_in_entry && is_among_entries(entries))
			return i + 1;
	}
	return in.n;
}

/* Moves on by what was looked at. */
static void pass(struct har_place *place, struct span bytes)
{
	const char *at;

	place->byte += bytes.n;
	while (bytes.n && (at = memchr(bytes.p, '\n', bytes.n))) {
		bytes = span_skip(bytes, (size_t)(at - bytes.p) + 1);
		place->line++;
	}
}

/* Checks the next n bytes and moves on. */
static int take(struct har_entries *entries, struct span *in, size_t n, struct err *err)
{
	struct span run = span_first(*in, n);
	int result = json_check_feed(&entries->check, run, err);

	pass(&entries->next, span_first(run, (size_t)(entries->check.position - entries->next.byte)));
	*in = span_skip(*in, n);
	return result;
}

static int add(struct har_entries *entries, struct span bytes, struct err *err)
{
	if (bytes.n > HAR_LINE_MAX - entries->entry.n)
		return err_set(err, ERR_TOO_LARGE, "an entry of more than %d bytes", HAR_LINE_MAX);
	buf_add(&entries->entry, bytes);
	return 0;
}

/* Takes what tracking has found to belong to one entry, from `begin` on, or to none. */
static int take_run(
	struct har_entries *entries, struct span *in, size_t n, size_t begin, struct err *err)
{
	struct span run = span_first(*in, n);

	if (begin < n) {
		if (take(entries, in, begin, err) < 0)
			return -1;
		entries->begin = entries->next;
		buf_reset(&entries->entry);
		run = span_skip(run, begin);
	}
	if (entries->is_in_entry && add(entries, run, err) < 0)
		return -1;
	return take(entries, in, run.n, err);
}

int har_entries_next(
	struct har_entries *entries, struct span *in, struct span *ret_entry, struct err *err)
{
	size_t begin = SIZE_MAX;
	bool is_odd = false;
	size_t n = track(entries, *in, &begin, &is_odd);

	if (take_run(entries, in, n, begin, err) < 0)
		return -1;
	if (is_odd)
		return err_set(err, ERR_INVALID, "an entry that is no object");
	if (!entries->is_in_entry || !is_among_entries(entries))
		return 0;
	entries->is_in_entry = false;
	*ret_entry = buf_span(&entries->entry);
	return 1;
}

int har_entries_end(struct har_entries *entries, struct err *err)
{
	if (json_check_end(&entries->check, err) < 0)
		return -1;
	return entries->is_found ? 0 : err_set(err, ERR_INVALID, "there are no log.entries");
}
