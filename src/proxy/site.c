/* Paths are matched by their last segment, so that a prefix (`http://proxy/TOKEN/`) works, as newer
 * versions of Immich resolve `predict` and `ping` relative to it. The service decodes %70 and so
 * do we. */
#include "proxy/site.h"

#include "proxy/api_health.h"
#include "proxy/pages.h"
#include "proxy/ping.h"
#include "proxy/predict.h"
#include "wire/percent.h"

#define JSON SPAN_LITERAL("application/json")

static void answer_root(struct exchange *exchange)
{
	struct span accept;

	if (http1_find(httpd_head(exchange->http), "accept", &accept) && accept.n &&
		memmem(accept.p, accept.n, "text/html", 9))
		exchange_answer(
			exchange, 200, SPAN_LITERAL("text/html; charset=utf-8"), SPAN_EMPTY, page_index);
	else
		exchange_answer(
			exchange, 200, JSON, SPAN_EMPTY, SPAN_LITERAL("{\"message\":\"Immich ML\"}"));
}

static void answer_not_found(struct exchange *exchange)
{
	exchange_answer(exchange, 404, JSON, SPAN_EMPTY, SPAN_LITERAL("{\"detail\":\"Not Found\"}"));
}

/* `/predict/` and `/ping/`: the same without the slash. */
static void answer_slash(struct exchange *exchange)
{
	const struct http1_head *head = httpd_head(exchange->http);
	BUF_AUTO struct buf fields = {0};
	struct span host = SPAN_EMPTY;

	buf_add_text(&fields, "location: ");
	if (http1_find(head, "host", &host))
		buf_add_format(&fields, "http://%.*s", SPAN_ARG(host));
	buf_add(&fields, span_first(head->path, head->path.n - 1));
	buf_add(&fields, head->query);
	buf_add_text(&fields, "\r\n");
	exchange_answer(exchange, 307, SPAN_EMPTY, buf_span(&fields), SPAN_EMPTY);
}

static const struct exchange_handler root = {.begin = answer_root};
static const struct exchange_handler not_found = {.begin = answer_not_found};
static const struct exchange_handler slash = {.begin = answer_slash};

static const struct route_row {
	const char *folder;  /* what stands before the last segment of the path; NULL: anything */
	const char *segment; /* the last one */
	const char *method;
	const struct exchange_handler *handler;
} rows[] = {
	{"/", "", "GET", &root},
	{NULL, "ping", "GET", &ping_handler},
	{NULL, "predict", "POST", &predict_handler},
	{"/api/", "health", "GET", &api_health_handler},
};

/* Where the last segment begins: behind the last slash. */
static size_t last_segment(struct span path)
{
	size_t at = path.n;

	while (at > 0 && path.p[at - 1] != '/')
		at--;
	return at;
}

static const struct route_row *find_row(struct span path)
{
	size_t at = last_segment(path);
	struct span prefix = span_first(path, at);
	BUF_AUTO struct buf segment = {0};

	if (!prefix.n || memmem(prefix.p, prefix.n, "//", 2))
		return NULL;
	percent_decode(span_skip(path, at), &segment);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (span_is(buf_span(&segment), rows[i].segment) &&
			(!rows[i].folder || span_is(prefix, rows[i].folder)))
			return &rows[i];
	return NULL;
}

static void answer_wrong_method(struct exchange *exchange)
{
	const struct route_row *row = find_row(httpd_head(exchange->http)->path);
	BUF_AUTO struct buf fields = {0};

	buf_add_format(&fields, "allow: %s\r\n", row->method);
	exchange_answer(exchange, 405, JSON, buf_span(&fields),
		SPAN_LITERAL("{\"detail\":\"Method Not Allowed\"}"));
}

static const struct exchange_handler wrong_method = {.begin = answer_wrong_method};

const struct exchange_handler *site_handler(const struct http1_head *head)
{
	const struct route_row *row = find_row(head->path);

	if (row)
		return span_is(head->method, row->method) ? row->handler : &wrong_method;
	if (head->path.n > 1 && head->path.p[head->path.n - 1] == '/' &&
		find_row(span_first(head->path, head->path.n - 1)))
		return &slash;
	return &not_found;
}
