#include "wire/percent.h"

void percent_decode(struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		int high = text.p[i] == '%' && text.n - i > 2 ? span_hex_digit(text.p[i + 1]) : -1;
		int low = high >= 0 ? span_hex_digit(text.p[i + 2]) : -1;
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
