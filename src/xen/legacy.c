/* Streams of Xen 4.5 and before, read from chunk to chunk.
 *
 *	W p2m_size
 *	PV: W ff.., u32 total, blocks "vcpu" "extv" "xcnt"     extended-info
 *	    W pfn[]                                            P2M frames
 *	body    chunks until 0: batches of pages, what the guest is like
 *	tail    PV:  u32 n, W unmapped[n]; per online vCPU its context, 128 bytes more if "extv",
 *	             XSAVE if "xcnt"; shared info
 *	        HVM: three PFNs, context, device model
 *	body, tail, ..     until a body had LAST_CHECKPOINT; those before are checkpoints
 *
 * Nothing is aligned, all of it is little-endian, and W, a word of the toolstack that saved, is
 * written nowhere. Senders before LAST_CHECKPOINT have one body and one tail, to the end of the
 * file. No length is above a chunk: an unknown one ends what can be told apart. */
#include <stdio.h>
#include <string.h>

#include "xen/legacy.h"
#include "xen/memory.h"
#include "xen/state.h"

#define EXTENDED_BYTES 128u
#define XSAVE_HEAD 16u       /* mask, size */
#define XSAVE_MAX (1u << 20) /* more is taken for damage */
#define UNMAPPED_MAX (1u << 28)
#define BLOCKS_MAX 64u /* of extended-info */

struct walk {
	struct layer *layer;
	struct xen *x;
	const struct source *src;
	uint64_t size, at;
	struct job *job;
	uint32_t word;
	bool pv;
	uint64_t p2m_size;
	/* Extended-info. */
	bool extended;
	uint32_t xsave; /* bytes of a vCPU's, head and all; 0: none */
	/* Of the body at hand. */
	uint64_t online[LEGACY_VCPU_MAX / 64 + 1];
	bool verify, last, compress;
	uint32_t bodies; /* with their tails */
	struct legacy_packed *packed;
	bool framed; /* XAPI's frames follow: what is behind the end is theirs */
	bool halted; /* nothing more can be told apart, or `job` stopped it */
};

static uint64_t left(const struct walk *w)
{
	return w->size - w->at;
}

/* A number ahead; false if the file ends before. */
static bool peek(const struct walk *w, uint64_t ahead, uint32_t width, uint64_t *v)
{
	struct bytes b = source_view(w->src, w->at + ahead, width);

	if (b.len < width)
		return false;
	*v = width == 8 ? le64_at(b.at) : le32_at(b.at);
	return true;
}

static uint32_t next_row(const struct walk *w)
{
	return (uint32_t)index_count(w->layer->item->index);
}

/* Checkpointed streams end by the connection: what is behind the last checkpoint is given up. */
static enum severity cut_severity(const struct walk *w)
{
	return w->x->checkpointed ? SEV_NOTE : SEV_ERROR;
}

/* Adds a row of `length` bytes and goes behind it. False if it is not all there, or the job was
 * stopped: the walk is over. */
static bool add_row(struct walk *w, int32_t type, uint64_t length, int32_t id, uint32_t flags)
{
	struct record r = {
		.offset = w->at,
		.length = length,
		.head = legacy_head(type),
		.kind = kind_row(legacy_kinds, (uint32_t)type),
		.aux = (uint32_t)id,
		.flags = flags,
	};

	if (length > left(w)) {
		XEN_NOTE(w->layer, cut_severity(w), "legacy-cut", ((struct span){ w->at, left(w) }),
			 "%s of %llu bytes, of which the file has %llu",
			 r.kind == KIND_UNKNOWN ? "something" : legacy_kinds[r.kind].name,
			 (unsigned long long)length, (unsigned long long)left(w));
		r.flags |= RECORD_CUT | RECORD_DAMAGED;
		r.length = left(w);
		w->halted = true;
	}
	if (r.head > r.length)
		r.head = (uint16_t)r.length;
	r.body = r.length - r.head > UINT32_MAX ? UINT32_MAX : (uint32_t)(r.length - r.head);
	if (r.length)
		index_append(w->layer->item->index, &r);
	w->at += r.length;
	if (w->job && !job_step(w->job, r.length))
		w->halted = true;
	return !w->halted;
}

/* A row of what is no chunk. */
static bool add_part(struct walk *w, enum legacy_type type, uint64_t length)
{
	return add_row(w, type, length, type, 0);
}

