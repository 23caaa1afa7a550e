/* Requests that are kept for another backend, with little memory for it, so that they go to disk.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/backend.h"
#include "io/spool.h"
#include "rig/configs.h"
#include "rig/disk.h"
#include "rig/expect.h"
#include "rig/fault.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG(limits)                                                                            \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"},"           \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},{\"name\":\"b3\",\"url\":\"http://$3\"}],"           \
	"\"taskRouting\":{\"clip\":[\"b1\",\"b2\"],\"ocr\":\"b3\"},\"limits\":{\"keptBytes\":" limits \
	"}}"
#define LITTLE  "65536"
#define CLIP    "\"clip\":{\"visual\":{\"modelName\":\"m\"}}"
#define OCR     "\"ocr\":{\"detection\":{\"modelName\":\"m\"}}"
#define OK_CLIP "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"clip\":1}"
#define OK_OCR  "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"ocr\":2}"
#define PREDICT "POST /predict HTTP/1.1"

enum { PHOTO = 5 << 20 };

static struct rig rig;
static struct buf photo;
static size_t descriptors;

static void begin(const char *config)
{
	rig_init(&rig, 3, config);
	rig_listen(&rig);
	descriptors = fault_descriptors();
	rig_answers(&rig, 1, OK_CLIP);
	rig_answers(&rig, 2, OK_OCR);
	photo = form_photo(PHOTO);
}

static void end(void)
{
	fault_expect_all_back(&rig, descriptors);
	rig_deinit(&rig);
	buf_deinit(&photo);
}

/* The configuration with these for limits, one behind the other. */
static void write_config(struct buf *config, const char *a, const char *b, const char *c)
{
	struct span rest = SPAN_LITERAL(CONFIG("@"));

	buf_add(config, span_cut(&rest, '@'));
	buf_add_text(config, a);
	buf_add_text(config, b);
	buf_add_text(config, c);
	buf_add_format(config, "%.*s", SPAN_ARG(rest));
}

static struct buf body_of(const char *entries)
{
	return form_body(entries, FORM_IMAGE, buf_span(&photo));
}

static struct peer *post(struct span body, bool is_chunked)
{
	BUF_AUTO struct buf request = is_chunked
									  ? form_request_chunked("/predict", FORM_TYPE, body, 77777)
									  : form_request("/predict", FORM_TYPE, body);

	return rig_asks(&rig, buf_span(&request));
}

/* Until b1 has got that much. */
static struct peer *post_until(const char *entries, size_t got)
{
	BUF_AUTO struct buf body = body_of(entries);
	struct peer *client = post(buf_span(&body), false);

	RIG_UNTIL(&rig, rig_peer(&rig, 0) && rig_peer(&rig, 0)->in.n >= got);
	return client;
}

static enum health_status status_of(size_t backend)
{
	return backend_status(rig.config->backends[backend].state);
}

/* -- moved ----------------------------------------------------------------------------------- */

static const struct {
	const char *limits;
	size_t got; /* by the first backend, when it fails */
	bool is_chunked;
	bool spills;
} moves[] = {
	{"67108864", PHOTO, false, false},
	{LITTLE, PHOTO, false, true},
	{LITTLE, PHOTO, true, true},
	{LITTLE, PHOTO / 2, false, true}, /* the client is not at its end either */
	{LITTLE, PHOTO / 2, true, true},
	{"2000000", PHOTO, false, true},
};

START_TEST(backend_given_request_of_one_that_failed_gets_every_byte)
{
	BUF_AUTO struct buf body = {0};
	BUF_AUTO struct buf config = {0};
	struct peer *client;

	write_config(&config, moves[_i].limits, "", "");
	begin(config.bytes);
	body = body_of("{" CLIP "}");
	client = post(buf_span(&body), moves[_i].is_chunked);
	RIG_UNTIL(&rig, rig_peer(&rig, 0) && rig_peer(&rig, 0)->in.n >= moves[_i].got);
	ck_assert_int_eq(spool_used(rig.shared.spool) > 0, moves[_i].spills);
	peer_reset(rig_peer(&rig, 0));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1}"));
	(void)expect_request(&rig, 1, 0, PREDICT, buf_span(&body));
	ck_assert_uint_eq(rig.shared.spill_failures, 0);
	ck_assert_int_eq(status_of(0), HEALTH_UNHEALTHY);
	ck_assert_int_eq(status_of(1), HEALTH_HEALTHY);
	end();
}
END_TEST

/* Of a split the part that failed is sent again from the disk, while the other one, which got to
 * the same point, goes on when that has caught up. */
