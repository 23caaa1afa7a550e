/* A split over two pools of two: only the group that fails asks another backend, and the answer is
 * merged of whoever answered. */
#include "domain/backend.h"
#include "rig/expect.h"
#include "rig/failing.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG                                                                          \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}," \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},{\"name\":\"b3\",\"url\":\"http://$3\"},"  \
	"{\"name\":\"b4\",\"url\":\"http://$4\"}],\"taskRouting\":"                         \
	"{\"clip\":[\"b1\",\"b2\"],\"ocr\":[\"b3\",\"b4\"]}," FAILING_TIMEOUTS "}"
#define CLIP    "\"clip\":{\"visual\":{\"modelName\":\"m\"}}"
#define OCR     "\"ocr\":{\"detection\":{\"modelName\":\"m\"}}"
#define OK_CLIP "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"clip\":1}"
#define OK_OCR  "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{\"ocr\":2}"
#define NO      "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\nno"
#define BUSY    "HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy"
#define MERGED  SPAN_LITERAL("{\"clip\":1,\"ocr\":2}")
#define LINE    "POST /predict HTTP/1.1"

enum { BACKENDS = 4, GROUPS = 2, LARGE = 5000000, MUCH = 4000000, MERGED_MAX = 67108864 };

static struct rig rig;
static struct buf photo;

static void set_up(void)
{
	rig_init(&rig, BACKENDS, CONFIG);
	rig_listen(&rig);
	photo = form_photo(LARGE);
}

static void tear_down(void)
{
	rig_deinit(&rig);
	buf_deinit(&photo);
}

static struct peer *post_up_to(size_t photo_n, size_t sent_n)
{
	BUF_AUTO struct buf body =
		form_body("{" CLIP "," OCR "}", FORM_IMAGE, span_first(buf_span(&photo), photo_n));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));

	return rig_asks(&rig, span_first(buf_span(&request), sent_n));
}

static struct peer *post(void)
{
	return post_up_to(1, LARGE);
}

/* The backends of the groups, in the order in which they are asked. */
static size_t backend_of(size_t group, size_t turn)
{
	return 2 * group + turn;
}

static void expect_entries(size_t backend, size_t photo_n)
{
	BUF_AUTO struct buf body = form_body(backend < 2 ? "{" CLIP "}" : "{" OCR "}", FORM_IMAGE,
		span_first(buf_span(&photo), photo_n));

	(void)expect_request(&rig, backend, 0, LINE, buf_span(&body));
}

static enum health_status health_of(size_t backend)
{
	return backend_status(rig.config->backends[backend].state);
}

/* -- one moves ------------------------------------------------------------------------------- */

static const char *const oks[] = {OK_CLIP, OK_OCR};

START_TEST(split_given_one_failing_moves_only_that)
{
	static const char *const tried[] = {"x-mlproxy-tried: b1, b2", "x-mlproxy-tried: b3, b4"};
	static const char *const logged[] = {
		" backends=b2,b3 routes=taskRouting.clip,taskRouting.ocr reasons=task,task attempts=3 "
		"tried=\"b1, b2\" status=200 ",
		" backends=b1,b4 routes=taskRouting.clip,taskRouting.ocr reasons=task,task attempts=3 "
		"tried=\"b3, b4\" status=200 "};
	const struct failing *failing = &failings[_i / GROUPS];
	size_t group = (size_t)_i % GROUPS;
	struct peer *client;
	struct span head;

	rig_answers(&rig, backend_of(!group, 0), oks[!group]);
	rig_answers(&rig, backend_of(group, 1), oks[group]);
	failing_prepare(&rig, backend_of(group, 0), failing);
	client = post();
	failing_happen(&rig, backend_of(group, 0), failing);
	head = expect_answer(&rig, client, 200, MERGED);
	ck_assert(expect_has_line(head, tried[group]));
	ck_assert_uint_eq(rig.backends[backend_of(!group, 0)].request_count, 1);
	ck_assert_ptr_null(rig_peer(&rig, backend_of(!group, 1)));
	expect_entries(backend_of(group, 1), 1);
	if (failing->bytes)
		expect_entries(backend_of(group, 0), 1);
	ck_assert_int_eq(health_of(backend_of(group, 0)), HEALTH_UNHEALTHY);
	ck_assert_int_eq(health_of(backend_of(group, 1)), HEALTH_HEALTHY);
	ck_assert_int_eq(health_of(backend_of(!group, 0)), HEALTH_HEALTHY);
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), logged[group]));
}
END_TEST

