/* load_options: the command line of bench_load. */
#ifndef BENCH_LOAD_OPTIONS_H
#define BENCH_LOAD_OPTIONS_H

#include "bench/script.h"

enum load_mode {
	LOAD_RUN,  /* each client asks again as soon as it is answered */
	LOAD_IDLE, /* each asks once; then all are held, silent */
	LOAD_HOLD, /* each asks once, and is held before the end of its request is sent */
};

struct load_options {
	enum load_mode mode;
	enum script_task task;
	uint64_t image_bytes;
	uint64_t clients;
	uint64_t requests;    /* in all; 0: as many as the time allows */
	uint64_t duration_ms; /* where they are not counted */
	uint64_t warmup_ms;   /* before that */
	uint64_t share;       /* of a request, in percent, which LOAD_HOLD sends before it holds */
	uint64_t port;
};

extern const char load_options_help[];

int load_options_parse(int argc, char **argv, struct load_options *ret_options, struct err *err)
	__attribute__((warn_unused_result));

#endif
