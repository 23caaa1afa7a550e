/* A record's body before and after it is settled: the pieces make the same bytes, and say where
 * each part lies. */
#include "io/record.h"

#include <pthread.h>

#include "base/mem.h"
#include "rig/suite.h"

#define COUNT_OF(array) (int)(sizeof(array) / sizeof *(array))
#define EMPTY_HASH      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

enum { PHOTO = 250000, THREADS = 4 };

static struct parts *parts;

static void set_up(void)
{
	struct err err;

	ck_assert_int_eq(digest_load(&err), 0);
	parts = parts_new();
}

static void tear_down(void)
{
	ck_assert_uint_eq(parts_bytes(parts), 0);
	parts_free(parts);
}

/* -- bodies ---------------------------------------------------------------------------------- */

/* '#' stands for so many bytes of a picture, '%' for as many bytes as stay literal at the most. */
static void make_body(const char *text, struct buf *body)
{
	for (; *text; text++) {
		size_t n = *text == '#' ? PHOTO : *text == '%' ? RECORD_LITERAL_MAX : 1;
		char *bytes = buf_reserve(body, n);

		for (size_t i = 0; i < n; i++)
			bytes[i] = n == 1 ? *text : (char)('a' + i % 23);
		body->n += n;
	}
}

/* A record of that body, whose bytes lie in chunks of their own. */
static struct record *make(const char *text, const char *boundary, struct buf *body)
{
	struct record *record = record_new();
	struct chunk *chunk;

	make_body(text, body);
	chunk = chunk_new(body->n + 1);
	memcpy(chunk->bytes, body->n ? body->bytes : "", body->n);
	chunk->used = body->n;
	record->boundary = arena_dup(&record->arena, span_of(boundary));
	for (size_t at = 0; at < body->n; at += 50000)
		chain_append(&record->request,
			(struct slice){
				chunk, span_first((struct span){chunk->bytes + at, 50000}, chunk->used - at)});
	chunk_unref(chunk);
	return record;
}

static struct record *settled(const char *text, const char *boundary, struct buf *body)
{
	struct record *record = make(text, boundary, body);

	record_settle(record, parts);
	return record;
}

/* Takes the piece's bytes off the front of *body. */
static void expect_piece(const struct record *record, size_t i, struct span *body)
{
	const struct har_piece *piece = &record->entry.request.pieces[i];
	const struct part *part = record_part(record, i);

	ck_assert_uint_eq(piece->length, part ? part->length : piece->literal.n);
	ck_assert(!part == !piece->sha256.n);
	ck_assert(!part || span_is(piece->sha256, part->sha256));
	ck_assert(part || piece->literal.n <= RECORD_LITERAL_MAX);
	for (size_t k = 0; part && k < part->slice_count; k++) {
		ck_assert(span_starts(*body, part->slices[k].bytes));
		*body = span_skip(*body, part->slices[k].bytes.n);
	}
	ck_assert(span_starts(*body, piece->literal));
	*body = span_skip(*body, piece->literal.n);
}

static void expect_body(const struct record *record, struct span body)
{
	const struct har_request *request = &record->entry.request;

	ck_assert_uint_eq(request->body_length, body.n);
	for (size_t i = 0; i < request->piece_count; i++)
		expect_piece(record, i, &body);
	ck_assert_uint_eq(body.n, 0);
	ck_assert_uint_eq(chain_length(&record->request), 0);
}

/* -- pieces ---------------------------------------------------------------------------------- */

#define ENTRIES  "--B\r\nContent-Disposition: form-data; name=\"entries\"\r\n\r\n{}\r\n"
#define HEAD     "--B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n"
#define TYPE     "Content-Type: image/jpeg\r\n\r\n"
#define PART(is) "--B\r\nContent-Disposition: form-data; name=\"p\"\r\n\r\n" is "\r\n"
#define END      "--B--\r\n"

