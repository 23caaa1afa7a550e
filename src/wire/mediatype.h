/* mediatype: values of the form `value; name=value; name="value"`, as in Content-Type (RFC 9110,
 * section 8.3.1) and Content-Disposition (RFC 7578, section 4.2), split where the service splits
 * them: at a semicolon outside quotes, a quote behind a backslash not counting as one. */
#ifndef WIRE_MEDIATYPE_H
#define WIRE_MEDIATYPE_H

#include "base/span.h"

struct mediatype_params {
	struct span rest;
};

/* Cuts the value before the first semicolon off, without blanks around it. */
struct span mediatype_value(struct span header, struct mediatype_params *ret_params);

/* The next parameter. The value is without its enclosing quotes and with its escapes still in it;
 * a parameter without '=' has an empty value. False when there is none left. */
bool mediatype_next(struct mediatype_params *params, struct span *ret_name, struct span *ret_value);

/* True when the (still escaped) parameter value says `text`. */
bool mediatype_value_is(struct span value, struct span text);

#endif
