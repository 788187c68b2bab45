/* Files that lie among the images without CRIU's header: pages, texts, archives, and what nobody
 * knows. The dumps of netlink messages are in netlink.c.
 *
 *	pages-N.img                 nothing but pages: pagemap-*.img says where they belong
 *	iptables-, ip6tables-,
 *	nftables-N.img              text, line by line
 *	tmpfs-dev-N.tar.gz.img      a tar of the file system, gzipped; plain in the oldest sets
 *
 * An archive's contents are listed, never unpacked, and only when somebody opens the list. */
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "core/libarchive.h"
#include "criu/criu.h"
#include "criu/image.h"
#include "criu/set.h"

#define MEMBERS_MAX 100000u
#define UNPACK_MAX (UINT64_C(1) << 30) /* bytes decompressed for one listing */
#define LISTED_MAX (24u << 20)         /* bytes of one listing, as fields */
#define LINES_MAX 20000u               /* of a text, as fields */
#define ROWS_MAX 1000000u              /* of a text; the last one has all the rest */
#define LOOK_BYTES 4096u               /* to tell text */
#define LINE_SHOWN 256u                /* of a line, in a summary */

static struct span whole(const struct record *r)
{
	return (struct span){ r->offset, r->length };
}

/* ---- pages ---- */

static void pages_fields(struct image *im, const struct record *r, struct field *root,
			 struct arena *a)
{
	uint64_t size = set_page_size(im->set);

	field_derived(root, a, "pages",
		      arena_printf(a, "%llu of %llu bytes", (unsigned long long)(r->length / size),
				   (unsigned long long)size));
	if (r->length % size)
		field_derived(root, a, "incomplete",
			      arena_printf(a, "%llu bytes of the last page",
					   (unsigned long long)(r->length % size)));
	image_add_bytes(im, root, a, "bytes", whole(r));
}

static void pages_entries(struct image *im, struct json *j, struct arena *a)
{
	uint64_t size = set_page_size(im->set);

	(void)a;
	json_object(j);
	json_key_uint(j, "page_size", size);
	json_key_uint(j, "pages", image_size(im) / size);
	json_end_object(j);
}

const struct raw_kind raw_pages = {
	.fields = pages_fields,
	.entries = pages_entries,
};

/* ---- text ---- */

/* The line at `at`, newline and all. */
static struct span line_at(const struct image *im, uint64_t at)
{
	struct bytes b = image_bytes(im, (struct span){ at, UINT64_MAX });
	const uint8_t *end = b.len ? memchr(b.at, '\n', b.len) : NULL;

	return (struct span){ at, end ? (uint64_t)(end - b.at) + 1 : b.len };
}

/* What there is of a line before its newline. */
static struct span line_text(const struct image *im, struct span line)
{
	struct bytes b = image_bytes(im, line);

	if (b.len && b.at[b.len - 1] == '\n')
		line.length--;
	return line;
}

static void add_line(struct image *im, struct field *parent, struct arena *a, struct span line,
		     uint32_t n)
{
	struct span text = line_text(im, line);
	struct field *f = field_text(parent, a, "line", image_bytes(im, text), line);

	f->value = text;
	f->at = n;
}

static bool line_step(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note)
{
	struct span line = line_at(im, *at);

	(void)note;
	if (n + 1 >= ROWS_MAX)
		line.length = image_size(im) - *at;
	*out = (struct record){ .offset = *at, .length = line.length };
	out->body = line.length > UINT32_MAX ? UINT32_MAX : (uint32_t)line.length;
	*at += line.length;
	return line.length;
}

static const char *line_kind(struct image *im, const struct record *r)
{
	(void)im;
	(void)r;
	return "line";
}

/* Tabs indent: in a row, one blank each says as much. */
static const char *line_summary(struct image *im, const struct record *r, struct arena *a)
{
	struct span text = line_text(im, whole(r));
	struct bytes b = image_bytes(
		im,
		(struct span){ text.offset, text.length > LINE_SHOWN ? LINE_SHOWN : text.length });
	uint8_t *blank = arena_dup(a, b.at, b.len);

	for (size_t n = 0; n < b.len; n++)
		if (blank[n] == '\t')
			blank[n] = ' ';
	return text_clean((struct bytes){ blank, b.len }, a);
}

static void line_fields(struct image *im, const struct record *r, struct field *root,
			struct arena *a)
{
	add_line(im, root, a, whole(r), FIELD_ONE);
}

