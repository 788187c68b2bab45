/* Bytes that follow a message and belong to it.
 *
 *	pipes-data, fifo-data   `bytes` bytes of content
 *	sk-queues               `length` bytes: a datagram, or a piece of a stream
 *	tcp-stream              `inq_len` bytes received, then `outq_len` to send, of which the last
 *	                        `unsq_len` were never sent
 *	ipcns-shm               nothing if in_pagemaps, else `size` bytes, to a multiple of 4
 *	ipcns-sem               `nsems` u16, to a multiple of 8
 *	ipcns-msg               `qnum` times u32 length, ipc_msg, `msize` bytes to a multiple of 8
 *	bpfmap-data             all keys, then all values
 *	ghost-file              of a regular file: content to the end of the file; or, with
 *	                        `chunks`, records to the end, each ghost_chunk_entry followed
 *	                        by `len` bytes
 *
 * These are a user's bytes and are never parsed. Numbers of elements come from messages, so that
 * at most ELEMENTS of them become fields of their own; what is beyond is one field. */
#include "criu/criu.h"
#include "criu/image.h"
#include "core/magic.h"

#define ELEMENTS 4096u
#define LINE_BYTES 57u /* make the 76 columns after which crit breaks its base64 */

static uint64_t number(struct bytes msg, uint32_t field)
{
	uint64_t v = 0;

	wire_uint(msg, field, &v);
	return v;
}

static uint64_t round_up(uint64_t v, uint64_t to)
{
	uint64_t more = v + (to - 1);

	return more < v ? UINT64_MAX : more & ~(to - 1);
}

/* The next `length` of *rest, clipped. */
static struct span take(struct span *rest, uint64_t length)
{
	struct span s = { rest->offset, length < rest->length ? length : rest->length };

	rest->offset += s.length;
	rest->length -= s.length;
	return s;
}

/* ---- fields ---- */

static void add_padding(struct image *im, struct field *parent, struct arena *a, struct span span)
{
	struct field *f = image_add_bytes(im, parent, a, "padding", span);

	for (size_t n = 0; f && n < f->bytes.len; n++)
		if (f->bytes.at[n])
			f->trouble = "should be zero";
}

void image_add_type(struct field *parent, struct arena *a, struct bytes b)
{
	const struct item *it = parent->owner;
	const char *type = it && it->model->options.no_magic ? NULL : magic_of(b, a);

	if (type)
		field_derived(parent, a, "type", type);
}

/* ---- JSON ---- */

static size_t base64(const uint8_t *at, size_t len, char *to)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	size_t n = 0;

	for (; len; at += 3, len -= len < 3 ? len : 3) {
		uint32_t v = (uint32_t)at[0] << 16;

		v |= len > 1 ? (uint32_t)at[1] << 8 : 0;
		v |= len > 2 ? at[2] : 0;
		to[n++] = digits[v >> 18];
		to[n++] = digits[v >> 12 & 63];
		to[n++] = len > 1 ? digits[v >> 6 & 63] : '=';
		to[n++] = len > 2 ? digits[v & 63] : '=';
	}
	return n;
}

void image_json_bytes(struct image *im, struct span span, struct json *j)
{
	uint64_t passed = span.offset;
	char line[80];

	json_raw(j, "\"", 1);
	while (span.length) {
		struct bytes b = image_bytes(im, take(&span, LINE_BYTES));
		size_t n = base64(b.at, b.len, line);

		line[n++] = '\\';
		line[n++] = 'n';
		out_add(j->out, line, n);
		image_passed(im, span.offset, &passed);
	}
	out_add(j->out, "\"", 1);
}

static void whole_json(struct image *im, const struct record *r, struct json *j,
		       enum json_style style, struct arena *a)
{
	(void)style;
	(void)a;
	image_json_bytes(im, image_extra(r), j);
}

/* ---- pipes and fifos, socket queues ---- */

static uint64_t second_field(const struct image *im, const struct record *r, uint64_t left)
{
	(void)left;
	return (uint32_t)number(image_message(im, r), 2);
}

static void whole_fields(struct image *im, const struct record *r, struct field *parent,
			 struct arena *a)
{
	(void)r;
	image_add_bytes(im, parent, a, "data", parent->span);
}

const struct extra_kind extra_pipe = {
	.measure = second_field,
	.fields = whole_fields,
	.json = whole_json,
};

const struct extra_kind extra_packet = {
	.measure = second_field,
	.fields = whole_fields,
	.json = whole_json,
};

/* ---- TCP queues ---- */

struct queues {
	struct span in, out, sent, unsent;
};

static struct queues tcp_queues(struct image *im, const struct record *r)
{
	struct bytes msg = image_message(im, r);
	uint64_t unsent = (uint32_t)number(msg, 12);
	struct span rest = image_extra(r);
	struct queues q;

	q.in = take(&rest, (uint32_t)number(msg, 1));
	q.out = take(&rest, (uint32_t)number(msg, 3));
	rest = q.out;
	q.sent = take(&rest, q.out.length > unsent ? q.out.length - unsent : 0);
	q.unsent = rest;
	return q;
}

