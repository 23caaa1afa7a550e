#include "domain/area.h"

#include "wire/percent.h"

static const struct {
	struct span segment;
	enum area area;
} areas[] = {
	{SPAN_LITERAL("api"), AREA_API},
	{SPAN_LITERAL("config"), AREA_ADMIN},
	{SPAN_LITERAL("debug"), AREA_ADMIN},
	{SPAN_LITERAL("metrics"), AREA_ADMIN},
};

static enum area area_of_segment(struct span segment)
{
	for (size_t i = 0; i < sizeof areas / sizeof *areas; i++)
		if (span_equal(segment, areas[i].segment))
			return areas[i].area;
	return AREA_SERVICE;
}

enum area area_of(struct span path)
{
	struct span rest = span_skip(path, 1);
	struct span first = span_cut(&rest, '/');
	BUF_AUTO struct buf decoded = {0};

	rest = percent_decoded(first, &decoded);
	return area_of_segment(span_cut(&rest, '/')); /* one may have been written %2F */
}
