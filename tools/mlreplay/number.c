#include "mlreplay/number.h"

#include <stdlib.h>

#include "base/ascii.h"

enum { NUMBER_MAX = 32 };

bool number_cut(struct span *rest, double *ret_number)
{
	char text[NUMBER_MAX + 1];
	size_t points = 0;
	size_t n = 0;

	while (n < rest->n && (ascii_is_digit(rest->p[n]) || rest->p[n] == '.'))
		points += rest->p[n++] == '.';
	if (!n || n > NUMBER_MAX || points > 1 || !ascii_is_digit(rest->p[0]) ||
		!ascii_is_digit(rest->p[n - 1]))
		return false;
	memcpy(text, rest->p, n);
	text[n] = '\0';
	*ret_number = strtod(text, NULL);
	*rest = span_skip(*rest, n);
	return true;
}

bool number_read(struct span text, double *ret_number)
{
	double number;

	if (!number_cut(&text, &number) || text.n)
		return false;
	*ret_number = number;
	return true;
}
