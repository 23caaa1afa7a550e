/* config_access: the part of the configuration that says who may use the admin paths. */
#ifndef DOMAIN_CONFIG_ACCESS_H
#define DOMAIN_CONFIG_ACCESS_H

#include "domain/config_object.h"

enum { CONFIG_ACCESS_FIELDS = 3 };

/* The keys of the object access, into a struct config_access. */
extern const struct config_field config_access_fields[CONFIG_ACCESS_FIELDS];

#endif
