#include "rig/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DAY_S = 86400 };

/* Not Check's, since they are also made before the tests begin. */
static void must(bool holds)
{
	if (!holds)
		abort();
}

static void add_extension(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	must(extension);
	must(X509_add_ext(x509, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static void set_name(X509_NAME *name, const char *text)
{
	must(X509_NAME_add_entry_by_txt(
			 name, "CN", MBSTRING_ASC, (const unsigned char *)text, -1, -1, 0) == 1);
}

static void write_file(struct certificate *certificate)
{
	BIO *pem = BIO_new(BIO_s_mem());
	char *text;
	long n;

	must(PEM_write_bio_X509(pem, certificate->x509) == 1);
	n = BIO_get_mem_data(pem, &text);
	certificate->fd = memfd_create("certificate", MFD_CLOEXEC);
	must(write(certificate->fd, text, (size_t)n) == n);
	(void)snprintf(
		certificate->path, sizeof certificate->path, "/proc/self/fd/%d", certificate->fd);
	BIO_free(pem);
}

void certificate_init(struct certificate *certificate, const struct certificate_options *options)
{
	const struct certificate *issuer = options->issuer ? options->issuer : certificate;
	X509 *x509 = X509_new();

	certificate->key = EVP_EC_gen("P-256");
	certificate->x509 = x509;
	must(x509 && certificate->key);
	(void)X509_set_version(x509, X509_VERSION_3);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(x509), options->issuer ? 2 : 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(x509), options->begins_s);
	(void)X509_gmtime_adj(X509_getm_notAfter(x509),
		options->begins_s + (options->lasts_s ? options->lasts_s : DAY_S));
	(void)X509_set_pubkey(x509, certificate->key);
	set_name(X509_get_subject_name(x509), options->subject ? options->subject
										  : options->names ? "backend"
														   : "authority");
	(void)X509_set_issuer_name(x509, X509_get_subject_name(issuer->x509));
	if (options->names)
		add_extension(x509, NID_subject_alt_name, options->names);
	else
		add_extension(x509, NID_basic_constraints, "critical,CA:TRUE");
	must(X509_sign(x509, issuer->key, EVP_sha256()) > 0);
	write_file(certificate);
}

void certificate_deinit(struct certificate *certificate)
{
	X509_free(certificate->x509);
	EVP_PKEY_free(certificate->key);
	(void)close(certificate->fd);
}
