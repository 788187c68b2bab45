/* A tar as a file: each member a row, and of each the header's fields and its bytes. What is in
 * rootfs-diff.tar, devshm-checkpoint.tar and volumes' tars is browsed this way; nothing is
 * unpacked. (What is between the members, and the end marker, is no row.) */
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "core/tar.h"
#include "criu/engine.h"

/* Where the parts of a header are. GNU's and ustar's differ from 345 on. */
static const struct layout header[] = {
	{ "name", 100, SHOW_TEXT, NULL },
	{ "mode", 8, SHOW_TEXT, NULL },
	{ "uid", 8, SHOW_TEXT, NULL },
	{ "gid", 8, SHOW_TEXT, NULL },
	{ "size", 12, SHOW_TEXT, NULL },
	{ "mtime", 12, SHOW_TEXT, NULL },
	{ "chksum", 8, SHOW_TEXT, NULL },
	{ "typeflag", 1, SHOW_TEXT, NULL },
	{ "linkname", 100, SHOW_TEXT, NULL },
	{ "magic", 6, SHOW_TEXT, NULL },
	{ "version", 2, SHOW_TEXT, NULL },
	{ "uname", 32, SHOW_TEXT, NULL },
	{ "gname", 32, SHOW_TEXT, NULL },
	{ "devmajor", 8, SHOW_TEXT, NULL },
	{ "devminor", 8, SHOW_TEXT, NULL },
	{ "prefix", 167, SHOW_TEXT, NULL },
	{ 0 },
};

static bool member_at(const struct image *im, uint64_t at, struct arena *a, bool note,
		      struct tar_member *m)
{
	struct tar_walk w = tar_walk_over(atomic_load(&im->item->source), a);

	w.at = at;
	if (note) {
		w.problems = im->item->model->problems;
		w.item = im->item;
	}
	return tar_next(&w, m);
}

static bool members_step(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note)
{
	struct tar_member m;
	struct arena a;
	bool more;

	(void)n;
	arena_init(&a);
	more = member_at(im, *at, &a, note, &m);
	arena_fini(&a);
	if (!more)
		return false;
	*out = (struct record){ .offset = m.span.offset, .length = m.span.length };
	out->head = m.data.offset - m.span.offset > UINT16_MAX
			    ? UINT16_MAX
			    : (uint16_t)(m.data.offset - m.span.offset);
	out->body = m.data.length > UINT32_MAX ? UINT32_MAX : (uint32_t)m.data.length;
	out->kind = (uint16_t)m.type;
	out->flags = m.cut ? RECORD_CUT | RECORD_DAMAGED : 0;
	*at = m.span.offset + m.span.length;
	return true;
}

static const char *members_kind(struct image *im, const struct record *r)
{
	static const char *const names[] = {
		[TAR_FILE] = "file",     [TAR_HARD] = "hard link", [TAR_LINK] = "link",
		[TAR_FOLDER] = "folder", [TAR_CHAR] = "char",      [TAR_DISK] = "block",
		[TAR_FIFO] = "fifo",     [TAR_OTHER] = "other",
	};

	(void)im;
	return r->kind < ARRAY_LEN(names) ? names[r->kind] : "other";
}

static const char *time_text(int64_t t, struct arena *a)
{
	time_t when = (time_t)t;
	char text[40];
	struct tm tm;

	if (!gmtime_r(&when, &tm))
		return "?";
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	return arena_strdup(a, text);
}

static const char *link_text(const struct tar_member *m, struct arena *a)
{
	if (m->type != TAR_LINK && m->type != TAR_HARD)
		return "";
	return arena_printf(a, m->type == TAR_LINK ? " -> %s" : " link to %s",
			    text_clean_str(m->link, a));
}

