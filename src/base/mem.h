/* mem: the process's memory, which is there or the process is not.
 *
 * Everything that grows with what comes from outside has a limit of its own (struct x_limits), so
 * running out means that the machine is out of memory: mem_new() then says so on stderr and aborts,
 * and the supervisor starts the process again. Nothing above needs a path for it. `./ci/run starve`
 * sees to it that every allocation in the unit tests ends so.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed bytes; never NULL. n * size is checked for overflow. */
void *mem_new(size_t n, size_t size) __attribute__((malloc, warn_unused_result));

/* Like realloc(); the bytes beyond the old ones are undefined. Never NULL. */
void *mem_resize(void *p, size_t n, size_t size) __attribute__((warn_unused_result));

void mem_free(void *p);

/* Whether what is given back may rest for whoever wants its like next: not in builds for tools that
 * look for those who use it nevertheless (MLP_REUSE in CMakeLists.txt). */
bool mem_reuses(void);

/* Frees the object a pointer variable points to when the variable goes out of scope:
 *     MEM_AUTO char *text = mem_new(n, 1); */
void mem_free_indirect(void *pointer_to_pointer);
#define MEM_AUTO __attribute__((cleanup(mem_free_indirect)))

/* Hands a pointer over: yields its value and leaves NULL behind. */
#define TAKE(pointer)                          \
	({                                         \
		__typeof__(pointer) take_ = (pointer); \
		(pointer) = NULL;                      \
		take_;                                 \
	})

#endif
