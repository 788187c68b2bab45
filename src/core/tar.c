/* A tar is blocks of 512 bytes:
 *
 *	[x header][records ...]  [L header][long name ...]  [header][data ..][padding]  ...  [0][0]
 *	pax, for the next one    GNU, for the next one      a member                         the end
 *
 *	header:   0 name 100 mode 108 uid 116 gid 124 size 136 mtime 148 chksum 156 type 157 link
 *	          257 magic 265 user 297 group 329 major 337 minor 345 prefix (ustar)
 *	          386 sparse map, 482 more of it follows, 483 real size (old GNU)
 *
 * (POSIX.1-2001 pax, "ustar interchange format"; GNU tar manual, "Basic Tar Format", "Storing
 * Sparse Files".) The walk is our own and not libarchive's: that one ends at the first header whose
 * checksum is wrong, where all members behind it can still be found, and says nothing of where the
 * parts of a header lie. */
#include "core/tar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PAX_MAX (64u << 20)   /* longer pax headers and names are not read */
#define NAME_MAX_LEN 65536u   /* longer names are cut */
#define LOST_MAX (64u << 20)  /* bytes searched for the next header behind a damaged one */
#define AFTER_MAX (64u << 10) /* bytes searched behind the end marker */
#define MAP_MAX 1000000u      /* extents of a sparse file */

enum {
	AT_NAME = 0,
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	AT_SIZE = 124,
	AT_MTIME = 136,
	AT_SUM = 148,
	AT_TYPE = 156,
	AT_LINK = 157,
	AT_MAGIC = 257,
	AT_MAJOR = 329,
	AT_MINOR = 337,
	AT_PREFIX = 345,
	AT_SPARSE = 386,
	AT_MORE = 482,
	AT_REAL = 483,
	NAME_LEN = 100,
	PREFIX_LEN = 155,
};

#define NOTE(w, severity, rule, span, ...)                                                         \
	do {                                                                                       \
		if ((w)->problems)                                                                 \
			problem_note((w)->problems, severity, rule, (w)->item, span, __VA_ARGS__); \
	} while (0)

/* ---- numbers ---- */

/* Octal digits, or base 256 if the first bit is set. False: no number, or beyond 63 bits. */
static bool number(const uint8_t *at, size_t len, uint64_t *out)
{
	uint64_t v = 0;
	size_t n = 0;

	if (at[0] & 0x80) {
		if (at[0] & 0x40) /* negative */
			return false;
		v = at[0] & 0x3f;
		for (n = 1; n < len; n++) {
			if (v >> 55)
				return false;
			v = v << 8 | at[n];
		}
		*out = v;
		return true;
	}
	while (n < len && at[n] == ' ')
		n++;
	for (; n < len && at[n] >= '0' && at[n] <= '7'; n++) {
		if (v >> 60)
			return false;
		v = v << 3 | (uint64_t)(at[n] - '0');
	}
	*out = v;
	return n == len || at[n] == 0 || at[n] == ' ';
}

static uint64_t number_or_zero(const uint8_t *at, size_t len)
{
	uint64_t v;

	return number(at, len, &v) ? v : 0;
}

/* A time may be before 1970: then it is in base 256, negative. */
static int64_t time_number(const uint8_t *at)
{
	uint64_t v = UINT64_MAX;

	if ((at[0] & 0xc0) != 0xc0)
		return (int64_t)number_or_zero(at, 12);
	for (int n = 4; n < 12; n++)
		v = v << 8 | at[n];
	return (int64_t)v;
}

/* Decimal digits to `end`. */
static bool decimal(const char **at, const char *end, uint64_t *out)
{
	const char *p = *at;
	uint64_t v = 0;

	if (p == end || *p < '0' || *p > '9')
		return false;
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v) || v > INT64_MAX)
			return false;
	*at = p;
	*out = v;
	return true;
}

/* ---- blocks ---- */

static bool all_zero(struct bytes b)
{
	for (size_t n = 0; n < b.len; n++)
		if (b.at[n])
			return false;
	return true;
}

