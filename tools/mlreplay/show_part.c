#include "mlreplay/show_part.h"

#include "domain/compare.h"

bool show_part_read(struct span text, struct show_part *ret_part)
{
	uint64_t index = 0;
	enum show_part_kind kind = span_is(text, "body")     ? SHOW_PART_BODY
							   : span_is(text, "answer") ? SHOW_PART_ANSWER
														 : SHOW_PART_FORM;

	if (kind == SHOW_PART_FORM && !span_to_number(text, HAR_PARTS_MAX, &index))
		return false;
	*ret_part = (struct show_part){kind, index};
	return true;
}

/* Writes what lies in a stretch of the body, all of which is read: only at its end is it known
 * whether it is what was recorded. */
static int copy_stretch(
	struct capture_body *body, uint64_t skip, uint64_t length, FILE *out, struct err *err)
{
	char bytes[16384];
	long n;

	while ((n = capture_body_read(body, bytes, sizeof bytes, err)) > 0) {
		struct span got = {bytes, (size_t)n};
		size_t skipped = skip < got.n ? (size_t)skip : got.n;

		skip -= skipped;
		got = span_skip(got, skipped);
		got = span_first(got, length < got.n ? (size_t)length : got.n);
		length -= got.n;
		(void)fwrite(got.p, 1, got.n, out);
	}
	return n < 0 ? -1 : 0;
}

static enum command_end copy_body(
	const struct walk *walk, uint64_t begin, uint64_t length, FILE *out, struct err *err)
{
	struct capture_body *body;
	int result;

	if (walk->entry.request.lacks_body) {
		(void)err_set(err, ERR_UNSUPPORTED, "#%llu: %s", (unsigned long long)walk->entry.seq,
			walk->entry.request.lacks_body);
		return COMMAND_INCONCLUSIVE;
	}
	if (capture_body_open(walk->reader, &walk->entry, &body, err) < 0) {
		(void)walk_fail(walk, err);
		return COMMAND_CORRUPT;
	}
	result = copy_stretch(body, begin, length, out, err);
	capture_body_close(body);
	if (result < 0)
		(void)walk_fail(walk, err);
	return result < 0 ? COMMAND_CORRUPT : COMMAND_SAME;
}

static enum command_end copy_answer(const struct walk *walk, FILE *out, struct err *err)
{
	const struct har_answer *answer = &walk->entry.answer;
	BUF_AUTO struct buf bytes = {0};

	if (answer->lacks_body) {
		(void)err_set(err, ERR_UNSUPPORTED, "#%llu: %s", (unsigned long long)walk->entry.seq,
			answer->lacks_body);
		return COMMAND_INCONCLUSIVE;
	}
	if (capture_read_answer(walk->reader, &walk->entry, COMPARE_BODY_MAX, &bytes, err) < 0) {
		(void)walk_fail(walk, err);
		return COMMAND_CORRUPT;
	}
	(void)fwrite(bytes.bytes, 1, bytes.n, out);
	return COMMAND_SAME;
}

enum command_end show_part_copy(
	const struct show_part *part, struct walk *walk, FILE *out, struct err *err)
{
	const struct har_request *request = &walk->entry.request;

	if (part->kind == SHOW_PART_ANSWER)
		return copy_answer(walk, out, err);
	if (part->kind == SHOW_PART_BODY)
		return copy_body(walk, 0, request->body_length, out, err);
	if (part->index >= request->part_count) {
		(void)err_set(err, ERR_INVALID, "--part: found %llu, wanted one of the %zu of #%llu",
			(unsigned long long)part->index, request->part_count,
			(unsigned long long)walk->entry.seq);
		return COMMAND_USAGE;
	}
	return copy_body(
		walk, request->parts[part->index].offset, request->parts[part->index].length, out, err);
}
