#include "rig/failing.h"

#define OK        "HTTP/1.1 200 OK\r\n"
#define TWO       OK "content-length: 2\r\n"
#define CHUNKED   OK "transfer-encoding: chunked\r\n\r\n"
#define NO_OBJECT "answered with what is no JSON object"
#define IN_BODY   "the backend closed the connection within its answer"
#define RESET     "the connection broke: Connection reset by peer"

#define OURS(status, says) 0, 0, status, says, NULL

const struct failing failings[FAILING_COUNT] = {
	{"refuses", NULL, FAILING_STAYS, OURS(502, "cannot connect: Connection refused")},
	{"closes", "", FAILING_FIN, OURS(502, "the backend closed the connection before it answered")},
	{"resets", "", FAILING_RST, OURS(502, RESET)},
	{"closes within the head", OK "x", FAILING_FIN,
		OURS(502, "the backend closed the connection within the head of its answer")},
	{"resets within the head", OK "x", FAILING_RST, OURS(502, RESET)},
	{"closes behind the head", TWO "\r\n", FAILING_FIN, OURS(502, IN_BODY)},
	{"closes within the body", TWO "\r\n{", FAILING_FIN, OURS(502, IN_BODY)},
	{"resets within the body", TWO "\r\n{", FAILING_RST, OURS(502, RESET)},
	{"closes within a chunk", CHUNKED "2\r\n{", FAILING_FIN, OURS(502, IN_BODY)},
	{"closes before the last chunk", CHUNKED "2\r\n{}\r\n", FAILING_FIN, OURS(502, IN_BODY)},
	{"closes instead of the object's end", OK "\r\n{", FAILING_FIN, OURS(502, NO_OBJECT)},
	{"has a bad chunk", CHUNKED "2\r\n{}\r\nx\r\n", FAILING_STAYS, OURS(502, "")},
	{"has junk for a status line", "nonsense\r\n\r\n", FAILING_STAYS,
		OURS(502, "malformed HTTP version")},
	{"has two lengths", TWO "content-length: 2\r\n\r\n{}", FAILING_STAYS,
		OURS(502, "Content-Length more than once")},
	{"has a negative length", OK "content-length: -2\r\n\r\n{}", FAILING_STAYS, OURS(502, "")},
	{"has bytes behind the object", OK "content-length: 3\r\n\r\n{}x", FAILING_STAYS,
		OURS(502, NO_OBJECT)},
	{"redirects", "HTTP/1.1 302 Go\r\nlocation: /x\r\ncontent-length: 2\r\n\r\n{}", FAILING_STAYS,
		OURS(502, "answered 302: redirects are not followed")},
	{"has 204", "HTTP/1.1 204 No Content\r\n\r\n", FAILING_STAYS, OURS(502, NO_OBJECT)},
	{"has an empty 200", OK "content-length: 0\r\n\r\n", FAILING_STAYS, OURS(502, NO_OBJECT)},
	{"has an array", TWO "\r\n[]", FAILING_STAYS,
		OURS(502, "answered with JSON that is no object")},
	{"has broken JSON", TWO "\r\n{]", FAILING_STAYS, OURS(502, NO_OBJECT)},
	{"switches protocols", "HTTP/1.1 101 Now\r\n\r\n", FAILING_STAYS,
		OURS(502, "the backend switched protocols unasked")},
	{"never answers", "", FAILING_STAYS, 0, 10, 504, "no answer within 10000 ms", NULL},
	{"stalls", TWO "\r\n{", FAILING_STAYS, 0, 4, 504, "the answer stalled for 4000 ms", NULL},
	{"drips", OK "content-length: 99\r\n\r\n{", FAILING_STAYS, 3, 2, 504,
		"no whole answer within 10000 ms", NULL},
	{"has 502", "HTTP/1.1 502 Bad\r\ncontent-length: 3\r\n\r\nbad", FAILING_STAYS, 0, 0, 502,
		"answered 502", "bad"},
	{"has 503", "HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy", FAILING_STAYS, 0, 0, 503,
		"answered 503", "busy"},
	{"has 504", "HTTP/1.1 504 Late\r\ncontent-length: 0\r\n\r\n", FAILING_STAYS, 0, 0, 504,
		"answered 504", ""},
};

enum { BETWEEN_DROPS_S = 3 };

void failing_prepare(struct rig *rig, size_t backend, const struct failing *failing)
{
	if (!failing->bytes)
		rig_refuses(rig, backend);
}

void failing_happen(struct rig *rig, size_t backend, const struct failing *failing)
{
	struct peer *peer;

	if (!failing->bytes)
		return;
	RIG_UNTIL(rig, rig->backends[backend].request_count > 0);
	peer = rig_peer(rig, backend);
	peer_send_text(peer, failing->bytes);
	RIG_UNTIL(rig, !peer_unsent(peer));
	if (failing->close == FAILING_FIN)
		peer_fin(peer);
	for (int i = 0; i < failing->drops; i++) {
		rig_pass(rig, CLOCK_S(BETWEEN_DROPS_S));
		peer_send_text(peer, " ");
	}
	if (failing->close == FAILING_RST || failing->seconds) /* what it has sent comes first */
		rig_settle(rig);
	if (failing->close == FAILING_RST)
		peer_reset(peer);
	if (failing->seconds)
		rig_pass(rig, CLOCK_S(failing->seconds));
}
