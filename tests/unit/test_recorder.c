/* The recorder with real folders: what was submitted is in them, and what becomes of it when they
 * cannot be used. */
#include "io/recorder.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/thread.h"
#include "rig/disk.h"
#include "rig/suite.h"
#include "rig/tape.h"

enum { PHOTO = 250000, LOG_MAX = 65536 };

static struct tape tape;
static struct parts *parts;
static struct log the_log;
static int log_from;
static char logged[LOG_MAX];
static struct recorder *recorder;

static void set_up(void)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	log_from = ends[0];
	the_log = (struct log){.level = LOG_INFO, .fd = ends[1]};
	tape_init(&tape);
	parts = parts_new();
	recorder = recorder_new(&the_log, parts);
}

static void tear_down(void)
{
	recorder_free(recorder);
	ck_assert_uint_eq(parts_bytes(parts), 0);
	parts_free(parts);
	tape_deinit(&tape);
	(void)close(log_from);
	(void)close(the_log.fd);
}

static void record_to(const char *dir)
{
	const struct capture_config config = {.is_enabled = true, .dir = span_of(dir), .sample = 1};

	recorder_set(recorder, &config);
}

static void record_no_more(const char *dir)
{
	const struct capture_config config = {.dir = span_of(dir), .sample = 1};

	recorder_set(recorder, &config);
}

static struct recorder_status status(void)
{
	struct recorder_status status;

	recorder_flush(recorder);
	recorder_status(recorder, &status);
	return status;
}

/* The number of lines of that event since the last call. */
static int count_logged(const char *event)
{
	ssize_t n = read(log_from, logged, sizeof logged - 1);
	int count = 0;

	logged[n > 0 ? n : 0] = '\0';
	for (const char *at = logged; (at = strstr(at, event)); at++)
		count++;
	return count;
}

/* -- records --------------------------------------------------------------------------------- */

static struct record *make(enum har_side side, const char *boundary)
{
	struct record *record = record_new();
	struct har_entry *entry = &record->entry;

	entry->side = side;
	entry->started_us = 1763712000000000;
	entry->id = SPAN_LITERAL("id");
	entry->backend = side == HAR_BACKEND ? SPAN_LITERAL("gpu") : SPAN_EMPTY;
	entry->attempt = side == HAR_BACKEND;
	entry->request.method = SPAN_LITERAL("POST");
	entry->request.url = SPAN_LITERAL("http://ml:3003/predict");
	entry->request.http_version = SPAN_LITERAL("HTTP/1.1");
	entry->answer.status = 200;
	entry->answer.reason = SPAN_LITERAL("OK");
	entry->answer.http_version = SPAN_LITERAL("HTTP/1.1");
	entry->answer.mime_type = SPAN_LITERAL("application/json");
	record->boundary = arena_dup(&record->arena, span_of(boundary));
	return record;
}

static void append_photo(struct chain *chain, unsigned seed)
{
	struct chunk *chunk = chunk_new(PHOTO);

	for (size_t i = 0; i < PHOTO; i++)
		chunk->bytes[i] = (char)((i * 7 + i / 300) ^ seed);
	chain_append(chain, (struct slice){chunk, {chunk->bytes, PHOTO}});
	chunk_unref(chunk);
}

/* A client's request with a photo, which is a blob, and an answer in two pieces. */
static struct record *make_upload(enum har_side side, unsigned seed)
{
	struct record *record = make(side, "B");

	chain_append(&record->request,
		(struct slice){NULL, SPAN_LITERAL("--B\r\nContent-Disposition: form-data; name=\"image\"; "
										  "filename=\"blob\"\r\n\r\n")});
	append_photo(&record->request, seed);
	chain_append(&record->request, (struct slice){NULL, SPAN_LITERAL("\r\n--B--\r\n")});
	chain_append(&record->answer, (struct slice){NULL, SPAN_LITERAL("{\"clip\":")});
	chain_append(&record->answer, (struct slice){NULL, SPAN_LITERAL("\"[1]\"}")});
	record->entry.answer.body_length = chain_length(&record->answer);
	return record;
}

