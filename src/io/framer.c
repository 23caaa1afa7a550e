#include "io/framer.h"

enum { IOV_COUNT = 32, WRITES_A_TURN = 16 };

void framer_init(struct framer *framer, struct span head, struct source *source)
{
	*framer = (struct framer){.head = head, .source = source};
}

static bool is_chunked(const struct framer *framer)
{
	return framer->source && framer->source->length == SOURCE_LENGTH_UNKNOWN;
}

/* The line before the next chunk, or the last one: behind the CRLF that ends the chunk before. */
static void make_line(struct framer *framer, size_t data_bytes)
{
	char *end = framer->line;

	if (framer->has_chunk)
		end = mempcpy(end, "\r\n", 2);
	end += chunked_write_size(end, data_bytes);
	if (!data_bytes)
		end = mempcpy(end, "\r\n", 2);
	framer->line_n = (size_t)(end - framer->line);
	framer->line_sent = 0;
	framer->chunk_left = data_bytes;
	framer->has_chunk = true;
	framer->has_ended = !data_bytes;
}

static size_t total(const struct iovec *iov, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += iov[i].iov_len;
	return n;
}

/* Cuts the list to at most n bytes; returns its length. */
static size_t cut(struct iovec *iov, size_t count, size_t n)
{
	for (size_t i = 0; i < count; i++) {
		if (iov[i].iov_len >= n) {
			iov[i].iov_len = n;
			return i + (n > 0);
		}
		n -= iov[i].iov_len;
	}
	return count;
}

static size_t add(struct iovec *iov, struct span bytes)
{
	iov[0] = (struct iovec){(void *)(uintptr_t)bytes.p, bytes.n};
	return bytes.n > 0;
}

/* Lists what is to be sent next: the rest of the head, of the framing line, and data. */
static size_t gather(struct framer *framer, struct iovec *iov)
{
	struct iovec data[IOV_COUNT - 2];
	size_t count = add(iov, span_skip(framer->head, framer->head_sent));
	size_t data_count = 0;

	if (framer->source)
		data_count = source_peek(framer->source, framer->position, data, IOV_COUNT - 2);
	if (is_chunked(framer)) {
		if (!framer->chunk_left && framer->line_sent == framer->line_n && !framer->has_ended &&
			(data_count || source_is_end(framer->source, framer->position)))
			make_line(framer, total(data, data_count));
		count += add(iov + count,
			(struct span){framer->line + framer->line_sent, framer->line_n - framer->line_sent});
		data_count = cut(data, data_count, framer->chunk_left);
	}
	memcpy(iov + count, data, data_count * sizeof *data);
	return count + data_count;
}

/* Notes that n bytes of what gather() listed have gone. */
static void advance(struct framer *framer, size_t n)
{
	size_t part = framer->head.n - framer->head_sent;

	framer->sent += n;
	part = n < part ? n : part;
	framer->head_sent += part;
	n -= part;
	part = framer->line_n - framer->line_sent;
	part = n < part ? n : part;
	framer->line_sent += part;
	n -= part;
	framer->position += n;
	if (is_chunked(framer))
		framer->chunk_left -= n;
	if (n)
		source_done(framer->source, framer->position);
}

static bool is_sent(const struct framer *framer)
{
	if (framer->head_sent < framer->head.n || framer->line_sent < framer->line_n)
		return false;
	if (is_chunked(framer))
		return framer->has_ended;
	return !framer->source || source_is_end(framer->source, framer->position);
}

/* The pipe that has the next bytes, when memory has none. */
static struct pipe *next_pipe(const struct framer *framer)
{
	return framer->source ? source_pipe(framer->source, framer->position) : NULL;
}

enum framer_result framer_send(struct framer *framer, struct transport *transport)
{
	for (int i = 0; i < WRITES_A_TURN; i++) {
		struct iovec iov[IOV_COUNT];
		struct pipe *pipe;
		size_t count;
		size_t sent = 0;
		enum transport_result result;

		if (is_sent(framer))
			return FRAMER_SENT;
		count = gather(framer, iov);
		pipe = count ? NULL : next_pipe(framer);
		if (!count && !pipe)
			return FRAMER_STARVED;
		result = pipe ? transport_splice_out(transport, pipe, &sent)
					  : transport_write(transport, iov, count, &sent);
		if (result == TRANSPORT_AGAIN)
			return FRAMER_BLOCKED;
		if (result != TRANSPORT_OK)
			return FRAMER_BROKEN;
		advance(framer, sent);
	}
	return FRAMER_BLOCKED;
}
