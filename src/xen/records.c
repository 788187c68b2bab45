/* Records of libxc whose bodies are small: what they say, and what may be wrong with them. */
#include "xen/records.h"

struct cursor xrec_cursor(const struct xrec *r)
{
	struct cursor c = cursor_over(r->body, r->at);

	c.big = r->layer->xen->big;
	return c;
}

struct xrec xrec_payload(const struct xrec *r, size_t head)
{
	struct xrec inner = *r;
	size_t skip = head < r->body.len ? head : r->body.len;

	if (!skip)
		return inner;
	inner.at += skip;
	inner.body = (struct bytes){ r->body.at + skip, r->body.len - skip };
	return inner;
}

struct span xrec_span(const struct xrec *r, uint64_t at, uint64_t length)
{
	struct span span = span_clip((struct span){ at, length }, r->body.len);

	span.offset += r->at;
	return span;
}

bool xrec_check_zero(const struct xrec *r, uint64_t at, uint64_t length, const char *what)
{
	struct span span = span_clip((struct span){ at, length }, r->body.len);

	for (uint64_t n = span.offset; n < span.offset + span.length; n++)
		if (r->body.at[n]) {
			XREC_NOTE(r, SEV_WARNING, "reserved", at, length, "%s should be zero",
				  what);
			return true;
		}
	return false;
}
