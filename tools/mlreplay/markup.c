#include "mlreplay/markup.h"

#include "base/utf8.h"

#define REPLACED "\xef\xbf\xbd"

static bool is_plain(char c)
{
	return c >= ' ' && c < 0x7f && !strchr("&<>\"'", c);
}

/* The bytes of the character at the front; 0: it is none, or one that XML 1.0 does not know. */
static size_t character_length(struct span text)
{
	struct utf8_rest rest;
	size_t n = 1;

	if ((unsigned char)text.p[0] < 0x80)
		return text.p[0] < ' ' ? 0 : 1;
	if (!utf8_begin((unsigned char)text.p[0], &rest))
		return 0;
	while (rest.left) {
		if (n == text.n || !utf8_next(&rest, (unsigned char)text.p[n]))
			return 0;
		n++;
	}
	if (span_starts(text, SPAN_LITERAL("\xef\xbf\xbe")) ||
		span_starts(text, SPAN_LITERAL("\xef\xbf\xbf")))
		return 0;
	return n;
}

static size_t add_character(struct buf *out, struct span text)
{
	static const char referred[] = "&<>\"'\t\n\r\x7f";
	size_t n = character_length(text);

	if (text.p[0] && strchr(referred, text.p[0])) {
		buf_add_format(out, "&#%d;", text.p[0]);
		return 1;
	}
	if (!n)
		buf_add_text(out, REPLACED);
	else
		buf_add(out, span_first(text, n));
	return n ? n : 1;
}

void markup_add(struct buf *out, struct span text)
{
	while (text.n) {
		size_t plain = 0;

		while (plain < text.n && is_plain(text.p[plain]))
			plain++;
		buf_add(out, span_first(text, plain));
		text = span_skip(text, plain);
		if (text.n)
			text = span_skip(text, add_character(out, text));
	}
}
