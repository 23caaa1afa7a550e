/* Only vectors of as many numbers can be searched together. A capture may know several models: the
 * one that most images are of, before and after, is taken for the library's.
 */
#include "domain/recall.h"

#include <math.h>

#include "base/mem.h"

enum {
	LANES = 8, /* sums side by side, so that none waits for the one before */
	SEED = 1,
};

/* -- the sample ------------------------------------------------------------------------------ */

void recall_init(struct recall *recall)
{
	*recall = (struct recall){0};
	rng_init(&recall->rng, SEED);
}

static void pair_deinit(struct recall_pair *pair)
{
	mem_free(pair->before);
	mem_free(pair->after);
}

void recall_deinit(struct recall *recall)
{
	for (size_t i = 0; i < recall->images.count; i++)
		pair_deinit(&recall->images.pairs[i]);
	for (size_t i = 0; i < recall->texts.count; i++)
		pair_deinit(&recall->texts.pairs[i]);
	*recall = (struct recall){0};
}

static float *copy(const struct vector *vector)
{
	double norm = vector_norm(vector);
	float *all = mem_new(vector->count, sizeof *all);

	for (size_t i = 0; i < vector->count; i++)
		all[i] = (float)(vector->all[i] / norm);
	return all;
}

/* NULL when the pair is not to be kept. */
static struct recall_pair *find_place(struct recall_sample *sample, struct rng *rng)
{
	uint64_t draw;

	sample->seen++;
	if (sample->count < RECALL_PAIRS_MAX)
		return &sample->pairs[sample->count++];
	draw = rng_next(rng) % sample->seen;
	if (draw >= RECALL_PAIRS_MAX)
		return NULL;
	pair_deinit(&sample->pairs[draw]);
	return &sample->pairs[draw];
}

static bool can_keep(const struct vector *vector)
{
	return vector->count <= RECALL_NUMBERS_MAX && vector_norm(vector) > 0;
}

void recall_add(
	struct recall *recall, bool is_text, const struct vector *before, const struct vector *after)
{
	struct recall_pair *pair;

	if (!can_keep(before) || !can_keep(after))
		return;
	pair = find_place(is_text ? &recall->texts : &recall->images, &recall->rng);
	if (pair)
		*pair = (struct recall_pair){copy(before), copy(after), before->count, after->count};
}

/* -- what is nearest ------------------------------------------------------------------------- */

/* The images' vectors, all of them old or all new. */
struct shelf {
	const float *all[RECALL_PAIRS_MAX];
	size_t count;
	size_t numbers; /* of each */
};

struct nearest {
	size_t at[VERDICT_NEAREST_MAX];
	float product[VERDICT_NEAREST_MAX]; /* falling */
	size_t count;
	size_t max;
};

static float multiply(const float *a, const float *b, size_t count)
{
	float lanes[LANES] = {0};
	float sum = 0;
	size_t i = 0;

	for (; i + LANES <= count; i += LANES)
		for (size_t lane = 0; lane < LANES; lane++)
			lanes[lane] += a[i + lane] * b[i + lane];
	for (; i < count; i++)
		sum += a[i] * b[i];
	for (size_t lane = 0; lane < LANES; lane++)
		sum += lanes[lane];
	return sum;
}

static void offer(struct nearest *nearest, size_t at, float product)
{
	size_t place = nearest->count;

	if (place == nearest->max && product <= nearest->product[place - 1])
		return;
	if (place == nearest->max)
		place--;
	else
		nearest->count++;
	for (; place > 0 && nearest->product[place - 1] < product; place--) {
		nearest->at[place] = nearest->at[place - 1];
		nearest->product[place] = nearest->product[place - 1];
	}
	nearest->at[place] = at;
	nearest->product[place] = product;
}

/* Those on the shelf that are nearest to the one, apart from itself, if it is there at `self`. */
static struct nearest find_nearest(
	const struct shelf *shelf, const float *one, size_t self, size_t k)
{
	struct nearest nearest = {.max = k};

	for (size_t i = 0; i < shelf->count; i++)
		if (i != self)
			offer(&nearest, i, multiply(one, shelf->all[i], shelf->numbers));
	return nearest;
}

static size_t count_shared(const struct nearest *a, const struct nearest *b)
{
	size_t shared = 0;

	for (size_t i = 0; i < a->count; i++)
		for (size_t j = 0; j < b->count; j++)
			shared += a->at[i] == b->at[j];
	return shared;
}

/* -- figures --------------------------------------------------------------------------------- */

static bool is_alike(const struct recall_pair *a, const struct recall_pair *b)
{
	return a->before_count == b->before_count && a->after_count == b->after_count;
}

/* The pair whose like there are most of; there is one at least. */
static const struct recall_pair *find_usual(const struct recall_sample *sample)
{
	const struct recall_pair *usual = sample->pairs;
	size_t most = 0;

	for (size_t i = 0; i < sample->count; i++) {
		size_t count = 0;

		for (size_t j = 0; j < sample->count; j++)
			count += is_alike(&sample->pairs[i], &sample->pairs[j]);
		if (count > most) {
			most = count;
			usual = &sample->pairs[i];
		}
	}
	return usual;
}

static void fill_shelves(
	const struct recall_sample *sample, struct shelf *ret_before, struct shelf *ret_after)
{
	const struct recall_pair *usual = find_usual(sample);

	*ret_before = (struct shelf){.numbers = usual->before_count};
	*ret_after = (struct shelf){.numbers = usual->after_count};
	for (size_t i = 0; i < sample->count; i++) {
		if (is_alike(usual, &sample->pairs[i])) {
			ret_before->all[ret_before->count++] = sample->pairs[i].before;
			ret_after->all[ret_after->count++] = sample->pairs[i].after;
		}
	}
}

static double measure_images(const struct shelf *before, const struct shelf *after, size_t k)
{
	size_t shared = 0;

	for (size_t i = 0; i < before->count; i++) {
		struct nearest old = find_nearest(before, before->all[i], i, k);
		struct nearest new = find_nearest(after, after->all[i], i, k);

		shared += count_shared(&old, &new);
	}
	return (double)shared / (double)(before->count * k);
}

static double measure_texts(
	const struct recall_sample *texts, const struct shelf *images, size_t k, size_t *ret_count)
{
	size_t shared = 0;
	size_t count = 0;

	for (size_t i = 0; i < texts->count; i++) {
		const struct recall_pair *text = &texts->pairs[i];
		struct nearest old;
		struct nearest new;

		if (text->before_count != images->numbers || text->after_count != images->numbers)
			continue;
		old = find_nearest(images, text->before, SIZE_MAX, k);
		new = find_nearest(images, text->after, SIZE_MAX, k);
		shared += count_shared(&old, &new);
		count++;
	}
	*ret_count = count;
	return count ? (double)shared / (double)(count * k) : NAN;
}

/* Of so few images that k would be most of them, any are the nearest. */
void recall_measure(const struct recall *recall, struct verdict_recall *ret_recall)
{
	struct verdict_recall figures = {.new_to_new = NAN, .text_to_old = NAN};
	struct shelf before;
	struct shelf after;

	if (recall->images.count) {
		fill_shelves(&recall->images, &before, &after);
		figures.images = before.count;
		figures.k = (before.count - 1) / 2;
		if (figures.k > VERDICT_NEAREST_MAX)
			figures.k = VERDICT_NEAREST_MAX;
	}
	if (figures.k) {
		figures.new_to_new = measure_images(&before, &after, figures.k);
		figures.text_to_old = measure_texts(&recall->texts, &before, figures.k, &figures.texts);
	}
	*ret_recall = figures;
}
