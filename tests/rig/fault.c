#include "rig/fault.h"

#include <dirent.h>
#include <sys/stat.h>

#include "io/spool.h"
#include "rig/expect.h"
#include "rig/form.h"
#include "rig/places.h"

#define ENTRIES "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define PREDICT "POST /predict HTTP/1.1"
#define SOUND   "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"clip\":\"[2]\"}"
#define ANSWER  SPAN_LITERAL("{\"clip\":\"[2]\"}")

enum { BACKENDS = 2 };

struct play {
	const struct fault *fault;
	enum fault_scene scene;
	struct rig rig;
	struct hole hole;
	struct buf body;
	struct peer *client;
	struct peer *struck[BACKENDS]; /* the connection at which it struck last */
};

static bool is_faulty(const struct play *play, size_t backend)
{
	return backend == 0 || play->scene == FAULT_BOTH;
}

/* Each backend of the pool was asked, or would have been. */
static bool is_moving(const struct play *play)
{
	return play->fault->moves && play->scene != FAULT_ONE;
}

/* -- descriptors ----------------------------------------------------------------------------- */

static bool is_pipe(DIR *folder, const char *name)
{
	struct stat file;
	int fd = dirfd(folder);

	return fd >= 0 && fstatat(fd, name, &file, 0) == 0 && S_ISFIFO(file.st_mode);
}

size_t fault_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	size_t count = 0;

	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder))) /* NOLINT(concurrency-mt-unsafe): a folder of one's own */
		count += !is_pipe(folder, entry->d_name);
	(void)closedir(folder);
	return count;
}

static void leave(struct list *peers)
{
	LIST_EACH_SAFE(node, peers)
		peer_free(LIST_OBJECT(node, struct peer, node));
}

size_t fault_descriptors_at_rest(struct rig *rig)
{
	BUF_AUTO struct buf request = form_predict("{\"other\":{\"any\":{\"modelName\":\"m\"}}}", "x");
	size_t last = rig->backend_count - 1;
	struct peer *client = rig_client(rig);

	rig_answers(rig, last, SOUND);
	peer_send(client, buf_span(&request));
	(void)expect_answer(rig, client, 200, ANSWER);
	leave(&rig->clients);
	leave(&rig->backends[last].peers);
	RIG_UNTIL(rig, atomic_load(&rig->shared.connections) == 0);
	rig_settle(rig);
	return fault_descriptors();
}

void fault_expect_all_back(struct rig *rig, size_t descriptors)
{
	const struct config *config = rig->config;

	leave(&rig->clients);
	RIG_UNTIL(rig, atomic_load(&rig->shared.connections) == 0);
	for (size_t i = 0; i < config->backend_count; i++)
		ck_assert_uint_eq(atomic_load(&config->backends[i].state->in_flight), 0);
	ck_assert_uint_eq(atomic_load(&rig->shared.budget.used), 0);
	for (size_t i = 0; i < rig->backend_count; i++)
		leave(&rig->backends[i].peers);
	RIG_UNTIL(rig, spool_used(rig->shared.spool) == 0);
	RIG_UNTIL(rig, fault_descriptors() == descriptors);
}

/* -- the scene ------------------------------------------------------------------------------- */

static void write_url(const struct play *play, size_t backend, struct buf *config)
{
	if (is_faulty(play, backend) && play->fault->hangs)
		buf_add_format(config, "127.0.0.1:%u", play->hole.port);
	else
		buf_add_format(config, "$%zu", backend + 1);
}

