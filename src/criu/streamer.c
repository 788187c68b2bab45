/* What criu-image-streamer writes: the files of a set as one stream, in pieces.
 *
 *	u32 length  marker  u32 length  marker  data ...  u32 length  marker ...
 *
 *	marker: protobuf: 1 seq, then one of
 *	  2 filename   the pieces that follow are of this file
 *	  3 file_data  so many bytes follow
 *	  4 file_eof   the file is complete
 *	  5 image_eof  all is
 *
 * With several streams (shards) the pieces are spread over them and seq, which counts over all from
 * 0, puts them in order: a name holds for what follows it by seq, in whichever stream that is.
 * Where numbers are missing nobody knows whose the next pieces are, until a name is told. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/text.h"
#include "criu/container.h"
#include "criu/wire.h"

#define MARKER_MAX 10240u
#define FILES_MAX 1000000u
#define PIECES_MAX 16000000u
#define NONE UINT32_MAX

struct piece {
	struct span span;
	uint32_t next; /* of the same file; NONE */
	uint32_t lane;
};

struct stream_file {
	const char *name;
	uint32_t first, last;
	uint64_t size;
	bool complete;
};

struct stream {
	struct folder folder;
	struct stream_shard *shards;
	size_t shard_count;
	struct archive_options options;
	struct stream_file *files; /* in the members' order once it is open */
	size_t count, room;
	struct piece *pieces;
	size_t piece_count, piece_room;
	uint64_t seq; /* of the next piece, if none is missing */
	uint64_t gaps, twice;
	bool ended;
};

#define NOTE(s, of, severity, rule, span, ...)                                                     \
	do {                                                                                       \
		if ((s)->options.problems)                                                         \
			problem_note((s)->options.problems, severity, rule, of, span,              \
				     __VA_ARGS__);                                                 \
	} while (0)

enum marker_kind { MARK_NAME = 2, MARK_DATA, MARK_END, MARK_ALL };

struct marker {
	uint64_t seq;
	uint32_t kind; /* enum marker_kind; 0: not told */
	uint64_t size; /* of MARK_DATA */
	struct bytes name;
};

/* False: not a marker. */
static bool read_marker(struct cursor *c, struct marker *m)
{
	uint32_t len = cursor_u32(c);
	struct cursor inner;
	struct wire w;

	*m = (struct marker){ .seq = 0 };
	if (c->spent || !len || len > MARKER_MAX || len > cursor_left(c))
		return false;
	inner = cursor_sub(c, len);
	while (wire_next(&inner, &w)) {
		if (w.number == 1 && w.type == WIRE_VARINT) {
			m->seq = w.value;
		} else if (w.number == MARK_NAME && w.type == WIRE_BYTES) {
			m->kind = MARK_NAME;
			m->name = w.bytes;
		} else if (w.number >= MARK_DATA && w.number <= MARK_ALL && w.type == WIRE_VARINT) {
			m->kind = w.number;
			m->size = w.number == MARK_DATA ? (uint32_t)w.value : 0;
		} else {
			return false;
		}
	}
	return !cursor_left(&inner) && m->kind;
}

/* Names are printable, and of no great length. */
static bool good_name(const struct marker *m)
{
	return m->name.len && m->name.len <= 255 && !text_needs_clean(m->name);
}

bool stream_is(struct bytes head)
{
	struct cursor c = cursor_over(head, 0);
	struct marker m;

	if (!read_marker(&c, &m) || m.kind != MARK_NAME || !good_name(&m))
		return false;
	return read_marker(&c, &m) && m.kind != MARK_NAME;
}

bool stream_is_shard(struct bytes head, uint64_t *seq)
{
	struct cursor c = cursor_over(head, 0);
	struct marker first, next;

	if (!read_marker(&c, &first) || (first.kind == MARK_NAME && !good_name(&first)))
		return false;
	*seq = first.seq;
	if (first.size >= cursor_left(&c)) /* beyond what is seen */
		return true;
	cursor_skip(&c, first.size);
	return cursor_left(&c) < 256 || (read_marker(&c, &next) && next.seq > first.seq);
}