bool tar_is_header(struct bytes b)
{
	uint64_t want, sum = 0;
	int64_t strange = 0; /* some old tars summed signed chars */

	if (b.len < TAR_BLOCK || !number(b.at + AT_SUM, 8, &want))
		return false;
	for (size_t n = 0; n < TAR_BLOCK; n++) {
		uint8_t c = n >= AT_SUM && n < AT_SUM + 8 ? ' ' : b.at[n];

		sum += c;
		strange += (int8_t)c;
	}
	/* An empty block's sum is that of its eight blanks: it is no header. */
	return (sum == want || (strange > 0 && (uint64_t)strange == want)) && sum != 8u * ' ';
}

static struct bytes block_at(const struct tar_walk *w, uint64_t at)
{
	return source_view(w->src, at, TAR_BLOCK);
}

/* `n` rounded up to whole blocks; `n` is below 2^63. */
static uint64_t whole_blocks(uint64_t n)
{
	return (n + TAR_BLOCK - 1) & ~(uint64_t)(TAR_BLOCK - 1);
}

/* The text at `at` up to a NUL. */
static char *text_of(struct arena *a, const uint8_t *at, size_t len)
{
	size_t n = strnlen((const char *)at, len);
	char *text = arena_alloc(a, n + 1);

	memcpy(text, at, n);
	return text;
}

/* ---- pax records: "LENGTH KEY=VALUE\n" ---- */

struct pax_record {
	struct bytes key, value;
};

static bool pax_next(struct bytes *left, struct pax_record *out)
{
	const char *at = (const char *)left->at, *end = at + left->len, *p = at;
	const char *equals;
	uint64_t len;

	if (!decimal(&p, end, &len) || len > left->len || p == end || *p++ != ' ' ||
	    len <= (uint64_t)(p - at))
		return false;
	end = at + len;
	equals = memchr(p, '=', (size_t)(end - p));
	if (!equals || end[-1] != '\n')
		return false;
	out->key = (struct bytes){ (const uint8_t *)p, (size_t)(equals - p) };
	out->value = (struct bytes){ (const uint8_t *)equals + 1, (size_t)(end - equals - 2) };
	left->at += len;
	left->len -= len;
	return true;
}

static bool key_is(struct bytes key, const char *name)
{
	return key.len == strlen(name) && !memcmp(key.at, name, key.len);
}

static bool pax_number(struct bytes value, uint64_t *out)
{
	const char *at = (const char *)value.at;

	return decimal(&at, at + value.len, out);
}

/* What goes before a header and is about it. */
struct ahead {
	struct bytes path, link; /* `at` NULL: not told */
	struct bytes sparse_name;
	uint64_t size, uid, gid, mtime, real;
	bool has_size, has_uid, has_gid, has_mtime, has_real, negative_mtime;
	enum tar_sparse sparse;
	struct span pax;
};

static void ahead_time(struct ahead *h, struct bytes value)
{
	bool negative = value.len && value.at[0] == '-';

	if (negative) {
		value.at++;
		value.len--;
	}
	h->has_mtime = pax_number(value, &h->mtime);
	h->negative_mtime = negative;
}

static void ahead_record(struct ahead *h, const struct pax_record *r)
{
	uint64_t v;

	if (key_is(r->key, "path"))
		h->path = r->value;
	else if (key_is(r->key, "linkpath"))
		h->link = r->value;
	else if (key_is(r->key, "size"))
		h->has_size = pax_number(r->value, &h->size);
	else if (key_is(r->key, "uid"))
		h->has_uid = pax_number(r->value, &h->uid);
	else if (key_is(r->key, "gid"))
		h->has_gid = pax_number(r->value, &h->gid);
	else if (key_is(r->key, "mtime"))
		ahead_time(h, r->value);
	else if (key_is(r->key, "GNU.sparse.name"))
		h->sparse_name = r->value;
	else if (key_is(r->key, "GNU.sparse.size") || key_is(r->key, "GNU.sparse.realsize"))
		h->has_real = pax_number(r->value, &h->real);
	else if (key_is(r->key, "GNU.sparse.major") && pax_number(r->value, &v) && v == 1)
		h->sparse = TAR_SPARSE_DATA;
	else if ((key_is(r->key, "GNU.sparse.map") || key_is(r->key, "GNU.sparse.numblocks")) &&
		 h->sparse == TAR_SOLID)
		h->sparse = TAR_SPARSE_PAX;
}