/* What is left, told apart no further. */
static void add_trailing(struct walk *w, uint32_t flags)
{
	struct record r = {
		.offset = w->at,
		.length = left(w),
		.body = left(w) > UINT32_MAX ? UINT32_MAX : (uint32_t)left(w),
		.kind = KIND_UNKNOWN,
		.aux = TYPE_TRAILING,
		.flags = flags,
	};

	if (r.length)
		index_append(w->layer->item->index, &r);
	w->at += r.length;
}

/* The file ends where at least `length` bytes of `type` would begin; or what is there makes no
 * sense: all that is left is one row. */
static void halt(struct walk *w, enum legacy_type type, const char *why)
{
	struct span rest = { w->at, left(w) };

	if (rest.length)
		XEN_NOTE(w->layer, SEV_ERROR, "legacy-form", rest, "%s", why);
	else
		XEN_NOTE(w->layer, cut_severity(w), "legacy-cut", rest, "%s", why);
	if (type == LEGACY_TRAILING)
		add_trailing(w, RECORD_DAMAGED);
	else
		add_row(w, type, rest.length, type, RECORD_DAMAGED);
	w->halted = true;
}

/* What a row says of the guest; the payload is the row's but for `skip` bytes. Before it is added.
 */
static void add_state(struct walk *w, enum state_kind kind, uint32_t vcpu, uint64_t skip,
		      uint64_t length)
{
	struct state st = {
		.kind = kind,
		.vcpu = vcpu,
		.pass = memory_pass(w->x->memory),
		.layer = w->layer,
		.row = next_row(w),
		.span = { w->at + skip, length - skip },
	};

	if (length <= left(w))
		states_add(w->x->states, &st);
}

/* ---- what comes first ---- */

static void read_block(struct walk *w, uint64_t ahead, const uint8_t *id, uint64_t size)
{
	uint64_t v;

	if (!memcmp(id, "vcpu", 4)) {
		w->x->guest_width = size == legacy_context_size(8)   ? 8
				    : size == legacy_context_size(4) ? 4
								     : 0;
		if (!w->x->guest_width)
			XEN_NOTE(w->layer, SEV_ERROR, "legacy-vcpu",
				 ((struct span){ w->at + ahead, 8 }),
				 "a vcpu block of %llu bytes: neither 5168 nor 2800",
				 (unsigned long long)size);
	} else if (!memcmp(id, "extv", 4)) {
		w->extended = true;
	} else if (!memcmp(id, "xcnt", 4) && size >= 4 && peek(w, ahead + 8, 4, &v)) {
		w->xsave = (uint32_t)v;
	}
}

/* Blocks until `total` bytes are used up. */
static bool read_extended(struct walk *w)
{
	uint64_t head = w->word + 4, total, used = 0, size;
	unsigned n;

	if (!peek(w, w->word, 4, &total)) {
		halt(w, LEGACY_EXTENDED, "the file ends in extended-info");
		return false;
	}
	for (n = 0; n < BLOCKS_MAX && total - used >= 8; n++) {
		struct bytes id = source_view(w->src, w->at + head + used, 4);

		if (!peek(w, head + used + 4, 4, &size) || size > total - used - 8)
			break;
		read_block(w, head + used, id.at, size);
		used += 8 + size;
	}
	if (used != total && head + total <= left(w))
		XEN_NOTE(w->layer, SEV_ERROR, "legacy-extended", ((struct span){ w->at, head }),
			 "the blocks of extended-info have %llu bytes, not %llu",
			 (unsigned long long)used, (unsigned long long)total);
	add_state(w, STATE_PV_INFO, 0, head, head + total);
	return add_part(w, LEGACY_EXTENDED, head + total);
}

static bool read_frames(struct walk *w)
{
	uint64_t per = w->x->guest_width ? XEN_PAGE / w->x->guest_width : 0;
	uint64_t length = per ? (w->p2m_size + per - 1) / per * w->word : 0;

	if (!per) {
		halt(w, LEGACY_P2M_FRAMES, "no vcpu block says how wide the guest's words are");
		return false;
	}
	add_state(w, STATE_P2M_FRAMES, 0, 0, length);
	return add_part(w, LEGACY_P2M_FRAMES, length);
}

