/* What is left of records by rules, as bodies and as pieces. */
#include "io/record_redact.h"

#include "base/mem.h"
#include "rig/fixture.h"
#include "rig/suite.h"

#define COUNT_OF(array) (int)(sizeof(array) / sizeof *(array))

static const char key[RECORD_REDACT_KEY_BYTES] = "a key";
static struct parts *parts;
static struct record *record;
static struct record_draft draft;
static struct buf body; /* of the draft's request */

static void set_up(void)
{
	struct err err;

	ck_assert_int_eq(digest_load(&err), 0);
	parts = parts_new();
	record = record_new();
}

static void tear_down(void)
{
	record_draft_deinit(&draft);
	record_unref(record);
	buf_deinit(&body);
	ck_assert_uint_eq(parts_bytes(parts), 0);
	parts_free(parts);
}

/* The draft's body by its pieces; checks what is said of them. */
static void read_body(void)
{
	const struct har_request *request = &draft.entry.request;

	buf_reset(&body);
	for (size_t i = 0; i < request->piece_count; i++) {
		const struct har_piece *piece = &request->pieces[i];
		const struct part *part = draft.parts[i];
		size_t before = body.n;

		buf_add(&body, piece->literal);
		for (size_t k = 0; part && k < part->slice_count; k++)
			buf_add(&body, part->slices[k].bytes);
		ck_assert_uint_eq(piece->length, body.n - before);
		ck_assert(!part == !piece->sha256.n);
		ck_assert(!part || span_is(piece->sha256, part->sha256));
	}
	ck_assert_uint_eq(request->body_length, body.n);
	ck_assert_uint_le(request->piece_count, HAR_PIECES_MAX);
}

/* What the rules leave of the record's body and answer. */
static void redact(const struct redact_rule *rules, size_t count)
{
	struct capture_config config = {
		.redact = (struct redact_rule *)(uintptr_t)rules, .redact_count = count};

	record->entry.request.body_length = chain_length(&record->request);
	record->entry.answer.body_length = chain_length(&record->answer);
	record_settle(record, parts);
	record_draft_init(&draft, record, parts);
	record_redact(&draft, &config, key);
	if (!draft.entry.request.lacks_body)
		read_body();
}

static void expect_part(size_t i, struct span content)
{
	const struct har_part *part = &draft.entry.request.parts[i];

	ck_assert_uint_eq(part->length, content.n);
	ck_assert(span_equal((struct span){body.bytes + part->offset, part->length}, content));
}

/* A file's name that is told of a part is the one that is in the body. */
static void expect_names(void)
{
	for (size_t i = 0; i < draft.entry.request.part_count; i++) {
		struct span name = draft.entry.request.parts[i].file_name;

		ck_assert(!name.n || memmem(body.bytes, body.n, name.p, name.n));
	}
}

/* -- bodies ---------------------------------------------------------------------------------- */

#define PART(name)       "--B\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define HEAD(name, more) "--B\r\nContent-Disposition: form-data; name=\"" name more "\r\n\r\n"
#define END              "\r\n--B--\r\n"
#define TEXT             "\r\n" PART("text") "beach" END
#define FORM             PART("entries") "{\"clip\":{\"a\":\"secret\"}}" TEXT
#define KEYED_NOTHING    "b42577ed528db0b7204b16233ef76b3166529951b36fb5b083df4ad85f4ae58b"
#define RULE(kind, name) {REDACT_##kind, SPAN_LITERAL(name)}

static const struct row {
	const char *before;
	struct redact_rule rules[2];
	const char *after; /* NULL: as before */
	bool is_unplayable;
} rows[] = {
	{FORM, {RULE(HEADER, "x-a")}, NULL, false},
	{FORM, {RULE(ENTRIES, "ocr.a")}, NULL, false},
	{FORM, {RULE(ENTRIES, "clip.a")}, PART("entries") "{\"clip\":{\"a\":\"" REDACT_MARK "\"}}" TEXT,
		true},
	{FORM, {RULE(ENTRIES, "clip"), RULE(ENTRIES, "ocr")}, PART("entries") "{\"clip\":{}}" TEXT,
		true},
	{PART("entries") "no JSON" END, {RULE(ENTRIES, "clip")}, PART("entries") END, true},
	{PART("image") "no picture\r\n" PART("a") "b" END, {RULE(IMAGE_EXIF, "exif")},
		PART("image") "\r\n" PART("a") "b" END, true},
	{PART("image") "no picture" END, {RULE(IMAGE_SYNTHETIC, "synthetic")}, PART("image") END, true},
	{HEAD("text", "\"; filename=\"beach.txt\"\r\nX-Text: beach") END, {RULE(TEXT, "hash")},
		HEAD("text", "\"; filename=\"" REDACT_MARK "\"") KEYED_NOTHING END, true},
	{HEAD("image", "\"; filename=\"blob\"\r\nContent-Type: a/b") END, {RULE(IMAGE_EXIF, "exif")},
		HEAD("image", "\"; filename=\"blob\"\r\nContent-Type: a/b") END, true},
	{"my beach\r\n" PART("entries") "no JSON" END, {RULE(ENTRIES, "clip")}, PART("entries") END,
		true},
	{HEAD("a", "\"; filename=\"mine\"") "b" TEXT, {RULE(ENTRIES, "clip")}, NULL, false},
	{PART("image2") "no picture" END, {RULE(IMAGE_SYNTHETIC, "synthetic")}, NULL, false},
	{"no form", {RULE(HEADER, "x-a")}, NULL, false},
};

