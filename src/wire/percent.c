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

struct span percent_decoded(struct span text, struct buf *room)
{
	if (!text.n || !memchr(text.p, '%', text.n))
		return text;
	percent_decode(text, room);
	return buf_span(room);
}

#define UNRESERVED "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-~"

static void encode_all_but(struct span kept, struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++)
		if (memchr(kept.p, text.p[i], kept.n))
			buf_add(out, (struct span){&text.p[i], 1});
		else
			buf_add_format(out, "%%%02X", (unsigned char)text.p[i]);
}

void percent_encode(struct span text, struct buf *out)
{
	encode_all_but(SPAN_LITERAL(UNRESERVED ":/%#?=@[]!$&'()*+,"), text, out);
}

void percent_encode_name(struct span text, struct buf *out)
{
	encode_all_but(SPAN_LITERAL(UNRESERVED), text, out);
}