static void read_pax(struct tar_walk *w, struct ahead *h, struct span body)
{
	struct bytes left = source_view(w->src, body.offset, body.length);
	struct pax_record r;

	h->pax = body;
	while (left.len && left.at[0] && pax_next(&left, &r))
		ahead_record(h, &r);
	if (left.len && left.at[0])
		NOTE(w, SEV_WARNING, "tar-pax", body, "a record of a pax header cannot be read");
}

/* ---- headers ---- */

static const struct {
	char flag;
	enum tar_type type;
	uint32_t mode;
	bool data;
} types[] = {
	{ 0, TAR_FILE, S_IFREG, true },      { '0', TAR_FILE, S_IFREG, true },
	{ '1', TAR_HARD, S_IFREG, false },   { '2', TAR_LINK, S_IFLNK, false },
	{ '3', TAR_CHAR, S_IFCHR, false },   { '4', TAR_DISK, S_IFBLK, false },
	{ '5', TAR_FOLDER, S_IFDIR, false }, { '6', TAR_FIFO, S_IFIFO, false },
	{ '7', TAR_FILE, S_IFREG, true },    { 'D', TAR_FOLDER, S_IFDIR, true },
	{ 'S', TAR_FILE, S_IFREG, true },    { 'V', TAR_OTHER, 0, false },
};

/* Sets the type; true if data follow. */
static bool take_type(struct tar_member *m, const uint8_t *h)
{
	size_t len = strlen(m->path);
	bool data = true;
	uint32_t bits = 0;

	m->flag = (char)h[AT_TYPE];
	m->type = TAR_OTHER;
	for (size_t n = 0; n < ARRAY_LEN(types); n++)
		if (types[n].flag == m->flag) {
			m->type = types[n].type;
			bits = types[n].mode;
			data = types[n].data;
		}
	/* v7 had no type for directories. */
	if (!m->flag && len && m->path[len - 1] == '/') {
		m->type = TAR_FOLDER;
		bits = S_IFDIR;
	}
	m->mode = (uint32_t)number_or_zero(h + AT_MODE, 8) & 07777;
	m->mode |= bits;
	return data;
}

static const char *limited_text(struct arena *a, struct bytes b)
{
	return text_of(a, b.at, b.len < NAME_MAX_LEN ? b.len : NAME_MAX_LEN);
}

/* The name: by pax, by GNU's L, by prefix and name, in this order of faith. */
static const char *member_path(struct tar_walk *w, const struct ahead *ahead, const uint8_t *h)
{
	const char *name, *prefix;

	if (ahead->sparse_name.at)
		return limited_text(w->arena, ahead->sparse_name);
	if (ahead->path.at)
		return limited_text(w->arena, ahead->path);
	name = text_of(w->arena, h + AT_NAME, NAME_LEN);
	if (memcmp(h + AT_MAGIC, "ustar", 6) != 0 || !h[AT_PREFIX])
		return name;
	prefix = text_of(w->arena, h + AT_PREFIX, PREFIX_LEN);
	return arena_printf(w->arena, "%s/%s", prefix, name);
}

static bool is_old_gnu(const uint8_t *h)
{
	return !memcmp(h + AT_MAGIC, "ustar  ", 8);
}

/* Blocks of sparse map that follow an old GNU header; moves *at behind them. */
static void skip_map_blocks(struct tar_walk *w, const uint8_t *h, uint64_t *at)
{
	enum { MORE_IN_BLOCK = 504 };
	bool more = h[AT_MORE];

	while (more) {
		struct bytes b = block_at(w, *at);

		if (b.len < TAR_BLOCK)
			return;
		more = b.at[MORE_IN_BLOCK];
		*at += TAR_BLOCK;
	}
}

static void take_numbers(struct tar_member *m, const struct ahead *ahead, const uint8_t *h)
{
	m->uid = ahead->has_uid ? ahead->uid : number_or_zero(h + AT_UID, 8);
	m->gid = ahead->has_gid ? ahead->gid : number_or_zero(h + AT_GID, 8);
	m->mtime = time_number(h + AT_MTIME);
	if (ahead->has_mtime)
		m->mtime = ahead->negative_mtime ? -(int64_t)ahead->mtime : (int64_t)ahead->mtime;
	if (m->type == TAR_CHAR || m->type == TAR_DISK) {
		m->major = (uint32_t)number_or_zero(h + AT_MAJOR, 8);
		m->minor = (uint32_t)number_or_zero(h + AT_MINOR, 8);
	}
}

