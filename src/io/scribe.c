#include "io/scribe.h"

#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/word.h"
#include "io/record_redact.h"

enum {
	BODIES_KNOWN = 64,
	LINES_BYTES_MAX = 8388608, /* that wait for a flush */
	US_NS = 1000,
};

/* A body whose hash was computed: what the client has sent goes on to backends as it is. */
struct known_body {
	char recipe[DIGEST_HEX]; /* the hash of its literals and of its blobs' hashes */
	char sha256[DIGEST_HEX];
};

struct scribe {
	struct parts *parts;
	const struct capture_config *config;
	struct capture_writer *writer;
	struct digest *digest;
	char key[RECORD_REDACT_KEY_BYTES];     /* of this folder's texts, until it is left */
	struct known_body known[BODIES_KNOWN]; /* the last ones */
	size_t known_count;                    /* ever */
};

/* -- the folder ------------------------------------------------------------------------------ */

static struct capture_limits limits_of(const struct capture_config *config)
{
	return (struct capture_limits){config->max_bytes, config->rotate_bytes, config->rotate_ns};
}

int scribe_open(struct parts *parts, const struct capture_config *config,
	struct scribe **ret_scribe, struct err *err)
{
	const struct capture_limits limits = limits_of(config);
	MEM_AUTO char *folder = span_dup(config->dir);
	struct capture_writer *writer;
	struct scribe *scribe;

	if (digest_load(err) < 0 || capture_writer_open(folder, &limits, &writer, err) < 0)
		return -1;
	scribe = mem_new(1, sizeof *scribe);
	scribe->parts = parts;
	scribe->config = config;
	scribe->writer = writer;
	scribe->digest = digest_new();
	record_redact_draw_key(scribe->key);
	*ret_scribe = scribe;
	return 0;
}

void scribe_close(struct scribe *scribe)
{
	if (!scribe)
		return;
	capture_writer_close(scribe->writer);
	digest_free(scribe->digest);
	mem_free(scribe);
}

void scribe_set(struct scribe *scribe, const struct capture_config *config)
{
	const struct capture_limits limits = limits_of(config);

	scribe->config = config;
	capture_writer_set_limits(scribe->writer, &limits);
}

bool scribe_is_full(const struct scribe *scribe)
{
	return capture_writer_waiting(scribe->writer) > LINES_BYTES_MAX;
}

int scribe_flush(struct scribe *scribe, struct err *err)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return capture_writer_flush(scribe->writer, (CLOCK_S(now.tv_sec) + now.tv_nsec) / US_NS, err);
}

const struct capture_stats *scribe_stats(const struct scribe *scribe)
{
	return capture_writer_stats(scribe->writer);
}

/* -- the hash of a body ---------------------------------------------------------------------- */

static void hash_recipe(
	struct scribe *scribe, const struct har_request *request, char ret_hex[DIGEST_HEX])
{
	for (size_t i = 0; i < request->piece_count; i++) {
		const struct har_piece *piece = &request->pieces[i];
		char length[WORD_BYTES];

		memcpy(length, &piece->length, sizeof length);
		digest_add(scribe->digest, (struct span){length, sizeof length});
		digest_add(scribe->digest, piece->literal);
		digest_add(scribe->digest, piece->sha256);
	}
	digest_hex(scribe->digest, ret_hex);
}

static void hash_body(
	struct scribe *scribe, const struct record_draft *draft, char ret_hex[DIGEST_HEX])
{
	const struct har_request *request = &draft->entry.request;

	for (size_t i = 0; i < request->piece_count; i++) {
		const struct part *part = draft->parts[i];

		digest_add(scribe->digest, request->pieces[i].literal);
		for (size_t k = 0; part && k < part->slice_count; k++)
			digest_add(scribe->digest, part->slices[k].bytes);
	}
	digest_hex(scribe->digest, ret_hex);
}

/* Reads the body only when none was like it. */
static struct span know_body(struct scribe *scribe, const struct record_draft *draft)
{
	struct known_body *known = scribe->known;
	char recipe[DIGEST_HEX];

	hash_recipe(scribe, &draft->entry.request, recipe);
	for (; known < scribe->known + BODIES_KNOWN; known++)
		if (memcmp(known->recipe, recipe, DIGEST_HEX) == 0)
			return (struct span){known->sha256, DIGEST_HEX};
	known = &scribe->known[scribe->known_count++ % BODIES_KNOWN];
	memcpy(known->recipe, recipe, DIGEST_HEX);
	hash_body(scribe, draft, known->sha256);
	return (struct span){known->sha256, DIGEST_HEX};
}

/* -- writing --------------------------------------------------------------------------------- */

static int put_part(struct scribe *scribe, const struct part *part, struct err *err)
{
	struct span sha256 = {part->sha256, DIGEST_HEX};

	return capture_writer_blob(scribe->writer, sha256, part->slices, part->slice_count, err);
}

static int put_parts(struct scribe *scribe, const struct record_draft *draft, struct err *err)
{
	for (size_t i = 0; i < draft->entry.request.piece_count; i++)
		if (draft->parts[i] && put_part(scribe, draft->parts[i], err) < 0)
			return -1;
	return draft->answer ? put_part(scribe, draft->answer, err) : 0;
}

static int put(struct scribe *scribe, struct record_draft *draft, struct err *err)
{
	struct har_request *request = &draft->entry.request;

	if (put_parts(scribe, draft, err) < 0)
		return -1;
	if (request->piece_count)
		request->sha256 = know_body(scribe, draft);
	capture_writer_entry(scribe->writer, &draft->entry);
	return 0;
}

int scribe_write(
	struct scribe *scribe, struct record *const *records, size_t count, struct err *err)
{
	uint64_t exchange = capture_writer_next_seq(scribe->writer);
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		struct record_draft draft;

		record_settle(records[i], scribe->parts);
		record_draft_init(&draft, records[i], scribe->parts);
		draft.entry.exchange = exchange;
		record_redact(&draft, scribe->config, scribe->key);
		result = put(scribe, &draft, err);
		record_draft_deinit(&draft);
	}
	return result;
}
