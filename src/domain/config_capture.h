/* config_capture: the part of the configuration that says what is recorded to disk. */
#ifndef DOMAIN_CONFIG_CAPTURE_H
#define DOMAIN_CONFIG_CAPTURE_H

#include "domain/config_object.h"

enum { CONFIG_CAPTURE_FIELDS = 8 };

/* The keys of the object capture, into a struct capture_config. */
extern const struct config_field config_capture_fields[CONFIG_CAPTURE_FIELDS];

#endif
