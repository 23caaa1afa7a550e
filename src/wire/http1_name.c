#include "wire/http1_name.h"

#include "base/ascii.h"

enum { LONGEST = 19, ALIKE = 3 };

/* By their length, since a name seldom has one in common with more than two of these. */
static const struct known {
	char text[LONGEST + 1]; /* in lower case; empty: no more */
	enum http1_name name;
} known[LONGEST + 1][ALIKE] = {
	[2] = {{"te", HTTP1_TE}},
	[4] = {{"host", HTTP1_HOST}},
	[6] = {{"accept", HTTP1_ACCEPT}, {"expect", HTTP1_EXPECT}, {"origin", HTTP1_ORIGIN}},
	[7] = {{"trailer", HTTP1_TRAILER}, {"upgrade", HTTP1_UPGRADE}},
	[10] = {{"connection", HTTP1_CONNECTION}, {"keep-alive", HTTP1_KEEP_ALIVE}},
	[12] = {{"content-type", HTTP1_CONTENT_TYPE}, {"x-request-id", HTTP1_X_REQUEST_ID}},
	[13] = {{"authorization", HTTP1_AUTHORIZATION}},
	[14] = {{"content-length", HTTP1_CONTENT_LENGTH}, {"sec-fetch-site", HTTP1_SEC_FETCH_SITE},
		{"http2-settings", HTTP1_HTTP2_SETTINGS}},
	[15] = {{"accept-encoding", HTTP1_ACCEPT_ENCODING}},
	[16] = {{"content-encoding", HTTP1_CONTENT_ENCODING},
		{"proxy-connection", HTTP1_PROXY_CONNECTION}},
	[17] = {{"transfer-encoding", HTTP1_TRANSFER_ENCODING}},
	[18] = {{"proxy-authenticate", HTTP1_PROXY_AUTHENTICATE}},
	[19] = {{"proxy-authorization", HTTP1_PROXY_AUTHORIZATION}},
};

enum http1_name http1_name_of(struct span text)
{
	const struct known *row = text.n <= LONGEST ? known[text.n] : known[0];

	for (size_t i = 0; i < ALIKE && row[i].text[0]; i++)
		if (ascii_lower(text.p[0]) == row[i].text[0] &&
			span_equal_nocase(text, (struct span){row[i].text, text.n}))
			return row[i].name;
	return HTTP1_OTHER;
}

/* True when both have the same letters in the same order, whatever else is between them. */
static bool letters_equal(struct span a, struct span b)
{
	for (;;) {
		while (a.n && !ascii_is_letter(a.p[0]))
			a = span_skip(a, 1);
		while (b.n && !ascii_is_letter(b.p[0]))
			b = span_skip(b, 1);
		if (!a.n || !b.n)
			return a.n == b.n;
		if (ascii_lower(a.p[0]) != ascii_lower(b.p[0]))
			return false;
		a = span_skip(a, 1);
		b = span_skip(b, 1);
	}
}

bool http1_name_may_pass(enum http1_name name, struct span text)
{
	if (name != HTTP1_OTHER)
		return name > HTTP1_UPGRADE;
	return !letters_equal(text, SPAN_LITERAL("contentlength")) &&
		   !letters_equal(text, SPAN_LITERAL("transferencoding"));
}
