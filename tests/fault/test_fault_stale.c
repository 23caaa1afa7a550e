/* Backends that keep connections for 2 s, as the service does, and close them just as the next
 * request goes out: of a thousand requests none is lost, and nobody hears of it. */
#include <sys/ioctl.h>

#include "domain/backend.h"
#include "rig/expect.h"
#include "rig/fault.h"
#include "rig/form.h"
#include "rig/suite.h"

#define CONFIG                                  \
	"{\"defaultBackend\":\"b3\",\"backends\":[" \
	"{\"name\":\"b1\",\"url\":\"http://$1\"},"  \
	"{\"name\":\"b2\",\"url\":\"http://$2\"},"  \
	"{\"name\":\"b3\",\"url\":\"http://$3\"}]," \
	"\"taskRouting\":{\"clip\":%s,\"ocr\":\"b1\"}}%c"
#define ENTRIES "{\"clip\":{\"visual\":{\"modelName\":\"m\"}}}"
#define SOUND   "HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{\"clip\":\"[2]\"}"
#define ANSWER  SPAN_LITERAL("{\"clip\":\"[2]\"}")

enum { BACKENDS = 2, REQUESTS = 1000, LONG_EVERY = 100, LONG = 5000000, KEEP_S = 2 };

/* How the end of a connection and a request miss each other. */
enum moment {
	FIN_BEFORE,   /* the FIN is there before the request goes out, but not read */
	FIN_AFTER,    /* the backend has read some of it or all, but did not mean to */
	RESET_AFTER,  /* the same */
	RESET_UNREAD, /* it was not read any more */
	MOMENTS,
};

static struct rig rig;
static struct peer *client;
static size_t descriptors;

static void begin(const char *pool)
{
	BUF_AUTO struct buf config = {0};

	buf_add_format(&config, CONFIG, pool, 0);
	rig_init(&rig, BACKENDS + 1, config.bytes);
	descriptors = fault_descriptors_at_rest(&rig);
	for (size_t i = 0; i < BACKENDS; i++)
		rig_answers(&rig, i, SOUND);
	client = rig_client(&rig);
}

/* The backend's time is over: what comes now is not answered any more. */
static void begin_to_close(struct peer *peer, enum moment moment)
{
	peer->changed = NULL;
	if (moment == FIN_BEFORE)
		peer_fin(peer);
	else if (moment == RESET_UNREAD)
		peer_set_deaf(peer, true);
}

static bool has_more(const struct peer *peer, size_t before)
{
	int unread = 0;

	return peer->in.n > before || (ioctl(peer->transport.fd, FIONREAD, &unread) == 0 && unread);
}

/* It has got something of the request, so now. */
static bool close_if_hit(struct peer *peer, size_t before, enum moment moment)
{
	if (peer_is_over(peer) || moment == FIN_BEFORE || !has_more(peer, before))
		return false;
	if (moment == FIN_AFTER)
		peer_fin(peer);
	else
		peer_reset(peer);
	return true;
}

/* Waits for the answer, and lets the connection close at the worst moment; true when it was hit. */
static bool close_under_it(struct peer *resting, enum moment moment)
{
	size_t before = resting->in.n;
	bool is_hit = moment == FIN_BEFORE;
	int turns = 0;

	begin_to_close(resting, moment);
	while (client->in.n == client->taken) {
		ck_assert(rig_turn(&rig, &turns));
		is_hit |= close_if_hit(resting, before, moment);
	}
	return is_hit;
}

/* Asks the backend whose turn it is. */
static bool ask(size_t backend, size_t photo_n, enum moment moment)
{
	BUF_AUTO struct buf photo = form_photo(photo_n);
	BUF_AUTO struct buf body = form_body(ENTRIES, FORM_IMAGE, buf_span(&photo));
	BUF_AUTO struct buf request = form_request("/predict", FORM_TYPE, buf_span(&body));
	struct peer *resting = rig_peer(&rig, backend);
	struct span head;
	bool is_hit = false;

	rig.clock.now += CLOCK_S(KEEP_S);
	peer_send(client, buf_span(&request));
	if (resting)
		is_hit = close_under_it(resting, moment);
	head = expect_answer(&rig, client, 200, ANSWER);
	ck_assert_uint_eq(expect_count_lines(head, "x-mlproxy-tried:"), 0);
	peer_free(resting);
	return is_hit;
}

/* Each request was answered once, and nothing is thought of anybody. */
static void expect_unseen(size_t requests)
{
	size_t answered = 0;

	for (size_t i = 0; i < BACKENDS; i++) {
		struct backend *backend = rig.config->backends[i].state;

		answered += rig.backends[i].request_count;
		ck_assert_uint_eq(atomic_load(&backend->requests), rig.backends[i].request_count);
		ck_assert_uint_eq(atomic_load(&backend->failures), 0);
		ck_assert_uint_eq(atomic_load(&backend->failovers), 0);
		ck_assert_int_ne(backend_status(backend), HEALTH_UNHEALTHY);
	}
	ck_assert_uint_eq(answered, requests);
}

static const char *const pools[] = {"\"b1\"", "[\"b1\",\"b2\"]"};

START_TEST(thousand_requests_given_connections_that_close_at_the_worst_moment_are_all_answered)
{
	size_t hits = 0;

	begin(pools[_i]);
	for (size_t i = 0; i < REQUESTS; i++)
		hits += ask(_i ? i % BACKENDS : 0, i % LONG_EVERY == LONG_EVERY - 1 ? LONG : 100,
			(enum moment)(i / BACKENDS % MOMENTS));
	expect_unseen(REQUESTS);
	ck_assert_uint_ge(hits, REQUESTS - REQUESTS / LONG_EVERY - BACKENDS);
	fault_expect_all_back(&rig, descriptors);
	rig_deinit(&rig);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("fault_stale");
	TCase *tcase = tcase_create("stale");

	tcase_set_timeout(tcase, 280);
	tcase_add_loop_test(tcase,
		thousand_requests_given_connections_that_close_at_the_worst_moment_are_all_answered, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
