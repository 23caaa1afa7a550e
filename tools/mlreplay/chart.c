#include "mlreplay/chart.h"

#include <math.h>

enum {
	WIDTH = 720,
	HEIGHT = 160,
	FOOT = 20, /* for what stands below */
	STEPS_A_DOUBLING = 4,
	FIRST_NS = 100000, /* where the first step ends */
};

/* -- what is kept ---------------------------------------------------------------------------- */

static size_t step_of(int64_t ns)
{
	double step = ns > FIRST_NS ? ceil(STEPS_A_DOUBLING * log2((double)ns / FIRST_NS)) : 0;

	return step < CHART_STEPS ? (size_t)step : CHART_STEPS - 1;
}

static double step_end_ms(size_t step)
{
	return FIRST_NS / 1e6 * exp2((double)step / STEPS_A_DOUBLING);
}

/* Every second point goes. */
static void thin_out(struct chart *chart)
{
	for (size_t i = 0; 2 * i < chart->count; i++)
		chart->points[i] = chart->points[2 * i];
	chart->count = (chart->count + 1) / 2;
	chart->stride *= 2;
}

void chart_note(struct chart *chart, const struct chart_point *point)
{
	chart->steps[step_of(point->latency_ns)]++;
	if (!chart->stride)
		chart->stride = 1;
	if (chart->seen++ % chart->stride)
		return;
	if (chart->count == CHART_POINTS)
		thin_out(chart);
	chart->points[chart->count++] = *point;
}

/* -- how many -------------------------------------------------------------------------------- */

static void add_label(struct buf *out, double x, const char *anchor, double ms)
{
	buf_add_format(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%.3g ms</text>\n", x,
		HEIGHT + FOOT - 4, anchor, ms);
}

static void begin_svg(struct buf *out, const char *title)
{
	buf_add_format(out,
		"<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\"><title>%s</title>\n"
		"<path class=\"axis\" d=\"M0 %dH%d\"/>\n",
		WIDTH, HEIGHT + FOOT, title, HEIGHT, WIDTH);
}

void chart_add_histogram(const struct chart *chart, struct buf *out)
{
	size_t first = 0;
	size_t end = CHART_STEPS;
	uint64_t most = 1;
	double width;

	if (!chart->count)
		return;
	while (!chart->steps[first])
		first++;
	while (!chart->steps[end - 1])
		end--;
	for (size_t i = first; i < end; i++)
		most = chart->steps[i] > most ? chart->steps[i] : most;
	width = (double)WIDTH / (double)(end - first);
	begin_svg(out, "how many answers took how long");
	for (size_t i = first; i < end; i++) {
		double height = (double)chart->steps[i] * HEIGHT / (double)most;

		buf_add_format(out,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%llu up to %.3g "
			"ms</title></rect>\n",
			(double)(i - first) * width, HEIGHT - height, width * 0.9, height,
			(unsigned long long)chart->steps[i], step_end_ms(i));
	}
	add_label(out, 0, "start", first ? step_end_ms(first - 1) : 0);
	add_label(out, WIDTH, "end", step_end_ms(end - 1));
	buf_add_text(out, "</svg>\n");
}

/* -- when ------------------------------------------------------------------------------------ */

struct range {
	int64_t begin_ns;
	int64_t end_ns;
	double low; /* binary logarithms of latencies */
	double high;
};

static double height_of(int64_t latency_ns)
{
	return log2(latency_ns > FIRST_NS ? (double)latency_ns : FIRST_NS);
}

static struct range range_of(const struct chart *chart)
{
	const struct chart_point *first = &chart->points[0];
	struct range range = {
		first->at_ns, first->at_ns, height_of(first->latency_ns), height_of(first->latency_ns)};

	for (size_t i = 1; i < chart->count; i++) {
		const struct chart_point *point = &chart->points[i];
		double height = height_of(point->latency_ns);

		range.begin_ns = point->at_ns < range.begin_ns ? point->at_ns : range.begin_ns;
		range.end_ns = point->at_ns > range.end_ns ? point->at_ns : range.end_ns;
		range.low = fmin(range.low, height);
		range.high = fmax(range.high, height);
	}
	return range;
}

/* From 0 to 1; where all are the same, in the middle. */
static double share(double value, double low, double high)
{
	return high > low ? (value - low) / (high - low) : 0.5;
}

void chart_add_timeline(const struct chart *chart, struct buf *out)
{
	struct range range;

	if (!chart->count)
		return;
	range = range_of(chart);
	begin_svg(out, "when they were asked for, and how long they took");
	for (size_t i = 0; i < chart->count; i++) {
		const struct chart_point *point = &chart->points[i];
		double x = share((double)point->at_ns, (double)range.begin_ns, (double)range.end_ns);
		double y = share(height_of(point->latency_ns), range.low, range.high);

		buf_add_format(out, "<circle%s cx=\"%.1f\" cy=\"%.1f\" r=\"2\"/>\n",
			point->is_bad ? " class=\"bad\"" : "", x * WIDTH, (1 - y) * HEIGHT);
	}
	buf_add_format(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.3g s</text>\n", WIDTH,
		HEIGHT + FOOT - 4, ((double)range.end_ns - (double)range.begin_ns) / 1e9);
	buf_add_format(out, "<text x=\"0\" y=\"12\">%.3g ms</text>\n", exp2(range.high) / 1e6);
	buf_add_format(
		out, "<text x=\"0\" y=\"%d\">%.3g ms</text>\n</svg>\n", HEIGHT - 4, exp2(range.low) / 1e6);
}
