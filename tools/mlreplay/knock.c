#include "mlreplay/knock.h"

#include "base/mem.h"

static void on_answer(void *ctx, const struct sender_answer *answer)
{
	static const char *const names[TRIAL_SIDES] = {"target", "baseline"};
	struct knock_part *part = ctx;
	struct knock *knock = part->knock;
	struct err why;

	part->sending = NULL;
	if (answer->error) {
		knock_end(knock);
		err_fill(
			&why, ERR_UPSTREAM, "the %s cannot be reached: %s", names[part->side], answer->error);
		knock->done(knock->ctx, &why);
	} else if (!knock->parts[TRIAL_TARGET].sending && !knock->parts[TRIAL_BASELINE].sending) {
		knock->done(knock->ctx, NULL);
	}
}

void knock_begin(struct knock *knock, const struct trial_setup *setup)
{
	for (size_t side = 0; side < TRIAL_SIDES; side++) {
		struct knock_part *part = &knock->parts[side];

		*part = (struct knock_part){knock, (enum trial_side)side, NULL};
		if (setup->senders[side])
			part->sending = sender_knock(setup->senders[side], on_answer, part);
	}
}

void knock_end(struct knock *knock)
{
	for (size_t side = 0; side < TRIAL_SIDES; side++)
		if (knock->parts[side].sending)
			sender_cancel(TAKE(knock->parts[side].sending));
}
