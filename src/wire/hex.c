#include "wire/hex.h"

#include "base/ascii.h"

bool hex_decode(struct span text, struct buf *out)
{
	char *bytes;

	if (text.n % 2 || !text.n)
		return !text.n;
	bytes = buf_reserve(out, text.n / 2);
	for (size_t i = 0; i < text.n / 2; i++) {
		int high = ascii_hex_digit(text.p[2 * i]);
		int low = ascii_hex_digit(text.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (char)(high << 4 | low);
	}
	out->n += text.n / 2;
	return true;
}
