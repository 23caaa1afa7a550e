/* config_load: the configuration that the process begins with, and the place of its file, where
 * changes will go. */
#ifndef PROXY_CONFIG_LOAD_H
#define PROXY_CONFIG_LOAD_H

#include "domain/config.h"
#include "proxy/options.h"

struct config_load {
	char *path;            /* of the file, which need not be there; owned */
	struct config *config; /* a reference; NULL: there is none */
};

/* The file is the one that the options name, which must be there; else config.json in
 * $STATE_DIRECTORY, or without that here. When it is not there, get_env (getenv, but for tests) may
 * say the configuration, see config_environment.h. What it needs of the machine is there. -1 with
 * one line that says what is wrong. For --check-config there must be a configuration. */
int config_load(const struct options *options, char *(*get_env)(const char *name),
	struct config_load *ret_load, struct err *err) __attribute__((warn_unused_result));

void config_load_deinit(struct config_load *load);

#endif
