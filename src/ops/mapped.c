/* A build-id lies in a note of the ELF file:
 *
 *	ELF header: e_phoff, e_phentsize, e_phnum
 *	program header PT_NOTE: p_offset, p_filesz
 *	note: namesz 4, descsz, type NT_GNU_BUILD_ID, "GNU\0", the id
 *
 * The header and the notes are at the same offsets in the memory of the first mapping, as far as
 * that reaches. Both are read through the same few lines, from files that anyone may have made. */
#include "ops/mapped.h"

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

#define FILES_MOST 256u /* each keeps a descriptor open */
#define HEADERS_MOST 256u
#define NOTES_MOST 65536u
#define ID_MOST 64u

struct mapped_file {
	const char *name; /* the regions' */
	struct source *source;
};

struct mapped {
	struct arena arena;
	const struct dump *dump;
	int root; /* -1: it cannot be opened */
	struct mapped_file files[FILES_MOST];
	size_t count, last;
	size_t refused;
	const char *why;
};

/* ---- build-ids ---- */

/* Bytes of a file, wherever they are: of a source, or from `start` of a memory to `end`. */
struct place_of {
	const struct source *source;
	const struct aspace *space;
	uint64_t start, end;
};

/* True if all of it is there. */
static bool look(const struct place_of *p, uint64_t offset, void *buf, size_t n)
{
	if (p->source)
		return source_read(p->source, offset, buf, n) == n;
	if (offset > p->end - p->start || n > p->end - p->start - offset)
		return false;
	return aspace_read(p->space, p->start + offset, buf, n, NULL) == n;
}

static bool id_in_notes(const uint8_t *at, size_t n, bool big, struct bytes *id)
{
	enum { NT_GNU_BUILD_ID = 3 };
	struct cursor c = cursor_over((struct bytes){ at, n }, 0);

	c.big = big;
	while (cursor_left(&c) >= 12) {
		uint32_t name = cursor_u32(&c), desc = cursor_u32(&c), type = cursor_u32(&c);
		struct bytes who = cursor_bytes(&c, name);

		cursor_skip(&c, -(uint64_t)name & 3);
		*id = cursor_bytes(&c, desc);
		if (c.spent)
			return false;
		cursor_skip(&c, -(uint64_t)desc & 3);
		if (type == NT_GNU_BUILD_ID &&
		    bytes_equal(who, (struct bytes){ (const uint8_t *)"GNU", 4 }))
			return id->len && id->len <= ID_MOST;
	}
	return false;
}

/* A number of an ELF structure, of 4 or 8 bytes. */
static uint64_t elf_word(struct cursor *c, bool wide)
{
	return wide ? cursor_u64(c) : cursor_u32(c);
}

static bool notes_of(const struct place_of *p, uint64_t offset, uint64_t size, bool big,
		     struct bytes *id, struct arena *a)
{
	uint8_t *notes;

	if (size > NOTES_MOST)
		return false;
	notes = arena_alloc(a, size + 1);
	return look(p, offset, notes, size) && id_in_notes(notes, size, big, id);
}

static bool build_id_of(const struct place_of *p, struct bytes *id, struct arena *a)
{
	enum { PT_NOTE = 4, HEADER = 64, NARROW_HEADER = 52 };
	uint8_t head[HEADER] = { 0 };
	bool wide, big;
	uint64_t at;
	uint32_t size, count;
	struct cursor c;

	if (!look(p, 0, head, NARROW_HEADER) || memcmp(head, "\177ELF", 4) != 0)
		return false;
	wide = head[4] == 2;
	big = head[5] == 2;
	if (wide && !look(p, 0, head, HEADER))
		return false;
	c = cursor_over((struct bytes){ head, HEADER }, 0);
	c.big = big;
	cursor_skip(&c, wide ? 32 : 28);
	at = elf_word(&c, wide);
	cursor_skip(&c, (wide ? 8 : 4) + 4 + 2);
	size = cursor_u16(&c);
	count = cursor_u16(&c);
	for (uint32_t n = 0; n < count && n < HEADERS_MOST; n++) {
		uint8_t entry[56] = { 0 };
		uint64_t offset;

		if (size < (wide ? 56u : 32u) ||
		    !look(p, at + (uint64_t)n * size, entry, wide ? 56 : 32))
			return false;
		c = cursor_over((struct bytes){ entry, sizeof(entry) }, 0);
		c.big = big;
		if (cursor_u32(&c) != PT_NOTE)
			continue;
		if (wide)
			cursor_u32(&c);
		offset = elf_word(&c, wide);
		elf_word(&c, wide);
		elf_word(&c, wide);
		if (notes_of(p, offset, elf_word(&c, wide), big, id, a))
			return true;
	}
	return false;
}

