/* bad_configs: texts that are no configuration, and what is to be said of them, whoever reads them.
 */
#ifndef RIG_BAD_CONFIGS_H
#define RIG_BAD_CONFIGS_H

struct bad_config {
	const char *text;
	const char *path;
	const char *says; /* the fault's text begins with this */
};

extern const struct bad_config bad_configs[];
extern const int bad_config_count;

#endif
