/* Replays fixtures/http1: messages one behind the other, with bodies by length. What follows a head
 * whose body has no length is told as a number of bytes. */
#include "wire/http1.h"

#include "base/mem.h"
#include "rig/golden.h"
#include "rig/suite.h"
#include "wire/status.h"

struct reader {
	struct http1 http1;
	struct buf *log;
	uint64_t body_left;
	uint64_t rest; /* bytes behind a head whose body has no length */
	bool has_rest;
	bool has_failed;
};

static void *open_reader(struct buf *log, enum http1_kind kind)
{
	static const struct http1_limits limits = {600, 12};
	struct reader *reader = mem_new(1, sizeof *reader);

	reader->log = log;
	http1_init(&reader->http1, kind, &limits);
	return reader;
}

static void *open_requests(struct buf *log)
{
	return open_reader(log, HTTP1_REQUEST);
}

static void *open_answers(struct buf *log)
{
	return open_reader(log, HTTP1_RESPONSE);
}

static void log_part(struct buf *log, const char *before, struct span bytes)
{
	buf_add_text(log, before);
	golden_log_bytes(log, bytes);
}

static void log_head(struct buf *log, const struct http1_head *head)
{
	static const char *const bodies[] = {"none", "length", "chunked", "until close"};

	if (head->status) {
		buf_add_format(log, "answer 1.%d %d", head->version_minor, head->status);
		log_part(log, " ", head->reason);
	} else {
		buf_add_format(log, "request 1.%d", head->version_minor);
		log_part(log, " ", head->method);
		log_part(log, " ", head->target);
		log_part(log, "\n  path ", head->path);
		log_part(log, " query ", head->query);
	}
	for (size_t i = 0; i < head->field_count; i++) {
		bool may_pass = head->fields[i].may_pass;

		log_part(log, may_pass ? "\n  pass " : "\n  drop ", head->fields[i].name);
		log_part(log, ": ", head->fields[i].value);
	}
	buf_add_format(log, "\n  body %s", bodies[head->body]);
	if (head->body == HTTP1_BODY_LENGTH)
		buf_add_format(log, " %llu", (unsigned long long)head->content_length);
	buf_add_text(log, head->expects_continue ? ", continue" : "");
	buf_add_text(log, head->is_last ? ", last\n" : "\n");
}

static void end_head(struct reader *reader)
{
	const struct http1_head *head = &reader->http1.head;

	log_head(reader->log, head);
	reader->body_left = head->body == HTTP1_BODY_LENGTH ? head->content_length : 0;
	reader->has_rest = head->body == HTTP1_BODY_CHUNKED || head->body == HTTP1_BODY_UNTIL_CLOSE;
	http1_reset(&reader->http1);
}

static void feed(void *object, struct span piece)
{
	struct reader *reader = object;
	struct err err = {0};

	while (piece.n && !reader->has_failed && !reader->has_rest) {
		struct span body = span_first(piece, (size_t)reader->body_left);
		int result;

		reader->body_left -= body.n;
		piece = span_skip(piece, body.n);
		if (!piece.n)
			break;
		result = http1_feed(&reader->http1, &piece, &err);
		if (result > 0)
			end_head(reader);
		reader->has_failed = result < 0;
		if (result < 0)
			buf_add_format(reader->log, "refused %d %s\n", status_of_err(err.kind), err.text);
	}
	reader->rest += reader->has_rest ? piece.n : 0;
}

static void close_reader(void *object)
{
	struct reader *reader = object;

	if (reader->has_rest)
		buf_add_format(reader->log, "rest %llu\n", (unsigned long long)reader->rest);
	else if (reader->body_left)
		buf_add_format(reader->log, "cut, %zu more\n", (size_t)reader->body_left);
	else if (!reader->has_failed && http1_is_inside(&reader->http1))
		buf_add_text(reader->log, "cut in a head\n");
	http1_deinit(&reader->http1);
	mem_free(reader);
}

START_TEST(replay_of_requests_at_every_piece_size_gives_the_same_events)
{
	static const struct golden_reader reader = {open_requests, feed, close_reader};

	golden_check("http1/request", &reader);
}
END_TEST

START_TEST(replay_of_answers_at_every_piece_size_gives_the_same_events)
{
	static const struct golden_reader reader = {open_answers, feed, close_reader};

	golden_check("http1/answer", &reader);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("http1 golden");
	TCase *tcase = tcase_create("replay");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, replay_of_requests_at_every_piece_size_gives_the_same_events);
	tcase_add_test(tcase, replay_of_answers_at_every_piece_size_gives_the_same_events);
	suite_add_tcase(suite, tcase);
	return suite;
}
