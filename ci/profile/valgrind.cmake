# gcc's build for valgrind, in which memory that was given back is not used again.
include(${CMAKE_CURRENT_LIST_DIR}/gcc.cmake)
set(MLP_REUSE OFF CACHE BOOL "")
