/* An entry is refused with a reason, or read within its limits; what is written of it is an entry
 * again, has its checksum, is read, and is written the same. With its body in it, or in a file
 * beside it, it has the same body. */
#include "wire/har.h"

#include "base/buf.h"
#include "fuzz.h"
#include "wire/json.h"

static bool is_object(struct span text)
{
	enum json_type type;
	struct err err;

	return json_check_whole(text, &type, &err) == 0 && type == JSON_OBJECT;
}

static bool is_hash_or_none(struct span sha256)
{
	for (size_t i = 0; i < sha256.n; i++)
		must((sha256.p[i] >= '0' && sha256.p[i] <= '9') ||
			 (sha256.p[i] >= 'a' && sha256.p[i] <= 'f'));
	return !sha256.n || sha256.n == HAR_SHA256_DIGITS;
}

static void check_pieces(const struct har_request *request)
{
	uint64_t length = 0;

	must(request->piece_count <= HAR_PIECES_MAX);
	for (size_t i = 0; i < request->piece_count; i++) {
		const struct har_piece *piece = &request->pieces[i];

		must(is_hash_or_none(piece->sha256));
		must(piece->sha256.n ? !piece->literal.n : piece->length == piece->literal.n);
		length += piece->length;
	}
	must(request->lacks_body || length == request->body_length);
}

static void check_limits(const struct har_entry *entry)
{
	const struct har_request *request = &entry->request;
	const struct har_answer *answer = &entry->answer;

	check_pieces(request);
	must(request->method.n && request->url.n && is_hash_or_none(request->sha256));
	must(request->field_count <= HAR_FIELDS_MAX && request->part_count <= HAR_PARTS_MAX);
	for (size_t i = 0; i < request->part_count; i++) {
		const struct har_part *part = &request->parts[i];

		must(is_hash_or_none(part->sha256));
		must(part->offset <= request->body_length &&
			 part->length <= request->body_length - part->offset);
	}
	must(answer->field_count <= HAR_FIELDS_MAX && answer->body.n <= HAR_ANSWER_MAX);
	must(is_hash_or_none(answer->sha256) && !(answer->sha256.n && answer->body.n));
	must(answer->sha256.n || answer->lacks_body || answer->body.n == answer->body_length);
	must(answer->status >= 0 && answer->status <= 999);
	must(entry->side < HAR_SIDES && entry->fault < HAR_FAULTS);
}

static void check_again(const struct har_entry *entry, struct arena *arena)
{
	BUF_AUTO struct buf first = {0};
	BUF_AUTO struct buf second = {0};
	struct har_entry again;
	struct err err;

	har_write(entry, &first);
	must(is_object(buf_span(&first)) && !memchr(first.bytes, '\n', first.n));
	must(har_read(buf_span(&first), arena, &again, &err) == 0);
	check_limits(&again);
	har_write(&again, &second);
	must(span_equal(buf_span(&first), buf_span(&second)));
	first.bytes[first.n - 5] ^= 1; /* a digit of the checksum */
	must(har_read(buf_span(&first), arena, &again, &err) < 0);
}

/* False where some of it is in blobs, or missing. */
static bool list_body(const struct har_request *request, struct buf *out)
{
	for (size_t i = 0; i < request->piece_count; i++) {
		if (request->pieces[i].sha256.n)
			return false;
		buf_add(out, request->pieces[i].literal);
	}
	return !request->lacks_body;
}

static void check_embedded(const struct har_entry *entry, struct arena *arena)
{
	BUF_AUTO struct buf body = {0};
	BUF_AUTO struct buf embedded = {0};
	BUF_AUTO struct buf found = {0};
	struct har_entry again;
	struct err err;

	if (!list_body(&entry->request, &body))
		return;
	har_write_embedded(entry, buf_span(&body), &embedded);
	must(is_object(buf_span(&embedded)));
	must(har_read(buf_span(&embedded), arena, &again, &err) == 0);
	must(list_body(&again.request, &found));
	must(span_equal(buf_span(&found), buf_span(&body)));
}

/* Of two files that are beside an entry. */
static int read_beside(void *ctx, struct span name, uint64_t max, struct buf *out, struct err *err)
{
	const struct span *files = ctx;

	(void)err;
	must(name.n == 1 && (*name.p == '0' || *name.p == '1'));
	if (files[*name.p - '0'].n > max)
		return 2;
	buf_add(out, files[*name.p - '0']);
	return 1;
}

static struct span name_of(struct span file, const char *name)
{
	return file.n ? span_of(name) : SPAN_EMPTY;
}

static void check_beside(const struct har_entry *entry, struct arena *arena)
{
	BUF_AUTO struct buf body = {0};
	BUF_AUTO struct buf line = {0};
	BUF_AUTO struct buf found = {0};
	struct span files[2] = {SPAN_EMPTY, entry->answer.body};
	const struct har_import import = {read_beside, files, false};
	struct har_entry again;
	struct err err;

	if (!list_body(&entry->request, &body))
		return;
	files[0] = buf_span(&body);
	har_write_beside(entry, name_of(files[0], "0"), name_of(files[1], "1"), &line);
	must(har_read_import(buf_span(&line), &import, arena, &again, &err) == 0);
	must(list_body(&again.request, &found));
	must(span_equal(buf_span(&found), buf_span(&body)));
	must(span_equal(again.answer.body, entry->answer.body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = {(const char *)data, size};
	struct har_entry entry;
	struct arena arena;
	struct err err = {0};

	if (!is_object(line))
		return 0;
	arena_init(&arena);
	if (har_read(line, &arena, &entry, &err) < 0) {
		must(err.kind == ERR_INVALID && err.text[0]);
	} else {
		check_limits(&entry);
		check_again(&entry, &arena);
		entry.seq = 1;
		check_again(&entry, &arena);
		check_embedded(&entry, &arena);
		check_beside(&entry, &arena);
	}
	arena_deinit(&arena);
	return 0;
}
