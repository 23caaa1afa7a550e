/* bench_load: asks, and times and checks the answers. One thread, one epoll.
 *
 *     options → script (what is asked) → clients → samples → a line of JSON
 *
 * A closed loop: a client whose request is answered begins the next. What ends between the end of
 * the warm-up and the end of the duration counts; then whatever has begun is still answered and
 * checked. A fault is counted, its client connects anew and goes on, and the first is told.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/client.h"
#include "bench/load_options.h"
#include "bench/net.h"
#include "bench/samples.h"

enum {
	EXIT_USAGE = 2,
	EVENTS_A_TURN = 256,
	TURN_MS = 50,
	FAULTS_MAX = 1000,
	ANSWERED_WITHIN_S = 30,
};

struct load {
	struct load_options options;
	struct client_question question;
	struct client *clients;
	size_t busy;
	bool holds;
	uint64_t begun;
	uint64_t answered;
	uint64_t faults;
	struct err first_fault;
	struct samples samples; /* of those answered while it counts */
	int64_t count_from_ns;
	int64_t begin_until_ns;
	int64_t answer_until_ns;
};

static int64_t now_ns(void)
{
	return clock_monotonic.now_ns(&clock_monotonic);
}

/* How far a client may send its request now. */
static size_t limit_of(const struct load *load)
{
	size_t n = load->question.request.n;

	return load->holds && load->options.mode == LOAD_HOLD ? n * load->options.share / 100 : n;
}

/* Whether one more request is to be begun. */
static bool goes_on(const struct load *load)
{
	if (load->faults >= FAULTS_MAX)
		return false;
	if (load->options.mode != LOAD_RUN)
		return load->begun < load->options.clients;
	if (load->options.requests)
		return load->begun < load->options.requests;
	return now_ns() < load->begin_until_ns;
}

static void count_fault(struct load *load, const struct err *err)
{
	if (!load->faults++)
		load->first_fault = *err;
}

static void count_answer(struct load *load, const struct client *client)
{
	int64_t now = now_ns();

	load->answered++;
	if (load->options.requests || (now >= load->count_from_ns && now < load->begin_until_ns))
		samples_add(&load->samples, now - client->begun_ns);
}

static void drop_client(struct load *load, struct client *client, const struct err *err)
{
	count_fault(load, err);
	load->busy -= client->is_busy;
	client_close(client);
}

static int begin(struct load *load, struct client *client, struct err *err)
{
	load->begun++;
	load->busy++;
	return client_begin(client, limit_of(load), err);
}

static void open_client(struct load *load, struct client *client)
{
	struct err err;

	while (goes_on(load)) {
		if (client_open(client, &load->question, &err) == 0 && begin(load, client, &err) == 0)
			return;
		drop_client(load, client, &err);
	}
}

static int turn_client(struct load *load, struct client *client, struct err *err)
{
	int done;

	if (client_send(client, limit_of(load), err) < 0)
		return -1;
	done = client_receive(client, err);
	if (done <= 0)
		return done;
	load->busy--;
	count_answer(load, client);
	return goes_on(load) ? begin(load, client, err) : 0;
}

static void replace_client(struct load *load, struct client *client, const struct err *err)
{
	drop_client(load, client, err);
	open_client(load, client);
}

static void turn(struct load *load)
{
	struct epoll_event events[EVENTS_A_TURN];
	int n = epoll_wait(load->question.epoll_fd, events, EVENTS_A_TURN, TURN_MS);

	for (int i = 0; i < n; i++) {
		struct client *client = events[i].data.ptr;
		struct err err;

		if (!client) /* standard input, which may be a socket that can be written to */
			load->holds = load->holds && !(events[i].events & (EPOLLIN | EPOLLHUP));
		else if (turn_client(load, client, &err) < 0)
			replace_client(load, client, &err);
	}
}

/* Whether all have got as far as they are to get while they are held. */
static bool is_held(const struct load *load)
{
	if (load->options.mode == LOAD_IDLE)
		return !load->busy;
	for (size_t i = 0; i < load->options.clients; i++)
		if (load->clients[i].is_busy && load->clients[i].sent < limit_of(load))
			return false;
	return true;
}

