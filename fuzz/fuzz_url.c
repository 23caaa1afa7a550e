/* What parses is clean, and its parts put together again parse to the same parts. */
#include "base/buf.h"
#include "fuzz.h"
#include "wire/url.h"

static void check_bytes(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		must((unsigned char)s.p[i] > 0x20 && (unsigned char)s.p[i] < 0x7f);
}

static void check_http(const struct url *url)
{
	BUF_AUTO struct buf again = {0};
	struct url second;
	struct err err;

	check_bytes(url->text);
	must(url->host.n && url->port);
	must(!url->base.n || (url->base.p[0] == '/' && url->base.p[url->base.n - 1] != '/'));
	buf_add_text(&again, url->scheme == URL_HTTPS ? "https://" : "http://");
	buf_add(&again, url->authority);
	buf_add(&again, url->base);
	must(url_parse(buf_span(&again), &second, &err) == 0);
	must(url->scheme == second.scheme);
	must(span_equal(url->authority, second.authority) && span_equal(url->host, second.host));
	must(url->port == second.port && span_equal(url->base, second.base));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};
	struct url url;
	struct err err = {0};

	if (url_parse(text, &url, &err)) {
		must(err.kind == ERR_INVALID && err.text[0]);
		return 0;
	}
	must(span_equal(url.text, text) && size <= URL_BYTES_MAX);
	if (url.scheme != URL_UNIX)
		check_http(&url);
	else
		must(url.host.n && url.host.p[0] == '/' && !memchr(url.host.p, '\0', url.host.n));
	return 0;
}
