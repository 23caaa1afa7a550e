/* recorder_order: what the recorder's thread is told to do: to write an exchange, or to go by
 * another configuration. */
#ifndef IO_RECORDER_ORDER_H
#define IO_RECORDER_ORDER_H

#include "base/list.h"
#include "domain/capture_config.h"
#include "io/record.h"

struct recorder_settings {
	struct capture_config config;
	bool is_recording; /* it is enabled, and says where to */
	/* private */
	struct arena arena;
};

struct recorder_order {
	struct list node;
	struct recorder_settings *settings; /* NULL: it is an exchange */
	uint64_t bytes;                     /* that its records hold, now that it is made */
	size_t count;
	struct record *records[];
};

/* With references to the records. */
struct recorder_order *recorder_order_exchange(struct record *const *records, size_t count)
	__attribute__((warn_unused_result));

/* With a copy of the configuration. */
struct recorder_order *recorder_order_settings(const struct capture_config *config)
	__attribute__((warn_unused_result));

void recorder_order_free(struct recorder_order *order);          /* takes NULL */
void recorder_settings_free(struct recorder_settings *settings); /* takes NULL */

#endif
