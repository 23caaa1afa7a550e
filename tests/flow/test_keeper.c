/* The configuration changed while requests are under way: in memory and in the file, or in neither.
 */
#include "proxy/keeper.h"

#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/files.h"
#include "proxy/doors.h"
#include "proxy/monitor.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define BACKENDS                                                                               \
	"\"backends\":[{\"name\":\"one\",\"url\":\"http://$1\"},{\"name\":\"two\",\"url\":\"http:" \
	"//$2\"}],\"taskRouting\":{},\"modelTypeRouting\":{}"
#define ONE "{\"defaultBackend\":\"one\"," BACKENDS "}"
#define TWO "{\"defaultBackend\":\"two\"," BACKENDS "}"
#define ALONE                                                                              \
	"{\"defaultBackend\":\"two\",\"backends\":[{\"name\":\"two\",\"url\":\"http://$2\"}]," \
	"\"taskRouting\":{},\"modelTypeRouting\":{}}"
#define NOBODY "{\"defaultBackend\":\"nobody\"," BACKENDS "}"
#define ADMIN_AT(address) \
	"{\"defaultBackend\":\"two\",\"access\":{\"adminListen\":\"" address "\"}," BACKENDS "}"
#define SMALL "{\"defaultBackend\":\"two\",\"limits\":{\"body\":100}," BACKENDS "}"
#define CLIP  "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define OK(n) "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"clip\":" n "}"

enum { CHANGES_MAX = KEEPER_WAITING_MAX + 100 };

static struct rig rig;
static struct keeper_change changes[CHANGES_MAX];
static size_t submitted;          /* of them */
static size_t order[CHANGES_MAX]; /* in which they were done */
static size_t done;
static const struct config *before;
static struct buf file; /* what was last written into it */
static bool has_file;
static bool is_leaving; /* nobody looks at the outcome */

static void set_up(void)
{
	rig_init(&rig, 2, ONE);
	rig_has_folder(&rig);
	rig_answers(&rig, 0, OK("1"));
	rig_answers(&rig, 1, OK("2"));
	before = rig.config;
	submitted = done = 0;
	has_file = is_leaving = false;
}

static void tear_down(void)
{
	for (size_t i = 0; i < done; i++)
		config_unref(TAKE(changes[order[i]].config));
	rig_deinit(&rig);
	for (size_t i = 0; i < submitted; i++)
		buf_deinit(&changes[i].text);
	buf_deinit(&file);
}

/* -- changes --------------------------------------------------------------------------------- */

static void on_done(struct keeper_change *change)
{
	order[done++] = (size_t)(change - changes);
	if (is_leaving)
		config_unref(TAKE(change->config));
}

static void submit(enum keeper_kind kind, const char *text)
{
	struct keeper_change *change = &changes[submitted++];
	size_t before_it = done;

	*change = (struct keeper_change){.kind = kind, .from = rig.worker, .done = on_done};
	rig_config_text(&rig, text, &change->text);
	keeper_submit(rig.shared.keeper, change);
	ck_assert_uint_eq(done, before_it);
}

static struct keeper_change *change(enum keeper_kind kind, const char *text)
{
	submit(kind, text);
	RIG_UNTIL(&rig, done == submitted);
	return &changes[submitted - 1];
}

static void write_file(const char *text)
{
	FILE *stream = fopen(rig.config_path.bytes, "we");

	buf_reset(&file);
	rig_config_text(&rig, text, &file);
	ck_assert_ptr_nonnull(stream);
	ck_assert_uint_eq(fwrite(file.bytes, 1, file.n, stream), file.n);
	ck_assert_int_eq(fclose(stream), 0);
	has_file = true;
}

static void expect_no_file(void)
{
	ck_assert_int_eq(access(rig.config_path.bytes, F_OK), -1);
}

static void expect_file(struct span text)
{
	BUF_AUTO struct buf found = {0};
	struct err err;

	ck_assert_int_eq(files_read(rig.config_path.bytes, CONFIG_BYTES_MAX, &found, &err), 0);
	ck_assert_msg(span_equal(buf_span(&found), text), "%.*s", SPAN_ARG(buf_span(&found)));
}

static void expect_everywhere(const struct config *config)
{
	for (size_t i = 0; i < rig.shared.worker_count; i++)
		ck_assert_ptr_eq(rig.shared.workers[i]->config, config);
}

static void expect_refused(
	const struct keeper_change *change, int status, const char *path, const char *says)
{
	ck_assert_int_eq(change->status, status);
	ck_assert_ptr_null(change->config);
	ck_assert_str_eq(change->fault.path, path);
	ck_assert_msg(strstr(change->fault.text, says), "%s", change->fault.text);
	expect_everywhere(before);
	if (has_file)
		expect_file(buf_span(&file));
	else
		expect_no_file();
}

