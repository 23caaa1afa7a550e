#include "domain/config_effective.h"

#include "domain/config_environment.h"
#include "rig/configs.h"
#include "rig/suite.h"
#include "wire/json.h"

/* What a value is shown as; the steps to it are separated by dots, backends are counted. */
static struct span find(struct span value, const char *path)
{
	struct span rest = span_of(path);

	while (rest.n) {
		struct span step = span_cut(&rest, '.');
		struct json_elements walk;
		uint64_t index;

		if (json_type_of(value) == JSON_OBJECT) {
			ck_assert_msg(json_member(value, step, &value), "%s", path);
			continue;
		}
		ck_assert_msg(span_to_number(step, 255, &index), "%s", path);
		walk = json_elements_of(value);
		for (uint64_t i = 0; i <= index; i++)
			ck_assert_msg(json_elements_next(&walk, &value), "%s", path);
	}
	return value;
}

static void check_shown(struct span shown, const char *path, const char *wanted)
{
	struct span value = find(shown, path);

	ck_assert_msg(span_is(value, wanted), "%s: %.*s", path, SPAN_ARG(value));
}

static void write_out(const struct config *config, const char *temp_dir, struct buf *out)
{
	enum json_type type;
	struct err err;

	config_effective_write(config, span_of(temp_dir), out);
	ck_assert_msg(json_check_whole(buf_span(out), &type, &err) == 0, "%s", err.text);
	ck_assert_int_eq(type, JSON_OBJECT);
}

static const struct row {
	const char *path;
	const char *shown;
} minimal_rows[] = {
	{"limits.body", "{\"value\":67108864,\"from\":\"default\"}"},
	{"limits.spillDir", "{\"value\":\"/tmp\",\"from\":\"default\"}"},
	{"timeouts.connect", "{\"value\":5,\"from\":\"default\"}"},
	{"health.strict", "{\"value\":false,\"from\":\"default\"}"},
	{"health.timeout", "{\"value\":1.5,\"from\":\"default\"}"},
	{"access.hosts", "{\"value\":[],\"from\":\"default\"}"},
	{"access.adminToken", "{\"value\":null,\"from\":\"default\"}"},
	{"access.adminListen", "{\"value\":null,\"from\":\"default\"}"},
	{"capture.dir", "{\"value\":null,\"from\":\"default\"}"},
	{"capture.enabled", "{\"value\":true,\"from\":\"default\"}"},
	{"capture.maxBytes", "{\"value\":1073741824,\"from\":\"default\"}"},
	{"capture.rotateBytes", "{\"value\":67108864,\"from\":\"default\"}"},
	{"capture.rotateSeconds", "{\"value\":86400,\"from\":\"default\"}"},
	{"capture.sample", "{\"value\":1,\"from\":\"default\"}"},
	{"capture.match.task", "{\"value\":null,\"from\":\"default\"}"},
	{"capture.match.status", "{\"value\":null,\"from\":\"default\"}"},
	{"capture.match.minMs", "{\"value\":0,\"from\":\"default\"}"},
	{"capture.match.errorsOnly", "{\"value\":false,\"from\":\"default\"}"},
	{"capture.redact", "{\"value\":[],\"from\":\"default\"}"},
	{"inspect", "{\"value\":\"front\",\"from\":\"default\"}"},
	{"debugHeaders", "{\"value\":false,\"from\":\"default\"}"},
	{"backends.0.name", "{\"value\":\"b1\",\"from\":\"file\"}"},
	{"backends.0.url", "{\"value\":\"http://127.0.0.1:3003\",\"from\":\"file\"}"},
	{"backends.0.enabled", "{\"value\":true,\"from\":\"default\"}"},
	{"backends.0.weight", "{\"value\":1,\"from\":\"default\"}"},
	{"backends.0.caFile", "{\"value\":null,\"from\":\"default\"}"},
	{"backends.0.insecure", "{\"value\":false,\"from\":\"default\"}"},
	{"backends.0.headers", "{\"value\":{},\"from\":\"default\"}"},
	{"backends.0.basicAuth", "{\"value\":null,\"from\":\"default\"}"},
	{"backends.0.connectTimeout", "{\"value\":5,\"from\":\"timeouts.connect\"}"},
	{"backends.0.timeout", "{\"value\":240,\"from\":\"timeouts.backend\"}"},
	{"balance", "{\"value\":\"roundRobin\",\"from\":\"default\"}"},
	{"defaultBackend", "{\"value\":{\"backends\":[\"b1\"]},\"from\":\"file\"}"},
	{"taskRouting", "{}"},
	{"modelTypeRouting", "{}"},
	{"payloadRouting.text", "{\"value\":null,\"from\":\"default\"}"},
	{"payloadRouting.image", "{\"value\":null,\"from\":\"default\"}"},
};

