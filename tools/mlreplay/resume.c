#include "mlreplay/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/files.h"
#include "wire/json.h"
#include "wire/json_number.h"

struct resume {
	const char *path;
	int fd;
	struct arena arena; /* has what was read */
	uint64_t *bits;     /* one for each number */
	size_t words;
	void (*found)(void *ctx, const struct resume_item *item);
	void *ctx;
};

static int fail(const struct resume *resume, const char *why, struct err *err)
{
	return err_set(err, ERR_INVALID, "%s: %s", resume->path, why);
}

/* -- which there are ------------------------------------------------------------------------- */

bool resume_has(const struct resume *resume, uint64_t number)
{
	return resume && number / 64 < resume->words && (resume->bits[number / 64] >> number % 64 & 1);
}

static void mark(struct resume *resume, uint64_t number)
{
	size_t words = resume->words;

	if (number / 64 >= words) {
		resume->words = number / 64 + 1 + words;
		resume->bits = mem_resize(resume->bits, resume->words, sizeof *resume->bits);
		memset(resume->bits + words, 0, (resume->words - words) * sizeof *resume->bits);
	}
	resume->bits[number / 64] |= UINT64_C(1) << number % 64;
}

/* -- what is kept of a task ------------------------------------------------------------------ */

#define COUNT(key, member) {key, false, offsetof(struct findings_task, member)}
#define REAL(key, member)  {key, true, offsetof(struct findings_task, member)}

static const struct member {
	const char *key;
	bool is_real; /* a double; else a size_t */
	size_t offset;
} members[] = {
	COUNT("failures", failures),
	COUNT("unexplained", unexplained),
	COUNT("dimensions", dimensions),
	COUNT("vectors", vectors),
	REAL("distanceMax", distance_max),
	REAL("distanceSum", distance_sum),
	REAL("normMax", norm_max),
	COUNT("facesBefore", faces_before),
	COUNT("facesAfter", faces_after),
	COUNT("facesMatched", faces_matched),
	COUNT("textsBefore", texts_before),
	COUNT("textsAfter", texts_after),
	COUNT("textsMatched", texts_matched),
	COUNT("textsChanged", texts_changed),
	COUNT("characters", characters),
	COUNT("edits", edits),
	REAL("scoreMax", score_max),
	REAL("iouMin", iou_min),
	COUNT("landmarks", landmarks),
	REAL("landmarkMax", landmark_max),
	COUNT("duplicateFlips", duplicate_flips),
	COUNT("matchFlips", match_flips),
	COUNT("detectionFlips", detection_flips),
};

enum { MEMBERS = sizeof members / sizeof *members };

_Static_assert(sizeof(struct findings_task) ==
				   offsetof(struct findings_task, failures) + MEMBERS * sizeof(double),
	"all that is measured of a task is kept");

static void write_task(const struct findings_task *task, struct buf *out)
{
	buf_add_text(out, "{\"name\":");
	buf_add_json(out, task->name);
	buf_add_format(out, ",\"level\":%d", (int)task->level);
	for (size_t i = 0; i < MEMBERS; i++) {
		const void *at = (const char *)task + members[i].offset;

		buf_add_format(out, ",\"%s\":", members[i].key);
		if (!members[i].is_real)
			buf_add_number(out, *(const size_t *)at);
		else
			buf_add_format(out, "%.17g", isfinite(*(const double *)at) ? *(const double *)at : 0);
	}
	buf_add_text(out, "}");
}

/* -- reading --------------------------------------------------------------------------------- */

/* The number at the key of an object, from min on; false when there is none. */
static bool find_number(struct span object, const char *key, double min, double *ret_number)
{
	struct span value;

	if (!json_member(object, span_of(key), &value) || json_type_of(value) != JSON_NUMBER)
		return false;
	*ret_number = json_number_value(value);
	return *ret_number >= min && *ret_number <= 0x1p62;
}

static bool find_level(struct span object, enum findings_level *ret_level)
{
	double level;

	if (!find_number(object, "level", 0, &level) || level > FINDINGS_FAIL)
		return false;
	*ret_level = (enum findings_level)level;
	return true;
}

static bool read_task(struct resume *resume, struct span object, struct findings *findings)
{
	struct findings_task *task;
	struct span name;
	double number;

	if (json_type_of(object) != JSON_OBJECT || !json_member(object, SPAN_LITERAL("name"), &name) ||
		json_type_of(name) != JSON_STRING)
		return false;
	name = json_string(name, &resume->arena);
	if (!name.n)
		return false;
	task = findings_task(findings, name);
	for (size_t i = 0; i < MEMBERS; i++) {
		void *at = (char *)task + members[i].offset;

		if (!find_number(object, members[i].key, 0, &number))
			return false;
		if (members[i].is_real)
			*(double *)at = number;
		else
			*(size_t *)at = (size_t)number;
	}
	return find_level(object, &task->level);
}

static bool read_findings(struct resume *resume, struct span line, struct resume_item *item)
{
	struct findings *findings;
	struct json_elements walk;
	struct span tasks;

	if (!json_member(line, SPAN_LITERAL("tasks"), &tasks))
		return true; /* they were not compared */
	if (json_type_of(tasks) != JSON_ARRAY)
		return false;
	findings = arena_new(&resume->arena, 1, sizeof *findings);
	findings_init(findings, &resume->arena);
	walk = json_elements_of(tasks);
	for (struct span task; json_elements_next(&walk, &task);)
		if (!read_task(resume, task, findings))
			return false;
	item->findings = findings;
	return find_level(line, &findings->level);
}