static uint64_t tcp_measure(const struct image *im, const struct record *r, uint64_t left)
{
	struct bytes msg = image_message(im, r);

	(void)left;
	return number(msg, 1) % (1ull << 32) + number(msg, 3) % (1ull << 32);
}

static void tcp_fields(struct image *im, const struct record *r, struct field *parent,
		       struct arena *a)
{
	struct queues q = tcp_queues(im, r);
	struct field *out;

	image_add_bytes(im, parent, a, "inq", q.in);
	if (!q.out.length)
		return;
	out = field_add(parent, a, FIELD_GROUP, "outq", q.out);
	image_add_bytes(im, out, a, "sent", q.sent);
	image_add_bytes(im, out, a, "unsent", q.unsent);
}

static void tcp_json(struct image *im, const struct record *r, struct json *j,
		     enum json_style style, struct arena *a)
{
	struct queues q = tcp_queues(im, r);

	(void)style;
	(void)a;
	json_object(j);
	json_key(j, "inq");
	image_json_bytes(im, q.in, j);
	json_key(j, "outq");
	image_json_bytes(im, q.out, j);
	json_end_object(j);
}

const struct extra_kind extra_tcp = {
	.measure = tcp_measure,
	.fields = tcp_fields,
	.json = tcp_json,
};

/* ---- SysV shared memory ---- */

static uint64_t shm_size(const struct image *im, const struct record *r)
{
	struct bytes msg = image_message(im, r);

	return number(msg, 3) ? 0 : number(msg, 2);
}

static uint64_t shm_measure(const struct image *im, const struct record *r, uint64_t left)
{
	(void)left;
	return round_up(shm_size(im, r), 4);
}

static void shm_fields(struct image *im, const struct record *r, struct field *parent,
		       struct arena *a)
{
	struct span rest = parent->span;

	image_add_bytes(im, parent, a, "content", take(&rest, shm_size(im, r)));
	add_padding(im, parent, a, rest);
}

/* crit reads `size` bytes whatever in_pagemaps says, and so swallows the segments that follow. */
static void shm_json(struct image *im, const struct record *r, struct json *j,
		     enum json_style style, struct arena *a)
{
	struct span rest = image_extra(r);

	(void)style;
	(void)a;
	image_json_bytes(im, take(&rest, shm_size(im, r)), j);
}

const struct extra_kind extra_shm = {
	.measure = shm_measure,
	.fields = shm_fields,
	.json = shm_json,
};

/* ---- semaphores ---- */

static uint64_t sem_bytes(const struct image *im, const struct record *r)
{
	return number(image_message(im, r), 2) % (1ull << 32) * 2;
}

static uint64_t sem_measure(const struct image *im, const struct record *r, uint64_t left)
{
	(void)left;
	return round_up(sem_bytes(im, r), 8);
}

static void sem_fields(struct image *im, const struct record *r, struct field *parent,
		       struct arena *a)
{
	struct span rest = parent->span, values = take(&rest, sem_bytes(im, r));
	struct cursor c = source_cursor(atomic_load(&im->item->source), values);

	c.big = im->big;
	for (uint32_t n = 0; n < ELEMENTS && cursor_left(&c) >= 2; n++) {
		struct span at = { cursor_offset(&c), 2 };

		field_uint(parent, a, "value", cursor_u16(&c), SHOW_DEC, at)->at = n;
	}
	image_add_bytes(im, parent, a, "values",
			(struct span){ cursor_offset(&c), cursor_left(&c) });
	add_padding(im, parent, a, rest);
}

static void sem_json(struct image *im, const struct record *r, struct json *j,
		     enum json_style style, struct arena *a)
{
	struct span rest = image_extra(r), values = take(&rest, sem_bytes(im, r));
	struct cursor c = source_cursor(atomic_load(&im->item->source), values);

	(void)style;
	(void)a;
	c.big = im->big;
	json_array(j);
	while (cursor_left(&c) >= 2)
		json_uint(j, cursor_u16(&c));
	json_end_array(j);
}

const struct extra_kind extra_sem = {
	.measure = sem_measure,
	.fields = sem_fields,
	.json = sem_json,
};

/* ---- message queues ---- */

/* One queued message: where its parts lie. */
struct queued {
	struct span all, size, message, text, padding;
};

/* Takes the next one from *rest. False at the end, or where none can be read. */
static bool msg_next(const struct image *im, struct span *rest, struct queued *q)
{
	uint64_t start = rest->offset, length, size;

	if (rest->length < 4)
		return false;
	length = image_u32(im, start);
	q->size = take(rest, 4);
	q->message = take(rest, length);
	size = (uint32_t)number(image_bytes(im, q->message), 2);
	q->text = take(rest, size);
	q->padding = take(rest, round_up(size, 8) - size);
	q->all = (struct span){ start, rest->offset - start };
	return true;
}

