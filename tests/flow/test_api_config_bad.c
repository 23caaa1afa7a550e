/* What POST /api/config refuses: status, error and path of each, after which the configuration is
 * the one it was, in memory, as it is shown, and in the file. */
#include <stdio.h>

#include "domain/config_text.h"
#include "io/files.h"
#include "rig/bad_configs.h"
#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/suite.h"

#define GOOD                                                                           \
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"," \
	"\"basicAuth\":\"me:hush\",\"headers\":{\"x-key\":\"hush\"}}],"                    \
	"\"access\":{\"hosts\":[\"ml.lan\"]},\"modelTypeRouting\":{},\"taskRouting\":{}}"
#define TARGET "POST /api/config HTTP/1.1\r\n"
#define HOST   "host: 127.0.0.1:3004\r\n"
#define TYPE   "content-type: application/json\r\n"

enum { LARGE_BYTES = 104857600 };

static struct rig rig;
static const struct config *before;
static struct buf file;

/* There is a file, and it is in use. */
static void set_up(void)
{
	FILE *stream;

	rig_init(&rig, 1, GOOD);
	rig_has_folder(&rig);
	before = rig.worker->config;
	buf_reset(&file);
	buf_add(&file, before->text);
	stream = fopen(rig.config_path.bytes, "we");
	ck_assert_ptr_nonnull(stream);
	ck_assert_uint_eq(fwrite(file.bytes, 1, file.n, stream), file.n);
	ck_assert_int_eq(fclose(stream), 0);
}

static void expect_unchanged(void)
{
	BUF_AUTO struct buf found = {0};
	BUF_AUTO struct buf shown = {0};
	struct err err;

	for (size_t i = 0; i < rig.shared.worker_count; i++)
		ck_assert_ptr_eq(rig.shared.workers[i]->config, before);
	ck_assert_int_eq(files_read(rig.config_path.bytes, CONFIG_BYTES_MAX, &found, &err), 0);
	ck_assert(span_equal(buf_span(&found), buf_span(&file)));
	config_text_mask(before, &shown);
	(void)expect_answer(&rig,
		rig_asks(&rig, SPAN_LITERAL("GET /api/config HTTP/1.1\r\n" HOST "\r\n")), 200,
		buf_span(&shown));
	ck_assert_uint_eq(atomic_load(&rig.shared.api_bytes), 0);
}

static void tear_down(void)
{
	expect_unchanged();
	rig_deinit(&rig);
	buf_deinit(&file);
}

static struct peer *post(struct span body)
{
	BUF_AUTO struct buf request = {0};

	buf_add_format(&request, TARGET HOST TYPE "content-length: %zu\r\n\r\n", body.n);
	buf_add(&request, body);
	return rig_asks(&rig, buf_span(&request));
}

/* -- what no configuration is ---------------------------------------------------------------- */

START_TEST(post_given_what_the_parser_refuses_says_the_same)
{
	const struct bad_config *bad = &bad_configs[_i];
	bool is_all = strcmp(bad->path, CONFIG_WHOLE) == 0;

	(void)expect_error(&rig, post(span_of(bad->text)), 400, bad->says, is_all ? NULL : bad->path);
}
END_TEST

/* -- what is no configuration over another, or over HTTP ------------------------------------- */

#define WITH(more)      CONFIGS_WITH(more)
#define BACKEND(more)   CONFIGS_BACKENDS("[{\"name\":\"b1\"," more "}]")
#define ACCESS(members) WITH("\"access\":{" members "}")

