/* address: where a socket is, as the system takes it and as people read it. */
#ifndef IO_ADDRESS_H
#define IO_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { ADDRESS_TEXT_MAX = 64 };

struct address {
	struct sockaddr_storage bytes;
	socklen_t n;
};

/* Of IPv4 and IPv6; 0 for others. */
uint16_t address_port(const struct address *address);

/* Turns an IPv4 client's address, as a socket that takes both families has it, into an IPv4 one. */
void address_unmap(struct address *address);

/* ADDR:PORT in numbers, an IPv6 ADDR in brackets; "" for other families. */
void address_write(const struct address *address, char ret_text[ADDRESS_TEXT_MAX]);

#endif
