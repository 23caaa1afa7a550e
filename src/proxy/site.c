/* Paths are matched by their last segment, so that a prefix (`http://proxy/TOKEN/`) works, as newer
 * versions of Immich resolve `predict` and `ping` relative to it. The service decodes %70 and so
 * do we. */
#include "proxy/site.h"

#include "proxy/api_capture.h"
#include "proxy/api_config.h"
#include "proxy/api_debug.h"
#include "proxy/api_health.h"
#include "proxy/api_plan.h"
#include "proxy/api_records.h"
#include "proxy/guard.h"
#include "proxy/metrics_page.h"
#include "proxy/pages.h"
#include "proxy/ping.h"
#include "proxy/predict.h"
#include "proxy/ready.h"
#include "wire/percent.h"

#define JSON SPAN_LITERAL("application/json")

static void answer_root(struct exchange *exchange)
{
	struct span accept;

	if (http1_find(httpd_head(exchange->http), HTTP1_ACCEPT, &accept) && accept.n &&
		memmem(accept.p, accept.n, "text/html", 9))
		exchange_answer(
			exchange, 200, SPAN_LITERAL("text/html; charset=utf-8"), SPAN_EMPTY, page_index);
	else
		exchange_answer(
			exchange, 200, JSON, SPAN_EMPTY, SPAN_LITERAL("{\"message\":\"Immich ML\"}"));
}

static void answer_not_found(struct exchange *exchange)
{
	exchange_refuse(exchange, 404, SPAN_EMPTY, SPAN_LITERAL("Not Found"));
}

/* Who asks is not told more: what is served elsewhere is nothing to him. The log may tell. */
static void answer_elsewhere(struct exchange *exchange)
{
	bool is_admin = exchange->area != AREA_SERVICE;

	exchange_note_error(
		exchange, is_admin ? SPAN_LITERAL("this is served at access.adminListen alone")
						   : SPAN_LITERAL("access.adminListen is for admin paths alone"));
	answer_not_found(exchange);
}

/* `/predict/` and `/ping/`: the same without the slash. */
static void answer_slash(struct exchange *exchange)
{
	const struct http1_head *head = httpd_head(exchange->http);
	BUF_AUTO struct buf fields = {0};
	struct span host = SPAN_EMPTY;

	buf_add_text(&fields, "location: ");
	if (http1_find(head, HTTP1_HOST, &host))
		buf_add_text(&fields, "http://");
	buf_add(&fields, host);
	buf_add(&fields, span_first(head->path, head->path.n - 1));
	buf_add(&fields, head->query);
	buf_add_text(&fields, "\r\n");
	exchange_answer(exchange, 307, SPAN_EMPTY, buf_span(&fields), SPAN_EMPTY);
}

static const struct exchange_handler root = {.begin = answer_root};
static const struct exchange_handler not_found = {.begin = answer_not_found};
static const struct exchange_handler elsewhere = {.begin = answer_elsewhere};
static const struct exchange_handler slash = {.begin = answer_slash};

enum { METHODS_MAX = 3 };

/* What is asked for most comes first. Of the service's own paths HEAD is none: it answers 405. */
static const struct route_row {
	const char *folder;  /* what stands before the last segment of the path; NULL: any prefix */
	const char *segment; /* the last one; "*", here and within the folder: any */
	struct {
		const char *method; /* NULL: no more */
		const struct exchange_handler *handler;
	} methods[METHODS_MAX];
} rows[] = {
	{NULL, "predict", {{"POST", &predict_handler}}},
	{"/", "", {{"GET", &root}}},
	{NULL, "ping", {{"GET", &ping_handler}}},
	{"/api/", "health", {{"GET", &api_health_handler}, {"HEAD", &api_health_handler}}},
	{"/api/", "config",
		{{"GET", &api_config_get_handler}, {"HEAD", &api_config_get_handler},
			{"POST", &api_config_post_handler}}},
	{"/api/", "capture",
		{{"GET", &api_capture_get_handler}, {"HEAD", &api_capture_get_handler},
			{"POST", &api_capture_post_handler}}},
	{"/api/", "plan", {{"POST", &api_plan_handler}}},
	{"/api/debug/", "status",
		{{"GET", &api_debug_status_handler}, {"HEAD", &api_debug_status_handler}}},
	{"/api/debug/", "toggle", {{"POST", &api_debug_toggle_handler}}},
	{"/api/debug/", "max-records", {{"POST", &api_debug_max_handler}}},
	{"/api/debug/", "records",
		{{"GET", &api_records_handler}, {"HEAD", &api_records_handler},
			{"DELETE", &api_debug_clear_handler}}},
	{"/api/debug/", "records.har",
		{{"GET", &api_records_har_handler}, {"HEAD", &api_records_har_handler}}},
	{"/api/debug/records/", "*", {{"GET", &api_record_handler}, {"HEAD", &api_record_handler}}},
	{"/api/debug/records/*/parts/", "*",
		{{"GET", &api_record_part_handler}, {"HEAD", &api_record_part_handler}}},
	{"/", "metrics", {{"GET", &metrics_page_handler}, {"HEAD", &metrics_page_handler}}},
	{"/", "healthz", {{"GET", &healthz_handler}, {"HEAD", &healthz_handler}}},
	{"/", "readyz", {{"GET", &readyz_handler}, {"HEAD", &readyz_handler}}},
};