static size_t count_rules(const struct row *row)
{
	return row->rules[1].name.n ? 2 : 1;
}

START_TEST(redact_leaves_this_of_a_body)
{
	const struct row *row = &rows[_i];

	record->boundary = SPAN_LITERAL("B");
	chain_append_copy(&record->request, span_of(row->before));
	redact(row->rules, count_rules(row));
	ck_assert_msg(span_is(buf_span(&body), row->after ? row->after : row->before), "%.*s",
		SPAN_ARG(buf_span(&body)));
	expect_names();
	ck_assert_int_eq(draft.entry.is_unplayable, row->is_unplayable);
	ck_assert(span_is(record->entry.request.pieces[0].literal, row->before)); /* as it was */
}
END_TEST

START_TEST(redact_given_text_writes_its_keyed_hash)
{
	static const struct redact_rule rule = RULE(TEXT, "hash");
	char hash[DIGEST_HEX];

	digest_keyed((struct span){key, sizeof key}, SPAN_LITERAL("beach"), hash);
	record->boundary = SPAN_LITERAL("B");
	chain_append_copy(&record->request, SPAN_LITERAL(FORM));
	redact(&rule, 1);
	ck_assert(draft.entry.is_unplayable);
	expect_part(0, SPAN_LITERAL("{\"clip\":{\"a\":\"secret\"}}"));
	expect_part(1, (struct span){hash, sizeof hash});
	ck_assert_uint_eq(draft.entry.request.parts[1].sha256.n, DIGEST_HEX);
	ck_assert_ptr_null(memmem(body.bytes, body.n, "beach", 5));
}
END_TEST

/* Of what is not a whole form nobody knows where in it something is. */
static const struct {
	const char *body;
	const char *boundary;
} unreadable[] = {
	{"no form", ""},
	{"no form", "B"},
	{PART("entries") "{}\r\n" PART("image") "half of a pict", "B"},
	{PART("entries") "{}\r\n--B\r\nbroken\r\n\r\n" END, "B"},
};

START_TEST(redact_given_what_cannot_be_read_leaves_it_out)
{
	static const struct redact_rule rule = RULE(IMAGE_EXIF, "exif");

	record->boundary = span_of(unreadable[_i].boundary);
	chain_append_copy(&record->request, span_of(unreadable[_i].body));
	redact(&rule, 1);
	ck_assert_ptr_nonnull(draft.entry.request.lacks_body);
	ck_assert(draft.entry.is_unplayable);
	ck_assert_uint_eq(draft.entry.request.piece_count, 0);
	ck_assert_uint_eq(draft.entry.request.part_count, 0);
}
END_TEST

/* -- pictures -------------------------------------------------------------------------------- */

static void append_form(struct span picture)
{
	record->boundary = SPAN_LITERAL("B");
	chain_append_copy(&record->request, SPAN_LITERAL(PART("entries") "{}\r\n" PART("image")));
	chain_append_copy(&record->request, picture);
	chain_append_copy(&record->request, SPAN_LITERAL("\r\n" PART("last") "1" END));
}

static void check_picture(enum redact_kind kind, bool (*wanted)(struct span, struct buf *))
{
	const struct redact_rule rule = {kind, SPAN_LITERAL("it")};
	BUF_AUTO struct buf picture = {0};
	BUF_AUTO struct buf after = {0};

	fixture_read("pictures/rotated-exif.jpg", &picture);
	ck_assert_uint_gt(picture.n, RECORD_LITERAL_MAX);
	ck_assert(wanted(buf_span(&picture), &after));
	append_form(buf_span(&picture));
	redact(&rule, 1);
	expect_part(0, SPAN_LITERAL("{}"));
	expect_part(1, buf_span(&after));
	expect_part(2, SPAN_LITERAL("1"));
	ck_assert(
		!span_equal(draft.entry.request.parts[1].sha256, record->entry.request.parts[1].sha256));
	ck_assert_int_eq(draft.entry.is_unplayable, kind == REDACT_IMAGE_SYNTHETIC);
}

