#include "domain/config_node.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/clock.h"
#include "wire/json.h"

enum {
	DEPTH_MAX = 4,  /* steps from the file to its innermost value */
	FOUND_MAX = 60, /* bytes of a value that a fault shows */
};

struct config_node config_node_member(const struct config_node *object, const char *key)
{
	struct config_node node = {.parent = object, .key = span_of(key)};

	if (!json_member(object->value, node.key, &node.value))
		node.value = SPAN_EMPTY;
	return node;
}

static void add_step(struct buf *path, const struct config_node *node)
{
	if (node->is_element) {
		buf_add_format(path, "[%zu]", node->index);
		return;
	}
	if (path->n)
		buf_add_text(path, ".");
	buf_add(path, node->key.n ? node->key : SPAN_LITERAL("\"\""));
}

static void add_path(struct buf *path, const struct config_node *node)
{
	const struct config_node *steps[DEPTH_MAX];
	size_t n = 0;

	for (; node->parent; node = node->parent) {
		assert(n < DEPTH_MAX);
		steps[n++] = node;
	}
	while (n)
		add_step(path, steps[--n]);
}

/* Copies what fits, cut between two characters. The one control character that JSON allows in a
 * string, DEL, becomes '?'. */
static void set_text(char *text, size_t size, struct span from)
{
	struct span part = span_first(from, size - 1);

	if (part.n < from.n)
		part.n = span_utf8_length(part);
	for (size_t i = 0; i < part.n; i++)
		text[i] = part.p[i] == 0x7f ? '?' : part.p[i];
	text[part.n] = '\0';
}

static void set_path(struct config_fault *fault, const struct config_node *node)
{
	BUF_AUTO struct buf path = {0};

	add_path(&path, node);
	set_text(fault->path, sizeof fault->path,
		node->parent ? buf_span(&path) : SPAN_LITERAL(CONFIG_WHOLE));
}

/* In a URL with a user there may be a password, wherever somebody has put it. */
static bool may_be_secret(const struct config_node *node)
{
	struct span value = node->value;

	return node->is_secret ||
		   (value.n && (memchr(value.p, '@', value.n) || memmem(value.p, value.n, "\\u0040", 6)));
}

static void add_found(struct buf *text, const struct config_node *node)
{
	static const char *const types[] = {
		[JSON_NONE] = "nothing",
		[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "a list",
		[JSON_STRING] = "a string",
		[JSON_NUMBER] = "a number",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null",
	};
	enum json_type type = json_type_of(node->value);
	char found[FOUND_MAX + 1];

	if ((type != JSON_STRING && type != JSON_NUMBER) || may_be_secret(node)) {
		buf_add_text(text, types[type]);
		return;
	}
	set_text(found, sizeof found, node->value);
	buf_add_text(text, found);
	buf_add_text(text, node->value.n > FOUND_MAX ? "..." : "");
}

int config_node_fault(
	const struct config_node *node, struct config_fault *fault, const char *wanted, ...)
{
	BUF_AUTO struct buf text = {0};
	char sentence[sizeof fault->text];
	va_list args;

	va_start(args, wanted);
	(void)vsnprintf(sentence, sizeof sentence, wanted, args);
	va_end(args);
	buf_add_text(&text, "found ");
	add_found(&text, node);
	buf_add_format(&text, ", wanted %s", sentence);
	set_path(fault, node);
	set_text(fault->text, sizeof fault->text, buf_span(&text));
	return -1;
}

static bool is_known(const struct config *config, const struct config_fault *warning)
{
	for (size_t i = 0; i < config->warning_count; i++)
		if (!strcmp(config->warnings[i].path, warning->path) &&
			!strcmp(config->warnings[i].text, warning->text))
			return true;
	return false;
}

void config_node_warn(const struct config_node *node, struct config *config, const char *text)
{
	struct config_fault *warning;

	if (config->warning_count == CONFIG_WARNINGS_MAX)
		return;
	if (!config->warnings)
		config->warnings = arena_new(&config->arena, CONFIG_WARNINGS_MAX, sizeof *warning);
	warning = &config->warnings[config->warning_count];
	set_path(warning, node);
	set_text(warning->text, sizeof warning->text, span_of(text));
	config->warning_count += !is_known(config, warning);
}

/* U+0080 to U+009F count as control characters too: terminals obey them. */
bool config_node_is_name(struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool is_c1 = c == 0xc2 && i + 1 < text.n && (unsigned char)text.p[i + 1] < 0xa0;

		if (c < 0x20 || c == 0x7f || is_c1)
			return false;
	}
	return text.n && span_utf8_length(text) == text.n;
}

