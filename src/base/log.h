/* log: lines on a descriptor, each as a whole, so that lines of several threads do not mix. A line
 * is built value by value, so that it is valid in either format whatever bytes a client sent:
 *
 *     LOG_LINE_AUTO struct log_line line;
 *
 *     if (!log_begin(&line, log, LOG_WARN, "failover"))
 *         return;
 *     log_text(&line, "from", name);
 *     log_end(&line);
 *
 *     logfmt: time=2026-11-21T08:05:36.544Z level=warn event=failover from=gpu
 *     JSON:   {"time":"2026-11-21T08:05:36.544Z","level":"warn","event":"failover","from":"gpu"}
 *
 * Keys are ours, and none comes twice in a line. Called by io and above only.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <pthread.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/limiter.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

enum log_format { LOG_LOGFMT, LOG_JSON };

struct log {
	enum log_level level; /* the most talkative one that is written */
	int fd;
	enum log_format format;
	struct limiter *limiter; /* for log_begin_limited(); NULL: all is written */
	pthread_mutex_t *lock;   /* held while a line is written; NULL: there is but one thread */
};

/* One line while it is built. */
struct log_line {
	const struct log *log;
	/* private */
	struct buf text;
	size_t list_begin; /* where the value of an open list begins */
	size_t list_count;
	bool is_quoted; /* an item of the open list is not plain */
};

/* Reads "error", "warn", "info" or "debug"; false, with nothing set, for anything else. */
bool log_level_parse(const char *text, enum log_level *ret_level)
	__attribute__((warn_unused_result));

/* Reads "logfmt" or "json"; false, with nothing set, for anything else. */
bool log_format_parse(const char *text, enum log_format *ret_format)
	__attribute__((warn_unused_result));

static inline bool log_has(const struct log *log, enum log_level level)
{
	return level <= log->level;
}

/* Begins a line with its time, level and event. False when the level is off: then nothing is done,
 * and nothing may be added. `event` is one of our own words. */
bool log_begin(struct log_line *line, const struct log *log, enum log_level level,
	const char *event) __attribute__((warn_unused_result));

/* The same for what may happen with every request: false, too, when lines of that event have been
 * too many; the next one that is written says how many were not, `suppressed=N`. */
bool log_begin_limited(struct log_line *line, const struct log *log, enum log_level level,
	const char *event) __attribute__((warn_unused_result));

/* Any bytes: quoted and escaped where they need it, see buf_add_json(). */
void log_text(struct log_line *line, const char *key, struct span value);

void log_number(struct log_line *line, const char *key, uint64_t value);

/* Nanoseconds, shown as milliseconds with one decimal. */
void log_ms(struct log_line *line, const char *key, int64_t value_ns);

/* yes or no; in JSON true or false. */
void log_flag(struct log_line *line, const char *key, bool value);

/* A list: an array in JSON; else one value with commas between the items, whose own commas are
 * written as \u002c. Nothing else may be added before its end. */
void log_list_begin(struct log_line *line, const char *key);
void log_list_add(struct log_line *line, struct span item);
void log_list_end(struct log_line *line);

/* Writes the line. */
void log_end(struct log_line *line);

void log_line_deinit(struct log_line *line);
#define LOG_LINE_AUTO __attribute__((cleanup(log_line_deinit)))

#endif
