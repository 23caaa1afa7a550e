/* log: lines of key=value on a descriptor, one write each, so that lines of several threads do not
 * mix. Called by io and above only. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/buf.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log {
	enum log_level level; /* the most talkative one that is written */
	int fd;
};

/* Reads "error", "warn", "info" or "debug"; false, with nothing set, for anything else. */
bool log_level_parse(const char *text, enum log_level *ret_level)
	__attribute__((warn_unused_result));

static inline bool log_has(const struct log *log, enum log_level level)
{
	return level <= log->level;
}

/* Writes `time=… level=… ` and the text, which is already in the form of key=value. */
void log_write(const struct log *log, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds ` key=value`, quoted and escaped where the value needs it: for bytes from outside. */
void log_add(struct buf *line, const char *key, struct span value);

#endif
