#include "io/recorder_order.h"

#include "base/mem.h"

struct recorder_order *recorder_order_exchange(struct record *const *records, size_t count)
{
	struct recorder_order *order = mem_new(1, sizeof *order + count * sizeof *records);

	order->count = count;
	for (size_t i = 0; i < count; i++) {
		order->records[i] = record_ref(records[i]);
		order->bytes += record_bytes(records[i]);
	}
	return order;
}

struct recorder_order *recorder_order_settings(const struct capture_config *config)
{
	struct recorder_order *order = mem_new(1, sizeof *order);
	struct recorder_settings *settings = mem_new(1, sizeof *settings);

	arena_init(&settings->arena);
	settings->config = capture_config_copy(config, &settings->arena);
	settings->is_recording = config->is_enabled && config->dir.n;
	order->settings = settings;
	return order;
}

void recorder_settings_free(struct recorder_settings *settings)
{
	if (!settings)
		return;
	arena_deinit(&settings->arena);
	mem_free(settings);
}

void recorder_order_free(struct recorder_order *order)
{
	if (!order)
		return;
	for (size_t i = 0; i < order->count; i++)
		record_unref(order->records[i]);
	recorder_settings_free(order->settings);
	mem_free(order);
}
