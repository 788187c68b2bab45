/* Decodes all there is in a model, as every pane and command together would, and complains about
 * what must hold of any input: each byte of a node in exactly one leaf, text clean, JSON closed.
 * For the damage driver and the fuzz targets. */
#ifndef TOOLS_DECODE_H
#define TOOLS_DECODE_H

#include "core/model.h"

typedef void (*complain_fn)(void *arg, const char *why);

/* `only`: names the one item to walk in depth; of the others just the summary. NULL: all. */
void decode_model(struct model *m, const char *only, complain_fn complain, void *arg);
/* No control characters, valid UTF-8, nothing that turns or hides text. */
bool decode_printable(const char *s);

/* For fuzz targets: writes `data` to a file of that name in a folder of its own, opens it, decodes
 * it, and aborts on a complaint. `head`: bytes put in front. */
void decode_bytes(const char *name, const void *head, size_t head_len, const uint8_t *data,
		  size_t size);
/* The same as an image of that kind, behind its magic words. */
void decode_kind(const char *kind, const uint8_t *data, size_t size);

#endif
