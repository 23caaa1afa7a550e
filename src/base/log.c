#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {
	[LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};

bool log_level_parse(const char *text, enum log_level *ret_level)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(text, names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return true;
		}
	return false;
}

static void add_time(struct buf *line)
{
	struct timespec now;
	struct tm utc;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &utc);
	buf_add_format(line, "time=%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", utc.tm_year + 1900,
		utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000);
}

void log_write(const struct log *log, enum log_level level, const char *format, ...)
{
	BUF_AUTO struct buf line = {0};
	va_list args;

	if (!log_has(log, level))
		return;
	add_time(&line);
	buf_add_format(&line, " level=%s ", names[level]);
	va_start(args, format);
	buf_add_args(&line, format, args);
	va_end(args);
	buf_add_text(&line, "\n");
	if (write(log->fd, line.bytes, line.n) < 0)
		return; /* nowhere to tell it */
}

static bool is_plain(struct span value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return value.n > 0;
}

void log_add(struct buf *line, const char *key, struct span value)
{
	buf_add_format(line, " %s=", key);
	if (is_plain(value))
		buf_add(line, value);
	else
		buf_add_json(line, value);
}