/* A slash would be no name of a member. */
static const char *file_name(struct bytes b, struct arena *a)
{
	struct strbuf s;

	strbuf_init(&s, a);
	for (size_t n = 0; n < b.len && b.at[n]; n++) {
		if (b.at[n] == '/')
			strbuf_add(&s, "%2f");
		else
			strbuf_addn(&s, (const char *)b.at + n, 1);
	}
	return s.text ? s.text : "";
}

static struct stream_file *begin_file(struct stream *s, struct bytes name)
{
	struct stream_file *f;

	s->files = heap_grow(s->files, s->count, &s->room, sizeof(*s->files));
	f = &s->files[s->count++];
	*f = (struct stream_file){ .first = NONE, .last = NONE };
	f->name = file_name(name, &s->folder.arena);
	return f;
}

static void add_piece(struct stream *s, struct stream_file *f, uint32_t lane, struct span span)
{
	s->pieces = heap_grow(s->pieces, s->piece_count, &s->piece_room, sizeof(*s->pieces));
	s->pieces[s->piece_count] = (struct piece){ span, NONE, lane };
	if (f->last == NONE)
		f->first = (uint32_t)s->piece_count;
	else
		s->pieces[f->last].next = (uint32_t)s->piece_count;
	f->last = (uint32_t)s->piece_count++;
	f->size += span.length;
}

/* Several files may be under way at once: a name that was met before is the same file. The streamer
 * repeats it whenever it changes. */
struct names {
	uint32_t *slots;
	size_t room;
};

static uint64_t hash_bytes(struct bytes b)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t n = 0; n < b.len; n++)
		h = (h ^ b.at[n]) * UINT64_C(0x100000001b3);
	return h ^ h >> 31;
}

static uint32_t *name_slot(const struct stream *s, const struct names *names, const char *name)
{
	size_t at = hash_bytes(bytes_of(name)) & (names->room - 1);

	while (names->slots[at] != NONE && strcmp(s->files[names->slots[at]].name, name) != 0)
		at = (at + 1) & (names->room - 1);
	return &names->slots[at];
}

static void widen_names(const struct stream *s, struct names *names)
{
	names->room = names->room ? names->room * 2 : 64;
	free(names->slots);
	names->slots = heap_must(malloc(names->room * sizeof(*names->slots)));
	memset(names->slots, 0xff, names->room * sizeof(*names->slots));
	for (uint32_t n = 0; n < s->count; n++)
		*name_slot(s, names, s->files[n].name) = n;
}

static uint32_t file_named(struct stream *s, struct names *names, struct bytes name)
{
	uint32_t at = (uint32_t)s->count, *slot;

	if (s->count * 2 >= names->room)
		widen_names(s, names);
	begin_file(s, name);
	slot = name_slot(s, names, s->files[at].name);
	if (*slot == NONE)
		*slot = at;
	else
		s->count--; /* its name stays in the arena */
	return *slot;
}

/* ---- the pieces in order ---- */

/* One of the streams, as far as it is read. */
struct lane {
	struct cursor c;
	struct marker m; /* the one that waits for its turn */
	uint64_t at;     /* where it is */
	bool waits;
};

static void next_in_lane(struct stream *s, struct lane *lane, const struct stream_shard *of)
{
	lane->at = cursor_offset(&lane->c);
	lane->waits = cursor_left(&lane->c) && read_marker(&lane->c, &lane->m);
	if (lane->waits || lane->at == source_size(of->src))
		return;
	NOTE(s, of->item, SEV_ERROR, "stream-marker",
	     ((struct span){ lane->at, source_size(of->src) - lane->at }),
	     "no marker where one should be: nothing is read on");
	s->ended = s->shard_count == 1;
}

/* The lane whose marker comes next; NULL: none. */
static struct lane *first_lane(struct lane *lanes, size_t count)
{
	struct lane *first = NULL;

	for (size_t n = 0; n < count; n++)
		if (lanes[n].waits && (!first || lanes[n].m.seq < first->m.seq))
			first = &lanes[n];
	return first;
}

