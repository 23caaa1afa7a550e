/* One multi handle a loop, wired to the loop's watches and timers; one easy handle a session.
 *
 *     add ─→ timer of 0 ms ─→ libcurl asks for its socket and is given ours ─→ watch ⇄ handshake
 *     message "done" ─→ reap ─→ done(); from here the session's owner watches the socket itself
 *
 * What is peculiar about libcurl 7.88:
 * - It calls connect() on the socket that it is given, CURL_SOCKOPT_ALREADY_CONNECTED or not. Linux
 *   answers 0 to the first such call after a connect() that did not block, and EISCONN to later
 *   ones; so a session takes only such a socket. The address is the true one, in any case.
 * - Until the handshake is over it closes the socket itself, without or with the close callback.
 *   Later it only asks by callback, and then the descriptor, which the loop watches, stays ours.
 * - A connection that nobody has read from or written to yet may be pruned by the next connect, if
 *   its peer has closed it: then read and write find none, which is as good as broken.
 * - Those with CONNECT_ONLY are never reused or pushed out of its cache (but FORBID_REUSE would
 *   close them at once), and are closed with their easy handle.
 * - The multi handle keeps the parsed authorities of the last caFile, for CA_SECONDS.
 * - An end of the stream without TLS's close_notify reads as a good end: OpenSSL must be asked.
 *
 * No renegotiation (TLS 1.2) is allowed, and post-handshake authentication (1.3) is not offered: so
 * a read never waits for room to write, nor a write for bytes to read, of which libcurl would not
 * tell. */
#include "io/tls.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/address.h"
#include "io/libcurl.h"
#include "io/tls_fault.h"

enum { CA_SECONDS = 300, CONNECT_SECONDS = 3600 };

struct tls {
	struct libcurl lib;
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer;
	size_t session_count;
};

enum session_state {
	SESSION_GIVEN, /* libcurl has not asked for the socket yet */
	SESSION_TAKEN, /* it is libcurl's to close */
	SESSION_OPEN,  /* it is ours again */
	SESSION_OVER,  /* there is no more to read */
};

struct tls_session {
	struct tls *tls;
	CURL *easy;
	int fd;
	struct watch watch; /* until it is open */
	enum session_state state;
	enum tls_result end; /* once it is over: TLS_END or TLS_BROKEN */
	bool is_plain;
	void (*done)(void *ctx, const struct err *err);
	void *ctx;
	struct curl_slist *connect_to;
	char error[CURL_ERROR_SIZE];
	/* What was given to libcurl must be given again when it could not go. */
	char stage[TLS_RECORD_BYTES];
	size_t staged;
};

/* -- wiring ---------------------------------------------------------------------------------- */

static void reap(struct tls *tls);

static void act(struct tls *tls, int fd, int what)
{
	int running;

	(void)tls->lib.curl_multi_socket_action(tls->multi, fd, what, &running);
	reap(tls);
}

static void on_ready(void *ctx, unsigned what)
{
	struct tls_session *session = ctx;

	act(session->tls, session->fd, what == WATCH_WRITE ? CURL_CSELECT_OUT : CURL_CSELECT_IN);
}

static void on_time(void *ctx)
{
	act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long ms, void *ctx)
{
	struct tls *tls = ctx;

	(void)multi;
	if (ms < 0)
		loop_timer_clear(tls->loop, &tls->timer);
	else
		loop_timer_set(tls->loop, &tls->timer, loop_now_ns(tls->loop) + CLOCK_MS(ms));
	return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	static const unsigned wanted[] = {
		[CURL_POLL_IN] = WATCH_READ,
		[CURL_POLL_OUT] = WATCH_WRITE,
		[CURL_POLL_INOUT] = WATCH_READ | WATCH_WRITE,
		[CURL_POLL_REMOVE] = 0,
	};
	const struct tls *tls = ctx;
	struct tls_session *session = NULL;

	(void)fd, (void)socket_ctx;
	(void)tls->lib.curl_easy_getinfo(easy, CURLINFO_PRIVATE, &session);
	watch_set(&session->watch, wanted[what]);
	return 0;
}

/* -- life ------------------------------------------------------------------------------------ */

int tls_prepare(struct err *err)
{
	struct libcurl lib;
	int result = libcurl_load(&lib, LIBCURL_NAME, err);

	libcurl_unload(&lib); /* which stays in memory, see io/libcurl.c */
	return result;
}

struct tls *tls_new(struct loop *loop, struct err *err)
{
	struct tls *tls = mem_new(1, sizeof *tls);

