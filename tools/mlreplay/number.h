/* number: decimal numbers as people write them on a command line. */
#ifndef MLREPLAY_NUMBER_H
#define MLREPLAY_NUMBER_H

#include "base/span.h"

/* Digits, perhaps with a point among them: "2", "0.5". False, with nothing set, for anything else:
 * a sign, an exponent, blanks, nothing, more than 32 characters. */
bool number_read(struct span text, double *ret_number) __attribute__((warn_unused_result));

/* The number at the front, which is cut off *rest; what follows it is not looked at. */
bool number_cut(struct span *rest, double *ret_number) __attribute__((warn_unused_result));

#endif
