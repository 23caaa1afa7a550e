/* certificate: certificates and their keys, made up in memory: none is ever committed, none expires
 * but on purpose. */
#ifndef RIG_CERTIFICATE_H
#define RIG_CERTIFICATE_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct certificate {
	EVP_PKEY *key;
	X509 *x509;
	int fd;        /* its PEM text, in memory */
	char path[32]; /* of that */
};

struct certificate_options {
	const char *subject;              /* NULL: "backend" or "authority" */
	const char *names;                /* "DNS:localhost,IP:127.0.0.1"; NULL: an authority */
	const struct certificate *issuer; /* NULL: itself */
	long begins_s;                    /* from now */
	long lasts_s;                     /* 0: a day */
};

void certificate_init(struct certificate *certificate, const struct certificate_options *options);
void certificate_deinit(struct certificate *certificate);

#endif