	if (libcurl_load(&tls->lib, LIBCURL_NAME, err) < 0) {
		mem_free(tls);
		return NULL;
	}
	tls->loop = loop;
	tls->multi = tls->lib.curl_multi_init();
	if (!tls->multi)
		abort(); /* not even for want of descriptors: those are for a wake-up that we do not use */
	loop_timer_init(&tls->timer, on_time, tls);
	(void)tls->lib.curl_multi_setopt(tls->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	(void)tls->lib.curl_multi_setopt(tls->multi, CURLMOPT_SOCKETDATA, tls);
	(void)tls->lib.curl_multi_setopt(tls->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	(void)tls->lib.curl_multi_setopt(tls->multi, CURLMOPT_TIMERDATA, tls);
	return tls;
}

void tls_free(struct tls *tls)
{
	if (!tls)
		return;
	assert(!tls->session_count);
	(void)tls->lib.curl_multi_cleanup(tls->multi);
	loop_timer_clear(tls->loop, &tls->timer);
	libcurl_unload(&tls->lib);
	mem_free(tls);
}

/* -- opening --------------------------------------------------------------------------------- */

static curl_socket_t on_open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct tls_session *session = ctx;

	(void)purpose, (void)address;
	session->state = SESSION_TAKEN;
	return session->fd;
}

static int on_socket_options(void *ctx, curl_socket_t fd, curlsocktype purpose)
{
	(void)ctx, (void)fd, (void)purpose;
	return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static int on_close_socket(void *ctx, curl_socket_t fd)
{
	const struct tls_session *session = ctx;

	return session->state == SESSION_TAKEN ? close(fd) : 0;
}

static CURLcode on_ssl_context(CURL *easy, void *context, void *ctx)
{
	const struct tls *tls = ctx;

	(void)easy;
	(void)tls->lib.SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
	return CURLE_OK;
}

static void must(CURLcode result)
{
	if (result != CURLE_OK)
		abort(); /* a libcurl that lacks what this was built against */
}

/* The URL, and the address, so that libcurl need not ask for one. */
static void set_place(struct tls_session *session, const struct tls_peer *peer)
{
	const struct libcurl *lib = &session->tls->lib;
	CURL *easy = session->easy;
	BUF_AUTO struct buf url = {0};
	struct address address = {.n = sizeof address.bytes};
	char to[ADDRESS_TEXT_MAX + 2] = "::127.0.0.1:9";

	buf_add_format(
		&url, "%s://%.*s/", peer->is_plain ? "http" : "https", SPAN_ARG(peer->authority));
	must(lib->curl_easy_setopt(easy, CURLOPT_URL, url.bytes));
	if (getpeername(session->fd, (struct sockaddr *)&address.bytes, &address.n) == 0)
		address_write(&address, to + 2);
	session->connect_to = lib->curl_slist_append(NULL, to);
	must(lib->curl_easy_setopt(easy, CURLOPT_CONNECT_TO, session->connect_to));
	must(lib->curl_easy_setopt(easy, CURLOPT_PROXY, "")); /* whatever the environment says */
}

static void set_trust(struct tls_session *session, const struct tls_peer *peer)
{
	const struct libcurl *lib = &session->tls->lib;
	CURL *easy = session->easy;
	MEM_AUTO char *ca_file = span_dup(peer->ca_file);

	must(lib->curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
	must(lib->curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context));
	must(lib->curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, session->tls));
	must(lib->curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, (long)CA_SECONDS));
	must(lib->curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, peer->is_insecure ? 0L : 1L));
	must(lib->curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, peer->is_insecure ? 0L : 2L));
	if (!peer->is_insecure && !peer->ca_file.n)
		return; /* whom the system trusts */
	must(lib->curl_easy_setopt(easy, CURLOPT_CAINFO, peer->is_insecure ? NULL : ca_file));
	must(lib->curl_easy_setopt(easy, CURLOPT_CAPATH, NULL)); /* these authorities and no others */
}

static void set_wiring(struct tls_session *session)
{
	const struct libcurl *lib = &session->tls->lib;
	CURL *easy = session->easy;

	must(lib->curl_easy_setopt(easy, CURLOPT_PRIVATE, session));
	must(lib->curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, session->error));
	must(lib->curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
	must(lib->curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L));
	must(lib->curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L));
	must(lib->curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
	must(lib->curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS));
	must(lib->curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)TLS_RECORD_BYTES));
	must(lib->curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket));
	must(lib->curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, session));
	must(lib->curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket_options));
	must(lib->curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket));
	must(lib->curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, session));
}

struct tls_session *tls_open(struct tls *tls, int fd, const struct tls_peer *peer,
	void (*done)(void *ctx, const struct err *err), void *ctx)
{
	struct tls_session *session = mem_new(1, sizeof *session);

	session->tls = tls;
	session->fd = fd;
	session->is_plain = peer->is_plain;
	session->done = done;
	session->ctx = ctx;
	session->easy = tls->lib.curl_easy_init();
	if (!session->easy)
		abort();
	watch_init(&session->watch, tls->loop, fd, on_ready, session);
	set_wiring(session);
	set_place(session, peer);
	set_trust(session, peer);
	tls->session_count++;
	if (tls->lib.curl_multi_add_handle(tls->multi, session->easy) != CURLM_OK)
		abort();
	return session;
}

