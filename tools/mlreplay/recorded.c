#include "mlreplay/recorded.h"

#include "mlreplay/coding.h"
#include "mlreplay/head.h"
#include "wire/json.h"

/* Other tools write the text that was packed beside the field that says so: what cannot be unpacked
 * and is JSON is as it should be. */
static int unpack(const struct har_answer *answer, struct buf *body, struct err *err)
{
	struct span codings =
		head_find(answer->fields, answer->field_count, SPAN_LITERAL("Content-Encoding"));
	enum json_type type;
	struct err ignored;

	if (coding_undo(codings, COMPARE_BODY_MAX, body, err) == 0 ||
		json_check_whole(buf_span(body), &type, &ignored) == 0)
		return 0;
	return 1;
}

int recorded_answer(const struct capture_reader *reader, const struct har_entry *entry,
	struct buf *body, struct compare_answer *ret_answer, struct err *err)
{
	const struct har_answer *answer = &entry->answer;

	buf_reset(body);
	*ret_answer = (struct compare_answer){.status = answer->status};
	if (!answer->status || answer->lacks_body) {
		err_fill(err, ERR_UNSUPPORTED, "%s",
			answer->status ? answer->lacks_body : "the capture has no answer to it");
		return 1;
	}
	if (capture_read_answer(reader, entry, COMPARE_BODY_MAX, body, err) < 0)
		return -1;
	if (unpack(answer, body, err))
		return 1;
	ret_answer->body = buf_span(body);
	return 0;
}

int64_t recorded_ns(const struct har_times *times)
{
	const int64_t all[] = {times->blocked_ns, times->dns_ns, times->connect_ns, times->send_ns,
		times->wait_ns, times->receive_ns};
	int64_t sum = -1;

	/* None is more than HAR_MS_MAX. */
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i] >= 0)
			sum = (sum < 0 ? 0 : sum) + all[i];
	return sum;
}
