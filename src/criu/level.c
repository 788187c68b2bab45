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
#include <inttypes.h>
#include <string.h>

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
				struct folder **out)
{
	return m->kind == MEMBER_FILE ? folder_enter_path(f, target, out) : folder_enter(f, m, out);
}

/* ---- the chain ---- */

struct visited {
	struct folder_id at[MAX_PARENTS + 1];
	size_t count;
};

static bool same_folder(struct folder_id a, struct folder_id b)
{
	return a.of == b.of && a.at == b.at;
}

/* False if the directory was there already: the chain bites its tail. */
static bool visit(struct visited *v, const struct folder *f)
{
	for (size_t i = 0; i < v->count; i++)
		if (same_folder(v->at[i], f->id))
			return false;
	v->at[v->count++] = f->id;
	return true;
}

/* Why a chain ends where it should not, as a problem. */
static const struct broken {
	const char *rule, *what;
	enum severity severity;
} lost = { "missing-parent", "cannot be opened", SEV_WARNING },
  bare = { "missing-parent", "holds no images", SEV_WARNING },
  ring = { "parent-cycle", "is in the chain already", SEV_ERROR };

/* Opens what `target` leads to, by the set's own link unless it was given. NULL: *broken. */
static struct folder *open_parent(struct criu_set *set, struct visited *seen, const char *target,
				  bool given, const struct broken **broken)
{
	struct folder *up = NULL;
	struct err *err =
		given ? folder_open_path(target, &up)
		      : enter_parent(set->folder, folder_find(set->folder, "parent"), target, &up);

	*broken = err                                 ? &lost
		  : !folder_find(up, "inventory.img") ? &bare
		  : !visit(seen, up)                  ? &ring
						      : NULL;
	err_free(err);
	if (!*broken)
		return up;
	folder_close(up);
	return NULL;
}

/* The item that stands for a set's folder: of an earlier snapshot, which has none yet, that of the
 * set it was reached from. */
static const struct item *folder_item(const struct criu_set *set)
{
	return set->of ? set->of->item : set->item;
}

static void note_broken(struct criu_set *set, const struct broken *b)
{
	struct model *m = set->model;

	set->no_up = arena_printf(&m->arena, "the parent %s %s", set->cut, b->what);
	if (set->level)
		problem_note(m->problems, b->severity, b->rule, folder_item(set),
			     (struct span){ 0, 0 }, "%s, of snapshot %" PRIu32 " back", set->no_up,
			     set->level);
	else
		problem_note(m->problems, b->severity, b->rule, folder_item(set),
			     (struct span){ 0, 0 }, "%s", set->no_up);
}

/* One step back, along *via. NULL: the chain ends here; set->no_up says why, set->cut if it should
 * not. --parent stands for the link of the set that is looked at; of several in an archive, for
 * those links that lead nowhere. */
static struct folder *step_back(struct criu_set *set, struct visited *seen, const char **via)
{
	const char *given = set->level ? NULL : set->model->options.parent;
	const struct member *m = folder_find(set->folder, "parent");
	struct arena *a = &set->model->arena;
	const char *own = m ? parent_target(set->folder, m, a) : NULL;
	bool alone = set->item == set->model->root;
	const struct broken *broken = NULL;
	struct folder *up = NULL;

	set->no_up = "the set has no parent";
	if (own && !(given && alone)) {
		*via = set->cut = text_clean_str(own, a);
		up = open_parent(set, seen, own, false, &broken);
	}
	if (given && (alone || broken)) {
		*via = set->cut = text_clean_str(given, a);
		up = open_parent(set, seen, given, true, &broken);
	}
	if (up)
		set->cut = NULL;
	else if (broken)
		note_broken(set, broken);
	return up;
}

void levels_open(struct criu_set *set)
{
	struct visited *seen = ARENA_NEW(&set->model->arena, struct visited);
	const char *via;
	struct folder *up;

	visit(seen, set->folder);
	while (set->level < MAX_PARENTS && (up = step_back(set, seen, &via))) {
		set->up = set_level(set, up);
		set->up->via = via;
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

/* True for a folder on the way here from the set that was opened: links may go in a ring. */
static bool is_on_the_way(const struct criu_set *set, const struct folder *f)
{
	for (const struct criu_set *s = set->of ? set->of : set; s; s = s->newer)
		if (same_folder(f->id, s->folder->id))
			return true;
	return false;
}

/* Whether the folder `f` has the set's for its parent. */
static bool is_newer(struct criu_set *set, struct folder *f)
{
	const struct member *m = folder_find(f, "parent");
	const char *target = m ? parent_target(f, m, &set->model->arena) : NULL;
	struct folder *up = NULL;
	struct err *err;
	bool newer;

	if (!target)
		return false;
	err = enter_parent(f, m, target, &up);
	newer = !err && same_folder(up->id, set->folder->id) && !is_on_the_way(set, f);
	err_free(err);
	folder_close(up);
	return newer;
}

/* Looks beside the set, where incremental dumps lie. */
static struct criu_set *find_newer(struct criu_set *set)
{
	struct criu_set *newer = NULL;
	struct folder *above = NULL;
	struct err *err = folder_enter_path(set->folder, "..", &above);
	size_t looks = 0;

	for (size_t i = 0; !err && !newer && i < above->count && looks < MAX_SIBLINGS; i++) {
		const struct member *m = &above->members[i];
		struct folder *f = NULL;

		if (m->kind != MEMBER_FOLDER && m->kind != MEMBER_LINK)
			continue;
		looks++;
		err_free(folder_enter(above, m, &f));
		if (f && is_newer(set, f)) {
			newer = set_level(set, f);
			newer->level = 0;
		} else {
			folder_close(f);
		}
	}
	err_free(err);
	folder_close(above);
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
