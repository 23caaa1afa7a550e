/* What decides is, of the parts that are complete:
 *
 *     entries          → its tasks, each by its route, which may have to wait for the payload's
 *                        name; the tasks of one pool are a group
 *     modelType        → the route of that task, where the body ends without entries
 *     neither          → refused as the service does
 *
 * What is the backend's to refuse, so that there is nothing to judge, goes whole to the default
 * pool. */
#include "domain/intake.h"

#include "wire/mediatype.h"

enum field { FIELD_ENTRIES, FIELD_MODEL_TYPE, FIELD_MODEL_NAME, FIELD_NONE };

static const struct span field_names[] = {
	[FIELD_ENTRIES] = SPAN_LITERAL("entries"),
	[FIELD_MODEL_TYPE] = SPAN_LITERAL("modelType"),
	[FIELD_MODEL_NAME] = SPAN_LITERAL("modelName"),
};

/* -- plans ----------------------------------------------------------------------------------- */

static void plan_whole(struct intake *intake, struct route route)
{
	plan_make_whole(&intake->plan, route, intake->arena);
}

static void plan_default(struct intake *intake)
{
	plan_whole(intake, route_default(intake->config));
}

static int plan(struct intake *intake, struct err *err)
{
	plan_make(&intake->plan, intake->config, &intake->entries, intake->payload, intake->arena);
	return intake->plan.group_count > 1 && intake->multipart.has_preamble ? multipart_broken(err)
																		  : 0;
}

/* With the entries known, now or once the payload is. */
static int plan_judged(struct intake *intake, struct err *err)
{
	intake->is_waiting = intake->payload == ROUTE_PAYLOAD_UNKNOWN &&
						 plan_needs_payload(intake->config, &intake->entries);
	return intake->is_waiting ? 0 : plan(intake, err);
}

static int judge(struct intake *intake, struct err *err)
{
	struct span text = intake->fields[FIELD_ENTRIES];

	intake->entries_end = intake->multipart.position;
	if (!text.n)
		return 0; /* as if it were missing, says the service */
	if (entries_parse(text, intake->arena, &intake->entries, err) < 0)
		return -1;
	intake->is_judged = true;
	return plan_judged(intake, err);
}

/* No more parts will come. */
static int decide(struct intake *intake, struct err *err)
{
	static const char missing[] = "[{\"type\":\"missing\",\"loc\":[\"body\",\"entries\"],"
								  "\"msg\":\"Field required\",\"input\":null}]";
	struct span model_type = intake->fields[FIELD_MODEL_TYPE];

	if (intake->plan.group_count)
		return 0;
	if (intake->is_waiting)
		return plan(intake, err);
	if (model_type.n && !intake->has_entries) {
		plan_whole(intake, route_type(intake->config, model_type, SPAN_EMPTY,
							   intake->fields[FIELD_MODEL_NAME], intake->payload));
		return 0;
	}
	if (intake->multipart.has_preamble)
		return multipart_broken(err);
	if (intake->has_nameless) {
		plan_default(intake);
		return 0;
	}
	intake->detail_json = missing;
	return err_set(err, ERR_INVALID, "no entries: Field required");
}

/* -- parts ----------------------------------------------------------------------------------- */

static int begin_entries(struct intake *intake, struct err *err)
{
	if (intake->has_entries)
		return err_set(err, ERR_SYNTAX, "more than one entries part");
	intake->has_entries = true;
	if (intake->multipart.part.has_file_name) {
		plan_default(intake);
		return 0;
	}
	intake->collecting = FIELD_ENTRIES;
	intake->entries_begin = intake->multipart.position;
	return 0;
}

/* Where a request has both, the service takes the image. */
static int begin_payload(struct intake *intake, enum route_payload payload, struct err *err)
{
	if (intake->payload != ROUTE_PAYLOAD_IMAGE)
		intake->payload = payload;
	return intake->is_waiting ? plan_judged(intake, err) : 0;
}

static int begin_part(struct intake *intake, struct err *err)
{
	const struct multipart_part *part = &intake->multipart.part;

	intake->has_nameless |= !part->has_name;
	if (span_is(part->name, "image"))
		return begin_payload(intake, ROUTE_PAYLOAD_IMAGE, err);
	if (span_is(part->name, "text"))
		return begin_payload(intake, ROUTE_PAYLOAD_TEXT, err);
	if (span_equal(part->name, field_names[FIELD_ENTRIES]))
		return begin_entries(intake, err);
	if (part->has_file_name || intake->has_entries)
		return 0;
	if (span_equal(part->name, field_names[FIELD_MODEL_TYPE]))
		intake->collecting = FIELD_MODEL_TYPE;
	else if (span_equal(part->name, field_names[FIELD_MODEL_NAME]))
		intake->collecting = FIELD_MODEL_NAME;
	return 0;
}

