/* One multi handle, wired to the loop: libcurl says which sockets it waits for and until when, and
 * is told when that has come. An easy handle for each request.
 *
 *     libcurl ── on_socket, on_timer ─→ watches, a timer ── on_ready, on_time ─→ act() ─→ reap()
 *
 * Requests end in reap(), outside of libcurl's callbacks, so that others may begin there. Reading
 * the body blocks while the disk does: whoever measures latencies to the millisecond has the
 * capture in memory after the first round. */
#include "mlreplay/sender.h"

#define CURL_DISABLE_TYPECHECK /* as io/libcurl */
#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>

#include "base/mem.h"
#include "domain/compare.h"
#include "mlreplay/coding.h"
#include "mlreplay/head.h"

enum { CONNECT_MS = 10000 };

struct sender {
	struct loop *loop;
	struct sender_setup setup;
	CURLM *multi;
	struct loop_timer timer;
	struct list sockets;
	struct list closed; /* sockets that are freed when nobody is in one of their callbacks */
	struct loop_task sweep;
	size_t under_way;
};

struct socket {
	struct list node;
	struct sender *sender;
	int fd;
	struct watch watch;
};

struct sending {
	struct sender *sender;
	CURL *easy;
	struct curl_slist *fields;
	struct capture_body *body; /* NULL: there is none */
	struct buf answer;
	struct err err; /* what we have against it; no kind: nothing */
	bool is_broken; /* namely that the body cannot be read */
	char error[CURL_ERROR_SIZE];
	void (*done)(void *ctx, const struct sender_answer *answer);
	void *ctx;
};

/* -- wiring ---------------------------------------------------------------------------------- */

static void reap(struct sender *sender);

static void act(struct sender *sender, int fd, int what)
{
	int running;

	(void)curl_multi_socket_action(sender->multi, fd, what, &running);
	reap(sender);
}

static void on_ready(void *ctx, unsigned what)
{
	const struct socket *socket = ctx;

	act(socket->sender, socket->fd, what == WATCH_WRITE ? CURL_CSELECT_OUT : CURL_CSELECT_IN);
}

static void on_time(void *ctx)
{
	act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long ms, void *ctx)
{
	struct sender *sender = ctx;

	(void)multi;
	if (ms < 0)
		loop_timer_clear(sender->loop, &sender->timer);
	else
		loop_timer_set(sender->loop, &sender->timer, loop_now_ns(sender->loop) + CLOCK_MS(ms));
	return 0;
}

static struct socket *socket_new(struct sender *sender, int fd)
{
	struct socket *socket = mem_new(1, sizeof *socket);

	socket->sender = sender;
	socket->fd = fd;
	watch_init(&socket->watch, sender->loop, fd, on_ready, socket);
	list_append(&sender->sockets, &socket->node);
	(void)curl_multi_assign(sender->multi, fd, socket);
	return socket;
}

/* libcurl closes the descriptor now; the callback of that very watch may be at work. */
static void socket_end(struct socket *socket)
{
	watch_deinit(&socket->watch);
	list_unlink(&socket->node);
	list_append(&socket->sender->closed, &socket->node);
	loop_defer(socket->sender->loop, &socket->sender->sweep);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	struct socket *socket = socket_ctx;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (socket)
			socket_end(socket);
		return 0;
	}
	if (!socket)
		socket = socket_new(ctx, fd);
	watch_set(&socket->watch, (what & CURL_POLL_IN ? (unsigned)WATCH_READ : 0) |
								  (what & CURL_POLL_OUT ? (unsigned)WATCH_WRITE : 0));
	return 0;
}

static void on_sweep(void *ctx)
{
	struct sender *sender = ctx;

	LIST_EACH_SAFE(node, &sender->closed) {
		list_unlink(node);
		mem_free(LIST_OBJECT(node, struct socket, node));
	}
}

/* -- life ------------------------------------------------------------------------------------ */

static void must(int result)
{
	if (result)
		abort(); /* a libcurl that lacks what this was built against, or memory */
}

struct sender *sender_new(struct loop *loop, const struct sender_setup *setup)
{
	struct sender *sender = mem_new(1, sizeof *sender);

	must(curl_global_init(CURL_GLOBAL_DEFAULT));
	sender->loop = loop;
	sender->setup = *setup;
	sender->multi = curl_multi_init();
	if (!sender->multi)
		abort();
	list_init(&sender->sockets);
	list_init(&sender->closed);
	loop_timer_init(&sender->timer, on_time, sender);
	loop_task_init(&sender->sweep, on_sweep, sender);
	must(curl_multi_setopt(sender->multi, CURLMOPT_SOCKETFUNCTION, on_socket));
	must(curl_multi_setopt(sender->multi, CURLMOPT_SOCKETDATA, sender));
	must(curl_multi_setopt(sender->multi, CURLMOPT_TIMERFUNCTION, on_timer));
	must(curl_multi_setopt(sender->multi, CURLMOPT_TIMERDATA, sender));
	must(curl_multi_setopt(sender->multi, CURLMOPT_MAXCONNECTS, (long)setup->connections));
	return sender;
}

