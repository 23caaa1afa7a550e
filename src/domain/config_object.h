/* config_object: what may stand in an object of the configuration file, as a table of its keys. */
#ifndef DOMAIN_CONFIG_OBJECT_H
#define DOMAIN_CONFIG_OBJECT_H

#include "domain/config_node.h"

enum config_field_kind {
	CONFIG_FIELD_COUNT,   /* a whole number, into uint64_t */
	CONFIG_FIELD_SECONDS, /* into int64_t, nanoseconds */
	CONFIG_FIELD_BOOL,    /* true or false, into bool */
	CONFIG_FIELD_PATH,    /* an absolute path, into struct span */
	CONFIG_FIELD_OWN,     /* whatever its function reads */
};

/* A key of an object. */
struct config_field {
	const char *key;
	enum config_field_kind kind;
	bool is_required;
	size_t offset; /* of what is read, in the object's struct */
	uint64_t min;  /* CONFIG_FIELD_COUNT; CONFIG_FIELD_SECONDS, in nanoseconds */
	uint64_t max;
	int (*read)(struct config *config, const struct config_node *node, void *into,
		struct config_fault *fault); /* CONFIG_FIELD_OWN */
};

struct config_fields {
	const struct config_field *all;
	size_t count;
};

#define CONFIG_FIELDS(array) ((struct config_fields){array, sizeof(array) / sizeof *(array)})

/* Reads the fields in the table's order, each into its place in the struct at `into`; what is not
 * written stays as it is there. Keys that the table does not have are warned of. */
int config_object_read(struct config *config, const struct config_node *object,
	struct config_fields fields, void *into, struct config_fault *fault)
	__attribute__((warn_unused_result));

#endif
