#include "rig/captures.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/digest.h"
#include "io/files.h"

#define FRONT  "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"i\"\r\n\r\n"
#define BACK   "\r\n--b--\r\n"
#define ANSWER "{\"clip\":\"[0.1]\"}"

enum { FILE_MAX = 1 << 30 };

/* -- folders --------------------------------------------------------------------------------- */

/* In memory, where there is such a place, so that nobody waits for a disk. */
void captures_begin(char ret_path[CAPTURES_PATH])
{
	char in_memory[] = "/dev/shm/captures-XXXXXX";
	char on_disk[] = "/tmp/captures-XXXXXX";
	const char *folder = mkdtemp(in_memory);

	if (!folder)
		folder = mkdtemp(on_disk);
	ck_assert_ptr_nonnull(folder);
	(void)snprintf(ret_path, CAPTURES_PATH, "%s/c", folder);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

void captures_end(const char *path)
{
	BUF_AUTO struct buf folder = {0};

	buf_add_format(&folder, "%.*s", (int)(strrchr(path, '/') - path), path);
	ck_assert_int_eq(nftw(folder.bytes, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

const char *captures_in(const char *path, const char *name)
{
	static char whole[CAPTURES_PATH + 256];

	(void)snprintf(whole, sizeof whole, "%s/%s", path, name);
	return whole;
}

void captures_get_file(const char *path, struct buf *bytes)
{
	struct err err;

	buf_reset(bytes);
	ck_assert_msg(files_read(path, FILE_MAX, bytes, &err) == 0, "%s", err.text);
}

void captures_put_file(const char *path, struct span bytes)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes.n ? bytes.p : "", 1, bytes.n, file), bytes.n);
	ck_assert_int_eq(fclose(file), 0);
}

void captures_rename(const char *path, const char *from, const char *to)
{
	BUF_AUTO struct buf old = {0};

	buf_add_format(&old, "%s", captures_in(path, from));
	ck_assert_int_eq(rename(old.bytes, captures_in(path, to)), 0);
}

/* nftw() gives its function nothing to keep the numbers in. */
static struct {
	size_t blobs;
	size_t other;
} counted;

static int count_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	struct span name = span_of(path + where->base);

	(void)status;
	if (kind == FTW_F && where->level == 2 && capture_is_sha256(name))
		counted.blobs++;
	else if (kind != FTW_D)
		counted.other++;
	return 0;
}

static uint64_t size_of(const char *path)
{
	struct stat status;

	ck_assert_int_eq(stat(path, &status), 0);
	return S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
}

uint64_t captures_size(const char *path)
{
	uint64_t size = size_of(path);
	struct capture_folder folder;
	const char **names;
	struct arena arena;
	size_t count;
	struct err err;

	if (size)
		return size;
	arena_init(&arena);
	ck_assert_int_eq(capture_folder_open(path, &folder, &err), 0);
	ck_assert_int_eq(capture_folder_list(&folder, &arena, &names, &count, &err), 0);
	for (size_t i = 0; i < count; i++)
		size += size_of(captures_in(path, names[i]));
	capture_folder_close(&folder);
	arena_deinit(&arena);
	return size;
}

size_t captures_count_blobs(const char *path, size_t *ret_other)
{
	counted.blobs = counted.other = 0;
	ck_assert_int_eq(nftw(captures_in(path, "blobs"), count_one, 16, FTW_PHYS), 0);
	*ret_other = counted.other;
	return counted.blobs;
}

/* -- writing --------------------------------------------------------------------------------- */

struct capture_writer *captures_open(const char *path, const struct capture_limits *limits)
{
	static const struct capture_limits none = {0};
	struct capture_writer *writer = NULL;
	struct err err;

	ck_assert_msg(digest_load(&err) == 0, "%s", err.text);
	ck_assert_msg(
		capture_writer_open(path, limits ? limits : &none, &writer, &err) == 0, "%s", err.text);
	return writer;
}

/* With the body around it in *ret_body, whose hash is the second one. */
static void make_photo(
	unsigned photo, char *ret_bytes, char ret_sha256[DIGEST_HEX], char ret_body_sha256[DIGEST_HEX])
{
	struct digest *digest = digest_new();

	memset(ret_bytes, (int)(photo % 256), CAPTURES_PHOTO_BYTES);
	(void)snprintf(ret_bytes, CAPTURES_PHOTO_BYTES, "photo %u", photo);
	digest_add(digest, (struct span){ret_bytes, CAPTURES_PHOTO_BYTES});
	digest_hex(digest, ret_sha256);
	digest_add(digest, SPAN_LITERAL(FRONT));
	digest_add(digest, (struct span){ret_bytes, CAPTURES_PHOTO_BYTES});
	digest_add(digest, SPAN_LITERAL(BACK));
	digest_hex(digest, ret_body_sha256);
	digest_free(digest);
}

