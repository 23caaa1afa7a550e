/* The odd and broken requests that the real service was sent (fixtures/probe), through the proxy:
 * what is ours to refuse is refused in the service's words before any backend hears of it,
 * everything else reaches the backend as it was, and its answer the client. */
#include "rig/expect.h"
#include "rig/probe.h"
#include "rig/suite.h"

#define CONFIG "{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}]}"

#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

/* Refused by us, with the service's status, content type and body. */
static const char *const refused_alike[] = {"020", "021", "022", "023", "024", "027", "028", "031",
	"032", "048", "049", "076", "079", "085", "086", "091", "100", "102", "103"};

/* Refused by us in words of our own: where the service has 500, or runs what we have not judged. */
static const struct own {
	const char *number;
	int status;
	const char *says;
} refused_otherwise[] = {
	{"029", 422, "entries: clip/visual is no object"},
	{"030", 422, "entries: clip/visual is no object"},
	{"050", 422, "Invalid request format."}, /* the second of two might be a good one */
	{"051", 400, "more than one entries part"},
	{"089", 422, "entries: no valid UTF-8"},
};

/* A body without length, which is the next request, and a head that waits for `100 Continue`. */
static const char *const about_http[] = {"106", "109"};

#define IS_AMONG(probe, list) probe_is_one_of(probe, list, sizeof(list) / sizeof *(list))

static const struct own *find_own(const struct probe *probe)
{
	for (size_t i = 0; i < sizeof refused_otherwise / sizeof *refused_otherwise; i++)
		if (probe_is_one_of(probe, &refused_otherwise[i].number, 1))
			return &refused_otherwise[i];
	return NULL;
}

static void take_continue(struct rig *rig, struct peer *client)
{
	RIG_UNTIL(rig, client->in.n >= strlen(CONTINUE));
	ck_assert(span_starts(buf_span(&client->in), SPAN_LITERAL(CONTINUE)));
	client->taken = strlen(CONTINUE);
}

/* Status line, content type and body are those of the service. */
static void check_answer(struct rig *rig, struct peer *client, const struct probe *probe)
{
	struct probe_message wanted;
	struct probe_message got;
	struct span head;

	probe_message_read(&wanted, HTTP1_RESPONSE, buf_span(&probe->response), probe->name);
	head = expect_answer(rig, client, wanted.http1.head.status, buf_span(&wanted.body));
	probe_message_read(&got, HTTP1_RESPONSE, head, probe->name);
	ck_assert(span_equal(got.http1.head.reason, wanted.http1.head.reason));
	ck_assert(span_equal(
		probe_message_field(&got, "content-type"), probe_message_field(&wanted, "content-type")));
	probe_message_deinit(&got);
	probe_message_deinit(&wanted);
}

static void check_relayed(struct rig *rig, const struct probe *probe)
{
	struct probe_message sent;

	probe_message_read(&sent, HTTP1_REQUEST, buf_span(&probe->request), probe->name);
	(void)expect_request(rig, 0, 0, "POST /predict HTTP/1.1", buf_span(&sent.body));
	probe_message_deinit(&sent);
}

static void ask(struct rig *rig, const struct probe *probe)
{
	bool is_continued = span_starts(buf_span(&probe->response), SPAN_LITERAL(CONTINUE));
	const struct own *own = find_own(probe);
	struct peer *client = rig_client(rig);

	rig_answers_bytes(
		rig, 0, span_skip(buf_span(&probe->response), is_continued ? strlen(CONTINUE) : 0));
	peer_send(client, buf_span(&probe->request));
	if (is_continued)
		take_continue(rig, client);
	if (own)
		(void)expect_detail(rig, client, own->status, own->says);
	else
		check_answer(rig, client, probe);
	if (own || IS_AMONG(probe, refused_alike))
		ck_assert_ptr_null(rig_peer(rig, 0));
	else
		check_relayed(rig, probe);
}

static void check_probe(const struct probe *probe)
{
	struct rig rig;

	if (!span_starts(buf_span(&probe->request), SPAN_LITERAL("POST /predict HTTP/1.1\r\n")) ||
		strcmp(probe->name, "111") >= 0 || IS_AMONG(probe, about_http))
		return; /* about paths and framing: see test_server */
	rig_init(&rig, 1, CONFIG);
	ask(&rig, probe);
	rig_deinit(&rig);
}

START_TEST(predict_given_genuine_probes_are_refused_alike_or_relayed)
{
	probe_each("probe", PROBE_COUNT, check_probe);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("predict_probe");
	TCase *tcase = tcase_create("probe");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, predict_given_genuine_probes_are_refused_alike_or_relayed);
	suite_add_tcase(suite, tcase);
	return suite;
}
