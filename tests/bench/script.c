#include "bench/script.h"

enum { VECTOR_LENGTH = 512 };

#define BOUNDARY "----formdata-undici-043847285935"

struct task {
	const char *name;
	const char *entries;
	bool has_image;
	bool answers_clip;
	bool answers_faces;
};

#define CLIP "\"clip\":{\"visual\":{\"modelName\":\"ViT-B-32__openai\"}}"
#define FACES                                                             \
	"\"facial-recognition\":{\"detection\":{\"modelName\":\"buffalo_l\"," \
	"\"options\":{\"minScore\":0.7}},\"recognition\":{\"modelName\":\"buffalo_l\"}}"

static const struct task tasks[SCRIPT_TASKS] = {
	[SCRIPT_TEXT] = {"text", "{\"clip\":{\"textual\":{\"modelName\":\"ViT-B-32__openai\"}}}", false,
		true, false},
	[SCRIPT_IMAGE] = {"image", "{" CLIP "}", true, true, false},
	[SCRIPT_FACES] = {"faces", "{" FACES "}", true, false, true},
	[SCRIPT_BOTH] = {"both", "{" CLIP "," FACES "}", true, true, true},
};

static const struct span text_payload = SPAN_LITERAL("cat");
static const struct span tail = SPAN_LITERAL("\r\n--" BOUNDARY "--\r\n");

/* Marsaglia's xorshift: nothing that could be guessed, compressed, or found twice. */
static uint64_t next_noise(uint64_t x)
{
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static void write_image(struct buf *image)
{
	uint64_t x = 88172645463325252;

	(void)buf_reserve(image, SCRIPT_IMAGE_MAX);
	for (; image->n < SCRIPT_IMAGE_MAX; image->n += sizeof x) {
		x = next_noise(x);
		memcpy(image->bytes + image->n, &x, sizeof x);
	}
}

/* As the service writes one: an array within a string. */
static void write_vector(struct buf *answer)
{
	uint64_t x = 2463534242;

	buf_add_text(answer, "\"[");
	for (int i = 0; i < VECTOR_LENGTH; i++) {
		x = next_noise(x);
		buf_add_format(answer, "%s%.9f", i ? "," : "", (double)(x >> 11) * 0x1p-53 * 0.2 - 0.1);
	}
	buf_add_text(answer, "]\"");
}

static void write_answer(const struct task *task, struct buf *answer)
{
	buf_add_text(answer, "{");
	if (task->answers_clip) {
		buf_add_text(answer, "\"clip\":");
		write_vector(answer);
	}
	if (task->answers_faces) {
		buf_add_format(answer,
			"%s\"facial-recognition\":[{\"boundingBox\":{\"x1\":690.0,\"y1\":124.5,\"x2\":811.25,"
			"\"y2\":290.0},\"embedding\":",
			task->answers_clip ? "," : "");
		write_vector(answer);
		buf_add_text(answer, ",\"score\":0.70}]");
	}
	buf_add_text(answer, task->has_image ? ",\"imageHeight\":1080,\"imageWidth\":1440}" : "}");
}

static void write_front(const struct task *task, struct buf *front)
{
	const char *payload =
		task->has_image ? "image\"; filename=\"blob\"\r\nContent-Type: application/octet-stream"
						: "text\"";

	buf_add_format(front,
		"--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"entries\"\r\n\r\n%s\r\n"
		"--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%s\r\n\r\n",
		task->entries, payload);
}

void script_init(struct script *script)
{
	*script = (struct script){0};
	write_image(&script->image);
	for (size_t i = 0; i < SCRIPT_TASKS; i++) {
		write_front(&tasks[i], &script->fronts[i]);
		write_answer(&tasks[i], &script->answers[i]);
	}
}

void script_deinit(struct script *script)
{
	buf_deinit(&script->image);
	for (size_t i = 0; i < SCRIPT_TASKS; i++) {
		buf_deinit(&script->fronts[i]);
		buf_deinit(&script->answers[i]);
	}
}

int script_find_task(struct span name, enum script_task *ret_task, struct err *err)
{
	for (size_t i = 0; i < SCRIPT_TASKS; i++) {
		if (span_is(name, tasks[i].name)) {
			*ret_task = (enum script_task)i;
			return 0;
		}
	}
	return err_set(err, ERR_INVALID, "no such task: %.*s", SPAN_ARG(name));
}

void script_write_request(
	const struct script *script, enum script_task task, size_t image_bytes, struct buf *request)
{
	struct span payload =
		tasks[task].has_image ? span_first(buf_span(&script->image), image_bytes) : text_payload;

	buf_add_format(request,
		"POST /predict HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: keep-alive\r\n"
		"content-type: multipart/form-data; boundary=" BOUNDARY "\r\naccept: */*\r\n"
		"accept-language: *\r\nsec-fetch-mode: cors\r\nuser-agent: node\r\n"
		"accept-encoding: gzip, deflate\r\ncontent-length: %zu\r\n\r\n",
		script->fronts[task].n + payload.n + tail.n);
	buf_add(request, buf_span(&script->fronts[task]));
	buf_add(request, payload);
	buf_add(request, tail);
}

int script_match(const struct script *script, struct span bytes, enum script_task *ret_task)
{
	int found = -1;

	for (size_t i = 0; i < SCRIPT_TASKS; i++) {
		struct span front = buf_span(&script->fronts[i]);

		if (span_starts(bytes, front)) {
			*ret_task = (enum script_task)i;
			return 1;
		}
		if (span_starts(front, bytes))
			found = 0;
	}
	return found;
}

/* Cuts off the front of `bytes` what lies before `end`, where *at is where they begin. */
static struct span cut_before(struct span *bytes, size_t end, size_t *at)
{
	struct span cut = span_first(*bytes, end > *at ? end - *at : 0);

	*bytes = span_skip(*bytes, cut.n);
	*at += cut.n;
	return cut;
}

bool script_is_rest(const struct script *script, enum script_task task, size_t body_bytes,
	size_t at, struct span bytes)
{
	struct span payload = tasks[task].has_image ? buf_span(&script->image) : text_payload;
	size_t front_bytes = script->fronts[task].n;
	size_t tail_at;
	struct span inner;

	if (body_bytes < front_bytes + tail.n || body_bytes > front_bytes + payload.n + tail.n)
		return false;
	if (!tasks[task].has_image && body_bytes != front_bytes + payload.n + tail.n)
		return false;
	tail_at = body_bytes - tail.n;
	payload = span_skip(payload, at - front_bytes);
	inner = cut_before(&bytes, tail_at, &at);
	return span_equal(inner, span_first(payload, inner.n)) &&
		   span_equal(bytes, span_first(span_skip(tail, at - tail_at), bytes.n));
}
