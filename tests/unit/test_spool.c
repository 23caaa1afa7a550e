/* The spool with real files: in a folder of the test's own, on disks that are full, and without. */
#include "io/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "rig/disk.h"
#include "rig/suite.h"

enum { PLENTY = 1 << 30, PIECE = 10000, GROWN = 1 << 20 };

struct fixture {
	struct loop *loop;
	struct spool *spool;
	struct spool_limits limits;
	struct spool_file *file;
	struct spool_job *job; /* the last */
	char folder[32];
	/* of the last job that was done */
	int done;
	struct chunk *read;
	bool has_failed;
	struct err err;
};

static void set_up(struct fixture *fixture)
{
	*fixture = (struct fixture){.folder = "/tmp/test_spool-XXXXXX"};
	ck_assert_ptr_nonnull(mkdtemp(fixture->folder));
	fixture->loop = loop_new(&clock_monotonic);
	fixture->spool = spool_new();
	fixture->limits = (struct spool_limits){span_of(fixture->folder), PLENTY};
	fixture->file = spool_open(fixture->spool, fixture->loop, &fixture->limits);
}

static void tear_down(struct fixture *fixture)
{
	chunk_unref(fixture->read);
	spool_close(fixture->file);
	spool_free(fixture->spool);
	loop_free(fixture->loop);
	ck_assert_int_eq(rmdir(fixture->folder), 0); /* nothing is left in it */
}

static void reopen(struct fixture *fixture, const char *folder, uint64_t bytes)
{
	spool_close(fixture->file);
	fixture->limits = (struct spool_limits){span_of(folder), bytes};
	fixture->file = spool_open(fixture->spool, fixture->loop, &fixture->limits);
}

static void on_done(void *ctx, struct chunk *read, const struct err *err)
{
	struct fixture *fixture = ctx;

	fixture->done++;
	chunk_unref(fixture->read);
	fixture->read = read;
	fixture->has_failed = err;
	if (err)
		fixture->err = *err;
}

static void await(struct fixture *fixture, int done)
{
	while (fixture->done < done)
		loop_turn(fixture->loop, CLOCK_S(10));
}

static char byte_at(uint64_t position)
{
	return (char)(position * 31 + (position >> 9));
}

/* Bytes as they are at that position of a file. */
static struct slice piece_at(uint64_t position, size_t n)
{
	struct chunk *chunk = chunk_new(n);

	for (size_t i = 0; i < n; i++)
		chunk->bytes[i] = byte_at(position + i);
	return (struct slice){chunk, {chunk->bytes, n}};
}

/* Writes n bytes that begin at a position, in `count` slices, and waits. */
static void write_at(struct fixture *fixture, uint64_t position, size_t n, size_t count)
{
	struct slice slices[SPOOL_SLICES_MAX] = {0};
	size_t each = n / count;

	for (size_t i = 0; i < count; i++)
		slices[i] = piece_at(position + i * each, i + 1 < count ? each : n - i * each);
	fixture->job = spool_write(fixture->file, slices, count, on_done, fixture);
	for (size_t i = 0; i < count; i++)
		slice_unref(slices[i]);
	await(fixture, fixture->done + 1);
	ck_assert_ptr_null(fixture->read);
}

static void expect_read(struct fixture *fixture, uint64_t position, size_t n)
{
	size_t same = 0;

	fixture->job = spool_read(fixture->file, position, n, on_done, fixture);
	await(fixture, fixture->done + 1);
	ck_assert_msg(!fixture->has_failed, "%s", fixture->err.text);
	ck_assert_uint_eq(fixture->read->used, n);
	for (size_t i = 0; i < n; i++)
		same += fixture->read->bytes[i] == byte_at(position + i);
	ck_assert_uint_eq(same, n);
}

static void expect_failed(const struct fixture *fixture, const char *text)
{
	ck_assert(fixture->has_failed);
	ck_assert_ptr_null(fixture->read);
	ck_assert_msg(strstr(fixture->err.text, text), "%s", fixture->err.text);
}

