/* err: why something failed, in a word for machines and a sentence for people.
 *
 * A function that can fail returns 0 or a positive condition when it succeeds, and -1 after
 * err_set(). The kind says who is at fault and therefore which HTTP status answers it (one table,
 * wire/status.c); the text names the fault and, where a limit was met, the limit.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_kind {
	ERR_NONE,
	ERR_SYNTAX,          /* the client's bytes break the protocol */
	ERR_INVALID,         /* well-formed, but says something that cannot be done */
	ERR_TOO_LARGE,       /* the body, or a part of it */
	ERR_TARGET_TOO_LONG, /* the request target */
	ERR_HEAD_TOO_LARGE,  /* the head: bytes or number of lines */
	ERR_UNSUPPORTED,     /* a method or a transfer coding nobody here knows */
	ERR_VERSION,         /* an HTTP version other than 1.0 and 1.1 */
	ERR_SLOW_CLIENT,     /* the client did not send in time */
	ERR_UPSTREAM,        /* a backend broke off or broke the protocol */
	ERR_TIMEOUT,         /* a backend did not answer in time */
	ERR_BUSY,            /* a limit is reached, or there is no configuration */
	ERR_INTERNAL,        /* our own fault, or the machine's */
};

enum { ERR_TEXT_MAX = 240 };

struct err {
	enum err_kind kind;
	char text[ERR_TEXT_MAX];
};

/* Fills err. Text that does not fit is cut. Control characters in the outcome become '?', because
 * texts carry bytes from the wire. */
void err_fill(struct err *err, enum err_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Fills err and is -1, so that a parser can `return err_set(...)`. A macro, because compilers and
 * analyzers must see the -1 to know what is set after success. */
#define err_set(...) (err_fill(__VA_ARGS__), -1)

#endif
