/* What the proxy refuses of a POST /predict itself, in the service's words, asking no backend. */
#include "rig/rig.h"
#include "rig/suite.h"

static const char config[] =
	"{\"defaultBackend\":\"b1\",\"backends\":[{\"name\":\"b1\",\"url\":\"http://$1\"}],"
	"\"limits\":{\"entries\":64}}";

#define TYPE "multipart/form-data; boundary=X"
#define ENTRIES(value) \
	"--X\r\nContent-Disposition: form-data; name=\"entries\"\r\n\r\n" value "\r\n"
#define END "--X--\r\n"

#define MISSING                                                          \
	"{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"entries\"]," \
	"\"msg\":\"Field required\",\"input\":null}]}"
#define BROKEN  "{\"detail\":\"There was an error parsing the body\"}"
#define INVALID "{\"detail\":\"Invalid request format.\"}"

static const struct {
	const char *content_type;
	const char *body;
	const char *status;
	const char *answer;
} cases[] = {
	{TYPE, END, "422 Unprocessable Content", MISSING},
	{TYPE, "", "422 Unprocessable Content", MISSING},
	{TYPE, ENTRIES("") END, "422 Unprocessable Content", MISSING},
	{TYPE, ENTRIES("{\"clip\":") END, "422 Unprocessable Content", INVALID},
	{TYPE, ENTRIES("{\"clip\":[]}") END, "422 Unprocessable Content", INVALID},
	{TYPE, "garbage", "400 Bad Request", BROKEN},
	{TYPE, "--X\nContent-Disposition: form-data; name=\"entries\"\n\n{}\n--X--\n",
		"400 Bad Request", BROKEN},
	{"multipart/form-data", END, "400 Bad Request",
		"{\"detail\":\"Missing boundary in multipart.\"}"},
	{"multipart/form-data; boundary=", END, "400 Bad Request", BROKEN},
	{TYPE, ENTRIES("{\"a\":") ENTRIES("{}") END, "422 Unprocessable Content", INVALID},
	{TYPE, ENTRIES("") ENTRIES("{}") END, "400 Bad Request",
		"{\"detail\":\"more than one entries part\"}"},
	{TYPE, ENTRIES("{                                                               }") END,
		"413 Content Too Large", "{\"detail\":\"entries is over 64 bytes (limits.entries)\"}"},
};

START_TEST(predict_given_bad_request_is_refused_as_the_service_does)
{
	BUF_AUTO struct buf request = {0};
	BUF_AUTO struct buf status = {0};
	struct peer *client;
	struct rig rig;

	rig_init(&rig, 1, config);
	client = rig_client(&rig);
	buf_add_format(&request,
		"POST /predict HTTP/1.1\r\nhost: ml\r\ncontent-type: %s\r\ncontent-length: %zu\r\n\r\n%s",
		cases[_i].content_type, strlen(cases[_i].body), cases[_i].body);
	buf_add_format(&status, "HTTP/1.1 %s\r\n", cases[_i].status);
	peer_send(client, buf_span(&request));
	RIG_UNTIL(&rig, peer_has(client, cases[_i].answer));
	ck_assert(span_starts(buf_span(&client->in), buf_span(&status)));
	ck_assert(peer_has(client, "content-type: application/json\r\n"));
	ck_assert_uint_eq(rig.backends[0].request_count, 0);
	rig_deinit(&rig);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("refusal");
	TCase *tcase = tcase_create("refusal");

	tcase_add_loop_test(tcase, predict_given_bad_request_is_refused_as_the_service_does, 0,
		sizeof cases / sizeof *cases);
	suite_add_tcase(suite, tcase);
	return suite;
}
