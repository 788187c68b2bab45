/* A file of the frozen system, put together from the stretches that images have of it. */
#include "core/model.h"
#include "ops/export_parts.h"

#define SIZE_MOST (UINT64_C(1) << 43) /* as of memories: nobody has the room for more */

bool export_keeps(const struct export_what *w, struct kept *out, struct arena *a)
{
	struct item *it = w->node.item ? item_real(w->node.item) : NULL;

	return it && w->node.at == NODE_SELF && !w->space && !w->field && !w->bytes.length &&
	       it->ops->kept && it->ops->kept(it, out, a);
}

static bool kept_fits(const struct export_what *w)
{
	struct arena a;
	struct kept kept;
	bool fits;

	arena_init(&a);
	fits = export_keeps(w, &kept, &a);
	arena_fini(&a);
	return fits;
}

/* Holes take no room. */
static uint64_t kept_size(const struct export_what *w, const struct export_options *o)
{
	struct item *it = item_real(w->node.item);
	uint64_t size = 0, at;
	struct span span;

	(void)o;
	for (uint64_t n = 0; it->ops->kept_part(it, n, &at, &span); n++)
		size += span.length;
	return size;
}

static void miss(struct export_result *result, uint64_t bytes, const char *why)
{
	result->absent += bytes;
	result->why = result->why ? result->why : why;
}

static struct err *kept_run(const struct export_what *w, const struct export_options *o,
			    struct sink *s, struct job *job, struct export_result *result)
{
	struct item *it = item_real(w->node.item);
	struct kept kept = { 0 };
	struct span span;
	struct arena a;
	uint64_t at;

	arena_init(&a);
	export_keeps(w, &kept, &a);
	arena_fini(&a);
	if (kept.size > SIZE_MOST)
		return err_new(ERR_LIMIT, "the file would be larger than 8 TiB");
	for (uint64_t n = 0; it->ops->kept_part(it, n, &at, &span); n++) {
		if (at < sink_at(s) || at > kept.size || span.length > kept.size - at) {
			miss(result, span.length, "it lies outside of the file, or twice in it");
			continue;
		}
		sink_skip(s, at - sink_at(s));
		if (!export_store(s, atomic_load(&it->source), span, o->sparse, job))
			return NULL;
	}
	sink_skip(s, kept.size - sink_at(s));
	return NULL;
}

const struct exporter export_kept = {
	.name = "file",
	.summary = "the file itself, under its name",
	.suffix = "",
	.fits = kept_fits,
	.size = kept_size,
	.run = kept_run,
};