void sender_free(struct sender *sender)
{
	if (!sender)
		return;
	assert(!sender->under_way);
	(void)curl_multi_cleanup(sender->multi);
	LIST_EACH_SAFE(node, &sender->sockets)
		socket_end(LIST_OBJECT(node, struct socket, node));
	loop_task_cancel(&sender->sweep);
	on_sweep(sender);
	loop_timer_clear(sender->loop, &sender->timer);
	curl_global_cleanup();
	mem_free(sender);
}

/* -- a request's body ------------------------------------------------------------------------ */

static size_t on_read(char *bytes, size_t size, size_t n, void *ctx)
{
	struct sending *sending = ctx;
	long got = capture_body_read(sending->body, bytes, size * n, &sending->err);

	sending->is_broken = got < 0;
	return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

/* To the beginning, which is all that sending again needs. */
static int on_seek(void *ctx, curl_off_t offset, int origin)
{
	struct sending *sending = ctx;

	if (offset || origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	capture_body_rewind(sending->body);
	return CURL_SEEKFUNC_OK;
}

static int set_body(struct sending *sending, const struct sender_order *order, struct err *err)
{
	const struct har_request *request = &order->entry->request;

	/* GET and its like have none; others say that theirs is empty. */
	if (!request->body_length &&
		(span_is(request->method, "GET") || span_is(request->method, "HEAD")))
		return 0;
	if (capture_body_open(order->reader, order->entry, &sending->body, err) < 0)
		return -1;
	must(curl_easy_setopt(sending->easy, CURLOPT_UPLOAD, 1L));
	must(curl_easy_setopt(
		sending->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body_length));
	must(curl_easy_setopt(sending->easy, CURLOPT_READFUNCTION, on_read));
	must(curl_easy_setopt(sending->easy, CURLOPT_READDATA, sending));
	must(curl_easy_setopt(sending->easy, CURLOPT_SEEKFUNCTION, on_seek));
	must(curl_easy_setopt(sending->easy, CURLOPT_SEEKDATA, sending));
	return 0;
}

/* -- its head -------------------------------------------------------------------------------- */

static void set_url(struct sending *sending, struct span url)
{
	MEM_AUTO char *text = span_dup(url);

	must(curl_easy_setopt(sending->easy, CURLOPT_URL, text));
}

static void add_line(struct sending *sending, const char *line)
{
	sending->fields = curl_slist_append(sending->fields, line);
	if (!sending->fields)
		abort();
}

/* "Name;" is libcurl's way to write a field without a value, and "Name:" to leave one out. */
static void add_field(struct sending *sending, const struct har_field *field)
{
	struct span value = span_trim(field->value);
	BUF_AUTO struct buf line = {0};

	buf_add(&line, field->name);
	buf_add_text(&line, value.n ? ": " : ";");
	buf_add(&line, value);
	buf_add(&line, (struct span){"", 1});
	add_line(sending, line.bytes);
}

/* libcurl's own are left out where the capture has none. */
static void add_fields(struct sending *sending, const struct har_request *request)
{
	static const char *const own[][2] = {{"Accept", "Accept:"}, {"Content-Type", "Content-Type:"}};

	for (size_t i = 0; i < request->field_count; i++)
		if (head_may_send(request, &request->fields[i]))
			add_field(sending, &request->fields[i]);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (!head_find(request->fields, request->field_count, span_of(own[i][0])).n)
			add_line(sending, own[i][1]);
	add_line(sending, "Expect:");
}

static void set_head(struct sending *sending, const struct har_entry *entry)
{
	BUF_AUTO struct buf url = {0};
	MEM_AUTO char *method = span_dup(entry->request.method);

	head_write_url(&sending->sender->setup.target, &entry->request, &url);
	set_url(sending, buf_span(&url));
	add_fields(sending, &entry->request);
	if (span_is(entry->request.method, "HEAD"))
		must(curl_easy_setopt(sending->easy, CURLOPT_NOBODY, 1L));
	else
		must(curl_easy_setopt(sending->easy, CURLOPT_CUSTOMREQUEST, method));
	must(curl_easy_setopt(sending->easy, CURLOPT_HTTPHEADER, sending->fields));
}

/* -- the answer ------------------------------------------------------------------------------ */

// NOLINTNEXTLINE(readability-non-const-parameter): libcurl says what it is
static size_t on_write(char *bytes, size_t size, size_t n, void *ctx)
{
	struct sending *sending = ctx;

	if (size * n > COMPARE_BODY_MAX - sending->answer.n) {
		err_fill(
			&sending->err, ERR_UPSTREAM, "the answer has more than %d bytes", COMPARE_BODY_MAX);
		return 0;
	}
	buf_add(&sending->answer, (struct span){bytes, size * n});
	return size * n;
}

static int undo_codings(struct sending *sending)
{
	struct curl_header *header;

	if (curl_easy_header(sending->easy, "Content-Encoding", 0, CURLH_HEADER, -1, &header) !=
		CURLHE_OK)
		return 0;
	return coding_undo(span_of(header->value), COMPARE_BODY_MAX, &sending->answer, &sending->err);
}

/* The system's words if it was the system, else libcurl's. */
static const char *explain(struct sending *sending, CURLcode result)
{
	long error = 0;

	if (sending->err.kind)
		return sending->err.text;
	(void)curl_easy_getinfo(sending->easy, CURLINFO_OS_ERRNO, &error);
	if (result == CURLE_COULDNT_CONNECT && error > 0)
		return strerrordesc_np((int)error);
	if (trust_explain(sending->error, &sending->err))
		return sending->err.text;
	return *sending->error ? sending->error : curl_easy_strerror(result);
}

static void end(struct sending *sending)
{
	(void)curl_multi_remove_handle(sending->sender->multi, sending->easy);
	curl_easy_cleanup(sending->easy);
	curl_slist_free_all(sending->fields);
	capture_body_close(sending->body);
	buf_deinit(&sending->answer);
	sending->sender->under_way--;
	mem_free(sending);
}

static void finish(struct sending *sending, CURLcode result)
{
	struct sender_answer answer = {0};
	long status = 0;

	(void)curl_easy_getinfo(sending->easy, CURLINFO_RESPONSE_CODE, &status);
	if (result != CURLE_OK || undo_codings(sending) < 0)
		answer = (struct sender_answer){.error = explain(sending, result), .has_begun = status};
	else
		answer = (struct sender_answer){.status = (int)status, .body = buf_span(&sending->answer)};
	answer.is_broken = sending->is_broken;
	sending->done(sending->ctx, &answer);
	end(sending);
}

static void reap(struct sender *sender)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(sender->multi, &left))) {
		struct sending *sending = NULL;
		CURLcode result = message->data.result;

		(void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &sending);
		finish(sending, result);
	}
}