/* The word of the toolstack, as asked for or by the first eight bytes, and whether it is PV. */
static bool read_head(struct walk *w)
{
	unsigned asked = w->x->model->options.width;
	struct bytes b = source_view(w->src, w->at, 8);
	enum guest_type type = GUEST_UNKNOWN;
	uint64_t marker;

	if (b.len < 8) {
		halt(w, LEGACY_P2M_SIZE, "the file ends before the stream begins");
		return false;
	}
	w->word = asked == 4 || asked == 8 ? asked : le32_at(b.at + 4) ? 4 : 8;
	w->x->word = w->word;
	XEN_NOTE(w->layer, SEV_NOTE, "legacy-width", ((struct span){ w->at, w->word }),
		 "read as saved by a toolstack of %u bits, %s", w->word * 8,
		 w->word == asked ? "as asked for" : "as its first eight bytes look");
	if (!legacy_probe(w->src, w->at, &w->word, &type))
		XEN_NOTE(w->layer, SEV_WARNING, "legacy-width", ((struct span){ w->at, 8 }),
			 "what comes first does not look like the beginning of a stream");
	peek(w, 0, w->word, &w->p2m_size);
	w->pv = peek(w, w->word, w->word, &marker) &&
		marker == (w->word == 8 ? UINT64_MAX : UINT32_MAX);
	w->x->domain_type = w->pv ? 1 : 2;
	if (!add_part(w, LEGACY_P2M_SIZE, w->word))
		return false;
	return !w->pv || (read_extended(w) && read_frames(w));
}

/* ---- bodies ---- */

static void read_batch(struct walk *w, uint32_t count, uint64_t length)
{
	uint32_t row = next_row(w);

	if (count > LEGACY_BATCH_MAX)
		XEN_NOTE(w->layer, SEV_ERROR, "legacy-batch", ((struct span){ w->at, 4 }),
			 "a batch of %u pages: restore takes %u", count, LEGACY_BATCH_MAX);
	for (struct legacy_entries e = legacy_entries(w->src, w->at, w->word, w->packed != NULL);
	     legacy_next(&e);) {
		if (e.raw == LEGACY_PFN_LOST)
			continue;
		if (w->packed && legacy_has_page(e.type))
			legacy_packed_entry(w->packed, e.pfn, e.type, row);
		else if (!legacy_has_page(e.type) || e.body + XEN_PAGE <= w->size)
			memory_add(w->x->memory, e.pfn, e.type,
				   legacy_has_page(e.type) ? e.body : NO_BODY, row, false);
	}
	add_row(w, LEGACY_BATCH, length, (int32_t)count, w->packed ? LEGACY_ROW_PACKED : 0);
}

static void read_vcpu_info(struct walk *w, uint64_t length)
{
	uint64_t max = 0;

	memset(w->online, 0, sizeof(w->online));
	peek(w, 4, 4, &max);
	for (uint64_t n = 0; 8 + 8 * n < length; n++)
		peek(w, 8 + 8 * n, 8, &w->online[n]);
	if (max % 64 != 63 && max <= LEGACY_VCPU_MAX)
		w->online[max / 64] &= (UINT64_C(2) << max % 64) - 1;
}

/* What a chunk means for what follows, and for the guest. */
static void read_meta(struct walk *w, int32_t id, uint64_t length)
{
	switch (id) {
	case LEGACY_VERIFY:
		w->verify = true;
		memory_new_pass(w->x->memory, true);
		break;
	case LEGACY_VCPU_INFO:
		read_vcpu_info(w, length);
		break;
	case LEGACY_TSC_INFO:
		add_state(w, STATE_TSC_INFO, 0, 4, length);
		break;
	case LEGACY_LAST_CHECKPOINT:
		w->last = true;
		break;
	case LEGACY_ENABLE_COMPRESSION:
		w->compress = true;
		break;
	case LEGACY_COMPRESSED:
		if (w->packed && length <= left(w))
			legacy_packed_bytes(w->packed, (struct span){ w->at + 4 + w->word,
								      length - 4 - w->word });
		else if (!w->packed)
			XEN_NOTE(w->layer, SEV_ERROR, "legacy-compressed",
				 ((struct span){ w->at, 4 }),
				 "compressed pages, which nothing has announced");
		break;
	case LEGACY_TOOLSTACK:
		add_state(w, STATE_XENSTORE, 0, 8, length);
		break;
	default:
		if (length == 16 && legacy_param_index(id) != UINT32_MAX)
			add_state(w, STATE_HVM_PARAMS, 0, 0, length);
		break;
	}
}

