/* One state for each place a byte can be in:
 *
 *     START → FIRST ──────────────────→ AFTER → AFTER_CR → HEAD → CONTENT → AFTER …
 *               └─ not it → PREAMBLE ─→   └→ AFTER_HYPHEN → CLOSED → EPILOGUE
 *
 * Content is searched with memmem(), so that a photo costs no work byte by byte; for a CR first,
 * since most fields have none and memmem() takes its time to begin. A delimiter begins with the
 * only CR it has: what turns out not to be one is content as a whole, and the search goes on behind
 * it. */
#include "wire/multipart.h"

#include <limits.h>

#include "wire/http1_head.h"
#include "wire/mediatype.h"

enum state {
	START, /* line ends, which the service skips, before the first delimiter */
	FIRST, /* the first delimiter, which has no line end of its own */
	PREAMBLE,
	HEAD,
	CONTENT,
	AFTER, /* behind a delimiter: its line end, or the hyphens that close */
	AFTER_CR,
	AFTER_HYPHEN,
	CLOSED, /* MULTIPART_END is due */
	EPILOGUE,
};

enum { LINE_END_BYTES = 2 };

static bool is_boundary(struct span boundary)
{
	static const bool allowed[UCHAR_MAX + 1] = {
		[' ' ... '!'] = true,
		['#' ... '['] = true, /* no '"' and no '\\' */
		[']' ... '~'] = true,
	};

	for (size_t i = 0; i < boundary.n; i++)
		if (!allowed[(unsigned char)boundary.p[i]])
			return false;
	return boundary.n && boundary.n <= MULTIPART_BOUNDARY_MAX;
}

int multipart_init(struct multipart *multipart, struct span boundary,
	const struct multipart_limits *limits, struct err *err)
{
	if (!is_boundary(boundary))
		return multipart_broken(err);
	*multipart = (struct multipart){.limits = *limits, .state = START, .delimiter = "\r\n--"};
	memcpy(multipart->delimiter + 4, boundary.p, boundary.n);
	multipart->delimiter_n = 4 + boundary.n;
	return 0;
}

void multipart_deinit(struct multipart *multipart)
{
	buf_deinit(&multipart->torn);
}

static struct span take(struct multipart *multipart, struct span *in, size_t n)
{
	struct span taken = span_first(*in, n);

	*in = span_skip(*in, n);
	multipart->consumed += taken.n;
	return taken;
}

/* What was searched and is no delimiter. */
static int pass_data(struct multipart *multipart, struct span data, uint64_t position)
{
	if (multipart->state != CONTENT || !data.n)
		return MULTIPART_MORE;
	multipart->data = data;
	multipart->position = position;
	return MULTIPART_DATA;
}

static int step_start(struct multipart *multipart, struct span *in)
{
	if (in->p[0] == '\r' || in->p[0] == '\n') {
		(void)take(multipart, in, 1);
		return MULTIPART_MORE;
	}
	multipart->state = FIRST;
	multipart->matched = LINE_END_BYTES;
	return MULTIPART_MORE;
}

static int give_up_delimiter(struct multipart *multipart, struct span tried)
{
	multipart->matched = 0;
	if (multipart->state == FIRST) {
		multipart->state = PREAMBLE;
		multipart->has_preamble = true;
	}
	return pass_data(multipart, tried, multipart->consumed - tried.n);
}

/* The number of bytes at the front of both that are the same. */
static size_t common_length(struct span a, struct span b)
{
	size_t n = 0;

	if (span_starts(a, b))
		return b.n;
	while (n < a.n && n < b.n && a.p[n] == b.p[n])
		n++;
	return n;
}

/* Goes on with a delimiter that has begun. */
static int step_delimiter(struct multipart *multipart, struct span *in)
{
	struct span delimiter = {multipart->delimiter, multipart->delimiter_n};
	size_t n = common_length(*in, span_skip(delimiter, multipart->matched));

	(void)take(multipart, in, n);
	multipart->matched += n;
	if (multipart->matched == delimiter.n)
		multipart->state = AFTER;
	else if (in->n)
		return give_up_delimiter(multipart, span_first(delimiter, multipart->matched));
	return MULTIPART_MORE;
}

