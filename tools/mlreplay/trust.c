#include "mlreplay/trust.h"

#define CURL_DISABLE_TYPECHECK /* as io/libcurl */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/tls_fault.h"

/* -- the file -------------------------------------------------------------------------------- */

/* As whoever will check certificates with it, so that one knows before the run. */
static bool has_certificates(const char *path)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	bool is_read;

	if (!context)
		abort(); /* no memory */
	is_read = SSL_CTX_load_verify_file(context, path) == 1;
	SSL_CTX_free(context);
	return is_read;
}

int trust_check(const struct trust *trust, struct err *err)
{
	const char *path = trust->ca_file;
	int fd;

	if (!path)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, ERR_INVALID, "--ca-file: %.150s: %s", path, strerrordesc_np(errno));
	(void)close(fd);
	if (!has_certificates(path))
		return err_set(err, ERR_INVALID, "--ca-file: %.150s: it has no certificates (PEM)", path);
	return 0;
}

/* -- libcurl --------------------------------------------------------------------------------- */

static void must(CURLcode result)
{
	if (result != CURLE_OK)
		abort(); /* a libcurl that lacks what this was built against */
}

void trust_apply(const struct trust *trust, void *easy)
{
	must(curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
	must(curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, trust->is_insecure ? 0L : 1L));
	must(curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, trust->is_insecure ? 0L : 2L));
	if (!trust->ca_file)
		return;
	must(curl_easy_setopt(easy, CURLOPT_CAINFO, trust->ca_file));
	must(curl_easy_setopt(easy, CURLOPT_CAPATH, NULL)); /* these authorities and no others */
}

bool trust_explain(const char *text, struct err *ret_err)
{
	static const char *const ways_out[] = {
		[TLS_FAULT_TRUST] = "; --ca-file FILE says whom to trust, --insecure trusts anybody",
		[TLS_FAULT_CERTIFICATE] = "; --insecure does not look at it",
		[TLS_FAULT_OTHER] = "",
	};
	const struct tls_fault *fault = tls_fault_find(text);

	if (fault)
		err_fill(
			ret_err, ERR_UPSTREAM, "no TLS connection: %s%s", fault->words, ways_out[fault->kind]);
	return fault;
}
