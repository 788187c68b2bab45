/* A directory on disk, kept open: members are opened below its descriptor, so that renaming a
 * parent directory meanwhile does no harm. */
#include "core/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

enum { MEMBERS_MAX = 1000000 };

struct directory {
	struct folder folder;
	int fd;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Two runs of digits as numbers of any length; both pointers are moved behind their run. */
static int compare_digits(const char **a, const char **b)
{
	size_t na = 0, nb = 0;
	const char *x, *y;

	while (**a == '0')
		++*a;
	while (**b == '0')
		++*b;
	while (is_digit((*a)[na]))
		na++;
	while (is_digit((*b)[nb]))
		nb++;
	x = *a;
	y = *b;
	*a += na;
	*b += nb;
	if (na != nb)
		return na < nb ? -1 : 1;
	return memcmp(x, y, na);
}

int name_compare(const char *a, const char *b)
{
	const char *x = a, *y = b;

	while (*x && *y) {
		int d;

		if (is_digit(*x) && is_digit(*y)) {
			d = compare_digits(&x, &y);
		} else {
			d = (unsigned char)*x - (unsigned char)*y;
			x++;
			y++;
		}
		if (d)
			return d;
	}
	if (*x || *y)
		return *x ? 1 : -1;
	return strcmp(a, b); /* "a-01" and "a-1" are not one name */
}

static int compare_members(const void *a, const void *b)
{
	return name_compare(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static const char *link_target(int fd, const char *name, struct arena *a)
{
	char target[4096];
	ssize_t n = readlinkat(fd, name, target, sizeof(target) - 1);

	if (n < 0)
		return "";
	target[n] = 0;
	return arena_strdup(a, target);
}

/* Fills kind, size and target. A member that vanished meanwhile is MEMBER_OTHER. */
static void describe(int fd, struct member *m, struct arena *a)
{
	struct stat st;

	m->kind = MEMBER_OTHER;
	if (fstatat(fd, m->name, &st, AT_SYMLINK_NOFOLLOW))
		return;
	if (S_ISREG(st.st_mode)) {
		m->kind = MEMBER_FILE;
		m->size = (uint64_t)st.st_size;
	} else if (S_ISDIR(st.st_mode)) {
		m->kind = MEMBER_FOLDER;
	} else if (S_ISLNK(st.st_mode)) {
		m->kind = MEMBER_LINK;
		m->target = link_target(fd, m->name, a);
	}
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static struct err *add_member(struct directory *d, const char *name, size_t *room)
{
	struct folder *f = &d->folder;
	struct member *grown;

	if (f->count == MEMBERS_MAX)
		return err_new(ERR_LIMIT, "%s has more than %d members", f->path, MEMBERS_MAX);
	if (f->count == *room) {
		*room = *room ? *room * 2 : 64;
		grown = realloc(f->members, *room * sizeof(*grown));
		if (!grown)
			return err_io(ENOMEM, "cannot list %s", f->path);
		f->members = grown;
	}
	grown = &f->members[f->count++];
	*grown = (struct member){ .name = arena_strdup(&f->arena, name) };
	describe(d->fd, grown, &f->arena);
	return NULL;
}

static struct err *list_members(struct directory *d)
{
	struct err *err = NULL;
	int fd = fcntl(d->fd, F_DUPFD_CLOEXEC, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t room = 0;

	if (!dir) {
		err = err_io(errno, "cannot list %s", d->folder.path);
		if (fd >= 0)
			close(fd);
		return err;
	}
	while (!err) {
		struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (!entry) {
			if (errno)
				err = err_io(errno, "cannot list %s", d->folder.path);
			break;
		}
		if (!is_dots(entry->d_name))
			err = add_member(d, entry->d_name, &room);
	}
	closedir(dir);
	if (!err && d->folder.count)
		qsort(d->folder.members, d->folder.count, sizeof(struct member), compare_members);
	return err;
}

static struct err *directory_at(int dirfd, const char *name, const char *path, struct folder **out);

static struct err *directory_open(struct folder *f, const struct member *m, struct source **out)
{
	const struct directory *d = (const struct directory *)f;

	return source_open(d->fd, m->name, false, out);
}

static struct err *directory_enter(struct folder *f, const struct member *m, struct folder **out)
{
	const struct directory *d = (const struct directory *)f;
	struct arena a;
	struct err *err;

	arena_init(&a);
	err = directory_at(d->fd, m->name, arena_printf(&a, "%s/%s", f->path, m->name), out);
	arena_fini(&a);
	return err;
}

static struct err *directory_enter_path(struct folder *f, const char *path, struct folder **out)
{
	const struct directory *d = (const struct directory *)f;
	struct arena a;
	struct err *err;

	arena_init(&a);
	err = directory_at(d->fd, path,
			   *path == '/' ? path : arena_printf(&a, "%s/%s", f->path, path), out);
	arena_fini(&a);
	return err;
}

static void directory_fini(struct folder *f)
{
	close(((struct directory *)f)->fd);
	free(f->members);
}

static const struct folder_ops directory_ops = {
	.open = directory_open,
	.enter = directory_enter,
	.enter_path = directory_enter_path,
	.fini = directory_fini,
};

static struct err *directory_at(int dirfd, const char *name, const char *path, struct folder **out)
{
	struct directory *d;
	struct err *err;
	struct stat st;
	int fd;

	*out = NULL;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR ? err_new(ERR_IO, "%s is not a directory", path)
					: source_open_err(errno, dirfd, name);
	d = calloc(1, sizeof(*d));
	if (!d) {
		close(fd);
		return err_io(ENOMEM, "cannot open %s", path);
	}
	d->fd = fd;
	if (!fstat(fd, &st))
		d->folder.id = (struct folder_id){ st.st_dev, st.st_ino };
	d->folder.ops = &directory_ops;
	arena_init(&d->folder.arena);
	d->folder.path = text_clean_str(path, &d->folder.arena);
	err = list_members(d);
	if (err)
		folder_close(&d->folder);
	else
		*out = &d->folder;
	return err;
}

struct err *folder_open_path(const char *path, struct folder **out)
{
	return directory_at(AT_FDCWD, path, path, out);
}

void folder_close(struct folder *f)
{
	if (!f)
		return;
	f->ops->fini(f);
	arena_fini(&f->arena);
	free(f);
}

const struct member *folder_find(const struct folder *f, const char *name)
{
	size_t low = 0, high = f->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = name_compare(name, f->members[mid].name);

		if (!d)
			return &f->members[mid];
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

struct err *folder_source(struct folder *f, const struct member *m, struct source **out)
{
	*out = NULL;
	if (m->kind != MEMBER_FILE)
		return err_new(ERR_USAGE, "%s/%s is not a regular file", f->path, m->name);
	return err_under(f->ops->open(f, m, out), "%s", f->path);
}

struct err *folder_enter(struct folder *f, const struct member *m, struct folder **out)
{
	*out = NULL;
	if (m->kind != MEMBER_FOLDER && m->kind != MEMBER_LINK)
		return err_new(ERR_USAGE, "%s/%s is not a directory", f->path, m->name);
	return f->ops->enter(f, m, out);
}

struct err *folder_enter_path(struct folder *f, const char *path, struct folder **out)
{
	*out = NULL;
	return f->ops->enter_path(f, path, out);
}
