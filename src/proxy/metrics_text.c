/* Families of one kind are the rows of a table each. A new one also gets a row in README.md,
 * "Metrics". Of a backend that is no longer configured only what was counted is told. */
#include "proxy/metrics_text.h"

#include <stdio.h>

#include "base/mem.h"
#include "io/process.h"
#include "io/spool.h"
#include "wire/prometheus.h"

struct scalar {
	const char *name;
	enum prometheus_type type;
	const char *help;
	uint64_t value;
};

static void write_scalars(const struct scalar *rows, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		prometheus_begin(out, rows[i].name, rows[i].type, rows[i].help);
		prometheus_sample(out, rows[i].name, NULL, rows[i].value);
	}
}

#define WRITE_SCALARS(rows, out) write_scalars(rows, sizeof(rows) / sizeof *(rows), out)

/* -- requests -------------------------------------------------------------------------------- */

static void write_way(
	const char *name, const struct tally_row *row, struct backends *backends, struct buf *out)
{
	const struct span other = SPAN_LITERAL("other");
	struct prometheus_labels labels = {
		{{"task", other}, {"backend", other}, {"status", other}, {"reason", other}}};
	struct metrics_way way;
	char status[16];

	if (metrics_read_key(row->key, &way)) {
		(void)snprintf(status, sizeof status, "%d", way.status);
		labels.list[0].value = span_of(metrics_task_text(way.task));
		labels.list[1].value = backends_name(backends, way.backend);
		labels.list[2].value = way.status ? span_of(status) : SPAN_LITERAL("none");
		labels.list[3].value = way.reason < 0
								   ? SPAN_LITERAL("none")
								   : span_of(route_reason_text((enum route_reason)way.reason));
	}
	prometheus_sample(out, name, &labels, row->count);
}

static void write_requests(const struct metrics *sum, struct backends *backends, struct buf *out)
{
	static const char name[] = "mlproxy_requests_total";
	size_t count;
	MEM_AUTO struct tally_row *rows = tally_sorted(&sum->requests, &count);

	prometheus_begin(out, name, PROMETHEUS_COUNTER,
		"Predict requests that are over, once for each task asked for: by the backend that was "
		"asked last, the status of the answer (none: the client left before) and the rule that "
		"led there.");
	for (size_t i = 0; i < count; i++)
		write_way(name, &rows[i], backends, out);
}

static void write_durations(const struct metrics *sum, struct buf *out)
{
	static const char name[] = "mlproxy_request_duration_seconds";
	static const char added[] = "mlproxy_added_duration_seconds";

	prometheus_begin(out, name, PROMETHEUS_HISTOGRAM,
		"From a predict request's head to the end of its answer, once for each task asked for.");
	for (enum metrics_task task = METRICS_TASK_NONE; task < METRICS_TASKS; task++)
		prometheus_sample_histogram(out, name,
			&(struct prometheus_labels){{{"task", span_of(metrics_task_text(task))}}},
			&sum->durations[task]);
	prometheus_begin(out, added, PROMETHEUS_HISTOGRAM,
		"What of a predict request's duration was neither the client sending nor a backend "
		"answering.");
	prometheus_sample_histogram(out, added, NULL, &sum->added);
}

static void write_traffic(const struct metrics *sum, struct shared *shared, struct buf *out)
{
	const struct scalar rows[] = {
		{"mlproxy_requests_in_flight", PROMETHEUS_GAUGE, "Requests under way, of any kind.",
			atomic_load(&shared->exchanges)},
		{"mlproxy_client_received_bytes_total", PROMETHEUS_COUNTER,
			"Bytes of requests' bodies, from clients.", sum->received},
		{"mlproxy_client_spliced_bytes_total", PROMETHEUS_COUNTER,
			"Of bodies from clients, what went on to a backend within the kernel.", sum->spliced},
		{"mlproxy_client_sent_bytes_total", PROMETHEUS_COUNTER,
			"Bytes of answers' bodies, to clients.", sum->sent},
		{"mlproxy_connections_refused_total", PROMETHEUS_COUNTER,
			"Connections beyond limits.connections, or 32 at access.adminListen.", sum->refused},
	};
	static const char name[] = "mlproxy_connections";

	WRITE_SCALARS(rows, out);
	prometheus_begin(out, name, PROMETHEUS_GAUGE, "Clients' connections, by worker.");
	for (size_t i = 0; i < shared->worker_count; i++) {
		char index[24];

		(void)snprintf(index, sizeof index, "%zu", i);
		prometheus_sample(out, name, &(struct prometheus_labels){{{"worker", span_of(index)}}},
			atomic_load(&shared->workers[i]->connections));
	}
}

/* -- backends -------------------------------------------------------------------------------- */

static struct prometheus_labels label_backend(struct span name)
{
	return (struct prometheus_labels){{{"backend", name}}};
}