START_TEST(split_given_both_failing_moves_both)
{
	struct span head;

	rig_answers(&rig, 0, BUSY);
	rig_refuses(&rig, 2);
	rig_answers(&rig, 1, OK_CLIP);
	rig_answers(&rig, 3, OK_OCR);
	head = expect_answer(&rig, post(), 200, MERGED);
	ck_assert(expect_has_line(head, "x-mlproxy-tried: b1, b2; b3, b4"));
}
END_TEST

/* Answers that only a merge cannot use. */
static const struct unfit {
	const char *answer;
	const char *says;
} unfits[] = {
	{"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", "answered without 'ocr'"},
	{"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}",
		"answered with a content coding that was not asked for"},
};

START_TEST(split_given_an_answer_that_does_not_fit_moves)
{
	char why[128];

	rig_answers(&rig, 0, OK_CLIP);
	rig_answers(&rig, 2, unfits[_i].answer);
	rig_answers(&rig, 3, OK_OCR);
	(void)expect_answer(&rig, post(), 200, MERGED);
	(void)snprintf(why, sizeof why, " from=b3 to=b4 why=\"%s\"", unfits[_i].says);
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), why));
}
END_TEST

START_TEST(split_given_too_large_an_answer_moves)
{
	BUF_AUTO struct buf blanks = {0};
	struct peer *client;

	memset(buf_reserve(&blanks, MERGED_MAX + 1), ' ', MERGED_MAX + 1);
	blanks.n = MERGED_MAX + 1;
	rig_answers(&rig, 0, OK_CLIP);
	rig_answers(&rig, 3, OK_OCR);
	client = post();
	RIG_UNTIL(&rig, rig.backends[2].request_count == 1);
	peer_send_text(rig_peer(&rig, 2), "HTTP/1.1 200 OK\r\n\r\n");
	peer_send(rig_peer(&rig, 2), buf_span(&blanks));
	RIG_UNTIL(&rig, rig_peer(&rig, 3));
	(void)expect_answer(&rig, client, 200, MERGED);
	ck_assert_ptr_nonnull(strstr(rig_logged(&rig), " why=\"answered more than 67108864 bytes\""));
}
END_TEST

/* -- while the client sends ------------------------------------------------------------------ */

START_TEST(split_given_failing_on_the_way_moves_and_the_other_goes_on)
{
	BUF_AUTO struct buf body = form_body("{" CLIP "," OCR "}", FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	size_t group = (size_t)_i;
	struct peer *client = post_up_to(LARGE, MUCH);

	RIG_UNTIL(&rig, rig_peer(&rig, 0) && rig_peer(&rig, 0)->in.n > MUCH / 2);
	RIG_UNTIL(&rig, rig_peer(&rig, 2) && rig_peer(&rig, 2)->in.n > MUCH / 2);
	peer_reset(rig_peer(&rig, backend_of(group, 0)));
	RIG_UNTIL(&rig, rig_peer(&rig, backend_of(group, 1)));
	rig_answers(&rig, backend_of(group, 1), oks[group]);
	rig_answers(&rig, backend_of(!group, 0), oks[!group]);
	peer_send(client, span_skip(buf_span(&request), MUCH));
	(void)expect_answer(&rig, client, 200, MERGED);
	expect_entries(backend_of(group, 1), LARGE);
	expect_entries(backend_of(!group, 0), LARGE);
}
END_TEST

/* One answers early and is done with; what is kept is for the other. */
START_TEST(split_given_an_early_answer_keeps_for_the_other)
{
	BUF_AUTO struct buf body = form_body("{" CLIP "," OCR "}", FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	struct peer *client = post_up_to(LARGE, MUCH);

	RIG_UNTIL(&rig, rig_peer(&rig, 0) && rig_peer(&rig, 0)->in.n > MUCH / 2);
	peer_send_text(rig_peer(&rig, 0), OK_CLIP);
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)));
	peer_send(client, span_skip(buf_span(&request), MUCH));
	RIG_UNTIL(&rig, rig.backends[2].request_count == 1);
	rig_answers(&rig, 3, OK_OCR);
	peer_reset(rig_peer(&rig, 2));
	(void)expect_answer(&rig, client, 200, MERGED);
	expect_entries(3, LARGE);
}
END_TEST

/* From the head of an answer on nothing more is sent to that one, and nobody waits for it to take
 * more. Its answer may still break off. */