static void begin(struct play *play, size_t photo_n)
{
	BUF_AUTO struct buf config = {0};
	BUF_AUTO struct buf photo = form_photo(photo_n);

	hole_open(&play->hole);
	play->body = form_body(ENTRIES, FORM_IMAGE, buf_span(&photo));
	buf_add_text(&config, "{\"defaultBackend\":\"b3\",\"backends\":[");
	for (size_t i = 0; i < BACKENDS; i++) {
		buf_add_format(&config, "{\"name\":\"b%zu\",\"url\":\"http://", i + 1);
		write_url(play, i, &config);
		buf_add_text(&config, "\"},");
	}
	buf_add_format(&config,
		"{\"name\":\"b3\",\"url\":\"http://"
		"$3\"}],\"timeouts\":{\"backend\":100},\"taskRouting\":{\"clip\":[\"b1\"%s]}}%c",
		play->scene == FAULT_ONE ? "" : ",\"b2\"", 0);
	rig_init(&play->rig, BACKENDS + 1, config.bytes);
	for (size_t i = 0; i < BACKENDS; i++) {
		play->rig.backends[i].is_deaf = is_faulty(play, i) && play->fault->is_deaf;
		if (!is_faulty(play, i))
			rig_answers(&play->rig, i, SOUND);
		else if (play->fault->refuses)
			rig_refuses(&play->rig, i);
	}
}

static struct peer *post(struct play *play, struct span body)
{
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, body);

	return rig_asks(&play->rig, buf_span(&request));
}

/* -- the fault ------------------------------------------------------------------------------- */

static void say(struct play *play, struct peer *peer, const char *text)
{
	peer_send_text(peer, text);
	RIG_UNTIL(&play->rig, !peer_unsent(peer) || peer_is_over(peer));
}

static void strike(struct play *play, struct peer *peer)
{
	const struct fault *fault = play->fault;

	if (fault->says)
		say(play, peer, fault->says);
	if (fault->end == FAULT_FIN && !peer_is_over(peer))
		peer_fin(peer);
	else if (fault->end == FAULT_RESET)
		peer_reset(peer);
	if (fault->rests_ns)
		rig_pass(&play->rig, fault->rests_ns);
}

static bool is_due(const struct fault *fault, const struct peer *peer)
{
	if (fault->after == FAULT_WHOLE)
		return peer->requests > 0;
	return peer->in.n >= (size_t)fault->after;
}

static void act(struct play *play, size_t backend)
{
	const struct fault *fault = play->fault;
	struct peer *peer = rig_peer(&play->rig, backend);

	if (!peer || peer_is_over(peer))
		return;
	if (peer != play->struck[backend] && is_due(fault, peer)) {
		play->struck[backend] = peer;
		strike(play, peer);
	} else if (peer == play->struck[backend] && fault->repeats) {
		say(play, peer, fault->repeats);
		rig_pass(&play->rig, fault->rests_ns);
	}
}

/* Lets it happen until the client hears of it. */
static void act_until_answered(struct play *play)
{
	for (int turns = 0; !play->client->in.n && !peer_is_over(play->client);) {
		ck_assert_msg(rig_turn(&play->rig, &turns), "%s: no answer", play->fault->name);
		for (size_t i = 0; i < BACKENDS; i++)
			if (is_faulty(play, i))
				act(play, i);
		if (play->fault->hangs)
			rig_pass(&play->rig, play->fault->rests_ns);
	}
}

/* -- what must come of it -------------------------------------------------------------------- */

static struct span expect_words(struct play *play)
{
	const struct fault *fault = play->fault;
	BUF_AUTO struct buf first = {0};
	BUF_AUTO struct buf second = {0};

	buf_add_format(&first, "backend 'b1': %s%c", fault->detail, 0);
	buf_add_format(&second, "backend 'b2': %s%c", fault->detail, 0);
	ck_assert_int_eq(peer_has(play->client, second.bytes), is_moving(play));
	return expect_detail(&play->rig, play->client, fault->status, first.bytes);
}

static void expect_client(struct play *play)
{
	const struct fault *fault = play->fault;
	struct span head;

	if (is_moving(play) && play->scene == FAULT_TWO)
		head = expect_answer(&play->rig, play->client, 200, ANSWER);
	else if (fault->body)
		head = expect_answer(&play->rig, play->client, fault->status, span_of(fault->body));
	else
		head = expect_words(play);
	ck_assert_int_eq(expect_has_line(head, "x-mlproxy-tried: b1, b2"), is_moving(play));
	ck_assert_uint_eq(expect_count_lines(head, "x-mlproxy-tried:"), is_moving(play));
	ck_assert_uint_eq(peer_count(play->client, "HTTP/1.1 "), 1);
}