static void expect_error(const struct fixture *fixture, const char *what, int error)
{
	BUF_AUTO struct buf text = {0};

	buf_add_format(&text, "limits.spillDir (%.*s): %s: %s", SPAN_ARG(fixture->limits.folder), what,
		strerrordesc_np(error));
	expect_failed(fixture, text.bytes);
	ck_assert_int_eq(fixture->err.kind, ERR_INTERNAL);
}

/* -- bytes ----------------------------------------------------------------------------------- */

START_TEST(read_gives_what_was_written_wherever_it_is)
{
	static const size_t counts[] = {1, 2, 7, SPOOL_SLICES_MAX};
	struct fixture fixture;
	uint64_t end = 0;

	set_up(&fixture);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		write_at(&fixture, end, PIECE + i, counts[i]);
		ck_assert(!fixture.has_failed);
		end += PIECE + i;
		ck_assert_uint_eq(spool_used(fixture.spool), end);
		expect_read(&fixture, 0, (size_t)end);
	}
	for (uint64_t position = 0; position < end; position += 997)
		for (size_t n = 1; n <= end - position; n *= 5)
			expect_read(&fixture, position, n);
	tear_down(&fixture);
}
END_TEST

START_TEST(write_shares_the_slices_until_it_is_done)
{
	struct fixture fixture;
	struct slice slice = piece_at(0, PIECE);

	set_up(&fixture);
	fixture.job = spool_write(fixture.file, &slice, 1, on_done, &fixture);
	ck_assert(!chunk_is_mine(slice.chunk));
	await(&fixture, 1);
	ck_assert(chunk_is_mine(slice.chunk));
	slice_unref(slice);
	expect_read(&fixture, 0, PIECE);
	tear_down(&fixture);
}
END_TEST

/* -- several loops --------------------------------------------------------------------------- */

enum { FILES = 16, ROUNDS = 20, LOOPS = 4 };

/* Writes and reads on a loop of its own; every third round is cancelled somewhere on its way. */
static void *use_files(void *ctx)
{
	struct spool_limits limits = {SPAN_LITERAL("/tmp"), PLENTY};
	struct fixture fixture = {.spool = ctx, .loop = loop_new(&clock_monotonic)};

	for (int i = 0; i < FILES; i++) {
		struct spool_job *job;
		struct slice slice;

		fixture.file = spool_open(fixture.spool, fixture.loop, &limits);
		for (uint64_t round = 0; round < ROUNDS; round++) {
			write_at(&fixture, round * PIECE, PIECE, 3);
			expect_read(&fixture, round * PIECE / 2, PIECE);
		}
		slice = piece_at(0, PIECE);
		fixture.done = 0;
		job = spool_write(fixture.file, &slice, 1, on_done, &fixture);
		slice_unref(slice);
		for (int turns = 0; turns < i % 3 && !fixture.done; turns++)
			loop_turn(fixture.loop, CLOCK_MS(1));
		if (!fixture.done)
			spool_cancel(job);
		spool_close(fixture.file);
	}
	chunk_unref(fixture.read);
	loop_free(fixture.loop);
	return NULL;
}

START_TEST(spool_given_several_loops_serves_all)
{
	struct spool *spool = spool_new();
	pthread_t threads[LOOPS];

	for (size_t i = 0; i < LOOPS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, use_files, spool), 0);
	for (size_t i = 0; i < LOOPS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	spool_free(spool); /* asserts that all is given back */
}
END_TEST

/* -- leaving --------------------------------------------------------------------------------- */

/* Where the job is when it is cancelled depends on the thread: in the queue, at work, in the mail.
 */
