#include "proxy/record_body.h"

struct record_body record_body_of(const struct record *record, bool is_answer)
{
	struct record_body body = {.record = record, .is_answer = is_answer};
	const struct har_request *request = &record->entry.request;

	if (is_answer)
		body.length = chain_length(&record->answer);
	for (size_t i = 0; !is_answer && i < request->piece_count; i++)
		body.length += request->pieces[i].length;
	return body;
}

static struct span answer_span(struct record_body *body)
{
	struct iovec iov = {0};

	(void)chain_peek(&body->record->answer, body->at, UINT64_MAX, &iov, 1);
	return (struct span){iov.iov_base, iov.iov_len};
}

/* Of a piece that is literal there is one slice. False behind the last one. */
static bool piece_slice(const struct record_body *body, struct span *ret_slice)
{
	const struct part *part = record_part(body->record, body->piece);

	if (!part) {
		*ret_slice = body->record->entry.request.pieces[body->piece].literal;
		return body->slice == 0;
	}
	if (body->slice == part->slice_count)
		return false;
	*ret_slice = part->slices[body->slice].bytes;
	return true;
}

static struct span request_span(struct record_body *body)
{
	while (body->piece < body->record->entry.request.piece_count) {
		struct span slice;

		if (!piece_slice(body, &slice)) {
			body->piece++;
			body->slice = 0;
		} else if (body->at < slice.n) {
			return span_skip(slice, (size_t)body->at);
		} else {
			body->at = 0;
			body->slice++;
		}
	}
	return SPAN_EMPTY;
}

/* What lies together of what is left; empty at the end. */
static struct span next_span(struct record_body *body)
{
	return body->is_answer ? answer_span(body) : request_span(body);
}

void record_body_skip(struct record_body *body, uint64_t n)
{
	while (n) {
		struct span next = next_span(body);
		uint64_t some = n < next.n ? n : next.n;

		if (!next.n)
			return;
		body->at += some;
		n -= some;
	}
}

size_t record_body_read(struct record_body *body, char *into, size_t n)
{
	size_t filled = 0;

	while (filled < n) {
		struct span next = span_first(next_span(body), n - filled);

		if (!next.n)
			break;
		memcpy(into + filled, next.p, next.n);
		filled += next.n;
		body->at += next.n;
	}
	return filled;
}

void record_body_rest(struct record_body *body, struct buf *out)
{
	for (struct span next = next_span(body); next.n; next = next_span(body)) {
		buf_add(out, next);
		body->at += next.n;
	}
}