static const struct {
	const char *body;
	const char *boundary;
	const char *pieces; /* 'l' a literal, 'b' a blob */
	size_t parts;
} bodies[] = {
	{"", "", "", 0},
	{"", "B", "", 0},
	{"plain", "", "l", 0},
	{"%", "", "l", 0},
	{"%+", "", "b", 0},
	{ENTRIES END, "B", "l", 1},
	{ENTRIES HEAD TYPE "#\r\n" END, "B", "lbl", 2},
	{HEAD TYPE "#\r\n" ENTRIES END, "B", "lbl", 2},
	{HEAD TYPE "#\r\n" HEAD TYPE "#\r\n" END, "B", "lblbl", 2},
	{PART("") PART("1") END, "B", "l", 2},
	{PART("%") END, "B", "b", 1}, /* which is too long with its head */
	{PART("%+") END, "B", "lbl", 1},
	{PART("%") PART("%") PART("%") PART("#") END, "B", "bbl", 4},
	{ENTRIES END "%#", "B", "b", 1},
	{"#\r\n" ENTRIES END, "B", "b", 1},
	/* cut off, broken, and with a boundary that can be none */
	{ENTRIES HEAD TYPE "#\r\n--", "B", "b", 1},
	{ENTRIES HEAD TYPE "#", "B", "b", 1},
	{ENTRIES PART("#") "--Bx" HEAD, "B", "b", 1},
	{ENTRIES PART("#") "--B\r\nno head\r\n\r\n" END, "B", "lbl", 2},
	{ENTRIES END, "\"", "l", 0},
};

START_TEST(settle_cuts_body_into_pieces_that_make_it)
{
	BUF_AUTO struct buf body = {0};
	struct record *record = settled(bodies[_i].body, bodies[_i].boundary, &body);
	const struct har_request *request = &record->entry.request;

	expect_body(record, buf_span(&body));
	ck_assert_uint_eq(request->piece_count, strlen(bodies[_i].pieces));
	ck_assert_uint_eq(request->part_count, bodies[_i].parts);
	for (size_t i = 0; i < request->piece_count; i++)
		ck_assert(!record_part(record, i) == (bodies[_i].pieces[i] == 'l'));
	record_unref(record);
}
END_TEST

