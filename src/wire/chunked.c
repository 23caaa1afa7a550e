#include "wire/chunked.h"

#include "base/ascii.h"

enum state {
	SIZE,      /* hex digits */
	BLANKS,    /* behind them */
	EXTENSION, /* from the semicolon up to the CR */
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILERS,
	ENDED,
};

void chunked_init(struct chunked *chunked)
{
	static const struct http1_limits limits = {CHUNKED_TRAILER_MAX, CHUNKED_TRAILER_LINES};

	*chunked = (struct chunked){.state = SIZE};
	http1_init(&chunked->trailers, HTTP1_TRAILERS, &limits);
}

void chunked_deinit(struct chunked *chunked)
{
	http1_deinit(&chunked->trailers);
}

/* Behind the digits. Blanks may stand before an extension, but not before the line's end. */
static int blank_byte(struct chunked *chunked, char c, struct err *err)
{
	if (c == '\r' && chunked->state == SIZE)
		chunked->state = SIZE_LF;
	else if (c == ';')
		chunked->state = EXTENSION;
	else if (c == ' ' || c == '\t')
		chunked->state = BLANKS;
	else
		return err_set(err, ERR_SYNTAX, "malformed chunk size");
	return 0;
}

static int size_byte(struct chunked *chunked, char c, struct err *err)
{
	int digit = ascii_hex_digit(c);

	if (digit >= 0) {
		if (chunked->left > (uint64_t)INT64_MAX >> 4)
			return err_set(err, ERR_SYNTAX, "chunk size too large");
		chunked->left = chunked->left << 4 | (unsigned)digit;
		chunked->has_digits = true;
		return 0;
	}
	if (!chunked->has_digits)
		return err_set(err, ERR_SYNTAX, "malformed chunk size");
	return blank_byte(chunked, c, err);
}

static int extension_byte(struct chunked *chunked, char c, struct err *err)
{
	unsigned char byte = (unsigned char)c;

	if (c == '\r')
		chunked->state = SIZE_LF;
	else if ((byte < 0x20 && c != '\t') || byte == 0x7f)
		return err_set(err, ERR_SYNTAX, "control byte in a chunk extension");
	return 0;
}

static int end_size_line(struct chunked *chunked, char c, struct err *err)
{
	if (c != '\n')
		return err_set(err, ERR_SYNTAX, "chunk size line without CRLF");
	chunked->state = chunked->left ? DATA : TRAILERS;
	chunked->line_bytes = 0;
	chunked->has_digits = false;
	return 0;
}

static int line_byte(struct chunked *chunked, char c, struct err *err)
{
	if (++chunked->line_bytes > CHUNKED_LINE_MAX)
		return err_set(err, ERR_SYNTAX, "chunk size line over %d bytes", CHUNKED_LINE_MAX);
	if (chunked->state == SIZE)
		return size_byte(chunked, c, err);
	if (chunked->state == BLANKS)
		return blank_byte(chunked, c, err);
	if (chunked->state == EXTENSION)
		return extension_byte(chunked, c, err);
	return end_size_line(chunked, c, err);
}

/* CR, then LF behind a chunk's data. */
static int data_end_byte(struct chunked *chunked, char c, struct err *err)
{
	if (c != (chunked->state == DATA_CR ? '\r' : '\n'))
		return err_set(err, ERR_SYNTAX, "chunk without CRLF at its end");
	chunked->state = chunked->state == DATA_CR ? DATA_LF : SIZE;
	return 0;
}

static struct span take_data(struct chunked *chunked, struct span *in)
{
	struct span data = span_first(*in, chunked->left < in->n ? (size_t)chunked->left : in->n);

	*in = span_skip(*in, data.n);
	chunked->left -= data.n;
	if (!chunked->left)
		chunked->state = DATA_CR;
	return data;
}

int chunked_next(struct chunked *chunked, struct span *in, struct span *ret_data, struct err *err)
{
	while (in->n && chunked->state != ENDED) {
		int result;

		if (chunked->state == DATA) {
			*ret_data = take_data(chunked, in);
			return CHUNKED_DATA;
		}
		if (chunked->state == TRAILERS) {
			result = http1_feed(&chunked->trailers, in, err);
			if (result > 0)
				chunked->state = ENDED;
		} else {
			char c = in->p[0];

			*in = span_skip(*in, 1);
			result =
				chunked->state < DATA ? line_byte(chunked, c, err) : data_end_byte(chunked, c, err);
		}
		if (result < 0)
			return -1;
	}
	return chunked->state == ENDED ? CHUNKED_END : CHUNKED_MORE;
}

size_t chunked_write_size(char ret_line[CHUNKED_FRAME_MAX], size_t n)
{
	size_t digits = 1;

	for (size_t rest = n; rest >>= 4;)
		digits++;
	for (size_t i = digits; i-- > 0; n >>= 4)
		ret_line[i] = "0123456789abcdef"[n & 15];
	memcpy(ret_line + digits, "\r\n", 2);
	return digits + 2;
}
