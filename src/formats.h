/* The one list of formats; only main.c, src/formats.c and tests see it. */
#ifndef FORMATS_H
#define FORMATS_H

#include "core/format.h"

/* Ends with NULL. */
extern const struct format *const formats[];

#endif
