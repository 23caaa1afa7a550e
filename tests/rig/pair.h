/* pair: the two ends of a TCP connection over loopback: unlike a socketpair() they know RST and
 * half-closing. */
#ifndef RIG_PAIR_H
#define RIG_PAIR_H

/* The first is non-blocking, the second is not. */
void pair_tcp(int ret_fds[2]);

/* Both are non-blocking; the first has connected to the second so, too. */
void pair_connecting(int ret_fds[2]);

#endif