static void submit(struct record *one, struct record *two)
{
	struct record *records[] = {one, two};

	recorder_submit(recorder, records, two ? 2 : 1);
	record_unref(one);
	record_unref(two);
}

static void submit_upload(unsigned seed)
{
	submit(make_upload(HAR_CLIENT, seed), make_upload(HAR_BACKEND, seed));
}

/* -- what is written ------------------------------------------------------------------------- */

START_TEST(submit_writes_the_exchange)
{
	struct span body;

	record_to(tape.path);
	ck_assert(recorder_is_enabled(recorder));
	submit(make(HAR_CLIENT, ""), NULL);
	submit_upload(1);
	ck_assert_uint_eq(status().stats.entries, 3);
	tape_read(&tape, tape.path);
	ck_assert_uint_eq(tape.count, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(tape.entries[i].seq, i + 1);
	ck_assert_uint_eq(tape.entries[0].exchange, 1);
	ck_assert_uint_eq(tape.entries[1].exchange, 2);
	ck_assert_uint_eq(tape.entries[2].exchange, 2);
	ck_assert_int_eq(tape.entries[2].side, HAR_BACKEND);
	ck_assert(span_is(tape.entries[1].answer.body, "{\"clip\":\"[1]\"}"));
	ck_assert_uint_eq(tape.entries[1].request.sha256.n, HAR_SHA256_DIGITS);
	ck_assert(span_equal(tape.entries[1].request.sha256, tape.entries[2].request.sha256));
	body = tape_body(&tape, tape.path, &tape.entries[2]);
	ck_assert(span_starts(body, SPAN_LITERAL("--B\r\n")));
	ck_assert_uint_eq(body.n, tape.entries[2].request.body_length);
}
END_TEST

START_TEST(submit_writes_one_photo_once)
{
	record_to(tape.path);
	submit_upload(1);
	recorder_flush(recorder);
	submit_upload(1);
	submit_upload(2);
	ck_assert_uint_eq(status().stats.blobs, 2);
	ck_assert_uint_eq(status().stats.entries, 6);
	ck_assert_uint_gt(status().stats.bytes, UINT64_C(2) * PHOTO);
	ck_assert_uint_lt(status().stats.bytes, UINT64_C(3) * PHOTO);
}
END_TEST

/* Bodies that have all but a literal in common are told apart. */
START_TEST(submit_hashes_each_body)
{
	struct record *other = make_upload(HAR_BACKEND, 1);

	chain_append(&other->request, (struct slice){NULL, SPAN_LITERAL("\r\n")});
	record_to(tape.path);
	submit(make_upload(HAR_CLIENT, 1), other);
	recorder_flush(recorder);
	tape_read(&tape, tape.path);
	ck_assert(!span_equal(tape.entries[0].request.sha256, tape.entries[1].request.sha256));
	for (size_t i = 0; i < 2; i++)
		ck_assert_uint_eq(
			tape_body(&tape, tape.path, &tape.entries[i]).n, tape.entries[i].request.body_length);
}
END_TEST

START_TEST(submit_given_an_answer_too_long_for_a_line_makes_it_a_blob)
{
	struct record *record = make(HAR_CLIENT, "");

	while (chain_length(&record->answer) <= HAR_ANSWER_MAX)
		append_photo(&record->answer, 0);
	record->entry.answer.body_length = chain_length(&record->answer);
	record_to(tape.path);
	submit(record, NULL);
	ck_assert_uint_eq(status().stats.blobs, 1);
	tape_read(&tape, tape.path);
	ck_assert_uint_eq(tape.entries[0].answer.sha256.n, HAR_SHA256_DIGITS);
	ck_assert_uint_gt(tape.entries[0].answer.body_length, HAR_ANSWER_MAX);
}
END_TEST

/* Whatever the rules say is done before anything touches the disk; what it does is in
 * test_record_redact.c. */
START_TEST(submit_writes_what_the_rules_leave)
{
	struct redact_rule rule = {REDACT_TEXT, SPAN_LITERAL("hash")};
	const struct capture_config config = {.is_enabled = true,
		.dir = span_of(tape.path),
		.sample = 1,
		.redact = &rule,
		.redact_count = 1};
	struct record *record = make(HAR_CLIENT, "B");
	struct span body;

	chain_append_copy(&record->request,
		SPAN_LITERAL("--B\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nbeach\r\n--B--"));
	recorder_set(recorder, &config);
	rule.kind = REDACT_HEADER; /* which is nothing to the recorder any more */
	submit(record, NULL);
	recorder_flush(recorder);
	tape_read(&tape, tape.path);
	ck_assert(tape.entries[0].is_unplayable);
	body = tape_body(&tape, tape.path, &tape.entries[0]);
	ck_assert_ptr_null(memmem(body.p, body.n, "beach", 5));
	ck_assert_ptr_nonnull(memmem(body.p, body.n, "\r\n--B--", 7));
}
END_TEST

START_TEST(free_writes_what_was_submitted)
{
	record_to(tape.path);
	submit_upload(1);
	recorder_free(recorder);
	tape_read(&tape, tape.path);
	ck_assert_uint_eq(tape.count, 2);
	recorder = recorder_new(&the_log, parts);
}
END_TEST

/* Without anybody who waits for it. */
START_TEST(submit_is_on_disk_by_itself)
{
	struct recorder_status now;

	record_to(tape.path);
	submit_upload(1);
	do {
		(void)sched_yield();
		recorder_status(recorder, &now);
	} while (now.stats.entries < 2);
	tape_read(&tape, tape.path);
	ck_assert_uint_eq(tape.count, 2);
}
END_TEST

static atomic_bool is_enough;

static void *submit_again_and_again(void *ctx)
{
	(void)ctx;
	while (!atomic_load(&is_enough))
		submit(make(HAR_CLIENT, ""), NULL);
	return NULL;
}

/* What comes behind it is not waited for. */
START_TEST(flush_ends_while_others_submit)
{
	struct thread other = {.is_there = false};

	record_to(tape.path);
	ck_assert_int_eq(thread_start(&other, submit_again_and_again, NULL), 0);
	recorder_flush(recorder);
	recorder_flush(recorder);
	atomic_store(&is_enough, true);
	thread_join(&other);
	ck_assert(!status().has_failed);
}
END_TEST

/* -- settings -------------------------------------------------------------------------------- */

START_TEST(submit_before_it_is_enabled_is_ignored)
{
	ck_assert(!recorder_is_enabled(recorder) && !recorder_is_enabled(NULL));
	submit_upload(1);
	record_no_more(tape.path);
	submit_upload(1);
	ck_assert(!status().is_enabled);
	ck_assert_uint_eq(status().dropped, 0);
	ck_assert_int_eq(access(tape.path, F_OK), -1);
}
END_TEST

START_TEST(set_makes_the_folder_at_once)
{
	record_to(tape.path);
	recorder_flush(recorder);
	ck_assert_int_eq(access(tape.path, F_OK), 0);
	ck_assert_int_eq(count_logged("event=capture "), 1);
}
END_TEST

START_TEST(set_ends_and_goes_on_in_the_same_folder)
{
	record_to(tape.path);
	submit_upload(1);
	record_no_more(tape.path);
	submit_upload(2);
	ck_assert(!status().is_enabled);
	record_to(tape.path);
	record_to(tape.path);
	submit_upload(1);
	ck_assert_uint_eq(status().stats.entries, 4);
	ck_assert_uint_eq(status().stats.blobs, 1);
	ck_assert_int_eq(count_logged("event=capture "), 2); /* it was opened twice */
	tape_read(&tape, tape.path);
	ck_assert_uint_eq(tape.count, 4);
	ck_assert_uint_eq(tape.entries[3].exchange, 3);
}
END_TEST

/* What was submitted before goes to the old one. */
START_TEST(set_given_another_folder_goes_on_there)
{
	char other[64];

	(void)snprintf(other, sizeof other, "%s/other", tape.folder);
	record_to(tape.path);
	submit_upload(1);
	record_to(other);
	submit_upload(1);
	ck_assert_uint_eq(status().stats.entries, 4);
	tape_read(&tape, tape.path);
	ck_assert_uint_eq(tape.count, 2);
	tape_read(&tape, other);
	ck_assert_uint_eq(tape.count, 2);
	(void)tape_body(&tape, other, &tape.entries[0]);
}
END_TEST

/* -- limits ---------------------------------------------------------------------------------- */

/* Submits a record that the thread cannot settle until its lock is given back; of those before it,
 * which the thread was too fast for, nothing is left. */
static struct record *hold_thread(void)
{
	for (;;) {
		struct record *record = make(HAR_CLIENT, "");

		recorder_flush(recorder);
		submit(record_ref(record), NULL);
		pthread_mutex_lock(&record->lock);
		if (!atomic_load(&record->is_settled))
			return record;
		pthread_mutex_unlock(&record->lock);
		record_unref(record);
	}
}

START_TEST(submit_given_full_queue_counts_what_it_drops)
{
	struct recorder_status now;
	struct record *held;

	record_to(tape.path);
	held = hold_thread();
	for (int i = 1; i < RECORDER_QUEUE_MAX; i++)
		submit(make(HAR_CLIENT, ""), NULL);
	recorder_status(recorder, &now);
	ck_assert_uint_eq(now.queued, RECORDER_QUEUE_MAX);
	ck_assert_uint_gt(now.queued_bytes, 0);
	ck_assert_uint_eq(now.dropped, 0);
	submit(make(HAR_CLIENT, ""), make(HAR_BACKEND, ""));
	recorder_status(recorder, &now);
	ck_assert_uint_eq(now.dropped, 2);
	pthread_mutex_unlock(&held->lock);
	record_unref(held);
	ck_assert_uint_ge(status().stats.entries, RECORDER_QUEUE_MAX);
	ck_assert_uint_eq(status().queued, 0);
	ck_assert_uint_eq(status().queued_bytes, 0);
	ck_assert_uint_eq(status().dropped, 2);
}
END_TEST

/* The bytes are never looked at. */
START_TEST(submit_given_more_bytes_than_the_queue_holds_drops_it)
{
	struct record *record = make(HAR_CLIENT, "");

	chain_append(&record->request, (struct slice){NULL, {"", RECORDER_QUEUE_BYTES_MAX}});
	record_to(tape.path);
	submit(record, NULL);
	ck_assert_uint_eq(status().dropped, 1);
	ck_assert_uint_eq(status().stats.entries, 0);
}
END_TEST

START_TEST(submit_given_too_many_records_drops_them)
{
	struct record *records[RECORDER_EXCHANGE_RECORDS_MAX + 1];

	record_to(tape.path);
	for (size_t i = 0; i <= RECORDER_EXCHANGE_RECORDS_MAX; i++)
		records[i] = make(i ? HAR_BACKEND : HAR_CLIENT, "");
	recorder_submit(recorder, records, RECORDER_EXCHANGE_RECORDS_MAX + 1);
	ck_assert_uint_eq(status().dropped, RECORDER_EXCHANGE_RECORDS_MAX + 1);
	recorder_submit(recorder, records, RECORDER_EXCHANGE_RECORDS_MAX);
	ck_assert_uint_eq(status().stats.entries, RECORDER_EXCHANGE_RECORDS_MAX);
	for (size_t i = 0; i <= RECORDER_EXCHANGE_RECORDS_MAX; i++)
		record_unref(records[i]);
}
END_TEST

/* -- disks that cannot be used --------------------------------------------------------------- */

START_TEST(set_given_what_is_no_folder_says_so_until_it_is_one)
{
	int fd = open(tape.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	struct recorder_status now;

	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	record_to(tape.path);
	now = status();
	ck_assert(now.has_failed && !now.is_enabled && !recorder_is_enabled(recorder));
	ck_assert_ptr_nonnull(strstr(now.why.text, tape.path));
	ck_assert_int_eq(count_logged("event=capture-failed"), 1);
	submit_upload(1);
	ck_assert_uint_eq(status().dropped, 0); /* nobody was to record it */
	ck_assert_int_eq(unlink(tape.path), 0);
	record_to(tape.path);
	submit_upload(1);
	now = status();
	ck_assert(!now.has_failed && now.is_enabled);
	ck_assert_uint_eq(now.stats.entries, 2);
}
END_TEST

START_TEST(full_disk_stops_it_once_and_leaves_what_was_written)
{
	struct recorder_status now;
	char path[64];
	struct disk disk;

	if (!disk_mount(&disk))
		return;
	(void)snprintf(path, sizeof path, "%s/capture", disk.path);
	record_to(path);
	submit(make(HAR_CLIENT, ""), NULL);
	recorder_flush(recorder);
	submit_upload(1);
	submit_upload(2);
	now = status();
	ck_assert(now.has_failed && !now.is_enabled);
	ck_assert_uint_eq(now.stats.entries, 1);
	ck_assert_uint_eq(now.dropped, 4);
	ck_assert_int_eq(count_logged("event=capture-failed"), 1);
	ck_assert_ptr_nonnull(strstr(logged, "No space left on device"));
	tape_read(&tape, path);
	ck_assert_uint_eq(tape.count, 1);
	record_to(path);
	submit(make(HAR_CLIENT, ""), NULL);
	ck_assert_uint_eq(status().stats.entries, 2);
	ck_assert(!status().has_failed);
	recorder_free(recorder);
	recorder = recorder_new(&the_log, parts);
	disk_unmount(&disk);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("recorder");
	TCase *writing = suite_case(suite, "writing", set_up, tear_down);
	TCase *settings = suite_case(suite, "settings", set_up, tear_down);
	TCase *limits = suite_case(suite, "limits", set_up, tear_down);
	TCase *failing = suite_case(suite, "failing", set_up, tear_down);

	tcase_add_test(writing, submit_writes_the_exchange);
	tcase_add_test(writing, submit_writes_one_photo_once);
	tcase_add_test(writing, submit_hashes_each_body);
	tcase_add_test(writing, submit_given_an_answer_too_long_for_a_line_makes_it_a_blob);
	tcase_add_test(writing, submit_writes_what_the_rules_leave);
	tcase_add_test(writing, free_writes_what_was_submitted);
	tcase_add_test(writing, submit_is_on_disk_by_itself);
	tcase_add_test(writing, flush_ends_while_others_submit);
	tcase_add_test(settings, submit_before_it_is_enabled_is_ignored);
	tcase_add_test(settings, set_makes_the_folder_at_once);
	tcase_add_test(settings, set_ends_and_goes_on_in_the_same_folder);
	tcase_add_test(settings, set_given_another_folder_goes_on_there);
	tcase_add_test(limits, submit_given_full_queue_counts_what_it_drops);
	tcase_add_test(limits, submit_given_more_bytes_than_the_queue_holds_drops_it);
	tcase_add_test(limits, submit_given_too_many_records_drops_them);
	tcase_add_test(failing, set_given_what_is_no_folder_says_so_until_it_is_one);
	tcase_add_test(failing, full_disk_stops_it_once_and_leaves_what_was_written);
	return suite;
}
