/* pages: the files of static/, embedded when mlproxy is built (see CMakeLists.txt). */
#ifndef PROXY_PAGES_H
#define PROXY_PAGES_H

#include "base/span.h"

extern const struct span page_index;

#endif