START_TEST(redact_given_exif_keeps_the_picture)
{
	check_picture(REDACT_IMAGE_EXIF, redact_exif);
}
END_TEST

START_TEST(redact_given_synthetic_puts_another_picture_there)
{
	check_picture(REDACT_IMAGE_SYNTHETIC, redact_picture);
}
END_TEST

/* Small parts that lie in a blob together, since all of them are too much for a literal. */
START_TEST(redact_given_small_parts_in_a_blob_changes_them)
{
	static const struct redact_rule rule = RULE(TEXT, "hash");
	BUF_AUTO struct buf long_text = {0};

	for (int i = 0; i < 2000; i++)
		buf_add_text(&long_text, "x");
	record->boundary = SPAN_LITERAL("B");
	for (int i = 0; i < 3; i++) {
		chain_append_copy(
			&record->request, i ? SPAN_LITERAL("\r\n" PART("a")) : SPAN_LITERAL(PART("a")));
		chain_append_copy(&record->request, buf_span(&long_text));
	}
	chain_append_copy(&record->request, SPAN_LITERAL("\r\n" PART("text") "beach" END));
	redact(&rule, 1);
	ck_assert_ptr_nonnull(record_part(record, 0));
	for (size_t i = 0; i < 3; i++)
		expect_part(i, buf_span(&long_text));
	ck_assert_uint_eq(draft.entry.request.parts[3].length, DIGEST_HEX);
	ck_assert_ptr_null(memmem(body.bytes, body.n, "beach", 5));
	ck_assert(span_starts(span_skip(buf_span(&body), body.n - strlen(END)), SPAN_LITERAL(END)));
}
END_TEST

/* Nothing of the record is lost where many parts are changed. */
START_TEST(redact_given_as_many_texts_as_may_be_changes_each)
{
	static const struct redact_rule rule = RULE(TEXT, "hash");

	record->boundary = SPAN_LITERAL("B");
	for (int i = 0; i < HAR_PARTS_MAX; i++)
		chain_append_copy(&record->request,
			i ? SPAN_LITERAL("\r\n" PART("text") "1") : SPAN_LITERAL(PART("text") "1"));
	chain_append_copy(&record->request, SPAN_LITERAL(END));
	redact(&rule, 1);
	ck_assert_uint_eq(draft.entry.request.part_count, HAR_PARTS_MAX);
	for (size_t i = 0; i < HAR_PARTS_MAX; i++)
		ck_assert_uint_eq(draft.entry.request.parts[i].length, DIGEST_HEX);
}
END_TEST

/* -- fields ---------------------------------------------------------------------------------- */

START_TEST(redact_hides_fields_and_tells_the_length_there_is)
{
	static const struct redact_rule rules[] = {RULE(HEADER, "User-Agent"), RULE(TEXT, "hash")};
	struct har_field fields[] = {
		{SPAN_LITERAL("user-agent"), SPAN_LITERAL("me")},
		{SPAN_LITERAL("Content-Length"), SPAN_LITERAL("1")},
		{SPAN_LITERAL("accept"), SPAN_LITERAL("*/*")},
	};

	record->entry.request.fields = record->entry.answer.fields = fields;
	record->entry.request.field_count = record->entry.answer.field_count = 3;
	record->boundary = SPAN_LITERAL("B");
	chain_append_copy(&record->request, SPAN_LITERAL(PART("text") "beach" END));
	redact(rules, 2);
	ck_assert(span_is(draft.entry.request.fields[0].value, REDACT_MARK));
	ck_assert(span_is(draft.entry.request.fields[2].value, "*/*"));
	ck_assert(span_is(draft.entry.answer.fields[0].value, REDACT_MARK));
	ck_assert(span_is(draft.entry.answer.fields[1].value, "1"));
	ck_assert(span_is(fields[0].value, "me"));
	ck_assert_uint_eq(body.n, strlen(PART("text") END) + DIGEST_HEX);
	ck_assert(!span_is(draft.entry.request.fields[1].value, "1"));
}
END_TEST

/* -- answers --------------------------------------------------------------------------------- */

