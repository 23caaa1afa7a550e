/* record_json: a record as the debug API tells it: one JSON object, made in pieces, since a body
 * may be long.
 *
 *     {"id":7,"timestamp":…,"type":"incoming","request":{…,"body":… piece … piece …},
 *      "response":{…,"body":… piece …},"error":null}
 *
 * A body that is UTF-8 is its text, any other is base64; "bodyEncoding" says which.
 */
#ifndef PROXY_RECORD_JSON_H
#define PROXY_RECORD_JSON_H

#include "proxy/record_body.h"
#include "proxy/records.h"

enum { RECORD_JSON_BLOCK = 49152 }; /* bytes of a body at a time: a multiple of 3 */

struct record_json {
	const struct records_item *item;
	bool has_bodies; /* else they are null */
	/* private */
	int step;
	struct record_body body; /* that is being written */
	bool is_text;
	size_t carried; /* bytes of a character that the block did not hold all of */
	char block[RECORD_JSON_BLOCK];
};

/* The item outlives it; its record is settled. */
void record_json_begin(struct record_json *json, const struct records_item *item, bool has_bodies);

/* Adds a piece. False when that was the last one. */
bool record_json_next(struct record_json *json, struct buf *out);

#endif
