#include <signal.h>
#include <stdlib.h>

#include "rig/starve.h"
#include "rig/suite.h"
#include "rig/wire.h"

int main(void)
{
	SRunner *runner;
	int failed;

	(void)signal(SIGPIPE, SIG_IGN); /* as mlproxy does; splice() knows no MSG_NOSIGNAL */
	/* Check's own 4 s would end a test before RIG_UNTIL says what it has waited for in vain. */
	(void)setenv("CK_DEFAULT_TIMEOUT", "60", 0);
	runner = srunner_create(test_suite());
	wire_begin();
	starve_begin();
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	wire_end();
	return failed || !starve_end() ? EXIT_FAILURE : EXIT_SUCCESS;
}
