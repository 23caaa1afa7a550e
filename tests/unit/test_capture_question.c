#include "io/capture_question.h"

#include "rig/configs.h"
#include "rig/exchanges.h"
#include "rig/suite.h"

#define CLIP "{\"clip\":{}}"

static const struct exchange_row row = {CLIP, "cat", 200, "{}", 0, NULL};

static struct exchanges exchanges;
static struct capture_reader *reader;
static struct arena arena;
static struct har_entry entry;
static struct err err;

static void set_up(void)
{
	exchanges_init(&exchanges, &row, 1);
	arena_init(&arena);
	ck_assert_msg(!capture_reader_open(exchanges.path, &reader, &err), "%s", err.text);
	ck_assert_int_eq(capture_reader_next(reader, &arena, &entry, &err), 1);
}

static void tear_down(void)
{
	capture_reader_close(reader);
	arena_deinit(&arena);
	exchanges_deinit(&exchanges);
}

static void expect(const char *wanted)
{
	struct span entries = SPAN_LITERAL("untouched");

	ck_assert_msg(
		!capture_question_entries(reader, &entry, &arena, &entries, &err), "%s", err.text);
	ck_assert_msg(span_is(entries, wanted), "%.*s", SPAN_ARG(entries));
}

START_TEST(entries_given_literal_points_into_it)
{
	struct span entries;

	ck_assert(!capture_question_entries(reader, &entry, &arena, &entries, &err));
	ck_assert(span_is(entries, CLIP));
	ck_assert(entries.p > entry.request.pieces[0].literal.p);
	ck_assert(entries.p < entry.request.pieces[0].literal.p + entry.request.pieces[0].length);
}
END_TEST

/* Wherever one piece ends and the next begins. */
START_TEST(entries_given_pieces_reads_across_them)
{
	struct span body = entry.request.pieces[0].literal;
	struct har_piece pieces[2];

	entry.request.pieces = pieces;
	entry.request.piece_count = 2;
	for (size_t n = 0; n <= body.n; n++) {
		pieces[0] = (struct har_piece){.literal = span_first(body, n), .length = n};
		pieces[1] = (struct har_piece){.literal = span_skip(body, n), .length = body.n - n};
		expect(CLIP);
	}
}
END_TEST

static void give_parts(struct har_part *parts, size_t count)
{
	entry.request.parts = parts;
	entry.request.part_count = count;
}

START_TEST(entries_given_two_takes_the_last)
{
	struct har_part first = entry.request.parts[0];
	struct har_part parts[] = {first, first, first};

	parts[1].offset++;
	parts[1].length -= 2;
	parts[2].name = (struct span)SPAN_LITERAL("text");
	give_parts(parts, 3);
	expect("\"clip\":{}");
}
END_TEST

START_TEST(entries_given_none_is_empty)
{
	struct har_part part = entry.request.parts[0];

	part.length = 0;
	give_parts(&part, 1);
	expect("");
	part.length = CAPTURE_QUESTION_ENTRIES_MAX + 1;
	expect("");
	part = (struct har_part){.name = SPAN_LITERAL("image"), .length = 3};
	expect("");
	give_parts(NULL, 0);
	expect("");
}
END_TEST

START_TEST(entries_given_no_body_is_empty)
{
	entry.request.lacks_body = "it was not recorded";
	expect("");
}
END_TEST

START_TEST(entries_given_missing_blob_fails)
{
	static const char sha256[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	struct har_piece *piece = arena_new(&arena, 1, sizeof *piece);
	struct span entries;

	*piece = (struct har_piece){.sha256 = {sha256, 64}, .length = entry.request.body_length};
	entry.request.pieces = piece;
	ck_assert_int_eq(capture_question_entries(reader, &entry, &arena, &entries, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
}
END_TEST

/* -- hashes ---------------------------------------------------------------------------------- */

static struct span hash_of(struct span bytes)
{
	struct digest *digest = digest_new();
	char *hex = arena_new(&arena, DIGEST_HEX, 1);

	digest_add(digest, bytes);
	digest_hex(digest, hex);
	digest_free(digest);
	return (struct span){hex, DIGEST_HEX};
}

START_TEST(hash_given_literal_adds_what_is_missing)
{
	struct har_request *request = &entry.request;

	ck_assert_uint_eq(request->part_count, 2);
	request->parts[1].sha256 = hash_of(SPAN_LITERAL("another"));
	capture_question_hash(request, &arena);
	ck_assert(span_equal(request->sha256, hash_of(request->pieces[0].literal)));
	ck_assert(span_equal(request->parts[0].sha256, hash_of(SPAN_LITERAL(CLIP))));
	ck_assert(span_equal(request->parts[1].sha256, hash_of(SPAN_LITERAL("another"))));
}
END_TEST

START_TEST(hash_given_parts_outside_leaves_them)
{
	struct har_part parts[] = {entry.request.parts[0], entry.request.parts[0]};

	parts[0].offset = entry.request.body_length + 1;
	parts[1].length = entry.request.body_length;
	give_parts(parts, 2);
	capture_question_hash(&entry.request, &arena);
	ck_assert_uint_eq(parts[0].sha256.n, 0);
	ck_assert_uint_eq(parts[1].sha256.n, 0);
}
END_TEST

START_TEST(key_given_other_question_is_another)
{
	char keys[3][DIGEST_HEX];

	capture_question_hash(&entry.request, &arena);
	capture_question_key(&entry.request, SPAN_LITERAL(CLIP), keys[0]);
	capture_question_key(&entry.request, SPAN_LITERAL(" " CLIP), keys[1]);
	capture_question_key(&entry.request, SPAN_LITERAL("{}"), keys[2]);
	ck_assert_mem_eq(keys[0], keys[1], DIGEST_HEX);
	ck_assert_mem_ne(keys[0], keys[2], DIGEST_HEX);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("capture_question");
	TCase *tcase = suite_case(suite, "question", set_up, tear_down);

	tcase_add_test(tcase, entries_given_literal_points_into_it);
	tcase_add_test(tcase, entries_given_pieces_reads_across_them);
	tcase_add_test(tcase, entries_given_two_takes_the_last);
	tcase_add_test(tcase, entries_given_none_is_empty);
	tcase_add_test(tcase, entries_given_no_body_is_empty);
	tcase_add_test(tcase, entries_given_missing_blob_fails);
	tcase_add_test(tcase, hash_given_literal_adds_what_is_missing);
	tcase_add_test(tcase, hash_given_parts_outside_leaves_them);
	tcase_add_test(tcase, key_given_other_question_is_another);
	return suite;
}
