#include "rig/rig.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/upstream_conn.h"
#include "proxy/doors.h"
#include "proxy/keeper.h"
#include "proxy/records.h"
#include "rig/fixture.h"
#include "rig/wire.h"

/* One that has something to do does not end the others' sleep: several sleep less, and more often.
 */
enum { TURN_TOGETHER_MS = 1, TURNS_TOGETHER_MAX = 10000 };

enum { TURNS_MAX = 1000, TURN_MS = 10, QUIET_TURNS = 4, DELAYED_ACK_TURNS = 60 };

/* -- backends -------------------------------------------------------------------------------- */

/* Takes whole requests off the front of what has come and answers each. */
static void on_request_bytes(struct peer *peer)
{
	struct rig_backend *backend = peer->ctx;
	struct message message = {0};

	while (peer->in.n > peer->taken &&
		   message_read(span_skip(buf_span(&peer->in), peer->taken), false, false, &message)) {
		buf_add(
			&backend->requests, span_first(span_skip(buf_span(&peer->in), peer->taken), message.n));
		backend->request_count++;
		peer->requests++;
		peer->taken += message.n;
		message_deinit(&message);
		peer->closes |= backend->closes;
		if (backend->answer.n)
			peer_send(peer, buf_span(&backend->answer));
	}
	message_deinit(&message);
}

static bool is_unix(int fd)
{
	struct sockaddr address = {0};
	socklen_t n = sizeof address;

	return getsockname(fd, &address, &n) == 0 && address.sa_family == AF_UNIX;
}

void rig_accepted(void *ctx, int fd)
{
	struct rig_backend *backend = ctx;
	struct peer *peer = peer_new(backend->rig->loop, fd, on_request_bytes, backend);

	if (wire_used() == WIRE_TLS && !is_unix(fd))
		peer_secure(peer, wire_context());
	peer_set_deaf(peer, backend->is_deaf);
	list_append(&backend->peers, &peer->node);
}

void rig_answers_bytes(struct rig *rig, size_t backend, struct span answer)
{
	buf_reset(&rig->backends[backend].answer);
	buf_add(&rig->backends[backend].answer, answer);
}

void rig_answers(struct rig *rig, size_t backend, const char *answer)
{
	rig_answers_bytes(rig, backend, span_of(answer));
}

/* Takes a port without listening there. Else the system might give it to a test that runs beside
 * this one, and what is to be refused would be answered there. */
