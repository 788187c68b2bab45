/* The files whose code a process ran, and where their bytes are today.
 *
 *	region ─► module: regions of one file that follow each other     by address
 *	             │ its build-id: as the images recorded it, else out of its first page
 *	             ▼
 *	    DIR or / + path, and the build-ids are equal ─► its bytes
 *	    the kernel's own code (vDSO) ─► copied out of the process's memory
 *
 * Paths come from the images: they never lead out of DIR, and nothing but a regular file is ever
 * opened, since to open a device can do something. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bound.h"
#include "base/text.h"
#include "ops/unwind_parts.h"

#define VDSO_MOST (UINT64_C(64) << 10)

/* ---- build-ids ---- */

static uint64_t word_of(struct cursor *c, bool wide)
{
	return wide ? cursor_u64(c) : cursor_u32(c);
}

/* Among the notes in `b`: namesz, descsz, type, name, desc, padded to words. */
static bool find_id_note(struct bytes b, struct bytes *id)
{
	enum { NT_GNU_BUILD_ID = 3 };
	struct cursor c = cursor_over(b, 0);

	while (cursor_left(&c) >= 12) {
		uint32_t namesz = cursor_u32(&c), descsz = cursor_u32(&c), type = cursor_u32(&c);
		struct bytes name = cursor_bytes(&c, ((uint64_t)namesz + 3) & ~UINT64_C(3));
		struct bytes desc = cursor_bytes(&c, descsz);

		cursor_skip(&c, -descsz & 3);
		if (desc.len != descsz || !desc.len)
			continue;
		if (type == NT_GNU_BUILD_ID && namesz == 4 && !memcmp(name.at, "GNU", 4)) {
			*id = desc;
			return true;
		}
	}
	return false;
}

bool elf_build_id(struct bytes b, struct bytes *id)
{
	enum { PT_NOTE = 4, HEAD = 64 };
	struct cursor c = cursor_over(b, 0);
	bool wide;
	uint64_t at;
	uint16_t size, count;

	*id = (struct bytes){ NULL, 0 };
	if (b.len < HEAD || memcmp(b.at, "\177ELF", 4) != 0 || b.at[5] != 1)
		return false;
	wide = b.at[4] == 2;
	cursor_skip(&c, wide ? 32 : 28);
	at = word_of(&c, wide);
	cursor_skip(&c, wide ? 14 : 10);
	size = cursor_u16(&c);
	count = cursor_u16(&c);
	for (unsigned i = 0; i < count && size >= (wide ? 56 : 32); i++) {
		struct cursor h = cursor_over(b, 0), notes = cursor_over(b, 0);
		uint64_t offset, length;

		cursor_skip(&h, at);
		cursor_skip(&h, (uint64_t)i * size);
		if (cursor_u32(&h) != PT_NOTE)
			continue;
		cursor_skip(&h, wide ? 4 : 0);
		offset = word_of(&h, wide);
		cursor_skip(&h, wide ? 16 : 8);
		length = word_of(&h, wide);
		cursor_skip(&notes, offset);
		if (!h.spent && !notes.spent && find_id_note(cursor_bytes(&notes, length), id))
			return true;
	}
	return false;
}

/* A recorded one may have zeros behind it, up to a whole word. */
static bool same_id(struct bytes recorded, struct bytes id)
{
	if (!id.len || recorded.len < id.len || recorded.len - id.len > 3)
		return false;
	for (size_t i = id.len; i < recorded.len; i++)
		if (recorded.at[i])
			return false;
	return !memcmp(recorded.at, id.at, id.len);
}

static struct bytes id_in_memory(struct unwind *u, const struct module *m)
{
	struct bytes page = { NULL, 0 }, id = { NULL, 0 };
	uint8_t *at;

	if (m->end - m->start < u->as->page)
		return id;
	at = arena_alloc(&u->arena, u->as->page);
	page = (struct bytes){ at, u->as->page };
	if (aspace_read(u->as, m->start, at, page.len, NULL) == page.len)
		elf_build_id(page, &id);
	return id;
}

/* ---- modules ---- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static bool has_code(const struct unwind *u, const struct module *m)
{
	size_t i = region_after(u->as->regions, u->as->region_count, m->start);

	for (; i < u->as->region_count && u->as->regions[i].start < m->end; i++)
		if (u->as->regions[i].flags & REGION_EXEC)
			return true;
	return false;
}

/* True if the stretch goes on with what `m` maps. Of a small program two segments may begin in the
 * file's first page: then code follows what has none. */
