/* Whatever clients, backends and the disk do, in whatever order: every request is answered or its
 * connection closed, nothing is left behind, and as long as one backend of each pool is sound and
 * the disk has room no request is lost. What happens is drawn by lot; each schedule has a number,
 * which replays it:
 *
 *     CK_FORK=no SCHEDULE=17 test_fault_schedules
 */
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "domain/backend.h"
#include "rig/configs.h"
#include "rig/expect.h"
#include "rig/fault.h"
#include "rig/form.h"
#include "rig/suite.h"

enum {
	SCHEDULES = 16,
	STEPS = 160,
	BACKENDS = 3, /* the last one is in every pool */
	GUESTS = 8,
	TURNS_TO_ASK = 12,
	TIME_MAX_S = 20, /* that may pass in a schedule */
	END_S = 60,      /* after which everybody has an answer */
};

#define CLIP   "\"clip\":{\"visual\":{\"modelName\":\"m\"}}"
#define OCR    "\"ocr\":{\"detection\":{\"modelName\":\"m\"}}"
#define FACES  "\"facial-recognition\":{\"detection\":{\"modelName\":\"m\"}}"
#define ANSWER "{\"clip\":\"[1]\",\"ocr\":{\"text\":[]},\"facial-recognition\":[]}"
#define SOUND  ("HTTP/1.1 200 OK\r\ncontent-length: 56\r\n\r\n" ANSWER)

/* One client; what it sends, and how far it has come. */
struct guest {
	struct peer *client;
	struct buf requests;
	struct span tail; /* what every backend must get of each, whatever entries it gets */
	int asked;
	size_t sent;
	bool is_deaf;
	bool is_late; /* time has passed while it was sending or did not read */
	bool has_left;
};

struct play {
	struct rig rig;
	struct rng rng;
	size_t descriptors;
	struct guest guests[GUESTS];
	size_t guest_count;
	bool is_sound;   /* the last backend, and the disk: nothing may be lost */
	bool is_cut_off; /* files of the disk's were */
	int64_t passed_ns;
};

static struct play play;

static unsigned any(unsigned below)
{
	return (unsigned)(rng_next(&play.rng) % below);
}

/* -- what is drawn --------------------------------------------------------------------------- */

static const char *config_of(void)
{
	static const char *const disks[] = {"\"spillBytes\":1073741824", "\"spillBytes\":0",
		"\"spillBytes\":400000", "\"spillDir\":\"/nonexistent\""};
	static char config[2048];
	unsigned disk = play.is_sound ? 0 : any(4);

	(void)snprintf(config, sizeof config,
		"{\"defaultBackend\":\"b3\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"},"
		"{\"name\":\"b2\",\"url\":\"http://$2\"},{\"name\":\"b3\",\"url\":\"http://$3\"}],"
		"\"limits\":{\"keptBytes\":%u,%s},"
		"\"timeouts\":{\"connect\":1,\"backend\":3,\"stall\":2,\"request\":%d,\"head\":5},"
		"\"taskRouting\":{\"clip\":[\"b1\",\"b2\",\"b3\"],\"facial-recognition\":[\"b1\",\"b3\"],"
		"\"ocr\":{\"backends\":[\"b2\",\"b3\"],\"balance\":\"leastInFlight\"}}}",
		any(4) ? 65536 : 67108864, disks[disk], play.is_sound ? TIME_MAX_S + END_S : 15);
	return config;
}

static void add_request(struct guest *guest)
{
	static const char *const entries[] = {
		"{" CLIP "}",
		"{" OCR "}",
		"{" CLIP "," OCR "," FACES "}",
	};
	static const unsigned sizes[] = {20, 5000, 300000, 1000000, 2000000};
	unsigned size = 1 + any(sizes[any(COUNT_OF(sizes))]);
	BUF_AUTO struct buf photo = form_photo(size);
	BUF_AUTO struct buf body = {0};
	BUF_AUTO struct buf request = {0};

	photo.bytes[0] = (char)('a' + (guest - play.guests));
	body = form_body(entries[any(COUNT_OF(entries))], FORM_IMAGE, buf_span(&photo));
	request = any(3) ? form_request("/predict", FORM_TYPE, buf_span(&body))
					 : form_request_chunked("/predict", FORM_TYPE, buf_span(&body), 1 + any(60000));
	buf_add(&guest->requests, buf_span(&request));
	guest->asked++;
}

