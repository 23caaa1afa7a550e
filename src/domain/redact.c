#include "domain/redact.h"

#include "base/ascii.h"
#include "wire/image.h"

/* Names are of anybody's making, but not the words they are made of. */
static const struct span telling[] = {
	SPAN_LITERAL("accesstoken"),
	SPAN_LITERAL("apikey"),
	SPAN_LITERAL("auth"),
	SPAN_LITERAL("authorization"),
	SPAN_LITERAL("authtoken"),
	SPAN_LITERAL("cookie"),
	SPAN_LITERAL("cookie2"),
	SPAN_LITERAL("credential"),
	SPAN_LITERAL("credentials"),
	SPAN_LITERAL("jwt"),
	SPAN_LITERAL("passwd"),
	SPAN_LITERAL("password"),
	SPAN_LITERAL("secret"),
	SPAN_LITERAL("session"),
	SPAN_LITERAL("sessionid"),
	SPAN_LITERAL("signature"),
	SPAN_LITERAL("token"),
};

static bool is_telling(struct span word)
{
	for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
		if (span_equal_nocase(word, telling[i]))
			return true;
	return false;
}

static bool is_small(char c)
{
	return c >= 'a' && c <= 'z';
}

/* Cuts the letters and digits off the front, up to the next other byte, or a capital behind a small
 * letter. */
static struct span cut_word(struct span *rest)
{
	struct span whole = *rest;
	size_t n = 0;

	while (n < whole.n && ascii_is_alphanumeric(whole.p[n]) &&
		   !(n && is_small(whole.p[n - 1]) && ascii_lower(whole.p[n]) != whole.p[n]))
		n++;
	*rest = span_skip(whole, n + (n < whole.n && !ascii_is_alphanumeric(whole.p[n])));
	return span_first(whole, n);
}

/* X-Api-Key, X-Immich-Share-Key: what ends so is a key to something; `Key` alone and Keep-Alive are
 * not. */
bool redact_is_credential(struct span field_name)
{
	struct span rest = field_name;
	struct span word = SPAN_EMPTY;

	while (rest.n) {
		word = cut_word(&rest);
		if (is_telling(word))
			return true;
	}
	return word.n < field_name.n && span_equal_nocase(word, SPAN_LITERAL("key"));
}

bool redact_exif(struct span picture, struct buf *out)
{
	return image_strip(picture, out);
}

bool redact_picture(struct span picture, struct buf *out)
{
	struct image_size size;

	return image_read_size(picture, &size) && image_write_grey(size, picture.n, out);
}