static void add_entry(
	struct capture_writer *writer, unsigned photo, const char *sha256, const char *body_sha256)
{
	struct har_field fields[] = {
		{SPAN_LITERAL("Content-Type"), SPAN_LITERAL("multipart/form-data; boundary=b")}};
	struct har_piece pieces[] = {
		{.literal = SPAN_LITERAL(FRONT), .length = sizeof FRONT - 1},
		{.sha256 = {sha256, DIGEST_HEX}, .length = CAPTURES_PHOTO_BYTES},
		{.literal = SPAN_LITERAL(BACK), .length = sizeof BACK - 1},
	};
	struct har_part parts[] = {{.name = SPAN_LITERAL("image"),
		.has_file_name = true,
		.file_name = SPAN_LITERAL("i"),
		.offset = sizeof FRONT - 1,
		.length = CAPTURES_PHOTO_BYTES,
		.sha256 = {sha256, DIGEST_HEX}}};
	char id[16];
	struct har_entry entry = {
		.started_us = 1795000000000000 + photo,
		.id = {id, (size_t)snprintf(id, sizeof id, "%u", photo)},
		.exchange = capture_writer_next_seq(writer),
		.request = {SPAN_LITERAL("POST"), SPAN_LITERAL("http://ml:3003/predict"),
			SPAN_LITERAL("HTTP/1.1"), fields, 1,
			sizeof FRONT + sizeof BACK - 2 + CAPTURES_PHOTO_BYTES, {body_sha256, DIGEST_HEX},
			pieces, 3, parts, 1, NULL},
		.answer = {.status = 200,
			.reason = SPAN_LITERAL("OK"),
			.http_version = SPAN_LITERAL("HTTP/1.1"),
			.mime_type = SPAN_LITERAL("application/json"),
			.body = SPAN_LITERAL(ANSWER),
			.body_length = sizeof ANSWER - 1},
		.times = {-1, -1, 1000, 2000, 3000, 4000},
	};

	capture_writer_entry(writer, &entry);
}

int captures_add(struct capture_writer *writer, unsigned photo, struct err *err)
{
	char bytes[CAPTURES_PHOTO_BYTES];
	char sha256[DIGEST_HEX];
	char body_sha256[DIGEST_HEX];
	struct slice slices[2] = {{NULL, {bytes, 10}}, {NULL, {bytes + 10, sizeof bytes - 10}}};

	make_photo(photo, bytes, sha256, body_sha256);
	if (capture_writer_blob(writer, (struct span){sha256, DIGEST_HEX}, slices, 2, err) < 0)
		return -1;
	add_entry(writer, photo, sha256, body_sha256);
	return 0;
}

void captures_record(struct capture_writer *writer, unsigned photo)
{
	struct err err;

	ck_assert_msg(
		captures_add(writer, photo, &err) == 0 && capture_writer_flush(writer, photo, &err) == 0,
		"%s", err.text);
}

void captures_record_all(
	const char *path, unsigned from, unsigned to, const struct capture_limits *limits)
{
	struct capture_writer *writer = captures_open(path, limits);

	for (unsigned i = from; i <= to; i++)
		captures_record(writer, i);
	capture_writer_close(writer);
}

/* -- reading --------------------------------------------------------------------------------- */

static int read_body(
	const struct capture_reader *reader, const struct har_entry *entry, struct err *err)
{
	struct capture_body *body;
	uint64_t length = 0;
	char bytes[100];
	long n;

	if (capture_body_open(reader, entry, &body, err) < 0)
		return -1;
	while ((n = capture_body_read(body, bytes, sizeof bytes, err)) > 0)
		length += (uint64_t)n;
	capture_body_close(body);
	if (n == 0)
		ck_assert_uint_eq(length, entry->request.body_length);
	return (int)n;
}

/* The reader has checked the hash of the body, which the entry says; whether it is the right one
 * for the photo it cannot know. */
static void check_entry(const struct har_entry *entry)
{
	char bytes[CAPTURES_PHOTO_BYTES];
	char sha256[DIGEST_HEX];
	char body_sha256[DIGEST_HEX];
	uint64_t photo;

	ck_assert(span_to_number(entry->id, UINT32_MAX, &photo));
	make_photo((unsigned)photo, bytes, sha256, body_sha256);
	ck_assert(span_equal(entry->request.sha256, (struct span){body_sha256, DIGEST_HEX}));
	ck_assert_uint_eq(entry->exchange, entry->seq);
	ck_assert(span_is(entry->answer.body, ANSWER));
}

int captures_read(const char *path, struct buf *ret_photos, struct err *err)
{
	struct capture_reader *reader;
	struct har_entry entry;
	int result;

	if (capture_reader_open(path, &reader, err) < 0)
		return -1;
	do {
		struct arena arena;

		arena_init(&arena);
		result = capture_reader_next(reader, &arena, &entry, err);
		if (result > 0) {
			check_entry(&entry);
			buf_add_format(ret_photos, "%.*s ", SPAN_ARG(entry.id));
			result = read_body(reader, &entry, err) < 0 ? -1 : 1;
		}
		arena_deinit(&arena);
	} while (result > 0);
	capture_reader_close(reader);
	return result;
}

void captures_expect(const char *path, const char *photos)
{
	BUF_AUTO struct buf found = {0};
	struct err err;

	ck_assert_msg(captures_read(path, &found, &err) == 0, "%s", err.text);
	ck_assert_msg(
		span_is(buf_span(&found), photos), "%.*s, not %s", SPAN_ARG(buf_span(&found)), photos);
}

void captures_expect_broken(const char *path, const char *photos, const char *why)
{
	BUF_AUTO struct buf found = {0};
	struct err err;

	ck_assert_int_eq(captures_read(path, &found, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_msg(strstr(err.text, why), "%s", err.text);
	ck_assert_msg(span_is(buf_span(&found), photos), "%.*s", SPAN_ARG(buf_span(&found)));
}
