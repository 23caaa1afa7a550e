#include "wire/latin1.h"

/* One that is not plain. */
static void write_byte(unsigned char byte, struct buf *out)
{
	static const char digits[] = "0123456789abcdef";
	char text[] = "\\u00??";

	if (byte >= 0x80) {
		text[0] = (char)(0xc0 | byte >> 6);
		text[1] = (char)(0x80 | (byte & 0x3f));
		buf_add(out, (struct span){text, 2});
	} else {
		text[4] = digits[byte >> 4];
		text[5] = digits[byte & 15];
		buf_add(out, (struct span){text, 6});
	}
}

void latin1_write_json(struct span bytes, struct buf *out)
{
	buf_add_text(out, "\"");
	while (bytes.n) {
		size_t plain = span_plain_length(bytes);

		buf_add(out, span_first(bytes, plain));
		bytes = span_skip(bytes, plain);
		if (bytes.n)
			write_byte((unsigned char)bytes.p[0], out);
		bytes = span_skip(bytes, 1);
	}
	buf_add_text(out, "\"");
}

bool latin1_read(struct span text, struct buf *out)
{
	char *bytes = text.n ? buf_reserve(out, text.n) : NULL;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char first = (unsigned char)text.p[i];

		if (first < 0x80) {
			bytes[n++] = text.p[i];
		} else if ((first == 0xc2 || first == 0xc3) && i + 1 < text.n) {
			i++; /* which is 80–BF, in a decoded string */
			bytes[n++] = (char)(first << 6 | ((unsigned char)text.p[i] & 0x3f));
		} else {
			return false;
		}
	}
	out->n += n;
	return true;
}
