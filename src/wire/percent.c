#include "wire/percent.h"

#include "base/ascii.h"

bool percent_is_escape(struct span text)
{
	return text.n > 2 && text.p[0] == '%' && ascii_hex_digit(text.p[1]) >= 0 &&
		   ascii_hex_digit(text.p[2]) >= 0;
}

void percent_decode(struct span text, struct buf *out)
{
	while (text.n) {
		bool is_escape = percent_is_escape(text);
		char c = text.p[0];

		if (is_escape)
			c = (char)(ascii_hex_digit(text.p[1]) << 4 | ascii_hex_digit(text.p[2]));
		buf_add(out, (struct span){&c, 1});
		text = span_skip(text, is_escape ? 3 : 1);
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