static bool goes_on(const struct unwind *u, const struct module *m, const struct dump_file *f,
		    const struct region *r)
{
	if (!m->raw.len || !bytes_equal(m->raw, f->path) || !bytes_equal(m->build_id, f->build_id))
		return false;
	if (!f->offset)
		return r->flags & REGION_EXEC && !m->looked && !has_code(u, m);
	return f->start - m->start >= f->offset;
}

static void take_file(struct unwind *u, const struct dump_file *f, const struct region *r)
{
	struct module m = {
		.start = f->start, .end = f->end, .raw = f->path, .build_id = f->build_id
	};

	if (u->module_count && goes_on(u, &u->modules[u->module_count - 1], f, r)) {
		u->modules[u->module_count - 1].end = f->end;
		return;
	}
	if (f->offset) {
		m.looked = true;
		m.why = "it is not mapped from its beginning";
	}
	u->modules[u->module_count++] = m;
}

static void take_kernel(struct unwind *u, const struct region *r)
{
	u->modules[u->module_count++] =
		(struct module){ .start = r->start, .end = r->end, .name = r->name };
}

/* Files and vDSO by address, a region one of them at most. */
static void take_all(struct unwind *u, const struct dump *d)
{
	size_t next = 0;

	for (size_t i = 0; i < u->as->region_count; i++) {
		const struct region *r = &u->as->regions[i];

		while (next < d->file_count && d->files[next].start < r->start)
			next++;
		if (next < d->file_count && d->files[next].start == r->start)
			take_file(u, &d->files[next], r);
		else if (!strcmp(r->kind, "vdso"))
			take_kernel(u, r);
	}
}

void unwind_find_modules(struct unwind *u, const struct dump *d)
{
	size_t kept = 0;

	u->modules = arena_array(&u->arena, u->as->region_count + 1, sizeof(*u->modules));
	take_all(u, d);
	for (size_t i = 0; i < u->module_count; i++) {
		if (has_code(u, &u->modules[i]))
			u->modules[kept++] = u->modules[i];
	}
	u->module_count = kept;
}

void unwind_name_module(struct unwind *u, struct module *m)
{
	if (m->name)
		return;
	m->path = text_clean(m->raw, &u->arena);
	m->name = last_part(m->path);
}

struct module *unwind_module_at(const struct unwind *u, uint64_t addr)
{
	size_t at = BOUND(i, u->module_count, u->modules[i].end <= addr);

	return at < u->module_count && u->modules[at].start <= addr ? &u->modules[at] : NULL;
}

/* ---- files ---- */

/* Below the root, which ".." and links do not leave. O_PATH: opens nothing yet. -1: errno. */
static int find_below(const char *root, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int dir = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC), fd, errnum;

	if (dir < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
	errnum = errno;
	close(dir);
	errno = errnum;
	return fd;
}

/* A regular file there, for reading. */
static struct err *open_below(const char *root, const char *path, int *out)
{
	int at = find_below(root, path);
	struct err *err = NULL;
	char self[64];
	struct stat st;

	*out = -1;
	if (at < 0)
		return err_io(errno, "it cannot be opened");
	snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	if (fstat(at, &st) || !S_ISREG(st.st_mode))
		err = err_new(ERR_IO, "it is no regular file");
	else if ((*out = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY)) < 0)
		err = err_io(errno, "it cannot be opened");
	close(at);
	return err;
}

static struct err *map_below(const struct unwind *u, const char *path, struct source **out)
{
	struct err *err;
	int fd;

	*out = NULL;
	err = open_below(u->root, path, &fd);
	if (!err)
		err = source_map(fd, path, out);
	if (fd >= 0)
		close(fd);
	return err;
}

static bool is_code_of(const struct unwind *u, struct bytes head)
{
	enum { ET_EXEC = 2, ET_DYN = 3 };
	uint16_t type;

	if (head.len < 64 || memcmp(head.at, "\177ELF", 4) != 0 || head.at[5] != 1)
		return false;
	type = le16_at(head.at + 16);
	return (type == ET_EXEC || type == ET_DYN) &&
	       le16_at(head.at + 18) == u->machine->machine &&
	       head.at[4] == (u->machine->word == 8 ? 2 : 1);
}

/* Whether these bytes are what was mapped; if not, m->why. */
static bool is_the_one(const struct unwind *u, struct module *m, struct bytes b)
{
	struct bytes id;

	if (!is_code_of(u, b)) {
		m->why = "the file there is no program of this machine";
		return false;
	}
	elf_build_id(b, &id);
	if (m->build_id.len) {
		m->why = "the file there is another build";
		return same_id(m->build_id, id);
	}
	m->why = "no build-id to compare is recorded; --root DIR would take it unseen";
	m->note = "build-id not compared";
	return u->root;
}