/* Size as the header has it; what cannot be read is noted and taken for 0. */
static uint64_t stored_size(struct tar_walk *w, const struct ahead *ahead, const uint8_t *h)
{
	uint64_t size;

	if (ahead->has_size)
		return ahead->size;
	if (number(h + AT_SIZE, 12, &size))
		return size;
	NOTE(w, SEV_ERROR, "tar-size", ((struct span){ w->at, TAR_BLOCK }),
	     "the size of a member cannot be read");
	return 0;
}

/* The member whose header is at w->at; moves on behind it. */
static void take_member(struct tar_walk *w, const struct ahead *ahead, uint64_t start,
			struct tar_member *m)
{
	const uint8_t *h = block_at(w, w->at).at;
	uint64_t size = stored_size(w, ahead, h), after, left;
	bool data;

	*m = (struct tar_member){ .header = { w->at, TAR_BLOCK }, .pax = ahead->pax };
	m->path = member_path(w, ahead, h);
	m->link = ahead->link.at ? limited_text(w->arena, ahead->link)
				 : text_of(w->arena, h + AT_LINK, NAME_LEN);
	data = take_type(m, h);
	take_numbers(m, ahead, h);
	after = w->at + TAR_BLOCK;
	m->sparse = ahead->sparse;
	m->size = size;
	if (m->flag == 'S' && is_old_gnu(h)) {
		m->sparse = TAR_SPARSE_OLD;
		m->size = number_or_zero(h + AT_REAL, 12);
		skip_map_blocks(w, h, &after);
	} else if (m->sparse != TAR_SOLID) {
		m->size = ahead->has_real ? ahead->real : size;
	}
	/* A hard link may carry the data once more (pax), or only its size (old tars). */
	if (m->type == TAR_HARD && size)
		data = !tar_is_header(block_at(w, after)) && !all_zero(block_at(w, after));
	if (!data)
		size = 0;
	left = source_size(w->src) - after;
	m->cut = size > left;
	if (m->cut)
		NOTE(w, SEV_ERROR, "tar-size", m->header,
		     "%s has %llu bytes by its header, the archive has %llu left", m->path,
		     (unsigned long long)size, (unsigned long long)left);
	m->data = span_clip((struct span){ after, size }, source_size(w->src));
	if (m->sparse == TAR_SOLID)
		m->size = m->type == TAR_FILE || data ? m->data.length : 0;
	w->at = m->cut ? source_size(w->src) : after + whole_blocks(size);
	if (w->at > source_size(w->src))
		w->at = source_size(w->src);
	m->span = (struct span){ start, w->at - start };
}

/* The body of a pax or long-name header at w->at; moves behind it. False: too long or cut. */
static bool take_body(struct tar_walk *w, struct span *body)
{
	const uint8_t *h = block_at(w, w->at).at;
	uint64_t size = number_or_zero(h + AT_SIZE, 12), left;

	*body = (struct span){ w->at + TAR_BLOCK, size };
	left = source_size(w->src) - body->offset;
	if (size > left) {
		NOTE(w, SEV_ERROR, "tar-size", ((struct span){ w->at, TAR_BLOCK }),
		     "a header of %llu bytes goes beyond the end of the archive",
		     (unsigned long long)size);
		w->at = source_size(w->src);
		return false;
	}
	w->at = body->offset + whole_blocks(size);
	if (w->at > source_size(w->src))
		w->at = source_size(w->src);
	if (size > PAX_MAX)
		NOTE(w, SEV_WARNING, "tar-size", *body, "a header of %llu bytes is not read",
		     (unsigned long long)size);
	return size <= PAX_MAX;
}

/* Takes what w->at has if that is about the next member. False: it is a member. */
static bool take_ahead(struct tar_walk *w, struct ahead *h)
{
	char flag = (char)block_at(w, w->at).at[AT_TYPE];
	struct span body;
	struct bytes b;

	if (!strchr("xXgLK", flag) || !flag)
		return false;
	if (!take_body(w, &body))
		return true;
	b = source_view(w->src, body.offset, body.length);
	switch (flag) {
	case 'x':
	case 'X':
		read_pax(w, h, body);
		break;
	case 'L':
		h->path = b;
		break;
	case 'K':
		h->link = b;
		break;
	default: /* global records say nothing that matters here */
		break;
	}
	return true;
}

