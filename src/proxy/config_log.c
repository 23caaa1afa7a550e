#include "proxy/config_log.h"

#include <stdio.h>

#include "proxy/worker.h"

static void warn(const struct shared *shared, const char *at, const char *why)
{
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, shared->log, LOG_WARN, "config"))
		return;
	log_text(&line, "path", span_of(shared->config_path));
	log_text(&line, "at", span_of(at));
	log_text(&line, "why", span_of(why));
	log_end(&line);
}

/* The default is no number that anybody has asked for. */
static void warn_of_clients(const struct shared *shared, uint64_t wanted)
{
	char text[80];

	if (wanted <= shared->clients_max || wanted == config_default_limits.connections)
		return;
	(void)snprintf(text, sizeof text, "%llu wanted, but there are descriptors for %llu",
		(unsigned long long)wanted, (unsigned long long)shared->clients_max);
	warn(shared, "limits.connections", text);
}

static void log_used(const struct shared *shared, const struct config *config)
{
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, shared->log, config ? LOG_INFO : LOG_WARN,
			config ? "configured" : "unconfigured"))
		return;
	log_text(&line, "path", span_of(shared->config_path));
	if (config && config->origin == CONFIG_FROM_ENVIRONMENT)
		log_text(&line, "from", SPAN_LITERAL("environment"));
	if (config)
		log_number(&line, "backends", config->backend_count);
	else
		log_text(&line, "hint",
			SPAN_LITERAL(
				"POST a configuration to /api/config, or write that file and send SIGHUP"));
	log_end(&line);
}

void config_log_used(const struct shared *shared, const struct config *config)
{
	log_used(shared, config);
	if (!config)
		return;
	warn_of_clients(shared, config->limits.connections);
	for (size_t i = 0; i < config->warning_count; i++)
		warn(shared, config->warnings[i].path, config->warnings[i].text);
}

void config_log_refused(const struct shared *shared, const struct config_fault *fault)
{
	LOG_LINE_AUTO struct log_line line;

	if (!log_begin(&line, shared->log, LOG_WARN, "config-refused"))
		return;
	log_text(&line, "path", span_of(shared->config_path));
	if (fault->path[0])
		log_text(&line, "at", span_of(fault->path));
	log_text(&line, "why", span_of(fault->text));
	log_end(&line);
}
