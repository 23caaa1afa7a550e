/* The checker is a table of states, each with the function that takes the next byte and the words
 * that say what would have been right there:
 *
 *     VALUE ─┬─ scalar ───────────────────────────────────────────────┬─▶ what it was in:
 *            ├─ [ FIRST_VALUE … AFTER_ELEMENT , VALUE … ] ────────────┤   AFTER_ELEMENT,
 *            └─ { FIRST_KEY : VALUE … AFTER_MEMBER , KEY : VALUE … } ─┘   AFTER_MEMBER or END
 *
 * It keeps one bit for each level instead of calling itself, so that a deep text costs no stack and
 * can stop anywhere. A number has no mark at its end: the byte behind it ends it and is then looked
 * at as what follows a value.
 */
#include "wire/json.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/ascii.h"
#include "base/word.h"

enum json_state {
	VALUE,
	FIRST_VALUE, /* or the end of an empty array */
	FIRST_KEY,   /* or the end of an empty object */
	KEY,
	COLON,
	AFTER_ELEMENT,
	AFTER_MEMBER,
	END,
	STRING,
	ESCAPE, /* behind a backslash */
	HEX,
	UTF8, /* inside a character of several bytes */
	LITERAL,
	MINUS,
	ZERO,
	INTEGER,
	POINT,
	FRACTION,
	EXPONENT_SIGN, /* or its first digit */
	EXPONENT_FIRST,
	EXPONENT,
	TOO_DEEP,
};