/* A batch longer than restore takes is one if another chunk follows it. */
static bool plausible_batch(const struct walk *w, uint32_t count, uint64_t length)
{
	uint64_t v;
	int32_t id;

	if (count <= LEGACY_BATCH_MAX)
		return true;
	if (!peek(w, length, 4, &v))
		return false;
	id = (int32_t)(uint32_t)v;
	return id >= LEGACY_LOWEST && id <= (int32_t)LEGACY_BATCH_MAX;
}

/* One chunk. False: the body has ended, or the walk is over. */
static bool read_chunk(struct walk *w)
{
	uint64_t v, length;
	int32_t id;

	if (!peek(w, 0, 4, &v)) {
		halt(w, LEGACY_TRAILING, "the file ends where a chunk would begin");
		return false;
	}
	id = (int32_t)(uint32_t)v;
	if (!legacy_measure(w->src, w->at, w->word, w->packed != NULL, &length)) {
		if (id > LEGACY_BATCH_MAX || id < LEGACY_LOWEST ||
		    (id == LEGACY_VCPU_INFO && left(w) >= 8)) {
			char why[80];

			snprintf(why, sizeof(why),
				 "an unknown chunk %d: what follows it cannot be told apart", id);
			halt(w, LEGACY_TRAILING, why);
		} else {
			/* Only its own numbers could tell its length: more than there is. */
			add_row(w, id > 0 ? LEGACY_BATCH : id, left(w) + 1, id, 0);
		}
		return false;
	}
	if (id > 0) {
		if (!plausible_batch(w, (uint32_t)id, length)) {
			halt(w, LEGACY_TRAILING, "a batch of more pages than there can be");
			return false;
		}
		read_batch(w, (uint32_t)id, length);
		return !w->halted;
	}
	if (id < 0)
		read_meta(w, id, length);
	return add_row(w, id, length, id, 0) && id != LEGACY_END;
}

/* ---- tails ---- */

static bool read_xsave(struct walk *w, uint32_t vcpu)
{
	uint64_t size;
	uint32_t said = w->xsave > XSAVE_HEAD ? w->xsave - XSAVE_HEAD : 0;

	if (!peek(w, 8, 8, &size)) {
		halt(w, LEGACY_VCPU_XSAVE, "the file ends in a vCPU's XSAVE");
		return false;
	}
	if (size != said)
		XEN_NOTE(w->layer, SEV_ERROR, "legacy-xsave", ((struct span){ w->at, XSAVE_HEAD }),
			 "XSAVE of %llu bytes, where xcnt says %u", (unsigned long long)size, said);
	if (size > XSAVE_MAX)
		size = said;
	add_state(w, STATE_VCPU_XSAVE, vcpu, XSAVE_HEAD, XSAVE_HEAD + size);
	return add_row(w, LEGACY_VCPU_XSAVE, XSAVE_HEAD + size, LEGACY_VCPU_XSAVE,
		       LEGACY_ROW_VCPU(vcpu));
}

static bool read_vcpu(struct walk *w, uint32_t vcpu)
{
	uint64_t length = legacy_context_size(w->x->guest_width);

	add_state(w, STATE_VCPU_BASIC, vcpu, 0, length);
	if (!add_row(w, LEGACY_VCPU_CONTEXT, length, LEGACY_VCPU_CONTEXT, LEGACY_ROW_VCPU(vcpu)))
		return false;
	if (w->extended) {
		add_state(w, STATE_VCPU_EXTENDED, vcpu, 0, EXTENDED_BYTES);
		if (!add_row(w, LEGACY_VCPU_EXTENDED, EXTENDED_BYTES, LEGACY_VCPU_EXTENDED,
			     LEGACY_ROW_VCPU(vcpu)))
			return false;
	}
	return !w->xsave || read_xsave(w, vcpu);
}

static bool read_pv_tail(struct walk *w)
{
	uint64_t count;

	if (!peek(w, 0, 4, &count)) {
		halt(w, LEGACY_UNMAPPED, "the file ends where the tail would begin");
		return false;
	}
	if (count > UNMAPPED_MAX)
		XEN_NOTE(w->layer, SEV_ERROR, "legacy-unmapped", ((struct span){ w->at, 4 }),
			 "%llu unmapped pages: more than a guest can have",
			 (unsigned long long)count);
	if (!add_part(w, LEGACY_UNMAPPED, 4 + count * w->word))
		return false;
	for (uint32_t id = 0; id <= LEGACY_VCPU_MAX; id++)
		if (w->online[id / 64] >> id % 64 & 1 && !read_vcpu(w, id))
			return false;
	add_state(w, STATE_SHARED_INFO, 0, 0, XEN_PAGE);
	return add_part(w, LEGACY_SHARED_INFO, XEN_PAGE);
}

