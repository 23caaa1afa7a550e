/* config_object: what may stand in an object of the configuration file, as a table of its keys. */
#ifndef DOMAIN_CONFIG_OBJECT_H
#define DOMAIN_CONFIG_OBJECT_H

#include "domain/config_node.h"

/* What a key's value is in the configuration. */
enum config_field_kind {
	CONFIG_FIELD_COUNT,    /* a whole number, into uint64_t */
	CONFIG_FIELD_SECONDS,  /* into int64_t, nanoseconds */
	CONFIG_FIELD_MS,       /* a whole number of milliseconds, the same */
	CONFIG_FIELD_SHARE,    /* from 0 to 1, into double */
	CONFIG_FIELD_BOOL,     /* true or false, into bool */
	CONFIG_FIELD_PATH,     /* an absolute path, into struct span */
	CONFIG_FIELD_TEMP_DIR, /* the same; empty: the environment says where */
	CONFIG_FIELD_CHOICE,   /* one of some words, into the enum that numbers them */
	CONFIG_FIELD_OBJECT,   /* with fields of its own, into a struct that is part of this one */
	/* what a function of their own reads, into */
	CONFIG_FIELD_TEXT,     /* struct span */
	CONFIG_FIELD_URL,      /* struct url */
	CONFIG_FIELD_WEIGHT,   /* unsigned */
	CONFIG_FIELD_POOL,     /* struct config_pool * */
	CONFIG_FIELD_RULES,    /* struct config_rules */
	CONFIG_FIELD_BACKENDS, /* all of struct config's */
	CONFIG_FIELD_HEADERS,  /* lines; the values are secrets */
	CONFIG_FIELD_SECRET,   /* whatever is made of it */
	CONFIG_FIELD_HOSTS,    /* struct config_access */
	CONFIG_FIELD_LISTEN,   /* struct config_access */
	CONFIG_FIELD_STATUS,   /* unsigned: a status, or the first digit of some */
	CONFIG_FIELD_REDACT,   /* struct capture_config */
	CONFIG_FIELD_PICK,     /* what is only read on the way to a pool */
};

enum { CONFIG_FIELDS_OF_OBJECT_MAX = 16 };

/* At most CONFIG_FIELDS_OF_OBJECT_MAX. */
struct config_fields {
	const struct config_field *all;
	size_t count;
};

/* A key of an object. */
struct config_field {
	const char *key;
	enum config_field_kind kind;
	bool is_required;
	size_t offset; /* of what is read, in the object's struct */
	uint64_t min;  /* CONFIG_FIELD_COUNT and _MS; CONFIG_FIELD_SECONDS, in nanoseconds */
	uint64_t max;
	const char *fallback;        /* the key that says it where this one is absent, if any does */
	struct config_words words;   /* CONFIG_FIELD_CHOICE */
	struct config_fields fields; /* CONFIG_FIELD_OBJECT */
	int (*read)(struct config *config, const struct config_node *node, void *into,
		struct config_fault *fault);
};

#define CONFIG_FIELDS(array) {array, sizeof(array) / sizeof *(array)}

/* The value of each field, in the table's order: of doubled keys the last, empty when there is
 * none. One walk for all of them, since objects may be long. */
void config_object_find(
	const struct config_node *object, struct config_fields fields, struct span *ret_values);

/* Reads the fields in the table's order, each into its place in the struct at `into`; what is not
 * written stays as it is there. Keys that the table does not have are warned of. */
int config_object_read(struct config *config, const struct config_node *object,
	struct config_fields fields, void *into, struct config_fault *fault)
	__attribute__((warn_unused_result));

#endif