START_TEST(write_given_minimal_file_shows_the_defaults)
{
	BUF_AUTO struct buf out = {0};
	struct config *config = configs_parse_fixture("minimal.json");

	write_out(config, "/tmp", &out);
	for (int i = 0; i < COUNT_OF(minimal_rows); i++)
		check_shown(buf_span(&out), minimal_rows[i].path, minimal_rows[i].shown);
	config_unref(config);
}
END_TEST

static const struct row full_rows[] = {
	{"limits.body", "{\"value\":1000000,\"from\":\"file\"}"},
	{"limits.spillDir", "{\"value\":\"/var/tmp/ml proxy\",\"from\":\"file\"}"},
	{"timeouts.connect", "{\"value\":0.25,\"from\":\"file\"}"},
	{"timeouts.idle", "{\"value\":60.000000001,\"from\":\"file\"}"},
	{"health.strict", "{\"value\":true,\"from\":\"file\"}"},
	{"access.hosts", "{\"value\":[\"ml.lan\", \"ml\"],\"from\":\"file\"}"},
	{"access.adminToken", "{\"value\":\"********\",\"from\":\"file\"}"},
	{"access.adminListen", "{\"value\":\"127.0.0.1:3005\",\"from\":\"file\"}"},
	{"capture.dir", "{\"value\":\"/var/lib/ml proxy/capture\",\"from\":\"file\"}"},
	{"capture.enabled", "{\"value\":false,\"from\":\"file\"}"},
	{"capture.rotateSeconds", "{\"value\":3600.5,\"from\":\"file\"}"},
	{"capture.sample", "{\"value\":0.25,\"from\":\"file\"}"},
	{"capture.match.task", "{\"value\":\"facial-recognition\",\"from\":\"file\"}"},
	{"capture.match.status", "{\"value\":\"5xx\",\"from\":\"file\"}"},
	{"capture.match.minMs", "{\"value\":1500,\"from\":\"file\"}"},
	{"inspect", "{\"value\":\"whole\",\"from\":\"file\"}"},
	{"debugHeaders", "{\"value\":true,\"from\":\"file\"}"},
	{"backends.1.weight", "{\"value\":3,\"from\":\"file\"}"},
	{"backends.1.timeout", "{\"value\":100.5,\"from\":\"file\"}"},
	{"backends.2.basicAuth", "{\"value\":\"********\",\"from\":\"file\"}"},
	{"backends.2.connectTimeout", "{\"value\":0.25,\"from\":\"timeouts.connect\"}"},
	{"backends.3.headers",
		"{\"value\":{\"X-Api-Key\":\"********\",\"x-empty\":\"********\"},\"from\":\"file\"}"},
	{"backends.4.enabled", "{\"value\":false,\"from\":\"file\"}"},
	{"backends.4.caFile", "{\"value\":\"/etc/ml/ca \xc3\xbc.pem\",\"from\":\"file\"}"},
	{"backends.5.insecure", "{\"value\":true,\"from\":\"file\"}"},
	{"balance", "{\"value\":\"leastInFlight\",\"from\":\"file\"}"},
	{"defaultBackend", "{\"value\":{\"backends\":[\"gpu 1\"]},\"from\":\"file\"}"},
	{"taskRouting.clip",
		"{\"value\":{\"backends\":[\"gpu 1\",\"gpu 2\"],\"balance\":\"leastInFlight\"},"
		"\"from\":\"file\"}"},
	{"taskRouting.clip/textual", "{\"value\":{\"backends\":[\"box\"]},\"from\":\"file\"}"},
	{"taskRouting.clip/textual/immich-app/XLM-Roberta-Large-Vit-B-32",
		"{\"value\":{\"backends\":[\"b\xc3\xbcro\"]},\"from\":\"file\"}"},
	{"taskRouting.facial-recognition", "{\"value\":{\"backends\":[\"gpu 1\"]},\"from\":\"file\"}"},
	{"taskRouting.facial-recognition/detection",
		"{\"value\":{\"backends\":[\"gpu 2\"]},\"from\":\"file\"}"},
	{"modelTypeRouting.textual", "{\"value\":{\"backends\":[\"box\"]},\"from\":\"file\"}"},
	{"payloadRouting.image",
		"{\"value\":{\"backends\":[\"gpu 1\",\"gpu 2\"],\"balance\":\"roundRobin\"},"
		"\"from\":\"file\"}"},
};

