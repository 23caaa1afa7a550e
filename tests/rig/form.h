/* form: multipart bodies, and the requests that carry them, as clients write them. */
#ifndef RIG_FORM_H
#define RIG_FORM_H

#include "base/buf.h"

#define FORM_BOUNDARY "----formdata-undici-037482208776"
#define FORM_TYPE     "content-type: multipart/form-data; boundary=" FORM_BOUNDARY "\r\n"

/* Heads of the parts that Immich sends. */
#define FORM_ENTRIES "Content-Disposition: form-data; name=\"entries\""
#define FORM_TEXT    "Content-Disposition: form-data; name=\"text\""
#define FORM_IMAGE                                                          \
	"Content-Disposition: form-data; name=\"image\"; filename=\"blob\"\r\n" \
	"Content-Type: application/octet-stream"

void form_part(struct buf *body, const char *head, struct span content);
void form_end(struct buf *body);

/* Entries and a payload; freed with buf_deinit(), as all that is returned here. */
struct buf form_body(const char *entries, const char *payload_head, struct span payload);

/* n bytes, none of which looks like another at a distance that code would mix up. */
struct buf form_photo(size_t n);

/* POST target with Host, these lines and the body, by length. */
struct buf form_request(const char *target, const char *lines, struct span body);

/* The same, chunked, in pieces of that size. */
struct buf form_request_chunked(
	const char *target, const char *lines, struct span body, size_t piece_n);

/* POST /predict of a form: FORM_TYPE, entries, text. */
struct buf form_predict(const char *entries, const char *text);

#endif