/* clang-format off */
static const char *const outcomes[] = {
	[VERDICT_COMPARED] = "compared",
	[VERDICT_UNSTABLE] = "unstable",
	[VERDICT_ERROR] = "error",
	[VERDICT_BROKEN] = "broken",
	[VERDICT_SKIPPED] = "skipped",
	[VERDICT_UNREACHED] = "unreached",
};
/* clang-format on */

static bool read_outcome(struct span line, enum verdict_outcome *ret_outcome)
{
	struct span word;

	if (!json_member(line, SPAN_LITERAL("outcome"), &word) || json_type_of(word) != JSON_STRING)
		return false;
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
		if (json_string_is(word, span_of(outcomes[i]))) {
			*ret_outcome = (enum verdict_outcome)i;
			return true;
		}
	return false;
}

static bool read_item(struct resume *resume, struct span line)
{
	struct resume_item item = {0};
	enum json_type type;
	struct err ignored;
	double number;
	double latency_ns;
	double baseline_ns;

	if (json_check_whole(line, &type, &ignored) < 0 || type != JSON_OBJECT ||
		!find_number(line, "n", 0, &number) || number > RESUME_NUMBER_MAX ||
		!find_number(line, "latencyNs", -1, &latency_ns) ||
		!find_number(line, "baselineNs", -1, &baseline_ns) || !read_outcome(line, &item.outcome) ||
		!read_findings(resume, line, &item))
		return false;
	item.number = (uint64_t)number;
	item.latency_ns = (int64_t)latency_ns;
	item.baseline_ns = (int64_t)baseline_ns;
	if (resume_has(resume, item.number))
		return false;
	mark(resume, item.number);
	resume->found(resume->ctx, &item);
	return true;
}

/* Reads all lines that have their end, and cuts off what follows them: half a line of ours, for
 * even of the first line the front is looked at. */
static int read_all(struct resume *resume, struct span text, struct span first, struct err *err)
{
	size_t at = 0;

	for (uint64_t number = 1; at < text.n; number++) {
		struct span rest = span_skip(text, at);
		const char *end = memchr(rest.p, '\n', rest.n);
		struct span line = end ? span_between(rest.p, end) : rest;

		if (number == 1 && !(end ? span_equal(line, first) : span_starts(first, line)))
			return fail(resume, "it is of another run: another capture, target or option", err);
		if (!end)
			break;
		if (number > 1 && !read_item(resume, line))
			return err_set(err, ERR_INVALID, "%s:%llu: this is no line of a state", resume->path,
				(unsigned long long)number);
		at += line.n + 1;
	}
	if (at < text.n && ftruncate(resume->fd, (off_t)at) < 0)
		return fail(resume, strerrordesc_np(errno), err);
	return 0;
}

/* -- writing --------------------------------------------------------------------------------- */

static int append(const struct resume *resume, struct span line, struct err *err)
{
	ssize_t n = write(resume->fd, line.p, line.n);

	if (n == (ssize_t)line.n)
		return 0;
	return err_set(err, ERR_INTERNAL, "%s: %s", resume->path,
		n < 0 ? strerrordesc_np(errno) : strerrordesc_np(ENOSPC));
}

int resume_add(struct resume *resume, const struct resume_item *item, struct err *err)
{
	BUF_AUTO struct buf line = {0};

	buf_add_format(&line, "{\"n\":%llu,\"outcome\":\"%s\",\"latencyNs\":%lld,\"baselineNs\":%lld",
		(unsigned long long)item->number, outcomes[item->outcome], (long long)item->latency_ns,
		(long long)item->baseline_ns);
	if (item->findings) {
		buf_add_format(&line, ",\"level\":%d,\"tasks\":[", (int)item->findings->level);
		for (size_t i = 0; i < item->findings->task_count; i++) {
			buf_add_text(&line, i ? "," : "");
			write_task(&item->findings->tasks[i], &line);
		}
		buf_add_text(&line, "]");
	}
	buf_add_text(&line, "}\n");
	if (append(resume, buf_span(&line), err) < 0)
		return -1;
	if (item->number <= RESUME_NUMBER_MAX)
		mark(resume, item->number);
	return 0;
}

/* -- life ------------------------------------------------------------------------------------ */

static int begin(struct resume *resume, struct span run, struct err *err)
{
	BUF_AUTO struct buf first = {0};
	BUF_AUTO struct buf text = {0};

	resume->fd = open(resume->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (resume->fd < 0)
		return fail(resume, strerrordesc_np(errno), err);
	buf_add_text(&first, "{\"mlreplay\":1,\"run\":");
	buf_add_json(&first, run);
	buf_add_text(&first, "}\n");
	if (files_read_regular(resume->path, RESUME_BYTES_MAX, &text, err) < 0)
		return -1;
	if (text.n > RESUME_BYTES_MAX)
		return fail(resume, "it is too large", err);
	if (read_all(resume, buf_span(&text), span_first(buf_span(&first), first.n - 1), err) < 0)
		return -1;
	if (!memchr(text.n ? text.bytes : "", '\n', text.n))
		return append(resume, buf_span(&first), err);
	return 0;
}

int resume_open(const char *path, struct span run,
	void (*found)(void *ctx, const struct resume_item *item), void *ctx, struct resume **ret_resume,
	struct err *err)
{
	struct resume *resume = mem_new(1, sizeof *resume);

	*resume = (struct resume){.path = path, .fd = -1, .found = found, .ctx = ctx};
	arena_init(&resume->arena);
	if (begin(resume, run, err) < 0) {
		resume_close(resume);
		return -1;
	}
	*ret_resume = resume;
	return 0;
}

void resume_close(struct resume *resume)
{
	if (!resume)
		return;
	if (resume->fd >= 0)
		(void)close(resume->fd);
	arena_deinit(&resume->arena);
	mem_free(resume->bits);
	mem_free(resume);
}