static void write_counted(const struct metrics *sum, struct backends *backends, struct buf *out)
{
	static const struct {
		const char *name;
		const char *help;
		size_t offset; /* of the counter */
	} families[] = {
		{"mlproxy_backend_sent_bytes_total", "Bytes to the backend, heads included.",
			offsetof(struct metrics_backend, sent)},
		{"mlproxy_backend_received_bytes_total", "Bytes of the backend's answers' bodies.",
			offsetof(struct metrics_backend, received)},
		{"mlproxy_backend_retries_total",
			"Connections that the backend had closed when a request was put on them, and that "
			"were replaced, unseen.",
			offsetof(struct metrics_backend, retries)},
	};

	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		prometheus_begin(out, families[i].name, PROMETHEUS_COUNTER, families[i].help);
		for (unsigned k = 0; k < NAMES_MAX; k++) {
			const struct metrics_backend *backend = sum->backends[k];
			struct prometheus_labels labels;
			uint64_t value;

			if (!backend)
				continue;
			labels = label_backend(backends_name(backends, k));
			memcpy(&value, (const char *)backend + families[i].offset, sizeof value);
			prometheus_sample(out, families[i].name, &labels, value);
		}
	}
}

static void write_backend_durations(
	const struct metrics *sum, struct backends *backends, struct buf *out)
{
	static const char name[] = "mlproxy_backend_duration_seconds";

	prometheus_begin(out, name, PROMETHEUS_HISTOGRAM,
		"From the beginning of a request to a backend to the end of its answer, or of the try.");
	for (unsigned i = 0; i < NAMES_MAX; i++) {
		struct prometheus_labels labels;

		if (!sum->backends[i])
			continue;
		labels = label_backend(backends_name(backends, i));
		prometheus_sample_histogram(out, name, &labels, &sum->backends[i]->durations);
	}
}

static uint64_t read_in_flight(const struct backend *backend)
{
	return atomic_load_explicit(&backend->in_flight, memory_order_relaxed);
}

static uint64_t read_requests(const struct backend *backend)
{
	return atomic_load_explicit(&backend->requests, memory_order_relaxed);
}

static uint64_t read_failures(const struct backend *backend)
{
	return atomic_load_explicit(&backend->failures, memory_order_relaxed);
}

static uint64_t read_failovers(const struct backend *backend)
{
	return atomic_load_explicit(&backend->failovers, memory_order_relaxed);
}

static uint64_t read_changes(const struct backend *backend)
{
	return atomic_load_explicit(&backend->changes, memory_order_relaxed);
}

static void write_configured(const struct config *config, struct buf *out)
{
	static const struct {
		const char *name;
		enum prometheus_type type;
		const char *help;
		uint64_t (*read)(const struct backend *backend);
	} families[] = {
		{"mlproxy_backend_requests_in_flight", PROMETHEUS_GAUGE,
			"Requests that the backend has in hand, pings apart.", read_in_flight},
		{"mlproxy_backend_requests_total", PROMETHEUS_COUNTER,
			"Requests to the backend, pings apart.", read_requests},
		{"mlproxy_backend_failures_total", PROMETHEUS_COUNTER,
			"Requests to the backend that were not answered, or with a 5xx.", read_failures},
		{"mlproxy_failovers_total", PROMETHEUS_COUNTER,
			"Requests to the backend that moved on to another one.", read_failovers},
		{"mlproxy_backend_status_changes_total", PROMETHEUS_COUNTER,
			"How often it was learned that the backend is healthy or unhealthy.", read_changes},
	};

	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		prometheus_begin(out, families[i].name, families[i].type, families[i].help);
		for (size_t k = 0; config && k < config->backend_count; k++) {
			struct prometheus_labels labels = label_backend(config->backends[k].name);

			prometheus_sample(
				out, families[i].name, &labels, families[i].read(config->backends[k].state));
		}
	}
}

static void write_statuses(const struct config *config, struct buf *out)
{
	static const char name[] = "mlproxy_backend_status";

	prometheus_begin(out, name, PROMETHEUS_GAUGE, "1 for what is thought of the backend, else 0.");
	for (size_t i = 0; config && i < config->backend_count; i++) {
		const struct config_backend *backend = &config->backends[i];
		enum health_status now = backend_status(backend->state);

		for (enum health_status status = HEALTH_UNKNOWN; status <= HEALTH_UNHEALTHY; status++)
			prometheus_sample(out, name,
				&(struct prometheus_labels){
					{{"backend", backend->name}, {"status", span_of(health_status_text(status))}}},
				status == now);
	}
}

/* -- the process ----------------------------------------------------------------------------- */

static void write_bodies(struct shared *shared, struct buf *out)
{
	const struct scalar rows[] = {
		{"mlproxy_kept_bytes", PROMETHEUS_GAUGE,
			"Bytes of bodies in memory that count for limits.keptBytes.",
			atomic_load(&shared->budget.used)},
		{"mlproxy_spilled_bytes", PROMETHEUS_GAUGE, "Bytes of bodies in limits.spillDir.",
			spool_used(shared->spool)},
		{"mlproxy_spill_failures_total", PROMETHEUS_COUNTER,
			"Requests that could not be kept in limits.spillDir, and so could not move to another "
			"backend.",
			atomic_load(&shared->spill_failures)},
	};

	WRITE_SCALARS(rows, out);
}