static uint64_t msg_count(const struct image *im, const struct record *r)
{
	return (uint32_t)number(image_message(im, r), 3);
}

/* The length that one message asks for, beyond the end of the file if it must be. */
static uint64_t msg_measure(const struct image *im, const struct record *r, uint64_t left)
{
	struct span rest = { image_body(r).offset + r->body, left };
	uint64_t count = msg_count(im, r), used = 0;
	struct queued q;

	for (; count; count--) {
		uint64_t want;

		if (!msg_next(im, &rest, &q))
			return left + 1;
		want = 4 + (uint64_t)image_u32(im, q.size.offset);
		want += round_up((uint32_t)number(image_bytes(im, q.message), 2), 8);
		if (want > left - used)
			return used + want;
		used += want;
	}
	return used;
}

static void msg_fields(struct image *im, const struct record *r, struct field *parent,
		       struct arena *a)
{
	const struct message *type = schema_message(im->set->schema, "ipc_msg");
	struct span rest = parent->span;
	uint64_t count = msg_count(im, r);
	struct queued q;

	for (uint32_t n = 0; n < count && n < ELEMENTS && msg_next(im, &rest, &q); n++) {
		struct field *g = field_add(parent, a, FIELD_GROUP, "msg", q.all);

		g->at = n;
		image_add_frame(im, g, a, "size", q.size);
		if (type && q.message.length <= MESSAGE_MAX)
			wire_group(g, a, type->name, type, image_bytes(im, q.message), q.message,
				   q.message, im->env, im->item);
		else
			image_add_bytes(im, g, a, "ipc_msg", q.message);
		image_add_bytes(im, g, a, "data", q.text);
		add_padding(im, g, a, q.padding);
	}
	image_add_bytes(im, parent, a, "messages", rest);
}

/* crit's list has the message and its text in turn. */
static void msg_json(struct image *im, const struct record *r, struct json *j,
		     enum json_style style, struct arena *a)
{
	const struct message *type = schema_message(im->set->schema, "ipc_msg");
	struct span rest = image_extra(r);
	struct queued q;

	json_array(j);
	for (uint64_t n = msg_count(im, r); n && msg_next(im, &rest, &q); n--) {
		struct arena_mark mark = arena_mark(a);

		if (type)
			json_message(j, type, image_bytes(im, q.message), style, a);
		else
			json_null(j);
		image_json_bytes(im, q.text, j);
		arena_rewind(a, mark);
	}
	json_end_array(j);
}

const struct extra_kind extra_msg = {
	.measure = msg_measure,
	.fields = msg_fields,
	.json = msg_json,
};

/* ---- BPF maps ---- */

static uint64_t bpfmap_measure(const struct image *im, const struct record *r, uint64_t left)
{
	struct bytes msg = image_message(im, r);

	(void)left;
	return number(msg, 2) % (1ull << 32) + number(msg, 3) % (1ull << 32);
}

/* `count` elements of one size; if they do not divide, one field for all. */
static void bpfmap_elements(struct image *im, struct field *parent, struct arena *a,
			    const char *name, const char *one, struct span span, uint64_t count)
{
	uint64_t size = count ? span.length / count : 0;
	struct field *g;

	if (!span.length)
		return;
	g = field_add(parent, a, FIELD_GROUP, name, span);
	if (size && size * count == span.length)
		for (uint32_t n = 0; n < count && n < ELEMENTS; n++)
			image_add_bytes(im, g, a, one, take(&span, size))->at = n;
	image_add_bytes(im, g, a, "bytes", span);
}

static void bpfmap_fields(struct image *im, const struct record *r, struct field *parent,
			  struct arena *a)
{
	struct bytes msg = image_message(im, r);
	uint64_t count = (uint32_t)number(msg, 4);
	struct span rest = parent->span;

	bpfmap_elements(im, parent, a, "keys", "key", take(&rest, (uint32_t)number(msg, 2)), count);
	bpfmap_elements(im, parent, a, "values", "value", rest, count);
}

const struct extra_kind extra_bpfmap = {
	.measure = bpfmap_measure,
	.fields = bpfmap_fields,
	.json = whole_json,
};

/* ---- ghost files ---- */

static uint64_t ghost_measure(const struct image *im, const struct record *r, uint64_t left)
{
	enum { TYPE_BITS = 0170000, REGULAR = 0100000 };
	struct bytes msg = image_message(im, r);

	if (r->kind)
		return number(msg, 1);
	if ((number(msg, 3) & TYPE_BITS) != REGULAR || number(msg, 9))
		return 0;
	return left;
}

static void ghost_fields(struct image *im, const struct record *r, struct field *parent,
			 struct arena *a)
{
	struct field *f = image_add_bytes(im, parent, a, "content", parent->span);

	if (f && !r->kind)
		image_add_type(parent, a, f->bytes);
}

const struct extra_kind extra_ghost = {
	.measure = ghost_measure,
	.fields = ghost_fields,
	.json = whole_json,
};
