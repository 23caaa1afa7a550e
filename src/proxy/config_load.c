#include "proxy/config_load.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "domain/config_environment.h"
#include "io/files.h"
#include "proxy/config_needs.h"

static const char default_name[] = "config.json";

/* systemd names several directories with colons between them. */
static char *path_of(const struct options *options)
{
	struct span directories = span_of(options->state_directory);
	struct span directory = span_cut(&directories, ':');
	BUF_AUTO struct buf path = {0};

	if (options->config_path)
		return span_dup(span_of(options->config_path));
	buf_add(&path, directory);
	if (directory.n)
		buf_add_text(&path, "/");
	buf_add_text(&path, default_name);
	return span_dup(buf_span(&path));
}

/* Whatever else is wrong with it, reading it says. */
static bool is_missing(const char *path)
{
	struct stat status;

	return stat(path, &status) < 0 && errno == ENOENT;
}

static int load_file(struct config_load *load, struct err *err)
{
	BUF_AUTO struct buf text = {0};
	struct config_fault fault;

	if (files_read(load->path, CONFIG_BYTES_MAX, &text, err) < 0)
		return -1;
	if (config_parse(buf_span(&text), &load->config, &fault) < 0 ||
		config_needs_meet(load->config, &fault) < 0)
		return err_set(err, ERR_INVALID, "%.60s: %s: %s", load->path, fault.path, fault.text);
	return 0;
}

/* There is no file, and none is named. 1 when the variables say nothing. */
static int load_environment(
	struct config_load *load, char *(*get_env)(const char *name), struct err *err)
{
	struct config_fault fault;
	int result = config_environment_read(get_env, &load->config, &fault);

	if (result == 0)
		result = config_needs_meet(load->config, &fault);
	if (result < 0)
		return err_set(err, ERR_INVALID, "%s: %s", fault.path, fault.text);
	return result;
}

static int load_any(struct config_load *load, const struct options *options,
	char *(*get_env)(const char *name), struct err *err)
{
	int result;

	if (options->config_path || !is_missing(load->path))
		return load_file(load, err);
	result = load_environment(load, get_env, err);
	if (result == 1)
		result = options->action == OPTIONS_RUN ? 0 : load_file(load, err);
	return result;
}

int config_load(const struct options *options, char *(*get_env)(const char *name),
	struct config_load *ret_load, struct err *err)
{
	struct config_load load = {.path = path_of(options)};

	if (load_any(&load, options, get_env, err) < 0) {
		config_load_deinit(&load);
		return -1;
	}
	*ret_load = load;
	return 0;
}

void config_load_deinit(struct config_load *load)
{
	config_unref(TAKE(load->config));
	mem_free(TAKE(load->path));
}
