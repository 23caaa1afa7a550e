/* har: a request and its answer as one line of a capture: an entry of HAR 1.2, with members of our
 * own whose names begin with '_'.
 *
 *     struct har_entry
 *         ── har_write() ──→ {"_seq":7,…,"_crc32c":"9a3f01c2"}
 *         ── har_read() ───→ the same
 *
 * A body may be some megabytes of pictures that several requests share, so that a request has a
 * recipe instead: literal bytes and blobs, which lie elsewhere under their SHA-256, one behind the
 * other. What others write (browsers, mitmproxy, Playwright) is read, too.
 *
 * Bytes come back as they were, whatever they are. A text that is not UTF-8 is written with a
 * character U+0000 to U+00FF for each byte, and the object that has it lists its key in `_latin1`:
 * {"name":"x-city","value":"M\u00fcnchen","_latin1":["value"]}. An answer's body that is no text
 * has `encoding` base64, a literal of a recipe is `base64` instead of `text`. A target that is no
 * URL by RFC 3986 stands in `_url` as it was, and in `url` with escapes.
 */
#ifndef WIRE_HAR_H
#define WIRE_HAR_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum {
	HAR_LINE_MAX = 67108864,   /* bytes of a line */
	HAR_ANSWER_MAX = 16777216, /* bytes of an answer's body in its line; a longer one is a blob */
	HAR_FIELDS_MAX = 1024,     /* fields of one head */
	HAR_PARTS_MAX = 1024,
	HAR_PIECES_MAX = 2 * HAR_PARTS_MAX + 1,
	HAR_SHA256_DIGITS = 64,  /* lower case, as all hashes here are written */
	HAR_MS_MAX = 1000000000, /* of a time */
};

/* Whose request it is: what a client sent us, or what we sent to a backend on behalf of that. */
enum har_side { HAR_CLIENT, HAR_BACKEND, HAR_SIDES };

/* What was seen where an answer should have been, or in the midst of one. */
enum har_fault {
	HAR_FAULT_NONE,
	HAR_FAULT_REFUSED,   /* no connection */
	HAR_FAULT_RESET,     /* the connection ended in the midst of an answer, or without one */
	HAR_FAULT_STALLED,   /* nothing came in time */
	HAR_FAULT_TRUNCATED, /* less came than the answer's head had promised */
	HAR_FAULT_INVALID,   /* what came is no answer */
	HAR_FAULT_LEFT,      /* who had asked did not wait for it, the client or the proxy */
	HAR_FAULTS,
};

struct har_field {
	struct span name;
	struct span value;
};

/* A run of a request's body. */
struct har_piece {
	struct span literal; /* the bytes; unless it is a blob */
	struct span sha256;  /* of a blob; empty: it is a literal */
	uint64_t length;
};

/* A part of a multipart body: where its content lies in it. */
struct har_part {
	struct span name;
	bool has_file_name;
	struct span file_name;
	struct span content_type; /* empty: none */
	uint64_t offset;
	uint64_t length;
	struct span sha256; /* empty: not known, as where the body came from elsewhere */
};

/* Nanoseconds; -1: not known, which send, wait and receive are never where we have measured. */
struct har_times {
	int64_t blocked_ns;
	int64_t dns_ns;
	int64_t connect_ns;
	int64_t send_ns;
	int64_t wait_ns;
	int64_t receive_ns;
};

struct har_request {
	struct span method;
	struct span url; /* absolute */
	struct span http_version;
	struct har_field *fields;
	size_t field_count;
	uint64_t body_length; /* of the body that the pieces make */
	struct span sha256;   /* of all of it; empty: not known */
	struct har_piece *pieces;
	size_t piece_count;
	struct har_part *parts; /* of multipart/form-data, else none */
	size_t part_count;
	/* The body is not in the capture, or not byte for byte, so that the pieces make something else,
	 * if anything; why, for people. NULL: it is. */
	const char *lacks_body;
};

/* Of an answer without a status there may be a head and the front of a body nevertheless. */
struct har_answer {
	int status; /* 0: none, or none that was whole */
	struct span reason;
	struct span http_version;
	struct har_field *fields;
	size_t field_count;
	struct span mime_type; /* empty: none */
	/* As it came, content codings and all, where it is not a blob. Others undo the codings: what is
	 * read of them has no Content-Encoding. */
	struct span body;
	struct span sha256;     /* of a blob, which the body is; else empty */
	uint64_t body_length;   /* bytes that came */
	const char *lacks_body; /* as of the request */
};

struct har_entry {
	uint64_t seq;       /* in the capture, from 1; 0: it is in none of ours */
	int64_t started_us; /* since 1970 */
	enum har_side side;
	struct span id;    /* of the exchange, as in the log (X-Request-Id) */
	uint64_t exchange; /* seq of the client's entry that belongs to it, which may be this one */
	/* Of a backend's entry, else empty and 0. */
	struct span backend; /* its name */
	struct span route;   /* the rule that led there, as written in the configuration */
	struct span reason;  /* what kind of rule it is, as in the log */
	unsigned attempt;    /* from 1 in each group of the split */
	struct har_request request;
	struct har_answer answer;
	struct har_times times;
	struct span error; /* for people; empty: nothing went wrong */
	enum har_fault fault;
	uint64_t fault_at;  /* bytes of the answer, head and body, that had come by then */
	bool is_unplayable; /* something was taken out of it, so that the answer can be another one */
};

extern const char *const har_side_words[HAR_SIDES];   /* "client", "backend" */
extern const char *const har_fault_words[HAR_FAULTS]; /* "refused", …; "" for none */

/* Adds the entry as one line, without a line end, which is a valid entry by har-schema 2.0 and has
 * a checksum of its own as its last member. */
void har_write(const struct har_entry *entry, struct buf *out);

/* The same for who has no blobs beside it (mitmproxy, HTTP Toolkit): with the request's body as
 * `postData.text`, a character U+0000 to U+00FF for each byte, and in base64 as `_content`. `body`
 * are its bytes. */
void har_write_embedded(const struct har_entry *entry, struct span body, struct buf *out);

/* The same for who has the bodies in files beside it (Playwright): of those with a name, the files'
 * names, and nothing else. */
void har_write_beside(const struct har_entry *entry, struct span request_file,
	struct span answer_file, struct buf *out);

/* Reads an entry, which has passed json_check as an object and lives as long as *ret_entry, as does
 * the arena. One with a number must have a checksum, and any checksum must fit. -1 (ERR_INVALID)
 * with the member's path and what is wrong; a member that only others leave out or null is nothing
 * wrong. Of a body in which others put it the parts are found, if it is a form. */
int har_read(struct span line, struct arena *arena, struct har_entry *ret_entry, struct err *err)
	__attribute__((warn_unused_result));

/* How entries are read that others have put somewhere. */
struct har_import {
	/* Adds all of a file that an entry names: 1. 0 when there is none of that name, 2 when it is
	 * longer than `max` bytes, and nothing is added; -1 (ERR_INVALID). NULL: there are no files. */
	int (*read_file)(void *ctx, struct span name, uint64_t max, struct buf *out, struct err *err);
	void *ctx;
	bool takes_lossy; /* of others also bodies that are likely not what was sent */
};

/* The same. A body that is in a file of its own is all in the arena. */
int har_read_import(struct span line, const struct har_import *import, struct arena *arena,
	struct har_entry *ret_entry, struct err *err) __attribute__((warn_unused_result));

#endif
