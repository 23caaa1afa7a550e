/* Each library has a stream that takes some bytes, gives some, and says when it has come to its
 * end; what is different of each lies in a row of a table. Bytes behind the end are nobody's, and
 * make the body a broken one, but for gzip, of which several may stand behind one another
 * (RFC 1952, section 2.2). */
#include "mlreplay/coding.h"

#define ZLIB_CONST
#include <brotli/decode.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"

enum {
	STEP_BYTES = 65536,
	ZSTD_WINDOW_LOG = 23, /* 8 MiB, the most that HTTP allows (RFC 9659) */
};

enum step { STEP_MORE, STEP_END, STEP_BROKEN };

/* What is being unpacked: `in` is used up at its front, and `out` has room for STEP_BYTES. */
struct unpacking {
	struct span in;
	struct buf *out;
	z_stream zlib;
	BrotliDecoderState *brotli;
	ZSTD_DStream *zstd;
};

struct coding {
	const char *name;
	bool (*begin)(struct unpacking *unpacking); /* false: it does not begin like one */
	enum step (*step)(struct unpacking *unpacking);
	void (*end)(struct unpacking *unpacking);
};

/* -- gzip and deflate ------------------------------------------------------------------------ */

static void *zlib_new(void *ctx, unsigned n, unsigned size)
{
	(void)ctx;
	return mem_new(n, size);
}

static void zlib_free(void *ctx, void *p)
{
	(void)ctx;
	mem_free(p);
}

static bool begin_zlib(struct unpacking *unpacking, int window_bits)
{
	unpacking->zlib = (z_stream){.zalloc = zlib_new, .zfree = zlib_free};
	return inflateInit2(&unpacking->zlib, window_bits) == Z_OK;
}

static bool begin_gzip(struct unpacking *unpacking)
{
	return begin_zlib(unpacking, 16 + MAX_WBITS);
}

/* "deflate" is zlib's format, but some servers send what is within it (RFC 9110, 8.4.1.2). The
 * first two bytes of that format are a multiple of 31, and say method 8. */
static bool begin_deflate(struct unpacking *unpacking)
{
	const unsigned char *head = (const unsigned char *)unpacking->in.p;
	bool has_head =
		unpacking->in.n >= 2 && (head[0] & 15) == 8 && (head[0] << 8 | head[1]) % 31 == 0;

	return begin_zlib(unpacking, has_head ? MAX_WBITS : -MAX_WBITS);
}

static enum step step_zlib(struct unpacking *unpacking)
{
	z_stream *zlib = &unpacking->zlib;
	struct span in = span_first(unpacking->in, UINT32_MAX);
	int result;

	zlib->next_in = (const Bytef *)in.p;
	zlib->avail_in = (uInt)in.n;
	zlib->next_out = (Bytef *)unpacking->out->bytes + unpacking->out->n;
	zlib->avail_out = STEP_BYTES;
	result = inflate(zlib, Z_NO_FLUSH);
	unpacking->in = span_skip(unpacking->in, in.n - zlib->avail_in);
	unpacking->out->n += STEP_BYTES - zlib->avail_out;
	if (result == Z_STREAM_END)
		return STEP_END;
	return result == Z_OK ? STEP_MORE : STEP_BROKEN;
}

static enum step step_gzip(struct unpacking *unpacking)
{
	enum step step = step_zlib(unpacking);

	if (step == STEP_END && unpacking->in.n)
		return inflateReset(&unpacking->zlib) == Z_OK ? STEP_MORE : STEP_BROKEN;
	return step;
}

static void end_zlib(struct unpacking *unpacking)
{
	(void)inflateEnd(&unpacking->zlib);
}

/* -- br -------------------------------------------------------------------------------------- */

static void *brotli_new(void *ctx, size_t n)
{
	(void)ctx;
	return mem_new(n, 1);
}

static bool begin_brotli(struct unpacking *unpacking)
{
	unpacking->brotli = BrotliDecoderCreateInstance(brotli_new, zlib_free, NULL);
	return unpacking->brotli;
}

static enum step step_brotli(struct unpacking *unpacking)
{
	const uint8_t *in = (const uint8_t *)unpacking->in.p;
	size_t in_n = unpacking->in.n;
	uint8_t *out = (uint8_t *)unpacking->out->bytes + unpacking->out->n;
	size_t room = STEP_BYTES;
	BrotliDecoderResult result =
		BrotliDecoderDecompressStream(unpacking->brotli, &in_n, &in, &room, &out, NULL);

