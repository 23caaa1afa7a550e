/* api_records: the records in memory, to be read. What is asked for is never made as a whole: of a
 * list one record after the other, of a record one piece after the other.
 *
 *     GET /api/debug/records?limit=&after=&bodies=none   an array, oldest first
 *     GET /api/debug/records.har?limit=&after=           the same as HAR, with embedded bodies
 *     GET /api/debug/records/ID
 *     GET /api/debug/records/ID/parts/N                  the bytes of a part of its request
 */
#ifndef PROXY_API_RECORDS_H
#define PROXY_API_RECORDS_H

#include "proxy/exchange.h"

extern const struct exchange_handler api_records_handler;
extern const struct exchange_handler api_records_har_handler;
extern const struct exchange_handler api_record_handler;
extern const struct exchange_handler api_record_part_handler;

#endif
