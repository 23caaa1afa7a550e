/* capture_config: the configuration's `capture`: what is recorded to disk, where, and how much of
 * it is taken out before. */
#ifndef DOMAIN_CAPTURE_CONFIG_H
#define DOMAIN_CAPTURE_CONFIG_H

#include "base/arena.h"
#include "domain/redact.h"

/* Which exchanges: those of which all is true that is told. */
struct capture_match {
	struct span task;    /* one of those asked for; empty: any */
	unsigned status;     /* 200, or 2 to 5 for "2xx", …; 0: any */
	int64_t min_ns;      /* it took at least that long */
	bool is_errors_only; /* no answer, or one of 500 or more, or a backend's request that failed */
};

struct capture_config {
	bool is_enabled;
	struct span dir;       /* an absolute path; empty: there is no capture */
	uint64_t max_bytes;    /* of all files; 0: no limit */
	uint64_t rotate_bytes; /* of capture.har; 0: any size */
	int64_t rotate_ns;     /* 0: any age */
	double sample;         /* the share of exchanges, 0 to 1 */
	struct capture_match match;
	struct redact_rule *redact;
	size_t redact_count;
};

/* What an exchange came to. */
struct capture_facts {
	const struct span *tasks;
	size_t task_count;
	int status; /* 0: none */
	int64_t took_ns;
	bool has_failed; /* it or one of its requests to backends */
};

/* With all that it points to, in the arena. */
struct capture_config capture_config_copy(const struct capture_config *config, struct arena *arena);

/* Whether it is in the sample, which is decided when it begins, so that the others cost nothing;
 * the draw is a random number. */
bool capture_config_samples(const struct capture_config *config, uint64_t draw);

/* Whether one of the sample is to be recorded, when there is a capture that is enabled. */
bool capture_config_wants(const struct capture_config *config, const struct capture_facts *facts);

/* Whether there is a rule of that kind. */
bool capture_config_redacts(const struct capture_config *config, enum redact_kind kind);

/* Whether there is one about what is asked, and not only about answers. */
bool capture_config_redacts_requests(const struct capture_config *config);

#endif
