/* GET and POST /api/config: the configuration read and changed while it is in use. What the keeper
 * makes of a change is in test_keeper.c, what a bad one does in test_api_config_bad.c. */
#include <unistd.h>

#include "domain/config_effective.h"
#include "domain/config_text.h"
#include "io/files.h"
#include "proxy/api.h"
#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/suite.h"

#define BACKENDS                                                                      \
	"\"backends\":[{\"name\":\"one\",\"url\":\"http://$1\",\"basicAuth\":\"me:pw\"}," \
	"{\"name\":\"two\",\"url\":\"http://$2\"}]"
#define FIRST                                                                                      \
	"{ \"defaultBackend\": \"one\",\n  " BACKENDS                                                  \
	",\n  \"limits\": {\"body\": 4096},\n  \"colour\": 1,\n  \"modelTypeRouting\": {\"textual\": " \
	"[\"two\"]} }\n"
#define GONE   "{\"warnings\":[\"colour: unknown key\"]}" /* it was in the file */
#define SECOND "{\"defaultBackend\":\"two\"," BACKENDS "}"

static struct rig rig;
static struct buf text; /* of the last rig_config_text() */

static void set_up(void)
{
	rig_init(&rig, 2, FIRST);
	rig_has_folder(&rig);
}

static void tear_down(void)
{
	buf_deinit(&text);
	rig_deinit(&rig);
}

static struct span filled(const char *config)
{
	buf_reset(&text);
	rig_config_text(&rig, config, &text);
	return buf_span(&text);
}

static struct peer *get(const char *query)
{
	BUF_AUTO struct buf request = {0};

	buf_add_format(&request, "GET /api/config%s HTTP/1.1\r\nhost: localhost\r\n\r\n", query);
	return rig_asks(&rig, buf_span(&request));
}

static struct buf request_of(const char *query, struct span body)
{
	struct buf request = {0};

	buf_add_format(&request,
		"POST /api/config%s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
		"content-length: %zu\r\n\r\n",
		query, body.n);
	buf_add(&request, body);
	return request;
}

static struct peer *post(const char *query, struct span body)
{
	BUF_AUTO struct buf request = request_of(query, body);

	return rig_asks(&rig, buf_span(&request));
}

static void expect_file(struct span wanted)
{
	BUF_AUTO struct buf found = {0};
	struct err err;

	ck_assert_int_eq(files_read(rig.config_path.bytes, CONFIG_BYTES_MAX, &found, &err), 0);
	ck_assert_msg(span_equal(buf_span(&found), wanted), "%.*s", SPAN_ARG(buf_span(&found)));
}

/* -- reading --------------------------------------------------------------------------------- */

START_TEST(get_gives_the_text_as_it_was_written_but_for_secrets)
{
	BUF_AUTO struct buf wanted = {0};
	struct span before = filled(FIRST);
	const char *secret = memmem(before.p, before.n, "me:pw", 5);
	struct span head;

	buf_add(&wanted, span_between(before.p, secret));
	buf_add_text(&wanted, CONFIG_MASK);
	buf_add(&wanted, span_between(secret + 5, before.p + before.n));
	head = expect_answer(&rig, get(""), 200, buf_span(&wanted));
	ck_assert(expect_has_line(head, "content-type: application/json"));
	ck_assert(expect_has_line(head, "cache-control: no-store"));
	ck_assert(expect_has_line(head, "x-content-type-options: nosniff"));
	(void)expect_answer(&rig, get("?effective=0"), 200, buf_span(&wanted));
}
END_TEST

START_TEST(get_effective_gives_what_is_in_force)
{
	BUF_AUTO struct buf wanted = {0};

	config_effective_write(rig.worker->config, span_of(rig.shared.temp_dir), &wanted);
	(void)expect_answer(&rig, get("?effective=1"), 200, buf_span(&wanted));
	ck_assert_ptr_null(memmem(wanted.bytes, wanted.n, "me:pw", 5));
}
END_TEST

START_TEST(get_without_a_configuration_gives_an_empty_object)
{
	crew_set_config(&rig.crew, NULL);
	(void)expect_answer(&rig, get(""), 200, SPAN_LITERAL("{}"));
	(void)expect_answer(&rig, get("?effective=1"), 200, SPAN_LITERAL("{}"));
}
END_TEST

/* -- changing -------------------------------------------------------------------------------- */

START_TEST(post_is_in_force_in_the_file_and_shown)
{
	BUF_AUTO struct buf shown = {0};
	struct config *config;

	(void)expect_answer(&rig, post("", filled(SECOND)), 200, SPAN_LITERAL(GONE));
	config = rig.worker->config;
	ck_assert(span_is(config->backends[config->default_pool->backends[0]].name, "two"));
	ck_assert_uint_eq(config->type_rules.count, 0); /* {} where it was not sent */
	ck_assert_uint_eq(config->limits.body_bytes, 4096);
	expect_file(config->text);
	ck_assert_ptr_nonnull(memmem(config->text.p, config->text.n, "me:pw", 5));
	ck_assert_ptr_null(memmem(config->text.p, config->text.n, "colour", 6));
	config_text_mask(config, &shown);
	(void)expect_answer(&rig, get(""), 200, buf_span(&shown));
}
END_TEST

