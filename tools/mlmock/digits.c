/* value = m / 2^k, with m of 24 bits: what a float32 keeps. A decimal q / 10^s stands for it when
 * it lies no further from it than half the distance to its neighbours, which is half of m's last
 * bit. Six digits always fit between two neighbours and nine always suffice (IEEE 754), so the
 * shortest is found by trying six to nine and dropping zeros at the end.
 */
#include "mlmock/digits.h"

#include <assert.h>
#include <stdio.h>

enum {
	MANTISSA_BITS = 24,
	INTEGER_BITS_MAX = 19, /* six digits before the point, so that s is never negative */
	DIGITS_MIN = 6,
	DIGITS_MAX = 9,
	ZEROS_MAX = 5, /* behind the point; with more the number is written with an exponent */
};

struct decimal {
	uint64_t q;
	int s;
};

/* n / 2^k in whole numbers, ties to even; k > 0. */
static uint64_t divide(unsigned __int128 n, unsigned k)
{
	unsigned __int128 half = (unsigned __int128)1 << (k - 1);
	unsigned __int128 rest = n & (2 * half - 1);
	uint64_t q = (uint64_t)(n >> k);

	return q + (rest > half || (rest == half && (q & 1)));
}

/* To 24 bits. */
static void round_to_float(uint64_t *m, unsigned *k)
{
	int excess = 64 - __builtin_clzll(*m) - MANTISSA_BITS;

	if (excess <= 0) {
		*m <<= -excess;
		*k += (unsigned)-excess;
		return;
	}
	*m = divide(*m, (unsigned)excess);
	*k -= (unsigned)excess;
	if (*m >> MANTISSA_BITS) {
		*m >>= 1;
		*k -= 1;
	}
}

/* True when q / 10^s reads back as m / 2^k. (Below a power of two the neighbour is half as far, but
 * of those in question none has a decimal in between.) */
static bool is_close_enough(uint64_t q, uint64_t m, unsigned k, unsigned __int128 ten_to_s)
{
	unsigned __int128 a = (unsigned __int128)q << k;
	unsigned __int128 b = m * ten_to_s;
	unsigned __int128 distance = a < b ? b - a : a - b;

	return 2 * distance < ten_to_s || (2 * distance == ten_to_s && !(m & 1));
}

static struct decimal shortest(uint64_t m, unsigned k)
{
	unsigned __int128 least = (unsigned __int128)100000 << k;
	unsigned __int128 ten_to_s = 1;
	struct decimal decimal = {0};
	int digits = DIGITS_MIN;

	for (; m * ten_to_s < least; ten_to_s *= 10)
		decimal.s++;
	decimal.q = divide(m * ten_to_s, k);
	while (digits < DIGITS_MAX && !is_close_enough(decimal.q, m, k, ten_to_s)) {
		digits++;
		decimal.s++;
		ten_to_s *= 10;
		decimal.q = divide(m * ten_to_s, k);
	}
	while (decimal.q % 10 == 0) {
		decimal.q /= 10;
		decimal.s--;
	}
	return decimal;
}

static void add_with_exponent(struct buf *out, const char *digits, int n, int point)
{
	buf_add(out, (struct span){digits, 1});
	if (n > 1)
		buf_add_format(out, ".%s", digits + 1);
	buf_add_format(out, "e%d", point - 1);
}

/* n digits, of which `point` stand before the point. */
static void add_plain(struct buf *out, const char *digits, int n, int point)
{
	static const char zeros[] = "000000";

	if (point <= 0)
		buf_add_format(out, "0.%.*s%s", -point, zeros, digits);
	else if (point < n)
		buf_add_format(out, "%.*s.%s", point, digits, digits + point);
	else
		buf_add_format(out, "%s%.*s.0", digits, point - n, zeros);
}

void digits_add(struct buf *out, int64_t numerator, unsigned shift)
{
	uint64_t m = numerator < 0 ? -(uint64_t)numerator : (uint64_t)numerator;
	char digits[24];
	struct decimal decimal;
	int n;

	assert(shift <= DIGITS_SHIFT_MAX && m >> shift >> INTEGER_BITS_MAX == 0);
	if (!m) {
		buf_add_text(out, "0.0");
		return;
	}
	round_to_float(&m, &shift);
	decimal = shortest(m, shift);
	n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)decimal.q);
	if (numerator < 0)
		buf_add_text(out, "-");
	if (n - decimal.s < -ZEROS_MAX)
		add_with_exponent(out, digits, n, n - decimal.s);
	else
		add_plain(out, digits, n, n - decimal.s);
}
