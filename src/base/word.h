/* word: eight bytes looked at in one go. What is found of a byte is its top bit. */
#ifndef BASE_WORD_H
#define BASE_WORD_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

enum { WORD_BYTES = sizeof(uint64_t) };

/* The byte eight times. */
#define WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define WORD_TOP_BITS   WORD_EACH(0x80)

/* The first byte's bits are the lowest. */
static inline uint64_t word_load(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof word);
	return le64toh(word);
}

#endif
