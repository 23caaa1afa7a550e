/* box: where something is in a picture: four corners, in any unit. How much two boxes have in
 * common is the same in all of them, also where width and height count in different ones, as the
 * service's do for lines of text.
 */
#ifndef DOMAIN_BOX_H
#define DOMAIN_BOX_H

#include <stdbool.h>
#include <stddef.h>

enum {
	BOX_CORNERS = 4,
	BOX_COORDINATES = 8, /* of all corners */
	BOX_COORDINATE_MAX = 1000000000,
};

struct box_point {
	double x;
	double y;
};

struct box {
	struct box_point corners[BOX_CORNERS]; /* as given: of a text from where it begins above */
	double area;
	/* private */
	struct box_point hull[BOX_CORNERS]; /* its outline, counter-clockwise where y grows upward */
	size_t hull_count;
	struct box_point low;
	struct box_point high;
};

/* What it covers is the convex hull of its corners, in whatever order they come. False when a
 * coordinate is no number, or beyond BOX_COORDINATE_MAX. */
bool box_init(struct box *box, const struct box_point corners[BOX_CORNERS])
	__attribute__((warn_unused_result));

/* The area that is in both. */
double box_overlap(const struct box *a, const struct box *b);

/* Intersection over union, from 0 to 1. Without an area, boxes are the same or have nothing in
 * common. */
double box_iou(const struct box *a, const struct box *b);

struct box_point box_centre(const struct box *box);

#endif