static void expect_used(const struct keeper_change *change)
{
	ck_assert_msg(change->status == 200, "%s: %s", change->fault.path, change->fault.text);
	expect_everywhere(change->config);
}

static struct buf request(void)
{
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, SPAN_LITERAL("cat"));

	return form_request("/predict", FORM_TYPE, buf_span(&body));
}

static void expect_answered_by(const char *answer)
{
	BUF_AUTO struct buf bytes = request();

	(void)expect_answer(&rig, rig_asks(&rig, buf_span(&bytes)), 200, span_of(answer));
}

/* -- POST ------------------------------------------------------------------------------------ */

START_TEST(post_is_in_force_and_in_the_file)
{
	struct keeper_change *posted;

	expect_answered_by("{\"clip\":1}");
	posted = change(KEEPER_POST, TWO);
	expect_used(posted);
	expect_file(posted->config->text);
	expect_answered_by("{\"clip\":2}");
}
END_TEST

START_TEST(post_of_the_same_backends_keeps_what_is_known_of_them)
{
	struct backend *state = before->backends[0].state;

	ck_assert_ptr_eq(change(KEEPER_POST, TWO)->config->backends[0].state, state);
	ck_assert_ptr_eq(rig.worker->config->backends[1].state, before->backends[1].state);
}
END_TEST

START_TEST(post_keeps_the_connections_to_those_that_stay)
{
	struct peer *connection;

	expect_answered_by("{\"clip\":1}");
	connection = rig_peer(&rig, 0);
	rig_answers(&rig, 0, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npong");
	expect_used(change(KEEPER_POST, TWO));
	expect_used(change(KEEPER_POST, ONE));
	rig_settle(&rig); /* it is pinged */
	ck_assert(!peer_is_over(connection));
}
END_TEST

/* One that was begun before goes where it was to go, and the next on the same connection elsewhere.
 */
START_TEST(request_under_way_keeps_its_configuration)
{
	BUF_AUTO struct buf bytes = request();
	struct peer *client = rig_asks(&rig, span_first(buf_span(&bytes), bytes.n - 5));

	rig_settle(&rig);
	expect_used(change(KEEPER_POST, ALONE));
	peer_send(client, span_skip(buf_span(&bytes), bytes.n - 5));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1}"));
	peer_send(client, buf_span(&bytes));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":2}"));
}
END_TEST

START_TEST(limits_hold_from_the_next_request_on)
{
	BUF_AUTO struct buf bytes = request();
	struct peer *client = rig_asks(&rig, span_first(buf_span(&bytes), bytes.n - 5));

	rig_settle(&rig);
	expect_used(change(KEEPER_POST, SMALL));
	peer_send(client, span_skip(buf_span(&bytes), bytes.n - 5));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{\"clip\":1}"));
	peer_send(client, buf_span(&bytes));
	(void)expect_detail(&rig, client, 413, "limits.body (100 bytes)");
}
END_TEST

START_TEST(budget_follows_the_configuration)
{
	expect_used(change(
		KEEPER_POST, "{\"defaultBackend\":\"one\",\"limits\":{\"keptBytes\":70000}," BACKENDS "}"));
	ck_assert_uint_eq(atomic_load(&rig.shared.budget.max), 70000);
}
END_TEST

START_TEST(monitor_pings_who_is_there_now)
{
	monitor_set_config(rig.worker->monitor, rig.config);
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1 && rig.backends[1].request_count == 1);
	expect_used(change(KEEPER_POST, ALONE));
	rig_pass(&rig, CLOCK_S(3600));
	RIG_UNTIL(&rig, rig.backends[1].request_count > 1);
	ck_assert_uint_eq(rig.backends[0].request_count, 1);
}
END_TEST

START_TEST(post_is_refused_with_its_path)
{
	write_file(ONE);
	expect_refused(change(KEEPER_POST, NOBODY), 400, "defaultBackend", "found \"nobody\"");
	expect_refused(change(KEEPER_POST, "{"), 400, "line 1", "");
	ck_assert_uint_eq(rig.worker->metrics.reloads[false], 0); /* the file is as good as before */
	expect_answered_by("{\"clip\":1}");
}
END_TEST

START_TEST(post_that_cannot_be_saved_changes_nothing)
{
	static const char *const nowhere = "/nonexistent/config.json";
	const struct keeper_change *posted;

	rig_listen(&rig);
	rig.shared.config_path = nowhere;
	posted = change(KEEPER_POST, TWO);
	expect_refused(posted, 500, "", "/nonexistent/config.json: cannot open its folder");
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), "level=warn event=config-refused path=/none"));
	ck_assert_uint_eq(rig.worker->metrics.reloads[false], 1);
	ck_assert(rig.worker->metrics.is_stale);
	expect_answered_by("{\"clip\":1}");
}
END_TEST

