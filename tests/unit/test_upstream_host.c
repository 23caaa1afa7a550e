#include "io/upstream_conn.h"

#include "rig/clock_fake.h"
#include "rig/suite.h"

static struct clock_fake turned;
static struct loop *loop;
static struct upstream *upstream;

static void set_up(void)
{
	clock_fake_init(&turned);
	loop = loop_new(&turned.clock);
	upstream = upstream_new(loop);
}

static void tear_down(void)
{
	upstream_free(upstream);
	loop_free(loop);
}

static const struct {
	const char *one;
	const char *other;
	bool is_same;
} pairs[] = {
	{"https://gpu", "https://GPU:443/base", true}, {"https://gpu", "http://gpu:443", false},
	{"http://gpu", "http://gpu:80/base", true}, {"http://gpu", "http://GPU", true},
	{"http://gpu", "http://gpu:81", false}, {"http://gpu", "http://gpu2", false},
	{"unix:/run/ml", "unix:/run/ml", true},
	{"unix:/run/ml", "unix:/run/ML", false}, /* files' names are in one case */
};

static struct upstream_host *get_trusting(const char *text, const char *ca_file, bool is_insecure)
{
	struct url url;
	struct err err;

	ck_assert_int_eq(url_parse(span_of(text), &url, &err), 0);
	return upstream_host_get(upstream, &url, &(struct upstream_tls){span_of(ca_file), is_insecure});
}

static struct upstream_host *get(const char *text)
{
	return get_trusting(text, "", false);
}

START_TEST(get_given_two_urls)
{
	ck_assert_int_eq(get(pairs[_i].one) == get(pairs[_i].other), pairs[_i].is_same);
}
END_TEST

/* A connection made under one trust is not used under another. */
START_TEST(get_given_another_trust_is_another_place)
{
	struct upstream_host *host = get_trusting("https://gpu", "/ca", false);

	ck_assert_ptr_eq(get_trusting("https://gpu/base", "/ca", false), host);
	ck_assert_ptr_ne(get_trusting("https://gpu", "/other", false), host);
	ck_assert_ptr_ne(get_trusting("https://gpu", "", false), host);
	ck_assert_ptr_ne(get_trusting("https://gpu", "/ca", true), host);
}
END_TEST

START_TEST(get_keeps_nothing_of_the_urls_text)
{
	char text[] = "http://gpu:3003";
	struct upstream_host *host = get(text);

	memset(text, 'x', sizeof text - 1);
	ck_assert_ptr_eq(get("http://gpu:3003"), host);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("upstream_host");
	TCase *tcase = tcase_create("upstream_host");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, get_given_two_urls, 0, sizeof pairs / sizeof *pairs);
	tcase_add_test(tcase, get_given_another_trust_is_another_place);
	tcase_add_test(tcase, get_keeps_nothing_of_the_urls_text);
	suite_add_tcase(suite, tcase);
	return suite;
}
