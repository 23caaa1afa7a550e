/* What is too much is refused with the limit's name, and those who are within it go on. */
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG                                                                           \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]," \
	"\"limits\":{\"entries\":128,\"parts\":4,\"partHead\":128,\"keptBytes\":2000000,"    \
	"\"body\":4000000}}"
#define OK   "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
#define CLIP "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"

static struct rig rig;

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG);
	rig_answers(&rig, 0, OK);
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

/* A form's entries, padded with blanks to n bytes. */
static struct buf padded(size_t n)
{
	struct buf entries = {0};

	buf_add_format(&entries, "%-*s", (int)n, CLIP);
	return entries;
}

/* -- sizes and numbers ----------------------------------------------------------------------- */

START_TEST(entries_given_as_much_as_may_be_pass)
{
	BUF_AUTO struct buf entries = padded(128);
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);

	form_part(&body, FORM_ENTRIES, buf_span(&entries));
	form_end(&body);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{}"));
	(void)expect_request(&rig, 0, 0, "POST /predict HTTP/1.1", buf_span(&body));
}
END_TEST

START_TEST(entries_given_a_byte_more_are_refused)
{
	BUF_AUTO struct buf entries = padded(129);
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);

	form_part(&body, FORM_ENTRIES, buf_span(&entries));
	form_end(&body);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	peer_send(client, buf_span(&request));
	(void)expect_detail(&rig, client, 413, "entries is over 128 bytes (limits.entries)");
	ck_assert_ptr_null(rig_peer(&rig, 0));
}
END_TEST

#define PART(name) "Content-Disposition: form-data; name=\"" name "\""

/* The fifth part comes when the backend has the others: it is left, and the client told. */
START_TEST(parts_given_one_too_many_are_refused)
{
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);
	size_t good;

	form_part(&body, FORM_ENTRIES, SPAN_LITERAL(CLIP));
	form_part(&body, PART("a"), SPAN_LITERAL("1"));
	form_part(&body, PART("b"), SPAN_LITERAL("2"));
	form_part(&body, FORM_IMAGE, SPAN_LITERAL("cat"));
	good = body.n;
	form_part(&body, PART("c"), SPAN_LITERAL("3"));
	form_end(&body);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	size_t head_n = request.n - body.n;
	peer_send(client, span_first(buf_span(&request), head_n + good));
	RIG_UNTIL(&rig, rig_peer(&rig, 0) && peer_has(rig_peer(&rig, 0), "cat"));
	peer_send(client, span_skip(buf_span(&request), head_n + good));
	(void)expect_detail(&rig, client, 413, "over 4 parts in the body (limits.parts)");
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)));
	ck_assert_uint_eq(rig.backends[0].request_count, 0);
}
END_TEST

START_TEST(part_head_given_too_much_is_refused)
{
	BUF_AUTO struct buf body = {0};
	struct peer *client = rig_client(&rig);

	form_part(&body,
		PART("entries") "\r\nX: 123456789012345678901234567890123456789012345678901234567890"
						"1234567890123456789012345678901234567890",
		SPAN_LITERAL(CLIP));
	form_end(&body);
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	peer_send(client, buf_span(&request));
	(void)expect_detail(&rig, client, 413, "a part's head is over 128 bytes (limits.partHead)");
	ck_assert_ptr_null(rig_peer(&rig, 0));
}
END_TEST

START_TEST(body_given_as_much_as_may_be_passes_and_a_byte_more_not)
{
	BUF_AUTO struct buf most = form_photo(4000000);
	BUF_AUTO struct buf request = form_request("/predict", "", buf_span(&most));
	struct peer *client = rig_client(&rig);

	peer_send(client, buf_span(&request));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{}"));
	(void)expect_request(&rig, 0, 0, "POST /predict HTTP/1.1", buf_span(&most));
	peer_send_text(client, "POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 4000001\r\n\r\n");
	(void)expect_detail(&rig, client, 413, "limits.body (4000000 bytes)");
	ck_assert_uint_eq(rig.backends[0].request_count, 1);
}
END_TEST