static const struct {
	const char *answer;
	const char *coding;
	const char *after; /* NULL: left out */
	bool is_unplayable;
} answers[] = {
	{"", "", "", false},
	{"{\"ocr\":{\"text\":[\"my name\"]}}", "", "{\"ocr\":{\"text\":[]}}", true},
	{"{\"ocr\":{\"text\":[\"my name\"]}}", "identity", "{\"ocr\":{\"text\":[]}}", true},
	{"{\"clip\":1}", "", "{\"clip\":1}", false},
	{"{\"ocr\":{\"text\":[\"my n", "", NULL, true},
	{"\x1f\x8b", "gzip", NULL, true},
};

START_TEST(redact_leaves_this_of_an_answer)
{
	static const struct redact_rule rule = RULE(ANSWER, "ocr.text");
	struct har_field coding = {SPAN_LITERAL("content-encoding"), span_of(answers[_i].coding)};

	record->entry.answer.status = 200;
	record->entry.answer.fields = &coding;
	record->entry.answer.field_count = *answers[_i].coding ? 1 : 0;
	chain_append_copy(&record->answer, span_of(answers[_i].answer));
	redact(&rule, 1);
	ck_assert(!answers[_i].after == (draft.entry.answer.lacks_body != NULL));
	ck_assert(span_is(draft.entry.answer.body, answers[_i].after ? answers[_i].after : ""));
	ck_assert_uint_eq(draft.entry.answer.body_length, draft.entry.answer.body.n);
	ck_assert_int_eq(draft.entry.is_unplayable, answers[_i].is_unplayable);
}
END_TEST

/* An error may repeat what it is about: FastAPI's has the `input`. */
#define SAYS_BEACH "{\"detail\":[{\"type\":\"missing\",\"input\":\"beach\"}]}"

static const struct {
	int status;
	struct redact_rule rule;
	bool is_left_out;
	enum har_fault fault;
} errors[] = {
	{422, RULE(TEXT, "hash"), true, HAR_FAULT_NONE},
	{422, RULE(ENTRIES, "clip"), true, HAR_FAULT_NONE},
	{422, RULE(HEADER, "user-agent"), true, HAR_FAULT_NONE},
	{422, RULE(IMAGE_EXIF, "exif"), true, HAR_FAULT_NONE},
	{422, RULE(IMAGE_SYNTHETIC, "synthetic"), true, HAR_FAULT_NONE},
	{422, RULE(ANSWER, "clip"), false, HAR_FAULT_NONE},
	{0, RULE(TEXT, "hash"), true,
		HAR_FAULT_NONE}, /* of which nobody knows what it would have been */
	{307, RULE(TEXT, "hash"), true, HAR_FAULT_NONE},
	{500, RULE(TEXT, "hash"), true, HAR_FAULT_NONE},
	{299, RULE(TEXT, "hash"), false, HAR_FAULT_NONE},
	{200, RULE(TEXT, "hash"), false, HAR_FAULT_LEFT},
	{200, RULE(TEXT, "hash"), true, HAR_FAULT_INVALID}, /* a page that says what is wrong */
	{200, RULE(ANSWER, "clip"), false, HAR_FAULT_INVALID},
};

START_TEST(redact_leaves_out_what_an_error_may_repeat)
{
	bool is_left_out = errors[_i].is_left_out;
	const struct har_answer *answer = &draft.entry.answer;
	struct har_field fields[] = {
		{SPAN_LITERAL("location"), SPAN_LITERAL("/predict/?text=beach")},
		{SPAN_LITERAL("Content-Type"), SPAN_LITERAL("application/json")},
		{SPAN_LITERAL("content-length"), SPAN_LITERAL("60")},
	};

	record->entry.answer.status = errors[_i].status;
	record->entry.fault = errors[_i].fault;
	record->entry.answer.reason = SPAN_LITERAL("No beach");
	record->entry.answer.fields = fields;
	record->entry.answer.field_count = 3;
	record->entry.error = SPAN_LITERAL("entries: beach/b is no object");
	chain_append_copy(&record->answer, SPAN_LITERAL(SAYS_BEACH));
	redact(&errors[_i].rule, 1);
	ck_assert_int_eq(answer->lacks_body != NULL, is_left_out);
	ck_assert_int_eq(draft.entry.is_unplayable, is_left_out);
	ck_assert_uint_eq(answer->body.n, is_left_out ? 0 : strlen(SAYS_BEACH));
	ck_assert_uint_eq(answer->body_length, answer->body.n);
	ck_assert_int_eq(!span_is(answer->reason, "No beach"), is_left_out);
	ck_assert_int_eq(span_is(answer->fields[0].value, REDACT_MARK), is_left_out);
	ck_assert(span_is(answer->fields[1].value, "application/json"));
	ck_assert(span_is(answer->fields[2].value, is_left_out ? "0" : "60"));
	ck_assert_int_eq(span_is(draft.entry.error, REDACT_MARK), is_left_out && answer->status);
}
END_TEST