/* The number of bytes at the end that may be a delimiter's first. */
static size_t find_begun(struct span delimiter, struct span in)
{
	struct span end = in.n < delimiter.n ? in : span_skip(in, in.n - delimiter.n + 1);
	const char *cr = end.n ? memrchr(end.p, '\r', end.n) : NULL;
	struct span begun = cr ? span_between(cr, end.p + end.n) : SPAN_EMPTY;

	return span_starts(delimiter, begun) ? begun.n : 0;
}

/* Where the delimiter is, or begins at the end; in.n if nowhere. */
static size_t find_delimiter(struct span delimiter, struct span in)
{
	const char *found = memchr(in.p, '\r', in.n);

	if (!found)
		return in.n;
	if (!span_starts(span_between(found, in.p + in.n), delimiter))
		found = memmem(in.p, in.n, delimiter.p, delimiter.n);
	return found ? (size_t)(found - in.p) : in.n - find_begun(delimiter, in);
}

/* Passes what is before the next delimiter. */
static int step_search(struct multipart *multipart, struct span *in)
{
	struct span delimiter = {multipart->delimiter, multipart->delimiter_n};
	uint64_t position = multipart->consumed;
	struct span data = take(multipart, in, find_delimiter(delimiter, *in));
	int event = pass_data(multipart, data, position);

	multipart->matched = take(multipart, in, delimiter.n).n;
	if (multipart->matched == delimiter.n)
		multipart->state = AFTER;
	return event;
}

/* Behind the delimiter and two more bytes: the part before it, if there is one, is complete. */
static int end_part(struct multipart *multipart, enum state next)
{
	multipart->state = next;
	multipart->matched = 0;
	multipart->position = multipart->consumed - multipart->delimiter_n - 2;
	multipart->head = SPAN_EMPTY;
	buf_reset(&multipart->torn);
	return multipart->parts ? MULTIPART_PART_END : MULTIPART_MORE;
}

static int step_after(struct multipart *multipart, struct span *in, struct err *err)
{
	char c = take(multipart, in, 1).p[0];

	if (multipart->state == AFTER_CR && c == '\n')
		return end_part(multipart, HEAD);
	if (multipart->state == AFTER_HYPHEN && c == '-')
		return end_part(multipart, CLOSED);
	if (multipart->state != AFTER || (c != '\r' && c != '-'))
		return multipart_broken(err);
	multipart->state = c == '\r' ? AFTER_CR : AFTER_HYPHEN;
	return MULTIPART_MORE;
}

static int read_disposition(struct multipart_part *part, struct span value, struct err *err)
{
	struct mediatype_wanted wanted[] = {
		{.name = SPAN_LITERAL("name")}, {.name = SPAN_LITERAL("filename")}};
	struct mediatype_params params;

	(void)mediatype_value(value, &params);
	mediatype_find(params, wanted, sizeof wanted / sizeof *wanted);
	if (wanted[0].found == MEDIATYPE_DOUBTFUL)
		return multipart_broken(err);
	part->has_name = wanted[0].found != MEDIATYPE_NONE;
	part->name = wanted[0].value;
	part->has_file_name = wanted[1].found != MEDIATYPE_NONE;
	part->file_name = wanted[1].value;
	return 0;
}

/* Reads a header line without its line end. */
static int read_line(
	struct multipart_part *part, struct span line, bool *has_disposition, struct err *err)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct span name = colon ? span_between(line.p, colon) : SPAN_EMPTY;
	struct span value = span_skip(line, name.n + 1);

	if (memchr(line.p, '\r', line.n))
		return multipart_broken(err);
	if (span_equal_nocase(name, SPAN_LITERAL("Content-Disposition"))) {
		if (*has_disposition)
			return multipart_broken(err);
		*has_disposition = true;
		return read_disposition(part, value, err);
	}
	if (span_equal_nocase(name, SPAN_LITERAL("Content-Type")))
		part->content_type = span_trim(value);
	else if (!http1_is_token(name))
		return multipart_broken(err);
	return 0;
}

