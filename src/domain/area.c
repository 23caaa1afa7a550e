#include "domain/area.h"

#include "wire/percent.h"

static const struct {
	const char *segment;
	enum area area;
} areas[] = {
	{"api", AREA_API},
	{"config", AREA_ADMIN},
	{"debug", AREA_ADMIN},
	{"metrics", AREA_ADMIN},
};

enum area area_of(struct span path)
{
	struct span rest = span_skip(path, 1);
	BUF_AUTO struct buf decoded = {0};
	struct span first;

	percent_decode(span_cut(&rest, '/'), &decoded);
	rest = buf_span(&decoded);
	first = span_cut(&rest, '/'); /* one may have been written %2F */
	for (size_t i = 0; i < sizeof areas / sizeof *areas; i++)
		if (span_is(first, areas[i].segment))
			return areas[i].area;
	return AREA_SERVICE;
}
