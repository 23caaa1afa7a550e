# gcc's coverage; -O0, so that a branch in the source is a branch in the counts.
set(CMAKE_C_COMPILER gcc CACHE STRING "")
set(CMAKE_BUILD_TYPE Debug CACHE STRING "")
set(CMAKE_C_FLAGS "-O0 -g --coverage -fprofile-update=atomic" CACHE STRING "")
set(MLP_TESTS ON CACHE BOOL "")
