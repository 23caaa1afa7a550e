#include "mlreplay/export_entry.h"

enum { STEP = 65536 };

static const char too_long[] = "it is too long to be exported";

/* A piece of nothing stands for it: readers want a text where a request has a type. */
static void forget_pieces(struct export_entry *entry)
{
	entry->entry.request.pieces = &entry->nothing;
	entry->entry.request.piece_count = 1;
}

void export_entry_drop_request(struct export_entry *entry)
{
	entry->entry.request.lacks_body = too_long;
	forget_pieces(entry);
	buf_reset(&entry->request);
}

static int read_body(struct capture_body *body, struct buf *out, struct err *err)
{
	long n;

	while ((n = capture_body_read(body, buf_reserve(out, STEP), STEP, err)) > 0)
		out->n += (size_t)n;
	return n < 0 ? -1 : 0;
}

static int read_request(
	const struct walk *walk, uint64_t max, struct export_entry *entry, struct err *err)
{
	struct har_request *request = &entry->entry.request;
	struct capture_body *body;
	int result;

	if (request->lacks_body) {
		forget_pieces(entry);
		return 0;
	}
	if (request->body_length > max) {
		export_entry_drop_request(entry);
		return 0;
	}
	if (capture_body_open(walk->reader, &walk->entry, &body, err) < 0)
		return -1;
	result = read_body(body, &entry->request, err);
	capture_body_close(body);
	return result;
}

static int read_answer(const struct walk *walk, struct export_entry *entry, struct err *err)
{
	struct har_answer *answer = &entry->entry.answer;

	answer->sha256 = SPAN_EMPTY;
	if (answer->lacks_body)
		return 0;
	if (answer->body_length > HAR_ANSWER_MAX) {
		answer->lacks_body = too_long;
		return 0;
	}
	if (capture_read_answer(walk->reader, &walk->entry, HAR_ANSWER_MAX, &entry->answer, err) < 0)
		return -1;
	answer->body = buf_span(&entry->answer);
	return 0;
}

int export_entry_read(
	const struct walk *walk, uint64_t request_max, struct export_entry *ret_entry, struct err *err)
{
	*ret_entry = (struct export_entry){.entry = walk->entry};
	if (read_request(walk, request_max, ret_entry, err) == 0 &&
		read_answer(walk, ret_entry, err) == 0)
		return 0;
	export_entry_deinit(ret_entry);
	return walk_fail(walk, err);
}

void export_entry_count(const struct export_entry *entry, struct export_sums *sums)
{
	sums->entries++;
	sums->requests_lacking += entry->entry.request.lacks_body != NULL;
	sums->answers_lacking += entry->entry.answer.lacks_body != NULL;
}

void export_entry_deinit(struct export_entry *entry)
{
	buf_deinit(&entry->request);
	buf_deinit(&entry->answer);
}
