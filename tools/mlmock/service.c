#include "mlmock/service.h"

#include "mlmock/pages.h"
#include "mlmock/recording.h"
#include "wire/percent.h"

struct route {
	const char *path;
	const char *allow; /* the methods, as 405 names them */
	const char *content_type;
	const char *body; /* NULL: ask() answers */
};

static const struct route routes[] = {
	{"/", "GET", REPLY_JSON, "{\"message\":\"Immich ML\"}"},
	{"/ping", "GET", REPLY_TEXT, "pong"},
	{"/predict", "POST", NULL, NULL},
	{"/docs", "GET, HEAD", REPLY_HTML, pages_docs},
	{"/openapi.json", "GET, HEAD", REPLY_JSON, pages_openapi},
};

static const struct route *find_route(struct span path)
{
	for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
		if (span_is(path, routes[i].path))
			return &routes[i];
	return NULL;
}

static bool is_allowed(const struct route *route, struct span method)
{
	struct span list = span_of(route->allow);

	while (list.n)
		if (span_equal(span_trim(span_cut(&list, ',')), method))
			return true;
	return false;
}

/* A path with slashes too many at its end is sent to the one without. */
static const struct route *find_without_slashes(struct span path)
{
	if (!path.n || path.p[path.n - 1] != '/')
		return NULL;
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	return find_route(path);
}

static void redirect(
	const struct service_request *request, const struct route *route, struct reply *reply)
{
	reply_text(reply, 307, NULL, "");
	buf_add_text(&reply->fields, "location: http://");
	percent_encode(request->host.n ? request->host : SPAN_LITERAL("localhost"), &reply->fields);
	buf_add_text(&reply->fields, route->path);
	percent_encode(request->query, &reply->fields);
	buf_add_text(&reply->fields, "\r\n");
}

static void perturb_reply(const struct perturb *perturb, struct reply *reply)
{
	struct buf body = {0};

	if (!perturb || reply->status != 200)
		return;
	perturb_answer(perturb, buf_span(&reply->body), &body);
	buf_deinit(&reply->body);
	reply->body = body;
}

/* Made up, or as it was recorded: then a body that is no form has its answer, too. */
static void ask(const struct predict_setup *setup, const struct service_request *request,
	struct arena *arena, struct predict_seen *ret_seen, struct reply *reply)
{
	struct err err;

	if (setup->recording) {
		(void)predict_look(request->content_type, request->body, arena, ret_seen, &err);
		recording_answer(setup->recording, request->content_type, request->body, arena, reply);
	} else {
		predict(setup, request->content_type, request->body, arena, ret_seen, reply);
	}
	perturb_reply(setup->perturb, reply);
}

void service_answer(const struct predict_setup *setup, const struct service_request *request,
	struct arena *arena, struct predict_seen *ret_seen, struct reply *reply)
{
	BUF_AUTO struct buf path = {0};
	const struct route *route;
	const struct route *other;

	*ret_seen = (struct predict_seen){0};
	percent_decode(request->path, &path);
	route = find_route(buf_span(&path));
	other = find_without_slashes(buf_span(&path));
	if (!route && other) {
		redirect(request, other, reply);
	} else if (!route) {
		reply_detail(reply, 404, "Not Found");
	} else if (!is_allowed(route, request->method)) {
		reply_detail(reply, 405, "Method Not Allowed");
		buf_add_format(&reply->fields, "allow: %s\r\n", route->allow);
	} else if (route->body) {
		reply_text(reply, 200, route->content_type, route->body);
	} else {
		ask(setup, request, arena, ret_seen, reply);
	}
}
