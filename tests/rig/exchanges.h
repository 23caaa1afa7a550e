/* exchanges: a file of a capture with what a test says was asked and answered. */
#ifndef RIG_EXCHANGES_H
#define RIG_EXCHANGES_H

#include "wire/har.h"

struct exchange_row {
	const char *entries; /* what it asks for; NULL: its body is not in the capture */
	const char *text;    /* of the payload */
	int status;          /* 0: there was no answer */
	const char *answer;
	int64_t started_ms;  /* since some moment */
	const char *backend; /* NULL: it is a client's */
};

struct exchanges {
	char path[32];
};

/* Writes the file, the rows numbered from 1. Each took 40 ms. */
void exchanges_init(struct exchanges *exchanges, const struct exchange_row *rows, size_t count);

/* Removes it. */
void exchanges_deinit(struct exchanges *exchanges);

/* The body of a request with those. */
struct buf exchanges_body(const char *entries, const char *text);

#endif