START_TEST(post_without_any_configuration_makes_one)
{
	struct keeper_change *posted;

	crew_set_config(&rig.crew, NULL);
	posted = change(KEEPER_POST, ONE);
	expect_used(posted);
	expect_file(posted->config->text);
	expect_answered_by("{\"clip\":1}");
}
END_TEST

START_TEST(dry_says_what_would_be_and_changes_nothing)
{
	const struct keeper_change *dry = change(KEEPER_DRY, TWO);

	ck_assert_int_eq(dry->status, 200);
	ck_assert_uint_eq(dry->config->default_pool->backends[0], 1);
	expect_everywhere(before);
	expect_no_file();
	expect_refused(change(KEEPER_DRY, NOBODY), 400, "defaultBackend", "found \"nobody\"");
}
END_TEST

/* -- the file -------------------------------------------------------------------------------- */

START_TEST(reload_uses_the_file_as_it_is_now)
{
	struct keeper_change *reloaded;

	write_file(TWO);
	rig_listen(&rig);
	reloaded = change(KEEPER_RELOAD, "");
	expect_used(reloaded);
	expect_file(buf_span(&file));
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), "level=info event=configured path="));
	ck_assert_uint_eq(rig.worker->metrics.reloads[true], 1);
	expect_answered_by("{\"clip\":2}");
}
END_TEST

START_TEST(reload_given_what_cannot_be_used_changes_nothing)
{
	static const struct {
		const char *text; /* NULL: no file */
		int status;
		const char *path;
		const char *says;
		const char *logs;
	} cases[] = {
		{NULL, 500, "", "No such file or directory", " why="},
		{"", 400, "line 1", "", " at=\"line 1\" why="},
		{"{\"a\":}", 400, "line 1", "", " at=\"line 1\" why="},
		{NOBODY, 400, "defaultBackend", "found \"nobody\"", " at=defaultBackend why="},
	};

	rig_listen(&rig);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *lines;

		if (cases[i].text)
			write_file(cases[i].text);
		else
			(void)unlink(rig.config_path.bytes);
		expect_refused(change(KEEPER_RELOAD, ""), cases[i].status, cases[i].path, cases[i].says);
		lines = rig_logged(&rig);
		ck_assert_msg(strstr(lines, "level=warn event=config-refused path="), "%s", lines);
		ck_assert_msg(strstr(lines, cases[i].logs), "%s", lines);
	}
	expect_answered_by("{\"clip\":1}");
}
END_TEST

/* -- access.adminListen ---------------------------------------------------------------------- */

static unsigned admin_door(void)
{
	return atomic_load(&rig.shared.admin_door);
}

START_TEST(admin_listen_that_cannot_be_opened_changes_nothing)
{
	static const enum keeper_kind kinds[] = {KEEPER_POST, KEEPER_DRY, KEEPER_RELOAD};

	write_file(ADMIN_AT("127.0.0.1:#1")); /* a backend is there */
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		expect_refused(change(kinds[i], ADMIN_AT("127.0.0.1:#1")), 400, "access.adminListen",
			": Address already in use");
	ck_assert_uint_eq(admin_door(), DOORS_MAIN);
	expect_answered_by("{\"clip\":1}");
}
END_TEST

START_TEST(admin_listen_is_open_when_its_change_is_done_and_not_before)
{
	unsigned first;

	write_file(ADMIN_AT("127.0.0.1:0"));
	ck_assert_int_eq(change(KEEPER_DRY, ADMIN_AT("127.0.0.1:0"))->status, 200);
	ck_assert_uint_eq(admin_door(), DOORS_MAIN);
	expect_used(change(KEEPER_POST, ADMIN_AT("127.0.0.1:0")));
	first = admin_door();
	ck_assert_uint_ne(first, DOORS_MAIN);
	expect_used(change(KEEPER_RELOAD, ""));
	ck_assert_uint_eq(admin_door(), first);
	expect_used(change(KEEPER_POST, ADMIN_AT("127.0.0.2:0")));
	ck_assert_uint_ne(admin_door(), first);
}
END_TEST

START_TEST(admin_listen_given_file_that_cannot_be_saved_stays_as_it_was)
{
	rig.shared.config_path = "/nonexistent/config.json";
	expect_refused(change(KEEPER_POST, ADMIN_AT("127.0.0.1:0")), 500, "", "/nonexistent/");
	ck_assert_uint_eq(admin_door(), DOORS_MAIN);
	expect_refused(change(KEEPER_POST, ADMIN_AT("127.0.0.1:0")), 500, "", "/nonexistent/");
}
END_TEST

