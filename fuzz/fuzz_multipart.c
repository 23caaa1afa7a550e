/* A body gives the same events whole and in pieces, each part's content is the body's bytes between
 * its positions and has no delimiter in it, and the limits hold. */
#include "base/buf.h"
#include "fuzz.h"
#include "wire/multipart.h"

enum { PARTS_MAX = 8, HEAD_MAX = 256, SPLITS_MAX = 32 };

#define BOUNDARY  "X-BOUND"
#define DELIMITER "\r\n--" BOUNDARY

static void log_text(struct buf *log, const char *name, bool is_there, struct span text)
{
	buf_add_format(log, " %s%s", is_there ? "" : "no ", name);
	buf_add(log, text);
}

static void log_event(struct buf *log, const struct multipart *multipart, int event)
{
	const struct multipart_part *part = &multipart->part;

	if (event == MULTIPART_DATA) {
		buf_add(log, multipart->data);
		return;
	}
	buf_add_format(log, "|%d @%llu", event, (unsigned long long)multipart->position);
	if (event == MULTIPART_PART) {
		log_text(log, "name", part->has_name, part->name);
		log_text(log, "file", part->has_file_name, part->file_name);
		log_text(log, "type", true, part->content_type);
		log_text(log, "head", true, part->head);
		buf_add_text(log, "|");
	}
}

/* Feeds one piece; false when the body was refused. */
static bool feed(struct multipart *multipart, struct span piece, struct buf *log)
{
	struct err err;
	int event;

	while ((event = multipart_next(multipart, &piece, &err)) > 0)
		log_event(log, multipart, event);
	if (event < 0)
		buf_add_format(log, "|failed %d %s", err.kind, err.text);
	must(event < 0 || !piece.n);
	return event == MULTIPART_MORE;
}

static void begin(struct multipart *multipart)
{
	static const struct multipart_limits limits = {PARTS_MAX, HEAD_MAX};
	struct err err;

	must(multipart_init(multipart, SPAN_LITERAL(BOUNDARY), &limits, &err) == 0);
}

/* The first `first` bytes, then pieces of n. */
static void read_pieces(struct span body, size_t first, size_t n, struct buf *log)
{
	struct multipart multipart;
	bool is_good;

	begin(&multipart);
	is_good = feed(&multipart, span_first(body, first), log);
	for (body = span_skip(body, first); is_good && body.n; body = span_skip(body, n))
		is_good = feed(&multipart, span_first(body, n), log);
	buf_add_text(log, multipart.has_preamble ? "|preamble" : "");
	multipart_deinit(&multipart);
}

static void check_content(struct span body, uint64_t begin, uint64_t end)
{
	struct span content = span_first(span_skip(body, begin), end - begin);

	must(begin <= end && end <= body.n);
	must(!content.n || !memmem(content.p, content.n, DELIMITER, strlen(DELIMITER)));
	must(span_starts(span_skip(body, end), SPAN_LITERAL(DELIMITER)));
}

static void check_parts(struct span body)
{
	struct span in = body;
	struct multipart multipart;
	uint64_t begun = 0;
	size_t parts = 0;
	struct err err;
	int event;

	begin(&multipart);
	while ((event = multipart_next(&multipart, &in, &err)) > 0) {
		if (event == MULTIPART_PART) {
			must(++parts <= PARTS_MAX && multipart.part.head.n + 2 <= HEAD_MAX);
			begun = multipart.position;
		} else if (event == MULTIPART_DATA) {
			must(multipart.data.p == body.p + multipart.position);
		} else if (event == MULTIPART_PART_END) {
			check_content(body, begun, multipart.position);
		}
	}
	multipart_deinit(&multipart);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = {(const char *)data, size};
	BUF_AUTO struct buf whole = {0};

	check_parts(body);
	read_pieces(body, size, 1, &whole);
	for (size_t at = 0; at <= size; at += 1 + size / SPLITS_MAX) {
		BUF_AUTO struct buf split = {0};
		BUF_AUTO struct buf pieces = {0};

		read_pieces(body, at, size, &split);
		must(span_equal(buf_span(&split), buf_span(&whole)));
		read_pieces(body, at, 1 + at % 16, &pieces);
		must(span_equal(buf_span(&pieces), buf_span(&whole)));
	}
	return 0;
}
