/* list: doubly linked, the links inside the objects. A head and an unlinked node point to
 * themselves, so that unlinking twice is harmless. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *prev;
};

/* Here parentheses would break what is a type, a member, or the name of a new variable. */
/* NOLINTBEGIN(bugprone-macro-parentheses) */

/* The object of `type` whose `member` the node is. */
#define LIST_OBJECT(node, type, member) ((type *)(void *)((char *)(node) - offsetof(type, member)))

#define LIST_EACH(node, head) \
	for (struct list *node = (head)->next; node != (head); node = node->next)

/* The body may unlink and free the node it is at, but no other. */
#define LIST_EACH_SAFE(node, head)                                                    \
	for (struct list *node = (head)->next, *node##_next = node->next; node != (head); \
		node = node##_next, node##_next = node->next)

/* NOLINTEND(bugprone-macro-parentheses) */

static inline void list_init(struct list *node)
{
	node->next = node->prev = node;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_unlink(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

static inline void list_append(struct list *head, struct list *node)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

static inline void list_prepend(struct list *head, struct list *node)
{
	list_append(head->next, node);
}

#endif
