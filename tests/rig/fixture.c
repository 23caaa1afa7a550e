#include "rig/fixture.h"

#include <check.h>
#include <stdio.h>

void fixture_read(const char *path, struct buf *bytes)
{
	BUF_AUTO struct buf full = {0};
	FILE *file;
	size_t n = 1;

	buf_add_format(&full, FIXTURES "/%s", path);
	file = fopen(full.bytes, "rb");
	ck_assert_msg(file != NULL, "no %s", full.bytes);
	do {
		n = fread(buf_reserve(bytes, 65536), 1, 65536, file);
		bytes->n += n;
	} while (n == 65536);
	ck_assert(!ferror(file));
	(void)fclose(file);
}