START_TEST(write_given_full_file_shows_it)
{
	BUF_AUTO struct buf out = {0};
	struct config *config = configs_parse_fixture("full.json");

	write_out(config, "/tmp", &out);
	for (int i = 0; i < COUNT_OF(full_rows); i++)
		check_shown(buf_span(&out), full_rows[i].path, full_rows[i].shown);
	config_unref(config);
}
END_TEST

START_TEST(write_given_model_of_any_type_shows_the_key_that_says_it)
{
	BUF_AUTO struct buf out = {0};
	struct config *config =
		configs_parse(span_of(CONFIGS_TASKS("\"clip/*/a/b\":\"b2\",\"clip/*/a/b\":\"b3\"")));

	write_out(config, "/tmp", &out);
	check_shown(buf_span(&out), "taskRouting",
		"{\"clip/*/a/b\":{\"value\":{\"backends\":[\"b3\"]},\"from\":\"file\"}}");
	config_unref(config);
}
END_TEST

/* Those of doubled keys that count are shown. */
START_TEST(write_given_doubled_keys_shows_the_last)
{
	BUF_AUTO struct buf out = {0};
	struct config *config = configs_parse(span_of(CONFIGS_BACKENDS(
		"[{\"name\":\"x\",\"name\":\"b1\",\"url\":\"http://one\","
		"\"headers\":{\"a\":\"1\"},\"headers\":{\"b\":\"2\",\"\\u0062\":\"3\"}}]")));

	write_out(config, "/tmp", &out);
	check_shown(buf_span(&out), "backends.0.name", "{\"value\":\"b1\",\"from\":\"file\"}");
	check_shown(
		buf_span(&out), "backends.0.headers", "{\"value\":{\"b\":\"********\"},\"from\":\"file\"}");
	config_unref(config);
}
END_TEST

START_TEST(write_given_place_for_files_from_outside_names_it)
{
	BUF_AUTO struct buf out = {0};
	struct config *config = configs_parse_fixture("minimal.json");

	write_out(config, "/var/\"tmp\"", &out);
	check_shown(buf_span(&out), "limits.spillDir",
		"{\"value\":\"/var/\\\"tmp\\\"\",\"from\":\"environment TMPDIR\"}");
	config_unref(config);
}
END_TEST

static char *get_env(const char *name)
{
	static char url[] = "http://one";
	static char size[] = "32m";

	return strcmp(name, "MAX_BODY_SIZE") == 0 ? size : url;
}

static const struct row environment_rows[] = {
	{"limits.body", "{\"value\":33554432,\"from\":\"environment MAX_BODY_SIZE\"}"},
	{"limits.entries", "{\"value\":65536,\"from\":\"default\"}"},
	{"backends.0.name", "{\"value\":\"default\",\"from\":\"environment ML_DEFAULT_URL\"}"},
	{"backends.1.url", "{\"value\":\"http://one\",\"from\":\"environment ML_TEXT_URL\"}"},
	{"backends.2.url", "{\"value\":\"http://one\",\"from\":\"environment ML_IMAGE_URL\"}"},
	{"backends.2.weight", "{\"value\":1,\"from\":\"default\"}"},
	{"defaultBackend",
		"{\"value\":{\"backends\":[\"default\"]},\"from\":\"environment ML_DEFAULT_URL\"}"},
	{"payloadRouting.text",
		"{\"value\":{\"backends\":[\"text\"]},\"from\":\"environment ML_TEXT_URL\"}"},
	{"payloadRouting.image",
		"{\"value\":{\"backends\":[\"image\"]},\"from\":\"environment ML_IMAGE_URL\"}"},
};

START_TEST(write_given_environment_names_the_variables)
{
	BUF_AUTO struct buf out = {0};
	struct config *config = NULL;
	struct config_fault fault = {0};

	ck_assert_int_eq(config_environment_read(get_env, &config, &fault), 0);
	write_out(config, "/tmp", &out);
	for (int i = 0; i < COUNT_OF(environment_rows); i++)
		check_shown(buf_span(&out), environment_rows[i].path, environment_rows[i].shown);
	config_unref(config);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("config effective");
	TCase *tcase = tcase_create("effective");

	tcase_add_test(tcase, write_given_minimal_file_shows_the_defaults);
	tcase_add_test(tcase, write_given_full_file_shows_it);
	tcase_add_test(tcase, write_given_model_of_any_type_shows_the_key_that_says_it);
	tcase_add_test(tcase, write_given_doubled_keys_shows_the_last);
	tcase_add_test(tcase, write_given_place_for_files_from_outside_names_it);
	tcase_add_test(tcase, write_given_environment_names_the_variables);
	suite_add_tcase(suite, tcase);
	return suite;
}
