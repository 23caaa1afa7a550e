#include "bench/client.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/head.h"
#include "bench/net.h"

int client_open(struct client *client, const struct client_question *question, struct err *err)
{
	client->question = question;
	client->is_busy = false;
	client->n = 0;
	client->fd = net_connect(question->port, err);
	if (client->fd < 0)
		return -1;
	return net_watch(question->epoll_fd, client->fd, client, err);
}

void client_close(struct client *client)
{
	if (client->fd >= 0)
		(void)close(client->fd);
	client->fd = -1;
	client->is_busy = false;
}

int client_begin(struct client *client, size_t limit, struct err *err)
{
	client->is_busy = true;
	client->sent = 0;
	client->n = 0;
	client->begun_ns = clock_monotonic.now_ns(&clock_monotonic);
	return client_send(client, limit, err);
}

int client_send(struct client *client, size_t limit, struct err *err)
{
	struct span rest = span_skip(span_first(client->question->request, limit), client->sent);

	while (rest.n) {
		ssize_t n = send(client->fd, rest.p, rest.n, MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == ENOTCONN))
			return 0;
		if (n < 0)
			return net_fail(err, "cannot send");
		rest = span_skip(rest, (size_t)n);
		client->sent += (size_t)n;
	}
	return 0;
}

/* 1 when all of the answer is there. */
static int judge(struct client *client, struct err *err)
{
	struct span wanted = client->question->answer;
	struct span in = {client->in, client->n};
	struct span body;
	struct head head;
	int found = head_read(in, &head);

	if (found < 0)
		return err_set(err, ERR_UPSTREAM, "an answer that is none: %.*s", SPAN_ARG(in));
	if (!found)
		return 0;
	if (!span_starts(head.line, SPAN_LITERAL("HTTP/1.1 200")))
		return err_set(err, ERR_UPSTREAM, "answered %.*s", SPAN_ARG(head.line));
	if (head.body_bytes != wanted.n)
		return err_set(
			err, ERR_UPSTREAM, "answered %zu bytes, wanted %zu", head.body_bytes, wanted.n);
	body = span_skip(in, head.n);
	if (!span_starts(wanted, body))
		return err_set(err, ERR_UPSTREAM, "answered what is wrong within %zu bytes", body.n);
	if (body.n == wanted.n && client->sent < client->question->request.n)
		return err_set(err, ERR_UPSTREAM, "answered before it had all of the request");
	return body.n == wanted.n;
}

static int take(struct client *client, size_t n, struct err *err)
{
	if (!n)
		return err_set(err, ERR_UPSTREAM, "closed");
	if (!client->is_busy)
		return err_set(err, ERR_UPSTREAM, "answered what nobody asked");
	client->n += n;
	return judge(client, err);
}

int client_receive(struct client *client, struct err *err)
{
	int done = 0;

	while (!done) {
		ssize_t n = recv(client->fd, client->in + client->n, sizeof client->in - client->n, 0);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return net_fail(err, "cannot receive");
		done = take(client, (size_t)n, err);
	}
	if (done > 0)
		client->is_busy = false;
	return done;
}