/* ---- walking ---- */

struct tar_walk tar_walk_over(const struct source *src, struct arena *a)
{
	return (struct tar_walk){ .src = src, .arena = a };
}

/* The next header within `most` bytes; false: none. */
static bool find_header(struct tar_walk *w, uint64_t most)
{
	uint64_t size = source_size(w->src), end = size;

	if (most < size - w->at)
		end = w->at + most;
	for (uint64_t at = w->at; at + TAR_BLOCK <= end; at += TAR_BLOCK)
		if (tar_is_header(block_at(w, at))) {
			w->at = at;
			return true;
		}
	return false;
}

/* Zeros where a header should be: two blocks of them end the archive. True: there is more. */
static bool step_over_zeros(struct tar_walk *w)
{
	uint64_t start = w->at;
	bool more;

	w->at += TAR_BLOCK;
	if (all_zero(block_at(w, w->at)))
		w->ended = true;
	more = find_header(w, AFTER_MAX);
	if (more)
		NOTE(w, SEV_WARNING, "tar-end", ((struct span){ start, w->at - start }),
		     "members follow the end of the archive");
	return more;
}

static bool step_over_damage(struct tar_walk *w)
{
	uint64_t start = w->at, size = source_size(w->src);
	bool more;

	w->at += TAR_BLOCK;
	more = find_header(w, LOST_MAX);
	NOTE(w, SEV_ERROR, "tar-header",
	     ((struct span){ start, more ? w->at - start : size - start }),
	     more ? "no header where one should be; the next is at 0x%llx"
		  : "no header where one should be, and none behind 0x%llx",
	     (unsigned long long)w->at);
	return more;
}

bool tar_next(struct tar_walk *w, struct tar_member *out)
{
	uint64_t size = source_size(w->src), start = w->at;
	struct ahead ahead = { .sparse = TAR_SOLID };

	while (w->at < size) {
		struct bytes b = block_at(w, w->at);

		if (b.len < TAR_BLOCK) {
			if (!all_zero(b))
				NOTE(w, SEV_ERROR, "tar-header", ((struct span){ w->at, b.len }),
				     "%zu bytes at the end are too few for a header", b.len);
			break;
		}
		if (tar_is_header(b)) {
			if (take_ahead(w, &ahead))
				continue;
			take_member(w, &ahead, start, out);
			return true;
		}
		if (!(all_zero(b) ? step_over_zeros(w) : step_over_damage(w)))
			break;
		start = w->at;
		ahead = (struct ahead){ .sparse = TAR_SOLID };
	}
	if (w->at >= size && !w->ended && size)
		NOTE(w, SEV_WARNING, "tar-end", ((struct span){ size, 0 }),
		     "the archive has no end marker: it may be cut");
	w->at = size;
	return false;
}

/* ---- sparse maps ---- */

/* A map in the making: extents ascend, lie within the file and have bytes in the data. */
struct map {
	struct arena *arena;
	struct tar_extent *at;
	size_t count, room;
	uint64_t size, left; /* of the file; of the data */
};

static bool map_add(struct map *map, uint64_t offset, uint64_t length)
{
	uint64_t from = 0;

	if (map->count)
		from = map->at[map->count - 1].offset + map->at[map->count - 1].length;
	if (offset < from || offset > map->size || map->count == MAP_MAX)
		return false;
	if (length > map->size - offset)
		length = map->size - offset;
	if (length > map->left)
		length = map->left;
	if (!length)
		return true;
	if (map->count == map->room) {
		size_t room = map->room ? map->room * 2 : 64;
		struct tar_extent *more = arena_array(map->arena, room, sizeof(*more));

		if (map->count)
			memcpy(more, map->at, map->count * sizeof(*more));
		map->at = more;
		map->room = room;
	}
	map->at[map->count++] = (struct tar_extent){ offset, length };
	map->left -= length;
	return true;
}