/* A device model's record: who wrote it is in its first 21 bytes.
 *
 *	QemuDeviceModelRecord           data to the end of the file
 *	QemuDeviceModelRecord LF        u32 length, big-endian, data (XenServer)
 *	DeviceModelRecord0002           u32 length, data
 *	RemusDeviceModelState           the same */
static bool read_device_model(struct walk *w)
{
	struct bytes b = source_view(w->src, w->at, LEGACY_MODEL_HEAD);
	uint64_t head = legacy_model_head(b), length = left(w);

	if (!head)
		return false;
	if (head > LEGACY_SIGNATURE) {
		length = 0;
		if (b.len >= head)
			length = legacy_model_length(b);
		length += head;
	}
	add_state(w, STATE_EMULATOR, 0, head, length);
	add_part(w, LEGACY_DEVICE_MODEL, length);
	return true;
}

static bool read_hvm_tail(struct walk *w)
{
	uint64_t length;

	add_state(w, STATE_HVM_PARAMS, 0, 0, 24);
	if (!add_part(w, LEGACY_MAGIC_PFNS, 24))
		return false;
	if (!peek(w, 0, 4, &length)) {
		halt(w, LEGACY_HVM_CONTEXT, "the file ends where the HVM context would begin");
		return false;
	}
	add_state(w, STATE_HVM_CONTEXT, 0, 4, 4 + length);
	if (!add_part(w, LEGACY_HVM_CONTEXT, 4 + length))
		return false;
	if (!read_device_model(w) && w->last && !w->framed)
		XEN_NOTE(w->layer, left(w) ? SEV_ERROR : SEV_WARNING, "legacy-device-model",
			 ((struct span){ w->at,
					 left(w) < LEGACY_SIGNATURE ? left(w) : LEGACY_SIGNATURE }),
			 left(w) ? "no known signature of a device model"
				 : "the stream has no device model");
	return !w->halted;
}

/* ---- pairs of body and tail ---- */

/* What follows a tail without LAST_CHECKPOINT is the next body if it can be one. */
static bool more_follows(const struct walk *w)
{
	uint64_t v, length;
	int32_t id;

	if (!peek(w, 0, 4, &v))
		return false;
	id = (int32_t)(uint32_t)v;
	return id >= LEGACY_LOWEST && id <= LEGACY_BATCH_MAX &&
	       legacy_measure(w->src, w->at, w->word, w->packed || w->compress, &length);
}

/* A body, its tail, and what its end means. False: there are no more. */
static bool read_pair(struct walk *w)
{
	bool more;

	memset(w->online, 0, sizeof(w->online));
	w->online[0] = 1;
	w->verify = w->last = false;
	while (read_chunk(w))
		;
	if (w->halted)
		return false;
	if (w->packed && !legacy_packed_flush(w->packed, w->job))
		return false;
	if (!(w->pv ? read_pv_tail(w) : read_hvm_tail(w)))
		return false;
	more = !w->last && more_follows(w);
	w->x->checkpointed |= more;
	if (w->x->checkpointed) {
		memory_snapshot(w->x->memory);
		memory_commit(w->x->memory);
	}
	if (w->compress && !w->packed && more)
		w->packed = legacy_packed_new(w->layer);
	w->x->ended = !more;
	return more;
}

uint64_t legacy_walk(struct layer *layer, uint64_t at, struct job *job)
{
	struct walk w = {
		.layer = layer,
		.x = layer->xen,
		.src = layer->xen->src,
		.size = source_size(layer->xen->src),
		.at = at,
		.job = job,
	};

	const struct layer *frames = xen_layer(w.x, LAYER_XAPI);

	if (at > w.size)
		return at;
	w.framed = frames && frames->header.offset + frames->header.length != at;
	if (read_head(&w))
		while (read_pair(&w))
			;
	if (w.packed) {
		w.x->made = legacy_packed_source(w.packed);
		legacy_packed_free(w.packed);
	}
	if (w.x->ended && !w.framed && left(&w) && !(job && atomic_load(&job->cancel))) {
		XEN_NOTE(layer, SEV_WARNING, "trailing", ((struct span){ w.at, left(&w) }),
			 "%llu bytes behind the end of the stream", (unsigned long long)left(&w));
		add_trailing(&w, 0);
	}
	return w.at;
}
