#include "mlreplay/reports.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* See https://no-color.org: any value but an empty one. */
static bool wants_colours(void)
{
	// NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables
	const char *no_colour = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
}

/* One would be written over the other. */
static int check_paths(const struct reports_paths *paths, struct err *err)
{
	const struct {
		const char *option;
		const char *path;
	} all[] = {{"json", paths->json}, {"junit", paths->junit}, {"report", paths->html}};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (size_t k = 0; k < i; k++)
			if (all[i].path && all[k].path && strcmp(all[i].path, all[k].path) == 0)
				return err_set(err, ERR_INVALID,
					"--%s and --%s: found \"%.90s\" twice, wanted a file for each", all[k].option,
					all[i].option, all[i].path);
	return 0;
}

int reports_add(struct judge *judge, const struct report_setup *setup,
	const struct reports_paths *paths, struct err *err)
{
	const struct {
		const char *path;
		int (*make)(const struct report_setup *setup, const char *path, struct report **ret_report,
			struct err *err);
	} kinds[] = {{paths->json, report_json_new}, {paths->junit, report_junit_new},
		{paths->html, report_html_new}};

	if (check_paths(paths, err) < 0)
		return -1;
	judge_add_report(judge, report_text_new(setup, stdout, wants_colours()));
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct report *report;

		if (!kinds[i].path)
			continue;
		if (kinds[i].make(setup, kinds[i].path, &report, err) < 0)
			return -1;
		judge_add_report(judge, report);
	}
	return 0;
}

enum command_end reports_end(struct judge *judge, struct report_end *end, struct err *err)
{
	static const enum command_end ends[VERDICT_WORDS] = {
		[VERDICT_SAME] = COMMAND_SAME,
		[VERDICT_REGRESSION] = COMMAND_REGRESSION,
		[VERDICT_INCONCLUSIVE] = COMMAND_INCONCLUSIVE,
	};
	bool is_written = judge_end(judge, end, err) == 0;
	enum command_end how = ends[report_word(end)];

	return is_written || how == COMMAND_REGRESSION ? how : COMMAND_INCONCLUSIVE;
}
