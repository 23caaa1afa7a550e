/* arguments: the command line of mlmock. */
#ifndef MLMOCK_ARGUMENTS_H
#define MLMOCK_ARGUMENTS_H

#include "base/err.h"
#include "mlmock/server.h"
#include "wire/har.h"
#include "wire/hostport.h"

enum {
	ARGUMENTS_UNAVAILABLE_MAX = 64,
	ARGUMENTS_LATENCY_MS_MAX = 3600000,
};

enum arguments_action {
	ARGUMENTS_RUN,
	ARGUMENTS_HELP,
	ARGUMENTS_VERSION,
};

struct arguments {
	enum arguments_action action;
	struct host_port listen;
	struct server_setup setup; /* points into argv, at `unavailable` and `perturb` */
	struct span unavailable[ARGUMENTS_UNAVAILABLE_MAX];
	struct perturb perturb;
	const char *from; /* the capture that has the answers; NULL: none */
	enum har_side from_side;
};

/* The text of --help. */
extern const char arguments_help[];

/* -1 (ERR_INVALID) with one line that names the option, what was found, and what is wanted. */
int arguments_parse(int argc, char **argv, struct arguments *ret_arguments, struct err *err)
	__attribute__((warn_unused_result));

#endif
