#include "io/address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

uint16_t address_port(const struct address *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	switch (address->bytes.ss_family) {
	case AF_INET: memcpy(&v4, &address->bytes, sizeof v4); return ntohs(v4.sin_port);
	case AF_INET6: memcpy(&v6, &address->bytes, sizeof v6); return ntohs(v6.sin6_port);
	default: return 0;
	}
}

void address_unmap(struct address *address)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6;

	if (address->bytes.ss_family != AF_INET6)
		return;
	memcpy(&v6, &address->bytes, sizeof v6);
	if (!IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
		return;
	v4.sin_port = v6.sin6_port;
	memcpy(&v4.sin_addr, &v6.sin6_addr.s6_addr[12], sizeof v4.sin_addr);
	memcpy(&address->bytes, &v4, sizeof v4);
	address->n = sizeof v4;
}

void address_write(const struct address *address, char ret_text[ADDRESS_TEXT_MAX])
{
	bool is_v6 = address->bytes.ss_family == AF_INET6;
	char host[NI_MAXHOST];

	ret_text[0] = '\0';
	if ((is_v6 || address->bytes.ss_family == AF_INET) &&
		getnameinfo((const struct sockaddr *)&address->bytes, address->n, host, sizeof host, NULL,
			0, NI_NUMERICHOST) == 0)
		(void)snprintf(ret_text, ADDRESS_TEXT_MAX, is_v6 ? "[%.46s]:%u" : "%.46s:%u", host,
			address_port(address));
}
