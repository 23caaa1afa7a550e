#include "mlmock/recording.h"

#include <stdlib.h>

#include "base/mem.h"
#include "io/capture_question.h"
#include "wire/har_form.h"

enum { STATUS_FINAL = 200 }; /* what is less comes before an answer */

/* One answer to a question. */
struct answer {
	char key[DIGEST_HEX]; /* of the question */
	size_t at;            /* in the capture */
	size_t given;         /* of a question's first answer: how many of them were */
	int status;           /* 0: none came */
	enum har_fault fault; /* then what was seen instead */
	struct span fields;
	struct span body;
};

struct recording {
	struct answer *answers; /* sorted by key, then as they were recorded */
	size_t count;
	size_t capacity;
	struct arena arena; /* has what they point to */
	enum har_side side; /* whose entries it takes */
	size_t bytes;       /* of all there is */
	size_t max_bytes;
};

/* -- reading --------------------------------------------------------------------------------- */

/* Captures may be anybody's: no value ends its line. */
static bool is_line(struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] < ' ' && value.p[i] != '\t')
			return false;
	return true;
}

/* Those that say how the body is read. */
static void write_fields(const struct har_answer *answer, struct buf *out)
{
	static const char *const names[] = {"content-type", "content-encoding"};

	for (size_t i = 0; i < answer->field_count; i++)
		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			if (span_equal_nocase(answer->fields[i].name, span_of(names[k])) &&
				is_line(answer->fields[i].value)) {
				buf_add_text(out, names[k]);
				buf_add_text(out, ": ");
				buf_add(out, answer->fields[i].value);
				buf_add_text(out, "\r\n");
			}
}

/* What cannot be asked again, or has no answer by HTTP, is nothing to imitate. */
static bool is_wanted(const struct recording *recording, const struct har_entry *entry)
{
	const struct har_answer *answer = &entry->answer;

	if (entry->side != recording->side || entry->request.lacks_body)
		return false;
	return answer->status >= STATUS_FINAL ? !answer->lacks_body : entry->fault != HAR_FAULT_NONE;
}

static struct answer *add(struct recording *recording)
{
	if (recording->count == recording->capacity) {
		recording->capacity = recording->capacity ? 2 * recording->capacity : 64;
		recording->answers =
			mem_resize(recording->answers, recording->capacity, sizeof *recording->answers);
	}
	recording->answers[recording->count] = (struct answer){.at = recording->count};
	return &recording->answers[recording->count++];
}

/* Before it is read. */
static int make_room(struct recording *recording, uint64_t bytes, struct err *err)
{
	if (bytes > recording->max_bytes - recording->bytes)
		return err_set(err, ERR_TOO_LARGE, "the capture's answers are more than %zu bytes",
			recording->max_bytes);
	recording->bytes += (size_t)bytes;
	return 0;
}

static int read_answer(struct recording *recording, const struct capture_reader *reader,
	const struct har_entry *entry, struct answer *answer, struct err *err)
{
	BUF_AUTO struct buf fields = {0};
	BUF_AUTO struct buf body = {0};

	answer->status = entry->answer.status;
	write_fields(&entry->answer, &fields);
	if (make_room(recording, fields.n, err) < 0 ||
		make_room(recording, entry->answer.body_length, err) < 0 ||
		capture_read_answer(reader, entry, recording->max_bytes, &body, err) < 0)
		return -1;
	answer->fields = arena_dup(&recording->arena, buf_span(&fields));
	answer->body = arena_dup(&recording->arena, buf_span(&body));
	return 0;
}

static int take(struct recording *recording, const struct capture_reader *reader,
	struct har_entry *entry, struct arena *arena, struct err *err)
{
	struct answer *answer;
	struct span entries;

	if (make_room(recording, sizeof *answer, err) < 0 ||
		capture_question_entries(reader, entry, arena, &entries, err) < 0)
		return -1;
	answer = add(recording);
	capture_question_hash(&entry->request, arena);
	capture_question_key(&entry->request, entries, answer->key);
	answer->fault = entry->fault;
	if (entry->answer.status < STATUS_FINAL)
		return 0;
	return read_answer(recording, reader, entry, answer, err);
}

/* 1; 0 at the end; -1. */
static int read_next(struct recording *recording, struct capture_reader *reader, struct err *err)
{
	struct har_entry entry;
	struct arena arena;
	int result;

	arena_init(&arena);
	result = capture_reader_next(reader, &arena, &entry, err);
	if (result == 1 && is_wanted(recording, &entry) &&
		take(recording, reader, &entry, &arena, err) < 0)
		result = -1;
	arena_deinit(&arena);
	return result;
}

