#include "wire/prometheus.h"

#include <assert.h>

enum { NS_DIGITS = 9, NS_PER_S = 1000000000 };

void prometheus_begin(
	struct buf *out, const char *name, enum prometheus_type type, const char *help)
{
	static const char *const words[] = {
		[PROMETHEUS_COUNTER] = "counter",
		[PROMETHEUS_GAUGE] = "gauge",
		[PROMETHEUS_HISTOGRAM] = "histogram",
	};

	buf_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, words[type]);
}

/* Bytes that are UTF-8. */
static void add_escaped(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			buf_add_text(out, "\\n");
		else if (text.p[i] == '"' || text.p[i] == '\\')
			buf_add_format(out, "\\%c", text.p[i]);
		else
			buf_add(out, (struct span){text.p + i, 1});
	}
}

/* The format is UTF-8: other bytes become U+FFFD. */
static void add_value(struct buf *out, struct span text)
{
	while (text.n) {
		size_t valid = span_utf8_length(text);

		add_escaped(out, span_first(text, valid));
		text = span_skip(text, valid);
		if (text.n) {
			buf_add_text(out, "\xef\xbf\xbd");
			text = span_skip(text, 1);
		}
	}
}

static size_t count_labels(const struct prometheus_labels *labels)
{
	size_t count = 0;

	while (labels && count < PROMETHEUS_LABELS_MAX && labels->list[count].name)
		count++;
	return count;
}

/* What stands before a sample's value. */
static void add_series(struct buf *out, const char *name, const struct prometheus_labels *labels)
{
	size_t count = count_labels(labels);

	buf_add_text(out, name);
	for (size_t i = 0; i < count; i++) {
		buf_add_format(out, "%s%s=\"", i ? "," : "{", labels->list[i].name);
		add_value(out, labels->list[i].value);
		buf_add_text(out, "\"");
	}
	buf_add_text(out, count ? "} " : " ");
}

/* Exact, without the zeros at the end. */
static void add_seconds(struct buf *out, uint64_t ns)
{
	uint64_t rest = ns % NS_PER_S;
	int digits = NS_DIGITS;

	buf_add_format(out, "%llu", (unsigned long long)(ns / NS_PER_S));
	if (!rest)
		return;
	for (; rest % 10 == 0; digits--)
		rest /= 10;
	buf_add_format(out, ".%0*llu", digits, (unsigned long long)rest);
}

void prometheus_sample(
	struct buf *out, const char *name, const struct prometheus_labels *labels, uint64_t value)
{
	add_series(out, name, labels);
	buf_add_format(out, "%llu\n", (unsigned long long)value);
}

void prometheus_sample_ns(
	struct buf *out, const char *name, const struct prometheus_labels *labels, uint64_t ns)
{
	add_series(out, name, labels);
	add_seconds(out, ns);
	buf_add_text(out, "\n");
}

/* Each step's number with those of all below it, as the format wants it. */
static void add_buckets(struct buf *out, const char *name, const struct prometheus_labels *labels,
	const struct histogram *histogram)
{
	struct prometheus_labels with_le = labels ? *labels : (struct prometheus_labels){0};
	struct prometheus_label *le = &with_le.list[count_labels(labels)];
	uint64_t count = 0;

	assert(count_labels(labels) < PROMETHEUS_LABELS_MAX);
	le->name = "le";
	for (size_t i = 0; i < histogram->bounds->count; i++) {
		BUF_AUTO struct buf bound = {0};

		add_seconds(&bound, (uint64_t)histogram->bounds->ns[i]);
		le->value = buf_span(&bound);
		count += histogram->counts[i];
		prometheus_sample(out, name, &with_le, count);
	}
	le->value = SPAN_LITERAL("+Inf");
	prometheus_sample(out, name, &with_le, histogram_count(histogram));
}

void prometheus_sample_histogram(struct buf *out, const char *name,
	const struct prometheus_labels *labels, const struct histogram *histogram)
{
	BUF_AUTO struct buf full = {0};

	buf_add_format(&full, "%s_bucket", name);
	add_buckets(out, full.bytes, labels, histogram);
	buf_reset(&full);
	buf_add_format(&full, "%s_sum", name);
	prometheus_sample_ns(out, full.bytes, labels, histogram->sum_ns);
	buf_reset(&full);
	buf_add_format(&full, "%s_count", name);
	prometheus_sample(out, full.bytes, labels, histogram_count(histogram));
}
