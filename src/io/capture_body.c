#include "io/capture_body.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/digest.h"

enum { READ_AT_ONCE = 65536 };

struct capture_body {
	struct capture_folder folder; /* of which only the blobs are open */
	const struct har_request *request;
	size_t piece;
	uint64_t at;  /* in the piece */
	int fd;       /* of its blob; -1: it is not open */
	bool is_done; /* all was read, and its hash was as it should be */
	struct digest *digest;
};

/* -- blobs ----------------------------------------------------------------------------------- */

static int fail(
	const struct capture_folder *folder, struct span sha256, const char *what, struct err *err)
{
	return err_set(err, ERR_INVALID, "%.90s: blob %.*s %s", folder->path, SPAN_ARG(sha256), what);
}

/* The descriptor of a blob of that length, or -1. */
static int open_blob(
	const struct capture_folder *folder, const struct har_piece *piece, struct err *err)
{
	uint64_t length;
	int fd = capture_folder_blob(folder, piece->sha256, &length, err);

	if (fd < 0 || length == piece->length)
		return fd;
	(void)close(fd);
	return fail(folder, piece->sha256, "has another length than the entry says", err);
}

static ssize_t read_at(int fd, char *bytes, size_t max, uint64_t at)
{
	ssize_t n;

	do
		n = pread(fd, bytes, max, (off_t)at);
	while (n < 0 && errno == EINTR);
	return n;
}

static int read_blob(int fd, uint64_t length, struct digest *digest, struct buf *out)
{
	uint64_t at = 0;

	while (at < length) {
		ssize_t n = read_at(fd, buf_reserve(out, READ_AT_ONCE), READ_AT_ONCE, at);

		if (n <= 0 || (uint64_t)n > length - at)
			return -1;
		digest_add(digest, (struct span){out->bytes + out->n, (size_t)n});
		out->n += (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

/* Closes it. */
static int read_whole(const struct capture_folder *folder, int fd, struct span sha256,
	uint64_t length, struct buf *out, struct err *err)
{
	struct digest *digest = digest_new();
	int result = read_blob(fd, length, digest, out);
	char hex[DIGEST_HEX];

	digest_hex(digest, hex);
	digest_free(digest);
	(void)close(fd);
	if (result < 0)
		return fail(folder, sha256, "cannot be read", err);
	if (!span_equal((struct span){hex, DIGEST_HEX}, sha256))
		return fail(folder, sha256, "has another hash", err);
	return 0;
}

int capture_read_answer(const struct capture_reader *reader, const struct har_entry *entry,
	size_t max, struct buf *out, struct err *err)
{
	const struct capture_folder *folder = capture_reader_folder(reader);
	const struct har_answer *answer = &entry->answer;
	struct har_piece whole = {.sha256 = answer->sha256, .length = answer->body_length};
	int fd;

	if (answer->lacks_body)
		return err_set(err, ERR_INVALID, "the answer's body is not in it: %s", answer->lacks_body);
	if (answer->body_length > max)
		return err_set(err, ERR_INVALID, "an answer of more than %zu bytes", max);
	if (!answer->sha256.n) {
		buf_add(out, answer->body);
		return 0;
	}
	fd = open_blob(folder, &whole, err);
	return fd < 0 ? -1 : read_whole(folder, fd, whole.sha256, whole.length, out, err);
}

/* -- a request's body ------------------------------------------------------------------------ */

static int look_at_blobs(
	const struct capture_folder *folder, const struct har_request *request, struct err *err)
{
	for (size_t i = 0; i < request->piece_count; i++) {
		int fd;

		if (!request->pieces[i].sha256.n)
			continue;
		fd = open_blob(folder, &request->pieces[i], err);
		if (fd < 0)
			return -1;
		(void)close(fd);
	}
	return 0;
}

int capture_body_begin(const struct capture_folder *folder, const struct har_request *request,
	struct capture_body **ret_body, struct err *err)
{
	struct capture_body *body;

	if (request->lacks_body)
		return err_set(
			err, ERR_INVALID, "the request's body is not in it: %s", request->lacks_body);
	if (look_at_blobs(folder, request, err) < 0)
		return -1;
	body = mem_new(1, sizeof *body);
	body->folder.path = span_dup(span_of(folder->path));
	body->folder.fd = -1;
	body->folder.blobs = folder->blobs < 0 ? -1 : fcntl(folder->blobs, F_DUPFD_CLOEXEC, 0);
	body->request = request;
	body->fd = -1;
	body->digest = digest_new();
	*ret_body = body;
	return 0;
}

int capture_body_open(const struct capture_reader *reader, const struct har_entry *entry,
	struct capture_body **ret_body, struct err *err)
{
	return capture_body_begin(capture_reader_folder(reader), &entry->request, ret_body, err);
}

static void close_blob(struct capture_body *body)
{
	if (body->fd >= 0)
		(void)close(body->fd);
	body->fd = -1;
}

void capture_body_close(struct capture_body *body)
{
	if (!body)
		return;
	close_blob(body);
	capture_folder_close(&body->folder);
	digest_free(body->digest);
	mem_free(body);
}

void capture_body_rewind(struct capture_body *body)
{
	char hex[DIGEST_HEX];

	close_blob(body);
	digest_hex(body->digest, hex);
	body->piece = 0;
	body->at = 0;
	body->is_done = false;
}

/* Up to max bytes of what is left of the piece. */
static long read_piece(struct capture_body *body, const struct har_piece *piece, char *bytes,
	size_t max, struct err *err)
{
	uint64_t left = piece->length - body->at;
	ssize_t n;

	if (max > left)
		max = (size_t)left;
	if (!piece->sha256.n) {
		memcpy(bytes, piece->literal.p + body->at, max);
		return (long)max;
	}
	if (body->fd < 0)
		body->fd = open_blob(&body->folder, piece, err);
	if (body->fd < 0)
		return -1;
	n = read_at(body->fd, bytes, max, body->at);
	return n > 0 ? n : fail(&body->folder, piece->sha256, "cannot be read", err);
}

/* The hash of all of it, where the entry has one. */
static long end(struct capture_body *body, struct err *err)
{
	struct span wanted = body->request->sha256;
	char hex[DIGEST_HEX];

	if (body->is_done)
		return 0;
	digest_hex(body->digest, hex);
	if (wanted.n && !span_equal((struct span){hex, DIGEST_HEX}, wanted))
		return err_set(err, ERR_INVALID, "%.90s: a request's body has another hash than %.*s",
			body->folder.path, SPAN_ARG(wanted));
	body->is_done = true;
	return 0;
}

/* Leaves the pieces behind that were read; true when there is no other. */
static bool pass_pieces(struct capture_body *body)
{
	const struct har_request *request = body->request;

	while (body->piece < request->piece_count && body->at == request->pieces[body->piece].length) {
		close_blob(body);
		body->piece++;
		body->at = 0;
	}
	return body->piece == request->piece_count;
}

/* Who knows the length does not ask for more than that: so the last bytes come with the hash. */
long capture_body_read(struct capture_body *body, char *bytes, size_t max, struct err *err)
{
	const struct har_request *request = body->request;
	long n;

	if (pass_pieces(body))
		return end(body, err);
	n = read_piece(body, &request->pieces[body->piece], bytes, max, err);
	if (n < 0)
		return -1;
	digest_add(body->digest, (struct span){bytes, (size_t)n});
	body->at += (uint64_t)n;
	return pass_pieces(body) && end(body, err) < 0 ? -1 : n;
}
