/* Bodies that are kept, used in any order, against what is known of every byte. */
#include "base/rng.h"
#include "rig/kept.h"
#include "rig/suite.h"

enum { READERS = 3, CALLS = 400, OTHERS_MAX = 4 * KEPT_SMALL };

struct model {
	struct kept kept;
	struct rng rng;
	struct reader readers[READERS];
	uint64_t others; /* what other bodies hold of the budget */
};

static size_t below(struct model *model, size_t n)
{
	return (size_t)(rng_next(&model->rng) % n);
}

static void open_random(struct model *model, struct reader *reader)
{
	static const char insert[] = "some other entries than the client's";
	uint64_t end = model->kept.body.chain.end;
	size_t a = below(model, end < 500 ? (size_t)end + 1 : 500);
	size_t most = below(model, 4) ? 500 : 300000;
	size_t b = a + below(model, end - a < most ? (size_t)(end - a) + 1 : most);

	if (!body_is_whole(&model->kept.body))
		return;
	if (below(model, 2))
		reader_open(reader, &model->kept);
	else
		reader_open_cut(reader, &model->kept, a, b, (struct span){insert, below(model, 30)});
}

static void use_reader(struct model *model)
{
	struct reader *reader = &model->readers[below(model, READERS)];

	if (!reader->is_open)
		open_random(model, reader);
	else if (!below(model, 30))
		reader_close(reader);
	else if (!below(model, 30) && source_is_held(&reader->view.source, 0))
		reader_restart(reader);
	else
		for (size_t i = below(model, 8); i; i--)
			(void)reader_take(reader, below(model, (size_t)2 * CHUNK_BYTES) + 1);
}

static void set_others(struct model *model)
{
	uint64_t others = below(model, 2) ? below(model, OTHERS_MAX) : 0;

	model->kept.budget.used += others - model->others;
	model->others = others;
}

/* Once no view needs it, nobody adds any more of it. */
static void add_random(struct model *model)
{
	const struct body *body = &model->kept.body;
	size_t most = below(model, 3) ? CHUNK_BYTES : 5000;

	if (!body_is_full(body) && (body->is_kept || !list_is_empty(&body->views)))
		kept_add_piece(&model->kept, below(model, most) + 1);
}

static void call(struct model *model)
{
	size_t which = below(model, 100);

	if (which < 40)
		add_random(model);
	else if (which < 85)
		use_reader(model);
	else if (which < 97)
		loop_turn(model->kept.loop, model->kept.body.writing && below(model, 2) ? CLOCK_MS(1) : 0);
	else
		set_others(model);
}

/* All that have begun come to the end, and then nothing holds the client up. */
static void end_all(struct model *model)
{
	body_end(&model->kept.body);
	for (size_t i = 0; i < READERS; i++) {
		struct reader *reader = &model->readers[i];

		if (!reader->is_open)
			continue;
		reader_pull(reader, SIZE_MAX);
		while (reader_take(reader, SIZE_MAX))
			;
		ck_assert(reader_is_at_end(reader));
	}
	while (body_is_full(&model->kept.body))
		kept_turn(&model->kept);
	if (model->kept.body.is_kept)
		kept_expect_whole(&model->kept);
	ck_assert_int_eq(model->kept.lost, !model->kept.body.is_kept);
	for (size_t i = 0; i < READERS; i++)
		reader_close(&model->readers[i]);
}

/* Every fourth body has a disk that is soon full. */
START_TEST(any_order_of_calls_shows_the_bytes_that_came)
{
	for (uint64_t seed = 0; seed < 40; seed++) {
		struct model model = {0};

		rng_init(&model.rng, (uint64_t)_i * 1000 + seed);
		kept_open_with(
			&model.kept, KEPT_SMALL, KEPT_FOLDER, seed % 4 ? KEPT_PLENTY : below(&model, KEPT_MIB));
		reader_open(&model.readers[0], &model.kept);
		for (int i = 0; i < CALLS; i++)
			call(&model);
		end_all(&model);
		model.kept.budget.used -= model.others;
		kept_close(&model.kept);
	}
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("body_model");
	TCase *tcase = tcase_create("at random");

	tcase_add_loop_test(tcase, any_order_of_calls_shows_the_bytes_that_came, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}
