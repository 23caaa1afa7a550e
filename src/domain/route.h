/* route: which pool a task goes to, and by which rule.
 *
 * A pure lookup, most particular first:
 *     task/type/model > task/ANY/model > task/type > modelType > task > payload > default
 */
#ifndef DOMAIN_ROUTE_H
#define DOMAIN_ROUTE_H

#include "base/buf.h"
#include "domain/config.h"
#include "domain/entries.h"

enum route_reason {
	ROUTE_TASK_TYPE_MODEL,
	ROUTE_TASK_ANY_MODEL,
	ROUTE_TASK_TYPE,
	ROUTE_MODEL_TYPE,
	ROUTE_TASK,
	ROUTE_PAYLOAD,
	ROUTE_DEFAULT,
};

enum route_payload { ROUTE_PAYLOAD_UNKNOWN, ROUTE_PAYLOAD_TEXT, ROUTE_PAYLOAD_IMAGE };

struct route {
	struct config_pool *pool;
	enum route_reason reason;
	const struct config_rule *rule; /* that has led here; NULL: payloadRouting, or the default */
};

/* The words of the precedence list above, for logs: "task/type/model", …, "default". */
const char *route_reason_text(enum route_reason reason);

/* Where what no rule is about goes. */
struct route route_default(const struct config *config);

/* The route of one type; an empty model or type matches only rules that do not name one. */
struct route route_type(const struct config *config, struct span task, struct span type,
	struct span model, enum route_payload payload);

/* The route of a task, which is never torn: the most particular one that any of its types has; on
 * a tie detection's, then the first named. A task without types goes by its own name. */
struct route route_task(
	const struct config *config, const struct entries_task *task, enum route_payload payload);

/* How the configuration calls a route that was found for that payload: see route_write_name(). */
void route_write(struct route route, enum route_payload payload, struct buf *out);

/* How the configuration calls the first route that leads to that pool: "defaultBackend",
 * "taskRouting.clip/textual", "modelTypeRouting.visual", "payloadRouting.image". */
void route_write_name(const struct config *config, const struct config_pool *pool, struct buf *out);

/* True when knowing the payload could change where this task goes. */
bool route_needs_payload(const struct config *config, const struct entries_task *task);

#endif
