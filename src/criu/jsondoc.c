/* A file of JSON beside the images: config.dump, spec.dump, index.json. */
#include "core/jsondoc.h"

#include "criu/criu.h"
#include "criu/engine.h"
#include "criu/image.h"

#define DOC_MAX (16u << 20)

static void json_doc_fields(struct image *im, const struct record *r, struct field *root,
			    struct arena *a)
{
	struct span span = { r->offset, r->length };

	if (r->length)
		doc_fields(root, image_bytes(im, span), a);
}

static void json_doc_entries(struct image *im, struct json *j, struct arena *a)
{
	struct doc_value v = doc_root(image_bytes(im, (struct span){ 0, DOC_MAX }));

	if (v.type != DOC_NONE)
		doc_write(&v, j, a);
}

const struct raw_kind raw_json = {
	.fields = json_doc_fields,
	.entries = json_doc_entries,
};