static void open_guest(void)
{
	struct guest *guest = &play.guests[play.guest_count++];

	guest->client = rig_client(&play.rig);
	add_request(guest);
	if (!any(4))
		add_request(guest); /* on the same connection, at once */
}

static struct guest *any_guest(void)
{
	struct guest *guest = play.guest_count ? &play.guests[any((unsigned)play.guest_count)] : NULL;

	return guest && !guest->has_left ? guest : NULL;
}

/* One that may do wrong. */
static size_t any_faulty(void)
{
	return any(play.is_sound ? BACKENDS - 1 : BACKENDS);
}

static struct peer *any_peer(void)
{
	struct list *peers = &play.rig.backends[any_faulty()].peers;
	unsigned count = 0;
	unsigned index;

	LIST_EACH(node, peers)
		count++;
	if (!count)
		return NULL;
	index = count - 1 - any(count < 4 ? count : 4); /* of the last ones */
	LIST_EACH(node, peers)
		if (!index--)
			return LIST_OBJECT(node, struct peer, node);
	return NULL;
}

/* -- what happens ---------------------------------------------------------------------------- */

static void send_piece(struct guest *guest, size_t n)
{
	struct span piece = span_first(span_skip(buf_span(&guest->requests), guest->sent), n);

	guest->sent += piece.n;
	peer_send(guest->client, piece);
}

static void say_something(struct peer *peer)
{
	static const char *const words[] = {
		SOUND,
		"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n{}",
		"HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\noops",
		"HTTP/1.1 200 OK\r\ncontent-length: 56\r\n\r\n{\"clip\":",
		"HTTP/1.1 200 OK\r\n",
		"HTTP/1.1 102 Processing\r\n\r\n",
		"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]",
		"HTTP/1.1 200 OK\r\n\r\n{\"clip\":",
		"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"a\":",
		"HTTP/1.1 200 OK\r\ncontent-length: 1300000\r\n\r\n{\"a\":\"",
		"junk\r\n\r\n",
		"3\r\nabc\r\n",
	};
	BUF_AUTO struct buf text = {0};

	if (any(6)) {
		peer_send_text(peer, words[any(COUNT_OF(words))]);
		return;
	}
	memset(buf_reserve(&text, 600000), 'x', 600000);
	text.n = 600000;
	peer_send(peer, buf_span(&text));
}

static void leave(struct guest *guest)
{
	guest->has_left = true;
	if (any(2) && !peer_unsent(guest->client))
		peer_fin(guest->client);
	else
		peer_reset(guest->client);
}

/* It will not say another word. */
static void hang_up(struct peer *peer)
{
	peer->changed = NULL;
	if (any(2) && !peer_unsent(peer))
		peer_fin(peer);
	else
		peer_reset(peer);
}

static void change_ways(size_t backend)
{
	static const char *const ways[] = {"", "", SOUND,
		"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n{}",
		"HTTP/1.1 502 Bad\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}"};

	rig_answers(&play.rig, backend, ways[any(COUNT_OF(ways))]);
	play.rig.backends[backend].closes = !any(4);
	play.rig.backends[backend].is_deaf = !any(6);
}

static void open_or_close(size_t backend)
{
	if (play.rig.backends[backend].listener)
		rig_refuses(&play.rig, backend);
	else
		rig_listens(&play.rig, backend);
}

/* So that it is asked again, however often it has failed. */
static void believe_in(size_t backend)
{
	struct backend *state = play.rig.config->backends[backend].state;

	(void)backend_note_status(state, 200, 1, false, loop_now_ns(play.rig.loop));
}

/* Whoever is being asked is asked before time passes, also when others have to refuse first. */
static void pass(int64_t ns)
{
	for (int turns = 0; turns < TURNS_TO_ASK; turns++)
		(void)rig_look(&play.rig, CLOCK_MS(1));
	for (size_t i = 0; i < play.guest_count; i++) {
		struct guest *guest = &play.guests[i];

		guest->is_late |= guest->sent < guest->requests.n || guest->is_deaf;
	}
	play.passed_ns += ns;
	rig_pass(&play.rig, ns);
}

/* -- the disk -------------------------------------------------------------------------------- */