static const struct {
	const char *text;
	const char *path;
	const char *says;
} rows[] = {
	/* encodings */
	{"\xff\xfe{\0}\0", "line 1", "JSON at byte 0"},
	{"{\"a\":\"\xc0\xaf\"}", "line 1", "JSON at byte"},
	{"{\"a\":\"\xed\xa0\x80\"}", "line 1", "JSON at byte"},
	{"{\"a\":\"\xf4\x90\x80\x80\"}", "line 1", "JSON at byte"},
	{"{\"a\":\"\xe2\x82\"}", "line 1", "JSON at byte"},
	{"{\"a\":\"\\ud8\"}", "line 1", "JSON at byte"},
	{"{\"a\":\"\\x\"}", "line 1", "JSON at byte"},
	{"{\"a\":\"\t\"}", "line 1", "JSON at byte"},
	{"{\"a\":+1}", "line 1", "JSON at byte"},
	{"{\"a\":.5}", "line 1", "JSON at byte"},
	{"{\"a\":1.}", "line 1", "JSON at byte"},
	{"{\"a\":-}", "line 1", "JSON at byte"},
	{"{\"a\":Infinity}", "line 1", "JSON at byte"},
	{"{\"a\":True}", "line 1", "JSON at byte"},
	{"{\"a\" 1}", "line 1", "JSON at byte"},
	{"{\"a\":1 \"b\":2}", "line 1", "JSON at byte"},
	{"{\"a\":[1}", "line 1", "JSON at byte"},
	{"{} {}", "line 1", "JSON at byte"},
	{"a=1&b=2", "line 1", "JSON at byte"},
	/* unusable URLs */
	{CONFIGS_URL("\"http://\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"http:///x\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"one:3003\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"http://one:65536\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"http://one:-1\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"http://one two\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"http://me:hush@one\""), "backends[0].url", "found a string"},
	{CONFIGS_URL("\"http://one/?token=x\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"http://one/#x\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"http://[::1\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"http://[gg::1]\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"unix:run/ml.sock\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"unix:\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"file:///etc/passwd\""), "backends[0].url", "found"},
	{CONFIGS_URL("\"javascript:alert(1)\""), "backends[0].url", "found"},
	/* types and limits of what a backend may have */
	{BACKEND("\"url\":\"http://one\",\"enabled\":1"), "backends[0].enabled", "found 1"},
	{BACKEND("\"url\":\"http://one\",\"weight\":0"), "backends[0].weight", "found 0"},
	{BACKEND("\"url\":\"http://one\",\"weight\":101"), "backends[0].weight", "found 101"},
	{BACKEND("\"url\":\"http://one\",\"weight\":\"3\""), "backends[0].weight", "found \"3\""},
	{BACKEND("\"url\":\"http://one\",\"timeout\":0"), "backends[0].timeout", "found 0"},
	{BACKEND("\"url\":\"http://one\",\"connectTimeout\":true"), "backends[0].connectTimeout",
		"found true"},
	{BACKEND("\"url\":\"http://one\",\"insecure\":true"), "backends[0].insecure", "found true"},
	{BACKEND("\"url\":\"https://one\",\"caFile\":\"ca.pem\""), "backends[0].caFile", "found"},
	{BACKEND("\"url\":\"http://one\",\"headers\":[]"), "backends[0].headers", "found a list"},
	{BACKEND("\"url\":\"http://one\",\"headers\":{\"a b\":\"c\"}"), "backends[0].headers",
		"wanted names of headers"},
	{BACKEND("\"url\":\"http://one\",\"headers\":{\"a\":\"hush\\n\"}"), "backends[0].headers.a",
		"found a string"},
	{BACKEND("\"url\":\"http://one\",\"headers\":{\"host\":\"hush\"}"), "backends[0].headers.host",
		""},
	{BACKEND("\"url\":\"http://one\",\"headers\":{\"content-length\":\"7\"}"),
		"backends[0].headers.content-length", ""},
	{BACKEND("\"url\":\"http://one\",\"basicAuth\":\"nocolon\""), "backends[0].basicAuth",
		"found a string"},
	{BACKEND("\"url\":\"http://one\",\"basicAuth\":7"), "backends[0].basicAuth", "found a number"},
	/* masks that stand for nothing */
	{BACKEND("\"url\":\"http://one\",\"basicAuth\":\"" CONFIG_MASK "\""), "backends[0].basicAuth",
		""},
	{BACKEND("\"url\":\"http://one\",\"headers\":{\"x-key\":\"" CONFIG_MASK "\"}"),
		"backends[0].headers.x-key", ""},
	{CONFIGS_BACKENDS("[{\"name\":\"b1\",\"url\":\"http://one\"},{\"name\":\"new\",\"url\":"
					  "\"http://one\",\"basicAuth\":\"" CONFIG_MASK "\"}]"),
		"backends[1].basicAuth", ""},
	{ACCESS("\"adminToken\":\"" CONFIG_MASK "\""), "access.adminToken", ""},
	/* who may */
	{WITH("\"access\":[]"), "access", "found a list"},
	{ACCESS("\"hosts\":\"ml.lan\""), "access.hosts", "found \"ml.lan\""},
	{ACCESS("\"hosts\":[7]"), "access.hosts[0]", "found 7"},
	{ACCESS("\"hosts\":[\"ml.lan:80\"]"), "access.hosts[0]", "found"},
	{ACCESS("\"hosts\":[\"*\"]"), "access.hosts[0]", "found"},
	{ACCESS("\"adminToken\":\"\""), "access.adminToken", "found a string"},
	{ACCESS("\"adminToken\":\"a b\""), "access.adminToken", "found a string"},
	{ACCESS("\"adminToken\":null"), "access.adminToken", "found null"},
	{ACCESS("\"adminListen\":\"nowhere\""), "access.adminListen", "found"},
	{ACCESS("\"adminListen\":3005"), "access.adminListen", "found 3005"},
	{WITH("\"debugHeaders\":1"), "debugHeaders", "found 1"},
	/* of a doubled key the last counts */
	{"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://one\"}],"
	 "\"defaultBackend\":\"b9\"}",
		"defaultBackend", "found \"b9\""},
	{"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://"
	 "one\",\"url\":7}]}",
		"backends[0].url", "found 7"},
	/* what is required is not taken from the one in use */
	{"{\"defaultBackend\":\"b1\"}", "backends", "found nothing"},
	{"{\"limits\":{\"body\":100}}", "backends", "found nothing"},
};

START_TEST(post_given_what_cannot_be_meant_says_where_and_what)
{
	struct peer *client = post(span_of(rows[_i].text));

	(void)expect_error(&rig, client, 400, rows[_i].says, rows[_i].path);
	ck_assert(!peer_has(client, "hush"));
}
END_TEST

static const struct {
	const char *head;
	int status;
	const char *says;
	const char *path;
} heads[] = {
	{TARGET HOST "content-length: 2\r\n\r\n{}", 415, "", NULL},
	{TARGET HOST "content-type: text/plain\r\ncontent-length: 2\r\n\r\n{}", 415, "", NULL},
	{TARGET HOST "content-type: application/x-www-form-urlencoded\r\ncontent-length: 2\r\n\r\n{}",
		415, "", NULL},
	{TARGET "host: evil.example\r\n" TYPE "content-length: 2\r\n\r\n{}", 403, "", NULL},
	{TARGET HOST TYPE "origin: http://evil.example\r\ncontent-length: 2\r\n\r\n{}", 403, "", NULL},
	{TARGET HOST TYPE "origin: null\r\ncontent-length: 2\r\n\r\n{}", 403, "", NULL},
	{TARGET HOST TYPE "content-length: 0\r\n\r\n", 400, "JSON ends at byte 0", "line 1"},
	{TARGET HOST TYPE "\r\n", 400, "JSON ends at byte 0", "line 1"},
	{TARGET HOST TYPE "content-length: 1048577\r\n\r\n", 413, "what this path takes", NULL},
	{TARGET HOST TYPE "content-length: 104857600\r\n\r\n", 413, "what this path takes", NULL},
	{TARGET HOST TYPE "content-length: 99999999999999999999\r\n\r\n", 400, "", NULL},
	{TARGET HOST TYPE "content-length: -1\r\n\r\n", 400, "", NULL},
	{TARGET HOST TYPE "content-length: 2\r\ncontent-length: 3\r\n\r\n{}", 400, "", NULL},
	{TARGET HOST TYPE "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}", 400, "", NULL},
	{TARGET HOST TYPE "transfer-encoding: gzip, chunked\r\n\r\n", 501, "", NULL},
	{TARGET HOST TYPE "transfer-encoding: chunked\r\n\r\nnonsense\r\n", 400, "", NULL},
	{"PUT /api/config HTTP/1.1\r\n" HOST TYPE "content-length: 2\r\n\r\n{}", 405, "Method Not",
		NULL},
	{"PATCH /api/config HTTP/1.1\r\n" HOST TYPE "content-length: 2\r\n\r\n{}", 405, "Method Not",
		NULL},
	{"POST /api/config/ HTTP/1.1\r\n" HOST TYPE "content-length: 2\r\n\r\n{}", 404, "Not Found",
		NULL},
	{"POST /api/configs HTTP/1.1\r\n" HOST TYPE "content-length: 2\r\n\r\n{}", 404, "Not Found",
		NULL},
};

START_TEST(post_given_what_is_no_call_is_refused)
{
	(void)expect_error(&rig, rig_asks(&rig, span_of(heads[_i].head)), heads[_i].status,
		heads[_i].says, heads[_i].path);
}
END_TEST

/* -- how much -------------------------------------------------------------------------------- */

START_TEST(post_given_deep_nesting_is_refused)
{
	BUF_AUTO struct buf body = {0};

	buf_add_text(&body, "{\"x\":");
	for (int i = 0; i < 100000; i++)
		buf_add_text(&body, "[");
	(void)expect_error(&rig, post(buf_span(&body)), 400, "JSON at byte 68", "line 1");
}
END_TEST

START_TEST(post_given_more_backends_or_routes_than_there_may_be_is_refused)
{
	BUF_AUTO struct buf body = {0};

	buf_add_text(&body, "{\"defaultBackend\":\"n0\",\"backends\":[");
	for (int i = 0; i <= CONFIG_BACKENDS_MAX; i++)
		buf_add_format(&body, "%s{\"name\":\"n%d\",\"url\":\"http://one\"}", i ? "," : "", i);
	buf_add_text(&body, "]}");
	(void)expect_error(&rig, post(buf_span(&body)), 400, "at most 256 backends", "backends");
	buf_reset(&body);
	buf_add_text(&body, CONFIGS_BACKENDS("[{\"name\":\"b1\",\"url\":\"http://one\"}]"));
	body.n--;
	buf_add_text(&body, ",\"taskRouting\":{");
	for (int i = 0; i <= CONFIG_RULES_MAX; i++)
		buf_add_format(&body, "%s\"t%d\":\"b1\"", i ? "," : "", i);
	buf_add_text(&body, "}}");
	(void)expect_error(&rig, post(buf_span(&body)), 400, "at most 4096 routes", "taskRouting");
}
END_TEST

/* With what stays as it is in the one in use it would be longer than a file may be. */
START_TEST(post_given_too_much_with_what_is_kept_is_refused)
{
	BUF_AUTO struct buf body = {0};

	buf_add_text(&body, CONFIGS_BACKENDS("[{\"name\":\"b1\",\"url\":\"http://one\"}]"));
	body.n--;
	memset(buf_reserve(&body, CONFIG_BYTES_MAX), ' ', CONFIG_BYTES_MAX);
	body.n = CONFIG_BYTES_MAX - 1;
	buf_add_text(&body, "}");
	(void)expect_error(&rig, post(buf_span(&body)), 400, "wanted at most 1048576", NULL);
}
END_TEST

START_TEST(post_given_chunks_beyond_the_limit_is_refused)
{
	BUF_AUTO struct buf request = {0};

	buf_add_text(&request, TARGET HOST TYPE "transfer-encoding: chunked\r\n\r\n100001\r\n");
	memset(buf_reserve(&request, 1048577), ' ', 1048577);
	request.n += 1048577;
	(void)expect_error(&rig, rig_asks(&rig, buf_span(&request)), 413, "what this path takes", NULL);
}
END_TEST

/* 100 MB that the client insists on sending: it has the answer nevertheless. */
START_TEST(refusal_of_a_very_large_body_arrives)
{
	static const char piece[1 << 20];
	struct peer *client;
	int turns = 0;

	client = rig_asks(&rig, SPAN_LITERAL(TARGET HOST TYPE "content-length: 104857600\r\n\r\n"));
	for (size_t sent = 0; sent < LARGE_BYTES; sent += sizeof piece) {
		peer_send(client, (struct span){piece, sizeof piece});
		while (peer_unsent(client))
			ck_assert(rig_turn(&rig, &turns));
	}
	(void)expect_error(&rig, client, 413, "what this path takes (1048576 bytes)", NULL);
	RIG_UNTIL(&rig, client->has_fin);
	ck_assert(!client->is_broken);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("api_config_bad");
	TCase *texts = suite_case(suite, "texts", set_up, tear_down);
	TCase *heads_case = suite_case(suite, "heads", set_up, tear_down);
	TCase *sizes = suite_case(suite, "sizes", set_up, tear_down);

	tcase_add_loop_test(
		texts, post_given_what_the_parser_refuses_says_the_same, 0, bad_config_count);
	tcase_add_loop_test(
		texts, post_given_what_cannot_be_meant_says_where_and_what, 0, COUNT_OF(rows));
	tcase_add_loop_test(heads_case, post_given_what_is_no_call_is_refused, 0, COUNT_OF(heads));
	tcase_add_test(sizes, post_given_deep_nesting_is_refused);
	tcase_add_test(sizes, post_given_more_backends_or_routes_than_there_may_be_is_refused);
	tcase_add_test(sizes, post_given_too_much_with_what_is_kept_is_refused);
	tcase_add_test(sizes, post_given_chunks_beyond_the_limit_is_refused);
	tcase_add_test(sizes, refusal_of_a_very_large_body_arrives);
	return suite;
}
