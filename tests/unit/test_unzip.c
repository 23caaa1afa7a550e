/* Archives as others write them, and such as are made to be read wrongly: names, sizes, sums. What
 * is odd about them is put in by hand, since no library writes it. */
#include "io/unzip.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "rig/fixture.h"
#include "rig/suite.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof *(table)))

enum { DIRECTORY_ENTRY = 46, FILE_HEAD = 30 };

static struct buf bytes;
static struct unzip *unzip;

static void begin(void)
{
	fixture_read("imports/playwright-attach.har.zip", &bytes);
	unzip = NULL;
}

static void end(void)
{
	unzip_close(unzip);
	buf_deinit(&bytes);
}

static int open_bytes(struct err *err)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes.bytes, bytes.n), (ssize_t)bytes.n);
	return unzip_open("x.zip", fd, bytes.n, &unzip, err);
}

/* In pieces of that length. */
static int read_file(struct span name, size_t step, struct buf *out, struct err *err)
{
	struct unzip_file *file;
	uint64_t length;
	uint64_t at;
	long n;

	ck_assert(unzip_find(unzip, name, &at));
	if (unzip_file_open(unzip, at, &file, &length, err) < 0)
		return -1;
	while ((n = unzip_file_read(file, buf_reserve(out, step), step, err)) > 0)
		out->n += (size_t)n;
	unzip_file_close(file);
	ck_assert(n < 0 || length == out->n);
	return (int)n;
}

/* Where a file's name is in its head, or in the directory. */
static char *find_name(const char *name, bool is_in_directory)
{
	char *found = memmem(bytes.bytes, bytes.n, name, strlen(name));
	char *next = found;

	while (is_in_directory && next) {
		found = next;
		next = memmem(found + 1, (size_t)(bytes.bytes + bytes.n - found - 1), name, strlen(name));
	}
	ck_assert_ptr_nonnull(found);
	return found;
}

#define HAR  "har.har"
#define TEXT "789448640e0bfaf1639b7f5e1f7c8147bf309db1.dat"

/* -- what there is --------------------------------------------------------------------------- */

START_TEST(files_are_found_and_read_in_pieces_of_any_length)
{
	static const size_t steps[] = {1, 7, 4096, 65536};
	struct err err;

	ck_assert_int_eq(open_bytes(&err), 0);
	ck_assert_uint_eq(unzip_count(unzip), 8);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		BUF_AUTO struct buf har = {0};
		BUF_AUTO struct buf text = {0};

		ck_assert_int_eq(read_file(SPAN_LITERAL(HAR), steps[i], &har, &err), 0);
		ck_assert_uint_eq(har.n, 15747);
		ck_assert(span_starts(buf_span(&har), SPAN_LITERAL("{\"log\":{\"version\":\"1.2\",")));
		ck_assert_int_eq(read_file(SPAN_LITERAL(TEXT), steps[i], &text, &err), 0);
		ck_assert_uint_eq(text.n, 329);
	}
}
END_TEST