static void line_json(struct image *im, const struct record *r, struct json *j, struct arena *a)
{
	(void)a;
	json_text(j, image_bytes(im, line_text(im, whole(r))));
}

const struct raw_kind raw_text = {
	.rows = true,
	.step = line_step,
	.kind = line_kind,
	.summary = line_summary,
	.fields = line_fields,
	.json = line_json,
};

/* ---- archives ---- */

/* A listing under way. */
struct listing {
	const struct libarchive *lib; /* NULL: there is none */
	struct archive *archive;
	struct archive_entry *entry;
	uint64_t unpacked;
	uint32_t count;
	const char *end; /* why it ended early, cleaned; NULL: it is complete */
};

static bool listing_open(struct listing *l, struct bytes b, struct arena *a)
{
	struct err *err;

	*l = (struct listing){ 0 };
	err = libarchive_load(&l->lib);
	if (err) {
		l->end = text_clean_str(err->text, a);
		l->lib = NULL;
		err_free(err);
		return false;
	}
	l->archive = l->lib->archive_read_new();
	if (!l->archive)
		return false;
	l->lib->archive_read_support_filter_by_code(l->archive, ARCHIVE_FILTER_GZIP);
	l->lib->archive_read_support_format_tar(l->archive);
	if (b.len && l->lib->archive_read_open_memory(l->archive, b.at, b.len) != ARCHIVE_OK)
		l->end = text_clean_str(l->lib->archive_error_string(l->archive), a);
	return b.len && !l->end;
}

static void listing_close(struct listing *l)
{
	if (l->lib)
		l->lib->archive_read_free(l->archive);
}

/* Reads past a member's content, which counts what it costs. False: too much. */
static bool listing_skip(struct listing *l)
{
	const void *at;
	la_int64_t offset;
	size_t len;

	while (l->lib->archive_read_data_block(l->archive, &at, &len, &offset) == ARCHIVE_OK) {
		l->unpacked += len;
		if (l->unpacked > UNPACK_MAX)
			return false;
	}
	return true;
}

static bool listing_next(struct listing *l, struct arena *a)
{
	const char *text;
	int rc;

	if (l->entry && !listing_skip(l)) {
		l->end = "more than 1 GiB of contents: not read on";
		return false;
	}
	if (l->count == MEMBERS_MAX) {
		l->end = "more than 100,000 members: not listed on";
		return false;
	}
	rc = l->lib->archive_read_next_header(l->archive, &l->entry);
	if (rc == ARCHIVE_OK || rc == ARCHIVE_WARN) {
		l->count++;
		return true;
	}
	text = l->lib->archive_error_string(l->archive);
	if (rc != ARCHIVE_EOF)
		l->end = text ? text_clean_str(text, a) : "cannot be read on";
	return false;
}

static const char *member_name(struct listing *l)
{
	const char *name = l->lib->archive_entry_pathname(l->entry);

	return name ? name : "";
}

static const char *member_link(struct listing *l)
{
	const char *link = l->lib->archive_entry_symlink(l->entry);

	return link ? link : l->lib->archive_entry_hardlink(l->entry);
}

