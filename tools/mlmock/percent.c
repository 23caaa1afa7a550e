#include "mlmock/percent.h"

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = memchr(digits, c, sizeof digits - 1);

	return found ? (int)((found - digits) % 16) : -1;
}

void percent_decode(struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		int high = text.p[i] == '%' && text.n - i > 2 ? hex_digit(text.p[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text.p[i + 2]) : -1;
		char c = low >= 0 ? (char)(high * 16 + low) : text.p[i];

		buf_add(out, (struct span){&c, 1});
		i += low >= 0 ? 2 : 0;
	}
}

void percent_encode(struct span text, struct buf *out)
{
	static const char kept[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
							   "_.-~:/%#?=@[]!$&'()*+,";

	for (size_t i = 0; i < text.n; i++)
		if (memchr(kept, text.p[i], sizeof kept - 1))
			buf_add(out, (struct span){&text.p[i], 1});
		else
			buf_add_format(out, "%%%02X", (unsigned char)text.p[i]);
}
