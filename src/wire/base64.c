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

/* The bits that a letter stands for; -1: it is none. */
static int bits_of(char letter)
{
	if (letter >= 'A' && letter <= 'Z')
		return letter - 'A';
	if (letter >= 'a' && letter <= 'z')
		return letter - 'a' + 26;
	if (letter >= '0' && letter <= '9')
		return letter - '0' + 52;
	return letter == '+' ? 62 : letter == '/' ? 63 : -1;
}

/* The bytes, up to 3, of up to 4 letters; bits that belong to no byte must be 0. */
static bool decode_group(struct span letters, char *ret_bytes)
{
	uint32_t group = 0;

	for (size_t i = 0; i < letters.n; i++) {
		int bits = bits_of(letters.p[i]);

		if (bits < 0)
			return false;
		group |= (uint32_t)bits << (18 - 6 * i);
	}
	for (size_t i = 0; i + 1 < letters.n; i++)
		ret_bytes[i] = (char)(group >> (16 - 8 * i) & 0xff);
	return !(group << 8 << (8 * (letters.n - 1)));
}

static size_t padding_of(struct span text)
{
	size_t n = 0;

	while (n < 2 && n < text.n && text.p[text.n - 1 - n] == '=')
		n++;
	return n;
}

bool base64_decode(struct span text, struct buf *out)
{
	size_t padding = padding_of(text);
	size_t n = text.n / 4 * 3;
	char *bytes;

	if (text.n % 4 || !text.n)
		return !text.n;
	n -= padding; /* of four letters, so that there are three for it to be taken from */
	text.n -= padding;
	for (bytes = buf_reserve(out, n); text.n; bytes += 3, text = span_skip(text, 4))
		if (!decode_group(span_first(text, 4), bytes))
			return false;
	out->n += n;
	return true;
}