START_TEST(split_given_part_that_failed_sends_only_that_again)
{
	BUF_AUTO struct buf clip = {0};
	BUF_AUTO struct buf ocr = {0};
	struct peer *client;

	begin(CONFIG(LITTLE));
	client = post_until("{" CLIP "," OCR "}", PHOTO / 2);
	clip = body_of("{" CLIP "}");
	ocr = body_of("{" OCR "}");
	ck_assert_uint_gt(spool_used(rig.shared.spool), 0);
	peer_reset(rig_peer(&rig, 0));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1,\"ocr\":2}"));
	(void)expect_request(&rig, 1, 0, PREDICT, buf_span(&clip));
	(void)expect_request(&rig, 2, 0, PREDICT, buf_span(&ocr));
	ck_assert_uint_eq(rig.backends[2].request_count, 1);
	end();
}
END_TEST

/* What came before its entries waits in memory, and is put on disk when it is sent. */
START_TEST(request_given_late_entries_is_kept_on_disk_too)
{
	BUF_AUTO struct buf body = {0};
	struct peer *client;

	begin(CONFIG("8000000"));
	form_part(&body, FORM_IMAGE, buf_span(&photo));
	form_part(&body, FORM_IMAGE, span_first(buf_span(&photo), PHOTO / 4));
	form_part(&body, FORM_ENTRIES, SPAN_LITERAL("{" CLIP "}"));
	form_end(&body);
	client = post(buf_span(&body), false);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	ck_assert_uint_gt(spool_used(rig.shared.spool), 0);
	peer_reset(rig_peer(&rig, 0));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1}"));
	(void)expect_request(&rig, 1, 0, PREDICT, buf_span(&body));
	end();
}
END_TEST

/* -- let go ---------------------------------------------------------------------------------- */

/* Once there is an answer that counts nothing is kept any more, though more of it is to come. */
START_TEST(file_given_answer_is_closed_at_once)
{
	struct peer *client;

	begin(CONFIG(LITTLE));
	client = post_until("{" CLIP "}", PHOTO);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	ck_assert_uint_gt(spool_used(rig.shared.spool), 0);
	peer_send_text(
		rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 2000000\r\n\r\n{\"a\":\"");
	memset(photo.bytes, 'x', photo.n);
	peer_send(rig_peer(&rig, 0), span_first(buf_span(&photo), 1500000));
	RIG_UNTIL(&rig, client->in.n > 1048576);
	RIG_UNTIL(&rig, spool_used(rig.shared.spool) == 0);
	end();
}
END_TEST

/* While it is written, and while it is read back. */
START_TEST(file_given_client_that_leaves_is_closed)
{
	struct peer *client;

	begin(CONFIG(LITTLE));
	rig.backends[1].is_deaf = true;
	client = post_until("{" CLIP "}", PHOTO / 2);
	if (_i > 0) {
		peer_reset(rig_peer(&rig, 0));
		RIG_UNTIL(&rig, rig_peer(&rig, 1));
	}
	if (_i > 1)
		rig_settle(&rig);
	peer_reset(client);
	RIG_UNTIL(&rig, spool_used(rig.shared.spool) == 0);
	end();
}
END_TEST

/* -- disks that fail ------------------------------------------------------------------------- */

static const struct {
	const char *config;
	const char *says;
} broken[] = {
	{CONFIG(LITTLE ",\"spillDir\":\"/tmp/mlproxy/missing\""),
		"limits.spillDir (/tmp/mlproxy/missing): cannot create a file: No such file or directory"},
	{CONFIG(LITTLE ",\"spillDir\":\"/dev/null\""),
		"limits.spillDir (/dev/null): cannot create a file: Not a directory"},
	{CONFIG(LITTLE ",\"spillBytes\":1000000"), "limits.spillBytes (1000000 bytes) is used up"},
};

static void expect_told_once(const char *says)
{
	const char *lines = rig_logged(&rig);
	const char *line = strstr(lines, "level=warn event=spill-failed id=");

	ck_assert_msg(line && strstr(line, says), "%s", lines);
	ck_assert_ptr_nonnull(strstr(line, " hint=\"make room there, "));
	ck_assert_ptr_null(strstr(strstr(line, "id="), "event=spill-failed"));
	ck_assert_uint_eq(rig.shared.spill_failures, 1);
}

START_TEST(request_given_disk_that_fails_is_answered)
{
	BUF_AUTO struct buf body = {0};
	struct peer *client;

	begin(broken[_i].config);
	rig_answers(&rig, 0, OK_CLIP);
	body = body_of("{" CLIP "}");
	client = post(buf_span(&body), false);
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1}"));
	(void)expect_request(&rig, 0, 0, PREDICT, buf_span(&body));
	expect_told_once(broken[_i].says);
	end();
}
END_TEST

