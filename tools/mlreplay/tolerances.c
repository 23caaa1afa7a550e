#include "mlreplay/tolerances.h"

#include "io/files.h"

static int read_file(
	const char *path, struct arena *arena, struct tolerance *ret_tolerance, struct err *err)
{
	struct buf text = {.arena = arena};
	struct err why;

	if (files_read(path, TOLERANCE_BYTES_MAX, &text, &why) < 0)
		return err_set(err, ERR_INVALID, "--tolerance: found no profile (%s) and no file: %.150s",
			tolerance_profiles, why.text);
	if (text.n > TOLERANCE_BYTES_MAX)
		return err_set(err, ERR_INVALID, "--tolerance: %s: it has more than %d bytes", path,
			TOLERANCE_BYTES_MAX);
	if (tolerance_read(buf_span(&text), arena, ret_tolerance, &why) < 0)
		return err_set(err, ERR_INVALID, "--tolerance: %.90s: %.120s", path, why.text);
	return 0;
}

int tolerances_read(
	const char *name, struct arena *arena, struct tolerance *ret_tolerance, struct err *err)
{
	const struct tolerance *profile = tolerance_profile(span_of(name));

	if (!profile)
		return read_file(name, arena, ret_tolerance, err);
	*ret_tolerance = *profile;
	return 0;
}
