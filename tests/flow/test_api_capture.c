/* GET and POST /api/capture, and the configuration's capture while it changes. What is written is
 * in test_recorder.c and test_capture.c. */
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "rig/expect.h"
#include "rig/rig.h"
#include "rig/suite.h"
#include "rig/tape.h"

#define COUNT_OF(array) (int)(sizeof(array) / sizeof *(array))
#define BACKENDS \
	"\"defaultBackend\":\"one\",\"backends\":[{\"name\":\"one\",\"url\":\"http://$1\"}]"

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

/* A configuration that records to the folder of that name on the tape. */
static void write_config(struct buf *text, const char *name, const char *more)
{
	buf_add_format(
		text, "{" BACKENDS ",\"capture\":{\"dir\":\"%s/%s\"%s}}", tape.folder, name, more);
}

static void start(const char *more)
{
	BUF_AUTO struct buf config = {0};

	write_config(&config, "capture", more);
	rig_init(&rig, 1, config.bytes);
	rig_has_folder(&rig);
}

static struct peer *get(void)
{
	recorder_flush(rig.shared.recorder);
	return rig_asks(&rig, SPAN_LITERAL("GET /api/capture HTTP/1.1\r\nhost: localhost\r\n\r\n"));
}

static struct peer *post(const char *path, struct span body)
{
	BUF_AUTO struct buf request = {0};

	buf_add_format(&request,
		"POST %s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
		"content-length: %zu\r\n\r\n",
		path, body.n);
	buf_add(&request, body);
	return rig_asks(&rig, buf_span(&request));
}

/* Its answer has the state that was asked for. */
static void post_switch(const char *body, const char *state)
{
	struct peer *client = post("/api/capture", span_of(body));
	BUF_AUTO struct buf wanted = {0};

	buf_add_format(&wanted, "{\"enabled\":%s,", state);
	RIG_UNTIL(&rig, peer_has(client, "\r\n\r\n{"));
	ck_assert(peer_has(client, "HTTP/1.1 200 OK\r\n") && peer_has(client, wanted.bytes));
}

static void change_config(const char *name, const char *more)
{
	BUF_AUTO struct buf config = {0};
	BUF_AUTO struct buf filled = {0};

	write_config(&config, name, more);
	rig_config_text(&rig, config.bytes, &filled);
	(void)expect_answer(
		&rig, post("/api/config", buf_span(&filled)), 200, SPAN_LITERAL("{\"warnings\":[]}"));
}

/* The answer to GET. */
static void expect_state(bool is_enabled, const char *name, const char *why)
{
	BUF_AUTO struct buf wanted = {0};
	struct recorder_status status;

	recorder_flush(rig.shared.recorder);
	recorder_status(rig.shared.recorder, &status);
	buf_add_format(&wanted, "{\"enabled\":%s,\"dir\":", is_enabled ? "true" : "false");
	if (name)
		buf_add_format(&wanted, "\"%s/%s\"", tape.folder, name);
	else
		buf_add_text(&wanted, "null");
	buf_add_format(&wanted, ",\"failed\":%s,\"why\":", why ? "true" : "false");
	if (why)
		buf_add_json(&wanted, span_of(status.why.text));
	else
		buf_add_text(&wanted, "null");
	buf_add_format(&wanted,
		",\"entries\":0,\"bytes\":%llu,\"blobs\":0,\"sharedBlobs\":0,\"rotations\":0,"
		"\"removedFiles\":0,\"recoveredEntries\":0,\"lostBytes\":0,\"queued\":0,"
		"\"queuedBytes\":0,\"dropped\":0}",
		(unsigned long long)status.stats.bytes);
	ck_assert(!why || strstr(status.why.text, why));
	(void)expect_answer(&rig, get(), 200, buf_span(&wanted));
}

/* -- the state ------------------------------------------------------------------------------- */

START_TEST(get_without_a_capture_says_so)
{
	rig_init(&rig, 1, "{" BACKENDS "}");
	expect_state(false, NULL, NULL);
	crew_set_config(&rig.crew, NULL);
	expect_state(false, NULL, NULL);
}
END_TEST

START_TEST(get_of_what_is_recorded_says_so)
{
	start("");
	expect_state(true, "capture", NULL);
	ck_assert_int_eq(access(tape.path, F_OK), 0);
}
END_TEST

START_TEST(get_of_what_is_not_enabled_says_so)
{
	start(",\"enabled\":false");
	expect_state(false, "capture", NULL);
	ck_assert_int_eq(access(tape.path, F_OK), -1);
}
END_TEST

START_TEST(get_of_a_folder_that_cannot_be_used_says_why)
{
	FILE *file = fopen(tape.path, "we");

	ck_assert_ptr_nonnull(file);
	(void)fclose(file);
	start("");
	expect_state(false, "capture", "Not a directory");
}
END_TEST

/* -- the switch ------------------------------------------------------------------------------ */

START_TEST(post_switches_it_on_and_off)
{
	start(",\"enabled\":false");
	post_switch("{\"enabled\":true}", "true");
	expect_state(true, "capture", NULL);
	post_switch(" {\"enabled\" : false} ", "false");
	expect_state(false, "capture", NULL);
}
END_TEST

