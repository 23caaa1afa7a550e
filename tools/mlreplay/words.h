/* words: what stands behind a command: its operands, and options from a table, which is what its
 * page of help is written from, too. Options may stand before, between and behind operands; "--"
 * ends them. */
#ifndef MLREPLAY_WORDS_H
#define MLREPLAY_WORDS_H

#include "base/buf.h"
#include "base/err.h"

enum { WORDS_OPERANDS_MAX = 2 };

/* What becomes of an option's value, and of which type the member is that takes it. */
enum words_kind {
	WORDS_FLAG,   /* bool: it has no value */
	WORDS_TEXT,   /* const char *: any text but an empty one */
	WORDS_NUMBER, /* uint64_t from min to max */
	WORDS_OTHER,  /* what `take` makes of it */
};

struct words_option {
	const char *name;  /* without its dashes, of which one with a single letter has one */
	const char *value; /* its value on the page, as "URL"; NULL for a flag */
	const char *help;  /* in lines, with \n between them */
	enum words_kind kind;
	size_t offset; /* of the member in the settings; of other kinds, nothing */
	uint64_t min;
	uint64_t max;
	bool (*take)(void *settings, struct span value); /* false: that is not what is wanted */
	const char *wanted;                              /* when take() says so */
};

/* What words may follow the command's name. */
struct words_form {
	const char *operands[WORDS_OPERANDS_MAX + 1]; /* on the page, as "CAPTURE"; then NULL */
	const struct words_option *options;
	size_t option_count;
};

struct words {
	bool wants_help; /* then nothing else was looked at */
	const char *operands[WORDS_OPERANDS_MAX];
};

/* Takes what is given into the settings; of an option that is given twice the last one counts.
 * Texts point into the words. -1 (ERR_INVALID) with one line that names the option, what was found,
 * and what is wanted. */
int words_read(const struct words_form *form, char *const *words, void *settings,
	struct words *ret_words, struct err *err) __attribute__((warn_unused_result));

/* "usage: mlreplay NAME [OPTION]... CAPTURE", and a line or more for each option. */
void words_write_usage(const struct words_form *form, const char *name, struct buf *out);
void words_write_options(const struct words_form *form, struct buf *out);

#endif
