#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "base/utc.h"

enum { USUAL_BYTES = 1024 }; /* of a line */

static const char *const levels[] = {
	[LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};

static const char *const formats[] = {[LOG_LOGFMT] = "logfmt", [LOG_JSON] = "json"};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* The number of the word that it is; `count` when it is none of them. */
static size_t find_word(const char *text, const char *const *words, size_t count)
{
	size_t i = 0;

	while (i < count && strcmp(text, words[i]) != 0)
		i++;
	return i;
}

bool log_level_parse(const char *text, enum log_level *ret_level)
{
	size_t found = find_word(text, levels, COUNT_OF(levels));

	if (found == COUNT_OF(levels))
		return false;
	*ret_level = (enum log_level)found;
	return true;
}

bool log_format_parse(const char *text, enum log_format *ret_format)
{
	size_t found = find_word(text, formats, COUNT_OF(formats));

	if (found == COUNT_OF(formats))
		return false;
	*ret_format = (enum log_format)found;
	return true;
}

/* -- values ---------------------------------------------------------------------------------- */

static bool is_json(const struct log_line *line)
{
	return line->log->format == LOG_JSON;
}

static void add_byte(struct log_line *line, char byte)
{
	*buf_reserve(&line->text, 1) = byte;
	line->text.n++;
}

static void add_key(struct log_line *line, const char *key)
{
	assert(!line->list_begin);
	if (is_json(line)) {
		add_byte(line, line->text.n ? ',' : '{');
		add_byte(line, '"');
		buf_add_text(&line->text, key);
		buf_add(&line->text, SPAN_LITERAL("\":"));
	} else {
		if (line->text.n)
			add_byte(line, ' ');
		buf_add_text(&line->text, key);
		add_byte(line, '=');
	}
}

/* Needs no quotes and no escapes in logfmt. */
static bool is_plain(struct span value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return value.n > 0;
}

void log_text(struct log_line *line, const char *key, struct span value)
{
	add_key(line, key);
	if (!is_json(line) && is_plain(value))
		buf_add(&line->text, value);
	else
		buf_add_json(&line->text, value);
}

void log_number(struct log_line *line, const char *key, uint64_t value)
{
	add_key(line, key);
	buf_add_number(&line->text, value);
}

void log_ms(struct log_line *line, const char *key, int64_t value_ns)
{
	add_key(line, key);
	buf_add_ms(&line->text, value_ns);
}

void log_flag(struct log_line *line, const char *key, bool value)
{
	add_key(line, key);
	if (is_json(line))
		buf_add_text(&line->text, value ? "true" : "false");
	else
		buf_add_text(&line->text, value ? "yes" : "no");
}

/* -- lists ----------------------------------------------------------------------------------- */

void log_list_begin(struct log_line *line, const char *key)
{
	add_key(line, key);
	if (is_json(line))
		add_byte(line, '[');
	line->list_begin = line->text.n;
	line->list_count = 0;
	line->is_quoted = false;
}

/* Its bytes without quotes, which stand around the whole list. */
static void add_item(struct log_line *line, struct span item)
{
	if (is_plain(item) && !memchr(item.p, ',', item.n)) {
		buf_add(&line->text, item);
		return;
	}
	line->is_quoted = true;
	for (struct span rest = item; rest.n;) {
		buf_add_json_text(&line->text, span_cut(&rest, ','));
		if (rest.p)
			buf_add_text(&line->text, "\\u002c");
	}
}

void log_list_add(struct log_line *line, struct span item)
{
	assert(line->list_begin);
	if (line->list_count++)
		add_byte(line, ',');
	if (is_json(line))
		buf_add_json(&line->text, item);
	else
		add_item(line, item);
}

/* It is only known now whether it needs quotes. */
static void quote_list(struct log_line *line)
{
	size_t n = line->text.n - line->list_begin;
	char *list;

	(void)buf_reserve(&line->text, 2);
	list = line->text.bytes + line->list_begin;
	memmove(list + 1, list, n);
	list[0] = '"';
	list[n + 1] = '"';
	line->text.n += 2;
}

void log_list_end(struct log_line *line)
{
	assert(line->list_begin);
	if (is_json(line))
		add_byte(line, ']');
	else if (line->is_quoted || line->text.n == line->list_begin)
		quote_list(line);
	line->list_begin = 0;
}

/* -- the line -------------------------------------------------------------------------------- */

static void add_time(struct log_line *line)
{
	struct timespec now;
	char text[UTC_LENGTH];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	utc_write(now.tv_sec, (unsigned)(now.tv_nsec / 1000000), text);
	log_text(line, "time", (struct span){text, sizeof text});
}

bool log_begin(
	struct log_line *line, const struct log *log, enum log_level level, const char *event)
{
	*line = (struct log_line){.log = log};
	if (!log_has(log, level))
		return false;
	(void)buf_reserve(&line->text, USUAL_BYTES);
	add_time(line);
	log_text(line, "level", span_of(levels[level]));
	log_text(line, "event", span_of(event));
	return true;
}

bool log_begin_limited(
	struct log_line *line, const struct log *log, enum log_level level, const char *event)
{
	uint64_t suppressed = 0;

	*line = (struct log_line){.log = log};
	if (!log_has(log, level))
		return false;
	if (log->limiter && !limiter_take(log->limiter, event, &suppressed))
		return false;
	if (!log_begin(line, log, level, event))
		return false;
	if (suppressed)
		log_number(line, "suppressed", suppressed);
	return true;
}

/* When it cannot be written, there is nowhere to tell it. */
static void write_all(int fd, struct span bytes)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		bytes = span_skip(bytes, (size_t)n);
	}
}

/* A pipe that is nearly full takes a part of a long line, and would then take another thread's. */
void log_end(struct log_line *line)
{
	const struct log *log = line->log;

	assert(!line->list_begin);
	buf_add_text(&line->text, is_json(line) ? "}\n" : "\n");
	if (log->lock)
		(void)pthread_mutex_lock(log->lock);
	write_all(log->fd, buf_span(&line->text));
	if (log->lock)
		(void)pthread_mutex_unlock(log->lock);
}

void log_line_deinit(struct log_line *line)
{
	buf_deinit(&line->text);
}