static int compare(const void *a, const void *b)
{
	const struct answer *left = a;
	const struct answer *right = b;
	int order = memcmp(left->key, right->key, sizeof left->key);

	return order ? order : (left->at > right->at) - (left->at < right->at);
}

/* What it answers with is all there is. */
static int fail_cut(const struct capture_place *cut, struct err *err)
{
	return err_set(err, ERR_INVALID, "%.150s:%llu: byte %llu: the last line is not whole",
		cut->file, (unsigned long long)cut->line, (unsigned long long)cut->byte);
}

static int read_all(struct recording *recording, struct capture_reader *reader, struct err *err)
{
	int result;

	do
		result = read_next(recording, reader, err);
	while (result == 1);
	if (result == 0 && capture_reader_cut(reader))
		result = fail_cut(capture_reader_cut(reader), err);
	if (recording->count)
		qsort(recording->answers, recording->count, sizeof *recording->answers, compare);
	return result;
}

int recording_open(const char *path, enum har_side side, size_t max_bytes,
	struct recording **ret_recording, struct err *err)
{
	struct recording *recording;
	struct capture_reader *reader;
	int result;

	if (capture_reader_open(path, &reader, err) < 0)
		return -1;
	recording = mem_new(1, sizeof *recording);
	recording->side = side;
	recording->max_bytes = max_bytes;
	arena_init(&recording->arena);
	result = read_all(recording, reader, err);
	capture_reader_close(reader);
	if (result < 0)
		recording_free(recording);
	else
		*ret_recording = recording;
	return result;
}

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	arena_deinit(&recording->arena);
	mem_free(recording->answers);
	mem_free(recording);
}

/* -- answering ------------------------------------------------------------------------------- */

static void ask(
	struct span content_type, struct span body, struct arena *arena, char ret_key[DIGEST_HEX])
{
	struct har_piece whole = {.literal = body, .length = body.n};
	struct har_entry entry = {.request = {.method = SPAN_LITERAL("POST"),
								  .url = SPAN_LITERAL("/predict"),
								  .body_length = body.n,
								  .pieces = &whole,
								  .piece_count = 1}};
	struct span entries;
	struct err err;

	har_form_read(content_type, body, arena, &entry.request);
	if (capture_question_entries(NULL, &entry, arena, &entries, &err) < 0)
		entries = SPAN_EMPTY;
	capture_question_hash(&entry.request, arena);
	capture_question_key(&entry.request, entries, ret_key);
}

/* Where its answers begin; `count` when there are none. */
static size_t find(const struct recording *recording, const char *key)
{
	size_t begin = 0;
	size_t end = recording->count;

	while (begin < end) {
		size_t middle = begin + (end - begin) / 2;

		if (memcmp(recording->answers[middle].key, key, DIGEST_HEX) < 0)
			begin = middle + 1;
		else
			end = middle;
	}
	return begin;
}

static bool is_answer_to(const struct recording *recording, size_t i, const char *key)
{
	return i < recording->count && memcmp(recording->answers[i].key, key, DIGEST_HEX) == 0;
}

/* The next of those that begin there. */
static const struct answer *choose(struct recording *recording, size_t first)
{
	struct answer *answers = recording->answers;
	size_t i = first + answers[first].given;

	if (is_answer_to(recording, i + 1, answers[first].key))
		answers[first].given++;
	return &answers[i];
}

static enum reply_end end_of(const struct answer *answer)
{
	if (answer->status)
		return REPLY_SENT;
	return answer->fault == HAR_FAULT_STALLED || answer->fault == HAR_FAULT_LEFT ? REPLY_NEVER
																				 : REPLY_CUT;
}

void recording_answer(struct recording *recording, struct span content_type, struct span body,
	struct arena *arena, struct reply *reply)
{
	const struct answer *answer;
	char key[DIGEST_HEX];
	size_t first;

	ask(content_type, body, arena, key);
	first = find(recording, key);
	if (!is_answer_to(recording, first, key)) {
		reply_detail(reply, 404, "This question is not in the capture");
		return;
	}
	answer = choose(recording, first);
	reply_text(reply, answer->status, NULL, "");
	reply->end = end_of(answer);
	buf_add(&reply->fields, answer->fields);
	buf_add(&reply->body, answer->body);
}