/* -- sending --------------------------------------------------------------------------------- */

static void set_options(struct sending *sending)
{
	CURL *easy = sending->easy;
	long timeout_ms = (long)(sending->sender->setup.timeout_ns / CLOCK_MS(1));

	must(curl_easy_setopt(easy, CURLOPT_PRIVATE, sending));
	must(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, sending->error));
	must(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
	must(curl_easy_setopt(easy, CURLOPT_PROXY, "")); /* whatever the environment says */
	must(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"));
	must(curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
	must(curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L));
	must(curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS));
	must(curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms));
	must(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_write));
	must(curl_easy_setopt(easy, CURLOPT_WRITEDATA, sending));
	trust_apply(&sending->sender->setup.trust, easy);
}

static void set_socket(struct sending *sending)
{
	const struct url *target = &sending->sender->setup.target;
	MEM_AUTO char *path = span_dup(target->host);

	if (target->scheme == URL_UNIX)
		must(curl_easy_setopt(sending->easy, CURLOPT_UNIX_SOCKET_PATH, path));
}

static struct sending *sending_new(
	struct sender *sender, void (*done)(void *ctx, const struct sender_answer *answer), void *ctx)
{
	struct sending *sending = mem_new(1, sizeof *sending);

	sending->sender = sender;
	sending->done = done;
	sending->ctx = ctx;
	sending->easy = curl_easy_init();
	if (!sending->easy)
		abort();
	set_options(sending);
	set_socket(sending);
	sender->under_way++;
	return sending;
}

static void begin(struct sending *sending)
{
	must(curl_multi_add_handle(sending->sender->multi, sending->easy));
}

int sender_send(struct sender *sender, const struct sender_order *order,
	struct sending **ret_sending, struct err *err)
{
	struct sending *sending = sending_new(sender, order->done, order->ctx);

	if (set_body(sending, order, err) < 0) {
		end(sending);
		return -1;
	}
	set_head(sending, order->entry);
	begin(sending);
	*ret_sending = sending;
	return 0;
}

struct sending *sender_knock(
	struct sender *sender, void (*done)(void *ctx, const struct sender_answer *answer), void *ctx)
{
	struct sending *sending = sending_new(sender, done, ctx);
	const struct har_request nothing = {0};
	BUF_AUTO struct buf url = {0};

	head_write_url(&sender->setup.target, &nothing, &url);
	set_url(sending, buf_span(&url));
	must(curl_easy_setopt(sending->easy, CURLOPT_CONNECT_ONLY, 1L));
	begin(sending);
	return sending;
}

void sender_cancel(struct sending *sending)
{
	end(sending);
}