/* "-rw-r--r-- 0/0 1234 2026-11-22 03:00:00 etc/motd", as tar lists it. */
static const char *members_summary(struct image *im, const struct record *r, struct arena *a)
{
	static const char letters[] = {
		[TAR_FILE] = '-', [TAR_HARD] = 'h', [TAR_LINK] = 'l', [TAR_FOLDER] = 'd',
		[TAR_CHAR] = 'c', [TAR_DISK] = 'b', [TAR_FIFO] = 'p', [TAR_OTHER] = '?',
	};
	char mode[] = "?rwxrwxrwx";
	struct tar_member m;

	if (!member_at(im, r->offset, a, false, &m))
		return "";
	mode[0] = letters[m.type];
	for (int n = 0; n < 9; n++)
		if (!(m.mode >> (8 - n) & 1))
			mode[n + 1] = '-';
	return arena_printf(a, "%s %llu/%llu %llu %s %s%s", mode, (unsigned long long)m.uid,
			    (unsigned long long)m.gid, (unsigned long long)m.size,
			    time_text(m.mtime, a), text_clean_str(m.path, a), link_text(&m, a));
}

static void header_fields(struct image *im, const struct tar_member *m, struct field *root,
			  struct arena *a)
{
	struct field *f = field_add(root, a, FIELD_GROUP, "header", m->header);
	struct source *src = atomic_load(&im->item->source);
	struct cursor c = source_cursor(src, m->header);

	f->expanded = true;
	field_layout(f, a, header, &c, im->env);
	/* Text ends at its NUL. */
	for (struct field *part = f->first; part; part = part->next) {
		const uint8_t *end =
			part->bytes.len ? memchr(part->bytes.at, 0, part->bytes.len) : NULL;

		if (end)
			part->bytes.len = (size_t)(end - part->bytes.at);
	}
}

static void members_fields(struct image *im, const struct record *r, struct field *root,
			   struct arena *a)
{
	struct span none = { 0, 0 }, front;
	struct tar_member m;
	struct field *f;
	uint64_t behind;

	root->owner = im->item;
	if (!member_at(im, r->offset, a, false, &m)) {
		image_add_bytes(im, root, a, "bytes", (struct span){ r->offset, r->length });
		return;
	}
	field_derived(root, a, "path", text_clean_str(m.path, a));
	if (*link_text(&m, a))
		field_derived(root, a, "target", text_clean_str(m.link, a));
	field_uint(root, a, "mode", m.mode, SHOW_MODE, none);
	field_uint(root, a, "uid", m.uid, SHOW_DEC, none);
	field_uint(root, a, "gid", m.gid, SHOW_DEC, none);
	f = field_uint(root, a, "size", m.size, SHOW_SIZE, none);
	if (m.cut)
		f->trouble = "the archive ends inside it";
	field_uint(root, a, "mtime", (uint64_t)m.mtime, SHOW_TIME, none);
	if (m.type == TAR_CHAR || m.type == TAR_DISK)
		field_derived(root, a, "device", arena_printf(a, "%u:%u", m.major, m.minor));
	front = (struct span){ m.span.offset, m.header.offset - m.span.offset };
	image_add_bytes(im, root, a, "extended header", front);
	header_fields(im, &m, root, a);
	behind = m.header.offset + m.header.length;
	image_add_bytes(im, root, a, "sparse map", (struct span){ behind, m.data.offset - behind });
	if (m.data.length) {
		image_add_type(root, a, image_bytes(im, m.data));
		image_add_bytes(im, root, a, "content", m.data);
	}
}

static void members_json(struct image *im, const struct record *r, struct json *j, struct arena *a)
{
	struct tar_member m;

	if (!member_at(im, r->offset, a, false, &m)) {
		json_null(j);
		return;
	}
	json_object(j);
	json_key_str(j, "name", m.path);
	json_key_str(j, "type", members_kind(im, r));
	json_key_uint(j, "size", m.size);
	json_key_uint(j, "mode", m.mode & 07777);
	json_key_uint(j, "uid", m.uid);
	json_key_uint(j, "gid", m.gid);
	json_key(j, "mtime");
	json_int(j, m.mtime);
	json_key(j, "link");
	if (m.type == TAR_LINK || m.type == TAR_HARD)
		json_str(j, m.link);
	else
		json_null(j);
	json_end_object(j);
}

const struct raw_kind raw_members = {
	.rows = true,
	.step = members_step,
	.kind = members_kind,
	.summary = members_summary,
	.fields = members_fields,
	.json = members_json,
};
