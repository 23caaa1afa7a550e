#include "proxy/config_needs.h"

#include <stdio.h>

#include "io/tls.h"

int config_needs_meet(const struct config *config, struct config_fault *fault)
{
	struct err err;
	size_t i = 0;

	while (i < config->backend_count && config->backends[i].url.scheme != URL_HTTPS)
		i++;
	if (i == config->backend_count || tls_prepare(&err) == 0)
		return 0;
	(void)snprintf(fault->path, sizeof fault->path, "backends[%zu].url", i);
	(void)snprintf(fault->text, sizeof fault->text, "%s", err.text);
	return -1;
}
