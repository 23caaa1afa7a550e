/* configs: configurations as tests write them. */
#ifndef RIG_CONFIGS_H
#define RIG_CONFIGS_H

#include "base/buf.h"
#include "domain/config.h"

#define COUNT_OF(array) (int)(sizeof(array) / sizeof *(array))

/* A file with b1 (http://one), b2 and b3, b1 the default, and whatever else. */
#define CONFIGS_WITH(more)                                                                    \
	"{\"backends\":[{\"name\":\"b1\",\"url\":\"http://one\"},"                                \
	"{\"name\":\"b2\",\"url\":\"http://two:2\"},{\"name\":\"b3\",\"url\":\"http://three\"}]," \
	"\"defaultBackend\":\"b1\"," more "}"

/* A file whose one backend is as written. */
#define CONFIGS_BACKENDS(list) "{\"defaultBackend\":\"b1\",\"backends\":" list "}"
#define CONFIGS_URL(url)       CONFIGS_BACKENDS("[{\"name\":\"b1\",\"url\":" url "}]")

#define CONFIGS_TASKS(members)  CONFIGS_WITH("\"taskRouting\":{" members "}")
#define CONFIGS_LIMITS(members) CONFIGS_WITH("\"limits\":{" members "}")
#define CONFIGS_TIMES(members)  CONFIGS_WITH("\"timeouts\":{" members "}")

/* Fails the running test when it does not parse. */
struct config *configs_parse(struct span text);

/* The same for a file under fixtures/config/. */
struct config *configs_parse_fixture(const char *name);

/* Fails the running test unless the fault has that path and a text that begins so. */
void configs_check_fault(struct span text, const char *path, const char *says);
void configs_check_fixture_fault(const char *name, const char *path, const char *says);

#endif
