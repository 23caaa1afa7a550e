/* Backends that get the whole request and then answer wrongly, not at all, or too slowly. */
#include "rig/configs.h"
#include "rig/fault.h"
#include "rig/suite.h"

#define OK      "HTTP/1.1 200 OK\r\n"
#define LENGTH  OK "content-length: "
#define CHUNKED OK "transfer-encoding: chunked\r\n\r\n"
#define ERROR   "content-type: application/json\r\ncontent-length: 14\r\n\r\n{\"detail\":\"x\"}"
#define INTERIM "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
#define TEN(x)  x x x x x x x x x x

#define SAYS(text) .after = FAULT_WHOLE, .says = (text)
#define BROKEN     .status = 502, .moves = true, .health = HEALTH_UNHEALTHY
#define LATE       .status = 504, .moves = true, .health = HEALTH_UNHEALTHY

static const struct fault faults[] = {
	/* the connection ends */
	{"fin before the head", SAYS(NULL), .end = FAULT_FIN, BROKEN,
		.detail = "the backend closed the connection before it answered"},
	{"fin in the head", SAYS("HTTP/1.1 200 OK\r\nconte"), .end = FAULT_FIN, BROKEN,
		.detail = "the backend closed the connection within the head of its answer"},
	{"fin after the head", SAYS(LENGTH "9\r\n\r\n"), .end = FAULT_FIN, BROKEN,
		.detail = "the backend closed the connection within its answer"},
	{"fin in the body", SAYS(LENGTH "9\r\n\r\n{\"clip\""), .end = FAULT_FIN, BROKEN,
		.detail = "the backend closed the connection within its answer"},
	{"fin in a chunk", SAYS(CHUNKED "9\r\n{\"clip\""), .end = FAULT_FIN, BROKEN,
		.detail = "the backend closed the connection within its answer"},
	{"fin before the last chunk", SAYS(CHUNKED "2\r\n{}\r\n"), .end = FAULT_FIN, BROKEN,
		.detail = "the backend closed the connection within its answer"},
	{"fin in a body until close", SAYS(OK "\r\n{\"clip\""), .end = FAULT_FIN, BROKEN,
		.detail = "answered with what is no JSON object"},
	{"fin in an error", SAYS("HTTP/1.1 400 Bad\r\ncontent-length: 9\r\n\r\n{\"d"), .end = FAULT_FIN,
		BROKEN, .detail = "the backend closed the connection within its answer"},
	{"reset before the head", SAYS(NULL), .end = FAULT_RESET, BROKEN,
		.detail = "the connection broke"},
	{"reset in the head", SAYS("HTTP/1.1 200 OK\r\nconte"), .end = FAULT_RESET, BROKEN,
		.detail = "the connection broke"},
	{"reset after the head", SAYS(LENGTH "9\r\n\r\n"), .end = FAULT_RESET, BROKEN,
		.detail = "the connection broke"},
	{"reset in the body", SAYS(LENGTH "9\r\n\r\n{\"clip\""), .end = FAULT_RESET, BROKEN,
		.detail = "the connection broke"},

	/* it is no HTTP, or nobody can tell where the answer ends */
	{"junk", SAYS("hello\r\n\r\n"), BROKEN, .detail = "malformed HTTP version"},
	{"junk status", SAYS("HTTP/1.1 2OO OK\r\n\r\n"), BROKEN, .detail = "malformed status line"},
	{"doubled length", SAYS(LENGTH "2\r\ncontent-length: 2\r\n\r\n{}"), BROKEN,
		.detail = "Content-Length more than once"},
	{"absurd length", SAYS(LENGTH "18446744073709551618\r\n\r\n{}"), BROKEN,
		.detail = "malformed Content-Length"},
	{"length of an exabyte", SAYS(LENGTH "1152921504606846976\r\n\r\n{}"), .end = FAULT_FIN, BROKEN,
		.detail = "the backend closed the connection within its answer"},
	{"negative length", SAYS(LENGTH "-2\r\n\r\n{}"), BROKEN, .detail = "malformed Content-Length"},
	{"length and chunks",
		SAYS(LENGTH "2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), BROKEN,
		.detail = "Content-Length with Transfer-Encoding"},
	{"junk chunk", SAYS(CHUNKED "x\r\n{}\r\n0\r\n\r\n"), BROKEN, .detail = ""},
	{"negative chunk", SAYS(CHUNKED "-2\r\n{}\r\n0\r\n\r\n"), BROKEN, .detail = ""},
	{"absurd chunk", SAYS(CHUNKED "ffffffffffffffffff\r\n{}"), BROKEN, .detail = ""},
	{"chunk too long", SAYS(CHUNKED "2\r\n{}x\r\n0\r\n\r\n"), BROKEN, .detail = ""},
	{"endless head", SAYS(OK), .repeats = TEN(TEN(TEN("x-padding: 0123456789\r\n"))), BROKEN,
		.detail = "head over 256 lines"},
	{"endless line", SAYS(OK "x: "), .repeats = TEN(TEN(TEN("0123456789"))), BROKEN,
		.detail = "head over 65536 bytes"},
	{"endless interim answers", SAYS(INTERIM), .repeats = TEN(TEN(INTERIM)), BROKEN,
		.detail = "over 1000 informational answers"},

	/* it is no answer to such a request */
	{"broken json", SAYS(LENGTH "8\r\n\r\n{\"clip\":"), BROKEN,
		.detail = "answered with what is no JSON object"},
	{"wrong json", SAYS(LENGTH "10\r\n\r\n{\"clip\":x}"), BROKEN,
		.detail = "answered with what is no JSON object"},
	{"array", SAYS(LENGTH "2\r\n\r\n[]"), BROKEN, .detail = "answered with JSON that is no object"},
	{"empty 200", SAYS(LENGTH "0\r\n\r\n"), BROKEN,
		.detail = "answered with what is no JSON object"},
	{"204", SAYS("HTTP/1.1 204 No Content\r\n\r\n"), BROKEN,
		.detail = "answered with what is no JSON object"},
	{"redirect", SAYS("HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n"), BROKEN,
		.detail = "answered 302: redirects are not followed"},

	/* it says so itself: others are asked, and if there are none that is the answer */
	{"502", SAYS("HTTP/1.1 502 Bad\r\n" ERROR), BROKEN, .body = "{\"detail\":\"x\"}"},
	{"503", SAYS("HTTP/1.1 503 Busy\r\n" ERROR), .status = 503, .moves = true,
		.health = HEALTH_UNHEALTHY, .body = "{\"detail\":\"x\"}"},
	{"504", SAYS("HTTP/1.1 504 Late\r\n" ERROR), LATE, .body = "{\"detail\":\"x\"}"},

	/* answers, whatever they are worth: of one 500 nobody knows whose fault it is */
	{"500", SAYS("HTTP/1.1 500 Oh\r\n" ERROR), .status = 500, .body = "{\"detail\":\"x\"}"},
	{"501", SAYS("HTTP/1.1 501 No\r\n" ERROR), .status = 501, .body = "{\"detail\":\"x\"}"},
	{"400", SAYS("HTTP/1.1 400 Bad\r\n" ERROR), .status = 400, .body = "{\"detail\":\"x\"}"},
	{"429", SAYS("HTTP/1.1 429 Many\r\n" ERROR), .status = 429, .body = "{\"detail\":\"x\"}"},
	{"bytes behind the answer", SAYS(LENGTH "2\r\n\r\n{}HTTP/1.1 500 Oh\r\n\r\n"), .status = 200,
		.body = "{}", .health = HEALTH_HEALTHY},
	{"fin behind the answer", SAYS(LENGTH "2\r\n\r\n{}"), .end = FAULT_FIN, .status = 200,
		.body = "{}", .health = HEALTH_HEALTHY},

	{"reset behind the answer", SAYS(LENGTH "2\r\n\r\n{}"), .end = FAULT_RESET, .status = 200,
		.body = "{}", .health = HEALTH_HEALTHY},

	/* it takes too long */
	{"silence", SAYS(NULL), .rests_ns = CLOCK_S(101), LATE, .detail = "no answer within 100000 ms"},
	{"a head that drips", SAYS("HTTP/1.1 200 OK\r\nx: "), .repeats = "x", .rests_ns = CLOCK_S(20),
		LATE, .detail = "no answer within 100000 ms"},
	{"interim answers that drip", SAYS(INTERIM), .repeats = INTERIM, .rests_ns = CLOCK_S(20), LATE,
		.detail = "no answer within 100000 ms"},
	{"a body that drips", SAYS(LENGTH "99\r\n\r\n{"), .repeats = " ", .rests_ns = CLOCK_S(20), LATE,
		.detail = "no whole answer within 100000 ms"},
	{"a body that stalls", SAYS(LENGTH "99\r\n\r\n{"), .rests_ns = CLOCK_S(31), LATE,
		.detail = "the answer stalled for 30000 ms"},
};

START_TEST(small_request_given_a_faulty_answer)
{
	fault_play(&faults[_i / FAULT_SCENES], (enum fault_scene)(_i % FAULT_SCENES), 100);
}
END_TEST

START_TEST(long_request_given_a_faulty_answer)
{
	fault_play(&faults[_i / FAULT_SCENES], (enum fault_scene)(_i % FAULT_SCENES), 1000000);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("fault_answers");
	TCase *tcase = tcase_create("answers");
	int count = COUNT_OF(faults) * FAULT_SCENES;

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, small_request_given_a_faulty_answer, 0, count);
	tcase_add_loop_test(tcase, long_request_given_a_faulty_answer, 0, count);
	suite_add_tcase(suite, tcase);
	return suite;
}
