#include "proxy/round.h"

static void come_back(struct loop_mail *mail)
{
	struct round *round = LIST_OBJECT(mail, struct round, mail);

	atomic_fetch_sub(&round->from->shared->rounds, 1);
	round->done(round);
}

static void go_on(struct round *round);

static void arrive(struct loop_mail *mail)
{
	struct round *round = LIST_OBJECT(mail, struct round, mail);

	round->visit(round, round->from->shared->workers[round->next]);
	round->next++;
	go_on(round);
}

static void go_on(struct round *round)
{
	const struct shared *shared = round->from->shared;
	bool is_over = round->next == shared->worker_count;

	round->mail.deliver = is_over ? come_back : arrive;
	loop_post(is_over ? round->from->loop : shared->workers[round->next]->loop, &round->mail);
}

void round_start(struct round *round, struct worker *from,
	void (*visit)(struct round *round, struct worker *worker), void (*done)(struct round *round))
{
	*round = (struct round){.from = from, .visit = visit, .done = done};
	list_init(&round->mail.node);
	atomic_fetch_add(&from->shared->rounds, 1);
	go_on(round);
}