START_TEST(settle_says_what_parts_there_are)
{
	BUF_AUTO struct buf body = {0};
	struct record *record = settled(ENTRIES HEAD TYPE "#\r\n" PART("") END, "B", &body);
	const struct har_part *all = record->entry.request.parts;
	const char *photo = memmem(body.bytes, body.n, "\r\n\r\nabcd", 8);

	ck_assert_uint_eq(record->entry.request.part_count, 3);
	ck_assert(span_is(all[0].name, "entries"));
	ck_assert(!all[0].has_file_name && !all[0].content_type.n);
	ck_assert(span_equal((struct span){body.bytes + all[0].offset, 2}, SPAN_LITERAL("{}")));
	ck_assert_uint_eq(all[0].length, 2);
	ck_assert(
		span_is(all[0].sha256, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"));
	ck_assert(span_is(all[1].name, "image"));
	ck_assert(all[1].has_file_name && span_is(all[1].file_name, "a"));
	ck_assert(span_is(all[1].content_type, "image/jpeg"));
	ck_assert_ptr_eq(body.bytes + all[1].offset, photo + 4);
	ck_assert_uint_eq(all[1].length, PHOTO);
	ck_assert(span_equal(all[1].sha256, record->entry.request.pieces[1].sha256));
	ck_assert(span_is(all[2].name, "p") && !all[2].length);
	ck_assert(span_is(all[2].sha256, EMPTY_HASH));
	record_unref(record);
}
END_TEST

START_TEST(settle_given_more_parts_than_may_be_keeps_the_body)
{
	BUF_AUTO struct buf text = {0};
	BUF_AUTO struct buf body = {0};
	struct record *record;

	for (int i = 0; i <= HAR_PARTS_MAX; i++)
		buf_add_text(&text, PART("1"));
	buf_add_text(&text, END);
	buf_add(&text, (struct span){"", 1});
	record = settled(text.bytes, "B", &body);
	expect_body(record, buf_span(&body));
	ck_assert_uint_eq(record->entry.request.part_count, HAR_PARTS_MAX);
	record_unref(record);
}
END_TEST

/* What could not be held is not made up. */
START_TEST(settle_of_a_body_that_is_lacking_leaves_what_was_said_of_it)
{
	struct record *record = record_new();

	record->entry.request.lacks_body = "too large";
	record->entry.request.body_length = PHOTO;
	record_settle(record, parts);
	ck_assert_uint_eq(record->entry.request.body_length, PHOTO);
	ck_assert_uint_eq(record->entry.request.piece_count, 0);
	record_unref(record);
}
END_TEST

/* -- what is shared -------------------------------------------------------------------------- */

START_TEST(records_of_one_picture_share_it)
{
	BUF_AUTO struct buf one_body = {0};
	BUF_AUTO struct buf two_body = {0};
	struct record *one = make(ENTRIES HEAD TYPE "#\r\n" END, "B", &one_body);
	struct record *two = make("--CC\r\n\r\n#\r\n--CC--", "CC", &two_body);

	ck_assert_uint_gt(record_bytes(one), PHOTO);
	record_settle(one, parts);
	record_settle(two, parts);
	record_settle(two, parts);
	ck_assert_ptr_eq(record_part(one, 1), record_part(two, 1));
	ck_assert_uint_eq(parts_bytes(parts), PHOTO);
	ck_assert_uint_lt(record_bytes(one), 4096);
	record_unref(one);
	expect_body(two, buf_span(&two_body));
	record_unref(two);
	record_unref(NULL);
}
END_TEST

START_TEST(record_of_anothers_body_has_its_pieces)
{
	BUF_AUTO struct buf body = {0};
	struct record *client = make(ENTRIES HEAD TYPE "#\r\n" END, "B", &body);
	struct record *backend = record_new();
	uint64_t before = record_bytes(backend);

	record_share_body(backend, client);
	record_settle(backend, parts);
	record_unref(client);
	expect_body(backend, buf_span(&body));
	ck_assert_uint_eq(backend->entry.request.part_count, 2);
	ck_assert(backend->is_whole_form);
	ck_assert_uint_eq(record_bytes(backend), before);
	ck_assert_uint_eq(parts_bytes(parts), PHOTO);
	record_unref(backend);
}
END_TEST

START_TEST(bytes_count_the_answer_and_the_fields)
{
	struct record *record = record_new();
	uint64_t before = record_bytes(record);
	struct har_field field = {SPAN_LITERAL("name"), SPAN_LITERAL("value")};

	record->entry.request.fields = &field;
	record->entry.request.field_count = 1;
	chain_append_copy(&record->answer, SPAN_LITERAL("12345"));
	record_settle(record, parts);
	ck_assert_uint_eq(record_bytes(record), before + sizeof field + 9 + 5);
	ck_assert_uint_eq(chain_length(&record->answer), 5);
	record_unref(record);
}
END_TEST

/* Whoever settles it has the lock, for as long as a large body takes to be hashed. */
START_TEST(bytes_are_told_again_while_another_settles)
{
	BUF_AUTO struct buf body = {0};
	struct record *record = make("#", "", &body);
	uint64_t bytes = record_bytes(record);

	pthread_mutex_lock(&record->lock);
	ck_assert_uint_eq(record_bytes(record), bytes);
	pthread_mutex_unlock(&record->lock);
	record_unref(record);
}
END_TEST

static void *settle_and_leave(void *ctx)
{
	struct record *record = ctx;

	record_settle(record, parts);
	ck_assert_uint_eq(record->entry.request.piece_count, 3);
	record_unref(record);
	return NULL;
}

START_TEST(threads_that_settle_one_do_it_once)
{
	BUF_AUTO struct buf body = {0};
	struct record *record = make(ENTRIES HEAD TYPE "#\r\n" END, "B", &body);
	pthread_t threads[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, settle_and_leave, record_ref(record)), 0);
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	expect_body(record, buf_span(&body));
	record_unref(record);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("record");
	TCase *pieces = suite_case(suite, "pieces", set_up, tear_down);
	TCase *sharing = suite_case(suite, "sharing", set_up, tear_down);

	tcase_add_loop_test(pieces, settle_cuts_body_into_pieces_that_make_it, 0, COUNT_OF(bodies));
	tcase_add_test(pieces, settle_says_what_parts_there_are);
	tcase_add_test(pieces, settle_given_more_parts_than_may_be_keeps_the_body);
	tcase_add_test(pieces, settle_of_a_body_that_is_lacking_leaves_what_was_said_of_it);
	tcase_add_test(sharing, records_of_one_picture_share_it);
	tcase_add_test(sharing, record_of_anothers_body_has_its_pieces);
	tcase_add_test(sharing, bytes_count_the_answer_and_the_fields);
	tcase_add_test(sharing, bytes_are_told_again_while_another_settles);
	tcase_add_test(sharing, threads_that_settle_one_do_it_once);
	return suite;
}