START_TEST(find_given_what_is_not_there_finds_nothing)
{
	static const struct span names[] = {SPAN_LITERAL("har"), SPAN_LITERAL(""),
		SPAN_LITERAL("HAR.HAR"), SPAN_LITERAL("./har.har"), SPAN_LITERAL("har.har\0x")};
	struct err err;
	uint64_t at;

	ck_assert_int_eq(open_bytes(&err), 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		ck_assert(!unzip_find(unzip, names[i], &at));
}
END_TEST

static const struct {
	struct span name;
	bool is_one;
} names[] = {
	{SPAN_LITERAL("a"), true},
	{SPAN_LITERAL("a/b.c"), true},
	{SPAN_LITERAL("..a/b.."), true},
	{SPAN_LITERAL("\xc3\xbc"), true},
	{SPAN_LITERAL(""), false},
	{SPAN_LITERAL("/a"), false},
	{SPAN_LITERAL("a/"), false},
	{SPAN_LITERAL("a//b"), false},
	{SPAN_LITERAL("."), false},
	{SPAN_LITERAL(".."), false},
	{SPAN_LITERAL("../a"), false},
	{SPAN_LITERAL("a/../b"), false},
	{SPAN_LITERAL("a/.."), false},
	{SPAN_LITERAL("a\\b"), false},
	{SPAN_LITERAL("a\0b"), false},
	{SPAN_LITERAL("a\nb"), false},
	{SPAN_LITERAL("\xff"), false},
};

START_TEST(is_name_given_what_leads_elsewhere_is_false)
{
	char long_name[UNZIP_NAME_MAX + 1];

	ck_assert_int_eq(unzip_is_name(names[_i].name), names[_i].is_one);
	memset(long_name, 'a', sizeof long_name);
	ck_assert(unzip_is_name((struct span){long_name, UNZIP_NAME_MAX}));
	ck_assert(!unzip_is_name((struct span){long_name, sizeof long_name}));
}
END_TEST

/* -- what is broken -------------------------------------------------------------------------- */

/* Puts something in the place of what is there, before the name of a file, in one of the places or
 * both. */
struct patch {
	const char *name;
	int in_head; /* bytes behind the begin of the head; -1: nothing is changed */
	int in_directory;
	struct span bytes;
};

static const struct {
	struct patch patch;
	const char *why; /* when it is opened */
} broken[] = {
	{{HAR, FILE_HEAD, DIRECTORY_ENTRY, SPAN_LITERAL("../h.ar")},
		"x.zip: ../h.ar: a name that leads elsewhere, or is none"},
	{{HAR, FILE_HEAD, DIRECTORY_ENTRY, SPAN_LITERAL("/")},
		"x.zip: /ar.har: a name that leads elsewhere, or is none"},
	{{TEXT, FILE_HEAD, DIRECTORY_ENTRY, SPAN_LITERAL("79d0f726adbd5f37ea717e6ea643cae7a40e9fca")},
		NULL}, /* with another ending, which makes it another one */
	{{HAR, -1, DIRECTORY_ENTRY, SPAN_LITERAL("x")}, "x.zip: the zip is broken: "},
	{{HAR, -1, 42, SPAN_LITERAL("\xff\xff\xff\x7f")}, "x.zip: the zip is broken: "},
	{{HAR, -1, 28, SPAN_LITERAL("\xff\xff")}, "x.zip: the zip is broken: "},
};

static void apply(const struct patch *patch)
{
	char *in_head = find_name(patch->name, false) - FILE_HEAD + patch->in_head;
	char *in_directory = find_name(patch->name, true) - DIRECTORY_ENTRY + patch->in_directory;

	if (patch->in_head >= 0)
		memcpy(in_head, patch->bytes.p, patch->bytes.n);
	if (patch->in_directory >= 0)
		memcpy(in_directory, patch->bytes.p, patch->bytes.n);
}

START_TEST(open_given_what_is_broken_says_what)
{
	struct err err;

	apply(&broken[_i].patch);
	if (!broken[_i].why) {
		ck_assert_int_eq(open_bytes(&err), 0);
		return;
	}
	ck_assert_int_eq(open_bytes(&err), -1);
	ck_assert_int_eq(err.kind, ERR_SYNTAX);
	ck_assert_msg(span_starts(span_of(err.text), span_of(broken[_i].why)), "%s", err.text);
}
END_TEST

static const struct {
	struct patch patch;
	const char *why; /* when the file is read */
} unreadable[] = {
	{{HAR, 6, 8, SPAN_LITERAL("\1")}, "x.zip: har.har: is encrypted"},
	{{HAR, 8, 10, SPAN_LITERAL("\x0c")},
		"x.zip: har.har: is packed in a way that nobody here knows"},
	{{HAR, 22, 24, SPAN_LITERAL("\1\0\0\0")}, "x.zip: har.har: is not as long as is said"},
	{{HAR, 14, 16, SPAN_LITERAL("\1\2\3\4")}, "x.zip: har.har: CRC error"},
	{{HAR, FILE_HEAD + 7, -1, SPAN_LITERAL("\xff\xff\xff\xff")}, "x.zip: har.har: "},
};

/* The genuine one says sizes and sums behind the file; that it does is taken away. */
static void say_them_before(const char *name)
{
	char *head = find_name(name, false) - FILE_HEAD;
	char *entry = find_name(name, true) - DIRECTORY_ENTRY;

	head[6] &= ~8;
	entry[8] &= ~8;
	memcpy(head + 14, entry + 16, 12);
}

START_TEST(read_given_what_is_broken_says_what)
{
	BUF_AUTO struct buf out = {0};
	struct err err;

	say_them_before(HAR);
	apply(&unreadable[_i].patch);
	ck_assert_msg(open_bytes(&err) == 0, "%s", err.text);
	ck_assert_int_eq(read_file(SPAN_LITERAL(HAR), 4096, &out, &err), -1);
	ck_assert_int_eq(err.kind, ERR_SYNTAX);
	ck_assert_msg(span_starts(span_of(err.text), span_of(unreadable[_i].why)), "%s", err.text);
	buf_reset(&out);
	ck_assert_int_eq(read_file(SPAN_LITERAL(TEXT), 4096, &out, &err), 0);
}
END_TEST

START_TEST(open_given_a_part_of_it_says_that_it_is_broken)
{
	size_t whole = bytes.n;
	struct err err;

	for (bytes.n = 1; bytes.n < whole; bytes.n += 97) {
		ck_assert_int_eq(open_bytes(&err), -1);
		ck_assert_int_eq(err.kind, ERR_SYNTAX);
	}
	bytes.n = whole;
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("unzip");
	TCase *tc = tcase_create("unzip");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, files_are_found_and_read_in_pieces_of_any_length);
	tcase_add_test(tc, find_given_what_is_not_there_finds_nothing);
	tcase_add_loop_test(tc, is_name_given_what_leads_elsewhere_is_false, 0, ROWS(names));
	tcase_add_loop_test(tc, open_given_what_is_broken_says_what, 0, ROWS(broken));
	tcase_add_loop_test(tc, read_given_what_is_broken_says_what, 0, ROWS(unreadable));
	tcase_add_test(tc, open_given_a_part_of_it_says_that_it_is_broken);
	suite_add_tcase(suite, tc);
	return suite;
}