/* "-rw-r--r-- 0/0 1234 2026-11-22 03:00:00 ./name -> target", as tar lists it. */
static const char *member_line(struct listing *l, struct arena *a)
{
	time_t mtime = l->lib->archive_entry_mtime(l->entry);
	const char *link = member_link(l);
	char when[40] = "?";
	struct tm tm;

	if (gmtime_r(&mtime, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	return arena_printf(a, "%s %lld/%lld %lld %s %s%s%s",
			    text_clean_str(l->lib->archive_entry_strmode(l->entry), a),
			    (long long)l->lib->archive_entry_uid(l->entry),
			    (long long)l->lib->archive_entry_gid(l->entry),
			    (long long)l->lib->archive_entry_size(l->entry), when,
			    text_clean_str(member_name(l), a), link ? " -> " : "",
			    link ? text_clean_str(link, a) : "");
}

static void tar_expand(struct field *f, struct arena *a)
{
	const struct item *it = f->owner;
	struct image *im = it->data;
	size_t most = a->held + LISTED_MAX;
	struct listing l;

	if (listing_open(&l, image_bytes(im, (struct span){ 0, UINT64_MAX }), a))
		while (listing_next(&l, a)) {
			field_derived(f, a, "member", member_line(&l, a))->at = l.count - 1;
			if (a->held > most) {
				l.end = "very many members: not listed on";
				break;
			}
		}
	if (l.end)
		field_derived(f, a, "end", l.end)->trouble = "the list is not complete";
	listing_close(&l);
}

static const struct field_ops tar_ops = { .expand = tar_expand };

static void tar_fields(struct image *im, const struct record *r, struct field *root,
		       struct arena *a)
{
	struct field *f;

	root->owner = im->item;
	image_add_type(root, a, image_bytes(im, whole(r)));
	if (r->length) {
		f = field_add(root, a, FIELD_GROUP, "contents", (struct span){ 0, 0 });
		f->ops = &tar_ops;
		f->owner = im->item;
	}
	image_add_bytes(im, root, a, "bytes", whole(r));
}

static void member_json(struct listing *l, struct json *j)
{
	static const struct {
		unsigned type;
		const char *name;
	} types[] = {
		{ AE_IFREG, "file" },    { AE_IFDIR, "directory" }, { AE_IFLNK, "link" },
		{ AE_IFIFO, "fifo" },    { AE_IFCHR, "char" },      { AE_IFBLK, "block" },
		{ AE_IFSOCK, "socket" },
	};
	const char *link = member_link(l), *type = "file";

	for (size_t n = 0; n < ARRAY_LEN(types); n++)
		if (types[n].type == l->lib->archive_entry_filetype(l->entry))
			type = types[n].name;
	json_object(j);
	json_key_str(j, "name", member_name(l));
	json_key_str(j, "type", type);
	json_key(j, "size");
	json_int(j, l->lib->archive_entry_size(l->entry));
	json_key_uint(j, "mode", l->lib->archive_entry_perm(l->entry));
	json_key(j, "uid");
	json_int(j, l->lib->archive_entry_uid(l->entry));
	json_key(j, "gid");
	json_int(j, l->lib->archive_entry_gid(l->entry));
	json_key(j, "mtime");
	json_int(j, l->lib->archive_entry_mtime(l->entry));
	if (link) {
		json_key_str(j, "target", link);
	}
	json_end_object(j);
}

static void tar_entries(struct image *im, struct json *j, struct arena *a)
{
	struct listing l;

	if (listing_open(&l, image_bytes(im, (struct span){ 0, UINT64_MAX }), a))
		while (listing_next(&l, a))
			member_json(&l, j);
	if (l.end)
		problem_note(im->item->model->problems, SEV_WARNING, "archive", im->item,
			     (struct span){ 0, image_size(im) }, "%s", l.end);
	listing_close(&l);
}

const struct raw_kind raw_tar = {
	.fields = tar_fields,
	.entries = tar_entries,
};

/* ---- files of no known kind ---- */

static bool looks_like_text(struct bytes b)
{
	size_t odd = 0;

	if (b.len > LOOK_BYTES)
		b.len = LOOK_BYTES;
	for (size_t n = 0; n < b.len; n++) {
		if (!b.at[n])
			return false;
		odd += b.at[n] < 0x20 && !memchr("\t\n\r\x1b", b.at[n], 4);
	}
	return b.len && odd * 32 <= b.len;
}

static void unknown_fields(struct image *im, const struct record *r, struct field *root,
			   struct arena *a)
{
	struct bytes b = image_bytes(im, whole(r));
	struct span rest = whole(r);
	uint32_t lines = looks_like_text(b) ? LINES_MAX : 0;

	root->owner = im->item;
	image_add_type(root, a, b);
	for (uint32_t n = 0; n < lines && rest.length; n++) {
		struct span line = line_at(im, rest.offset);

		add_line(im, root, a, line, n);
		rest.offset += line.length;
		rest.length -= line.length;
	}
	image_add_bytes(im, root, a, "bytes", rest);
}

static void unknown_entries(struct image *im, struct json *j, struct arena *a)
{
	struct span line = { 0, 0 };

	(void)a;
	if (!looks_like_text(image_bytes(im, (struct span){ 0, LOOK_BYTES })))
		return;
	for (uint64_t at = 0; at < image_size(im); at += line.length) {
		line = line_at(im, at);
		if (!line.length)
			return;
		json_text(j, image_bytes(im, line_text(im, line)));
	}
}

const struct raw_kind raw_unknown = {
	.fields = unknown_fields,
	.entries = unknown_entries,
};