static void look_for_file(struct unwind *u, struct module *m)
{
	const char *path =
		arena_printf(&u->arena, "%.*s", (int)m->raw.len, (const char *)m->raw.at);
	struct source *src;
	struct err *err = map_below(u, path, &src);

	if (err) {
		m->why = err->code == ERR_ABSENT ? "it is not there"
						 : arena_strdup(&u->arena, err->text);
		err_free(err);
		return;
	}
	if (!m->build_id.len)
		m->build_id = id_in_memory(u, m);
	if (is_the_one(u, m, source_view(src, 0, source_size(src))))
		m->source = src;
	else
		source_close(src);
}

/* All of it, or none: a part would be taken for a whole that is damaged. */
static void copy_from_memory(struct unwind *u, struct module *m)
{
	struct bytes b = { NULL, 0 };
	uint8_t *at;

	m->why = "its pages are not in these images";
	if (m->end - m->start > VDSO_MOST)
		return;
	b.len = m->end - m->start;
	b.at = at = arena_alloc(&u->arena, b.len);
	if (aspace_read(u->as, m->start, at, b.len, NULL) < b.len || !is_code_of(u, b))
		return;
	m->source = source_memory(b, m->name);
}

struct source *unwind_module_source(struct unwind *u, struct module *m)
{
	if (!m->looked && m->raw.len)
		look_for_file(u, m);
	else if (!m->looked)
		copy_from_memory(u, m);
	m->looked = true;
	return m->source;
}

/* Of the same build-id, which the name promises. */
static bool has_id(int fd, const char *path, struct bytes build_id)
{
	CLEANUP(source_closep) struct source *src = NULL;
	struct err *err = source_map(fd, path, &src);
	struct bytes id;

	if (err) {
		err_free(err);
		return false;
	}
	return elf_build_id(source_view(src, 0, source_size(src)), &id) &&
	       bytes_equal(id, build_id);
}

int unwind_debug_file(const struct unwind *u, struct bytes build_id)
{
	char path[256] = "usr/lib/debug/.build-id/";
	size_t at = strlen(path);
	struct err *err;
	int fd;

	if (build_id.len < 2 || build_id.len > 64)
		return -1;
	for (size_t i = 0; i < build_id.len; i++)
		at += (size_t)snprintf(path + at, sizeof(path) - at, i ? "%02x" : "%02x/",
				       build_id.at[i]);
	snprintf(path + at, sizeof(path) - at, ".debug");
	err = open_below(u->root, path, &fd);
	err_free(err);
	if (fd < 0 || has_id(fd, path, build_id))
		return fd;
	close(fd);
	return -1;
}

void unwind_close_modules(struct unwind *u)
{
	for (size_t i = 0; i < u->module_count; i++)
		source_close(u->modules[i].source);
}

/* ---- memory ---- */

/* Bytes of a page that no image has, since it is as the file has it. */
static bool read_file(struct unwind *u, const struct extent *x, uint64_t addr, void *to, size_t len)
{
	struct module *m = unwind_module_at(u, addr);
	const struct region *r =
		x->region < u->as->region_count ? &u->as->regions[x->region] : NULL;
	struct source *src = m && r ? unwind_module_source(u, m) : NULL;

	return src && source_read(src, r->pgoff + (addr - r->start), to, len) == len;
}

static const char *say_missing(const struct extent *x, uint64_t addr, struct arena *a)
{
	static const char *const says[PAGE_STATES] = {
		[PAGE_UNMAPPED] = "nothing is mapped there",
		[PAGE_LAZY] = "its page was left with the dumping side",
		[PAGE_FILE] = "its page is a file's that is not here",
		[PAGE_ABSENT] = "it is not in the images",
	};
	const char *why = x->why ? x->why : says[x->state] ? says[x->state] : "it is not there";

	return arena_printf(a, "memory at 0x%llx cannot be read: %s", (unsigned long long)addr,
			    why);
}

bool unwind_read(struct unwind *u, uint64_t addr, void *to, size_t len, const char **why,
		 struct arena *a)
{
	uint8_t *at = to;

	for (size_t step; len; addr += step, at += step, len -= step) {
		struct extent x;

		aspace_at(u->as, addr, &x);
		step = x.end > addr && x.end - addr < len ? x.end - addr : len;
		if (x.state == PAGE_FILE ? read_file(u, &x, addr, at, step)
					 : aspace_read(u->as, addr, at, step, NULL) == step)
			continue;
		*why = say_missing(&x, addr, a);
		return false;
	}
	return true;
}
