/* A body in chunks is read the same whole and in pieces, its data is the caller's bytes, and
 * written in chunks again it is read as the same data. */
#include "base/buf.h"
#include "fuzz.h"
#include "wire/chunked.h"

enum { SPLITS_MAX = 32 };

/* Adds the data of the first `first` bytes, then of pieces of n; returns the last event. */
static int read_pieces(struct span bytes, size_t first, size_t n, struct buf *data, struct buf *log)
{
	struct chunked chunked;
	struct err err;
	int event = CHUNKED_MORE;

	chunked_init(&chunked);
	for (size_t size = first; bytes.n && event == CHUNKED_MORE; size = n) {
		struct span piece = span_first(bytes, size);
		struct span part = SPAN_EMPTY;
		size_t fed = piece.n;

		while ((event = chunked_next(&chunked, &piece, &part, &err)) == CHUNKED_DATA) {
			must(part.n && part.p >= bytes.p && part.p + part.n <= bytes.p + fed);
			buf_add(data, part);
		}
		must(event != CHUNKED_MORE || !piece.n);
		must(chunked.line_bytes <= CHUNKED_LINE_MAX + 1);
		must(chunked.trailers.bytes.n <= CHUNKED_TRAILER_MAX);
		bytes = span_skip(bytes, fed - piece.n);
	}
	if (event < 0)
		buf_add_format(log, "refused %d %s", (int)err.kind, err.text);
	else
		buf_add_format(log, "%d rest %zu", event, bytes.n);
	chunked_deinit(&chunked);
	return event;
}

static void check_split(struct span bytes, size_t first, size_t n, const struct buf *whole_data,
	const struct buf *whole_log)
{
	BUF_AUTO struct buf data = {0};
	BUF_AUTO struct buf log = {0};

	(void)read_pieces(bytes, first, n, &data, &log);
	must(span_equal(buf_span(&data), buf_span(whole_data)));
	must(span_equal(buf_span(&log), buf_span(whole_log)));
}

static void check_written(struct span data, size_t chunk_n)
{
	BUF_AUTO struct buf out = {0};
	BUF_AUTO struct buf again = {0};
	BUF_AUTO struct buf log = {0};

	for (struct span rest = data; rest.n; rest = span_skip(rest, chunk_n)) {
		struct span part = span_first(rest, chunk_n);
		char line[CHUNKED_FRAME_MAX];

		buf_add(&out, (struct span){line, chunked_write_size(line, part.n)});
		buf_add(&out, part);
		buf_add_text(&out, "\r\n");
	}
	buf_add_text(&out, "0\r\n\r\n");
	must(read_pieces(buf_span(&out), out.n, 1, &again, &log) == CHUNKED_END);
	must(span_equal(buf_span(&again), data));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct span bytes = {(const char *)input, size};
	BUF_AUTO struct buf data = {0};
	BUF_AUTO struct buf log = {0};
	int event = read_pieces(bytes, size, 1, &data, &log);

	for (size_t at = 1; at < size; at += 1 + size / SPLITS_MAX) {
		check_split(bytes, at, size, &data, &log);
		check_split(bytes, at, 1 + at % 8, &data, &log);
	}
	if (event == CHUNKED_END)
		check_written(buf_span(&data), 1 + size % 16);
	return 0;
}