/* One without a body is what it was. */
START_TEST(redact_given_an_empty_error_leaves_nothing_out)
{
	static const struct redact_rule rule = RULE(TEXT, "hash");

	record->entry.answer.status = 503;
	redact(&rule, 1);
	ck_assert_ptr_null(draft.entry.answer.lacks_body);
	ck_assert(!draft.entry.is_unplayable);
	ck_assert_int_eq(draft.entry.answer.status, 503);
	ck_assert(span_is(draft.entry.answer.reason, "Service Unavailable"));
}
END_TEST

/* What is in the query is nothing that the service reads, and anybody's. */
static const struct {
	struct redact_rule rule;
	const char *url;
	const char *after;
} urls[] = {
	{RULE(TEXT, "hash"), "http://ml/*/predict?text=beach", "http://ml/*/predict?" REDACT_MARK},
	{RULE(TEXT, "hash"), "http://ml/predict", "http://ml/predict"},
	{RULE(ANSWER, "clip"), "http://ml/predict?a=1", "http://ml/predict?a=1"},
	{RULE(HEADER, "Host"), "http://ml:3003/predict", "http://" REDACT_MARK "/predict"},
	{RULE(HEADER, "Host"), "http://ml?a", "http://" REDACT_MARK "?" REDACT_MARK},
};

START_TEST(redact_leaves_this_of_a_url)
{
	record->entry.request.url = span_of(urls[_i].url);
	redact(&urls[_i].rule, 1);
	ck_assert_msg(span_is(draft.entry.request.url, urls[_i].after), "%.*s",
		SPAN_ARG(draft.entry.request.url));
	ck_assert(span_is(record->entry.request.url, urls[_i].url));
}
END_TEST

/* They stand in members of their own besides. */
START_TEST(redact_hides_what_is_made_of_fields)
{
	static const struct redact_rule rules[] = {
		RULE(HEADER, "x-request-id"), RULE(HEADER, "content-type")};

	record->entry.id = SPAN_LITERAL("beach");
	record->entry.answer.status = 200;
	record->entry.answer.mime_type = SPAN_LITERAL("text/x-beach");
	redact(rules, 2);
	ck_assert_uint_eq(draft.entry.id.n, 0);
	ck_assert_uint_eq(draft.entry.answer.mime_type.n, 0);
}
END_TEST

START_TEST(keys_are_not_alike)
{
	char one[RECORD_REDACT_KEY_BYTES];
	char two[RECORD_REDACT_KEY_BYTES];

	record_redact_draw_key(one);
	record_redact_draw_key(two);
	ck_assert_mem_ne(one, two, sizeof one);
	record_draft_init(&draft, record, parts);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("record_redact");
	TCase *bodies = suite_case(suite, "bodies", set_up, tear_down);
	TCase *others = suite_case(suite, "others", set_up, tear_down);

	tcase_add_loop_test(bodies, redact_leaves_this_of_a_body, 0, COUNT_OF(rows));
	tcase_add_test(bodies, redact_given_text_writes_its_keyed_hash);
	tcase_add_loop_test(
		bodies, redact_given_what_cannot_be_read_leaves_it_out, 0, COUNT_OF(unreadable));
	tcase_add_test(bodies, redact_given_exif_keeps_the_picture);
	tcase_add_test(bodies, redact_given_synthetic_puts_another_picture_there);
	tcase_add_test(bodies, redact_given_small_parts_in_a_blob_changes_them);
	tcase_add_test(bodies, redact_given_as_many_texts_as_may_be_changes_each);
	tcase_add_test(others, redact_hides_fields_and_tells_the_length_there_is);
	tcase_add_loop_test(others, redact_leaves_this_of_an_answer, 0, COUNT_OF(answers));
	tcase_add_loop_test(others, redact_leaves_out_what_an_error_may_repeat, 0, COUNT_OF(errors));
	tcase_add_test(others, redact_given_an_empty_error_leaves_nothing_out);
	tcase_add_loop_test(others, redact_leaves_this_of_a_url, 0, COUNT_OF(urls));
	tcase_add_test(others, redact_hides_what_is_made_of_fields);
	tcase_add_test(others, keys_are_not_alike);
	return suite;
}
