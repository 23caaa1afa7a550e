#include "domain/area.h"

#include "rig/configs.h"
#include "rig/suite.h"

static const struct {
	const char *path;
	enum area area;
} rows[] = {
	{"", AREA_SERVICE},
	{"*", AREA_SERVICE},
	{"/", AREA_SERVICE},
	{"//api", AREA_SERVICE},
	{"/ping", AREA_SERVICE},
	{"/token/api/health", AREA_SERVICE},
	{"/apiary", AREA_SERVICE},
	{"/API/health", AREA_SERVICE},
	{"/healthz", AREA_SERVICE},
	{"/api", AREA_API},
	{"/api/", AREA_API},
	{"/api/no/such", AREA_API},
	{"/%61pi/health", AREA_API},
	{"/api%2fhealth", AREA_API},
	{"/config", AREA_ADMIN},
	{"/config/page", AREA_ADMIN},
	{"/debug/requests", AREA_ADMIN},
	{"/metrics", AREA_ADMIN},
	{"/metric%73", AREA_ADMIN},
	{"/metrics2", AREA_SERVICE},
	{"/token/%61pi", AREA_SERVICE},
	{"/%61pi%2Fhealth", AREA_API},
	{"/%2Fapi", AREA_SERVICE},
	{"/api%", AREA_SERVICE},
};

START_TEST(area_is_that_of_the_first_segment)
{
	ck_assert_int_eq(area_of(span_of(rows[_i].path)), rows[_i].area);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("area");
	TCase *tcase = tcase_create("area");

	tcase_add_loop_test(tcase, area_is_that_of_the_first_segment, 0, COUNT_OF(rows));
	suite_add_tcase(suite, tcase);
	return suite;
}
