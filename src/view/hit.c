/* Hits in words. */
#include "view/hit.h"

#include <string.h>

#include "base/text.h"
#include "core/model.h"

struct bytes hit_bytes(const struct search_hit *h, uint64_t before, uint64_t length, uint64_t after,
		       struct arena *a)
{
	uint64_t at = h->space ? h->va : h->offset;
	uint64_t from = at < before ? 0 : at - before, n = at - from + length + after;
	uint8_t *buf;

	if (!h->space)
		return source_view(atomic_load(&h->image->source), from, n);
	if (n > UINT64_MAX - from)
		n = UINT64_MAX - from;
	buf = arena_alloc(a, n + 1);
	aspace_read(h->space, from, buf, n, NULL);
	return (struct bytes){ buf, n };
}

const char *hit_readable(struct bytes b, struct arena *a)
{
	struct strbuf s;

	strbuf_init(&s, a);
	while (b.len) {
		uint32_t cp;
		size_t n = text_decode(b, &cp);
		bool good = n && !text_needs_clean((struct bytes){ b.at, n });

		strbuf_addn(&s, good ? (const char *)b.at : ".", good ? n : 1);
		b.at += good ? n : 1;
		b.len -= good ? n : 1;
	}
	return s.text ? s.text : "";
}

const char *hit_whose(const struct search_hit *h)
{
	const struct aspace *as = h->space;

	return as->who && *as->who ? as->who : as->name;
}

const char *hit_region(const struct search_hit *h)
{
	if (!h->region)
		return "-";
	return *h->region->name ? h->region->name : h->region->kind;
}

/* ---- where a guest maps it ---- */

#define MAPPERS_MOST 8

/* Calls `fn` for each vCPU's address of it, of the vCPUs whose tables are read already. */
static void each_mapper(const struct search_hit *h,
			void (*fn)(void *arg, const struct aspace *, uint64_t va), void *arg)
{
	const struct aspace *as = h->space;
	uint64_t va[MAPPERS_MOST];

	if (!as || as->kind != ASPACE_FRAMES || !as->item)
		return;
	for (struct space_step at = { 0 }; model_spaces(as->item->model, &at);) {
		size_t n = 0;

		if (at.as->kind == ASPACE_VCPU && at.as->ops->mappers)
			n = at.as->ops->mappers(at.as, h->va, va, MAPPERS_MOST);
		for (size_t i = 0; i < n && i < MAPPERS_MOST; i++)
			fn(arg, at.as, va[i]);
	}
}

static void add_mapper(void *arg, const struct aspace *as, uint64_t va)
{
	struct strbuf *s = arg;

	strbuf_add(s, s->text && *s->text ? " " : "");
	strbuf_add(s, text_hex(va, 1, s->arena));
	strbuf_add(s, "@");
	strbuf_add(s, as->who);
}

const char *hit_mapped(const struct search_hit *h, struct arena *a)
{
	struct strbuf s;

	strbuf_init(&s, a);
	each_mapper(h, add_mapper, &s);
	return s.text ? s.text : "-";
}

/* ---- JSON ---- */

static void json_mapper(void *arg, const struct aspace *as, uint64_t va)
{
	struct json *j = arg;

	json_object(j);
	json_key_str(j, "vcpu", as->who);
	json_key_hex(j, "va", va);
	json_end_object(j);
}

static void json_address(struct json *j, const struct search_hit *h)
{
	const struct aspace *as = h->space;

	if (as->kind == ASPACE_FRAMES) {
		json_key_hex(j, "pfn", h->va / as->page);
		json_key_uint(j, "page_offset", h->va % as->page);
		json_key(j, "mapped");
		json_array(j);
		each_mapper(h, json_mapper, j);
		json_end_array(j);
		return;
	}
	json_key(j, as->kind == ASPACE_PROCESS ? "pid" : "vcpu");
	if (as->kind == ASPACE_PROCESS)
		json_raw(j, hit_whose(h), strlen(hit_whose(h)));
	else
		json_str(j, hit_whose(h));
	json_key_hex(j, "va", h->va);
}

static void json_place(struct json *j, const struct search_hit *h)
{
	json_key(j, "image");
	if (h->image)
		json_str(j, h->image->name);
	else
		json_null(j);
	if (h->image && *h->image->path) {
		json_key_str(j, "path", h->image->path);
	}
	json_key(j, "offset");
	if (h->image)
		json_uint(j, h->offset);
	else
		json_null(j);
	json_key_uint(j, "length", h->length);
	if (h->space) {
		json_key_str(j, "region", hit_region(h));
	}
}

void hit_json(const struct search_hit *h, uint64_t context, struct out *o, struct arena *a)
{
	uint64_t shown = h->length < HIT_SHOWN ? h->length : HIT_SHOWN;
	struct json j;

	json_init(&j, o, 0);
	json_object(&j);
	if (h->space)
		json_address(&j, h);
	json_place(&j, h);
	json_key(&j, "match");
	json_bytes(&j, hit_bytes(h, 0, shown, 0, a));
	if (context != UINT64_MAX) {
		json_key(&j, "context");
		json_bytes(&j, hit_bytes(h, context, shown, context, a));
	}
	json_end_object(&j);
	out_str(o, "\n");
}
