/* Input: two JSON numbers with a blank between them. Each is what strtod() says, but for the last
 * bit; they are equal in both directions or in none, and what is equal has one value. A zero behind
 * the point changes nothing. */
#include "wire/json_number.h"

#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "fuzz.h"
#include "wire/json.h"

static bool is_number(struct span text)
{
	enum json_type type;
	struct err err;

	return json_check_whole(text, &type, &err) == 0 && type == JSON_NUMBER &&
		   json_trim(text).n == text.n;
}

static double check_value(struct span number)
{
	BUF_AUTO struct buf text = {0};
	double value = json_number_value(number);
	double expected;

	buf_add(&text, number);
	buf_add(&text, (struct span){"", 1});
	expected = strtod(text.bytes, NULL);
	must(fabs(value - expected) <= fabs(expected) * 1e-15 || fabs(value) == fabs(expected) ||
		 fabs(value - expected) <= 1e-323);
	return value;
}

/* With a zero, or a point and a zero, behind what is before the exponent. */
static void check_longer(struct span number)
{
	BUF_AUTO struct buf longer = {0};
	size_t end = 0;

	while (end < number.n && number.p[end] != 'e' && number.p[end] != 'E')
		end++;
	buf_add(&longer, span_first(number, end));
	buf_add_text(&longer, memchr(number.p, '.', end) ? "0" : ".0");
	buf_add(&longer, span_skip(number, end));
	must(json_number_equal(number, number));
	/* What cannot be told apart from its like is none's equal. */
	must(number.n - end > 17 || json_number_equal(number, buf_span(&longer)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span b = {(const char *)data, size};
	struct span a = span_cut(&b, ' ');
	double a_value;
	double b_value;

	if (!is_number(a) || !is_number(b))
		return 0;
	a_value = check_value(a);
	b_value = check_value(b);
	check_longer(a);
	must(json_number_equal(a, b) == json_number_equal(b, a));
	must(!json_number_equal(a, b) || !(a_value < b_value || a_value > b_value));
	return 0;
}
