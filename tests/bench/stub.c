/* bench_stub: a stand-in for the service, as fast as can be. One thread, one epoll, HTTP/1.1 with
 * Content-Length, on 127.0.0.1.
 *
 *     POST /predict   answers what script.h says; 400 for anything that the bench's clients do not
 * ask GET /ping       pong GET /stats      {"requests":1,"bad":0,"bytes":20480}: of /predict, of
 * this port
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/net.h"
#include "bench/stub_conn.h"

enum { EXIT_USAGE = 2, PORTS_MAX = 8, EVENTS_A_TURN = 256, LATENCY_MS_MAX = 60000 };

static const char usage[] =
	"usage: bench_stub [-l MS] PORT...\n"
	"\n"
	"Answers POST /predict, MS milliseconds after all of it was there, on up to 8\n"
	"ports of 127.0.0.1; port 0 takes a free one. Says where it listens.\n";

struct port {
	struct stub_watched watched;
	struct stub_service *service;
	struct stub_counts counts;
	int fd;
	uint16_t number;
};

struct stub {
	struct stub_service service;
	size_t port_count;
	struct port ports[PORTS_MAX];
};

static void accept_all(struct stub_watched *watched)
{
	struct port *port = (struct port *)(void *)watched;
	int fd;

	while ((fd = net_accept(port->fd)) >= 0)
		stub_conn_open(port->service, &port->counts, fd);
}

static int add_port(struct stub *stub, struct span text, struct err *err)
{
	struct port *port = &stub->ports[stub->port_count];
	uint64_t number;

	if (stub->port_count == PORTS_MAX || !span_to_number(text, UINT16_MAX, &number))
		return err_set(
			err, ERR_INVALID, "found %.*s, wanted up to %d ports", SPAN_ARG(text), (int)PORTS_MAX);
	port->watched.turn = accept_all;
	port->service = &stub->service;
	port->number = (uint16_t)number;
	stub->port_count++;
	return 0;
}

static int take_options(struct stub *stub, int argc, char **argv, struct err *err)
{
	uint64_t ms = 0;
	int code;

	opterr = 0;
	// NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads
	while ((code = getopt(argc, argv, "l:")) != -1)
		if (code != 'l' || !span_to_number(span_of(optarg), LATENCY_MS_MAX, &ms))
			return err_set(err, ERR_INVALID, "wanted -l and milliseconds up to %d", LATENCY_MS_MAX);
	stub->service.latency_ns = CLOCK_MS(ms);
	for (int i = optind; i < argc; i++)
		if (add_port(stub, span_of(argv[i]), err) < 0)
			return -1;
	return stub->port_count ? 0 : err_set(err, ERR_INVALID, "wanted a port");
}

static void write_answers(struct stub_service *service)
{
	for (size_t i = 0; i < SCRIPT_TASKS; i++) {
		struct span body = buf_span(&service->script.answers[i]);

		buf_add_format(&service->answers[i],
			"HTTP/1.1 200 OK\r\nserver: stub\r\ncontent-type: application/json\r\n"
			"content-length: %zu\r\n\r\n",
			body.n);
		buf_add(&service->answers[i], body);
	}
}

static int open_port(struct port *port, struct err *err)
{
	port->fd = net_listen(&port->number, err);
	if (port->fd < 0 || net_watch(port->service->epoll_fd, port->fd, port, err) < 0)
		return -1;
	printf("listening on 127.0.0.1:%d\n", port->number);
	return 0;
}

/* Until it is killed. */
static int serve(struct stub *stub, struct err *err)
{
	struct stub_service *service = &stub->service;

	service->epoll_fd = net_epoll(err);
	if (service->epoll_fd < 0)
		return -1;
	for (size_t i = 0; i < stub->port_count; i++)
		if (open_port(&stub->ports[i], err) < 0)
			return -1;
	(void)fflush(stdout);
	for (;;) {
		struct epoll_event events[EVENTS_A_TURN];
		int ms = stub_conn_answer_waiting(service);
		int n = epoll_wait(service->epoll_fd, events, EVENTS_A_TURN, ms);

		for (int i = 0; i < n; i++) {
			struct stub_watched *watched = events[i].data.ptr;

			watched->turn(watched);
		}
	}
}

int main(int argc, char **argv)
{
	struct stub stub = {0};
	struct err err;

	if (take_options(&stub, argc, argv, &err) < 0) {
		(void)fprintf(stderr, "bench_stub: %s\n%s", err.text, usage);
		return EXIT_USAGE;
	}
	script_init(&stub.service.script);
	write_answers(&stub.service);
	list_init(&stub.service.waiting);
	stub.service.scratch = mem_new(STUB_SCRATCH, 1);
	if (serve(&stub, &err) < 0)
		(void)fprintf(stderr, "bench_stub: %s\n", err.text);
	return EXIT_FAILURE;
}