/* Files can grow no more, or again. */
static void limit_files(bool is_limited)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = is_limited ? 100000 : limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* What was written to the files is gone. */
static void cut_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	char path[64];
	char target[256];

	ck_assert_ptr_nonnull(folder);
	while ((entry = readdir(folder))) { /* NOLINT(concurrency-mt-unsafe): a folder of one's own */
		ssize_t n;

		(void)snprintf(path, sizeof path, "/proc/self/fd/%.20s", entry->d_name);
		n = readlink(path, target, sizeof target - 1);
		target[n > 0 ? n : 0] = '\0';
		if (strncmp(target, "/tmp/", 5) == 0 && strstr(target, "(deleted)") &&
			!strstr(target, "check"))
			(void)!truncate(path, 0);
	}
	(void)closedir(folder);
	play.is_cut_off = true;
}

static void harm_disk(void)
{
	if (play.is_sound)
		return;
	switch (any(4)) {
	case 0: limit_files(true); break;
	case 1: cut_files(); break;
	default: limit_files(false); break;
	}
}

/* -- the schedule ---------------------------------------------------------------------------- */

static void step_guest(struct guest *guest)
{
	static const unsigned sizes[] = {1, 100, 5000, 70000, 2000000};

	switch (any(12)) {
	case 0:
		if (!any(3))
			leave(guest);
		break;
	case 1:
		guest->is_deaf = !guest->is_deaf;
		peer_set_deaf(guest->client, guest->is_deaf);
		break;
	default: send_piece(guest, 1 + any(sizes[any(COUNT_OF(sizes))])); break;
	}
}

static void step_peer(struct peer *peer)
{
	if (!peer->changed)
		return;
	switch (any(6)) {
	case 0: hang_up(peer); break;
	case 1: peer_set_deaf(peer, !peer->is_deaf); break;
	default: say_something(peer); break;
	}
}

static void step(void)
{
	struct guest *guest = any_guest();
	struct peer *peer = any_peer();
	unsigned what = any(22);

	if (what < 2 && play.guest_count < GUESTS)
		open_guest();
	else if (what < 12 && guest)
		step_guest(guest);
	else if (what < 15 && peer)
		step_peer(peer);
	else if (what == 15)
		change_ways(any_faulty());
	else if (what == 16)
		open_or_close(any_faulty());
	else if (what == 17)
		harm_disk();
	else if (what == 18 && play.passed_ns < CLOCK_S(TIME_MAX_S))
		pass(CLOCK_MS(any(4) ? 100 : 1 + any(3500)));
	else if (what >= 19)
		believe_in(any_faulty());
	for (unsigned turns = any(5); turns; turns--)
		(void)rig_look(&play.rig, 0);
}

/* -- what must come of it -------------------------------------------------------------------- */

/* Whole answers that it has got; *ret_rest is what is behind them. A status that nobody may see is
 * a failure. */
static int count_answers(const struct guest *guest, struct span *ret_rest)
{
	struct span rest = buf_span(&guest->client->in);
	struct message message = {0};
	int count = 0;

	while (rest.n && message_read(rest, true, false, &message)) {
		bool is_good = span_starts(rest, SPAN_LITERAL("HTTP/1.1 200 ")) ||
					   span_starts(rest, SPAN_LITERAL("HTTP/1.1 500 "));

		ck_assert_msg(is_good || guest->is_late || !play.is_sound, "guest %d: %.*s",
			(int)(guest - play.guests), SPAN_ARG(rest));
		rest = span_skip(rest, message.n);
		count++;
		message_deinit(&message);
	}
	message_deinit(&message);
	*ret_rest = rest;
	return count;
}

/* True when there is nothing more to wait for. What has begun to stream may break off. */
static bool is_served(const struct guest *guest)
{
	struct span rest;
	bool is_whole = guest->has_left || count_answers(guest, &rest) >= guest->asked;

	if (is_whole)
		return true;
	ck_assert_msg(!peer_is_over(guest->client) || guest->is_late || rest.n ||
					  peer_has(guest->client, "connection: close") || !play.is_sound,
		"guest %d has lost a request", (int)(guest - play.guests));
	return peer_is_over(guest->client);
}

static bool are_served(void)
{
	for (size_t i = 0; i < play.guest_count; i++)
		if (!is_served(&play.guests[i]))
			return false;
	return true;
}