START_TEST(post_after_a_failure_goes_on)
{
	FILE *file = fopen(tape.path, "we");

	ck_assert_ptr_nonnull(file);
	(void)fclose(file);
	start("");
	expect_state(false, "capture", "Not a directory");
	ck_assert_int_eq(unlink(tape.path), 0);
	post_switch("{\"enabled\":true}", "true");
	expect_state(true, "capture", NULL);
}
END_TEST

/* Who switches it on is told what became of it, and when it is off all is on disk. */
START_TEST(post_waits_for_the_disk)
{
	FILE *file = fopen(tape.path, "we");

	ck_assert_ptr_nonnull(file);
	(void)fclose(file);
	start(",\"enabled\":false");
	post_switch("{\"enabled\":true}", "false");
	ck_assert_int_eq(unlink(tape.path), 0);
	post_switch("{\"enabled\":true}", "true");
	ck_assert_int_eq(access(tape.path, F_OK), 0);
}
END_TEST

static const struct {
	const char *body;
	const char *path;
} bads[] = {
	{"", NULL},
	{"{}", "enabled"},
	{"[]", NULL},
	{"true", NULL},
	{"{\"enabled\":1}", "enabled"},
	{"{\"enabled\":\"true\"}", "enabled"},
	{"{\"enabled\":null}", "enabled"},
	{"{\"Enabled\":true}", NULL},
	{"{\"enabled\":true}x", NULL},
	{"{\"enabled\":true,\"enabled\":false}", NULL},
	{"{\"enabled\":true,\"dir\":\"/\"}", NULL},
	{"{\"enabled\":1.5}", "enabled"},
	{"{\"enabled\":true", NULL},
};

START_TEST(post_given_anything_else_changes_nothing)
{
	start(",\"enabled\":false");
	(void)expect_error(
		&rig, post("/api/capture", span_of(bads[_i].body)), 400, "wanted", bads[_i].path);
	expect_state(false, "capture", NULL);
	ck_assert_uint_eq(atomic_load(&rig.shared.api_bytes), 0);
}
END_TEST

START_TEST(post_without_a_folder_is_refused)
{
	rig_init(&rig, 1, "{" BACKENDS "}");
	(void)expect_error(&rig, post("/api/capture", SPAN_LITERAL("{\"enabled\":true}")), 400,
		"wanted a capture.dir in the configuration", NULL);
}
END_TEST

/* -- the configuration ----------------------------------------------------------------------- */

/* The switch is a matter of the moment: what is loaded says anew what is wanted. */
START_TEST(change_of_the_configuration_does_what_it_says)
{
	start("");
	post_switch("{\"enabled\":false}", "false");
	change_config("capture", "");
	expect_state(true, "capture", NULL);
	change_config("capture", ",\"enabled\":false");
	expect_state(false, "capture", NULL);
}
END_TEST

START_TEST(change_of_the_folder_goes_on_in_the_other)
{
	char other[64];

	(void)snprintf(other, sizeof other, "%s/other", tape.folder);
	start("");
	change_config("other", "");
	expect_state(true, "other", NULL);
	ck_assert_int_eq(access(other, F_OK), 0);
}
END_TEST

START_TEST(metrics_tell_of_it)
{
	static const char *const rows[] = {"mlproxy_capture_enabled 1\n", "mlproxy_capture_failed 0\n",
		"mlproxy_capture_entries_total 0\n", "mlproxy_capture_dropped_total 0\n",
		"mlproxy_capture_queued 0\n", "mlproxy_capture_queued_bytes 0\n"};
	struct peer *client;

	start("");
	recorder_flush(rig.shared.recorder);
	client = rig_asks(&rig, SPAN_LITERAL("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n"));
	for (int i = 0; i < COUNT_OF(rows); i++)
		RIG_UNTIL(&rig, peer_has(client, rows[i]));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("api_capture");
	TCase *states = suite_case(suite, "states", set_up, tear_down);
	TCase *switching = suite_case(suite, "switching", set_up, tear_down);
	TCase *changing = suite_case(suite, "changing", set_up, tear_down);

	tcase_add_test(states, get_without_a_capture_says_so);
	tcase_add_test(states, get_of_what_is_recorded_says_so);
	tcase_add_test(states, get_of_what_is_not_enabled_says_so);
	tcase_add_test(states, get_of_a_folder_that_cannot_be_used_says_why);
	tcase_add_test(states, metrics_tell_of_it);
	tcase_add_test(switching, post_switches_it_on_and_off);
	tcase_add_test(switching, post_after_a_failure_goes_on);
	tcase_add_test(switching, post_waits_for_the_disk);
	tcase_add_loop_test(switching, post_given_anything_else_changes_nothing, 0, COUNT_OF(bads));
	tcase_add_test(switching, post_without_a_folder_is_refused);
	tcase_add_test(changing, change_of_the_configuration_does_what_it_says);
	tcase_add_test(changing, change_of_the_folder_goes_on_in_the_other);
	return suite;
}
