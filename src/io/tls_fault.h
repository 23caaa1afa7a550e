/* tls_fault: what people call that which libcurl and OpenSSL say of a session that did not come
 * about. */
#ifndef IO_TLS_FAULT_H
#define IO_TLS_FAULT_H

enum tls_fault_kind {
	TLS_FAULT_TRUST,       /* whoever has signed the certificate is not trusted */
	TLS_FAULT_CERTIFICATE, /* it is no good, whoever has signed it */
	TLS_FAULT_OTHER,
};

struct tls_fault {
	const char *sign; /* a part of libcurl's text */
	const char *words;
	enum tls_fault_kind kind;
};

/* By what is in libcurl's error buffer; NULL when there are no better words than those. */
const struct tls_fault *tls_fault_find(const char *text);

#endif