/* What came of a request that it did not let come is the beginning of it. */
static void expect_beginning(const struct play *play, const struct peer *peer)
{
	struct span got = buf_span(&peer->in);
	const char *end = got.n ? memmem(got.p, got.n, "\r\n\r\n", 4) : NULL;

	ck_assert(span_starts(got, span_first(SPAN_LITERAL(PREDICT "\r\n"), got.n)));
	if (end)
		ck_assert(span_starts(buf_span(&play->body), span_between(end + 4, got.p + got.n)));
}

static size_t connections(const struct rig_backend *backend)
{
	size_t count = 0;

	LIST_EACH(node, &backend->peers)
		count++;
	return count;
}

static void expect_backend(struct play *play, size_t backend)
{
	const struct fault *fault = play->fault;
	const struct rig_backend *got = &play->rig.backends[backend];
	bool is_asked = backend == 0 || is_moving(play);
	bool is_connected = is_asked && !(is_faulty(play, backend) && (fault->refuses || fault->hangs));
	bool is_whole = is_connected && (!is_faulty(play, backend) || fault->after == FAULT_WHOLE);

	ck_assert_uint_eq(connections(got), is_connected);
	ck_assert_uint_ge(got->request_count, is_whole);
	ck_assert_uint_le(got->request_count, is_connected); /* a half-closed one may go on reading */
	if (got->request_count)
		(void)expect_request(&play->rig, backend, 0, PREDICT, buf_span(&play->body));
	else if (is_connected)
		expect_beginning(play, rig_peer(&play->rig, backend));
}

static void expect_health(const struct play *play, size_t backend)
{
	struct backend *state = play->rig.config->backends[backend].state;
	enum health_status wanted = play->fault->health;
	struct health health = backend_health(state);

	if (backend == 1 && !is_moving(play))
		wanted = HEALTH_UNKNOWN;
	else if (!is_faulty(play, backend))
		wanted = HEALTH_HEALTHY;
	ck_assert_msg(backend_status(state) == wanted, "%s: b%zu is %s", play->fault->name, backend + 1,
		health_status_text(backend_status(state)));
	if (wanted == HEALTH_UNHEALTHY && play->fault->detail)
		ck_assert_msg(strstr(health.error, play->fault->detail) != NULL, "%s", health.error);
	ck_assert_uint_eq(atomic_load(&state->failovers), backend == 0 && is_moving(play));
}

/* The backends have come to their senses. */
static void expect_recovery(struct play *play)
{
	BUF_AUTO struct buf body = form_body(ENTRIES, FORM_TEXT, SPAN_LITERAL("next"));

	if (play->fault->hangs)
		return;
	for (size_t i = 0; i < BACKENDS; i++) {
		rig_answers(&play->rig, i, SOUND);
		play->rig.backends[i].is_deaf = false;
		if (is_faulty(play, i) && play->fault->refuses)
			rig_listens(&play->rig, i);
	}
	(void)expect_answer(&play->rig, post(play, buf_span(&body)), 200, ANSWER);
}

void fault_play(const struct fault *fault, enum fault_scene scene, size_t photo_n)
{
	struct play play = {.fault = fault, .scene = scene};
	size_t before = fault_descriptors();
	size_t descriptors;

	begin(&play, photo_n);
	descriptors = fault_descriptors();
	play.client = post(&play, buf_span(&play.body));
	act_until_answered(&play);
	expect_client(&play);
	for (size_t i = 0; i < BACKENDS; i++) {
		expect_backend(&play, i);
		expect_health(&play, i);
	}
	expect_recovery(&play);
	fault_expect_all_back(&play.rig, descriptors);
	rig_deinit(&play.rig);
	hole_close(&play.hole);
	buf_deinit(&play.body);
	ck_assert_uint_eq(fault_descriptors(), before);
}
