#include "mlreplay/snapshot.h"

#include "base/mem.h"

static const struct har_part *find_part(const struct har_request *request)
{
	for (size_t i = 0; i < request->part_count; i++)
		if (span_is(request->parts[i].name, "image"))
			return &request->parts[i];
	return NULL;
}

static const char *type_of(struct span file)
{
	static const struct {
		struct span begin;
		const char *type;
	} kinds[] = {
		{SPAN_LITERAL("\xFF\xD8\xFF"), "image/jpeg"},
		{SPAN_LITERAL("\x89PNG\r\n"), "image/png"},
		{SPAN_LITERAL("RIFF"), "image/webp"},
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (span_starts(file, kinds[i].begin))
			return kinds[i].type;
	return NULL;
}

/* Reads what the body has from a position on. */
static int read_from(
	struct capture_body *body, uint64_t skip, uint64_t n, struct buf *out, struct err *err)
{
	enum { STEP = 65536 };

	while (skip || n) {
		uint64_t wanted = skip ? skip : n;
		char *into = buf_reserve(out, STEP);
		long got = capture_body_read(body, into, wanted < STEP ? (size_t)wanted : STEP, err);

		if (got <= 0)
			return got < 0 ? -1 : err_set(err, ERR_INVALID, "the body ends before its part");
		if (skip) {
			skip -= (uint64_t)got;
		} else {
			out->n += (size_t)got;
			n -= (uint64_t)got;
		}
	}
	return 0;
}

static int read_part(const struct capture_reader *reader, const struct har_entry *entry,
	const struct har_part *part, struct buf *out, struct err *err)
{
	struct capture_body *body;
	int status;

	if (capture_body_open(reader, entry, &body, err) < 0)
		return -1;
	status = read_from(body, part->offset, part->length, out, err);
	capture_body_close(body);
	return status;
}

bool snapshot_read(const struct capture_reader *reader, const struct har_entry *entry,
	struct snapshot *ret_snapshot, struct err *why)
{
	const struct har_part *part = find_part(&entry->request);
	BUF_AUTO struct buf file = {0};

	*ret_snapshot = (struct snapshot){0};
	*why = (struct err){0};
	if (!reader || !part)
		return false;
	if (part->length > SNAPSHOT_BYTES_MAX) {
		err_fill(why, ERR_TOO_LARGE, "the picture has %llu bytes, more than are shown (%d)",
			(unsigned long long)part->length, SNAPSHOT_BYTES_MAX);
		return false;
	}
	if (read_part(reader, entry, part, &file, why) < 0)
		return false;
	if (!image_strip(buf_span(&file), &ret_snapshot->bytes) ||
		!image_read_size(buf_span(&file), &ret_snapshot->size)) {
		snapshot_deinit(ret_snapshot);
		err_fill(why, ERR_INVALID, "the picture is no JPEG, PNG or WebP, or a broken one");
		return false;
	}
	ret_snapshot->type = type_of(buf_span(&file));
	return true;
}

void snapshot_deinit(struct snapshot *snapshot)
{
	buf_deinit(&snapshot->bytes);
}
