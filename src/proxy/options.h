/* options: the command line of mlproxy, and the environment variables that say the same. */
#ifndef PROXY_OPTIONS_H
#define PROXY_OPTIONS_H

#include "base/err.h"
#include "base/log.h"
#include "wire/hostport.h"

enum { OPTIONS_LISTEN_MAX = 16, OPTIONS_WORKERS_MAX = 64 };

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK_CONFIG,
	OPTIONS_HEALTH,
	OPTIONS_VERSION,
	OPTIONS_HELP,
};

/* Texts point into argv or the environment. */
struct options {
	enum options_action action;
	const char *config_path;     /* as it was named; NULL: it was not */
	const char *state_directory; /* $STATE_DIRECTORY, one or more with colons between; else empty */
	struct host_port listen[OPTIONS_LISTEN_MAX];
	size_t listen_count; /* at least 1 */
	size_t workers;      /* 0: one for each core */
	enum log_level log_level;
	enum log_format log_format;
	bool is_debugging;         /* what passes is recorded in memory from the beginning */
	const char *temp_dir;      /* $TMPDIR, else /tmp */
	const char *notify_socket; /* of the service manager; NULL: none */
	int64_t watchdog_ns;       /* how often it wants to hear that all is well; 0: never */
};

/* The text of --help. */
extern const char options_help[];

/* The command line wins over `get_env` (getenv, but for tests). -1 (ERR_INVALID) with one line that
 * names the option or variable, what was found, and what is wanted. */
int options_parse(int argc, char **argv, char *(*get_env)(const char *name),
	struct options *ret_options, struct err *err) __attribute__((warn_unused_result));

#endif