static int read_head(struct multipart_part *part, struct err *err)
{
	struct span rest = part->head;
	bool has_disposition = false;

	while (rest.n) {
		struct span ended = span_cut(&rest, '\n');

		if (read_line(part, span_first(ended, ended.n - 1), &has_disposition, err) < 0)
			return -1;
	}
	return 0;
}

static int begin_part(struct multipart *multipart, struct err *err)
{
	struct span head = span_first(multipart->head, multipart->head.n - LINE_END_BYTES);

	if (multipart->parts == multipart->limits.parts)
		return err_set(err, ERR_TOO_LARGE, "over %zu parts in the body (limits.parts)",
			multipart->limits.parts);
	multipart->parts++;
	multipart->part = (struct multipart_part){.head = head};
	if (read_head(&multipart->part, err) < 0)
		return -1;
	multipart->state = CONTENT;
	multipart->position = multipart->consumed;
	return MULTIPART_PART;
}

/* Lengthens the head by n bytes: where it lies, or in a copy once the bytes handed over end in it.
 */
static void extend_head(struct multipart *multipart, struct span *in, size_t n)
{
	struct span more = take(multipart, in, n);

	if (in->n && !multipart->torn.n) {
		multipart->head = span_between(multipart->head.n ? multipart->head.p : more.p, in->p);
		return;
	}
	if (!multipart->torn.n)
		buf_add(&multipart->torn, multipart->head);
	buf_add(&multipart->torn, more);
	multipart->head = buf_span(&multipart->torn);
}

/* Takes the head up to the next LF. */
static int step_head(struct multipart *multipart, struct span *in, struct err *err)
{
	const char *lf = memchr(in->p, '\n', in->n);
	size_t n = lf ? (size_t)(lf - in->p) + 1 : in->n;
	struct span head;

	if (n > multipart->limits.part_head_bytes - multipart->head.n)
		return err_set(err, ERR_TOO_LARGE, "a part's head is over %zu bytes (limits.partHead)",
			multipart->limits.part_head_bytes);
	extend_head(multipart, in, n);
	if (!lf)
		return MULTIPART_MORE;
	head = multipart->head;
	if (head.n < 2 || head.p[head.n - 2] != '\r')
		return multipart_broken(err);
	if (head.n == 2 || (head.n > 3 && memcmp(head.p + head.n - 4, "\r\n\r\n", 4) == 0))
		return begin_part(multipart, err);
	return MULTIPART_MORE;
}

static int step(struct multipart *multipart, struct span *in, struct err *err)
{
	switch ((enum state)multipart->state) {
	case START: return step_start(multipart, in);
	case FIRST: return step_delimiter(multipart, in);
	case PREAMBLE:
	case CONTENT:
		return multipart->matched ? step_delimiter(multipart, in) : step_search(multipart, in);
	case AFTER:
	case AFTER_CR:
	case AFTER_HYPHEN: return step_after(multipart, in, err);
	case HEAD: return step_head(multipart, in, err);
	case CLOSED:
		multipart->state = EPILOGUE;
		multipart->position = multipart->consumed;
		return MULTIPART_END;
	case EPILOGUE: (void)take(multipart, in, in->n); return MULTIPART_MORE;
	}
	__builtin_unreachable();
}

int multipart_next(struct multipart *multipart, struct span *in, struct err *err)
{
	while (in->n || multipart->state == CLOSED) {
		int event = step(multipart, in, err);

		if (event != MULTIPART_MORE)
			return event;
	}
	return MULTIPART_MORE;
}
