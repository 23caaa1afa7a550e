/* entry: entries of captures, as they are written and read. */
#ifndef RIG_ENTRY_H
#define RIG_ENTRY_H

#include "wire/har.h"

/* Hashes of no bytes that there are. */
#define ENTRY_DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ENTRY_OTHERS "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

extern const struct har_entry entry_full;  /* has all there can be, with bytes that are no text */
extern const struct har_entry entry_plain; /* and what there is at the least */

/* They fail the running test where both differ. */
void entry_check(const struct har_entry *found, const struct har_entry *wanted);
void entry_check_text(struct span found, struct span wanted);

#endif
