/* What a terminal makes of a code point. For text.c only. */
#ifndef BASE_UNICODE_H
#define BASE_UNICODE_H

#include <stdint.h>

enum cp_class {
	CP_NARROW,
	CP_HIDDEN, /* invisible, controlling, or not a character: must be spelt out */
	CP_ZERO,   /* combines with what stands before */
	CP_WIDE,   /* two columns */
};

enum cp_class cp_class(uint32_t cp);

#endif
