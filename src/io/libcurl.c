/* libcurl counts how often it was started and stopped, under a lock, and the loader how often it
 * was opened: so each loop has its own, and there is no state of the process here. What was loaded
 * once stays in memory, since OpenSSL has left functions with the C library, for threads' ends and
 * the process's. */
#include "io/libcurl.h"

#include <assert.h>
#include <dlfcn.h>
#include <string.h>

#include "base/mem.h"
#include "base/span.h"

static void *on_malloc(size_t n)
{
	return mem_resize(NULL, n, 1);
}

static void *on_realloc(void *p, size_t n)
{
	return mem_resize(p, n, 1);
}

static char *on_strdup(const char *text)
{
	return span_dup(span_of(text));
}

/* False when it has no function of that name. Each of the pointers in struct libcurl is as large as
 * what dlsym() gives, and is such a one (POSIX). */
static bool find(void *handle, const char *name, void *ret_pointer)
{
	void *symbol = dlsym(handle, name);

	memcpy(ret_pointer, &symbol, sizeof symbol);
	return symbol;
}

static bool find_all(struct libcurl *libcurl)
{
	bool has_all = true;

#define FIND(name) has_all = has_all && find(libcurl->handle, #name, &libcurl->name);
	LIBCURL_FUNCTIONS(FIND)
#undef FIND
	return has_all;
}

/* The youngest of what io/tls asks for (7.87), and what only OpenSSL can. */
static bool knows_options(const struct libcurl *libcurl)
{
	CURL *easy = libcurl->curl_easy_init();
	bool knows_all = libcurl->curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L) == CURLE_OK &&
					 libcurl->curl_easy_setopt(
						 easy, CURLOPT_SSL_CTX_FUNCTION, (curl_ssl_ctx_callback)NULL) == CURLE_OK;

	libcurl->curl_easy_cleanup(easy);
	return knows_all;
}

static bool start(struct libcurl *libcurl)
{
	if (!find_all(libcurl) || libcurl->curl_global_init_mem(CURL_GLOBAL_DEFAULT, on_malloc,
								  mem_free, on_realloc, on_strdup, mem_new) != CURLE_OK)
		return false;
	if (knows_options(libcurl))
		return true;
	libcurl->curl_global_cleanup();
	return false;
}

/* dlerror() is of this thread. */
static int cannot_load(const char *name, const char *why, struct err *err)
{
	return err_set(err, ERR_BUSY, "https needs %s (Debian's package libcurl4): %.150s", name, why);
}

int libcurl_load(struct libcurl *libcurl, const char *name, struct err *err)
{
	*libcurl = (struct libcurl){.handle = dlopen(name, RTLD_NOW | RTLD_NODELETE)};
	if (!libcurl->handle)
		return cannot_load(name, dlerror(), err); /* NOLINT(concurrency-mt-unsafe) */
	if (start(libcurl))
		return 0;
	(void)dlclose(TAKE(libcurl->handle));
	return cannot_load(name, "it is too old, or not built on OpenSSL", err);
}

void libcurl_unload(struct libcurl *libcurl)
{
	if (!libcurl->handle)
		return;
	libcurl->curl_global_cleanup();
	(void)dlclose(TAKE(libcurl->handle));
}
