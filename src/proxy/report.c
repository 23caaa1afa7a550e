#include "proxy/report.h"

/* The first byte that went to any backend for it; 0: none has. */
static int64_t first_sent_ns(const struct group *group)
{
	for (size_t i = 0; i < group->try_count; i++)
		if (group->tries[i].use.sent_ns)
			return group->tries[i].use.sent_ns;
	return 0;
}

/* When the last group's first byte went; 0: one has none. */
static int64_t sent_ns(const struct report *report)
{
	int64_t last_ns = 0;

	for (size_t i = 0; i < report->group_count; i++) {
		int64_t at_ns = first_sent_ns(&report->groups[i]);

		if (!at_ns)
			return 0;
		if (at_ns > last_ns)
			last_ns = at_ns;
	}
	return last_ns;
}

/* When no backend had anything to do any more, or now. */
static int64_t done_ns(const struct report *report)
{
	int64_t last_ns = 0;

	for (size_t i = 0; i < report->group_count; i++) {
		const struct group *group = &report->groups[i];
		int64_t at_ns = group->try_count ? group->tries[group->try_count - 1].ended_ns : 0;

		if (!at_ns)
			return report->now_ns;
		if (at_ns > last_ns)
			last_ns = at_ns;
	}
	return last_ns;
}

static int64_t backend_ns(const struct report *report)
{
	int64_t begin_ns = sent_ns(report);
	int64_t end_ns = done_ns(report);

	if (!begin_ns)
		return -1;
	if (report->exchange->received_ns > begin_ns)
		begin_ns = report->exchange->received_ns;
	return end_ns > begin_ns ? end_ns - begin_ns : 0; /* it may answer before it has all */
}

int64_t report_phase_ns(const struct report *report, enum report_phase phase)
{
	const struct exchange *exchange = report->exchange;
	int64_t ns = -1;

	switch (phase) {
	case REPORT_RECEIVE:
		ns = exchange->received_ns ? exchange->received_ns - exchange->began_ns : -1;
		break;
	case REPORT_QUEUE: ns = sent_ns(report) ? sent_ns(report) - report->planned_ns : -1; break;
	case REPORT_BACKEND: ns = backend_ns(report); break;
	case REPORT_TOTAL: ns = report->now_ns - exchange->began_ns; break;
	case REPORT_PHASE_COUNT: break;
	}
	return ns;
}

const struct config_backend *report_backend(const struct group *group)
{
	return group->try_count ? group->tries[group->try_count - 1].backend : NULL;
}

void report_write_timing(const struct report *report, struct buf *out)
{
	static const struct {
		enum report_phase phase;
		const char *name;
	} shown[] = {{REPORT_QUEUE, "queue"}, {REPORT_BACKEND, "backend"}, {REPORT_TOTAL, "total"}};
	const char *before = "server-timing: ";

	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		int64_t ns = report_phase_ns(report, shown[i].phase);

		if (ns < 0)
			continue;
		buf_add_text(out, before);
		buf_add_text(out, shown[i].name);
		buf_add_text(out, ";dur=");
		buf_add_ms(out, ns);
		before = ", ";
	}
	buf_add_text(out, "\r\n");
}
