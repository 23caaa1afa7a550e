#include "base/utf8.h"

#include <limits.h>

bool utf8_begin(unsigned char first, struct utf8_rest *ret_rest)
{
	static const struct utf8_rest leads[UCHAR_MAX + 1] = {
		[0xc2 ... 0xdf] = {1, 0x80, 0xbf},
		[0xe0] = {2, 0xa0, 0xbf},
		[0xe1 ... 0xec] = {2, 0x80, 0xbf},
		[0xed] = {2, 0x80, 0x9f},
		[0xee ... 0xef] = {2, 0x80, 0xbf},
		[0xf0] = {3, 0x90, 0xbf},
		[0xf1 ... 0xf3] = {3, 0x80, 0xbf},
		[0xf4] = {3, 0x80, 0x8f},
	};

	if (!leads[first].left)
		return false;
	*ret_rest = leads[first];
	return true;
}

bool utf8_next(struct utf8_rest *rest, unsigned char byte)
{
	if (byte < rest->low || byte > rest->high)
		return false;
	*rest = (struct utf8_rest){(unsigned char)(rest->left - 1), 0x80, 0xbf};
	return true;
}
