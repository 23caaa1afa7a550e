/* Two convex outlines are intersected as Sutherland and Hodgman do it: one is cut along each side
 * of the other in turn. Each cut can add one corner, so that eight are the most.
 */
#include "domain/box.h"

#include <string.h>

enum { OUTLINE_MAX = 2 * BOX_CORNERS };

struct outline {
	struct box_point points[OUTLINE_MAX];
	size_t count;
};

/* Twice the area of the triangle; above 0 when c lies to the left of the way from a to b. */
static double turn(struct box_point a, struct box_point b, struct box_point c)
{
	return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static double area_of(const struct box_point *points, size_t count)
{
	double twice = 0;

	for (size_t i = 2; i < count; i++)
		twice += turn(points[0], points[i - 1], points[i]);
	return twice / 2;
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static bool is_before(struct box_point a, struct box_point b)
{
	return a.x != b.x ? a.x < b.x : a.y < b.y;
}

static void sort(struct box_point points[BOX_CORNERS])
{
	for (size_t i = 1; i < BOX_CORNERS; i++) {
		struct box_point point = points[i];
		size_t at = i;

		for (; at > 0 && is_before(point, points[at - 1]); at--)
			points[at] = points[at - 1];
		points[at] = point;
	}
}

/* Adds the point to an outline whose first `kept` points stay, without those that it makes lie
 * inside. */
static void add_to_hull(struct outline *hull, size_t kept, struct box_point point)
{
	while (hull->count > kept &&
		   turn(hull->points[hull->count - 2], hull->points[hull->count - 1], point) <= 0)
		hull->count--;
	hull->points[hull->count++] = point;
}

/* Andrew's: from left to right along the lower side, and back along the upper one. */
static void find_hull(struct box *box)
{
	struct box_point sorted[BOX_CORNERS];
	struct outline hull = {.count = 0};
	size_t lower;

	memcpy(sorted, box->corners, sizeof sorted);
	sort(sorted);
	for (size_t i = 0; i < BOX_CORNERS; i++)
		add_to_hull(&hull, 1, sorted[i]);
	lower = hull.count;
	for (size_t i = BOX_CORNERS - 1; i-- > 0;)
		add_to_hull(&hull, lower, sorted[i]);
	box->hull_count = hull.count - 1; /* it ends where it began */
	memcpy(box->hull, hull.points, box->hull_count * sizeof *box->hull);
}

/* Said so that what is no number is none. */
static bool is_coordinate(double value)
{
	return value >= -BOX_COORDINATE_MAX && value <= BOX_COORDINATE_MAX;
}

bool box_init(struct box *box, const struct box_point corners[BOX_CORNERS])
{
	*box = (struct box){.low = corners[0], .high = corners[0]};
	for (size_t i = 0; i < BOX_CORNERS; i++) {
		if (!is_coordinate(corners[i].x) || !is_coordinate(corners[i].y))
			return false;
		box->corners[i] = corners[i];
		box->low.x = smaller(box->low.x, corners[i].x);
		box->low.y = smaller(box->low.y, corners[i].y);
		box->high.x = larger(box->high.x, corners[i].x);
		box->high.y = larger(box->high.y, corners[i].y);
	}
	find_hull(box);
	box->area = area_of(box->hull, box->hull_count);
	return true;
}

/* Keeps what lies to the left of the way from a to b. */
static void cut(struct outline *outline, struct box_point a, struct box_point b)
{
	struct outline kept = {.count = 0};

	for (size_t i = 0; i < outline->count; i++) {
		struct box_point at = outline->points[i];
		struct box_point next = outline->points[(i + 1) % outline->count];
		double here = turn(a, b, at);
		double there = turn(a, b, next);

		if (here >= 0 && kept.count < OUTLINE_MAX)
			kept.points[kept.count++] = at;
		if ((here < 0) != (there < 0) && kept.count < OUTLINE_MAX) {
			double share = here / (here - there);

			kept.points[kept.count++] =
				(struct box_point){at.x + share * (next.x - at.x), at.y + share * (next.y - at.y)};
		}
	}
	*outline = kept;
}

static bool are_apart(const struct box *a, const struct box *b)
{
	return a->high.x <= b->low.x || b->high.x <= a->low.x || a->high.y <= b->low.y ||
		   b->high.y <= a->low.y;
}

double box_overlap(const struct box *a, const struct box *b)
{
	struct outline both = {.count = a->hull_count};

	if (are_apart(a, b) || a->area <= 0 || b->area <= 0)
		return 0;
	memcpy(both.points, a->hull, a->hull_count * sizeof *a->hull);
	for (size_t i = 0; i < b->hull_count; i++)
		cut(&both, b->hull[i], b->hull[(i + 1) % b->hull_count]);
	/* What rounding adds must not be more than there is. */
	return smaller(larger(area_of(both.points, both.count), 0), smaller(a->area, b->area));
}

static bool is_same(const struct box *a, const struct box *b)
{
	if (a->hull_count != b->hull_count)
		return false;
	for (size_t i = 0; i < a->hull_count; i++)
		if (a->hull[i].x != b->hull[i].x || a->hull[i].y != b->hull[i].y)
			return false;
	return true;
}

double box_iou(const struct box *a, const struct box *b)
{
	double overlap;

	if (is_same(a, b))
		return 1;
	overlap = box_overlap(a, b);
	return overlap > 0 ? overlap / (a->area + b->area - overlap) : 0;
}

struct box_point box_centre(const struct box *box)
{
	struct box_point sum = {0, 0};

	for (size_t i = 0; i < BOX_CORNERS; i++) {
		sum.x += box->corners[i].x / BOX_CORNERS;
		sum.y += box->corners[i].y / BOX_CORNERS;
	}
	return sum;
}
