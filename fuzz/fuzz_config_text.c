/* A configuration, then, behind a NUL, what is posted over it (without a NUL: the same).
 *
 * What is shown has masks for secrets, and posted back changes nothing. What comes of posting says
 * itself again: read, masked and posted, or posted as it is. A mask stands for a secret only where
 * that went already. */
#include "base/buf.h"
#include "domain/config_effective.h"
#include "domain/config_text.h"
#include "fuzz.h"
#include "wire/json.h"

/* -- equal configurations -------------------------------------------------------------------- */

/* Lines of headers that were written again have moved to where that is. */
static void check_same_lines(struct span ones, struct span twos)
{
	must(ones.n == twos.n);
	while (ones.n) {
		struct span line = span_cut(&ones, '\n');

		must(memmem(twos.p, twos.n, line.p, line.n + 1));
	}
}

static void check_same_backends(const struct config *a, const struct config *b)
{
	must(a->backend_count == b->backend_count);
	for (size_t i = 0; i < a->backend_count; i++) {
		const struct config_backend *one = &a->backends[i];
		const struct config_backend *two = &b->backends[i];

		must(span_equal(one->name, two->name) && span_equal(one->url.text, two->url.text));
		must(one->is_enabled == two->is_enabled && one->weight == two->weight);
		must(span_equal(one->ca_file, two->ca_file) && one->is_insecure == two->is_insecure);
		check_same_lines(one->fields, two->fields);
		must(one->connect_ns == two->connect_ns && one->answer_ns == two->answer_ns);
	}
}

/* Which of equal ones was written first may be another. */
static void check_same_pools(const struct config_pool *one, const struct config_pool *two)
{
	must(!one == !two);
	if (one && two)
		must(one->count == two->count && one->balance == two->balance &&
			 memcmp(one->set, two->set, sizeof one->set) == 0);
}

static void check_same_rules(const struct config_rules *ones, const struct config_rules *twos)
{
	must(ones->count == twos->count);
	for (size_t i = 0; i < ones->count; i++) {
		must(config_rules_find(twos, &ones->rules[i]) == &twos->rules[i]);
		check_same_pools(ones->rules[i].pool, twos->rules[i].pool);
	}
}

static void check_same_access(const struct config_access *a, const struct config_access *b)
{
	must(a->host_count == b->host_count && span_equal(a->admin_token, b->admin_token));
	must(a->has_admin_listen == b->has_admin_listen);
	must(span_equal(a->admin_listen.host, b->admin_listen.host));
	must(a->admin_listen.port == b->admin_listen.port);
	for (size_t i = 0; i < a->host_count; i++)
		must(span_equal(a->hosts[i], b->hosts[i]));
}

static void check_same(const struct config *a, const struct config *b)
{
	check_same_backends(a, b);
	must(a->pool_count == b->pool_count);
	check_same_pools(a->default_pool, b->default_pool);
	check_same_pools(a->text_pool, b->text_pool);
	check_same_pools(a->image_pool, b->image_pool);
	check_same_rules(&a->task_rules, &b->task_rules);
	check_same_rules(&a->type_rules, &b->type_rules);
	must(memcmp(&a->limits, &b->limits, offsetof(struct config_limits, spill_dir)) == 0);
	must(span_equal(a->limits.spill_dir, b->limits.spill_dir));
	must(memcmp(&a->timeouts, &b->timeouts, sizeof a->timeouts) == 0);
	must(a->health.is_strict == b->health.is_strict);
	must(a->health.interval_ns == b->health.interval_ns);
	must(a->health.timeout_ns == b->health.timeout_ns);
	must(a->has_debug_headers == b->has_debug_headers && a->balance == b->balance);
	check_same_access(&a->access, &b->access);
}

/* -- masks ----------------------------------------------------------------------------------- */

static bool is_mask(struct span value)
{
	return span_is(value, "\"" CONFIG_MASK "\"");
}

/* The backends of a text that parses. */
static struct json_elements backends_of(struct span text)
{
	struct span list;

	must(json_member(text, SPAN_LITERAL("backends"), &list));
	return json_elements_of(list);
}