START_TEST(split_given_an_early_head_does_not_hold_the_other)
{
	BUF_AUTO struct buf body = form_body("{" CLIP "," OCR "}", FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	struct peer *client = post_up_to(LARGE, MUCH);

	RIG_UNTIL(&rig, rig_peer(&rig, 0) && rig_peer(&rig, 0)->in.n > MUCH / 2);
	peer_send_text(rig_peer(&rig, 0), "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{");
	rig_settle(&rig);
	peer_send(client, span_skip(buf_span(&request), MUCH));
	rig_answers(&rig, 2, OK_OCR);
	RIG_UNTIL(&rig, rig.backends[2].request_count == 1);
	rig_answers(&rig, 1, OK_CLIP);
	peer_reset(rig_peer(&rig, 0));
	(void)expect_answer(&rig, client, 200, MERGED);
	expect_entries(1, LARGE);
	expect_entries(2, LARGE);
}
END_TEST

/* -- failures -------------------------------------------------------------------------------- */

START_TEST(split_given_nobody_left_names_those_of_the_failed_group)
{
	struct span head;

	rig_refuses(&rig, 0);
	rig_answers(&rig, 1, BUSY);
	rig_answers(&rig, 2, OK_OCR);
	head = expect_detail(&rig, post(), 502,
		"{\"detail\":\"backend 'b1': cannot connect: Connection refused; "
		"backend 'b2': answered 503\"}");
	ck_assert(expect_has_line(head, "x-mlproxy-tried: b1, b2"));
}
END_TEST

START_TEST(split_given_a_word_after_a_move_is_answered_by_it)
{
	struct span head;

	rig_refuses(&rig, 0);
	rig_answers(&rig, 1, NO);
	rig_answers(&rig, 2, OK_OCR);
	head = expect_answer(&rig, post(), 400, SPAN_LITERAL("no"));
	ck_assert(expect_has_line(head, "x-mlproxy-tried: b1, b2"));
	ck_assert_ptr_nonnull(
		strstr(rig_logged(&rig), " error=\"backend 'b1': cannot connect: Connection refused; "
								 "backend 'b2': answered 400\" "));
}
END_TEST

/* A failure of the second group waits for the first, also when that has moved on meanwhile. */
START_TEST(split_given_an_earlier_group_that_moved_is_waited_for)
{
	struct peer *client;

	rig_answers(&rig, 2, NO);
	client = post();
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1 && rig.backends[2].request_count == 1);
	rig_settle(&rig);
	ck_assert_uint_eq(client->in.n, 0);
	peer_send_text(rig_peer(&rig, 0), BUSY);
	RIG_UNTIL(&rig, rig.backends[1].request_count == 1);
	ck_assert_uint_eq(client->in.n, 0);
	if (_i) {
		peer_send_text(rig_peer(&rig, 1), OK_CLIP);
		(void)expect_answer(&rig, client, 400, SPAN_LITERAL("no"));
	} else {
		peer_reset(rig_peer(&rig, 1));
		(void)expect_detail(&rig, client, 502, "\"backend 'b1': answered 503; backend 'b2': ");
	}
}
END_TEST

START_TEST(split_given_the_first_group_to_fail_leaves_the_second_try_of_the_other)
{
	struct peer *client;

	rig_answers(&rig, 2, BUSY);
	client = post();
	RIG_UNTIL(&rig, rig.backends[0].request_count == 1 && rig.backends[3].request_count == 1);
	peer_send_text(rig_peer(&rig, 0), NO);
	(void)expect_answer(&rig, client, 400, SPAN_LITERAL("no"));
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 3)));
	ck_assert_int_eq(health_of(3), HEALTH_UNKNOWN);
}
END_TEST

static void add_failures(TCase *tcase)
{
	tcase_add_test(tcase, split_given_nobody_left_names_those_of_the_failed_group);
	tcase_add_test(tcase, split_given_a_word_after_a_move_is_answered_by_it);
	tcase_add_loop_test(tcase, split_given_an_earlier_group_that_moved_is_waited_for, 0, 2);
	tcase_add_test(tcase, split_given_the_first_group_to_fail_leaves_the_second_try_of_the_other);
}

Suite *test_suite(void)
{
	Suite *suite = suite_create("failover: splits");
	TCase *tcase = tcase_create("splits");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, split_given_one_failing_moves_only_that, 0, FAILING_COUNT * GROUPS);
	tcase_add_test(tcase, split_given_both_failing_moves_both);
	tcase_add_loop_test(tcase, split_given_an_answer_that_does_not_fit_moves, 0,
		(int)(sizeof unfits / sizeof *unfits));
	tcase_add_test(tcase, split_given_too_large_an_answer_moves);
	tcase_add_loop_test(
		tcase, split_given_failing_on_the_way_moves_and_the_other_goes_on, 0, GROUPS);
	tcase_add_test(tcase, split_given_an_early_answer_keeps_for_the_other);
	tcase_add_test(tcase, split_given_an_early_head_does_not_hold_the_other);
	add_failures(tcase);
	suite_add_tcase(suite, tcase);
	return suite;
}
