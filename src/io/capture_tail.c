#include "io/capture_tail.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "wire/har_frame.h"

enum { READ_AT_ONCE = 4096, JUST_NOW_S = 2 };

static size_t read_at(int fd, uint64_t at, char *bytes, size_t n)
{
	ssize_t got;

	do
		got = pread(fd, bytes, n, (off_t)at);
	while (got < 0 && errno == EINTR);
	return got > 0 ? (size_t)got : 0;
}

static bool ends_well(int fd, uint64_t size)
{
	char bytes[READ_AT_ONCE];
	size_t n = har_frame_end.n;

	return size >= n && read_at(fd, size - n, bytes, n) == n &&
		   span_equal((struct span){bytes, n}, har_frame_end);
}

static bool is_fresh(const struct stat *status)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return llabs((long long)now.tv_sec - status->st_mtim.tv_sec) < JUST_NOW_S;
}

uint64_t capture_tail_size(int fd)
{
	static const struct timespec moment = {.tv_nsec = CAPTURE_TAIL_WAIT_MS * 1000000L};
	struct stat status = {0};

	if (fstat(fd, &status) == 0 && !ends_well(fd, (uint64_t)status.st_size) && is_fresh(&status)) {
		(void)nanosleep(&moment, NULL);
		(void)fstat(fd, &status);
	}
	return (uint64_t)status.st_size;
}

/* The length of the first line; 0 when it is none of ours. */
static uint64_t first_line_length(int fd)
{
	char bytes[READ_AT_ONCE];
	struct span front = {bytes, read_at(fd, 0, bytes, sizeof bytes)};
	struct span line = span_cut(&front, '\n');
	struct span entry;

	return har_frame_read(line, &entry) == HAR_LINE_BEGIN ? line.n + 1 : 0;
}

/* Where the line ends that begins there, or the size. */
static uint64_t find_line_end(int fd, uint64_t at, uint64_t size)
{
	char bytes[READ_AT_ONCE];
	size_t n;

	while (at < size && (n = read_at(fd, at, bytes, sizeof bytes))) {
		const char *end = memchr(bytes, '\n', n);

		if (end)
			return at + (uint64_t)(end - bytes) + 1;
		at += n;
	}
	return size;
}

/* An entry's line end lies behind it. */
bool capture_tail_is_last_line(int fd, uint64_t end, uint64_t size)
{
	uint64_t first = first_line_length(fd);

	if (!first)
		return false;
	return find_line_end(fd, end ? find_line_end(fd, end, size) : first, size) >= size;
}
