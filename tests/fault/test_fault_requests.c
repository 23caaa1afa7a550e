/* Backends that cannot be reached, do not take the request, or answer before they have it all. */
#include "rig/configs.h"
#include "rig/fault.h"
#include "rig/suite.h"

#define ERROR  "content-type: application/json\r\ncontent-length: 14\r\n\r\n{\"detail\":\"x\"}"
#define BROKEN .status = 502, .moves = true, .health = HEALTH_UNHEALTHY
#define LATE   .status = 504, .moves = true, .health = HEALTH_UNHEALTHY

enum { SMALL = 100, LONG = 5000000, IN_HEAD = 20, IN_BODY = 100000 };

/* Whatever the size of the request. */
static const struct fault faults[] = {
	{"refused", .refuses = true, BROKEN, .detail = "cannot connect: Connection refused"},
	{"not accepted", .hangs = true, .rests_ns = CLOCK_S(6), LATE,
		.detail = "no connection within 5000 ms"},
	{"fin when accepted", .end = FAULT_FIN, BROKEN, .detail = ""},
	{"reset when accepted", .end = FAULT_RESET, BROKEN, .detail = ""},
};

/* While much of it is still with the client. */
static const struct fault long_faults[] = {
	{"fin in the request's head", .after = IN_HEAD, .end = FAULT_FIN, BROKEN,
		.detail = "the backend closed the connection before it answered"},
	{"fin in the request's body", .after = IN_BODY, .end = FAULT_FIN, BROKEN,
		.detail = "the backend closed the connection before it answered"},
	/* whether sending or reading hears of it first */
	{"reset in the request's head", .after = IN_HEAD, .end = FAULT_RESET, BROKEN, .detail = "the "},
	{"reset in the request's body", .after = IN_BODY, .end = FAULT_RESET, BROKEN, .detail = "the "},
	{"deaf", .is_deaf = true, .rests_ns = CLOCK_S(31), LATE,
		.detail = "taking the request stalled for 30000 ms"},

	{"early 413", .after = IN_BODY, .says = "HTTP/1.1 413 Too Big\r\n" ERROR, .status = 413,
		.body = "{\"detail\":\"x\"}"},
	{"early 413 and a reset", .after = IN_BODY, .says = "HTTP/1.1 413 Too Big\r\n" ERROR,
		.end = FAULT_RESET, .status = 413, .body = "{\"detail\":\"x\"}"},
	{"early 413 of one that is deaf", .is_deaf = true, .says = "HTTP/1.1 413 Too Big\r\n" ERROR,
		.status = 413, .body = "{\"detail\":\"x\"}"},
	{"early 200", .after = IN_BODY, .says = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
		.status = 200, .body = "{}", .health = HEALTH_HEALTHY},
	{"early 500", .after = IN_BODY, .says = "HTTP/1.1 500 Oh\r\n" ERROR, .status = 500,
		.body = "{\"detail\":\"x\"}"},
	{"early 503", .after = IN_BODY, .says = "HTTP/1.1 503 Busy\r\n" ERROR, .status = 503,
		.moves = true, .health = HEALTH_UNHEALTHY, .body = "{\"detail\":\"x\"}"},
	{"early 503 and a reset", .after = IN_BODY, .says = "HTTP/1.1 503 Busy\r\n" ERROR,
		.end = FAULT_RESET, .status = 503, .moves = true, .health = HEALTH_UNHEALTHY,
		.body = "{\"detail\":\"x\"}"},
	{"half of an early answer", .after = IN_BODY,
		.says = "HTTP/1.1 413 Too Big\r\ncontent-length: 9\r\n\r\n{", .end = FAULT_FIN, BROKEN,
		.detail = "the backend closed the connection within its answer"},
};

static void play(const struct fault *rows, int index, size_t photo_n)
{
	fault_play(&rows[index / FAULT_SCENES], (enum fault_scene)(index % FAULT_SCENES), photo_n);
}

START_TEST(small_request_given_a_backend_that_cannot_be_reached)
{
	play(faults, _i, SMALL);
}
END_TEST

START_TEST(long_request_given_a_backend_that_cannot_be_reached)
{
	play(faults, _i, LONG);
}
END_TEST

START_TEST(long_request_given_a_backend_that_does_not_take_it)
{
	play(long_faults, _i, LONG);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("fault_requests");
	TCase *tcase = tcase_create("requests");
	int count = COUNT_OF(faults) * FAULT_SCENES;

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, small_request_given_a_backend_that_cannot_be_reached, 0, count);
	tcase_add_loop_test(tcase, long_request_given_a_backend_that_cannot_be_reached, 0, count);
	tcase_add_loop_test(tcase, long_request_given_a_backend_that_does_not_take_it, 0,
		COUNT_OF(long_faults) * FAULT_SCENES);
	suite_add_tcase(suite, tcase);
	return suite;
}
