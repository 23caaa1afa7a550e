/* What lines name is looked at when the first one does:
 *
 *     blobs there are: unnamed ── a line names it: read, hashed ─→ named, sound or not
 *                      └─ at the end: orphans
 */
#include "io/capture_checking.h"

#include <unistd.h>

#include "base/mem.h"
#include "io/capture_body.h"
#include "wire/har_valid.h"

enum { READ_AT_ONCE = 262144 };

/* What a blob's mark says. */
enum { IS_UNKNOWN, IS_SOUND, IS_UNSOUND };

void capture_checking_report(struct capture_checking *checking, const char *what)
{
	checking->check->problems++;
	checking->check->on_problem(checking->check->ctx, &checking->place, what);
}

/* -- blobs ----------------------------------------------------------------------------------- */

/* False when it cannot be read to its end. */
static bool hash_file(struct capture_checking *checking, int fd, char ret_hex[DIGEST_HEX])
{
	uint64_t at = 0;
	ssize_t n;

	while ((n = pread(fd, checking->bytes, READ_AT_ONCE, (off_t)at)) > 0) {
		digest_add(checking->digest, (struct span){checking->bytes, (size_t)n});
		at += (uint64_t)n;
	}
	digest_hex(checking->digest, ret_hex);
	return n == 0;
}

static bool is_sound(struct capture_checking *checking, struct span sha256)
{
	char hex[DIGEST_HEX];
	uint64_t length;
	struct err err;
	int fd = capture_folder_blob(&checking->folder, sha256, &length, &err);
	bool is_sound = fd >= 0 && hash_file(checking, fd, hex) &&
					span_equal((struct span){hex, DIGEST_HEX}, sha256);

	if (fd >= 0)
		(void)close(fd);
	return is_sound;
}

static void report_blob(struct capture_checking *checking, struct span sha256, const char *what)
{
	BUF_AUTO struct buf text = {0};

	buf_add_format(&text, "blob %.*s %s", SPAN_ARG(sha256), what);
	capture_checking_report(checking, text.bytes);
}

/* NULL when it is not there: one that was not when they were listed may have been recorded since.
 */
static struct capture_blob *find_blob(struct capture_checking *checking, struct span sha256)
{
	struct capture_blob *blob = capture_blobs_find(&checking->blobs, sha256);
	uint64_t length;
	struct err err;
	int fd;

	if (blob)
		return blob;
	fd = capture_folder_blob(&checking->folder, sha256, &length, &err);
	if (fd < 0)
		return NULL;
	(void)close(fd);
	return capture_blobs_add(&checking->blobs, sha256, length, &checking->unnamed);
}

/* A line names a blob of that length. */
static bool check_blob(struct capture_checking *checking, struct span sha256, uint64_t length)
{
	struct capture_blob *blob = find_blob(checking, sha256);

	if (!blob) {
		report_blob(checking, sha256, "is missing");
		return false;
	}
	if (blob->mark == IS_UNKNOWN) {
		blob->mark = is_sound(checking, sha256) ? IS_SOUND : IS_UNSOUND;
		capture_blob_move(blob, &checking->named);
		checking->check->blobs++;
	}
	if (blob->mark == IS_UNSOUND)
		report_blob(checking, sha256, "is not what it was");
	else if (blob->length != length)
		report_blob(checking, sha256, "has another length than the entry says");
	return blob->mark == IS_SOUND && blob->length == length;
}

/* -- entries --------------------------------------------------------------------------------- */

static bool check_blobs(struct capture_checking *checking, const struct har_entry *entry)
{
	const struct har_request *request = &entry->request;
	bool are_sound = true;

	for (size_t i = 0; i < request->piece_count; i++)
		if (request->pieces[i].sha256.n)
			are_sound =
				check_blob(checking, request->pieces[i].sha256, request->pieces[i].length) &&
				are_sound;
	if (entry->answer.sha256.n)
		are_sound =
			check_blob(checking, entry->answer.sha256, entry->answer.body_length) && are_sound;
	return are_sound;
}

/* All blobs are sound: what they make must be what the entry says. */
static void check_body(struct capture_checking *checking, const struct har_request *request)
{
	struct capture_body *body;
	struct err err;
	long n;

	if (request->lacks_body || !request->sha256.n)
		return;
	if (capture_body_begin(&checking->folder, request, &body, &err) < 0) {
		capture_checking_report(checking, err.text);
		return;
	}
	do
		n = capture_body_read(body, checking->bytes, READ_AT_ONCE, &err);
	while (n > 0);
	if (n < 0)
		capture_checking_report(checking, err.text);
	capture_body_close(body);
}

static void check_seq(struct capture_checking *checking, const struct har_entry *entry)
{
	BUF_AUTO struct buf text = {0};

	if (entry->seq > checking->last_seq) {
		checking->last_seq = entry->seq;
		return;
	}
	buf_add_format(&text, "_seq: %llu comes behind %llu", (unsigned long long)entry->seq,
		(unsigned long long)checking->last_seq);
	capture_checking_report(checking, text.bytes);
}

/* What was read is an entry, which is written so. */
void capture_checking_entry(
	struct capture_checking *checking, struct span json, const struct har_entry *entry)
{
	uint64_t before = checking->check->problems;
	struct err err;

	if (har_valid(json, &err) < 0)
		capture_checking_report(checking, err.text);
	if (entry->seq)
		check_seq(checking, entry);
	if (check_blobs(checking, entry))
		check_body(checking, &entry->request);
	if (checking->check->problems > before)
		return;
	checking->check->entries++;
	checking->check->lacking += entry->request.lacks_body != NULL;
}

/* -- all ------------------------------------------------------------------------------------- */

int capture_checking_init(
	struct capture_checking *checking, struct capture_check *check, struct err *err)
{
	checking->check = check;
	checking->digest = digest_new();
	checking->bytes = mem_resize(NULL, READ_AT_ONCE, 1);
	capture_blobs_init(&checking->blobs);
	list_init(&checking->unnamed);
	list_init(&checking->named);
	return capture_blobs_list(&checking->blobs, &checking->folder, &checking->unnamed, err);
}

void capture_checking_deinit(struct capture_checking *checking)
{
	if (!checking->digest)
		return;
	capture_blobs_forget_all(&checking->blobs, &checking->unnamed);
	capture_blobs_forget_all(&checking->blobs, &checking->named);
	capture_blobs_deinit(&checking->blobs);
	mem_free(checking->bytes);
	digest_free(checking->digest);
}

void capture_checking_end(struct capture_checking *checking)
{
	checking->check->bytes += checking->blobs.bytes;
	LIST_EACH(node, &checking->unnamed) {
		checking->check->orphans++;
		checking->check->orphan_bytes += LIST_OBJECT(node, struct capture_blob, node)->length;
	}
}
