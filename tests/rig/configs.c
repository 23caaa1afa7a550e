#include "rig/configs.h"

#include <check.h>
#include <stdio.h>

struct config *configs_parse(struct span text)
{
	struct config *config = NULL;
	struct config_fault fault = {0};

	ck_assert_msg(config_parse(text, &config, &fault) == 0, "%s: %s", fault.path, fault.text);
	return config;
}

static void read_fixture(const char *name, struct buf *text)
{
	enum { BYTES_MAX = 65536 };
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/config/%s", FIXTURES, name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s", path);
	text->n = fread(buf_reserve(text, BYTES_MAX), 1, BYTES_MAX, file);
	(void)fclose(file);
}

struct config *configs_parse_fixture(const char *name)
{
	BUF_AUTO struct buf text = {0};

	read_fixture(name, &text);
	return configs_parse(buf_span(&text));
}

void configs_check_fault(struct span text, const char *path, const char *says)
{
	struct config *config = NULL;
	struct config_fault fault = {0};

	ck_assert_msg(config_parse(text, &config, &fault) == -1, "%.*s", SPAN_ARG(text));
	ck_assert_ptr_null(config);
	ck_assert_str_eq(fault.path, path);
	ck_assert_msg(strncmp(fault.text, says, strlen(says)) == 0, "%s: %s", fault.path, fault.text);
}

void configs_check_fixture_fault(const char *name, const char *path, const char *says)
{
	BUF_AUTO struct buf text = {0};

	read_fixture(name, &text);
	configs_check_fault(buf_span(&text), path, says);
}