	unpacking->in = span_skip(unpacking->in, unpacking->in.n - in_n);
	unpacking->out->n += STEP_BYTES - room;
	if (result == BROTLI_DECODER_RESULT_SUCCESS)
		return STEP_END;
	return result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT ? STEP_MORE : STEP_BROKEN;
}

static void end_brotli(struct unpacking *unpacking)
{
	BrotliDecoderDestroyInstance(unpacking->brotli);
}

/* -- zstd ------------------------------------------------------------------------------------ */

static bool begin_zstd(struct unpacking *unpacking)
{
	unpacking->zstd = ZSTD_createDStream();
	if (!unpacking->zstd)
		abort(); /* as base/mem does; there is no telling it whose memory to take */
	return !ZSTD_isError(
		ZSTD_DCtx_setParameter(unpacking->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
}

static enum step step_zstd(struct unpacking *unpacking)
{
	ZSTD_inBuffer in = {unpacking->in.p, unpacking->in.n, 0};
	ZSTD_outBuffer out = {unpacking->out->bytes + unpacking->out->n, STEP_BYTES, 0};
	size_t left = ZSTD_decompressStream(unpacking->zstd, &out, &in);

	unpacking->in = span_skip(unpacking->in, in.pos);
	unpacking->out->n += out.pos;
	if (ZSTD_isError(left) || (left && !in.pos && !out.pos))
		return STEP_BROKEN;
	return left ? STEP_MORE : STEP_END;
}

static void end_zstd(struct unpacking *unpacking)
{
	(void)ZSTD_freeDStream(unpacking->zstd);
}

/* -- all of them ----------------------------------------------------------------------------- */

static const struct coding codings_known[] = {
	{"gzip", begin_gzip, step_gzip, end_zlib},
	{"x-gzip", begin_gzip, step_gzip, end_zlib},
	{"deflate", begin_deflate, step_zlib, end_zlib},
	{"br", begin_brotli, step_brotli, end_brotli},
	{"zstd", begin_zstd, step_zstd, end_zstd},
};

static const struct coding *find(struct span name)
{
	for (size_t i = 0; i < sizeof codings_known / sizeof *codings_known; i++)
		if (span_equal_nocase(name, span_of(codings_known[i].name)))
			return &codings_known[i];
	return NULL;
}

static int undo_one(
	const struct coding *coding, struct span packed, size_t max, struct buf *out, struct err *err)
{
	struct unpacking unpacking = {.in = packed, .out = out};
	enum step step = coding->begin(&unpacking) ? STEP_MORE : STEP_BROKEN;

	while (step == STEP_MORE && out->n <= max) {
		(void)buf_reserve(out, STEP_BYTES);
		step = coding->step(&unpacking);
	}
	coding->end(&unpacking);
	if (out->n > max)
		return err_set(err, ERR_UPSTREAM, "the answer has more than %zu bytes", max);
	if (step == STEP_BROKEN || unpacking.in.n)
		return err_set(err, ERR_UPSTREAM, "the answer is no %s, or cut off", coding->name);
	return 0;
}

/* Their names, without identity, which is none. -1 when there are too many. */
static int list(struct span codings, struct span ret_names[CODING_MAX])
{
	int count = 0;

	while (codings.n) {
		struct span name = span_trim(span_cut(&codings, ','));

		if (!name.n || span_equal_nocase(name, SPAN_LITERAL("identity")))
			continue;
		if (count == CODING_MAX)
			return -1;
		ret_names[count++] = name;
	}
	return count;
}

static void replace(struct buf *body, struct buf *by)
{
	struct buf was = *body;

	*body = *by;
	*by = was;
}

int coding_undo(struct span codings, size_t max, struct buf *body, struct err *err)
{
	struct span names[CODING_MAX];
	int count = list(codings, names);
	BUF_AUTO struct buf unpacked = {0};
	struct span packed = buf_span(body);

	if (count < 0)
		return err_set(err, ERR_UPSTREAM, "the answer has more than %d codings", CODING_MAX);
	for (int i = count - 1; i >= 0; i--) {
		const struct coding *coding = find(names[i]);
		BUF_AUTO struct buf next = {0};

		if (!coding)
			return err_set(err, ERR_UPSTREAM, "the answer has an unknown coding, %.*s",
				SPAN_ARG(span_first(names[i], 40)));
		if (undo_one(coding, packed, max, &next, err) < 0)
			return -1;
		replace(&unpacked, &next);
		packed = buf_span(&unpacked);
	}
	if (count)
		replace(body, &unpacked);
	return 0;
}
