/* filter: which of a capture's exchanges: task=ocr,model=buffalo_l,status=2xx,backend=gpu. What is
 * named several times fits if one of its values does; what is named at all must fit. */
#ifndef MLREPLAY_FILTER_H
#define MLREPLAY_FILTER_H

#include "domain/entries.h"

enum { FILTER_TERMS_MAX = 32 };

enum filter_key { FILTER_TASK, FILTER_MODEL, FILTER_STATUS, FILTER_BACKEND, FILTER_KEYS };

struct filter_term {
	enum filter_key key;
	struct span value;
	int status_first; /* of FILTER_STATUS: from here … */
	int status_last;  /* … to here */
};

/* Zeroed, all fit. */
struct filter {
	struct filter_term terms[FILTER_TERMS_MAX];
	size_t count;
};

#define FILTER_WANTED                                                                      \
	"task=NAME, model=NAME, status=200 or 2xx or none, backend=NAME, with commas between " \
	"them, at most 32"

/* Rows for a command's table: `take_filter` takes the filter, and the limit lies at that offset of
 * the settings. */
#define FILTER_OPTIONS(take_filter, limit_offset)                                           \
	{.name = "filter",                                                                      \
		.value = "KEY=VALUE,...",                                                           \
		.help = "only these: task=ocr, model=buffalo_l, status=2xx\n"                       \
				"or 200 or none, backend=NAME; of the same key any;\n"                      \
				"may be given several times",                                               \
		.kind = WORDS_OTHER,                                                                \
		.take = (take_filter),                                                              \
		.wanted = FILTER_WANTED},                                                           \
	{                                                                                       \
		.name = "limit", .value = "N", .help = "the first N of them", .kind = WORDS_NUMBER, \
		.offset = (limit_offset), .min = 1, .max = UINT32_MAX                               \
	}

/* Adds the terms, which point into the text. False, with nothing added, for anything else. */
bool filter_parse(struct span text, struct filter *filter) __attribute__((warn_unused_result));

/* As it could be read again. */
void filter_print(const struct filter *filter, struct buf *out);

/* What there is to know of an exchange. */
struct filter_facts {
	const struct entries *entries; /* NULL: it asks for nothing that can be read */
	int status;                    /* 0: there was no answer */
	struct span backend;           /* empty: it is a client's */
};

bool filter_fits(const struct filter *filter, const struct filter_facts *facts);

#endif