void tls_close(struct tls_session *session)
{
	watch_deinit(&session->watch);
	(void)session->tls->lib.curl_multi_remove_handle(session->tls->multi, session->easy);
	session->tls->lib.curl_easy_cleanup(session->easy);
	session->tls->lib.curl_slist_free_all(session->connect_to);
	if (session->state != SESSION_TAKEN)
		(void)close(session->fd);
	session->tls->session_count--;
	mem_free(session);
}

/* -- the handshake's end --------------------------------------------------------------------- */

/* The system's words if the system failed, libcurl's otherwise. */
static void explain(struct tls_session *session)
{
	long error = 0;

	(void)session->tls->lib.curl_easy_getinfo(session->easy, CURLINFO_OS_ERRNO, &error);
	if (error > 0)
		(void)snprintf(session->error, sizeof session->error, "%s", strerrordesc_np((int)error));
}

/* What went wrong, as people know it; libcurl's and OpenSSL's words where there are no better. */
static const char *words_of(const struct tls_session *session, CURLcode result)
{
	const struct tls_fault *fault = tls_fault_find(session->error);

	if (result == CURLE_SSL_CACERT_BADFILE)
		return "the caFile cannot be read";
	if (fault)
		return fault->words;
	return *session->error ? session->error : session->tls->lib.curl_easy_strerror(result);
}

static void finish(struct tls_session *session, CURLcode result)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	struct err err;

	(void)session->tls->lib.curl_easy_getinfo(session->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (result == CURLE_OK && fd == session->fd) {
		session->state = SESSION_OPEN;
		session->done(session->ctx, NULL);
		return;
	}
	explain(session);
	(void)err_set(&err, ERR_UPSTREAM, "no TLS connection: %.200s", words_of(session, result));
	session->done(session->ctx, &err);
}

/* Outside of libcurl's callbacks, so that sessions may be closed and opened. */
static void reap(struct tls *tls)
{
	CURLMsg *message;
	int left;

	while ((message = tls->lib.curl_multi_info_read(tls->multi, &left))) {
		struct tls_session *session = NULL;
		CURLcode result = message->data.result;

		(void)tls->lib.curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &session);
		finish(session, result);
	}
}

/* -- reading and writing --------------------------------------------------------------------- */

/* The same is said again, however often it is asked for. */
static enum tls_result end(struct tls_session *session, enum tls_result result)
{
	session->state = SESSION_OVER;
	session->end = result;
	return result;
}

/* True when TLS has not said that the stream ends here: somebody may have cut it off. */
static bool is_cut_off(const struct tls_session *session)
{
	struct curl_tlssessioninfo *info = NULL;

	if (session->is_plain)
		return false;
	(void)session->tls->lib.curl_easy_getinfo(session->easy, CURLINFO_TLS_SSL_PTR, &info);
	return !info || !info->internals ||
		   !(session->tls->lib.SSL_get_shutdown(info->internals) & SSL_RECEIVED_SHUTDOWN);
}

enum tls_result tls_read(struct tls_session *session, char *to, size_t room, size_t *ret_n)
{
	CURLcode result;

	assert(room >= TLS_RECORD_BYTES);
	if (session->state == SESSION_OVER)
		return session->end;
	result = session->tls->lib.curl_easy_recv(session->easy, to, room, ret_n);
	if (result == CURLE_AGAIN)
		return TLS_AGAIN;
	if (result != CURLE_OK) {
		explain(session);
		return end(session, TLS_BROKEN);
	}
	if (*ret_n)
		return TLS_OK;
	if (!is_cut_off(session))
		return end(session, TLS_END);
	(void)snprintf(session->error, sizeof session->error, "cut off without TLS's close_notify");
	return end(session, TLS_BROKEN);
}

/* Small pieces go in one record. */
static void fill_stage(struct tls_session *session, const struct iovec *iov, size_t count)
{
	for (size_t i = 0; i < count && session->staged < sizeof session->stage; i++) {
		struct span part = span_first((struct span){iov[i].iov_base, iov[i].iov_len},
			sizeof session->stage - session->staged);

		memcpy(session->stage + session->staged, part.p, part.n);
		session->staged += part.n;
	}
}

enum tls_result tls_write(
	struct tls_session *session, const struct iovec *iov, size_t count, size_t *ret_sent)
{
	CURLcode result;

	if (!session->staged)
		fill_stage(session, iov, count);
	result =
		session->tls->lib.curl_easy_send(session->easy, session->stage, session->staged, ret_sent);
	if (result == CURLE_AGAIN)
		return TLS_AGAIN;
	if (result != CURLE_OK) {
		explain(session);
		return TLS_BROKEN;
	}
	session->staged -= *ret_sent;
	memmove(session->stage, session->stage + *ret_sent, session->staged);
	return TLS_OK;
}

const char *tls_error(const struct tls_session *session)
{
	return session->error;
}
