#include "rig/wire.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "io/tls.h"
#include "rig/secure.h"

static enum wire used;
static struct certificate authority;
static struct certificate backend;
static SSL_CTX *context;

static enum wire read_wire(void)
{
	static const char *const names[] = {"lean", "curl", "tls"};
	const char *name = getenv("RIG_WIRE");

	for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return (enum wire)i;
	return WIRE_LEAN;
}

void wire_begin(void)
{
	used = read_wire();
	if (used != WIRE_TLS)
		return;
	certificate_init(&authority, &(struct certificate_options){0});
	certificate_init(
		&backend, &(struct certificate_options){
					  .names = "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:one.test,DNS:two.test",
					  .issuer = &authority});
	context = secure_context(&backend);
}

void wire_end(void)
{
	if (used == WIRE_TLS) {
		SSL_CTX_free(context);
		certificate_deinit(&backend);
		certificate_deinit(&authority);
	}
}

enum wire wire_used(void)
{
	return used;
}

SSL_CTX *wire_context(void)
{
	return context;
}

const char *wire_ca_file(void)
{
	return authority.path;
}
