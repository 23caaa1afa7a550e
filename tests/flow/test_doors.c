/* access.adminListen: which paths are behind which door, and what becomes of connections when it
 * changes. */
#include "proxy/doors.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig/places.h"
#include "rig/suite.h"

#define CONFIG(access) \
	"{\"defaultBackend\":\"one\",\"backends\":[{\"name\":\"one\",\"url\":\"http://$1\"}]" access "}"
#define AT(address) CONFIG(",\"access\":{\"adminListen\":\"" address "\"}")
#define PONG        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\npong"
#define HEALTH      "GET /api/health HTTP/1.1\r\nhost: a\r\n\r\n"
#define PING        "GET /ping HTTP/1.1\r\nhost: a\r\n\r\n"
#define NOT_FOUND   SPAN_LITERAL("{\"error\":\"Not Found\"}")
#define ROWS(rows)  (sizeof(rows) / sizeof *(rows))

static struct rig rig;
static struct doors *doors; /* the rig's */
static uint16_t port;       /* of the admin door */

static void set_up(void)
{
	rig_init(&rig, 1, CONFIG());
	rig_answers(&rig, 0, PONG);
	rig_listen(&rig);
	doors = rig.shared.doors;
	port = 0;
}

static void tear_down(void)
{
	rig_deinit(&rig);
}

/* The port that the log names. */
static void read_port(void)
{
	static const char before[] = "event=listening address=127.0.0.1:";
	struct span rest = span_of(rig_logged(&rig));
	const char *at = rest.n ? memmem(rest.p, rest.n, before, sizeof before - 1) : NULL;
	uint64_t number;

	if (!at)
		return;
	rest = span_between(at + sizeof before - 1, rest.p + rest.n);
	ck_assert(span_to_number(span_cut(&rest, ' '), UINT16_MAX, &number));
	ck_assert(span_starts(rest, SPAN_LITERAL("for=admin ")));
	port = (uint16_t)number;
}

static void use_config(struct config *config)
{
	crew_set_config(&rig.crew, config);
	config_unref(config);
}

static void change(const char *text)
{
	struct config *config = rig_config(&rig, text);
	struct err err = {0};

	ck_assert_msg(doors_prepare(doors, config, &err) == 0, "%s", err.text);
	use_config(config);
	doors_commit(doors);
	read_port();
}

static struct peer *at_admin_door(void)
{
	struct peer *client = peer_connect(rig.loop, port);

	list_append(&rig.clients, &client->node);
	return client;
}

static void expect(struct peer *client, const char *request, const char *status)
{
	struct message message = {0};

	buf_reset(&client->in);
	peer_send_text(client, request);
	RIG_UNTIL(&rig, message_read(buf_span(&client->in), true, false, &message));
	message_deinit(&message);
	ck_assert_msg(span_starts(span_skip(buf_span(&client->in), 9), span_of(status)),
		"wanted %s: %s%.*s", status, request, SPAN_ARG(buf_span(&client->in)));
}

static bool is_refused(uint16_t at)
{
	struct peer *client = peer_connect(rig.loop, at);

	list_append(&rig.clients, &client->node);
	rig_settle(&rig);
	return client->is_broken;
}

