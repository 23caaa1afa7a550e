#include "rig/golden.h"

#include <check.h>
#include <dirent.h>

#include "base/mem.h"
#include "rig/fixture.h"

void golden_log_bytes(struct buf *log, struct span bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		if (c == '\\')
			buf_add_text(log, "\\\\");
		else if (c == '\r' || c == '\n')
			buf_add_text(log, c == '\r' ? "\\r" : "\\n");
		else if (c < 0x20 || c > 0x7e)
			buf_add_format(log, "\\x%02x", c);
		else
			buf_add(log, (struct span){&bytes.p[i], 1});
	}
}

static void replay(
	const struct golden_reader *reader, struct span input, size_t piece_n, struct buf *log)
{
	void *object = reader->open(log);

	for (; input.n; input = span_skip(input, piece_n)) {
		struct span piece = span_first(input, piece_n);
		char *copy = mem_resize(NULL, piece.n, 1);

		memcpy(copy, piece.p, piece.n);
		reader->feed(object, (struct span){copy, piece.n});
		mem_free(copy);
	}
	reader->close(object);
}

static void check_file(
	const char *folder, const char *name, int name_n, const struct golden_reader *reader)
{
	BUF_AUTO struct buf input_path = {0};
	BUF_AUTO struct buf events_path = {0};
	BUF_AUTO struct buf input = {0};
	BUF_AUTO struct buf events = {0};

	buf_add_format(&input_path, "%s/%s", folder, name);
	buf_add_format(&events_path, "%s/%.*s.events", folder, name_n, name);
	fixture_read(input_path.bytes, &input);
	fixture_read(events_path.bytes, &events);
	for (size_t n = input.n ? input.n : 1; n; n--) {
		BUF_AUTO struct buf log = {0};

		replay(reader, buf_span(&input), n, &log);
		ck_assert_msg(span_equal(buf_span(&log), buf_span(&events)),
			"%s in pieces of %zu gave\n%.*s", name, n, SPAN_ARG(buf_span(&log)));
	}
}

static int is_input(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".input") == 0;
}

void golden_check(const char *folder, const struct golden_reader *reader)
{
	BUF_AUTO struct buf path = {0};
	struct dirent **entries;
	int count;

	buf_add_format(&path, FIXTURES "/%s", folder);
	count = scandir(path.bytes, &entries, is_input, alphasort);
	ck_assert_msg(count > 0, "no input in %s", path.bytes);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		check_file(folder, name, (int)(strrchr(name, '.') - name), reader);
		mem_free(entries[i]);
	}
	mem_free((void *)entries);
}
