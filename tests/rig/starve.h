/* starve: what becomes of a test program that is given no memory. At each of its allocations it
 * forks: the child gets none there and must end as base/mem.h says, with one line on stderr and
 * SIGABRT, neither with a crash nor never; the program itself goes on. Of the allocations that the
 * same calls lead to, by the return addresses on the stack, that is done with the first few.
 * CMakeLists.txt lets the linker send here what base/mem calls, from which libevent, too, has its
 * memory.
 *
 *     RIG_STARVE=all CK_FORK=no test_chain     each kind of allocation, in children
 *     RIG_STARVE=17 CK_FORK=no gdb test_chain  the 17th fails in the process itself
 */
#ifndef RIG_STARVE_H
#define RIG_STARVE_H

#include <stdbool.h>

/* Looks at RIG_STARVE; without it nothing fails. */
void starve_begin(void);

/* Says how many there were. False when one did not end as it must, which was said at once. */
bool starve_end(void);

/* Calls of base/mem so far, with RIG_STARVE or without. */
unsigned long starve_count(void);

#endif