/* From now on all are sound. */
static void make_sound(void)
{
	limit_files(false);
	for (size_t i = 0; i < BACKENDS; i++) {
		rig_answers(&play.rig, i, SOUND);
		play.rig.backends[i].closes = play.rig.backends[i].is_deaf = false;
		if (!play.rig.backends[i].listener)
			rig_listens(&play.rig, i);
		LIST_EACH(node, &play.rig.backends[i].peers)
			peer_set_deaf(LIST_OBJECT(node, struct peer, node), false);
	}
	for (size_t i = 0; i < play.guest_count; i++) {
		struct guest *guest = &play.guests[i];

		if (guest->has_left)
			continue;
		guest->is_deaf = false;
		peer_set_deaf(guest->client, false);
		send_piece(guest, guest->requests.n);
	}
}

/* All loops sleep when everybody waits. */
static void expect_rest(void)
{
	bool has_slept = false;

	for (int i = 0; i < 1000 && !has_slept; i++)
		has_slept = rig_look(&play.rig, CLOCK_MS(2));
	ck_assert_msg(has_slept, "the loops do not come to rest");
}

static bool is_of_a_guest(struct span body)
{
	for (size_t i = 0; i < play.guest_count; i++) {
		struct span bytes = buf_span(&play.guests[i].requests);

		while (bytes.n) {
			struct message message;
			bool is_whole = message_read(bytes, false, false, &message);
			const char *photo =
				memmem(message.body.bytes, message.body.n, FORM_IMAGE, strlen(FORM_IMAGE));
			struct span tail = span_between(photo, message.body.bytes + message.body.n);
			bool is_it = body.n >= tail.n && memcmp(body.p + body.n - tail.n, tail.p, tail.n) == 0;

			ck_assert(is_whole);
			message_deinit(&message);
			if (is_it)
				return true;
			bytes = span_skip(bytes, message.n);
		}
	}
	return false;
}

/* Whatever a backend has got as a whole is what a client has sent. */
static void check_requests(const struct rig_backend *backend)
{
	struct span rest = buf_span(&backend->requests);

	while (rest.n) {
		struct message message;
		bool is_whole = message_read(rest, false, false, &message);

		ck_assert(is_whole);
		ck_assert(span_starts(rest, SPAN_LITERAL("GET /ping ")) ||
				  is_of_a_guest(buf_span(&message.body)));
		rest = span_skip(rest, message.n);
		message_deinit(&message);
	}
}

/* Not before everybody has been let in: whoever comes later is not heard. */
static void drain(void)
{
	rig_drain(&play.rig);
	play.descriptors--; /* the listener's */
}

static void play_schedule(uint64_t seed)
{
	play = (struct play){0};
	rng_init(&play.rng, seed);
	play.is_sound = seed % 2;
	rig_init(&play.rig, BACKENDS, config_of());
	play.descriptors = fault_descriptors();
	rig_answers(&play.rig, BACKENDS - 1, SOUND);
	for (int i = 0; i < STEPS; i++)
		step();
	rig_settle(&play.rig);
	expect_rest();
	if (!any(3))
		drain();
	make_sound();
	rig_settle(&play.rig);
	for (int64_t s = 0; s < END_S && !are_served(); s++)
		pass(CLOCK_S(1));
	ck_assert_msg(are_served(), "somebody was not served");
	expect_rest();
	for (size_t i = 0; i < BACKENDS && !play.is_cut_off; i++)
		check_requests(&play.rig.backends[i]);
	LIST_EACH_SAFE(node, &play.rig.clients)
		peer_free(LIST_OBJECT(node, struct peer, node));
	for (int64_t s = 0; s < END_S && atomic_load(&play.rig.shared.connections); s++)
		rig_pass(&play.rig, CLOCK_S(1));
	RIG_UNTIL(&play.rig, play.rig.is_drained || play.rig.listener);
	fault_expect_all_back(&play.rig, play.descriptors);
	rig_deinit(&play.rig);
	for (size_t i = 0; i < play.guest_count; i++)
		buf_deinit(&play.guests[i].requests);
}

START_TEST(schedule_given_any_leaves_no_request_unanswered_and_nothing_behind)
{
	const char *one = getenv("SCHEDULE"); /* NOLINT(concurrency-mt-unsafe) */

	play_schedule(one ? strtoull(one, NULL, 10) : (uint64_t)_i);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("fault_schedules");
	TCase *tcase = tcase_create("schedules");
	const char *one = getenv("SCHEDULE"); /* NOLINT(concurrency-mt-unsafe) */

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, schedule_given_any_leaves_no_request_unanswered_and_nothing_behind,
		0, one ? 1 : SCHEDULES);
	suite_add_tcase(suite, tcase);
	return suite;
}
