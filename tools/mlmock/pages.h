/* pages: what the service's framework serves besides, as the bytes it sends. */
#ifndef MLMOCK_PAGES_H
#define MLMOCK_PAGES_H

extern const char pages_docs[];
extern const char pages_openapi[];

#endif
