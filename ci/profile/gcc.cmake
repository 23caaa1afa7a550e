# gcc with all warnings as errors; the build that valgrind runs.
set(CMAKE_C_COMPILER gcc CACHE STRING "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_C_FLAGS "-Og -g" CACHE STRING "")
set(MLP_STRICT ON CACHE BOOL "")
set(MLP_TESTS ON CACHE BOOL "")
