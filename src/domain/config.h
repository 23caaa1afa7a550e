/* config: the configuration as a snapshot: checked once, then shared and never changed.
 *
 * An exchange keeps the snapshot it began with. What changes by itself (health, what is in flight,
 * connections) hangs on names and URLs elsewhere; the only moving thing here is a pool's turn.
 */
#ifndef DOMAIN_CONFIG_H
#define DOMAIN_CONFIG_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/span.h"
#include "domain/capture_config.h"
#include "wire/hostport.h"
#include "wire/url.h"

enum {
	CONFIG_BYTES_MAX = 1048576,
	CONFIG_BACKENDS_MAX = 256,
	CONFIG_RULES_MAX = 4096,  /* of each kind of routing */
	CONFIG_WARNINGS_MAX = 64, /* more are not kept */
	CONFIG_WEIGHT_MAX = 100,
	CONFIG_PATH_MAX = 1024,   /* bytes of a file's or a directory's path */
	CONFIG_FIELDS_MAX = 8192, /* bytes of the lines that one backend gets */
	CONFIG_HOSTS_MAX = 64,    /* names in access.hosts */
	CONFIG_TOKEN_MAX = 256,   /* bytes of access.adminToken */
};

/* Of limits.body: more than anybody sends. */
#define CONFIG_BODY_MAX (UINT64_C(1) << 40)

/* What a secret's value is where it is shown. */
#define CONFIG_MASK "********"

struct backend;
struct backends;

struct config_backend {
	struct span json; /* the object as written; may hold secrets */
	struct span name;
	struct url url;
	bool is_enabled;       /* pools pass over one that is not */
	unsigned weight;       /* its share of a pool's load, 1 to CONFIG_WEIGHT_MAX */
	struct span ca_file;   /* https: an absolute path; empty for the system's own */
	bool is_insecure;      /* https: whose certificate it is is not checked */
	struct span fields;    /* lines for each request to it; may hold secrets: never to be shown */
	int64_t connect_ns;    /* instead of timeouts.connect_ns, or that */
	int64_t answer_ns;     /* instead of timeouts.backend_ns, or that */
	struct backend *state; /* a reference; NULL until the snapshot is bound to the registry */
};

enum config_balance { CONFIG_ROUND_ROBIN, CONFIG_LEAST_IN_FLIGHT, CONFIG_BALANCES };

/* How much of a request's body is looked at: what its plan needs, or all of it. */
enum config_inspect { CONFIG_INSPECT_FRONT, CONFIG_INSPECT_WHOLE, CONFIG_INSPECTS };

/* Backends that share a route's load. Routes to the same set of backends with the same balance have
 * the same pool: two pools are equal when their addresses are. Of one backend there is one pool,
 * and its balance is round-robin. */
struct config_pool {
	size_t *backends; /* indices into config.backends, in the order first written */
	size_t count;     /* at least 1 */
	uint64_t set[CONFIG_BACKENDS_MAX / 64]; /* the same as a set, a bit for each index */
	enum config_balance balance;
	pthread_mutex_t lock; /* of the credits; held for a moment only */
	int64_t *credits;     /* of each of the backends: whose turn it is, see pool.c */
};

/* One key of taskRouting, modelTypeRouting or payloadRouting. Empty spans match anything. */
struct config_rule {
	struct span task; /* with '-' for '_' in facial_recognition */
	struct span type;
	struct span model;
	struct config_pool *pool;
};

/* No two with the same task, type and model. */
struct config_rules {
	struct config_rule *rules; /* as config_rules_sort() leaves them */
	size_t count;
};

struct config_limits {
	uint64_t body_bytes;
	uint64_t entries_bytes;
	uint64_t head_bytes;
	uint64_t head_lines;
	uint64_t parts;
	uint64_t part_head_bytes;
	uint64_t connections;
	uint64_t kept_bytes;   /* of all bodies that may be needed again, process-wide */
	uint64_t spill_bytes;  /* of those, on disk; 0: none ever */
	struct span spill_dir; /* an absolute path; empty for $TMPDIR or else /tmp */
};

