#include "wire/status.h"

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{100, "Continue"},
	{200, "OK"},
	{307, "Temporary Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{422, "Unprocessable Content"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
};

const char *status_reason(int status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "";
}

int status_of_err(enum err_kind kind)
{
	static const int statuses[] = {
		[ERR_NONE] = 200,
		[ERR_SYNTAX] = 400,
		[ERR_INVALID] = 422,
		[ERR_TOO_LARGE] = 413,
		[ERR_TARGET_TOO_LONG] = 414,
		[ERR_HEAD_TOO_LARGE] = 431,
		[ERR_UNSUPPORTED] = 501,
		[ERR_VERSION] = 505,
		[ERR_SLOW_CLIENT] = 408,
		[ERR_UPSTREAM] = 502,
		[ERR_TIMEOUT] = 504,
		[ERR_BUSY] = 503,
		[ERR_INTERNAL] = 500,
	};

	return statuses[kind];
}

void status_write_detail(struct buf *out, struct span text)
{
	buf_add_text(out, "{\"detail\":");
	buf_add_json(out, text);
	buf_add_text(out, "}");
}

void status_write_error(struct buf *out, struct span text, struct span path)
{
	buf_add_text(out, "{\"error\":");
	buf_add_json(out, text);
	if (path.n) {
		buf_add_text(out, ",\"path\":");
		buf_add_json(out, path);
	}
	buf_add_text(out, "}");
}
