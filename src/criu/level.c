/* Snapshots: the chain that `parent` leads back along, and the newer one that a deduplicated set
 * gave its pages up for.
 *
 *	monday/             tuesday/            wednesday/  (the set that was opened, level 0)
 *	  pagemap-7.img       pagemap-7.img       pagemap-7.img
 *	  pages-1.img         pages-1.img         pages-1.img
 *	                      parent -> ../monday parent -> ../tuesday
 *
 * A link may point anywhere: it is followed only to a directory with an inventory, and to each
 * directory once. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "core/format.h"
#include "criu/image.h"
#include "criu/level.h"

#define MAX_PARENTS 1024
#define MAX_SIBLINGS 256 /* directories beside a set that are asked whether they are newer */

/* ---- where parent points ---- */

/* Copying tools that know no symlinks leave a file that holds the target: what is meant is clear.
 * NULL: no such link, or not readable. */
static const char *parent_target(struct folder *f, const struct member *m, struct arena *a)
{
	enum { PATH_LIMIT = 4096 };
	CLEANUP(source_closep) struct source *src = NULL;
	CLEANUP(err_freep) struct err *err = NULL;
	struct bytes b;

	if (m->kind == MEMBER_LINK)
		return m->target;
	if (m->kind != MEMBER_FILE || !m->size || m->size >= PATH_LIMIT)
		return NULL;
	err = folder_source(f, m, &src);
	if (err)
		return NULL;
	b = source_view(src, 0, PATH_LIMIT);
	while (b.len && b.at[b.len - 1] == '\n')
		b.len--;
	return memchr(b.at, 0, b.len) ? NULL
				      : arena_printf(a, "%.*s", (int)b.len, (const char *)b.at);
}

/* The directory that a folder's `parent` leads to. */
static struct err *enter_parent(struct folder *f, const struct member *m, const char *target,
				struct arena *a, struct folder **out)
{
	if (m->kind != MEMBER_FILE)
		return folder_enter(f, m, out);
	return folder_open_path(*target == '/' ? target : arena_printf(a, "%s/%s", f->path, target),
				out);
}

/* ---- the chain ---- */

struct identity {
	dev_t dev;
	ino_t ino;
};

struct visited {
	struct identity at[MAX_PARENTS + 1];
	size_t count;
};

/* False if the directory was there already: the chain bites its tail. */
static bool visit(struct visited *v, const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return true; /* its name is not its path; the depth still is bounded */
	for (size_t i = 0; i < v->count; i++)
		if (v->at[i].dev == st.st_dev && v->at[i].ino == st.st_ino)
			return false;
	v->at[v->count++] = (struct identity){ st.st_dev, st.st_ino };
	return true;
}

/* One step back. NULL: the chain ends here; set->no_up says why, set->cut if it should not. */
static struct folder *step_back(struct criu_set *set, struct visited *seen)
{
	const char *given = set->level ? NULL : set->model->options.parent;
	const struct member *m = folder_find(set->folder, "parent");
	struct arena *a = &set->model->arena;
	const char *target = given ? given : m ? parent_target(set->folder, m, a) : NULL;
	struct folder *up = NULL;
	struct err *err;

	set->no_up = "the set has no parent";
	if (!target)
		return NULL;
	set->cut = text_clean_str(target, a);
	err = given ? folder_open_path(given, &up) : enter_parent(set->folder, m, target, a, &up);
	if (err) {
		set->no_up = arena_printf(a, "the parent %s cannot be opened", set->cut);
		err_free(err);
		return NULL;
	}
	if (!folder_find(up, "inventory.img")) {
		set->no_up = arena_printf(a, "the parent %s holds no images", set->cut);
	} else if (!visit(seen, up->path)) {
		set->no_up = arena_printf(a, "the parent %s is in the chain already", set->cut);
	} else {
		set->cut = NULL;
		return up;
	}
	folder_close(up);
	return NULL;
}

void levels_open(struct criu_set *set)
{
	struct visited *seen = ARENA_NEW(&set->model->arena, struct visited);
	struct folder *up;

	visit(seen, set->folder->path);
	while (set->level < MAX_PARENTS && (up = step_back(set, seen))) {
		set->up = set_level(set, up);
		set = set->up;
	}
}

struct criu_set *set_up(struct criu_set *set, const char **why)
{
	*why = set->no_up ? set->no_up : "the set has no parent";
	return set->up;
}

size_t set_parents(struct criu_set *set, const char **missing)
{
	size_t levels = 0;

	for (; set->up; set = set->up)
		levels++;
	*missing = set->cut;
	return levels;
}

/* ---- the newer neighbour ---- */

static bool same_directory(const char *path, const struct stat *st)
{
	struct stat other;

	return !stat(path, &other) && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/* The directory `path` as a set, if its parent is the directory `st`. */
static struct criu_set *newer_at(struct criu_set *set, const char *path, const struct stat *st)
{
	struct arena *a = &set->model->arena;
	struct folder *f = NULL, *up = NULL;
	struct err *err = folder_open_path(path, &f);
	const struct member *m = err ? NULL : folder_find(f, "parent");
	const char *target = m ? parent_target(f, m, a) : NULL;
	struct criu_set *newer = NULL;

	err_free(err);
	if (target) {
		err = enter_parent(f, m, target, a, &up);
		if (!err && same_directory(up->path, st)) {
			newer = set_level(set, f);
			newer->level = 0;
			f = NULL;
		}
		err_free(err);
		folder_close(up);
	}
	folder_close(f);
	return newer;
}

/* Looks beside the set, where incremental dumps lie. */
static struct criu_set *find_newer(struct criu_set *set)
{
	struct arena *a = &set->model->arena;
	const char *above = arena_printf(a, "%s/..", set->folder->path);
	struct criu_set *newer = NULL;
	struct stat st;
	struct dirent *e;
	DIR *dir;

	if (stat(set->folder->path, &st) || !(dir = opendir(above)))
		return NULL;
	for (int n = 0; !newer && n < MAX_SIBLINGS && (e = readdir(dir)); n++)
		if (*e->d_name != '.' && e->d_type != DT_REG)
			newer = newer_at(set, arena_printf(a, "%s/%s", above, e->d_name), &st);
	closedir(dir);
	return newer;
}

struct criu_set *set_newer(struct criu_set *set)
{
	if (!set->looked_newer && set->folder && !set->level) {
		set->looked_newer = true;
		set->newer = find_newer(set);
	}
	return set->newer;
}
