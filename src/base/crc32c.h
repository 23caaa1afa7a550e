/* crc32c: the checksum of RFC 3720, appendix B.4 (Castagnoli), which machines have an instruction
 * for: it finds what a disk or a copy has changed, not what somebody has changed on purpose. */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include "base/span.h"

/* Of bytes that follow those whose checksum is `crc`; 0 before the first ones. */
uint32_t crc32c(uint32_t crc, struct span bytes);

#endif
