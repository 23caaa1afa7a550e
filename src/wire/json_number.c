/* A number is taken apart where it stands: its digits from the first to the last that is no zero,
 * and the power of ten that the first one counts.
 *
 *     -0.00120e5      digits "12", first at 10^2
 */
#include "wire/json_number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/ascii.h"

enum {
	DIGITS_MAX = 19,           /* that surely fit into uint64_t */
	EXPONENT_DIGITS_MAX = 17,  /* as many, with that of the digits added, fit into int64_t */
	EXPONENT_OF_DOUBLE = 1000, /* beyond it lie only zero and infinity */
	EXACT_POWER_MAX = 22,      /* powers of ten that a double has exactly */
};

struct number {
	bool is_negative;
	bool is_huge;       /* the exponent has more digits than can be counted with */
	struct span digits; /* there may be a '.' among them; empty: zero */
	bool is_small;      /* of a huge exponent: it is negative */
	int64_t first;      /* the power of ten of the first digit */
};

static void read_exponent(struct span text, struct number *number)
{
	bool is_negative = text.n && text.p[0] == '-';
	int64_t exponent = 0;

	if (text.n && !ascii_is_digit(text.p[0]))
		text = span_skip(text, 1);
	while (text.n && text.p[0] == '0')
		text = span_skip(text, 1);
	if (text.n > EXPONENT_DIGITS_MAX) {
		number->is_huge = true;
		number->is_small = is_negative;
		return;
	}
	for (size_t i = 0; i < text.n; i++)
		exponent = exponent * 10 + (text.p[i] - '0');
	number->first += is_negative ? -exponent : exponent;
}

static bool is_mark(char c)
{
	return c == '.' || c == '0';
}

/* Where the exponent is, or the end. */
static size_t find_exponent(struct span text)
{
	size_t at = 0;

	while (at < text.n && ascii_lower(text.p[at]) != 'e')
		at++;
	return at;
}

static size_t find_point(struct span text)
{
	const char *point = text.n ? memchr(text.p, '.', text.n) : NULL;

	return point ? (size_t)(point - text.p) : text.n;
}

static struct number number_of(struct span text)
{
	struct number number = {.is_negative = text.n && text.p[0] == '-'};
	struct span digits = span_skip(text, number.is_negative);
	size_t end = find_exponent(digits);
	size_t point = find_point(span_first(digits, end));
	struct span exponent = span_skip(digits, end + 1);
	size_t first = 0;

	digits = span_first(digits, end);
	while (first < digits.n && is_mark(digits.p[first]))
		first++;
	while (digits.n > first && is_mark(digits.p[digits.n - 1]))
		digits.n--;
	number.digits = span_skip(digits, first);
	number.first = (int64_t)point - (int64_t)first - (first < point);
	read_exponent(exponent, &number);
	return number;
}

/* The next digit, -1 at the end. */
static int take_digit(struct span *digits)
{
	int digit;

	if (digits->n && digits->p[0] == '.')
		*digits = span_skip(*digits, 1);
	if (!digits->n)
		return -1;
	digit = digits->p[0] - '0';
	*digits = span_skip(*digits, 1);
	return digit;
}

static bool digits_equal(struct span a, struct span b)
{
	int digit;

	do {
		digit = take_digit(&a);
		if (digit != take_digit(&b))
			return false;
	} while (digit >= 0);
	return true;
}

bool json_number_equal(struct span a, struct span b)
{
	struct number x;
	struct number y;

	if (span_equal(a, b))
		return true;
	x = number_of(a);
	y = number_of(b);
	if (!x.digits.n || !y.digits.n)
		return !x.digits.n && !y.digits.n;
	return x.is_negative == y.is_negative && !x.is_huge && !y.is_huge && x.first == y.first &&
		   digits_equal(x.digits, y.digits);
}

/* digits * 10^power, within what a double can be. */
static double scale(uint64_t digits, int power)
{
	static const double powers[EXACT_POWER_MAX + 1] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8,
		1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	char text[48];

	/* Both are exact then, and one operation on them is rounded once: as good as strtod(). */
	if (digits <= UINT64_C(1) << 53 && abs(power) <= EXACT_POWER_MAX)
		return power < 0 ? (double)digits / powers[-power] : (double)digits * powers[power];
	(void)snprintf(text, sizeof text, "%" PRIu64 "e%d", digits, power); /* no point: no locale */
	return strtod(text, NULL);
}

double json_number_value(struct span text)
{
	struct number number = number_of(text);
	struct span rest = number.digits;
	uint64_t digits = 0;
	int count = 0;
	double value;

	for (int digit; count < DIGITS_MAX && (digit = take_digit(&rest)) >= 0; count++)
		digits = digits * 10 + (unsigned)digit;
	if (!digits || (number.is_huge && number.is_small) || number.first < -EXPONENT_OF_DOUBLE)
		value = 0;
	else if (number.is_huge || number.first > EXPONENT_OF_DOUBLE)
		value = HUGE_VAL;
	else
		value = scale(digits, (int)number.first - count + 1);
	return number.is_negative ? -value : value;
}
