/* chart: how long answers took, as pictures: how many took how long, and when. Of any number of
 * answers, in bounded memory. */
#ifndef MLREPLAY_CHART_H
#define MLREPLAY_CHART_H

#include "base/buf.h"

enum {
	CHART_STEPS = 96,    /* of the histogram, four to a doubling */
	CHART_POINTS = 2000, /* on the timeline; of more, every second, fourth, … */
};

struct chart_point {
	int64_t at_ns;
	int64_t latency_ns;
	bool is_bad;
};

struct chart {
	uint64_t steps[CHART_STEPS];
	struct chart_point points[CHART_POINTS];
	size_t count;
	uint64_t stride; /* one of so many has become a point; 0: the chart is new */
	uint64_t seen;
};

/* A bad one is always shown in its colour, but may be left out like others. */
void chart_note(struct chart *chart, const struct chart_point *point);

/* Add an <svg> element each; nothing where nothing was noted. */
void chart_add_histogram(const struct chart *chart, struct buf *out);
void chart_add_timeline(const struct chart *chart, struct buf *out);

#endif