int config_node_name(const struct config_node *node, struct arena *arena, struct span *ret_name,
	struct config_fault *fault)
{
	struct span name = SPAN_EMPTY;

	if (json_type_of(node->value) == JSON_STRING)
		name = json_string(node->value, arena);
	if (!config_node_is_name(name))
		return config_node_fault(node, fault, "a name (UTF-8, not empty, no control characters)");
	*ret_name = name;
	return 0;
}

int config_node_path(const struct config_node *node, struct arena *arena, struct span *ret_path,
	struct config_fault *fault)
{
	struct span path = SPAN_EMPTY;

	if (json_type_of(node->value) == JSON_STRING)
		path = json_string(node->value, arena);
	if (!config_node_is_name(path) || path.p[0] != '/' || path.n > CONFIG_PATH_MAX)
		return config_node_fault(
			node, fault, "an absolute path (at most %d bytes of UTF-8)", CONFIG_PATH_MAX);
	*ret_path = path;
	return 0;
}

int config_node_bool(const struct config_node *node, bool *ret, struct config_fault *fault)
{
	enum json_type type = json_type_of(node->value);

	if (type != JSON_TRUE && type != JSON_FALSE)
		return config_node_fault(node, fault, "true or false");
	*ret = type == JSON_TRUE;
	return 0;
}

int config_node_choice(const struct config_node *node, struct config_words words, unsigned *ret,
	struct config_fault *fault)
{
	bool is_text = json_type_of(node->value) == JSON_STRING;
	BUF_AUTO struct buf wanted = {0};

	for (unsigned i = 0; i < words.count; i++) {
		if (is_text && json_string_is(node->value, span_of(words.all[i]))) {
			*ret = i;
			return 0;
		}
		buf_add_format(&wanted, "%s%s", i ? " or " : "", words.all[i]);
	}
	return config_node_fault(node, fault, "%s", wanted.bytes);
}

int config_node_count(const struct config_node *node, uint64_t min, uint64_t max,
	uint64_t *ret_count, struct config_fault *fault)
{
	uint64_t count;

	if (!span_to_number(node->value, max, &count) || count < min)
		return config_node_fault(
			node, fault, "a whole number from %" PRIu64 " to %" PRIu64, min, max);
	*ret_count = count;
	return 0;
}

/* Digits, with or without a fraction, as billionths of it; what is finer is dropped. */
static bool to_billionths(struct span number, int64_t max_ns, int64_t *ret_ns)
{
	struct span fraction = number;
	struct span whole = span_cut(&fraction, '.');
	int64_t unit = CLOCK_S(1);
	uint64_t seconds;
	int64_t ns;

	if (!span_to_number(whole, (uint64_t)(max_ns / unit), &seconds))
		return false;
	ns = CLOCK_S(seconds);
	for (size_t i = 0; i < fraction.n; i++) {
		if (!ascii_is_digit(fraction.p[i]))
			return false;
		unit /= 10;
		ns += unit * (fraction.p[i] - '0');
	}
	*ret_ns = ns;
	return ns <= max_ns;
}

int config_node_seconds(const struct config_node *node, int64_t min_ns, int64_t max_ns,
	int64_t *ret_ns, struct config_fault *fault)
{
	int64_t ns;

	if (!to_billionths(node->value, max_ns, &ns) || ns < min_ns)
		return config_node_fault(node, fault, "a number of seconds from %g to %g",
			(double)min_ns / (double)CLOCK_S(1), (double)max_ns / (double)CLOCK_S(1));
	*ret_ns = ns;
	return 0;
}

int config_node_ms(
	const struct config_node *node, uint64_t max_ms, int64_t *ret_ns, struct config_fault *fault)
{
	uint64_t ms = 0;

	if (config_node_count(node, 0, max_ms, &ms, fault) < 0)
		return -1;
	*ret_ns = CLOCK_MS(ms);
	return 0;
}

int config_node_share(const struct config_node *node, double *ret_share, struct config_fault *fault)
{
	static const int64_t whole = 1000000000;
	int64_t billionths;

	if (!to_billionths(node->value, whole, &billionths))
		return config_node_fault(node, fault, "a number from 0 to 1");
	*ret_share = (double)billionths / (double)whole;
	return 0;
}
