# What people run.
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
set(CMAKE_C_FLAGS_RELEASE "-O2" CACHE STRING "") # assertions stay
set(CMAKE_C_FLAGS "-g -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2" CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS "-pie -Wl,-z,relro,-z,now" CACHE STRING "")