static void write_capture(const struct recorder_status *status, struct buf *out)
{
	const struct scalar rows[] = {
		{"mlproxy_capture_enabled", PROMETHEUS_GAUGE,
			"1 while what passes is recorded to capture.dir, else 0.", status->is_enabled},
		{"mlproxy_capture_failed", PROMETHEUS_GAUGE,
			"1 when the disk has failed, and nothing is recorded until somebody says so, else 0.",
			status->has_failed},
		{"mlproxy_capture_entries_total", PROMETHEUS_COUNTER,
			"Requests that were written to capture.dir, those to backends among them.",
			status->stats.entries},
		{"mlproxy_capture_dropped_total", PROMETHEUS_COUNTER,
			"Requests that were to be recorded, but found the queue full or the disk failing.",
			status->dropped},
		{"mlproxy_capture_bytes", PROMETHEUS_GAUGE, "Bytes of all files in capture.dir.",
			status->stats.bytes},
		{"mlproxy_capture_queued", PROMETHEUS_GAUGE, "Requests that wait to be written.",
			status->queued},
		{"mlproxy_capture_queued_bytes", PROMETHEUS_GAUGE, "Bytes that those hold.",
			status->queued_bytes},
	};

	WRITE_SCALARS(rows, out);
}

static void write_config(const struct metrics *sum, struct buf *out)
{
	static const char name[] = "mlproxy_config_reloads_total";
	const struct scalar rows[] = {
		{"mlproxy_config_last_reload_successful", PROMETHEUS_GAUGE,
			"0 when the last reload has failed, else 1.", !sum->is_stale},
		{"mlproxy_config_last_reload_success_timestamp_seconds", PROMETHEUS_GAUGE,
			"When the configuration in force was taken, 0 without one.", (uint64_t)sum->loaded_s},
	};

	prometheus_begin(out, name, PROMETHEUS_COUNTER,
		"Changes of the configuration while it ran, by SIGHUP or POST /api/config.");
	for (size_t i = 0; i < 2; i++)
		prometheus_sample(out, name,
			&(struct prometheus_labels){
				{{"result", i ? SPAN_LITERAL("success") : SPAN_LITERAL("failure")}}},
			sum->reloads[i]);
	WRITE_SCALARS(rows, out);
}

static void write_build(const struct worker *worker, struct buf *out)
{
	static const char name[] = "mlproxy_build_info";
	const struct scalar rows[] = {
		{"mlproxy_draining", PROMETHEUS_GAUGE,
			"1 when the process was told to end and finishes what is under way, else 0.",
			atomic_load(&worker->shared->is_draining)},
	};

	prometheus_begin(out, name, PROMETHEUS_GAUGE, "1, with the version.");
	prometheus_sample(
		out, name, &(struct prometheus_labels){{{"version", SPAN_LITERAL(MLP_VERSION)}}}, 1);
	WRITE_SCALARS(rows, out);
}

/* Named as Prometheus's own clients do. */
static void write_usage(const struct process_usage *usage, int64_t began_s, struct buf *out)
{
	static const char cpu[] = "process_cpu_seconds_total";
	const struct scalar rows[] = {
		{"process_open_fds", PROMETHEUS_GAUGE, "Number of open file descriptors.",
			usage->descriptors},
		{"process_max_fds", PROMETHEUS_GAUGE, "Maximum number of open file descriptors.",
			usage->descriptors_max},
		{"process_resident_memory_bytes", PROMETHEUS_GAUGE, "Resident memory size in bytes.",
			usage->resident_bytes},
		{"process_virtual_memory_bytes", PROMETHEUS_GAUGE, "Virtual memory size in bytes.",
			usage->virtual_bytes},
		{"process_start_time_seconds", PROMETHEUS_GAUGE,
			"Start time of the process since unix epoch in seconds.", (uint64_t)began_s},
	};

	prometheus_begin(
		out, cpu, PROMETHEUS_COUNTER, "Total user and system CPU time spent in seconds.");
	prometheus_sample_ns(out, cpu, NULL, usage->cpu_ns);
	WRITE_SCALARS(rows, out);
}

void metrics_write(const struct metrics *sum, const struct worker *worker, struct buf *out)
{
	struct shared *shared = worker->shared;
	struct recorder_status capture;
	struct process_usage usage;

	process_read_usage(&usage);
	write_requests(sum, shared->backends, out);
	write_durations(sum, out);
	write_traffic(sum, shared, out);
	write_statuses(worker->config, out);
	write_configured(worker->config, out);
	write_counted(sum, shared->backends, out);
	write_backend_durations(sum, shared->backends, out);
	write_bodies(shared, out);
	recorder_status(shared->recorder, &capture);
	write_capture(&capture, out);
	write_config(sum, out);
	write_build(worker, out);
	write_usage(&usage, sum->began_s, out);
}