static void count_seq(struct stream *s, uint64_t seq, uint32_t *file)
{
	if (seq < s->seq) {
		s->twice++;
		return;
	}
	if (seq > s->seq) {
		*file = NONE;
		s->gaps =
			seq - s->seq > UINT64_MAX - s->gaps ? UINT64_MAX : s->gaps + (seq - s->seq);
	}
	s->seq = seq == UINT64_MAX ? seq : seq + 1;
}

/* False: nothing can follow in this lane. */
static bool take_data(struct stream *s, struct lane *lane, uint32_t number, struct names *names,
		      uint32_t *file)
{
	uint64_t left = cursor_left(&lane->c), at = cursor_offset(&lane->c), size = lane->m.size;
	uint64_t have = size < left ? size : left;

	if (size > left)
		NOTE(s, s->shards[number].item, SEV_ERROR, "stream-length",
		     ((struct span){ at, left }), "%llu bytes should follow, %llu do",
		     (unsigned long long)size, (unsigned long long)left);
	cursor_skip(&lane->c, have);
	if (*file == NONE && have && s->count < FILES_MAX) {
		*file = file_named(s, names, bytes_of("pieces of unknown files"));
		s->files[*file].complete = true;
	}
	if (*file != NONE && have)
		add_piece(s, &s->files[*file], number, (struct span){ at, have });
	return size <= left && s->piece_count < PIECES_MAX;
}

/* False: nothing can follow in this lane. */
static bool take_marker(struct stream *s, struct lane *lane, uint32_t number, struct names *names,
			uint32_t *file)
{
	count_seq(s, lane->m.seq, file);
	switch ((enum marker_kind)lane->m.kind) {
	case MARK_ALL:
		s->ended = true;
		return false;
	case MARK_NAME:
		if (s->count == FILES_MAX)
			return false;
		*file = file_named(s, names, lane->m.name);
		return true;
	case MARK_END:
		if (*file != NONE)
			s->files[*file].complete = true;
		return true;
	case MARK_DATA:
		return take_data(s, lane, number, names, file);
	}
	return false;
}

/* What the end and the numbers say of the whole. */
static void note_whole(struct stream *s, const struct lane *lanes)
{
	const struct item *it = s->options.item;

	if (!s->ended)
		NOTE(s, it, SEV_ERROR, "stream-end", ((struct span){ lanes[0].at, 0 }),
		     "the stream ends before its end is told");
	for (size_t n = 0; s->ended && !s->gaps && n < s->shard_count; n++)
		if (cursor_left(&lanes[n].c))
			NOTE(s, s->shards[n].item, SEV_WARNING, "stream-end",
			     ((struct span){ cursor_offset(&lanes[n].c),
					     cursor_left(&lanes[n].c) }),
			     "%zu bytes follow the end of the stream", cursor_left(&lanes[n].c));
	if (s->gaps && s->shard_count == 1)
		NOTE(s, it, SEV_ERROR, "stream-parts", ((struct span){ 0, 0 }),
		     "%llu pieces are missing: this is one of several streams; open the directory "
		     "that holds them all",
		     (unsigned long long)s->gaps);
	else if (s->gaps)
		NOTE(s, it, SEV_ERROR, "stream-parts", ((struct span){ 0, 0 }),
		     "%llu pieces are missing: not all of the streams are here",
		     (unsigned long long)s->gaps);
	if (s->twice)
		NOTE(s, it, SEV_ERROR, "stream-parts", ((struct span){ 0, 0 }),
		     "%llu pieces have a number that was there before",
		     (unsigned long long)s->twice);
}

static void read_streams(struct stream *s)
{
	struct lane *lanes = heap_zeroed(s->shard_count, sizeof(*lanes)), *lane;
	struct names names = { 0 };
	uint32_t file = NONE;

	for (size_t n = 0; n < s->shard_count; n++) {
		lanes[n].c = source_cursor(s->shards[n].src, (struct span){ 0, UINT64_MAX });
		next_in_lane(s, &lanes[n], &s->shards[n]);
	}
	while ((lane = first_lane(lanes, s->shard_count))) {
		size_t n = (size_t)(lane - lanes);

		if (take_marker(s, lane, (uint32_t)n, &names, &file))
			next_in_lane(s, lane, &s->shards[n]);
		else
			lane->waits = false;
	}
	free(names.slots);
	note_whole(s, lanes);
	free(lanes);
}

