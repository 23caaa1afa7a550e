/* What is recorded to disk of what passes: which exchanges, and that nobody waits for it. */
#include <stdio.h>

#include "proxy/records.h"
#include "proxy/tap.h"
#include "rig/configs.h"
#include "rig/disk.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"
#include "rig/tape.h"

#define CLIP "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OCR  "{\"ocr\":{\"detection\":{\"modelName\":\"m\"}}}"
#define TEXT "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
#define OK   TEXT "content-length: 7\r\n\r\n{\"a\":1}"
#define BAD  "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 2\r\n\r\nno"
#define GOOD SPAN_LITERAL("{\"a\":1}")

enum { PHOTO = 300000 };

static struct tape tape;
static struct rig rig;

static void set_up(void)
{
	tape_init(&tape);
}

static void tear_down(void)
{
	rig_deinit(&rig);
	tape_deinit(&tape);
}

static void start_in(const char *dir, const char *more)
{
	BUF_AUTO struct buf config = {0};

	buf_add_format(&config,
		"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}],"
		"\"capture\":{\"dir\":\"%s\"%s}}",
		dir, more);
	rig_init(&rig, 1, config.bytes);
	rig_answers(&rig, 0, OK);
}

static void start(const char *more)
{
	start_in(tape.path, more);
}

static struct peer *post(const char *entries)
{
	BUF_AUTO struct buf photo = form_photo(PHOTO);
	BUF_AUTO struct buf body = form_body(entries, FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));

	return rig_asks(&rig, buf_span(&request));
}

/* The number of entries that are on disk now. */
static size_t count_written(void)
{
	struct recorder_status status;

	recorder_flush(rig.shared.recorder);
	recorder_status(rig.shared.recorder, &status);
	ck_assert_uint_eq(status.dropped, 0);
	if (!status.stats.entries)
		return 0;
	tape_read(&tape, tape.path);
	ck_assert_uint_eq(tape.count, status.stats.entries);
	return tape.count;
}

START_TEST(exchange_is_written_with_the_request_to_its_backend)
{
	struct span body;

	start("");
	(void)expect_answer(&rig, post(CLIP), 200, GOOD);
	ck_assert_uint_eq(count_written(), 2);
	ck_assert_int_eq(tape.entries[0].side, HAR_CLIENT);
	ck_assert_int_eq(tape.entries[1].side, HAR_BACKEND);
	ck_assert(span_is(tape.entries[1].backend, "b1"));
	ck_assert_uint_eq(tape.entries[1].exchange, 1);
	for (size_t i = 0; i < 2; i++) {
		ck_assert(span_equal(tape.entries[i].answer.body, GOOD));
		ck_assert_uint_eq(tape.entries[i].request.part_count, 2);
		body = tape_body(&tape, tape.path, &tape.entries[i]);
		ck_assert_uint_gt(body.n, PHOTO);
	}
}
END_TEST

START_TEST(photo_that_comes_again_is_written_once)
{
	struct recorder_status status;

	start("");
	(void)expect_answer(&rig, post(CLIP), 200, GOOD);
	(void)expect_answer(&rig, post(OCR), 200, GOOD);
	ck_assert_uint_eq(count_written(), 4);
	recorder_status(rig.shared.recorder, &status);
	ck_assert_uint_eq(status.stats.blobs, 1);
}
END_TEST

static const struct {
	const char *capture;
	const char *entries;
	const char *answer;
	int status;
	size_t written;
} rows[] = {
	{",\"enabled\":false", CLIP, OK, 200, 0},
	{",\"sample\":0", CLIP, OK, 200, 0},
	{",\"match\":{\"task\":\"clip\"}", CLIP, OK, 200, 2},
	{",\"match\":{\"task\":\"ocr\"}", CLIP, OK, 200, 0},
	{",\"match\":{\"status\":200}", CLIP, OK, 200, 2},
	{",\"match\":{\"status\":\"5xx\"}", CLIP, OK, 200, 0},
	{",\"match\":{\"status\":\"5xx\"}", CLIP, BAD, 500, 2},
	{",\"match\":{\"errorsOnly\":true}", CLIP, OK, 200, 0},
	{",\"match\":{\"errorsOnly\":true}", CLIP, BAD, 500, 2},
	{",\"match\":{\"minMs\":1}", CLIP, OK, 200, 0}, /* the clock stands still */
	{",\"match\":{\"status\":422}", "no JSON", OK, 422, 1},
	{",\"match\":{\"status\":422,\"task\":\"clip\"}", "no JSON", OK, 422, 0},
};