static bool is_space(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool move(struct json_check *check, enum json_state state)
{
	check->state = (unsigned char)state;
	return true;
}

/* What follows a value depends on what it is in. */
static bool value_done(struct json_check *check)
{
	if (!check->depth)
		return move(check, END);
	return move(check, check->is_object >> (check->depth - 1) & 1 ? AFTER_MEMBER : AFTER_ELEMENT);
}

static bool open_level(struct json_check *check, bool is_object)
{
	if (check->depth == JSON_DEPTH_MAX) {
		(void)move(check, TOO_DEEP);
		return false;
	}
	check->is_object &= ~(UINT64_C(1) << check->depth);
	check->is_object |= (uint64_t)is_object << check->depth;
	check->depth++;
	return move(check, is_object ? FIRST_KEY : FIRST_VALUE);
}

static bool close_level(struct json_check *check)
{
	check->depth--;
	return value_done(check);
}

static bool begin_string(struct json_check *check, bool is_key)
{
	check->is_key = is_key;
	return move(check, STRING);
}

static bool begin_literal(struct json_check *check, const char *rest)
{
	check->literal = rest;
	return move(check, LITERAL);
}

static bool begin_number(struct json_check *check, unsigned char c)
{
	if (c == '-')
		return move(check, MINUS);
	return move(check, c == '0' ? ZERO : INTEGER);
}

static bool step_value(struct json_check *check, unsigned char c)
{
	enum json_type type = json_type_begun(c);

	if (!check->depth)
		check->type = type;
	switch (type) {
	case JSON_OBJECT: return open_level(check, true);
	case JSON_ARRAY: return open_level(check, false);
	case JSON_STRING: return begin_string(check, false);
	case JSON_NUMBER: return begin_number(check, c);
	case JSON_TRUE: return begin_literal(check, "rue");
	case JSON_FALSE: return begin_literal(check, "alse");
	case JSON_NULL: return begin_literal(check, "ull");
	case JSON_NONE: break;
	}
	return false;
}

static bool step_first_value(struct json_check *check, unsigned char c)
{
	return c == ']' ? close_level(check) : step_value(check, c);
}

static bool step_key(struct json_check *check, unsigned char c)
{
	return c == '"' && begin_string(check, true);
}

static bool step_first_key(struct json_check *check, unsigned char c)
{
	return c == '}' ? close_level(check) : step_key(check, c);
}

static bool step_colon(struct json_check *check, unsigned char c)
{
	return c == ':' && move(check, VALUE);
}

static bool step_after_element(struct json_check *check, unsigned char c)
{
	return c == ']' ? close_level(check) : c == ',' && move(check, VALUE);
}

static bool step_after_member(struct json_check *check, unsigned char c)
{
	return c == '}' ? close_level(check) : c == ',' && move(check, KEY);
}

static bool step_nothing(struct json_check *check, unsigned char c)
{
	(void)check;
	(void)c;
	return false;
}

static bool begin_character(struct json_check *check, unsigned char c)
{
	(void)move(check, UTF8);
	return utf8_begin(c, &check->utf8);
}

static bool step_character(struct json_check *check, unsigned char c)
{
	return utf8_next(&check->utf8, c) && (check->utf8.left || move(check, STRING));
}

/* Bytes of a string that mean nothing but themselves. */
static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The same for eight at once: no top bit is set. With its bit 1 flipped '"' is 20, and it and the
 * control characters are less than 21, which all other ASCII is not: taking 21 away sets their top
 * bit, as taking 1 does where '\' was made 0. A byte beyond ASCII keeps its own in one of the two.
 * Only a byte that is not plain borrows from the next. */
static uint64_t top_bits_unless_plain(uint64_t word)
{
	return ((word ^ WORD_EACH(0x02)) - WORD_EACH(0x21)) | ((word ^ WORD_EACH('\\')) - WORD_EACH(1));
}

enum { BLOCK_BYTES = 4 * WORD_BYTES };

static bool is_plain_block(const char *bytes)
{
	uint64_t found = 0;

	for (size_t i = 0; i < BLOCK_BYTES; i += WORD_BYTES)
		found |= top_bits_unless_plain(word_load(bytes + i));
	return !(found & WORD_TOP_BITS);
}

/* Most of what there is: embeddings are long strings. */
static size_t plain_length(struct span s)
{
	size_t at = 0;

	if (s.n && !is_plain((unsigned char)s.p[0]))
		return 0; /* as between characters beyond ASCII */
	while (s.n - at >= BLOCK_BYTES && is_plain_block(s.p + at))
		at += BLOCK_BYTES;
	for (; s.n - at >= WORD_BYTES; at += WORD_BYTES) {
		uint64_t found = top_bits_unless_plain(word_load(s.p + at)) & WORD_TOP_BITS;

		if (found)
			return at + (size_t)__builtin_ctzll(found) / 8;
	}
	while (at < s.n && is_plain((unsigned char)s.p[at]))
		at++;
	return at;
}

static bool step_string(struct json_check *check, unsigned char c)
{
	if (c == '"')
		return check->is_key ? move(check, COLON) : value_done(check);
	if (c == '\\')
		return move(check, ESCAPE);
	return c >= 0x80 ? begin_character(check, c) : is_plain(c);
}

static bool step_escape(struct json_check *check, unsigned char c)
{
	if (c == 'u') {
		check->hex_left = 4;
		return move(check, HEX);
	}
	return c && strchr("\"\\/bfnrt", c) && move(check, STRING);
}

static bool step_hex(struct json_check *check, unsigned char c)
{
	return ascii_hex_digit(c) >= 0 && (--check->hex_left || move(check, STRING));
}

static bool step_literal(struct json_check *check, unsigned char c)
{
	if (c != (unsigned char)*check->literal)
		return false;
	return *++check->literal || value_done(check);
}

static bool step(struct json_check *check, unsigned char c);

static bool number_done(struct json_check *check, unsigned char c)
{
	return value_done(check) && step(check, c);
}

static size_t digit_length(struct span s)
{
	size_t at = 0;

	while (at < s.n && ascii_is_digit(s.p[at]))
		at++;
	return at;
}

static bool step_minus(struct json_check *check, unsigned char c)
{
	return ascii_is_digit(c) && begin_number(check, c);
}

/* Behind the digits before the point. */
static bool step_zero(struct json_check *check, unsigned char c)
{
	if (c == '.')
		return move(check, POINT);
	if (c == 'e' || c == 'E')
		return move(check, EXPONENT_SIGN);
	return number_done(check, c);
}

static bool step_integer(struct json_check *check, unsigned char c)
{
	return ascii_is_digit(c) || step_zero(check, c);
}

static bool step_point(struct json_check *check, unsigned char c)
{
	return ascii_is_digit(c) && move(check, FRACTION);
}

static bool step_fraction(struct json_check *check, unsigned char c)
{
	if (c == 'e' || c == 'E')
		return move(check, EXPONENT_SIGN);
	return ascii_is_digit(c) || number_done(check, c);
}

static bool step_exponent_first(struct json_check *check, unsigned char c)
{
	return ascii_is_digit(c) && move(check, EXPONENT);
}

static bool step_exponent_sign(struct json_check *check, unsigned char c)
{
	if (c == '+' || c == '-')
		return move(check, EXPONENT_FIRST);
	return step_exponent_first(check, c);
}

static bool step_exponent(struct json_check *check, unsigned char c)
{
	return ascii_is_digit(c) || number_done(check, c);
}

static const struct {
	bool (*step)(struct json_check *check, unsigned char c); /* false: c cannot be here */
	const char *wanted;
	bool skips_space;
	bool ends_number;                /* the number may be over here */
	size_t (*run)(struct span rest); /* of bytes at the front that leave the state as it is */
} states[] = {
	[VALUE] = {step_value, "a value", true, false, NULL},
	[FIRST_VALUE] = {step_first_value, "a value or ']'", true, false, NULL},
	[FIRST_KEY] = {step_first_key, "a key in double quotes or '}'", true, false, NULL},
	[KEY] = {step_key, "a key in double quotes", true, false, NULL},
	[COLON] = {step_colon, "':'", true, false, NULL},
	[AFTER_ELEMENT] = {step_after_element, "',' or ']'", true, false, NULL},
	[AFTER_MEMBER] = {step_after_member, "',' or '}'", true, false, NULL},
	[END] = {step_nothing, "nothing more", true, false, NULL},
	[STRING] = {step_string, "the rest of a string", false, false, plain_length},
	[ESCAPE] = {step_escape, "one of \"\\/bfnrtu", false, false, NULL},
	[HEX] = {step_hex, "a hexadecimal digit", false, false, NULL},
	[UTF8] = {step_character, "valid UTF-8", false, false, NULL},
	[LITERAL] = {step_literal, "true, false or null", false, false, NULL},
	[MINUS] = {step_minus, "a digit", false, false, NULL},
	[ZERO] = {step_zero, "", false, true, NULL},
	[INTEGER] = {step_integer, "", false, true, digit_length},
	[POINT] = {step_point, "a digit", false, false, NULL},
	[FRACTION] = {step_fraction, "", false, true, digit_length},
	[EXPONENT_SIGN] = {step_exponent_sign, "a digit or a sign", false, false, NULL},
	[EXPONENT_FIRST] = {step_exponent_first, "a digit", false, false, NULL},
	[EXPONENT] = {step_exponent, "", false, true, digit_length},
	[TOO_DEEP] = {step_nothing, "", false, false, NULL},
};

static bool step(struct json_check *check, unsigned char c)
{
	if (is_space(c) && states[check->state].skips_space)
		return true;
	return states[check->state].step(check, c);
}

void json_check_init(struct json_check *check)
{
	*check = (struct json_check){.type = JSON_NONE, .state = VALUE};
}

static int fail_at(struct json_check *check, uint64_t position, unsigned char c, struct err *err)
{
	char found[16];

	check->position = position;
	if (check->state == TOO_DEEP)
		return err_set(err, ERR_TOO_LARGE,
			"JSON at byte %" PRIu64 ": more than %d arrays and objects in one another", position,
			JSON_DEPTH_MAX);
	(void)snprintf(found, sizeof found, c > 0x20 && c < 0x7f ? "'%c'" : "byte %02x", c);
	return err_set(err, ERR_INVALID, "JSON at byte %" PRIu64 ": found %s, wanted %s", position,
		found, states[check->state].wanted);
}

int json_check_feed(struct json_check *check, struct span bytes, struct err *err)
{
	for (size_t i = 0; i < bytes.n; i++) {
		if (states[check->state].run)
			i += states[check->state].run(span_skip(bytes, i));
		if (i < bytes.n && !step(check, (unsigned char)bytes.p[i]))
			return fail_at(check, check->position + i, (unsigned char)bytes.p[i], err);
	}
	check->position += bytes.n;
	return 0;
}

int json_check_end(struct json_check *check, struct err *err)
{
	if (states[check->state].ends_number)
		(void)value_done(check);
	if (check->state == END)
		return 0;
	return err_set(err, ERR_INVALID, "JSON ends at byte %" PRIu64 ", wanted %s", check->position,
		states[check->state].wanted);
}

int json_check_whole(struct span text, enum json_type *ret_type, struct err *err)
{
	struct json_check check;

	json_check_init(&check);
	if (json_check_feed(&check, text, err) < 0 || json_check_end(&check, err) < 0)
		return -1;
	*ret_type = check.type;
	return 0;
}