START_TEST(admin_door_given_has_the_admin_paths_and_nothing_else)
{
	static const struct {
		const char *request, *admin, *others;
	} rows[] = {
		{HEALTH, "200", "404"},
		{"GET /api/nothing HTTP/1.1\r\nhost: a\r\n\r\n", "404", "404"},
		{"GET /api/health HTTP/1.1\r\nhost: evil.example\r\n\r\n", "403", "404"},
		{"GET /%61pi/healt%68 HTTP/1.1\r\nhost: evil.example\r\n\r\n", "403", "404"},
		{"DELETE /api/health HTTP/1.1\r\nhost: a\r\n\r\n", "405", "404"},
		{PING, "404", "200"},
		{"GET /api/x/ping HTTP/1.1\r\nhost: a\r\n\r\n", "404", "404"},
		{"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n", "200", "404"},
		{"GET /healthz HTTP/1.1\r\nhost: evil.example\r\n\r\n", "200", "200"},
		{"GET /readyz HTTP/1.1\r\nhost: evil.example\r\n\r\n", "200", "200"},
		{"GET / HTTP/1.1\r\nhost: a\r\n\r\n", "404", "200"},
		{"GET /predict HTTP/1.1\r\nhost: a\r\n\r\n", "404", "405"},
	};
	const char *lines;

	change(AT("127.0.0.1:0"));
	for (size_t i = 0; i < ROWS(rows); i++) {
		expect(at_admin_door(), rows[i].request, rows[i].admin);
		expect(rig_client(&rig), rows[i].request, rows[i].others);
	}
	lines = rig_logged(&rig);
	ck_assert_ptr_nonnull(strstr(lines,
		" path=/api/health error=\"this is served at access.adminListen alone\" status=404 "));
	ck_assert_ptr_nonnull(strstr(
		lines, " path=/predict error=\"access.adminListen is for admin paths alone\" status=404 "));
}
END_TEST

START_TEST(connections_given_a_change_have_the_rights_of_new_ones)
{
	struct peer *main = rig_client(&rig);
	struct peer *admin;

	expect(main, HEALTH, "200");
	change(AT("127.0.0.1:0"));
	admin = at_admin_door();
	expect(main, HEALTH, "404");
	expect(main, PING, "200");
	expect(admin, HEALTH, "200");
	change(CONFIG());
	expect(main, HEALTH, "200");
	expect(admin, HEALTH, "404");
	expect(admin, PING, "404");
	ck_assert(is_refused(port));
}
END_TEST

START_TEST(change_given_another_address_moves_the_door)
{
	struct peer *before;
	uint16_t old;

	change(AT("127.0.0.1:0"));
	old = port;
	before = at_admin_door();
	expect(before, HEALTH, "200");
	change(AT("127.0.0.2:0"));
	ck_assert(is_refused(old));
	expect(before, HEALTH, "404");
}
END_TEST

START_TEST(change_given_the_same_address_keeps_the_door_and_its_connections)
{
	struct peer *admin;
	uint16_t old;

	change(AT("127.0.0.1:0"));
	old = port;
	admin = at_admin_door();
	expect(admin, HEALTH, "200");
	change(AT("127.0.0.1:0"));
	ck_assert_uint_eq(port, old);
	expect(admin, HEALTH, "200");
	expect(at_admin_door(), HEALTH, "200");
}
END_TEST

START_TEST(prepare_given_address_in_use_says_so_and_changes_nothing)
{
	char text[256];
	struct config *config;
	struct err err;
	struct peer *admin;

	change(AT("127.0.0.1:0"));
	admin = at_admin_door();
	(void)snprintf(text, sizeof text, AT("127.0.0.1:%u"), listener_port(rig.listener));
	config = rig_config(&rig, text);
	ck_assert_int_eq(doors_prepare(doors, config, &err), -1);
	ck_assert_msg(strstr(err.text, ": Address already in use"), "%s", err.text);
	config_unref(config);
	expect(admin, HEALTH, "200");
	expect(at_admin_door(), HEALTH, "200");
	change(CONFIG()); /* the next change may be prepared */
}
END_TEST

START_TEST(prepare_given_the_port_that_it_has_at_another_address_says_what_to_do)
{
	char text[256];
	struct config *config;
	struct err err;

	change(AT("127.0.0.1:0"));
	(void)snprintf(text, sizeof text, AT(":%u"), port);
	config = rig_config(&rig, text);
	ck_assert_int_eq(doors_prepare(doors, config, &err), -1);
	ck_assert_msg(
		strstr(err.text, "in use; it is there already, at another address"), "%s", err.text);
	config_unref(config);
}
END_TEST

