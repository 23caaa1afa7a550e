#include "proxy/config_needs.h"

#include <stdio.h>

#include "io/digest.h"
#include "io/tls.h"

static int refuse(struct config_fault *fault, const struct err *err)
{
	(void)snprintf(fault->text, sizeof fault->text, "%s", err->text);
	return -1;
}

int config_needs_meet(const struct config *config, struct config_fault *fault)
{
	struct err err;
	size_t i = 0;

	while (i < config->backend_count && config->backends[i].url.scheme != URL_HTTPS)
		i++;
	if (i < config->backend_count && tls_prepare(&err) < 0) {
		(void)snprintf(fault->path, sizeof fault->path, "backends[%zu].url", i);
		return refuse(fault, &err);
	}
	if (config->capture.dir.n && digest_load(&err) < 0) {
		(void)snprintf(fault->path, sizeof fault->path, "capture.dir");
		return refuse(fault, &err);
	}
	return 0;
}