START_TEST(cancel_given_job_anywhere_is_silent)
{
	for (int i = 0; i < 200; i++) {
		struct fixture fixture;
		struct spool_job *jobs[3];
		struct slice slice = piece_at(0, PIECE);

		set_up(&fixture);
		write_at(&fixture, 0, PIECE, 1);
		fixture.done = 0;
		jobs[0] = spool_read(fixture.file, 0, PIECE, on_done, &fixture);
		jobs[1] = spool_write(fixture.file, &slice, 1, on_done, &fixture);
		jobs[2] = spool_read(fixture.file, 1, PIECE / 2, on_done, &fixture);
		slice_unref(slice);
		for (int k = 0; k < i; k++)
			ck_assert_int_eq(sched_yield(), 0);
		for (size_t k = 0; k < 3; k++)
			spool_cancel(jobs[(k + (size_t)i) % 3]);
		spool_cancel(NULL);
		if (i % 3)
			loop_turn(fixture.loop, 0);
		tear_down(&fixture);
		ck_assert_int_eq(fixture.done, 0);
	}
}
END_TEST

static void await_used(struct fixture *fixture, uint64_t used)
{
	while (spool_used(fixture->spool) != used)
		loop_turn(fixture->loop, CLOCK_MS(1));
}

START_TEST(close_gives_the_space_back)
{
	struct fixture fixture;

	set_up(&fixture);
	reopen(&fixture, fixture.folder, (uint64_t)3 * PIECE);
	write_at(&fixture, 0, (size_t)2 * PIECE, 1);
	write_at(&fixture, 0, PIECE + 1, 1);
	expect_failed(&fixture, "limits.spillBytes (30000 bytes) is used up");
	ck_assert_int_eq(fixture.err.kind, ERR_BUSY);
	ck_assert_uint_eq(spool_used(fixture.spool), (uint64_t)2 * PIECE);
	expect_read(&fixture, 0, (size_t)2 * PIECE); /* what was in it still is */
	reopen(&fixture, fixture.folder, (uint64_t)3 * PIECE);
	await_used(&fixture, 0);
	write_at(&fixture, 0, (size_t)3 * PIECE, 1);
	ck_assert(!fixture.has_failed);
	tear_down(&fixture);
}
END_TEST

START_TEST(limit_is_one_for_all_files)
{
	struct fixture fixture;
	struct spool_file *other;

	set_up(&fixture);
	reopen(&fixture, fixture.folder, (uint64_t)2 * PIECE);
	write_at(&fixture, 0, PIECE, 1);
	other = fixture.file;
	fixture.file = spool_open(fixture.spool, fixture.loop, &fixture.limits);
	write_at(&fixture, 0, PIECE + 1, 1);
	expect_failed(&fixture, "limits.spillBytes (20000 bytes) is used up");
	write_at(&fixture, 0, PIECE, 1);
	ck_assert(!fixture.has_failed);
	spool_close(other);
	await_used(&fixture, PIECE);
	tear_down(&fixture);
}
END_TEST

/* -- the file -------------------------------------------------------------------------------- */

/* The descriptor of the process's that is a file in the folder; -1 when there is none. */
static int find_descriptor(const char *folder)
{
	DIR *all = opendir("/proc/self/fd");
	const struct dirent *entry;
	int found = -1;

	ck_assert_ptr_nonnull(all);
	while ((entry = readdir(all))) {
		char path[64];
		char target[128] = "";

		(void)snprintf(path, sizeof path, "/proc/self/fd/%.16s", entry->d_name);
		if (readlink(path, target, sizeof target - 1) > 0 && strstr(target, folder) == target)
			found = (int)strtol(entry->d_name, NULL, 10);
	}
	(void)closedir(all);
	return found;
}

static void expect_private_file(const struct fixture *fixture)
{
	int fd = find_descriptor(fixture->folder);
	struct stat info;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &info), 0);
	ck_assert_int_eq(info.st_mode, S_IFREG | 0600);
	ck_assert_int_eq(info.st_nlink, 0); /* nobody can find it */
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

