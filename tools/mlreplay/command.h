/* command: one of the things that mlreplay does: the row of which its line on the page of all, its
 * own page, and the reading of its words are made. */
#ifndef MLREPLAY_COMMAND_H
#define MLREPLAY_COMMAND_H

#include "mlreplay/words.h"

/* How it ends: the exit status. */
enum command_end {
	COMMAND_SAME,         /* the same; of what compares nothing: all is well */
	COMMAND_REGRESSION,   /* another result, or none */
	COMMAND_USAGE,        /* wrong words */
	COMMAND_INCONCLUSIVE, /* nothing could be compared, or the outcome could not be told */
	COMMAND_CORRUPT,      /* the capture is broken */
};

struct command {
	const char *name;
	const char *summary; /* a line on the page of all */
	const char *about;   /* on its own page: lines, each with its \n */
	struct words_form form;
	/* What options set, as it is before they do. */
	const void *defaults;
	size_t settings_size;
	/* Fills err where there is more to be said than what it has printed; it then has no kind. */
	enum command_end (*run)(const void *settings, const char *const *operands, struct err *err);
};

/* The commands there are, then NULL. */
extern const struct command *const command_all[];

/* Does what the words of the command line, behind the program's name, say, and says on stderr what
 * was wrong. */
enum command_end command_run(const struct command *const *all, char *const *words);

#endif