START_TEST(abandon_given_a_prepared_change_closes_what_was_opened_and_nothing_else)
{
	static const char *const others[] = {AT("127.0.0.2:0"), AT("127.0.0.1:0"), CONFIG()};

	change(AT("127.0.0.1:0"));
	for (size_t i = 0; i < ROWS(others); i++) {
		struct config *config = rig_config(&rig, others[i]);
		struct err err;

		ck_assert_int_eq(doors_prepare(doors, config, &err), 0);
		config_unref(config);
		expect(at_admin_door(), HEALTH, "200");
		doors_abandon(doors);
		expect(at_admin_door(), HEALTH, "200");
	}
}
END_TEST

START_TEST(prepare_given_new_door_shows_nothing_before_it_is_committed)
{
	char text[256];
	struct config *config;
	struct err err;
	struct peer *early;
	int on = 1;
	int held = places_bind(&port);

	/* nobody else gets the port, and the door may */
	ck_assert_int_eq(setsockopt(held, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
	(void)snprintf(text, sizeof text, AT("127.0.0.1:%u"), port);
	config = rig_config(&rig, text);
	ck_assert_int_eq(doors_prepare(doors, config, &err), 0);
	early = at_admin_door();
	expect(early, HEALTH, "404");
	use_config(config);
	expect(early, HEALTH, "404");
	doors_commit(doors);
	expect(early, HEALTH, "200");
	(void)close(held);
}
END_TEST

START_TEST(close_given_a_prepared_change_closes_all_and_lets_it_be_ended)
{
	struct config *config;
	struct err err;

	change(AT("127.0.0.1:0"));
	config = rig_config(&rig, AT("127.0.0.2:0"));
	ck_assert_int_eq(doors_prepare(doors, config, &err), 0);
	config_unref(config);
	doors_stop(doors);
	doors_close(doors);
	doors_commit(doors);
	config = rig_config(&rig, AT("127.0.0.1:0"));
	ck_assert_int_eq(doors_prepare(doors, config, &err), -1);
	ck_assert_str_eq(err.text, "mlproxy is stopping");
	config_unref(config);
	ck_assert(is_refused(port));
	ck_assert_uint_eq(atomic_load(&rig.shared.admin_door), DOORS_MAIN);
}
END_TEST

START_TEST(clients_given_at_one_door_keep_nobody_out_at_the_other)
{
	struct peer *client;

	change(CONFIG(",\"limits\":{\"connections\":1},\"access\":{\"adminListen\":\"127.0.0.1:0\"}"));
	client = rig_client(&rig);
	expect(client, PING, "200");
	expect(rig_client(&rig), PING, "503");
	for (size_t i = 0; i < WORKER_ADMINS_MAX; i++)
		expect(at_admin_door(), HEALTH, "200");
	expect(at_admin_door(), HEALTH, "503");
	peer_reset(client);
	RIG_UNTIL(&rig, atomic_load(&rig.shared.connections) == 0);
	expect(rig_client(&rig), PING, "200");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("doors");
	TCase *tcase = suite_case(suite, "doors", set_up, tear_down);

	tcase_add_test(tcase, admin_door_given_has_the_admin_paths_and_nothing_else);
	tcase_add_test(tcase, connections_given_a_change_have_the_rights_of_new_ones);
	tcase_add_test(tcase, change_given_another_address_moves_the_door);
	tcase_add_test(tcase, change_given_the_same_address_keeps_the_door_and_its_connections);
	tcase_add_test(tcase, prepare_given_address_in_use_says_so_and_changes_nothing);
	tcase_add_test(tcase, prepare_given_the_port_that_it_has_at_another_address_says_what_to_do);
	tcase_add_test(tcase, abandon_given_a_prepared_change_closes_what_was_opened_and_nothing_else);
	tcase_add_test(tcase, prepare_given_new_door_shows_nothing_before_it_is_committed);
	tcase_add_test(tcase, close_given_a_prepared_change_closes_all_and_lets_it_be_ended);
	tcase_add_test(tcase, clients_given_at_one_door_keep_nobody_out_at_the_other);
	return suite;
}