START_TEST(file_has_no_name_and_is_closed)
{
	struct fixture fixture;

	set_up(&fixture);
	write_at(&fixture, 0, PIECE, 1);
	expect_private_file(&fixture);
	spool_close(TAKE(fixture.file));
	await_used(&fixture, 0);
	while (find_descriptor(fixture.folder) >= 0)
		loop_turn(fixture.loop, CLOCK_MS(1));
	tear_down(&fixture);
}
END_TEST

/* A file system that knows no files without a name: the kernel is made to say so. Nothing undoes
 * that, so this is the suite's last test. */
START_TEST(file_given_no_unnamed_ones_loses_its_name_at_once)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};
	struct fixture fixture;

	set_up(&fixture);
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	ck_assert_int_eq(open(fixture.folder, O_TMPFILE | O_RDWR, 0600), -1);
	write_at(&fixture, 0, PIECE, 1);
	expect_private_file(&fixture);
	expect_read(&fixture, 0, PIECE);
	tear_down(&fixture);
}
END_TEST

static size_t thread_count(void)
{
	DIR *all = opendir("/proc/self/task");
	size_t count = 0;

	ck_assert_ptr_nonnull(all);
	while (readdir(all))
		count++;
	(void)closedir(all);
	return count - 2; /* . and .. */
}

START_TEST(spool_given_nothing_to_write_has_no_thread_and_no_file)
{
	size_t before = thread_count();
	struct fixture fixture;

	set_up(&fixture);
	ck_assert_uint_eq(thread_count(), before);
	ck_assert_int_eq(find_descriptor(fixture.folder), -1);
	write_at(&fixture, 0, 1, 1);
	ck_assert_uint_eq(thread_count(), before + 1);
	reopen(&fixture, fixture.folder, PLENTY);
	write_at(&fixture, 0, 1, 1);
	ck_assert_uint_eq(thread_count(), before + 1);
	tear_down(&fixture);
	ck_assert_uint_eq(thread_count(), before);
}
END_TEST

/* -- what goes wrong ------------------------------------------------------------------------- */

START_TEST(write_given_no_folder_names_it)
{
	static const struct {
		const char *folder;
		int error;
	} cases[] = {
		{"/tmp/test_spool/missing", ENOENT},
		{"/dev/null", ENOTDIR},
	};

	struct fixture fixture;

	set_up(&fixture);
	reopen(&fixture, cases[_i].folder, PLENTY);
	write_at(&fixture, 0, PIECE, 1);
	expect_error(&fixture, "cannot create a file", cases[_i].error);
	ck_assert_uint_eq(spool_used(fixture.spool), PIECE);
	tear_down(&fixture); /* asserts that it is given back */
}
END_TEST

START_TEST(write_given_no_permission_names_it)
{
	uid_t user = geteuid();
	struct fixture fixture;

	set_up(&fixture);
	ck_assert_int_eq(chmod(fixture.folder, 0), 0);
	ck_assert(user != 0 || seteuid(65534) == 0); /* root may do everything */
	write_at(&fixture, 0, PIECE, 1);
	expect_error(&fixture, "cannot create a file", EACCES);
	ck_assert_int_eq(seteuid(user), 0);
	tear_down(&fixture);
}
END_TEST

/* Part of the second write fits; and the signal that comes with the limit does no harm. */
START_TEST(write_given_file_that_may_not_grow_keeps_what_was_in_it)
{
	struct fixture fixture;
	struct rlimit before;
	struct rlimit few;

	set_up(&fixture);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	few = before;
	few.rlim_cur = GROWN; /* Check's own files stay below */
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &few), 0);
	write_at(&fixture, 0, GROWN - PIECE, 5);
	ck_assert(!fixture.has_failed);
	write_at(&fixture, GROWN - PIECE, (size_t)2 * PIECE, 5);
	expect_error(&fixture, "cannot write", EFBIG);
	expect_read(&fixture, 0, GROWN - PIECE);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	tear_down(&fixture);
}
END_TEST

