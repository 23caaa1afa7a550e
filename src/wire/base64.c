#include "wire/base64.h"

/* Up to three bytes, the first the most significant. */
static uint32_t group_of(struct span bytes)
{
	uint32_t group = 0;

	for (size_t i = 0; i < 3; i++)
		group = group << 8 | (i < bytes.n ? (unsigned char)bytes.p[i] : 0);
	return group;
}

void base64_encode(struct span bytes, struct buf *out)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (; bytes.n; bytes = span_skip(bytes, 3)) {
		uint32_t group = group_of(bytes);
		char four[4];

		for (size_t i = 0; i < sizeof four; i++)
			four[i] = i <= bytes.n ? letters[group >> (18 - 6 * i) & 63] : '=';
		buf_add(out, (struct span){four, sizeof four});
	}
}