/* A field mostly comes in one piece, which is then the only copy. */
static void collect(struct intake *intake, struct span data)
{
	if (!intake->field.n) {
		intake->field = arena_dup(intake->arena, data);
		return;
	}
	if (!intake->torn.n)
		buf_add(&intake->torn, intake->field);
	buf_add(&intake->torn, data);
	intake->field = buf_span(&intake->torn);
}

static int add_data(struct intake *intake, struct err *err)
{
	struct span data = intake->multipart.data;

	if (intake->collecting == FIELD_NONE)
		return 0;
	if (data.n > intake->config->limits.entries_bytes - intake->field.n)
		return err_set(err, ERR_TOO_LARGE, "%s is over %llu bytes (limits.entries)",
			field_names[intake->collecting].p,
			(unsigned long long)intake->config->limits.entries_bytes);
	collect(intake, data);
	return 0;
}

static int end_part(struct intake *intake, struct err *err)
{
	int field = intake->collecting;

	if (field == FIELD_NONE)
		return 0;
	intake->collecting = FIELD_NONE;
	intake->fields[field] =
		intake->torn.n ? arena_dup(intake->arena, intake->field) : intake->field;
	intake->field = SPAN_EMPTY;
	buf_reset(&intake->torn);
	return field == FIELD_ENTRIES ? judge(intake, err) : 0;
}

static int read_event(struct intake *intake, enum multipart_event event, struct err *err)
{
	switch (event) {
	case MULTIPART_PART: return begin_part(intake, err);
	case MULTIPART_DATA: return add_data(intake, err);
	case MULTIPART_PART_END: return end_part(intake, err);
	case MULTIPART_END: return decide(intake, err);
	case MULTIPART_MORE: break;
	}
	return 0;
}

/* -- the body -------------------------------------------------------------------------------- */

/* The service decodes fields by it; any other could make other entries out of the same bytes. */
static bool is_utf8(const struct mediatype_wanted *charset)
{
	return charset->found == MEDIATYPE_NONE ||
		   (charset->found == MEDIATYPE_ONE &&
			   span_equal_nocase(charset->value, SPAN_LITERAL("utf-8")));
}

int intake_init(struct intake *intake, const struct config *config, struct span content_type,
	struct arena *arena, struct err *err)
{
	struct multipart_limits limits = {
		.parts = config->limits.parts, .part_head_bytes = config->limits.part_head_bytes};
	struct mediatype_wanted wanted[] = {
		{.name = SPAN_LITERAL("boundary")}, {.name = SPAN_LITERAL("charset")}};
	struct mediatype_params params;
	struct span value = mediatype_value(content_type, &params);

	*intake = (struct intake){.config = config, .arena = arena, .collecting = FIELD_NONE};
	mediatype_find(params, wanted, sizeof wanted / sizeof *wanted);
	if (!span_equal_nocase(value, SPAN_LITERAL("multipart/form-data")) || !is_utf8(&wanted[1])) {
		plan_default(intake);
		return 0;
	}
	intake->is_multipart = true;
	switch (wanted[0].found) {
	case MEDIATYPE_NONE: return err_set(err, ERR_SYNTAX, "Missing boundary in multipart.");
	case MEDIATYPE_DOUBTFUL: return multipart_broken(err);
	case MEDIATYPE_ONE: break;
	}
	return multipart_init(&intake->multipart, wanted[0].value, &limits, err);
}

void intake_deinit(struct intake *intake)
{
	multipart_deinit(&intake->multipart);
	buf_deinit(&intake->torn);
}

static enum intake_status status_of(const struct intake *intake)
{
	return intake->plan.group_count ? INTAKE_PLANNED : INTAKE_MORE;
}

/* Each body goes through it, byte by byte, so that all that it calls is in one piece: `flatten`,
 * for what others call, too, a compiler would leave where it is. That is a twentieth of what a
 * short request costs. */
__attribute__((flatten)) int intake_feed(struct intake *intake, struct span bytes, struct err *err)
{
	int event = MULTIPART_MORE;

	while (intake->is_multipart &&
		   (event = multipart_next(&intake->multipart, &bytes, err)) != MULTIPART_MORE)
		if (event < 0 || read_event(intake, event, err) < 0)
			return -1;
	return status_of(intake);
}

bool intake_is_settled(const struct intake *intake)
{
	return intake->plan.group_count &&
		   (!intake->is_multipart || intake->payload != ROUTE_PAYLOAD_UNKNOWN);
}

int intake_end(struct intake *intake, struct err *err)
{
	return decide(intake, err) < 0 ? -1 : (int)status_of(intake);
}