/* Nanoseconds. */
struct config_timeouts {
	int64_t connect_ns;
	int64_t backend_ns;
	int64_t head_ns;
	int64_t stall_ns;
	int64_t idle_ns;
	int64_t drain_ns;
	int64_t request_ns; /* from the end of a client's request to an answer, over all attempts */
};

struct config_health {
	bool is_strict; /* any status but 200 makes a backend unhealthy */
	int64_t interval_ns;
	int64_t timeout_ns; /* of one ping */
};

/* Who may use the admin paths, and where. */
struct config_access {
	struct span *hosts; /* names for which it is served, besides those it knows itself */
	size_t host_count;
	struct span admin_token; /* empty: none is asked for; never to be shown */
	bool has_admin_listen;   /* they are served there, and nowhere else */
	struct host_port admin_listen;
};

/* A fault's path when it is about all of the text. */
#define CONFIG_WHOLE "the file"

/* What is wrong and where, for "backends[1].url: found "ftp://ml", wanted …". */
struct config_fault {
	char path[128]; /* of the key; "line 3" for broken JSON; CONFIG_WHOLE */
	char text[240];
};

enum config_origin { CONFIG_FROM_FILE, CONFIG_FROM_ENVIRONMENT };

struct config {
	atomic_uint refs;
	struct arena arena;
	enum config_origin origin; /* a file unless whoever has parsed it says otherwise */
	struct span text; /* all of it as written, into which the spans here point; holds secrets */
	struct config_backend *backends;
	size_t backend_count;
	struct config_pool *pools;
	size_t pool_count;
	struct config_pool *default_pool;
	struct config_rules task_rules;
	struct config_rules type_rules; /* only type is set */
	struct config_pool *text_pool;  /* payloadRouting; NULL when not routed */
	struct config_pool *image_pool;
	enum config_balance balance; /* of routes that name none */
	struct config_limits limits;
	struct config_timeouts timeouts;
	struct config_health health;
	struct config_access access;
	struct capture_config capture;
	enum config_inspect inspect;
	bool has_debug_headers;        /* answers say how long what took */
	struct config_fault *warnings; /* unknown keys and what can hardly be meant, with its path */
	size_t warning_count;
};

/* What is in force where nothing is written. */
extern const struct config_limits config_default_limits;
extern const struct config_timeouts config_default_timeouts;
extern const struct config_health config_default_health;
extern const struct capture_config config_default_capture;

/* How they are written. */
extern const char *const config_balance_words[CONFIG_BALANCES];
extern const char *const config_inspect_words[CONFIG_INSPECTS];

/* Reads a configuration file's text (RFC 8259; of doubled keys the last counts). With one
 * reference. -1 with a fault: the first one in the order limits, timeouts, health, access,
 * capture, inspect, debugHeaders, backends, balance, defaultBackend, taskRouting, modelTypeRouting,
 * payloadRouting. Secrets are never part of it. */
int config_parse(struct span text, struct config **ret_config, struct config_fault *fault)
	__attribute__((warn_unused_result));

struct config *config_ref(struct config *config);
void config_unref(struct config *config); /* takes NULL */

/* Gives each backend its state out of the registry, until the last config_unref(). Once, before the
 * snapshot is shared; the registry outlives it. */
void config_bind(struct config *config, struct backends *backends);

/* The index of the backend of that name; while a configuration is read, among those read so far. */
bool config_find_backend(const struct config *config, struct span name, size_t *ret_index);

/* An order for config_rules_find(), none that means anything to people. */
void config_rules_sort(struct config_rules *rules);

/* The rule with the same task, type and model; NULL when there is none. */
const struct config_rule *config_rules_find(
	const struct config_rules *rules, const struct config_rule *like);

#endif
