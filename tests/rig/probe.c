#include "rig/probe.h"

#include <check.h>
#include <dirent.h>

#include "base/mem.h"
#include "rig/fixture.h"
#include "wire/content.h"

/* What is there of it: the answer to a HEAD announces one and has none. */
static void read_body(struct probe_message *message, struct span in)
{
	struct content content;
	struct span data;
	struct err err;

	content_init(&content, &message->http1.head);
	do {
		ck_assert_int_eq(content_next(&content, &in, &data, &err), 0);
		buf_add(&message->body, data);
	} while (data.n);
	content_deinit(&content);
}

bool probe_head_field(const struct http1_head *head, struct span name, struct span *ret_value)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (span_equal_nocase(head->fields[i].name, name)) {
			*ret_value = head->fields[i].value;
			return true;
		}
	return false;
}

void probe_message_read(
	struct probe_message *message, enum http1_kind kind, struct span bytes, const char *name)
{
	static const struct http1_limits limits = {131072, 256};
	struct err err = {0};
	int status;

	http1_init(&message->http1, kind, &limits);
	message->body = (struct buf){0};
	status = http1_feed(&message->http1, &bytes, &err);
	if (status == 1 && message->http1.head.status == 100) {
		http1_reset(&message->http1);
		status = http1_feed(&message->http1, &bytes, &err);
	}
	ck_assert_msg(status == 1, "%s: %s", name, err.text);
	read_body(message, bytes);
}

void probe_message_deinit(struct probe_message *message)
{
	http1_deinit(&message->http1);
	buf_deinit(&message->body);
}

struct span probe_message_field(const struct probe_message *message, const char *name)
{
	struct span value = SPAN_EMPTY;

	(void)probe_head_field(&message->http1.head, span_of(name), &value);
	return value;
}

/* The body with the numbers of each vector replaced by how many there are. */
static void mask_vectors(struct span body, struct buf *out)
{
	while (body.n) {
		const char *begin = memmem(body.p, body.n, "\"[", 2);
		const char *end = begin ? memmem(begin, body.n - (size_t)(begin - body.p), "]\"", 2) : NULL;
		size_t count = 1;

		if (!end) {
			buf_add(out, body);
			return;
		}
		for (const char *p = begin; p < end; p++)
			count += *p == ',';
		buf_add(out, span_between(body.p, begin));
		buf_add_format(out, "\"%zu numbers\"", count);
		body = span_skip(body, (size_t)(end + 2 - body.p));
	}
}

static void expect_same_fields(
	const char *name, const struct probe_message *wanted, const struct probe_message *got)
{
	static const char *const fields[] = {"content-type", "allow", "location"};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct span wanted_value = probe_message_field(wanted, fields[i]);
		struct span value = probe_message_field(got, fields[i]);

		ck_assert_msg(span_equal(value, wanted_value), "%s: %s is %.*s, not %.*s", name, fields[i],
			SPAN_ARG(value), SPAN_ARG(wanted_value));
	}
}

static void expect_same_body(
	const char *name, const struct probe_message *wanted, const struct probe_message *got)
{
	BUF_AUTO struct buf wanted_body = {0};
	BUF_AUTO struct buf body = {0};

	mask_vectors(buf_span(&wanted->body), &wanted_body);
	mask_vectors(buf_span(&got->body), &body);
	ck_assert_msg(span_equal(buf_span(&body), buf_span(&wanted_body)), "%s:\n%.*s\nnot\n%.*s", name,
		SPAN_ARG(buf_span(&body)), SPAN_ARG(buf_span(&wanted_body)));
}

static void expect(const struct probe *probe, struct span answer, bool compares_good_bodies)
{
	struct probe_message wanted;
	struct probe_message got;
	bool has_body = !span_starts(buf_span(&probe->request), SPAN_LITERAL("HEAD "));

	probe_message_read(&wanted, HTTP1_RESPONSE, buf_span(&probe->response), probe->name);
	probe_message_read(&got, HTTP1_RESPONSE, answer, probe->name);
	ck_assert_msg(got.http1.head.status == wanted.http1.head.status, "%s: status %d, not %d",
		probe->name, got.http1.head.status, wanted.http1.head.status);
	ck_assert_msg(span_equal(got.http1.head.reason, wanted.http1.head.reason), "%s: %.*s",
		probe->name, SPAN_ARG(got.http1.head.reason));
	expect_same_fields(probe->name, &wanted, &got);
	if (has_body && (compares_good_bodies || wanted.http1.head.status != 200))
		expect_same_body(probe->name, &wanted, &got);
	probe_message_deinit(&got);
	probe_message_deinit(&wanted);
}

void probe_expect_same(const struct probe *probe, struct span answer)
{
	expect(probe, answer, true);
}

void probe_expect_like(const struct probe *probe, struct span answer)
{
	expect(probe, answer, false);
}

bool probe_is_one_of(const struct probe *probe, const char *const *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(probe->name, numbers[i], 3) == 0)
			return true;
	return false;
}

static void ask_one(const char *folder, struct span name, void (*ask)(const struct probe *probe))
{
	MEM_AUTO char *text = span_dup(name);
	struct probe probe = {.name = text};
	BUF_AUTO struct buf path = {0};

	buf_add_format(&path, "%s/%s.request", folder, text);
	fixture_read(path.bytes, &probe.request);
	buf_reset(&path);
	buf_add_format(&path, "%s/%s.response", folder, text);
	fixture_read(path.bytes, &probe.response);
	ask(&probe);
	buf_deinit(&probe.request);
	buf_deinit(&probe.response);
}

static int is_request(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".request") == 0;
}

void probe_each(const char *folder, size_t count, void (*ask)(const struct probe *probe))
{
	BUF_AUTO struct buf path = {0};
	struct dirent **entries;

	buf_add_format(&path, FIXTURES "/%s", folder);
	ck_assert_int_eq(scandir(path.bytes, &entries, is_request, alphasort), (int)count);
	for (size_t i = 0; i < count; i++) {
		struct span file = span_of(entries[i]->d_name);

		ask_one(folder, span_first(file, file.n - strlen(".request")), ask);
		mem_free(entries[i]);
	}
	mem_free((void *)entries);
}