/* -- several --------------------------------------------------------------------------------- */

START_TEST(changes_are_made_one_after_the_other)
{
	static const char *const texts[] = {TWO, ONE, NOBODY, ALONE, ONE, TWO};
	const size_t count = sizeof texts / sizeof *texts;

	for (size_t i = 0; i < count; i++)
		submit(i == 3 ? KEEPER_DRY : KEEPER_POST, texts[i]);
	RIG_UNTIL(&rig, done == count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_eq(order[i], i);
		ck_assert_int_eq(changes[i].status, i == 2 ? 400 : 200);
	}
	expect_used(&changes[count - 1]);
	expect_file(changes[count - 1].config->text);
}
END_TEST

/* The first is at the disk when the others come. */
START_TEST(too_many_at_a_time_are_refused)
{
	for (size_t i = 0; i < CHANGES_MAX; i++)
		submit(i ? KEEPER_DRY : KEEPER_POST, TWO);
	RIG_UNTIL(&rig, done == CHANGES_MAX);
	for (size_t i = 0; i < CHANGES_MAX; i++)
		ck_assert_int_eq(changes[i].status, i <= KEEPER_WAITING_MAX ? 200 : 503);
	ck_assert_str_eq(
		changes[CHANGES_MAX - 1].fault.text, "too many changes of the configuration are waiting");
}
END_TEST

/* -- the end --------------------------------------------------------------------------------- */

START_TEST(change_while_it_is_ending_is_refused)
{
	rig_drain(&rig);
	expect_refused(change(KEEPER_POST, TWO), 503, "", "stopping");
}
END_TEST

START_TEST(change_under_way_is_finished_while_it_is_ending)
{
	submit(KEEPER_POST, TWO);
	(void)rig_look(&rig, 0);
	rig_drain(&rig);
	RIG_UNTIL(&rig, done == 1);
	expect_used(&changes[0]);
	expect_file(changes[0].config->text);
}
END_TEST

/* Wherever they are: in the mail, in the queue, at the disk, on their round. */
START_TEST(no_change_is_lost_at_the_end)
{
	for (int turns = 0; turns < 12; turns++) {
		for (size_t i = 0; i < 3; i++)
			submit(KEEPER_POST, i % 2 ? ONE : TWO);
		for (int i = 0; i < turns; i++)
			(void)rig_look(&rig, i % 2 ? CLOCK_MS(1) : 0);
		is_leaving = true;
		tear_down();
		ck_assert_uint_eq(done, 3);
		set_up();
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("keeper");
	TCase *post = suite_case(suite, "post", set_up, tear_down);
	TCase *reload = suite_case(suite, "reload", set_up, tear_down);
	TCase *admin = suite_case(suite, "access.adminListen", set_up, tear_down);
	TCase *several = suite_case(suite, "several", set_up, tear_down);
	TCase *end = suite_case(suite, "end", set_up, tear_down);

	tcase_add_test(post, post_is_in_force_and_in_the_file);
	tcase_add_test(post, post_of_the_same_backends_keeps_what_is_known_of_them);
	tcase_add_test(post, post_keeps_the_connections_to_those_that_stay);
	tcase_add_test(post, request_under_way_keeps_its_configuration);
	tcase_add_test(post, limits_hold_from_the_next_request_on);
	tcase_add_test(post, budget_follows_the_configuration);
	tcase_add_test(post, monitor_pings_who_is_there_now);
	tcase_add_test(post, post_is_refused_with_its_path);
	tcase_add_test(post, post_that_cannot_be_saved_changes_nothing);
	tcase_add_test(post, post_without_any_configuration_makes_one);
	tcase_add_test(post, dry_says_what_would_be_and_changes_nothing);
	tcase_add_test(reload, reload_uses_the_file_as_it_is_now);
	tcase_add_test(reload, reload_given_what_cannot_be_used_changes_nothing);
	tcase_add_test(admin, admin_listen_that_cannot_be_opened_changes_nothing);
	tcase_add_test(admin, admin_listen_is_open_when_its_change_is_done_and_not_before);
	tcase_add_test(admin, admin_listen_given_file_that_cannot_be_saved_stays_as_it_was);
	tcase_add_test(several, changes_are_made_one_after_the_other);
	tcase_add_test(several, too_many_at_a_time_are_refused);
	tcase_add_test(end, change_while_it_is_ending_is_refused);
	tcase_add_test(end, change_under_way_is_finished_while_it_is_ending);
	tcase_add_test(end, no_change_is_lost_at_the_end);
	return suite;
}
