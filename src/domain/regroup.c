#include "domain/regroup.h"

#include "base/buf.h"
#include "domain/edits.h"

static const double inside_least = 0.7; /* of a piece's area */
static const double overlap_most = 0.5; /* of the smaller of two pieces */

/* A whole, and what may be its pieces. */
struct heap {
	const struct regroup *regroup;
	const struct texts_text *whole;
	size_t pieces[REGROUP_PIECES_MAX];
	size_t count;
};

static const struct texts_text *piece_at(const struct heap *heap, size_t i)
{
	return &heap->regroup->pieces->all[heap->pieces[i]];
}

static bool is_inside(const struct texts_text *piece, const struct texts_text *whole)
{
	return piece->box.area > 0 &&
		   box_overlap(&piece->box, &whole->box) >= inside_least * piece->box.area;
}

/* False when there are fewer than two, or more than can be. */
static bool gather(struct heap *heap, int partner)
{
	const struct regroup *regroup = heap->regroup;

	for (size_t i = 0; i < regroup->pieces->count; i++) {
		bool is_own = (int)i == partner;

		if (!is_own && regroup->of_pieces[i] != REGROUP_NONE)
			continue;
		if (!is_inside(&regroup->pieces->all[i], heap->whole)) {
			if (is_own)
				return false;
			continue;
		}
		if (heap->count == REGROUP_PIECES_MAX)
			return false;
		heap->pieces[heap->count++] = i;
	}
	return heap->count >= 2;
}

static bool are_apart(const struct heap *heap)
{
	for (size_t i = 0; i < heap->count; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct box *a = &piece_at(heap, i)->box;
			const struct box *b = &piece_at(heap, j)->box;
			double smaller = a->area < b->area ? a->area : b->area;

			if (box_overlap(a, b) > overlap_most * smaller)
				return false;
		}
	}
	return true;
}

/* How far a point lies along the first line of the box, and down its side, in lengths of theirs. */
static struct box_point place_in(const struct box *box, struct box_point point)
{
	struct box_point from = box->corners[0];
	struct box_point along = {box->corners[1].x - from.x, box->corners[1].y - from.y};
	struct box_point down = {box->corners[3].x - from.x, box->corners[3].y - from.y};
	struct box_point to = {point.x - from.x, point.y - from.y};
	double scale = along.x * down.y - along.y * down.x;

	return (struct box_point){
		(to.x * down.y - to.y * down.x) / scale, (along.x * to.y - along.y * to.x) / scale};
}

struct range {
	double low;
	double high;
};

static void widen(struct range *range, double value)
{
	if (value < range->low)
		range->low = value;
	if (value > range->high)
		range->high = value;
}

/* Side by side or one below another: along what they differ more in. */
static void sort(struct heap *heap)
{
	struct box_point places[REGROUP_PIECES_MAX];
	double keys[REGROUP_PIECES_MAX];
	struct range along = {0.5, 0.5};
	struct range down = {0.5, 0.5};

	for (size_t i = 0; i < heap->count; i++) {
		places[i] = place_in(&heap->whole->box, box_centre(&piece_at(heap, i)->box));
		widen(&along, places[i].x);
		widen(&down, places[i].y);
	}
	for (size_t i = 0; i < heap->count; i++) {
		size_t piece = heap->pieces[i];
		double key = along.high - along.low >= down.high - down.low ? places[i].x : places[i].y;
		size_t at = i;

		for (; at > 0 && keys[at - 1] > key; at--) {
			keys[at] = keys[at - 1];
			heap->pieces[at] = heap->pieces[at - 1];
		}
		keys[at] = key;
		heap->pieces[at] = piece;
	}
}

static void turn_round(struct heap *heap)
{
	for (size_t i = 0, j = heap->count - 1; i < j; i++, j--) {
		size_t piece = heap->pieces[i];

		heap->pieces[i] = heap->pieces[j];
		heap->pieces[j] = piece;
	}
}

static void join(const struct heap *heap, struct buf *out)
{
	for (size_t i = 0; i < heap->count; i++) {
		if (i)
			buf_add_text(out, " ");
		buf_add(out, piece_at(heap, i)->text);
	}
}

/* Some scripts run from right to left, and corners may be in another order: whichever says more of
 * what the whole says. Returns how far that is from it. */
static size_t read_pieces(struct heap *heap, struct buf *out)
{
	BUF_AUTO struct buf forth = {0};
	BUF_AUTO struct buf back = {0};
	size_t edits;
	size_t edits_back;

	sort(heap);
	join(heap, &forth);
	turn_round(heap);
	join(heap, &back);
	edits = edits_between(buf_span(&forth), heap->whole->text).count;
	edits_back = edits_between(buf_span(&back), heap->whole->text).count;
	if (edits_back < edits) {
		buf_add(out, buf_span(&back));
		return edits_back;
	}
	turn_round(heap);
	buf_add(out, buf_span(&forth));
	return edits;
}

static void take(struct regroup *regroup, size_t whole, const struct heap *heap)
{
	regroup->of_wholes[whole] = REGROUP_TAKEN;
	for (size_t i = 0; i < heap->count; i++)
		regroup->of_pieces[heap->pieces[i]] = REGROUP_TAKEN;
}

bool regroup_take(
	struct regroup *regroup, size_t whole, struct arena *arena, struct regroup_group *ret_group)
{
	struct heap heap = {.regroup = regroup, .whole = &regroup->wholes->all[whole]};
	int partner = regroup->of_wholes[whole];
	BUF_AUTO struct buf text = {0};
	size_t edits;

	if (partner == REGROUP_TAKEN || !gather(&heap, partner) || !are_apart(&heap))
		return false;
	edits = read_pieces(&heap, &text);
	if (partner != REGROUP_NONE &&
		edits >= edits_between(regroup->pieces->all[partner].text, heap.whole->text).count)
		return false;
	take(regroup, whole, &heap);
	*ret_group = (struct regroup_group){whole, {0}, heap.count, arena_dup(arena, buf_span(&text))};
	memcpy(ret_group->pieces, heap.pieces, sizeof heap.pieces);
	return true;
}
