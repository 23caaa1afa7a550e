#include "proxy/metrics_page.h"

#include "base/mem.h"
#include "proxy/metrics_text.h"
#include "proxy/round.h"
#include "wire/prometheus.h"

/* Lives until the round is back, which the exchange may not see. */
struct collection {
	struct round round;
	struct exchange *exchange; /* NULL: the client has left */
	struct metrics sum;
};

static void visit(struct round *round, struct worker *worker)
{
	metrics_add(&LIST_OBJECT(round, struct collection, round)->sum, &worker->metrics);
}

static void answer(struct exchange *exchange, const struct metrics *sum)
{
	BUF_AUTO struct buf text = {0};

	metrics_write(sum, exchange->worker, &text);
	exchange_answer(exchange, 200, PROMETHEUS_CONTENT_TYPE,
		SPAN_LITERAL("cache-control: no-store\r\n"), buf_span(&text));
}

static void on_done(struct round *round)
{
	struct collection *collection = LIST_OBJECT(round, struct collection, round);

	if (collection->exchange)
		answer(collection->exchange, &collection->sum);
	metrics_deinit(&collection->sum);
	mem_free(collection);
}

static void on_begin(struct exchange *exchange)
{
	struct collection *collection = mem_new(1, sizeof *collection);

	collection->exchange = exchange;
	exchange->state = collection;
	metrics_init(&collection->sum);
	round_start(&collection->round, exchange->worker, visit, on_done);
}

static void on_ended(struct exchange *exchange)
{
	struct collection *collection = exchange->state;

	collection->exchange = NULL;
}

const struct exchange_handler metrics_page_handler = {
	.begin = on_begin,
	.ended = on_ended,
};