/* What was read can be sent back: nothing is lost, masks are the secrets they stand for. */
START_TEST(post_of_what_get_has_given_changes_nothing)
{
	BUF_AUTO struct buf shown = {0};
	BUF_AUTO struct buf before = {0};

	(void)expect_answer(&rig, post("", filled(SECOND)), 200, SPAN_LITERAL(GONE));
	buf_add(&before, rig.worker->config->text);
	config_text_mask(rig.worker->config, &shown);
	(void)expect_answer(&rig, post("", buf_span(&shown)), 200, SPAN_LITERAL("{\"warnings\":[]}"));
	ck_assert_ptr_nonnull(memmem(before.bytes, before.n, "me:pw", 5));
	ck_assert(span_is(rig.worker->config->backends[0].fields, "authorization: Basic bWU6cHc=\r\n"));
	(void)expect_answer(&rig, get(""), 200, buf_span(&shown));
}
END_TEST

#define ODD                                                                              \
	"{\"defaultBackend\":\"two\",\"backends\":[{\"name\":\"two\",\"url\":\"http://$2\"," \
	"\"col\\\"our\":1}],\"nothing\":{\"a\":1},\"limits\":{\"bodies\":2}}"
#define WARNINGS                                                                                 \
	"{\"warnings\":[\"limits.bodies: unknown key\",\"backends[0].col\\\\\\\"our: unknown key\"," \
	"\"colour: unknown key\",\"nothing: unknown key\"]}"

START_TEST(post_given_unknown_keys_warns_of_them_and_keeps_none)
{
	(void)expect_answer(&rig, post("?dry=1", filled(ODD)), 200, SPAN_LITERAL(WARNINGS));
	(void)expect_answer(&rig, post("", filled(ODD)), 200, SPAN_LITERAL(WARNINGS));
	ck_assert_ptr_null(memmem(rig.worker->config->text.p, rig.worker->config->text.n, "our", 3));
	ck_assert_ptr_null(
		memmem(rig.worker->config->text.p, rig.worker->config->text.n, "nothing", 7));
}
END_TEST

START_TEST(dry_changes_nothing)
{
	const struct config *before = rig.worker->config;

	(void)expect_answer(&rig, post("?dry=1", filled(SECOND)), 200, SPAN_LITERAL(GONE));
	(void)expect_error(&rig, post("?dry=1", SPAN_LITERAL("{}")), 400, "found nothing", "backends");
	ck_assert_ptr_eq(rig.worker->config, before);
	ck_assert_int_eq(access(rig.config_path.bytes, F_OK), -1);
	(void)expect_answer(&rig, post("?dry=0", filled(SECOND)), 200, SPAN_LITERAL(GONE));
	ck_assert_ptr_ne(rig.worker->config, before);
}
END_TEST

START_TEST(post_without_a_configuration_makes_one)
{
	crew_set_config(&rig.crew, NULL);
	(void)expect_answer(&rig, post("", filled(SECOND)), 200, SPAN_LITERAL("{\"warnings\":[]}"));
	expect_file(rig.worker->config->text);
}
END_TEST

/* limits.body is what the /predict of others may send; a larger configuration can still be set. */
START_TEST(post_larger_than_the_limit_of_bodies_is_taken)
{
	BUF_AUTO struct buf body = {0};

	buf_add(&body, filled(SECOND));
	memset(buf_reserve(&body, 65536), ' ', 65536);
	body.n += 65536;
	(void)expect_answer(&rig, post("", buf_span(&body)), 200, SPAN_LITERAL(GONE));
}
END_TEST

START_TEST(post_that_cannot_be_saved_says_why_and_changes_nothing)
{
	const struct config *before = rig.worker->config;

	rig.shared.config_path = "/nonexistent/config.json";
	(void)expect_error(&rig, post("", filled(SECOND)), 500, "/nonexistent/config.json", NULL);
	ck_assert_ptr_eq(rig.worker->config, before);
}
END_TEST

/* A change that was sent is made, whether somebody waits for the answer or not. */
START_TEST(post_of_a_client_that_leaves_is_made)
{
	const struct config *before = rig.worker->config;
	struct peer *client = post("", filled(SECOND));

	while (rig_turn(&rig, &(int){0}) && rig.worker->shared->rounds == 0 &&
		   rig.worker->config == before)
		;
	peer_reset(client);
	RIG_UNTIL(&rig, rig.worker->config != before);
	rig_settle(&rig);
	ck_assert_uint_eq(atomic_load(&rig.shared.api_bytes), 0);
	expect_file(rig.worker->config->text);
}
END_TEST

