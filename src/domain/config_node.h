/* config_node: a value in the configuration file and where it stands, so that whatever is wrong
 * with it can be said with its path.
 *
 *     value of "url"  --parent-->  backends[1]  --parent-->  backends  --parent-->  the file
 *
 * Nodes live on the stacks of the functions that descend; each is good for as long as its parent.
 */
#ifndef DOMAIN_CONFIG_NODE_H
#define DOMAIN_CONFIG_NODE_H

#include "domain/config.h"

struct config_draft;

struct config_node {
	const struct config_node *parent; /* NULL: the whole file */
	struct span key;                  /* of a member: as written, without its quotes */
	size_t index;                     /* of an element of a list */
	bool is_element;
	bool is_secret;             /* a fault says of its value only what type it has */
	struct span value;          /* checked JSON; empty when it is missing */
	struct config_draft *draft; /* of the whole file: see config_draft.h; may be NULL */
};

/* A member's key, which JSON has in quotes, as a node has it. */
static inline struct span config_node_key(struct span quoted)
{
	return (struct span){quoted.p + 1, quoted.n - 2};
}

/* The other way round. */
static inline struct span config_node_quoted(struct span key)
{
	return (struct span){key.p - 1, key.n + 2};
}

/* The last member of that key; with an empty value when there is none. */
struct config_node config_node_member(const struct config_node *object, const char *key);

/* Fills fault: the node's path, what was found (shortened), and what is wanted. Returns -1. */
int config_node_fault(const struct config_node *node, struct config_fault *fault,
	const char *wanted, ...) __attribute__((format(printf, 3, 4)));

/* Puts down what is odd about the node, once, unless there are CONFIG_WARNINGS_MAX already. */
void config_node_warn(const struct config_node *node, struct config *config, const char *text);

/* True when the text can be a name: not empty, valid UTF-8, no control characters. */
bool config_node_is_name(struct span text);

/* A name, decoded into the arena where need be. */
int config_node_name(const struct config_node *node, struct arena *arena, struct span *ret_name,
	struct config_fault *fault) __attribute__((warn_unused_result));

/* An absolute path of at most CONFIG_PATH_MAX bytes, as a name. */
int config_node_path(const struct config_node *node, struct arena *arena, struct span *ret_path,
	struct config_fault *fault) __attribute__((warn_unused_result));

int config_node_bool(const struct config_node *node, bool *ret, struct config_fault *fault)
	__attribute__((warn_unused_result));

/* Words to choose from. */
struct config_words {
	const char *const *all;
	unsigned count;
};

#define CONFIG_WORDS(array) {array, sizeof(array) / sizeof *(array)}

/* One of the words, as its number among them. */
int config_node_choice(const struct config_node *node, struct config_words words, unsigned *ret,
	struct config_fault *fault) __attribute__((warn_unused_result));

/* A whole number from min to max. */
int config_node_count(const struct config_node *node, uint64_t min, uint64_t max,
	uint64_t *ret_count, struct config_fault *fault) __attribute__((warn_unused_result));

/* A number of seconds, fractions allowed; min, max and the outcome are nanoseconds. */
int config_node_seconds(const struct config_node *node, int64_t min_ns, int64_t max_ns,
	int64_t *ret_ns, struct config_fault *fault) __attribute__((warn_unused_result));

/* A whole number of milliseconds, at most max_ms; the outcome is nanoseconds. */
int config_node_ms(const struct config_node *node, uint64_t max_ms, int64_t *ret_ns,
	struct config_fault *fault) __attribute__((warn_unused_result));

/* A number from 0 to 1. */
int config_node_share(const struct config_node *node, double *ret_share, struct config_fault *fault)
	__attribute__((warn_unused_result));

#endif
