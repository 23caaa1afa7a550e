/* libcurl: the library behind io/tls, loaded when a configuration has an https backend: it brings
 * thirty others with it, which cost as much memory as all the rest of the process, and most have no
 * such backend. */
#ifndef IO_LIBCURL_H
#define IO_LIBCURL_H

#define CURL_DISABLE_TYPECHECK /* its macros want functions, not pointers to them */
#include <curl/curl.h>
#include <openssl/ssl.h>

#include "base/err.h"

#define LIBCURL_NAME "libcurl.so.4" /* of which the system's dynamic loader knows the place */

/* What is called of it, and of the OpenSSL that it is built on. */
#define LIBCURL_FUNCTIONS(X)    \
	X(curl_easy_cleanup)        \
	X(curl_easy_getinfo)        \
	X(curl_easy_init)           \
	X(curl_easy_recv)           \
	X(curl_easy_send)           \
	X(curl_easy_setopt)         \
	X(curl_easy_strerror)       \
	X(curl_global_cleanup)      \
	X(curl_global_init_mem)     \
	X(curl_multi_add_handle)    \
	X(curl_multi_cleanup)       \
	X(curl_multi_info_read)     \
	X(curl_multi_init)          \
	X(curl_multi_remove_handle) \
	X(curl_multi_setopt)        \
	X(curl_multi_socket_action) \
	X(curl_slist_append)        \
	X(curl_slist_free_all)      \
	X(SSL_CTX_set_options)      \
	X(SSL_get_shutdown)

struct libcurl {
	void *handle;                                     /* NULL: not loaded */
#define LIBCURL_MEMBER(name) __typeof__(name)(*name); /* NOLINT(bugprone-macro-parentheses) */
	LIBCURL_FUNCTIONS(LIBCURL_MEMBER)                 /* NOLINT(readability-identifier-naming) */
#undef LIBCURL_MEMBER
};

/* Loads and starts it, with its memory from base/mem; any thread may. -1 (ERR_BUSY, for it is no
 * fault of a backend) when there is none of that name, or not one that is built on OpenSSL. */
int libcurl_load(struct libcurl *libcurl, const char *name, struct err *err)
	__attribute__((warn_unused_result));

/* Once for each load; harmless when not loaded. */
void libcurl_unload(struct libcurl *libcurl);

#endif