START_TEST(post_that_is_cut_changes_nothing)
{
	const struct config *before = rig.worker->config;
	BUF_AUTO struct buf request = request_of("", filled(SECOND));
	struct peer *client = rig_asks(&rig, span_first(buf_span(&request), request.n - 1));

	rig_settle(&rig);
	ck_assert_uint_gt(atomic_load(&rig.shared.api_bytes), 0);
	peer_reset(client);
	RIG_UNTIL(&rig, atomic_load(&rig.shared.api_bytes) == 0);
	ck_assert_ptr_eq(rig.worker->config, before);
	ck_assert_int_eq(access(rig.config_path.bytes, F_OK), -1);
}
END_TEST

static const char *const queries[] = {"?dry", "?dry=", "?dry=true", "?dry=1&", "?Dry=1", "?dry=01",
	"?dryrun=1", "?effective=1", "?dry=1&dry=0", "?dry%3D1", "?=1"};

/* Whoever mistypes ?dry=1 must not change anything. */
START_TEST(post_given_another_query_is_refused)
{
	const struct config *before = rig.worker->config;

	(void)expect_error(
		&rig, post(queries[_i], filled(SECOND)), 400, "?dry=1 and nothing else", NULL);
	ck_assert_ptr_eq(rig.worker->config, before);
	ck_assert_uint_eq(atomic_load(&rig.shared.api_bytes), 0);
}
END_TEST

START_TEST(get_given_another_query_is_refused)
{
	(void)expect_error(&rig, get("?effective=yes"), 400, "?effective=1 and nothing else", NULL);
}
END_TEST

/* -- the answers' arrival -------------------------------------------------------------------- */

/* Bodies of all calls together have a limit, which is given back. */
START_TEST(bodies_beyond_what_all_may_hold_are_refused)
{
	atomic_store(&rig.shared.api_bytes, API_BYTES_MAX - 10);
	(void)expect_error(&rig, post("", filled(SECOND)), 503, "try again", NULL);
	ck_assert_uint_eq(atomic_load(&rig.shared.api_bytes), API_BYTES_MAX - 10);
	atomic_store(&rig.shared.api_bytes, 0);
}
END_TEST

START_TEST(answer_given_wrong_method_names_the_right_ones)
{
	struct span head = expect_error(&rig,
		rig_asks(&rig, SPAN_LITERAL("DELETE /api/config HTTP/1.1\r\nhost: localhost\r\n\r\n")), 405,
		"Method Not Allowed", NULL);

	ck_assert(expect_has_line(head, "allow: GET, HEAD, POST"));
}
END_TEST

/* What credentials are in a refused text stays out of the log. */
START_TEST(refusal_of_a_url_with_credentials_is_logged_without_them)
{
	const char *lines;

	rig_listen(&rig);
	(void)expect_error(&rig,
		post("", SPAN_LITERAL("{\"defaultBackend\":\"a\",\"backends\":[{\"name\":\"a\",\"url\":"
							  "\"http://me:hush@host\"}]}")),
		400, "found", "backends[0].url");
	rig_settle(&rig);
	lines = rig_logged(&rig);
	ck_assert_msg(!strstr(lines, "hush"), "%s", lines);
	ck_assert_msg(strstr(lines, "backends[0].url") != NULL, "%s", lines);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("api_config");
	TCase *reading = suite_case(suite, "reading", set_up, tear_down);
	TCase *changing = suite_case(suite, "changing", set_up, tear_down);
	TCase *refusing = suite_case(suite, "refusing", set_up, tear_down);

	tcase_add_test(reading, get_gives_the_text_as_it_was_written_but_for_secrets);
	tcase_add_test(reading, get_effective_gives_what_is_in_force);
	tcase_add_test(reading, get_without_a_configuration_gives_an_empty_object);
	tcase_add_test(reading, get_given_another_query_is_refused);
	tcase_add_test(changing, post_is_in_force_in_the_file_and_shown);
	tcase_add_test(changing, post_of_what_get_has_given_changes_nothing);
	tcase_add_test(changing, post_given_unknown_keys_warns_of_them_and_keeps_none);
	tcase_add_test(changing, dry_changes_nothing);
	tcase_add_test(changing, post_without_a_configuration_makes_one);
	tcase_add_test(changing, post_larger_than_the_limit_of_bodies_is_taken);
	tcase_add_test(changing, post_that_cannot_be_saved_says_why_and_changes_nothing);
	tcase_add_test(changing, post_of_a_client_that_leaves_is_made);
	tcase_add_test(changing, post_that_is_cut_changes_nothing);
	tcase_add_loop_test(refusing, post_given_another_query_is_refused, 0, COUNT_OF(queries));
	tcase_add_test(refusing, bodies_beyond_what_all_may_hold_are_refused);
	tcase_add_test(refusing, answer_given_wrong_method_names_the_right_ones);
	tcase_add_test(refusing, refusal_of_a_url_with_credentials_is_logged_without_them);
	return suite;
}
