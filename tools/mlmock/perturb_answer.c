/* The answer is read as whoever compares answers reads it, and written anew. */
#include <math.h>

#include "mlmock/digest.h"
#include "mlmock/perturb_writer.h"
#include "wire/json.h"
#include "wire/json_dict.h"
#include "wire/json_number.h"

enum { MEMBERS_MAX = 256, NUMBER_MAX = 1000000000 }; /* of nine digits */

static const struct {
	const char *name;
	void (*write)(struct perturb_writer *writer, struct span value);
} tasks[] = {
	{"clip", perturb_writer_vector},
	{"facial-recognition", perturb_writer_faces},
	{"ocr", perturb_writer_texts},
};

static void write_value(struct perturb_writer *writer, struct span name, struct span value)
{
	for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
		if (span_is(name, tasks[i].name)) {
			tasks[i].write(writer, value);
			return;
		}
	}
	if (writer->perturb->formats && json_type_of(value) == JSON_NUMBER &&
		fabs(json_number_value(value)) < NUMBER_MAX)
		perturb_writer_number(writer, json_number_value(value));
	else
		buf_add(writer->out, value);
}

static void write_members(struct perturb_writer *writer, const struct json_dict *answer)
{
	const struct json_dict_item *width = json_dict_find(answer, SPAN_LITERAL("imageWidth"));

	if (width && json_type_of(width->value) == JSON_NUMBER)
		writer->width = json_number_value(width->value);
	buf_add_text(writer->out, "{");
	for (size_t k = 0; k < answer->count; k++) {
		const struct json_dict_item *item =
			&answer->items[perturb_writer_place(writer, k, answer->count)];

		buf_add_text(writer->out, k ? "," : "");
		buf_add(writer->out, item->key);
		buf_add_text(writer->out, ":");
		write_value(writer, item->name, item->value);
	}
	buf_add_text(writer->out, "}");
}

static uint64_t seed_of(struct span answer)
{
	struct digest digest = digest_of(&answer, 1);
	uint64_t seed;

	memcpy(&seed, digest.bytes, sizeof seed);
	return seed;
}

void perturb_answer(const struct perturb *perturb, struct span answer, struct buf *out)
{
	struct perturb_writer writer = {.perturb = perturb, .out = out};
	struct json_dict dict;
	enum json_type type;
	struct err err;

	arena_init(&writer.arena);
	rng_init(&writer.rng, seed_of(answer));
	if (json_check_whole(answer, &type, &err) == 0 && type == JSON_OBJECT &&
		json_dict_read(answer, MEMBERS_MAX, &writer.arena, &dict))
		write_members(&writer, &dict);
	else
		buf_add(out, answer);
	arena_deinit(&writer.arena);
}
