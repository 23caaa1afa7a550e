#include "mlreplay/inspect.h"

#include <stdio.h>

#include "base/utc.h"
#include "mlreplay/inspect_table.h"

enum { MILLION = 1000000 };

struct inspect {
	struct walk walk;
	struct inspect_table table;
	struct hashes questions; /* of clients */
	struct hashes parts;     /* of bodies */
	uint64_t sides[HAR_SIDES];
	uint64_t asked;         /* questions, the same ones too */
	uint64_t request_bytes; /* of bodies */
	uint64_t bare_bytes;    /* of those, what is in no part */
	uint64_t answer_bytes;
	uint64_t lacking;    /* requests without their body */
	uint64_t unplayable; /* where something was taken out */
	int64_t first_us;
	int64_t last_us;
};

/* -- counting -------------------------------------------------------------------------------- */

static void count_bodies(struct inspect *inspect)
{
	const struct har_entry *entry = &inspect->walk.entry;
	const struct har_request *request = &entry->request;
	uint64_t bare = request->body_length;

	for (size_t i = 0; i < request->part_count; i++) {
		const struct har_part *part = &request->parts[i];

		if (!part->sha256.n || part->length > bare)
			continue;
		bare -= part->length;
		hashes_add(&inspect->parts, hashes_read(part->sha256), part->length);
	}
	inspect->request_bytes += request->body_length;
	inspect->bare_bytes += bare;
	inspect->answer_bytes += entry->answer.body_length;
}

static void count_entry(struct inspect *inspect)
{
	const struct har_entry *entry = &inspect->walk.entry;
	struct hashes_hash key = walk_key(&inspect->walk);

	if (entry->side == HAR_CLIENT) {
		hashes_add(&inspect->questions, key, 0);
		inspect->asked++;
	}
	if (!inspect->sides[HAR_CLIENT] && !inspect->sides[HAR_BACKEND])
		inspect->first_us = inspect->last_us = entry->started_us;
	if (entry->started_us < inspect->first_us)
		inspect->first_us = entry->started_us;
	if (entry->started_us > inspect->last_us)
		inspect->last_us = entry->started_us;
	inspect->sides[entry->side]++;
	inspect->lacking += entry->request.lacks_body != NULL;
	inspect->unplayable += entry->is_unplayable;
	count_bodies(inspect);
	inspect_table_count(&inspect->table, &inspect->walk);
}

/* -- telling --------------------------------------------------------------------------------- */

static void add_moment(int64_t us, struct buf *out)
{
	char text[UTC_LENGTH];
	int64_t seconds = us / MILLION - (us % MILLION < 0);

	utc_write(seconds, (unsigned)((us - seconds * MILLION) / 1000), text);
	buf_add(out, (struct span){text, sizeof text});
}

static void add_mebibytes(uint64_t bytes, struct buf *out)
{
	buf_add_format(out, "%.1f MiB", (double)bytes / (1 << 20));
}

static void add_times(const struct inspect *inspect, struct buf *out)
{
	if (!inspect->sides[HAR_CLIENT] && !inspect->sides[HAR_BACKEND])
		return;
	buf_add_text(out, ", from ");
	add_moment(inspect->first_us, out);
	buf_add_format(
		out, " on, within %.1f s", (double)(inspect->last_us - inspect->first_us) / MILLION);
}

static void add_bodies(struct inspect *inspect, struct buf *out)
{
	uint64_t different = inspect->bare_bytes + hashes_keep_different(&inspect->parts);

	add_mebibytes(inspect->request_bytes, out);
	buf_add_text(out, " of requests, ");
	add_mebibytes(different, out);
	buf_add_text(out, " of them different; ");
	add_mebibytes(inspect->answer_bytes, out);
	buf_add_text(out, " of answers\n");
}

static void add_sums(struct inspect *inspect, struct buf *out)
{
	(void)hashes_keep_different(&inspect->questions);
	buf_add_format(out, "%llu requests of clients, %llu to backends",
		(unsigned long long)inspect->sides[HAR_CLIENT],
		(unsigned long long)inspect->sides[HAR_BACKEND]);
	add_times(inspect, out);
	buf_add_format(out, "\n%zu different questions, %llu asked again\n", inspect->questions.count,
		(unsigned long long)(inspect->asked - inspect->questions.count));
	add_bodies(inspect, out);
	if (inspect->lacking)
		buf_add_format(out, "%llu cannot be replayed: their bodies are not in the capture\n",
			(unsigned long long)inspect->lacking);
	if (inspect->unplayable)
		buf_add_format(out, "%llu may be answered otherwise: something was taken out of them\n",
			(unsigned long long)inspect->unplayable);
}

static enum command_end inspect_all(struct inspect *inspect, struct err *err)
{
	BUF_AUTO struct buf out = {0};
	int result;

	while ((result = walk_next(&inspect->walk, err)) > 0)
		count_entry(inspect);
	if (result < 0)
		return COMMAND_CORRUPT;
	inspect_table_write(&inspect->table, &out);
	add_sums(inspect, &out);
	(void)fwrite(out.bytes, 1, out.n, stdout);
	return COMMAND_SAME;
}

static enum command_end run(const void *settings, const char *const *operands, struct err *err)
{
	struct inspect inspect = {0};
	enum command_end end = walk_begin(&inspect.walk, operands[0], err);

	(void)settings;
	if (end != COMMAND_SAME)
		return end;
	inspect_table_init(&inspect.table);
	end = inspect_all(&inspect, err);
	inspect_table_deinit(&inspect.table);
	hashes_deinit(&inspect.questions);
	hashes_deinit(&inspect.parts);
	walk_end(&inspect.walk);
	return end;
}

const struct command inspect_command = {
	.name = "inspect",
	.summary = "say what a capture has: what was asked how often, how long it took",
	.about = "Says what a capture has: a row for each kind of exchange, by what was asked for,\n"
			 "of which models, with how large a body, and what came of it; then how much of\n"
			 "all that is different. CAPTURE is a folder that mlproxy has recorded to, or a\n"
			 "HAR file.\n",
	.form = {.operands = {"CAPTURE"}},
	.run = run,
};
