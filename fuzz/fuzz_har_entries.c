/* A file has the same entries, or the same failure, whole and in pieces. Of one that is whole they
 * are the elements of log.entries; of any, each is an object by itself. */
#include "base/buf.h"
#include "fuzz.h"
#include "wire/har_entries.h"

/* Lists entries and failure, in pieces of n bytes. */
static int list(struct span file, size_t n, struct buf *out)
{
	struct har_entries entries;
	struct span entry;
	struct err err = {0};
	int result = 0;

	har_entries_init(&entries);
	for (size_t at = 0; at < file.n && result >= 0; at += n) {
		struct span in = span_first(span_skip(file, at), n);

		while ((result = har_entries_next(&entries, &in, &entry, &err)) > 0) {
			enum json_type type;

			must(json_check_whole(entry, &type, &err) == 0 && type == JSON_OBJECT);
			must(entries.begin.byte + entry.n == entries.next.byte);
			must(span_equal(entry, span_first(span_skip(file, entries.begin.byte), entry.n)));
			buf_add(out, entry);
			buf_add_text(out, "\n");
		}
		must(result < 0 || !in.n);
	}
	if (result == 0)
		result = har_entries_end(&entries, &err);
	must(entries.next.byte <= file.n);
	buf_add_format(
		out, "%s at %zu:%zu", err.text, (size_t)entries.next.line, (size_t)entries.next.byte);
	har_entries_deinit(&entries);
	return result;
}

/* The object's one member whose key is written so; false when there are more, or none. */
static bool only_member(struct span object, const char *key, struct span *ret_value)
{
	struct json_members walk;
	struct span found;
	struct span value;
	int count = 0;

	if (json_type_of(object) != JSON_OBJECT)
		return false;
	walk = json_members_of(object);
	while (json_members_next(&walk, &found, &value))
		if (span_is(found, key)) {
			*ret_value = value;
			count++;
		}
	return count == 1;
}

static void compare(struct span file, struct span listed)
{
	struct json_elements walk;
	struct span value;

	if (!only_member(file, "\"log\"", &value) || !only_member(value, "\"entries\"", &value) ||
		json_type_of(value) != JSON_ARRAY)
		return;
	walk = json_elements_of(value);
	while (json_elements_next(&walk, &value)) {
		must(span_equal(span_first(listed, value.n), value));
		listed = span_skip(listed, value.n + 1);
	}
	must(span_starts(listed, SPAN_LITERAL(" at ")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = {(const char *)data, size};
	BUF_AUTO struct buf whole = {0};
	int result = list(file, size + 1, &whole);

	for (size_t n = 1; n <= 64 && n <= size; n = n * 2 + n % 3) {
		BUF_AUTO struct buf pieces = {0};

		must(list(file, n, &pieces) == result);
		must(span_equal(buf_span(&whole), buf_span(&pieces)));
	}
	if (result == 0)
		compare(file, buf_span(&whole));
	return 0;
}