START_TEST(request_given_disk_and_backend_that_fail_is_502_and_names_both)
{
	struct peer *client;

	begin(broken[_i].config);
	client = post_until("{" CLIP "}", PHOTO);
	peer_reset(rig_peer(&rig, 0));
	(void)expect_detail(&rig, client, 502, broken[_i].says);
	ck_assert(peer_has(client, "\"detail\":\"backend 'b1': "));
	ck_assert_uint_eq(rig.backends[1].request_count, 0);
	ck_assert_int_eq(status_of(1), HEALTH_UNKNOWN);
	expect_told_once(broken[_i].says);
	end();
}
END_TEST

/* The request is answered if its backend does, and else fails with both named. */
START_TEST(request_given_full_disk_is_only_not_kept)
{
	BUF_AUTO struct buf config = {0};
	struct peer *client;
	struct disk disk;

	if (!disk_mount(&disk))
		return;
	write_config(&config, LITTLE ",\"spillDir\":\"", disk.path, "\"");
	begin(config.bytes);
	client = post_until("{" CLIP "}", PHOTO);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	if (_i) {
		peer_send_text(rig_peer(&rig, 0), OK_CLIP);
		(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1}"));
	} else {
		peer_reset(rig_peer(&rig, 0));
		(void)expect_detail(&rig, client, 502, "cannot write: No space left on device");
	}
	expect_told_once("cannot write: No space left on device");
	end();
	disk_unmount(&disk);
}
END_TEST

/* Calls it for every file that is open in the folder and has no name; returns what it adds up to.
 */
static uint64_t each_file(uint64_t (*visit)(int fd))
{
	DIR *all = opendir("/proc/self/fd");
	const struct dirent *entry;
	uint64_t sum = 0;

	ck_assert_ptr_nonnull(all);
	while ((entry = readdir(all))) { /* NOLINT(concurrency-mt-unsafe): a folder of one's own */
		char path[64];
		char target[64] = "";

		(void)snprintf(path, sizeof path, "/proc/self/fd/%.16s", entry->d_name);
		if (readlink(path, target, sizeof target - 1) > 0 && strstr(target, "/tmp/#") == target)
			sum += visit((int)strtol(entry->d_name, NULL, 10));
	}
	(void)closedir(all);
	return sum;
}

static uint64_t length_of(int fd)
{
	struct stat status;

	ck_assert_int_eq(fstat(fd, &status), 0);
	return (uint64_t)status.st_size;
}

static uint64_t cut(int fd)
{
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	return 0;
}

/* Until all is written that is to be: a write behind the end of a file that was cut would fill it
 * with zeros, and these can be read. */
static void await_disk(void)
{
	RIG_UNTIL(&rig, (rig_settle(&rig), each_file(length_of) == spool_used(rig.shared.spool)));
}

/* The second backend has begun to get the request when the rest cannot be read: it is no fault of
 * its. */
START_TEST(request_given_disk_that_cannot_be_read_fails_and_blames_it)
{
	struct peer *client;

	begin(CONFIG(LITTLE));
	rig.backends[1].is_deaf = true;
	client = post_until("{" CLIP "}", PHOTO);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1);
	await_disk();
	if (_i) {
		peer_reset(rig_peer(&rig, 0));
		RIG_UNTIL(&rig, rig_peer(&rig, 1));
		rig_settle(&rig);
		(void)each_file(cut);
		peer_set_deaf(rig_peer(&rig, 1), false);
	} else {
		(void)each_file(cut);
		peer_reset(rig_peer(&rig, 0));
	}
	(void)expect_detail(&rig, client, 500,
		"backend 'b2': limits.spillDir (/tmp): cannot read back: Input/output error");
	ck_assert_uint_eq(rig.backends[1].request_count, 0);
	ck_assert_int_eq(status_of(0), HEALTH_UNHEALTHY);
	ck_assert_int_eq(status_of(1), HEALTH_UNKNOWN);
	expect_told_once("cannot read back");
	end();
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("kept_bodies");
	TCase *tcase = tcase_create("kept bodies");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(
		tcase, backend_given_request_of_one_that_failed_gets_every_byte, 0, COUNT_OF(moves));
	tcase_add_test(tcase, split_given_part_that_failed_sends_only_that_again);
	tcase_add_test(tcase, request_given_late_entries_is_kept_on_disk_too);
	tcase_add_test(tcase, file_given_answer_is_closed_at_once);
	tcase_add_loop_test(tcase, file_given_client_that_leaves_is_closed, 0, 3);
	tcase_add_loop_test(tcase, request_given_disk_that_fails_is_answered, 0, COUNT_OF(broken));
	tcase_add_loop_test(
		tcase, request_given_disk_and_backend_that_fail_is_502_and_names_both, 0, COUNT_OF(broken));
	tcase_add_loop_test(tcase, request_given_full_disk_is_only_not_kept, 0, 2);
	tcase_add_loop_test(tcase, request_given_disk_that_cannot_be_read_fails_and_blames_it, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
