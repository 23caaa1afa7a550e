#include "rig/secure.h"

#include <check.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "base/mem.h"

SSL_CTX *secure_context(const struct certificate *certificate)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (!context || SSL_CTX_use_certificate(context, certificate->x509) != 1 ||
		SSL_CTX_use_PrivateKey(context, certificate->key) != 1)
		abort();
	return context;
}

struct secure *secure_new(SSL_CTX *context)
{
	struct secure *secure = mem_new(1, sizeof *secure);

	secure->ssl = SSL_new(context);
	secure->in = BIO_new(BIO_s_mem());
	secure->out = BIO_new(BIO_s_mem());
	ck_assert(secure->ssl && secure->in && secure->out);
	SSL_set_bio(secure->ssl, secure->in, secure->out);
	SSL_set_accept_state(secure->ssl);
	return secure;
}

void secure_free(struct secure *secure)
{
	if (!secure)
		return;
	SSL_free(secure->ssl);
	mem_free(secure);
}

void secure_take(struct secure *secure, struct span bytes)
{
	ck_assert_int_eq(BIO_write(secure->in, bytes.p, (int)bytes.n), (int)bytes.n);
	if (!secure_is_open(secure))
		(void)SSL_do_handshake(secure->ssl);
	ERR_clear_error(); /* a client that refuses the certificate is no fault here */
}

bool secure_is_open(const struct secure *secure)
{
	return SSL_is_init_finished(secure->ssl);
}

bool secure_read(struct secure *secure, struct buf *plain)
{
	char bytes[16384];
	int n;

	while ((n = SSL_read(secure->ssl, bytes, sizeof bytes)) > 0)
		buf_add(plain, (struct span){bytes, (size_t)n});
	ERR_clear_error();
	return SSL_get_shutdown(secure->ssl) & SSL_RECEIVED_SHUTDOWN;
}

bool secure_has_unread(const struct secure *secure)
{
	return BIO_pending(secure->in) > 0 || SSL_pending(secure->ssl) > 0;
}

bool secure_write(struct secure *secure, struct span plain)
{
	bool is_written = SSL_write(secure->ssl, plain.p, (int)plain.n) == (int)plain.n;

	ERR_clear_error();
	return is_written;
}

void secure_end(struct secure *secure)
{
	(void)SSL_shutdown(secure->ssl);
	ERR_clear_error();
}

struct span secure_wire(struct secure *secure)
{
	char *bytes;
	long n = BIO_get_mem_data(secure->out, &bytes);

	return (struct span){bytes, (size_t)n};
}

void secure_sent(struct secure *secure, size_t n)
{
	char bytes[4096];

	while (n) {
		int part = BIO_read(secure->out, bytes, (int)(n < sizeof bytes ? n : sizeof bytes));

		ck_assert_int_gt(part, 0);
		n -= (size_t)part;
	}
}
