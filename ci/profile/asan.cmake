# clang with all warnings as errors, AddressSanitizer with LeakSanitizer, and
# UndefinedBehaviorSanitizer; the build that clang-tidy reads.
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_C_FLAGS
	"-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -Wthread-safety -Wunreachable-code-aggressive -Wcomma -Wassign-enum -Wloop-analysis -Wshift-sign-overflow -Wcovered-switch-default -Wmissing-variable-declarations -Wtautological-compare -Wgcc-compat"
	CACHE STRING "")
set(MLP_STRICT ON CACHE BOOL "")
set(MLP_TESTS ON CACHE BOOL "")
set(MLP_REUSE OFF CACHE BOOL "")
