/* What `mlproxy --health` makes of what a server answers, here one in a thread of its own. */
#include "io/probe.h"

#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

enum { LONG_MS = 60000 };

static int listener;
static struct host_port where;

static void set_up(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof address;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, n), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &n), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	where = (struct host_port){SPAN_LITERAL("127.0.0.1"), ntohs(address.sin_port)};
}

static void tear_down(void)
{
	(void)close(listener);
}

/* -- a server for one request ---------------------------------------------------------------- */

struct server {
	const char *answer; /* NULL: none */
	char request[512];
	pthread_t thread;
};

static void *serve(void *ctx)
{
	struct server *server = ctx;
	int fd = accept(listener, NULL, NULL);
	size_t n = 0;
	ssize_t got;

	if (fd < 0)
		return NULL;
	do {
		got = recv(fd, server->request + n, sizeof server->request - 1 - n, 0);
		n += got > 0 ? (size_t)got : 0;
	} while (got > 0 && !strstr(server->request, "\r\n\r\n"));
	if (server->answer)
		(void)send(fd, server->answer, strlen(server->answer), MSG_NOSIGNAL);
	(void)close(fd);
	return NULL;
}

static int ask(struct server *server, struct err *err)
{
	int result;

	ck_assert_int_eq(pthread_create(&server->thread, NULL, serve, server), 0);
	result = probe_ask(&where, "/healthz", LONG_MS, err);
	ck_assert_int_eq(pthread_join(server->thread, NULL), 0);
	return result;
}

/* -- tests ----------------------------------------------------------------------------------- */

START_TEST(ask_given_200_is_content)
{
	struct server server = {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
	struct err err = {0};

	ck_assert_msg(ask(&server, &err) == 0, "%s", err.text);
	ck_assert_str_eq(
		server.request, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}
END_TEST

START_TEST(ask_given_no_host_asks_this_machine)
{
	struct server server = {.answer = "HTTP/1.1 200 OK\r\n\r\n"};
	struct err err = {0};

	where.host = SPAN_EMPTY;
	ck_assert_msg(ask(&server, &err) == 0, "%s", err.text);
}
END_TEST

static const struct {
	const char *answer;
	const char *text;
} bad[] = {
	{"HTTP/1.1 503 Service Unavailable\r\n\r\n",
		"answered \"HTTP/1.1 503\", wanted \"HTTP/1.1 200\""},
	{"HTTP/1.1 20", "answered \"HTTP/1.1 20\", wanted \"HTTP/1.1 200\""},
	{"SSH-2.0-OpenSSH_9.2\r\n", "answered \"SSH-2.0-Open\", wanted \"HTTP/1.1 200\""},
	{"\x1b[2J\r\n\r\n\r\n\r\n", "answered \"?[2J????????\", wanted \"HTTP/1.1 200\""},
	{NULL, "answered \"\", wanted \"HTTP/1.1 200\""},
};

START_TEST(ask_given_anything_else_says_what)
{
	struct server server = {.answer = bad[_i].answer};
	struct err err = {0};

	ck_assert_int_eq(ask(&server, &err), -1);
	ck_assert_int_eq(err.kind, ERR_UPSTREAM);
	ck_assert_str_eq(err.text, bad[_i].text);
}
END_TEST

/* The kernel has connected, and nobody accepts. */
START_TEST(ask_given_silence_ends)
{
	struct err err = {0};

	ck_assert_int_eq(probe_ask(&where, "/healthz", 1, &err), -1);
	ck_assert_str_eq(err.text, "no answer: Connection timed out");
}
END_TEST

START_TEST(ask_given_nobody_says_so)
{
	struct err err = {0};

	(void)close(listener);
	listener = -1;
	ck_assert_int_eq(probe_ask(&where, "/healthz", LONG_MS, &err), -1);
	ck_assert_str_eq(err.text, "cannot connect: Connection refused");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("probe");
	TCase *tcase = suite_case(suite, "probe", set_up, tear_down);

	tcase_add_test(tcase, ask_given_200_is_content);
	tcase_add_test(tcase, ask_given_no_host_asks_this_machine);
	tcase_add_loop_test(tcase, ask_given_anything_else_says_what, 0, ROWS(bad));
	tcase_add_test(tcase, ask_given_silence_ends);
	tcase_add_test(tcase, ask_given_nobody_says_so);
	return suite;
}