START_TEST(write_given_full_disk_keeps_what_was_in_it)
{
	struct fixture fixture;
	struct disk disk;

	if (!disk_mount(&disk))
		return;
	set_up(&fixture);
	reopen(&fixture, disk.path, PLENTY);
	write_at(&fixture, 0, (size_t)5 * PIECE, 5);
	ck_assert(!fixture.has_failed);
	write_at(&fixture, (uint64_t)5 * PIECE, (size_t)5 * PIECE, 5);
	expect_error(&fixture, "cannot write", ENOSPC);
	expect_read(&fixture, 0, (size_t)5 * PIECE);
	reopen(&fixture, disk.path, PLENTY); /* and the disk has its space back */
	write_at(&fixture, 0, (size_t)5 * PIECE, 5);
	ck_assert(!fixture.has_failed);
	tear_down(&fixture);
	disk_unmount(&disk);
}
END_TEST

START_TEST(read_given_file_that_lost_bytes_fails)
{
	struct fixture fixture;

	set_up(&fixture);
	write_at(&fixture, 0, (size_t)2 * PIECE, 1);
	ck_assert_int_eq(ftruncate(find_descriptor(fixture.folder), PIECE), 0);
	fixture.job = spool_read(fixture.file, PIECE - 1, 2, on_done, &fixture);
	await(&fixture, 2);
	expect_error(&fixture, "cannot read back", EIO);
	expect_read(&fixture, 0, PIECE);
	tear_down(&fixture);
}
END_TEST

START_TEST(write_given_no_thread_fails)
{
	pthread_attr_t before;
	pthread_attr_t huge;
	struct fixture fixture;

	set_up(&fixture);
	ck_assert_int_eq(pthread_getattr_default_np(&before), 0);
	ck_assert_int_eq(pthread_attr_init(&huge), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&huge, (size_t)1 << 60), 0);
	ck_assert_int_eq(pthread_setattr_default_np(&huge), 0);
	write_at(&fixture, 0, PIECE, 1);
	expect_failed(&fixture, "cannot start a thread: ");
	reopen(&fixture, fixture.folder, PLENTY);
	ck_assert_int_eq(pthread_setattr_default_np(&before), 0);
	write_at(&fixture, 0, PIECE, 1);
	ck_assert(!fixture.has_failed);
	(void)pthread_attr_destroy(&huge);
	(void)pthread_attr_destroy(&before);
	tear_down(&fixture);
}
END_TEST

Suite *test_suite(void)
{
	Suite *suite = suite_create("spool");
	TCase *bytes = tcase_create("bytes, loops, leaving");
	TCase *files = tcase_create("files");

	tcase_add_test(bytes, read_gives_what_was_written_wherever_it_is);
	tcase_add_test(bytes, write_shares_the_slices_until_it_is_done);
	tcase_add_test(bytes, spool_given_several_loops_serves_all);
	tcase_add_test(bytes, cancel_given_job_anywhere_is_silent);
	tcase_add_test(bytes, close_gives_the_space_back);
	tcase_add_test(bytes, limit_is_one_for_all_files);
	tcase_set_timeout(bytes, 60);
	suite_add_tcase(suite, bytes);
	tcase_add_test(files, file_has_no_name_and_is_closed);
	tcase_add_test(files, spool_given_nothing_to_write_has_no_thread_and_no_file);
	tcase_add_loop_test(files, write_given_no_folder_names_it, 0, 2);
	tcase_add_test(files, write_given_no_permission_names_it);
	tcase_add_test(files, write_given_file_that_may_not_grow_keeps_what_was_in_it);
	tcase_add_test(files, write_given_full_disk_keeps_what_was_in_it);
	tcase_add_test(files, read_given_file_that_lost_bytes_fails);
	tcase_add_test(files, write_given_no_thread_fails);
	tcase_add_test(files, file_given_no_unnamed_ones_loses_its_name_at_once);
	suite_add_tcase(suite, files);
	return suite;
}
