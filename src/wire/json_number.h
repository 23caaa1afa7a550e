/* json_number: what a JSON number says, however it is written: 1, 1.0 and 10e-1 are the same. */
#ifndef WIRE_JSON_NUMBER_H
#define WIRE_JSON_NUMBER_H

#include "base/span.h"

/* Numbers that have passed json_check, without white space around them. */

/* Exact, for any number of digits: 9007199254740993 is not 9007199254740992. -0 is 0. Exponents of
 * more than 17 digits are too large to be told apart from their like: such numbers are equal only
 * when they are written in the same way. */
bool json_number_equal(struct span a, struct span b);

/* The nearest double, or one beside it for more than 19 digits; infinite when it is too large. The
 * locale does not count. */
double json_number_value(struct span number);

#endif
