# gcc with all warnings as errors; the build that valgrind runs. -O2, since gcc sees uninitialized
# and null values only then.
set(CMAKE_C_COMPILER gcc CACHE STRING "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_C_FLAGS
	"-O2 -g -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wjump-misses-init -Walloca -Wtrampolines -Wstrict-overflow=2 -Warray-bounds=2 -Wstringop-overflow=4"
	CACHE STRING "")
set(MLP_STRICT ON CACHE BOOL "")
set(MLP_TESTS ON CACHE BOOL "")
