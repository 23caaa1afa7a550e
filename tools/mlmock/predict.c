/* In the service's order, which shows in what it says when several things are wrong:
 *
 *     form → entries, text are strings → entries → image or text → run
 *             (its framework)            (its own code from here on)
 *
 * A step that fails has written the answer and returns -1.
 */
#include "mlmock/predict.h"

#include <stdio.h>

#include "mlmock/asked.h"
#include "mlmock/complaint.h"
#include "mlmock/results.h"
#include "wire/json.h"

enum { DETAIL_BYTES = 256 }; /* of texts made of the service's own names */

static int crash(struct reply *reply)
{
	reply_crash(reply);
	return -1;
}

/* A form's field that is there and empty counts as missing; a file never does. */
static bool is_given(const struct form_field *field)
{
	return field->is_there && (field->is_file || field->content.n);
}

static int complain(const struct buf *list, struct reply *reply)
{
	reply_text(reply, 422, REPLY_JSON, "{\"detail\":[");
	buf_add(&reply->body, buf_span(list));
	buf_add_text(&reply->body, "]}");
	return -1;
}

/* The service judges entries that are a string before it looks at the text. */
static int read_entries(
	const struct form *form, struct arena *arena, struct asked *ret_asked, struct reply *reply)
{
	const struct form_field *entries = &form->fields[FORM_ENTRIES];
	const struct form_field *text = &form->fields[FORM_TEXT];
	BUF_AUTO struct buf list = {0};

	if (!is_given(entries))
		complaint_add_missing(&list, "entries");
	else if (entries->is_file)
		complaint_add_no_string(&list, "entries", entries, arena);
	else
		switch (asked_read(form_text(entries->content, arena), arena, ret_asked)) {
		case ASKED_GOOD: break;
		case ASKED_INVALID: reply_detail(reply, 422, "Invalid request format."); return -1;
		case ASKED_CRASH: return crash(reply);
		}
	if (text->is_file)
		complaint_add_no_string(&list, "text", text, arena);
	return list.n ? complain(&list, reply) : 0;
}

static void look_at_payload(struct predict_seen *seen)
{
	const struct form_field *image = &seen->form.fields[FORM_IMAGE];
	const struct form_field *text = &seen->form.fields[FORM_TEXT];
	const struct form_field *payload = is_given(image) ? image : text;

	seen->has_payload = is_given(payload);
	if (seen->has_payload)
		seen->payload = digest_of(&payload->content, 1);
}

int predict_look(struct span content_type, struct span body, struct arena *arena,
	struct predict_seen *ret_seen, struct err *err)
{
	*ret_seen = (struct predict_seen){0};
	if (form_read(content_type, body, arena, &ret_seen->form, err) < 0)
		return -1;
	look_at_payload(ret_seen);
	return 0;
}

static int read_payload(const struct predict_setup *setup, const struct predict_seen *seen,
	struct results_payload *ret_payload, struct reply *reply)
{
	const struct form_field *image = &seen->form.fields[FORM_IMAGE];
	struct err err;
	int status;

	if (!seen->has_payload) {
		reply_detail(reply, 400, "Either image or text must be provided");
		return -1;
	}
	*ret_payload = (struct results_payload){.digest = seen->payload};
	if (!is_given(image))
		return 0;
	if (!image->is_file) /* by now a text, and no picture any more */
		return crash(reply);
	status = (setup->decodes ? picture_decode : picture_measure)(
		image->content, &ret_payload->picture, &err);
	if (status < 0)
		return crash(reply);
	ret_payload->is_image = true;
	return 0;
}

/* -- running --------------------------------------------------------------------------------- */

static const struct asked_run *find_run(
	const struct asked *asked, enum asked_task task, enum asked_type type)
{
	for (size_t i = 0; i < asked->count; i++)
		if (asked->runs[i].task == task && asked->runs[i].type == type)
			return &asked->runs[i];
	return NULL;
}

