# What people run.
set(CMAKE_BUILD_TYPE Release CACHE STRING "")
set(CMAKE_C_FLAGS_RELEASE "-O2" CACHE STRING "") # assertions stay
# Programs are optimized as a whole when they are linked; objects can also be linked without that,
# as those of the tests are.
set(CMAKE_C_FLAGS "-g -flto=auto -ffat-lto-objects -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2"
	CACHE STRING "")
set(CMAKE_EXE_LINKER_FLAGS "-pie -Wl,-z,relro,-z,now" CACHE STRING "")