static void check_masked_backend(struct span backend)
{
	struct json_members walk;
	struct span key;
	struct span value;

	if (json_member(backend, SPAN_LITERAL("basicAuth"), &value))
		must(is_mask(value));
	if (!json_member(backend, SPAN_LITERAL("headers"), &value))
		return;
	walk = json_members_of(value);
	while (json_members_next(&walk, &key, &value))
		must(is_mask(value));
}

static void check_masked(struct span shown)
{
	struct json_elements walk = backends_of(shown);
	struct span value;

	while (json_elements_next(&walk, &value))
		check_masked_backend(value);
	if (json_member(shown, SPAN_LITERAL("access"), &value) &&
		json_member(value, SPAN_LITERAL("adminToken"), &value))
		must(is_mask(value));
}

static void check_place(const struct config *current, const struct config_backend *backend)
{
	for (size_t i = 0; current && i < current->backend_count; i++) {
		const struct config_backend *before = &current->backends[i];
		const struct url *url = &before->url;

		if (!span_equal(before->name, backend->name))
			continue;
		must(before->is_insecure ||
			 (!backend->is_insecure && span_equal(before->ca_file, backend->ca_file)));
		must(url->scheme == backend->url.scheme && url->port == backend->url.port);
		must(span_equal_nocase(url->host, backend->url.host));
		return;
	}
	must(false);
}

static void check_places(
	const struct config *current, struct span posted, const struct config *config)
{
	struct json_elements walk = backends_of(posted);
	struct span backend;
	struct span value;

	for (size_t i = 0; json_elements_next(&walk, &backend); i++)
		if (json_member(backend, SPAN_LITERAL("basicAuth"), &value) && is_mask(value))
			check_place(current, &config->backends[i]);
}

/* -- all of it ------------------------------------------------------------------------------- */

static struct config *update_well(const struct config *current, struct span posted)
{
	struct config *config;
	struct config_fault fault;

	must(config_text_update(current, posted, &config, &fault) == 0);
	return config;
}

static struct config *post_back(const struct config *config)
{
	BUF_AUTO struct buf shown = {0};
	struct config *again;

	config_text_mask(config, &shown);
	check_masked(buf_span(&shown));
	again = update_well(config, buf_span(&shown));
	check_same(config, again);
	return again;
}

static void check_effective(const struct config *config)
{
	BUF_AUTO struct buf out = {0};
	enum json_type type;
	struct err err;

	config_effective_write(config, SPAN_LITERAL("/tmp"), &out);
	must(json_check_whole(buf_span(&out), &type, &err) == 0 && type == JSON_OBJECT);
}

/* What comes of posting is in order already: it stays as it is. */
static void check_settled(const struct config *config)
{
	struct config *read;
	struct config *again;
	struct config_fault fault;

	must(config_parse(config->text, &read, &fault) == 0);
	check_same(config, read);
	for (size_t i = 0; i < read->warning_count; i++)
		must(!span_is(span_of(read->warnings[i].text), "unknown key"));
	config_unref(read);
	again = post_back(config);
	must(span_equal(again->text, config->text));
	config_unref(again);
	again = update_well(NULL, config->text);
	must(span_equal(again->text, config->text));
	config_unref(again);
}

static void check_file(const struct config *config)
{
	struct config *again = post_back(config);

	must(again->warning_count == config->warning_count);
	check_settled(again);
	config_unref(again);
	check_effective(config);
}

static void check_post(const struct config *current, struct span posted)
{
	struct config *config;
	struct config_fault fault = {0};

	if (config_text_update(current, posted, &config, &fault)) {
		must(fault.path[0] && fault.text[0]);
		return;
	}
	check_places(current, posted, config);
	check_settled(config);
	config_unref(config);
}

/* Longer ones can meet the limit on their way back. */
enum { BYTES_MAX = CONFIG_BYTES_MAX / 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span posted = {(const char *)data, size};
	struct span text = size ? span_cut(&posted, '\0') : posted;
	struct config *config = NULL;
	struct config_fault fault;

	if (size > BYTES_MAX)
		return 0;
	if (config_parse(text, &config, &fault) == 0)
		check_file(config);
	check_post(config, text.n < size ? posted : text);
	config_unref(config);
	return 0;
}
