/* reports: those of a run or a diff: the one on stdout, and those that its words ask for. */
#ifndef MLREPLAY_REPORTS_H
#define MLREPLAY_REPORTS_H

#include "mlreplay/command.h"
#include "mlreplay/judge.h"

/* Where they go; NULL: not wanted. */
struct reports_paths {
	const char *json;
	const char *junit;
	const char *html;
};

/* NOLINTBEGIN(bugprone-macro-parentheses): what is a type stands there, and a member */

/* Rows for a command's table, whose settings, of that type, have the paths as that member. */
#define REPORTS_OPTIONS(type, member)                                        \
	{.name = "json",                                                         \
		.value = "FILE",                                                     \
		.help = "write the verdict, what to do, and all that differs, as\n"  \
				"JSON",                                                      \
		.kind = WORDS_TEXT,                                                  \
		.offset = offsetof(type, member.json)},                              \
		{.name = "junit",                                                    \
			.value = "FILE",                                                 \
			.help = "write the same as JUnit's XML, a test case for each\n"  \
					"exchange",                                              \
			.kind = WORDS_TEXT,                                              \
			.offset = offsetof(type, member.junit)},                         \
	{                                                                        \
		.name = "report", .value = "FILE",                                   \
		.help = "write it as a page for browsers, with the pictures whose\n" \
				"answers differ most and what was found in them",            \
		.kind = WORDS_TEXT, .offset = offsetof(type, member.html)            \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

/* The setup outlives the judge. -1 (ERR_INVALID) when one cannot be written. */
int reports_add(struct judge *judge, const struct report_setup *setup,
	const struct reports_paths *paths, struct err *err) __attribute__((warn_unused_result));

/* Writes them, and says how it all ends: with COMMAND_INCONCLUSIVE where results are the same and
 * it cannot be told. */
enum command_end reports_end(struct judge *judge, struct report_end *end, struct err *err);

#endif
