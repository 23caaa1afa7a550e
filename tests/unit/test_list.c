#include "base/list.h"

#include "base/mem.h"
#include "rig/suite.h"

struct item {
	char name;
	struct list node;
};

static void expect(struct list *head, const char *names)
{
	const char *name = names;
	const struct list *back = head;

	LIST_EACH(node, head) {
		ck_assert_int_eq(LIST_OBJECT(node, struct item, node)->name, *name++);
		ck_assert_ptr_eq(node->prev, back);
		back = node;
	}
	ck_assert_int_eq(*name, '\0');
	ck_assert_ptr_eq(head->prev, back);
	ck_assert(list_is_empty(head) == !*names);
}

START_TEST(append_and_prepend_keep_the_order)
{
	struct item a = {.name = 'a'};
	struct item b = {.name = 'b'};
	struct item c = {.name = 'c'};
	struct list head;

	list_init(&head);
	expect(&head, "");
	list_append(&head, &b.node);
	list_append(&head, &c.node);
	list_prepend(&head, &a.node);
	expect(&head, "abc");
	list_unlink(&b.node);
	expect(&head, "ac");
	list_unlink(&b.node); /* twice is harmless */
	ck_assert(list_is_empty(&b.node));
	expect(&head, "ac");
	list_unlink(&a.node);
	list_unlink(&c.node);
	expect(&head, "");
}
END_TEST

START_TEST(each_safe_given_body_that_frees_goes_on)
{
	struct list head;

	list_init(&head);
	for (const char *name = "abcde"; *name; name++) {
		struct item *item = mem_new(1, sizeof *item);

		item->name = *name;
		list_append(&head, &item->node);
	}
	LIST_EACH_SAFE(node, &head) {
		struct item *item = LIST_OBJECT(node, struct item, node);

		if (item->name == 'b')
			continue;
		list_unlink(node);
		mem_free(item);
	}
	expect(&head, "b");
	mem_free(LIST_OBJECT(head.next, struct item, node));
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("list");
	TCase *tcase = tcase_create("list");

	tcase_add_test(tcase, append_and_prepend_keep_the_order);
	tcase_add_test(tcase, each_safe_given_body_that_frees_goes_on);
	suite_add_tcase(suite, tcase);
	return suite;
}