static int hold(struct load *load, struct err *err)
{
	while (!is_held(load) && now_ns() < load->answer_until_ns)
		turn(load);
	puts("holding");
	(void)fflush(stdout);
	if (net_watch(load->question.epoll_fd, STDIN_FILENO, NULL, err) < 0)
		return -1;
	while (load->holds)
		turn(load);
	for (size_t i = 0; i < load->options.clients; i++)
		if (load->clients[i].is_busy && client_send(&load->clients[i], limit_of(load), err) < 0)
			replace_client(load, &load->clients[i], err);
	return 0;
}

static void write_result(struct load *load)
{
	BUF_AUTO struct buf result = {0};
	const struct samples *samples = &load->samples;
	int64_t until_ns = load->options.requests ? now_ns() : load->begin_until_ns;

	samples_sort(&load->samples);
	buf_add_format(&result, "{\"rate\":%.1f,\"p50\":%.3f,\"p99\":%.3f,\"answered\":%" PRIu64,
		(double)samples->n / ((double)(until_ns - load->count_from_ns) / 1e9),
		samples_percentile(samples, 50), samples_percentile(samples, 99), load->answered);
	buf_add_format(&result, ",\"faults\":%" PRIu64 ",\"why\":", load->faults);
	buf_add_json(&result, span_of(load->faults ? load->first_fault.text : ""));
	buf_add_text(&result, "}\n");
	(void)fwrite(result.bytes, 1, result.n, stdout);
}

static int run(struct load *load, struct err *err)
{
	load->count_from_ns = now_ns() + CLOCK_MS(load->options.warmup_ms);
	load->begin_until_ns = load->count_from_ns + CLOCK_MS(load->options.duration_ms);
	load->answer_until_ns = load->begin_until_ns + CLOCK_S(ANSWERED_WITHIN_S);
	load->holds = load->options.mode != LOAD_RUN;
	for (size_t i = 0; i < load->options.clients; i++)
		open_client(load, &load->clients[i]);
	if (load->holds && hold(load, err) < 0)
		return -1;
	while ((load->busy || goes_on(load)) && now_ns() < load->answer_until_ns)
		turn(load);
	if (load->busy) {
		err_fill(err, ERR_TIMEOUT, "%zu are not answered", load->busy);
		count_fault(load, err);
	}
	write_result(load);
	return 0;
}

static int start(struct load *load, const struct script *script, struct err *err)
{
	BUF_AUTO struct buf request = {0};
	int status = -1;

	script_write_request(script, load->options.task, load->options.image_bytes, &request);
	load->question = (struct client_question){
		.epoll_fd = net_epoll(err),
		.port = (uint16_t)load->options.port,
		.request = buf_span(&request),
		.answer = buf_span(&script->answers[load->options.task]),
	};
	if (load->question.epoll_fd < 0)
		return -1;
	load->clients = mem_new(load->options.clients, sizeof *load->clients);
	for (size_t i = 0; i < load->options.clients; i++)
		load->clients[i].fd = -1;
	status = run(load, err);
	for (size_t i = 0; i < load->options.clients; i++)
		client_close(&load->clients[i]);
	mem_free(load->clients);
	samples_deinit(&load->samples);
	(void)close(load->question.epoll_fd);
	return status;
}

static int fail(int status, const char *text)
{
	(void)fprintf(stderr, "bench_load: %s\n", text);
	return status;
}

int main(int argc, char **argv)
{
	struct load load = {0};
	struct script script;
	struct err err;
	int status;

	if (load_options_parse(argc, argv, &load.options, &err) < 0) {
		(void)fail(EXIT_USAGE, err.text);
		(void)fputs(load_options_help, stderr);
		return EXIT_USAGE;
	}
	script_init(&script);
	status = start(&load, &script, &err);
	script_deinit(&script);
	if (status < 0)
		return fail(EXIT_FAILURE, err.text);
	return load.faults ? EXIT_FAILURE : EXIT_SUCCESS;
}