static int hold_port(uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void let_go_of_port(struct rig_backend *backend)
{
	if (backend->held_port >= 0)
		(void)close(backend->held_port);
	backend->held_port = -1;
}

void rig_refuses(struct rig *rig, size_t backend)
{
	struct rig_backend *refusing = &rig->backends[backend];

	listener_close(TAKE(refusing->listener));
	refusing->held_port = hold_port(refusing->port);
}

void rig_listens(struct rig *rig, size_t backend)
{
	struct host_port address = {SPAN_LITERAL("127.0.0.1"), rig->backends[backend].port};
	struct err err;

	ck_assert_int_eq(listener_open(rig->loop, &address, rig_accepted, &rig->backends[backend],
						 &rig->backends[backend].listener, &err),
		0);
	let_go_of_port(&rig->backends[backend]);
}

struct peer *rig_peer(struct rig *rig, size_t backend)
{
	struct list *peers = &rig->backends[backend].peers;

	return list_is_empty(peers) ? NULL : LIST_OBJECT(peers->prev, struct peer, node);
}

static void free_peers(struct list *peers)
{
	LIST_EACH_SAFE(node, peers)
		peer_free(LIST_OBJECT(node, struct peer, node));
}

/* -- the proxy ------------------------------------------------------------------------------- */

static void on_accept(void *ctx, int fd)
{
	struct rig *rig = ctx;

	crew_take(&rig->crew, fd, DOORS_MAIN);
}

/* Backends of a configuration that say http say https, and whom to trust. */
static void secure_config(struct buf *config)
{
	static const struct span plain = SPAN_LITERAL("\"http:");
	BUF_AUTO struct buf before = *config;
	struct span rest = buf_span(&before);
	const char *at;

	*config = (struct buf){0};
	while (rest.n && (at = memmem(rest.p, rest.n, plain.p, plain.n))) {
		buf_add(config, span_between(rest.p, at));
		rest = span_skip(rest, (size_t)(at - rest.p) + plain.n);
		buf_add_text(config, "\"https:");
		buf_add(config, span_cut(&rest, '"'));
		buf_add_format(config, "\",\"caFile\":\"%s\"", wire_ca_file());
	}
	buf_add(config, rest);
}

void rig_config_text(struct rig *rig, const char *text, struct buf *filled)
{
	for (; *text; text++) {
		size_t backend = (size_t)(text[1] - '1');

		if ((*text == '$' || *text == '#') && backend < rig->backend_count) {
			buf_add_format(filled, "%s%u", *text == '$' ? "127.0.0.1:" : "",
				listener_port(rig->backends[backend].listener));
			text++;
		} else {
			buf_add(filled, (struct span){text, 1});
		}
	}
	if (wire_used() == WIRE_TLS)
		secure_config(filled);
}

struct config *rig_config(struct rig *rig, const char *text)
{
	BUF_AUTO struct buf filled = {0};
	struct config *config;
	struct config_fault fault;
	int result;

	rig_config_text(rig, text, &filled);
	result = config_parse(buf_span(&filled), &config, &fault);
	ck_assert_msg(result == 0, "%s: %s", fault.path, fault.text);
	config_bind(config, rig->shared.backends);
	return config;
}

const char *rig_scheme(void)
{
	return wire_used() == WIRE_TLS ? "https" : "http";
}

static void open_backend(struct rig *rig, size_t index)
{
	struct rig_backend *backend = &rig->backends[index];

	backend->rig = rig;
	backend->held_port = -1;
	list_init(&backend->peers);
	rig_listens(rig, index);
	backend->port = listener_port(backend->listener);
}

/* What libcurl has open for itself is open from the beginning: tests count descriptors. */
static void use_wire(struct upstream *upstream)
{
	struct err err;

	upstream->has_plain_curl = wire_used() == WIRE_CURL;
	if (wire_used() != WIRE_LEAN) {
		upstream->tls = tls_new(upstream->loop, &err);
		ck_assert_msg(upstream->tls, "%s", err.text);
	}
}

static size_t workers_wanted(void)
{
	const char *text = getenv("RIG_WORKERS");
	size_t count =
		text && *text >= '1' && *text <= '0' + TURNER_LOOPS_MAX ? (size_t)(*text - '0') : 1;

	ck_assert_msg(!text || (count && !text[1]), "RIG_WORKERS is 1 to %d", TURNER_LOOPS_MAX);
	return count;
}

/* One worker is on the test's loop, several are each on their own. */
static void make_crew(struct rig *rig, size_t count)
{
	rig->loops[0] = rig->loop;
	for (size_t i = 0; i < count && count > 1; i++)
		rig->loops[i] = loop_new(&rig->clock.clock);
	crew_init(&rig->crew, &rig->shared, rig->loops, count);
	rig->shared.doors = doors_new(&rig->crew);
	rig->shared.keeper = keeper_new(&rig->shared);
	crew_set_config(&rig->crew, rig->config);
	if (rig->config)
		recorder_set(rig->shared.recorder, &rig->config->capture);
	for (size_t i = 0; i < count; i++)
		use_wire(rig->shared.workers[i]->upstream);
	rig->worker = rig->shared.workers[0];
}

static void init(struct rig *rig, size_t workers, size_t backend_count, const char *config)
{
	struct err err;

	*rig = (struct rig){.backend_count = backend_count, .log_end = -1};
	clock_fake_init(&rig->clock);
	rig->loop = loop_new(&rig->clock.clock);
	rig->log = (struct log){.level = LOG_ERROR, .fd = STDERR_FILENO};
	list_init(&rig->clients);
	for (size_t i = 0; i < backend_count; i++)
		open_backend(rig, i);
	rig->shared.log = &rig->log;
	rig->shared.machine = "a"; /* as in `Host: a`, which all tests may say */
	rig->shared.config_path = "config.json";
	rig->shared.backends = backends_new();
	rig->shared.clients_max = UINT64_MAX;
	rig->shared.pipes_max = 8;
	rig->shared.spool = spool_new();
	rig->shared.parts = parts_new();
	rig->shared.recorder = recorder_new(&rig->log, rig->shared.parts);
	rig->shared.records = records_new(rig->shared.parts, RECORDS_BYTES_MAX);
	rig->shared.temp_dir = "/tmp";
	if (config)
		rig->config = rig_config(rig, config);
	make_crew(rig, workers);
	ck_assert_int_eq(listener_open(rig->loops[0], &(struct host_port){SPAN_LITERAL("127.0.0.1"), 0},
						 on_accept, rig, &rig->listener, &err),
		0);
	turner_init(&rig->turner, rig->loops, workers > 1 ? workers : 0);
}

void rig_init(struct rig *rig, size_t backend_count, const char *config)
{
	init(rig, workers_wanted(), backend_count, config);
}

void rig_init_alone(struct rig *rig, size_t backend_count, const char *config)
{
	init(rig, 1, backend_count, config);
}

/* Nobody has anything in hand any more. */
static void check_in_flight(const struct config *config)
{
	for (size_t i = 0; config && i < config->backend_count; i++)
		ck_assert_uint_eq(atomic_load(&config->backends[i].state->in_flight), 0);
}

void rig_deinit(struct rig *rig)
{
	turner_deinit(&rig->turner);
	listener_close(rig->listener);
	doors_close(rig->shared.doors);
	keeper_end(rig->shared.keeper);
	crew_deinit(&rig->crew);
	keeper_free(rig->shared.keeper);
	doors_free(rig->shared.doors);
	ck_assert_uint_eq(atomic_load(&rig->shared.budget.used), 0);
	check_in_flight(rig->config);
	free_peers(&rig->clients);
	for (size_t i = 0; i < rig->backend_count; i++) {
		listener_close(rig->backends[i].listener);
		let_go_of_port(&rig->backends[i]);
		free_peers(&rig->backends[i].peers);
		buf_deinit(&rig->backends[i].requests);
		buf_deinit(&rig->backends[i].answer);
	}
	for (size_t i = 0; i < rig->turner.count; i++)
		loop_free(rig->loops[i]);
	loop_free(rig->loop);
	config_unref(rig->config);
	backends_free(rig->shared.backends);
	spool_free(rig->shared.spool); /* asserts that all files are closed */
	recorder_free(rig->shared.recorder);
	records_free(rig->shared.records);
	parts_free(rig->shared.parts); /* and this, that all parts were given back */
	if (rig->config_path.n) {
		(void)unlink(rig->config_path.bytes);
		ck_assert_int_eq(rmdir(rig->folder), 0);
		buf_deinit(&rig->config_path);
	}
	if (rig->log_end >= 0) {
		(void)close(rig->log_end);
		(void)close(rig->log.fd);
	}
}

void rig_has_folder(struct rig *rig)
{
	(void)snprintf(rig->folder, sizeof rig->folder, "/tmp/rig-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(rig->folder));
	buf_add_format(&rig->config_path, "%s/config.json", rig->folder);
	rig->shared.config_path = rig->config_path.bytes;
}

void rig_listen(struct rig *rig)
{
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	rig->log = (struct log){.level = LOG_INFO, .fd = ends[1]};
	rig->log_end = ends[0];
}

const char *rig_logged(struct rig *rig)
{
	static char lines[16384];
	ssize_t n = read(rig->log_end, lines, sizeof lines - 1);

	lines[n > 0 ? n : 0] = '\0';
	return lines;
}

static void on_drained(void *ctx)
{
	struct rig *rig = ctx;

	ck_assert(!rig->is_drained);
	rig->is_drained = true;
}

void rig_drain(struct rig *rig)
{
	atomic_store(&rig->shared.is_draining, true);
	listener_accept_all(rig->listener);
	listener_close(TAKE(rig->listener));
	crew_drain(&rig->crew, on_drained, rig);
}

struct peer *rig_client(struct rig *rig)
{
	struct peer *client = peer_connect(rig->loop, listener_port(rig->listener));

	list_append(&rig->clients, &client->node);
	return client;
}

struct peer *rig_asks(struct rig *rig, struct span bytes)
{
	struct peer *client = rig_client(rig);

	peer_send(client, bytes);
	return client;
}

/* -- turning --------------------------------------------------------------------------------- */

void rig_pass(struct rig *rig, int64_t ns)
{
	rig_settle(rig); /* what is on its way comes before the time passes */
	rig->clock.now += ns;
	rig_settle(rig);
}

bool rig_look(struct rig *rig, int64_t max_wait_ns)
{
	return turner_turn(&rig->turner, rig->loop, max_wait_ns);
}

bool rig_turn(struct rig *rig, int *turns)
{
	bool is_alone = !rig->turner.count;

	(void)rig_look(rig, CLOCK_MS(is_alone ? TURN_MS : TURN_TOGETHER_MS));
	return ++*turns < (is_alone ? TURNS_MAX : TURNS_TOGETHER_MAX);
}

static uint64_t peers_activity(const struct list *peers)
{
	uint64_t n = 0;

	LIST_EACH(node, peers) {
		const struct peer *peer = LIST_OBJECT(node, struct peer, node);

		n += 1 + peer->in.n + peer->moved + peer->has_fin;
	}
	return n;
}

/* Grows with every byte that a peer sends or receives. */
static uint64_t activity(const struct rig *rig)
{
	uint64_t n = peers_activity(&rig->clients);

	for (size_t i = 0; i < rig->backend_count; i++)
		n += peers_activity(&rig->backends[i].peers);
	return n;
}

/* With small records the proxy may be busy for some turns before its peers see anything of it. */
static void settle(struct rig *rig, int quiet_turns)
{
	uint64_t before = activity(rig);
	int quiet = 0;

	for (int turns = 0; quiet < quiet_turns && turns < TURNS_MAX; turns++) {
		bool has_slept = rig_look(rig, CLOCK_MS(1));
		uint64_t now = activity(rig);

		if (now != before)
			turns = 0;
		quiet = now == before && has_slept ? quiet + 1 : 0;
		before = now;
	}
}

void rig_settle(struct rig *rig)
{
	settle(rig, QUIET_TURNS);
}

void rig_settle_kernel(struct rig *rig)
{
	settle(rig, DELAYED_ACK_TURNS);
}

struct buf rig_fixture(const char *path)
{
	struct buf bytes = {0};

	fixture_read(path, &bytes);
	return bytes;
}