START_TEST(exchange_is_written_if_it_matches)
{
	struct peer *client;
	char line[32];

	start(rows[_i].capture);
	rig_answers(&rig, 0, rows[_i].answer);
	client = post(rows[_i].entries);
	(void)snprintf(line, sizeof line, "HTTP/1.1 %d ", rows[_i].status);
	RIG_UNTIL(&rig, peer_has(client, line));
	rig_settle(&rig);
	ck_assert_uint_eq(count_written(), rows[_i].written);
}
END_TEST

/* A backend that cannot be reached is a failure, whatever the client gets. */
START_TEST(refusal_is_written_as_seen)
{
	struct peer *client;

	start(",\"match\":{\"errorsOnly\":true}");
	rig_refuses(&rig, 0);
	client = post(CLIP);
	RIG_UNTIL(&rig, peer_has(client, "HTTP/1.1 50"));
	rig_settle(&rig);
	ck_assert_uint_eq(count_written(), 2);
	ck_assert_int_eq(tape.entries[1].fault, HAR_FAULT_REFUSED);
	ck_assert_int_eq(tape.entries[1].answer.status, 0);
}
END_TEST

START_TEST(pings_and_api_calls_are_not_written)
{
	static const char *const requests[] = {"GET /ping HTTP/1.1\r\nhost: a\r\n\r\n",
		"GET /api/config HTTP/1.1\r\nhost: a\r\n\r\n", "GET / HTTP/1.1\r\nhost: a\r\n\r\n"};

	start("");
	for (int i = 0; i < COUNT_OF(requests); i++) {
		struct peer *client = rig_asks(&rig, span_of(requests[i]));

		RIG_UNTIL(&rig, peer_has(client, "HTTP/1.1 "));
	}
	ck_assert_uint_eq(count_written(), 0);
}
END_TEST

START_TEST(exchange_that_holds_too_much_is_counted)
{
	struct recorder_status status;

	start("");
	atomic_store(&rig.shared.tap_bytes, TAP_BYTES_MAX - 1000);
	(void)expect_answer(&rig, post(CLIP), 200, GOOD);
	recorder_flush(rig.shared.recorder);
	recorder_status(rig.shared.recorder, &status);
	ck_assert_uint_eq(status.stats.entries, 0);
	ck_assert_uint_ge(status.dropped, 1); /* and what was already asked of backends */
	atomic_store(&rig.shared.tap_bytes, 0);
}
END_TEST

START_TEST(exchange_that_is_not_for_the_disk_is_not_missed_there)
{
	struct recorder_status status;
	struct err err;

	start(",\"sample\":0");
	ck_assert_int_eq(records_enable(rig.shared.records, true, &err), 0);
	atomic_store(&rig.shared.tap_bytes, TAP_BYTES_MAX - 1000);
	(void)expect_answer(&rig, post(CLIP), 200, GOOD);
	ck_assert_uint_eq(atomic_load(&rig.shared.tap_dropped), 1);
	recorder_status(rig.shared.recorder, &status);
	ck_assert_uint_eq(status.dropped, 0);
	atomic_store(&rig.shared.tap_bytes, 0);
}
END_TEST

START_TEST(full_disk_harms_no_exchange)
{
	struct recorder_status status;
	char path[64];
	struct disk disk;

	start(",\"enabled\":false");
	if (!disk_mount(&disk))
		return;
	rig_deinit(&rig);
	(void)snprintf(path, sizeof path, "%s/capture", disk.path);
	start_in(path, "");
	for (int i = 0; i < 3; i++) {
		(void)expect_answer(&rig, post(CLIP), 200, GOOD);
		recorder_flush(rig.shared.recorder);
	}
	recorder_status(rig.shared.recorder, &status);
	ck_assert(status.has_failed && !status.is_enabled);
	ck_assert_uint_eq(status.dropped, 2); /* of the first one; then nobody was to record any */
	ck_assert_uint_eq(atomic_load(&rig.shared.tap_bytes), 0);
	disk_unmount(&disk);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("capture");
	TCase *tcase = suite_case(suite, "capture", set_up, tear_down);

	tcase_add_test(tcase, exchange_is_written_with_the_request_to_its_backend);
	tcase_add_test(tcase, photo_that_comes_again_is_written_once);
	tcase_add_loop_test(tcase, exchange_is_written_if_it_matches, 0, COUNT_OF(rows));
	tcase_add_test(tcase, refusal_is_written_as_seen);
	tcase_add_test(tcase, pings_and_api_calls_are_not_written);
	tcase_add_test(tcase, exchange_that_holds_too_much_is_counted);
	tcase_add_test(tcase, exchange_that_is_not_for_the_disk_is_not_missed_there);
	tcase_add_test(tcase, full_disk_harms_no_exchange);
	return suite;
}
