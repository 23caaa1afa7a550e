# AddressSanitizer with LeakSanitizer, and UndefinedBehaviorSanitizer.
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_C_FLAGS
	"-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
	CACHE STRING "")
set(MLP_TESTS ON CACHE BOOL "")
set(MLP_REUSE OFF CACHE BOOL "")
