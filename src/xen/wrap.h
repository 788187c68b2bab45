/* Between the files that make layers: headers, what is around a stream, and rules over records. */
#ifndef XEN_WRAP_H
#define XEN_WRAP_H

#include "xen/xen.h"

#define LIBXL_HEADER 16u
#define LIBXC_HEADER 40u /* of the image, then of the domain */

/* Frames of xapi that code needs by number. */
enum xapi_type {
	XAPI_XENOPS = 0xf,
	XAPI_LIBXC = 0xf0,
	XAPI_LIBXL = 0xf1,
	XAPI_LIBXC_LEGACY = 0xf2,
	XAPI_END = 0xffff,
};

/* wrap.c: fields of a layer's header; never NULL. */
struct field *wrap_fields(struct layer *layer, struct arena *a);
const char *wrap_summary(struct layer *layer, struct arena *a);

/* stream.c: true of the row behind the stream's end, which is no record. */
bool xrec_is_trailing(const struct record *r);
/* What follows the body up to the next record; length 0: nothing. */
struct span xrec_padding(const struct record *r);
/* model->part. */
bool xen_part(struct model *m, uint64_t offset, struct node *out, struct span *span);

/* check.c: item_ops.check of a layer. */
void xen_check_layer(struct item *it);

#endif
