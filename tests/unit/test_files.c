/* Files in a folder of the test's own, on disks that are full, read-only, or mounted one by one. */
#include "io/files.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig/disk.h"
#include "rig/suite.h"

enum { BYTES_MAX = 100000 };

struct fixture {
	char folder[32];
	struct buf path; /* of the file */
	bool has_failed;
	struct err err;
};

/* The path of a file in the folder; until the next call. */
static const char *in_folder(const struct fixture *fixture, const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
	return path;
}

static void set_up(struct fixture *fixture)
{
	*fixture = (struct fixture){.folder = "/tmp/test_files-XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(fixture->folder));
	buf_add_format(&fixture->path, "%s", in_folder(fixture, "config.json"));
}

/* With nothing in the folder but the file and what the test names. */
static void tear_down(struct fixture *fixture, const char *other)
{
	(void)unlink(fixture->path.bytes);
	if (other)
		ck_assert_int_eq(unlink(in_folder(fixture, other)), 0);
	ck_assert_int_eq(rmdir(fixture->folder), 0);
	buf_deinit(&fixture->path);
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void expect_bytes(const char *path, struct span bytes)
{
	BUF_AUTO struct buf found = {0};
	struct err err;

	ck_assert_int_eq(files_read(path, BYTES_MAX, &found, &err), 0);
	ck_assert(span_equal(buf_span(&found), bytes));
}

static void replace_at(struct fixture *fixture, const char *path, struct span bytes)
{
	fixture->has_failed = files_replace(path, bytes, &fixture->err) < 0;
}

static void replace(struct fixture *fixture, const char *text)
{
	replace_at(fixture, fixture->path.bytes, span_of(text));
}

static void expect_failed(const struct fixture *fixture, const char *text)
{
	ck_assert(fixture->has_failed);
	ck_assert_msg(strstr(fixture->err.text, text), "%s", fixture->err.text);
}

static struct stat status_of(const char *path)
{
	struct stat status;

	ck_assert_int_eq(stat(path, &status), 0);
	return status;
}

static void expect_mode(const char *path, mode_t mode)
{
	ck_assert_uint_eq(status_of(path).st_mode & ALLPERMS, mode);
}

/* -- reading --------------------------------------------------------------------------------- */

START_TEST(read_gives_all_or_one_byte_too_many)
{
	static const struct {
		size_t max;
		const char *bytes;
	} cases[] = {{100, "0123456789"}, {10, "0123456789"}, {9, "0123456789"}, {3, "0123"}, {0, "0"}};
	struct fixture fixture;

	set_up(&fixture);
	put(fixture.path.bytes, "0123456789");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		BUF_AUTO struct buf bytes = {0};
		BUF_AUTO struct buf again = {0};
		struct err err;

		ck_assert_int_eq(files_read(fixture.path.bytes, cases[i].max, &bytes, &err), 0);
		ck_assert(span_is(buf_span(&bytes), cases[i].bytes));
		ck_assert_int_eq(files_read_regular(fixture.path.bytes, cases[i].max, &again, &err), 0);
		ck_assert(span_is(buf_span(&again), cases[i].bytes));
	}
	tear_down(&fixture, NULL);
}
END_TEST

START_TEST(read_of_a_large_file_gives_all)
{
	struct fixture fixture;
	BUF_AUTO struct buf text = {0};

	set_up(&fixture);
	while (text.n < BYTES_MAX - 16)
		buf_add_format(&text, "%zu ", text.n);
	put(fixture.path.bytes, text.bytes);
	expect_bytes(fixture.path.bytes, buf_span(&text));
	tear_down(&fixture, NULL);
}
END_TEST

START_TEST(read_given_what_is_no_file_says_why)
{
	static const struct {
		const char *path;
		const char *says;
		const char *says_of_regular;
	} cases[] = {
		{"/nonexistent/c.json", "/nonexistent/c.json: No such file or directory",
			"/nonexistent/c.json: No such file or directory"},
		{"/tmp", "/tmp: Is a directory", "/tmp: not a regular file"},
		{"/dev/null", NULL, "/dev/null: not a regular file"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		BUF_AUTO struct buf bytes = {0};
		struct err err = {0};

		if (cases[i].says) {
			ck_assert_int_eq(files_read(cases[i].path, BYTES_MAX, &bytes, &err), -1);
			ck_assert_int_eq(err.kind, ERR_INVALID);
			ck_assert_str_eq(err.text, cases[i].says);
		}
		ck_assert_int_eq(files_read_regular(cases[i].path, BYTES_MAX, &bytes, &err), -1);
		ck_assert_int_eq(err.kind, ERR_INVALID);
		ck_assert_str_eq(err.text, cases[i].says_of_regular);
	}
}
END_TEST

START_TEST(read_without_leave_says_what_to_do)
{
	BUF_AUTO struct buf bytes = {0};
	struct fixture fixture;
	struct err err;
	int result;
	int user;

	set_up(&fixture);
	put(fixture.path.bytes, "old");
	ck_assert_int_eq(chmod(fixture.path.bytes, 0), 0);
	user = setfsuid(65534); /* nothing is forbidden to root */
	result = files_read(fixture.path.bytes, BYTES_MAX, &bytes, &err);
	(void)setfsuid((uid_t)user);
	ck_assert_int_eq(result, -1);
	ck_assert_msg(
		strstr(err.text, ": Permission denied; let mlproxy's user read it"), "%s", err.text);
	tear_down(&fixture, NULL);
}
END_TEST

START_TEST(fifo_is_not_waited_for)
{
	BUF_AUTO struct buf bytes = {0};
	struct fixture fixture;
	struct err err;

	set_up(&fixture);
	ck_assert_int_eq(mkfifo(fixture.path.bytes, 0600), 0);
	ck_assert_int_eq(files_read_regular(fixture.path.bytes, BYTES_MAX, &bytes, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "not a regular file"));
	replace(&fixture, "new");
	expect_failed(&fixture, "not a regular file");
	tear_down(&fixture, NULL);
}
END_TEST

/* -- replacing ------------------------------------------------------------------------------- */

START_TEST(replace_puts_new_bytes_there_and_keeps_the_mode)
{
	static const mode_t modes[] = {0600, 0640, 0644, 0400, 0666};
	struct fixture fixture;

	set_up(&fixture);
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		ino_t before;

		put(fixture.path.bytes, "old, and longer than the new one");
		ck_assert_int_eq(chmod(fixture.path.bytes, modes[i]), 0);
		before = status_of(fixture.path.bytes).st_ino;
		replace(&fixture, "new");
		ck_assert_msg(!fixture.has_failed, "%s", fixture.err.text);
		expect_bytes(fixture.path.bytes, SPAN_LITERAL("new"));
		expect_mode(fixture.path.bytes, modes[i]);
		ck_assert_uint_ne(status_of(fixture.path.bytes).st_ino, before);
		ck_assert_int_eq(unlink(fixture.path.bytes), 0);
	}
	tear_down(&fixture, NULL);
}
END_TEST

/* Who reads the old one goes on reading it. */
START_TEST(replace_leaves_open_files_as_they_are)
{
	struct fixture fixture;
	char bytes[8] = "";
	int fd;

	set_up(&fixture);
	put(fixture.path.bytes, "old");
	fd = open(fixture.path.bytes, O_RDONLY | O_CLOEXEC);
	replace(&fixture, "new");
	ck_assert_int_eq(read(fd, bytes, sizeof bytes), 3);
	ck_assert_str_eq(bytes, "old");
	ck_assert_int_eq(close(fd), 0);
	tear_down(&fixture, NULL);
}
END_TEST

START_TEST(replace_given_no_file_makes_a_private_one)
{
	struct fixture fixture;
	mode_t mask = umask(0);

	set_up(&fixture);
	replace(&fixture, "new");
	ck_assert_msg(!fixture.has_failed, "%s", fixture.err.text);
	expect_bytes(fixture.path.bytes, SPAN_LITERAL("new"));
	expect_mode(fixture.path.bytes, 0600);
	(void)umask(mask);
	tear_down(&fixture, NULL);
}
END_TEST

START_TEST(replace_given_large_bytes_writes_all)
{
	struct fixture fixture;
	BUF_AUTO struct buf text = {0};

	set_up(&fixture);
	while (text.n < BYTES_MAX - 16)
		buf_add_format(&text, "%zu ", text.n);
	replace_at(&fixture, fixture.path.bytes, buf_span(&text));
	expect_bytes(fixture.path.bytes, buf_span(&text));
	tear_down(&fixture, NULL);
}
END_TEST

START_TEST(replace_given_name_alone_uses_the_working_directory)
{
	struct fixture fixture;
	char before[PATH_MAX];

	set_up(&fixture);
	ck_assert_ptr_nonnull(getcwd(before, sizeof before));
	ck_assert_int_eq(chdir(fixture.folder), 0);
	for (int i = 0; i < 2; i++) {
		replace_at(&fixture, "config.json", SPAN_LITERAL("new"));
		ck_assert_msg(!fixture.has_failed, "%s", fixture.err.text);
		expect_bytes(fixture.path.bytes, SPAN_LITERAL("new"));
	}
	ck_assert_int_eq(chdir(before), 0);
	tear_down(&fixture, NULL);
}
END_TEST

START_TEST(replace_follows_a_link_and_keeps_it)
{
	struct fixture fixture;
	struct stat status;

	set_up(&fixture);
	put(in_folder(&fixture, "real.json"), "old");
	ck_assert_int_eq(symlink("real.json", fixture.path.bytes), 0);
	replace(&fixture, "new");
	ck_assert_msg(!fixture.has_failed, "%s", fixture.err.text);
	ck_assert_int_eq(lstat(fixture.path.bytes, &status), 0);
	ck_assert(S_ISLNK(status.st_mode));
	expect_bytes(in_folder(&fixture, "real.json"), SPAN_LITERAL("new"));
	tear_down(&fixture, "real.json");
}
END_TEST

START_TEST(replace_given_link_to_nothing_says_so)
{
	struct fixture fixture;

	set_up(&fixture);
	ck_assert_int_eq(symlink("nowhere", fixture.path.bytes), 0);
	replace(&fixture, "new");
	expect_failed(&fixture, "a symbolic link to a file that is not there");
	tear_down(&fixture, NULL);
}
END_TEST

/* Of another process that was killed; names that only look alike stay. */
START_TEST(replace_takes_away_what_was_left_behind)
{
	struct fixture fixture;

	set_up(&fixture);
	put(in_folder(&fixture, ".config.json.mlproxy-0123456789abcdef"), "secret");
	put(in_folder(&fixture, ".config.json.mlproxy-mine"), "mine");
	replace(&fixture, "new");
	ck_assert_int_eq(
		access(in_folder(&fixture, ".config.json.mlproxy-0123456789abcdef"), F_OK), -1);
	tear_down(&fixture, ".config.json.mlproxy-mine");
}
END_TEST

/* As the other process locks what it is writing. */
START_TEST(replace_leaves_what_another_process_is_writing)
{
	struct fixture fixture;
	int fd;

	set_up(&fixture);
	put(in_folder(&fixture, ".config.json.mlproxy-0123456789abcdef"), "its own");
	fd = open(in_folder(&fixture, ".config.json.mlproxy-0123456789abcdef"), O_RDONLY);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	replace(&fixture, "new");
	ck_assert_int_eq(close(fd), 0);
	tear_down(&fixture, ".config.json.mlproxy-0123456789abcdef");
}
END_TEST

/* -- what fails changes nothing -------------------------------------------------------------- */

START_TEST(replace_without_the_folder_says_so)
{
	struct fixture fixture;

	set_up(&fixture);
	replace_at(&fixture, "/nonexistent/config.json", SPAN_LITERAL("new"));
	expect_failed(&fixture, "/nonexistent/config.json: cannot open its folder: No such file or "
							"directory; make its folder");
	ck_assert_int_eq(fixture.err.kind, ERR_INTERNAL);
	tear_down(&fixture, NULL);
}
END_TEST

START_TEST(replace_on_a_full_disk_leaves_the_old_one)
{
	struct fixture fixture;
	struct disk disk;
	char path[64];
	BUF_AUTO struct buf text = {0};

	if (!disk_mount(&disk))
		return;
	set_up(&fixture);
	(void)snprintf(path, sizeof path, "%s/config.json", disk.path);
	put(path, "old");
	while (text.n < BYTES_MAX - 16)
		buf_add_format(&text, "%zu ", text.n);
	replace_at(&fixture, path, buf_span(&text));
	expect_failed(&fixture, "cannot write the new file: No space left on device; make room there");
	expect_bytes(path, SPAN_LITERAL("old"));
	replace_at(&fixture, path, SPAN_LITERAL("new")); /* nothing of the first is left */
	expect_bytes(path, SPAN_LITERAL("new"));
	disk_unmount(&disk);
	tear_down(&fixture, NULL);
}
END_TEST

START_TEST(replace_on_a_read_only_disk_says_what_to_do)
{
	struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
	struct fixture fixture;
	struct disk disk;
	char path[64];

	if (!disk_mount(&disk))
		return;
	set_up(&fixture);
	(void)snprintf(path, sizeof path, "%s/config.json", disk.path);
	put(path, "old");
	ck_assert_int_eq(mount_setattr(disk.fd, "", AT_EMPTY_PATH, &read_only, sizeof read_only), 0);
	replace_at(&fixture, path, SPAN_LITERAL("new"));
	expect_failed(&fixture, "cannot make a file beside it: Read-only file system; its folder is");
	expect_bytes(path, SPAN_LITERAL("old"));
	disk_unmount(&disk);
	tear_down(&fixture, NULL);
}
END_TEST

/* As in a container that was given the file and not its folder. */
START_TEST(replace_of_a_file_mounted_alone_says_what_to_do)
{
	struct fixture fixture;

	if (unshare(CLONE_NEWNS) < 0)
		return;
	ck_assert_int_eq(mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL), 0);
	set_up(&fixture);
	put(fixture.path.bytes, "below");
	put(in_folder(&fixture, "real.json"), "old");
	ck_assert_int_eq(
		mount(in_folder(&fixture, "real.json"), fixture.path.bytes, "none", MS_BIND, NULL), 0);
	replace(&fixture, "new");
	expect_failed(&fixture, "cannot be replaced: Device or resource busy; the file alone is "
							"mounted there: mount its folder instead");
	expect_bytes(fixture.path.bytes, SPAN_LITERAL("old"));
	ck_assert_int_eq(umount(fixture.path.bytes), 0);
	tear_down(&fixture, "real.json");
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("files");
	TCase *tcase = tcase_create("files");

	tcase_add_test(tcase, read_gives_all_or_one_byte_too_many);
	tcase_add_test(tcase, read_of_a_large_file_gives_all);
	tcase_add_test(tcase, read_given_what_is_no_file_says_why);
	tcase_add_test(tcase, read_without_leave_says_what_to_do);
	tcase_add_test(tcase, fifo_is_not_waited_for);
	tcase_add_test(tcase, replace_puts_new_bytes_there_and_keeps_the_mode);
	tcase_add_test(tcase, replace_leaves_open_files_as_they_are);
	tcase_add_test(tcase, replace_given_no_file_makes_a_private_one);
	tcase_add_test(tcase, replace_given_large_bytes_writes_all);
	tcase_add_test(tcase, replace_given_name_alone_uses_the_working_directory);
	tcase_add_test(tcase, replace_follows_a_link_and_keeps_it);
	tcase_add_test(tcase, replace_given_link_to_nothing_says_so);
	tcase_add_test(tcase, replace_takes_away_what_was_left_behind);
	tcase_add_test(tcase, replace_leaves_what_another_process_is_writing);
	tcase_add_test(tcase, replace_without_the_folder_says_so);
	tcase_add_test(tcase, replace_on_a_full_disk_leaves_the_old_one);
	tcase_add_test(tcase, replace_on_a_read_only_disk_says_what_to_do);
	tcase_add_test(tcase, replace_of_a_file_mounted_alone_says_what_to_do);
	suite_add_tcase(suite, tcase);
	return suite;
}