/* Where the last segment begins: behind the last slash. */
static size_t last_segment(struct span path)
{
	size_t at = path.n;

	while (at > 0 && path.p[at - 1] != '/')
		at--;
	return at;
}

static bool is_segment(struct span segment, struct span wanted)
{
	bool is_any = wanted.n == 1 && wanted.p[0] == '*';

	return is_any ? segment.n > 0 : span_equal(segment, wanted);
}

static bool is_folder(struct span folder, struct span wanted)
{
	while (folder.n && wanted.n)
		if (!is_segment(span_cut(&folder, '/'), span_cut(&wanted, '/')))
			return false;
	return !folder.n && !wanted.n;
}

static bool is_row(
	const struct route_row *row, struct span folder, struct span segment, enum area area)
{
	return is_segment(segment, span_of(row->segment)) &&
		   (row->folder ? is_folder(folder, span_of(row->folder)) : area == AREA_SERVICE);
}

/* The area is the path's. */
static const struct route_row *find_row(struct span path, enum area area)
{
	struct span folder = span_first(path, last_segment(path));
	BUF_AUTO struct buf decoded = {0};
	struct span segment;

	if (!folder.n || memmem(folder.p, folder.n, "//", 2))
		return NULL;
	segment = percent_decoded(span_skip(path, folder.n), &decoded);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (is_row(&rows[i], folder, segment, area))
			return &rows[i];
	return NULL;
}

static void answer_wrong_method(struct exchange *exchange)
{
	const struct route_row *row = find_row(httpd_head(exchange->http)->path, exchange->area);
	BUF_AUTO struct buf fields = {0};

	for (size_t i = 0; i < METHODS_MAX && row->methods[i].method; i++) {
		buf_add_text(&fields, i ? ", " : "allow: ");
		buf_add_text(&fields, row->methods[i].method);
	}
	buf_add_text(&fields, "\r\n");
	exchange_refuse(exchange, 405, buf_span(&fields), SPAN_LITERAL("Method Not Allowed"));
}

static const struct exchange_handler wrong_method = {.begin = answer_wrong_method};

static const struct exchange_handler *handler_of_method(
	const struct route_row *row, struct span method)
{
	for (size_t i = 0; i < METHODS_MAX && row->methods[i].method; i++)
		if (span_is(method, row->methods[i].method))
			return row->methods[i].handler;
	return &wrong_method;
}

/* `/predict/` and `/ping/` at any prefix. */
static bool is_slash(struct span path, enum area area)
{
	return area == AREA_SERVICE && path.n > 1 && path.p[path.n - 1] == '/' &&
		   find_row(span_first(path, path.n - 1), area);
}

static const struct exchange_handler *find_handler(const struct exchange *exchange)
{
	const struct http1_head *head = httpd_head(exchange->http);
	const struct route_row *row = find_row(head->path, exchange->area);

	if (row)
		return handler_of_method(row, head->method);
	return is_slash(head->path, exchange->area) ? &slash : &not_found;
}

static const struct exchange_handler *handler_of(const struct exchange *exchange)
{
	const struct exchange_handler *found = find_handler(exchange);
	bool is_served = found != &not_found && found != &wrong_method;
	const struct exchange_handler *refusal;

	if (guard_is_elsewhere(exchange))
		return &elsewhere;
	refusal = guard_refusal(exchange, is_served);
	return refusal ? refusal : found;
}

const struct worker_service site_service = {
	.events = &exchange_httpd_events,
	.handler_of = handler_of,
	.free_exchanges = exchange_free_all,
};
