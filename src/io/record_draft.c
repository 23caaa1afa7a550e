#include "io/record_draft.h"

static void copy_pieces(struct record_draft *draft, const struct record *record)
{
	size_t count = draft->entry.request.piece_count;

	draft->parts = arena_new(&draft->arena, count + 1, sizeof(struct part *));
	for (size_t i = 0; i < count; i++)
		draft->parts[i] = record_part(record, i);
}

/* Most answers lie in one piece, and need not be copied. */
static struct span flatten(struct arena *arena, const struct chain *chain)
{
	size_t n = (size_t)chain_length(chain);
	struct iovec first;
	char *bytes;

	if (!chain_peek(chain, chain->begin, n, &first, 1))
		return SPAN_EMPTY;
	if (first.iov_len == n)
		return (struct span){first.iov_base, n};
	bytes = arena_new(arena, n, 1);
	chain_copy(chain, chain->begin, n, bytes);
	return (struct span){bytes, n};
}

static void put_answer(struct record_draft *draft, const struct chain *body)
{
	struct har_answer *answer = &draft->entry.answer;

	if (chain_length(body) <= HAR_ANSWER_MAX) {
		answer->body = flatten(&draft->arena, body);
		return;
	}
	draft->answer = record_draft_take(draft, body, body->begin, chain_length(body));
	answer->sha256 = (struct span){draft->answer->sha256, DIGEST_HEX};
}

void record_draft_init(struct record_draft *draft, const struct record *record, struct parts *parts)
{
	*draft = (struct record_draft){
		.entry = record->entry,
		.is_whole_form = record->is_whole_form,
		.boundary = record->boundary,
		.shared = parts,
	};
	arena_init(&draft->arena);
	copy_pieces(draft, record);
	put_answer(draft, &record->answer);
}

void record_draft_deinit(struct record_draft *draft)
{
	for (size_t i = 0; i < draft->taken_count; i++)
		parts_give(draft->shared, draft->taken[i]);
	arena_deinit(&draft->arena);
}

const struct part *record_draft_take(
	struct record_draft *draft, const struct chain *chain, uint64_t position, uint64_t length)
{
	struct part *part = parts_take(draft->shared, chain, position, length);

	if (draft->taken_count == draft->taken_capacity) {
		size_t used = draft->taken_count * sizeof(struct part *);

		draft->taken_capacity = draft->taken_capacity ? 2 * draft->taken_capacity : 4;
		draft->taken = arena_resize(
			&draft->arena, draft->taken, used, draft->taken_capacity * sizeof(struct part *));
	}
	draft->taken[draft->taken_count++] = part;
	return part;
}
