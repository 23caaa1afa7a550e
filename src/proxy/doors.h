/* doors: where mlproxy listens: the addresses that it was started with, and access.adminListen.
 *
 *     doors_prepare()  a new adminListen is open
 *     doors_commit()   the one before is closed      or doors_abandon(): the new one is
 *
 * A connection has the number of the door by which it came, DOORS_MAIN or that of one adminListen;
 * shared->admin_door is the one in force. What may be asked for is decided at each request (see
 * guard), so that a connection kept from before a change can ask for nothing that a new one could
 * not.
 */
#ifndef PROXY_DOORS_H
#define PROXY_DOORS_H

#include "proxy/crew.h"
#include "wire/hostport.h"

enum { DOORS_MAIN = 0 };

struct doors;

/* What is accepted goes to the crew, which is there until doors_close(). All in worker 0's thread.
 */
struct doors *doors_new(struct crew *crew) __attribute__((warn_unused_result));
void doors_free(struct doors *doors); /* takes NULL */

/* One more main door, which stays. -1 as listener_open(). */
int doors_open(struct doors *doors, const struct host_port *address, struct err *err)
	__attribute__((warn_unused_result));

/* For a change to this configuration (NULL: none), which is either committed or abandoned before
 * the next. Whoever comes by a new adminListen before it is committed finds nothing there. -1 as
 * listener_open(), with nothing changed. */
int doors_prepare(struct doors *doors, const struct config *config, struct err *err)
	__attribute__((warn_unused_result));
void doors_commit(struct doors *doors);
void doors_abandon(struct doors *doors);

/* To be called LISTENER_STOP_MS before doors_close(), which takes whoever has connected by then:
 * see listener_stop(). Then none is opened any more; a change that was prepared may still be
 * committed or abandoned. */
void doors_stop(struct doors *doors);
void doors_close(struct doors *doors);

#endif