/* What the images say of the file that a region maps; NULL: nothing. */
static const struct dump_file *file_of(const struct dump *d, const struct region *r)
{
	size_t at = BOUND(i, d->file_count, d->files[i].start < r->start);

	return at < d->file_count && d->files[at].start == r->start ? &d->files[at] : NULL;
}

/* By the images, else by the memory of the mapping that has the file's first page. */
static bool id_of_region(struct mapped *m, const struct dump_file *f, const struct region *r,
			 struct bytes *id)
{
	const struct aspace *as = m->dump->space;
	struct place_of p = { .space = as };

	*id = f->build_id;
	if (id->len)
		return true;
	while (r->pgoff && r > as->regions && r[-1].file && !strcmp(r[-1].file, r->file))
		r--;
	p.start = r->start;
	p.end = r->end;
	return !r->pgoff && build_id_of(&p, id, &m->arena);
}

/* What is recorded comes in whole words. */
static bool same_id(struct bytes file, struct bytes recorded)
{
	static const uint8_t zeros[4];
	size_t more = recorded.len - file.len;

	return file.len <= recorded.len && more < sizeof(zeros) &&
	       !memcmp(file.at, recorded.at, file.len) &&
	       !memcmp(recorded.at + file.len, zeros, more);
}

/* ---- files ---- */

/* Below the root and never out of it, whatever links and dots there are. */
static int open_below(int root, const char *name)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, root, name, &how, sizeof(how));
}

static const char *path_of(const struct dump_file *f, struct arena *a)
{
	char *path = arena_alloc(a, f->path.len + 1);

	memcpy(path, f->path.at, f->path.len);
	return path;
}

static struct source *open_mapped(struct mapped *m, const struct region *r, const char **why)
{
	const struct dump_file *f = file_of(m->dump, r);
	struct source *src = NULL;
	struct bytes mine, theirs;
	struct stat st;
	int fd;

	*why = "these images do not say which build it was";
	if (!f || !id_of_region(m, f, r, &theirs))
		return NULL;
	*why = "no such file there";
	fd = m->root < 0 ? -1 : open_below(m->root, path_of(f, &m->arena));
	if (fd < 0)
		return NULL;
	*why = "it is no regular file";
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		err_free(source_map(fd, r->file, &src));
	close(fd);
	if (!src)
		return NULL;
	*why = "it is another build";
	if (build_id_of(&(struct place_of){ .source = src }, &mine, &m->arena) &&
	    same_id(mine, theirs))
		return src;
	source_close(src);
	return NULL;
}

static struct mapped_file *find(struct mapped *m, const char *name)
{
	if (m->last < m->count && !strcmp(m->files[m->last].name, name))
		return &m->files[m->last];
	for (m->last = 0; m->last < m->count; m->last++)
		if (!strcmp(m->files[m->last].name, name))
			return &m->files[m->last];
	return NULL;
}

struct source *mapped_source(struct mapped *m, const struct region *r)
{
	struct mapped_file *f = r->file ? find(m, r->file) : NULL;
	const char *why;

	if (f || !r->file)
		return f ? f->source : NULL;
	if (m->count == FILES_MOST) {
		m->refused += !m->refused;
		m->why = m->why ? m->why : "there are too many files";
		return NULL;
	}
	m->last = m->count;
	f = &m->files[m->count++];
	f->name = r->file;
	f->source = open_mapped(m, r, &why);
	if (!f->source && !m->refused++)
		m->why = arena_printf(&m->arena, "%s: %s", r->file, why);
	return f->source;
}

size_t mapped_refused(const struct mapped *m, const char **why)
{
	*why = m->why ? m->why : "";
	return m->refused;
}

bool mapped_lost(const struct mapped *m)
{
	uint64_t at;

	for (size_t n = 0; n < m->count; n++)
		if (m->files[n].source && source_lost(m->files[n].source, &at))
			return true;
	return false;
}

struct mapped *mapped_open(const char *root, const struct dump *dump)
{
	struct mapped *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	arena_init(&m->arena);
	m->dump = dump;
	m->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return m;
}

void mapped_close(struct mapped *m)
{
	if (!m)
		return;
	for (size_t n = 0; n < m->count; n++)
		source_close(m->files[n].source);
	if (m->root >= 0)
		close(m->root);
	arena_fini(&m->arena);
	free(m);
}
