/* A vector is read from a string as from the array that the string holds; what is read is finite,
 * and no distance from itself nor more than 2 from any other. */
#include "domain/vector.h"

#include <float.h>
#include <math.h>

#include "base/buf.h"
#include "fuzz.h"
#include "wire/json.h"

static void check_vector(const struct vector *vector)
{
	must(vector->count > 0 && vector->count <= VECTOR_MAX);
	for (size_t i = 0; i < vector->count; i++)
		must(fabs(vector->all[i]) <= FLT_MAX);
}

/* From itself, and from the same numbers the other way round. */
static void check_distances(const struct vector *vector, struct arena *arena)
{
	struct vector other = {arena_new(arena, vector->count, sizeof *other.all), vector->count};
	double distance;

	if (!(vector_norm(vector) > 0))
		return;
	for (size_t i = 0; i < vector->count; i++)
		other.all[i] = vector->all[vector->count - 1 - i];
	must(!(vector_distance(vector, vector) > 0));
	distance = vector_distance(vector, &other);
	must(distance >= 0 && distance <= 2);
	must(fabs(distance - vector_distance(&other, vector)) < 1e-12);
}

static void check_array(struct span array, struct arena *arena)
{
	struct buf string = {.arena = arena};
	struct vector bare;
	struct vector quoted;
	struct err bare_err = {0};
	struct err quoted_err = {0};
	int status = vector_read(array, arena, &bare, &bare_err);

	buf_add_json(&string, array);
	must(vector_read(buf_span(&string), arena, &quoted, &quoted_err) == status);
	must(status == 0 || (bare_err.kind == ERR_INVALID && quoted_err.kind == ERR_INVALID));
	if (status)
		return;
	must(bare.count == quoted.count);
	must(memcmp(bare.all, quoted.all, bare.count * sizeof *bare.all) == 0);
	check_vector(&bare);
	check_distances(&bare, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span json = {(const char *)data, size};
	enum json_type type;
	struct vector vector;
	struct arena arena;
	struct err err;

	if (json_check_whole(json, &type, &err) < 0)
		return 0;
	arena_init(&arena);
	if (type == JSON_ARRAY)
		check_array(json, &arena);
	else if (vector_read(json, &arena, &vector, &err) == 0)
		check_vector(&vector);
	arena_deinit(&arena);
	return 0;
}