/* Pairs of 12 bytes each; true if the map may go on. */
static bool map_pairs(struct map *map, const uint8_t *at, int pairs)
{
	for (int n = 0; n < pairs; n++, at += 24) {
		uint64_t offset, length;

		if (!at[0] && !at[12])
			return false;
		if (!number(at, 12, &offset) || !number(at + 12, 12, &length) ||
		    !map_add(map, offset, length))
			return false;
	}
	return true;
}

/* Four pairs in the header, 21 in each block behind it. */
static void map_old(const struct source *src, const struct tar_member *m, struct map *map)
{
	enum { HERE = 4, BEHIND = 21, MORE_IN_BLOCK = 504 };
	struct bytes b = source_view(src, m->header.offset, TAR_BLOCK);
	uint64_t at = m->header.offset;
	bool more = b.len == TAR_BLOCK && map_pairs(map, b.at + AT_SPARSE, HERE) && b.at[AT_MORE];

	while (more) {
		at += TAR_BLOCK;
		b = source_view(src, at, TAR_BLOCK);
		more = b.len == TAR_BLOCK && at < m->data.offset && map_pairs(map, b.at, BEHIND) &&
		       b.at[MORE_IN_BLOCK];
	}
}

/* "offset,length,offset,length" */
static bool map_list(struct map *map, struct bytes list)
{
	const char *at = (const char *)list.at, *end = at + list.len;
	uint64_t offset, length;

	while (decimal(&at, end, &offset) && at < end && *at == ',') {
		at++;
		if (!decimal(&at, end, &length) || !map_add(map, offset, length))
			return false;
		at += at < end && *at == ',';
	}
	return true;
}

/* Version 0.1 has the list in one record, 0.0 a record for each number. */
static void map_pax(const struct source *src, const struct tar_member *m, struct map *map)
{
	struct bytes left = source_view(src, m->pax.offset, m->pax.length);
	uint64_t offset = 0, length;
	struct pax_record r;

	while (left.len && pax_next(&left, &r)) {
		if (key_is(r.key, "GNU.sparse.map")) {
			if (!map_list(map, r.value))
				return;
		} else if (key_is(r.key, "GNU.sparse.offset")) {
			if (!pax_number(r.value, &offset))
				return;
		} else if (key_is(r.key, "GNU.sparse.numbytes")) {
			if (!pax_number(r.value, &length) || !map_add(map, offset, length))
				return;
		}
	}
}

static bool line_number(const char **at, const char *end, uint64_t *out)
{
	if (!decimal(at, end, out) || *at == end || **at != '\n')
		return false;
	++*at;
	return true;
}

/* Version 1.0: lines of numbers, the first is how many pairs follow, padded to whole blocks. The
 * data begin behind them. */
static void map_data(const struct source *src, const struct tar_member *m, struct map *map,
		     struct span *data)
{
	struct bytes b = source_view(src, data->offset, data->length);
	const char *first = (const char *)b.at, *at = first, *end = at + b.len;
	uint64_t pairs, offset, length, used;
	struct tar_extent *list;
	size_t n = 0;

	(void)m;
	if (!line_number(&at, end, &pairs) || pairs > MAP_MAX || pairs > b.len / 4)
		return;
	list = arena_array(map->arena, (size_t)pairs + 1, sizeof(*list));
	while (n < pairs && line_number(&at, end, &offset) && line_number(&at, end, &length))
		list[n++] = (struct tar_extent){ offset, length };
	used = whole_blocks((uint64_t)(at - first));
	if (used > data->length)
		used = data->length;
	data->offset += used;
	data->length -= used;
	map->left = data->length;
	for (size_t i = 0; i < n; i++)
		if (!map_add(map, list[i].offset, list[i].length))
			return;
}

size_t tar_map(const struct source *src, const struct tar_member *m, struct arena *a,
	       struct tar_extent **out, struct span *data)
{
	struct map map = { .arena = a, .size = m->size, .left = m->data.length };

	*data = m->data;
	switch (m->sparse) {
	case TAR_SPARSE_OLD:
		map_old(src, m, &map);
		break;
	case TAR_SPARSE_PAX:
		map_pax(src, m, &map);
		break;
	case TAR_SPARSE_DATA:
		map_data(src, m, &map, data);
		break;
	case TAR_SOLID:
		map_add(&map, 0, m->data.length);
		break;
	}
	*out = map.at;
	return map.count;
}