/* Chunked, so that it is found out while the backend is being sent it. */
START_TEST(body_given_too_much_in_chunks_is_refused_and_the_backend_left)
{
	BUF_AUTO struct buf photo = form_photo(4000000);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request =
		form_request_chunked("/predict", FORM_TYPE, buf_span(&body), 65536);
	struct peer *client = rig_client(&rig);

	peer_send(client, buf_span(&request));
	(void)expect_detail(&rig, client, 413, "limits.body (4000000 bytes)");
	RIG_UNTIL(&rig, peer_is_over(rig_peer(&rig, 0)));
	ck_assert_uint_eq(rig.backends[0].request_count, 0);
}
END_TEST

/* -- bytes that are kept --------------------------------------------------------------------- */

/* A body whose entries come last. */
static struct buf late(size_t photo_n)
{
	BUF_AUTO struct buf photo = form_photo(photo_n);
	BUF_AUTO struct buf body = {0};

	form_part(&body, FORM_IMAGE, buf_span(&photo));
	form_part(&body, FORM_ENTRIES, SPAN_LITERAL(CLIP));
	form_end(&body);
	return form_request("/predict", FORM_TYPE, buf_span(&body));
}

START_TEST(kept_bytes_given_too_many_refuse_who_needs_more_and_nobody_else)
{
	BUF_AUTO struct buf photo = form_photo(3000000);
	BUF_AUTO struct buf body = form_body(CLIP, FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf streaming = form_request("/predict", FORM_TYPE, buf_span(&body));
	BUF_AUTO struct buf kept = late(2000000);
	struct peer *clients[4];

	for (size_t i = 0; i < 4; i++)
		clients[i] = rig_client(&rig);
	peer_send(clients[0], span_first(buf_span(&streaming), 1000000));
	peer_send(clients[1], span_first(buf_span(&kept), 1900000));
	rig_settle(&rig);
	peer_send(clients[2], span_first(buf_span(&kept), 1900000)); /* more than there is room for */
	(void)expect_detail(&rig, clients[2], 503, "limits.keptBytes (2000000 bytes)");
	peer_send(clients[3], buf_span(&streaming)); /* needs none of it */
	(void)expect_answer(&rig, clients[3], 200, SPAN_LITERAL("{}"));
	peer_send(clients[0], span_skip(buf_span(&streaming), 1000000));
	(void)expect_answer(&rig, clients[0], 200, SPAN_LITERAL("{}"));
	peer_send(clients[1], span_skip(buf_span(&kept), 1900000));
	(void)expect_answer(&rig, clients[1], 200, SPAN_LITERAL("{}"));
	(void)expect_request(&rig, 0, 0, "POST /predict HTTP/1.1", buf_span(&body));
	(void)expect_request(&rig, 0, 1, "POST /predict HTTP/1.1", buf_span(&body));
	ck_assert_uint_eq(rig.backends[0].request_count, 3);
	ck_assert_uint_eq(atomic_load(&rig.shared.budget.used), 0);
}
END_TEST

START_TEST(kept_bytes_given_clients_that_leave_are_free_again)
{
	BUF_AUTO struct buf kept = late(1900000);
	struct peer *client = rig_client(&rig);

	peer_send(client, span_first(buf_span(&kept), 1800000));
	rig_settle(&rig);
	ck_assert_uint_gt(atomic_load(&rig.shared.budget.used), 1000000);
	peer_reset(client);
	RIG_UNTIL(&rig, atomic_load(&rig.shared.budget.used) == 0);
	client = rig_client(&rig);
	peer_send(client, buf_span(&kept));
	(void)expect_answer(&rig, client, 200, SPAN_LITERAL("{}"));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("predict_limits");
	TCase *tcase = tcase_create("limits");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, entries_given_as_much_as_may_be_pass);
	tcase_add_test(tcase, entries_given_a_byte_more_are_refused);
	tcase_add_test(tcase, parts_given_one_too_many_are_refused);
	tcase_add_test(tcase, part_head_given_too_much_is_refused);
	tcase_add_test(tcase, body_given_as_much_as_may_be_passes_and_a_byte_more_not);
	tcase_add_test(tcase, body_given_too_much_in_chunks_is_refused_and_the_backend_left);
	tcase_add_test(tcase, kept_bytes_given_too_many_refuse_who_needs_more_and_nobody_else);
	tcase_add_test(tcase, kept_bytes_given_clients_that_leave_are_free_again);
	suite_add_tcase(suite, tcase);
	return suite;
}
