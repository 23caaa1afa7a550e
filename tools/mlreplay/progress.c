#include "mlreplay/progress.h"

#include <math.h>
#include <unistd.h>

#include "base/clock.h"

#define ERASE "\r\x1b[K" /* to the line's begin, and what is on it away */

enum { TERMINAL_MS = 200, PLAIN_MS = 10000 };

/* -- what is said ---------------------------------------------------------------------------- */

/* "0:07", "12:30", "3:05:00". */
static void add_duration(struct buf *out, double seconds)
{
	uint64_t s = seconds < 1e9 ? (uint64_t)llround(seconds) : 1000000000;

	if (s >= 3600)
		buf_add_format(out, "%llu:%02llu:%02llu", (unsigned long long)(s / 3600),
			(unsigned long long)(s / 60 % 60), (unsigned long long)(s % 60));
	else
		buf_add_format(
			out, "%llu:%02llu", (unsigned long long)(s / 60), (unsigned long long)(s % 60));
}

static void add_count(struct buf *out, uint64_t count, const char *one, const char *many)
{
	buf_add_text(out, ", ");
	buf_add_number(out, count);
	buf_add_text(out, count == 1 ? one : many);
}

static void add_rate(struct buf *out, const struct progress_facts *facts)
{
	double per_s = (double)(facts->done - facts->before) * 1e9 / (double)facts->elapsed_ns;

	buf_add_format(out, " %.1f/s", per_s);
	if (facts->done < facts->total) {
		buf_add_text(out, ", ");
		add_duration(out, (double)(facts->total - facts->done) / per_s);
		buf_add_text(out, " to go");
	}
}

void progress_write(const struct progress_facts *facts, struct buf *out)
{
	buf_add_number(out, facts->done);
	buf_add_text(out, "/");
	buf_add_number(out, facts->total);
	if (facts->total)
		buf_add_format(out, " %u%%", (unsigned)((double)facts->done * 100 / (double)facts->total));
	if (facts->done > facts->before && facts->elapsed_ns > 0)
		add_rate(out, facts);
	add_count(out, facts->regressions, " regression", " regressions");
	if (facts->unstable)
		add_count(out, facts->unstable, " unstable", " unstable");
	if (facts->asks_again)
		buf_add_text(out, ", asking again one by one");
}

/* -- saying it ------------------------------------------------------------------------------- */

void progress_init(struct progress *progress, int fd)
{
	*progress = (struct progress){.fd = fd, .is_terminal = isatty(fd) == 1};
	progress->next_ns = progress_period_ns(progress);
}

int64_t progress_period_ns(const struct progress *progress)
{
	return CLOCK_MS(progress->is_terminal ? TERMINAL_MS : PLAIN_MS);
}

/* What cannot be written is lost: nobody is there to read it. */
static void write_out(const struct progress *progress, struct span text)
{
	(void)!write(progress->fd, text.p, text.n);
}

void progress_tell(struct progress *progress, const struct progress_facts *facts)
{
	BUF_AUTO struct buf line = {0};

	if (progress->fd < 0 || facts->elapsed_ns < progress->next_ns)
		return;
	progress->next_ns = facts->elapsed_ns + progress_period_ns(progress);
	buf_add_text(&line, progress->is_terminal ? ERASE : "");
	progress_write(facts, &line);
	buf_add_text(&line, progress->is_terminal ? "" : "\n");
	progress->has_line = progress->is_terminal;
	write_out(progress, buf_span(&line));
}

void progress_clear(struct progress *progress)
{
	if (progress->has_line)
		write_out(progress, (struct span)SPAN_LITERAL(ERASE));
	progress->has_line = false;
}
