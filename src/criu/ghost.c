/* Ghost files: those that were unlinked while open, whose content is in the images.
 *
 *	ghost_file_entry | content to the end of the image
 *	ghost_file_entry with chunks | ghost_chunk_entry: len, off | content | ghost_chunk_entry ...
 *
 * Between chunks the file has holes, and its size is told. */
#include <string.h>

#include "criu/image.h"
#include "criu/set.h"

enum { GHOST_MODE = 3, GHOST_SIZE = 10, CHUNK_OFF = 2, TYPE_BITS = 0170000, REGULAR = 0100000 };

bool ghost_part(struct item *it, uint64_t n, uint64_t *at, struct span *span)
{
	struct image *im = it->data;
	const struct record *r = index_at(it->index, im->chunked ? n + 1 : n);

	if (!r || (!im->chunked && n))
		return false;
	*at = im->chunked ? uint_of(image_message(im, r), CHUNK_OFF) : 0;
	*span = span_clip(image_extra(r), image_size(im));
	return true;
}

/* The path it had before it was unlinked. */
static const char *name_of(struct image *im, struct arena *a)
{
	enum { FILE_REG = 1, NAME = 6 };
	struct bytes remap, file, name;

	if (!ghost_of(im->set, (uint32_t)im->number, &remap) ||
	    !file_message(im->set, FILE_REG, (uint32_t)uint_of(remap, 1), &file) ||
	    !wire_bytes(file, NAME, &name))
		return "";
	return text_clean(name, a);
}

bool ghost_kept(struct item *it, struct kept *out, struct arena *a)
{
	struct image *im = it->data;
	struct bytes msg;
	struct span span;
	uint64_t at;

	item_index(it, true);
	if (!im->as || im->as->shape != SHAPE_GHOST || !image_first(im, &msg) ||
	    (uint_of(msg, GHOST_MODE) & TYPE_BITS) != REGULAR)
		return false;
	*out = (struct kept){ .name = name_of(im, a) };
	if (im->chunked)
		out->size = uint_of(msg, GHOST_SIZE);
	else if (ghost_part(it, 0, &at, &span))
		out->size = span.length;
	return true;
}
