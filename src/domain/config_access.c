#include "domain/config_access.h"

#include "domain/config_draft.h"
#include "wire/json.h"

static struct span read_string(struct config *config, const struct config_node *node)
{
	if (json_type_of(node->value) != JSON_STRING)
		return SPAN_EMPTY;
	return json_string(node->value, &config->arena);
}

static int read_hosts(
	struct config *config, const struct config_node *list, void *into, struct config_fault *fault)
{
	struct config_access *access = into;
	struct config_node node = {.parent = list, .is_element = true};
	struct json_elements walk;

	if (json_type_of(list->value) != JSON_ARRAY)
		return config_node_fault(list, fault, "a list of names");
	access->hosts = arena_new(&config->arena, CONFIG_HOSTS_MAX, sizeof *access->hosts);
	walk = json_elements_of(list->value);
	for (; json_elements_next(&walk, &node.value); node.index++) {
		struct span host = read_string(config, &node);

		if (node.index == CONFIG_HOSTS_MAX)
			return config_node_fault(list, fault, "at most %d names", CONFIG_HOSTS_MAX);
		if (!url_is_name(host))
			return config_node_fault(
				&node, fault, "a name as browsers are given it, such as ml.lan, without a port");
		access->hosts[access->host_count++] = host;
	}
	return 0;
}

/* What can stand in a header behind "Bearer ". */
static bool is_token(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	return text.n && text.n <= CONFIG_TOKEN_MAX;
}

static int read_token(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	struct config_access *access = into;
	struct config_node secret = *node;
	struct span token;

	secret.is_secret = true;
	if (config_draft_unmask(&secret, NULL, fault) < 0)
		return -1;
	token = read_string(config, &secret);
	if (!is_token(token))
		return config_node_fault(&secret, fault,
			"1 to %d visible ASCII characters, none of them a blank", CONFIG_TOKEN_MAX);
	access->admin_token = token;
	return 0;
}

static int read_listen(
	struct config *config, const struct config_node *node, void *into, struct config_fault *fault)
{
	struct config_access *access = into;

	if (!hostport_parse_listen(read_string(config, node), &access->admin_listen))
		return config_node_fault(
			node, fault, "ADDR:PORT such as 127.0.0.1:3005, [::1]:3005 or :3005");
	access->has_admin_listen = true;
	return 0;
}

#define MEMBER(name, its_kind, reader) name, CONFIG_FIELD_##its_kind, .read = (reader)

const struct config_field config_access_fields[CONFIG_ACCESS_FIELDS] = {
	{MEMBER("hosts", HOSTS, read_hosts)},
	{MEMBER("adminToken", SECRET, read_token)},
	{MEMBER("adminListen", LISTEN, read_listen)},
};
