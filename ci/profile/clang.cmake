# clang with all warnings as errors.
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_C_FLAGS "-O1 -g -Wthread-safety" CACHE STRING "")
set(MLP_STRICT ON CACHE BOOL "")
set(MLP_TESTS ON CACHE BOOL "")