static int compare_files(const void *a, const void *b)
{
	return name_compare(((const struct stream_file *)a)->name,
			    ((const struct stream_file *)b)->name);
}

static void list_files(struct stream *s)
{
	struct folder *f = &s->folder;

	if (s->count)
		qsort(s->files, s->count, sizeof(*s->files), compare_files);
	f->members = heap_zeroed(s->count + 1, sizeof(*f->members));
	f->count = s->count;
	for (size_t n = 0; n < s->count; n++)
		f->members[n] = (struct member){ .name = s->files[n].name,
						 .kind = MEMBER_FILE,
						 .size = s->files[n].size };
}

static struct err *join_pieces(const struct stream *s, const struct stream_file *f, int fd)
{
	struct err *err = NULL;
	uint64_t at = 0;

	for (uint32_t n = f->first; !err && n != NONE; n = s->pieces[n].next) {
		struct span span = s->pieces[n].span;

		err = source_put(
			fd, source_view(s->shards[s->pieces[n].lane].src, span.offset, span.length),
			at, f->name);
		at += span.length;
	}
	return err;
}

static struct err *stream_source(struct folder *folder, const struct member *m, struct source **out)
{
	const struct stream *s = (const struct stream *)folder;
	const struct stream_file *f = &s->files[m - folder->members];
	uint64_t max = s->options.spool_max ? s->options.spool_max : ARCHIVE_SPOOL_MAX;
	struct err *err;
	int fd;

	if (f->first == f->last) {
		const struct piece none = { .lane = 0 },
				   *p = f->first == NONE ? &none : &s->pieces[f->first];

		*out = source_slice(s->shards[p->lane].src, p->span, m->name);
		return NULL;
	}
	if (f->size > max)
		return err_new(ERR_LIMIT, "%s: more than %llu bytes to be spooled", m->name,
			       (unsigned long long)max);
	err = source_temporary(m->name, &fd);
	if (err)
		return err;
	err = join_pieces(s, f, fd);
	if (!err)
		err = source_map(fd, m->name, out);
	close(fd);
	return err;
}

static struct err *stream_enter_path(struct folder *folder, const char *path, struct folder **out)
{
	(void)out;
	return err_new(ERR_ABSENT, "%s: a stream has no folders: %s", folder->path, path);
}

static struct err *stream_enter(struct folder *folder, const struct member *m, struct folder **out)
{
	return stream_enter_path(folder, m->name, out);
}

static void stream_fini(struct folder *folder)
{
	struct stream *s = (struct stream *)folder;

	free(s->files);
	free(s->pieces);
	free(folder->members);
}

static const struct folder_ops stream_ops = {
	.open = stream_source,
	.enter = stream_enter,
	.enter_path = stream_enter_path,
	.fini = stream_fini,
};

struct err *stream_open(const struct stream_shard *shards, size_t count,
			const struct archive_options *options, struct folder **out)
{
	struct stream *s = heap_zeroed(1, sizeof(*s));

	*out = NULL;
	if (options)
		s->options = *options;
	s->folder.ops = &stream_ops;
	s->folder.id = (struct folder_id){ (uint64_t)(uintptr_t)s, 0 };
	arena_init(&s->folder.arena);
	s->shards = arena_array(&s->folder.arena, count, sizeof(*s->shards));
	memcpy(s->shards, shards, count * sizeof(*s->shards));
	s->shard_count = count;
	s->folder.path = text_clean_str(source_name(shards[0].src), &s->folder.arena);
	read_streams(s);
	for (size_t n = 0; n < s->count; n++)
		if (!s->files[n].complete)
			NOTE(s, s->options.item, SEV_WARNING, "stream-file",
			     ((struct span){ 0, 0 }), "%s is not complete", s->files[n].name);
	list_files(s);
	*out = &s->folder;
	return NULL;
}
