/* wire: how the proxy under test and its fake backends are connected; RIG_WIRE says it, so that
 * every test can be run on each:
 *
 *     lean   plain sockets
 *     curl   plain http by way of io/tls, to tell libcurl's part from TLS's
 *     tls    https, with a certificate that the rig has made up
 */
#ifndef RIG_WIRE_H
#define RIG_WIRE_H

#include <openssl/ssl.h>

enum wire { WIRE_LEAN, WIRE_CURL, WIRE_TLS };

/* Once a process, before the tests; wire_end() when they are over. */
void wire_begin(void);
void wire_end(void);

enum wire wire_used(void);

/* With WIRE_TLS: what backends present, good for 127.0.0.1, ::1, localhost, one.test and two.test,
 * and the path of who has signed it. */
SSL_CTX *wire_context(void);
const char *wire_ca_file(void);

#endif