static int load(const struct predict_setup *setup, const struct asked_run *run, struct reply *reply)
{
	for (size_t i = 0; i < setup->unavailable_count; i++)
		if (span_is(setup->unavailable[i], run->model->name)) {
			char detail[DETAIL_BYTES];

			(void)snprintf(detail, sizeof detail, "Failed to load model '%s'", run->model->name);
			reply_detail(reply, 500, detail);
			return -1;
		}
	return 0;
}

static void complain_of_dependence(enum asked_task task, struct reply *reply)
{
	const char *text = asked_task_text(task);
	char detail[DETAIL_BYTES];

	(void)snprintf(detail, sizeof detail,
		"Task %s of type recognition depends on output of "
		"(<ModelType.DETECTION: 'detection'>, <ModelTask.%s: '%s'>)",
		text, task == ASKED_OCR ? "OCR" : "FACIAL_RECOGNITION", text);
	reply_detail(reply, 400, detail);
}

/* What the service does before a model runs. */
static int start(const struct predict_setup *setup, const struct asked *asked,
	const struct asked_run *run, struct reply *reply)
{
	if (run->options.n && json_type_of(run->options) != JSON_OBJECT)
		return crash(reply);
	if (run->type == ASKED_RECOGNITION && !find_run(asked, run->task, ASKED_DETECTION)) {
		complain_of_dependence(run->task, reply);
		return -1;
	}
	return load(setup, run, reply);
}

/* First what depends on nothing, then what depends on that. */
static int start_all(const struct predict_setup *setup, const struct asked *asked,
	const struct results_payload *payload, struct reply *reply)
{
	for (int is_dependent = 0; is_dependent < 2; is_dependent++)
		for (size_t i = 0; i < asked->count; i++) {
			const struct asked_run *run = &asked->runs[i];

			if ((run->type == ASKED_RECOGNITION) != is_dependent)
				continue;
			if (start(setup, asked, run, reply) < 0)
				return -1;
			if ((run->type != ASKED_TEXTUAL) != payload->is_image)
				return crash(reply);
		}
	return 0;
}

/* Adds what a task found. */
static bool add_result(struct buf *out, const struct asked *asked, const struct asked_run *run,
	const struct results_payload *payload)
{
	const struct asked_run *recognition = find_run(asked, run->task, ASKED_RECOGNITION);

	switch (run->task) {
	case ASKED_CLIP: results_add_vector(out, payload, run); return true;
	case ASKED_FACES: return results_add_faces(out, payload, run, recognition);
	case ASKED_OCR: return results_add_lines(out, payload, run, recognition);
	}
	__builtin_unreachable();
}

static void run_all(
	const struct asked *asked, const struct results_payload *payload, struct reply *reply)
{
	struct buf *out = &reply->body;

	reply_text(reply, 200, REPLY_JSON, "{");
	for (size_t i = 0; i < asked->count; i++) {
		const struct asked_run *run = &asked->runs[i];

		if (run->type == ASKED_RECOGNITION) /* goes with its detection */
			continue;
		buf_add_format(out, "%s\"%s\":", out->n > 1 ? "," : "", asked_task_text(run->task));
		if (!add_result(out, asked, run, payload)) {
			reply_crash(reply);
			return;
		}
	}
	if (payload->is_image)
		buf_add_format(out, "%s\"imageHeight\":%u,\"imageWidth\":%u", out->n > 1 ? "," : "",
			payload->picture.height, payload->picture.width);
	buf_add_text(out, "}");
}

void predict(const struct predict_setup *setup, struct span content_type, struct span body,
	struct arena *arena, struct predict_seen *ret_seen, struct reply *reply)
{
	struct results_payload payload;
	struct asked asked;
	struct err err;

	if (predict_look(content_type, body, arena, ret_seen, &err) < 0) {
		reply_detail(reply, 400, err.text);
		return;
	}
	if (read_entries(&ret_seen->form, arena, &asked, reply) < 0 ||
		read_payload(setup, ret_seen, &payload, reply) < 0 ||
		start_all(setup, &asked, &payload, reply) < 0)
		return;
	run_all(&asked, &payload, reply);
}
