#include "mlreplay/trial.h"

static void on_done(void *ctx, const struct sender_answer *answer)
{
	struct trial_part *part = ctx;
	struct trial *trial = part->trial;
	struct trial_answer *ours = &trial->answers[part->side];

	part->sending = NULL;
	ours->status = answer->status;
	ours->has_begun = answer->has_begun;
	ours->is_broken = answer->is_broken;
	ours->end_ns = loop_clock_ns(trial->loop);
	buf_add(&ours->body, answer->body);
	if (answer->error)
		buf_add_text(&ours->error, answer->error);
	trial->under_way--;
	if (!trial->under_way)
		trial->done(trial->ctx);
}

int trial_begin(struct trial *trial, const struct trial_setup *setup, const struct har_entry *entry,
	struct err *err)
{
	trial->loop = setup->loop;
	for (size_t side = 0; side < TRIAL_SIDES; side++) {
		struct trial_part *part = &trial->parts[side];
		const struct sender_order order = {setup->reader, entry, on_done, part};

		*part = (struct trial_part){trial, (enum trial_side)side, NULL};
		if (!setup->senders[side])
			continue;
		if (sender_send(setup->senders[side], &order, &part->sending, err) < 0) {
			trial_end(trial);
			return -1;
		}
		trial->under_way++;
	}
	return 0;
}

void trial_end(struct trial *trial)
{
	for (size_t side = 0; side < TRIAL_SIDES; side++) {
		if (trial->parts[side].sending)
			sender_cancel(trial->parts[side].sending);
		trial->parts[side].sending = NULL;
		buf_deinit(&trial->answers[side].body);
		buf_deinit(&trial->answers[side].error);
		trial->answers[side].status = 0;
		trial->answers[side].has_begun = false;
		trial->answers[side].is_broken = false;
	}
	trial->under_way = 0;
}
