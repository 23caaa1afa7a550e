/* probe: asks a server of this project, from another process, whether it is well: what
 * `mlproxy --health` is, for containers, in which there need be neither shell nor curl. It blocks:
 * the process that calls it does nothing else. */
#ifndef IO_PROBE_H
#define IO_PROBE_H

#include "base/err.h"
#include "wire/hostport.h"

/* Asks who listens at `where` (all addresses: on this machine) for `path`. -1 (ERR_UPSTREAM) says
 * what came instead of 200; every wait ends after timeout_ms. */
int probe_ask(const struct host_port *where, const char *path, unsigned timeout_ms, struct err *err)
	__attribute__((warn_unused_result));

#endif
