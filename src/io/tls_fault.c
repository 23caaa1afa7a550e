#include "io/tls_fault.h"

#include <stddef.h>
#include <string.h>

#define NOT_TRUSTED "the certificate is signed by an authority that is not trusted"

/* The first one that is in the text counts. */
static const struct tls_fault faults[] = {
	{"certificate has expired", "the certificate has expired", TLS_FAULT_CERTIFICATE},
	{"not yet valid", "the certificate is not valid yet", TLS_FAULT_CERTIFICATE},
	{"self-signed certificate in certificate chain", NOT_TRUSTED, TLS_FAULT_TRUST},
	{"self-signed certificate", "the certificate is self-signed and not trusted", TLS_FAULT_TRUST},
	{"local issuer", NOT_TRUSTED, TLS_FAULT_TRUST},
	{"verify the first", NOT_TRUSTED, TLS_FAULT_TRUST},
	{"asn1 encoding routines", "the certificate's signature is not its authority's",
		TLS_FAULT_TRUST},
	{"subject name", "the certificate is for another name", TLS_FAULT_CERTIFICATE},
	{"wrong version number", "it does not speak TLS", TLS_FAULT_OTHER},
	{"SSL_ERROR_SYSCALL", "it closed the connection", TLS_FAULT_OTHER},
};

const struct tls_fault *tls_fault_find(const char *text)
{
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		if (strstr(text, faults[i].sign))
			return &faults[i];
	return NULL;
}
