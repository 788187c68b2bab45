/* A directory of images, or one image alone: evidence that it is one, and opening it. What the tree
 * then looks like is in tree.c. */
#include <stdlib.h>
#include <string.h>

#include "criu/engine.h"
#include "criu/level.h"
#include "criu/pagemap.h"
#include "criu/set.h"

#define MAX_STRANGE 1000 /* images of unknown names that are opened for their kind's sake */
#define BID_SERVICE 16   /* for stats-dump and the like: less than for a set in a folder below */
#define BID_LOOKS 16     /* images whose magic is read to tell a set without inventory */

const char *set_base_name(const char *path)
{
	const char *base = path;

	for (const char *p = path; *p; p++)
		if (*p == '/' && p[1])
			base = p + 1;
	return base;
}

static bool named_image(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && !strcmp(name + n - 4, ".img");
}

/* What its name says; an image of no known name is looked into for its magic. */
static void image_of_member(struct criu_set *set, struct image *im, const struct member *m)
{
	*im = (struct image){ .set = set, .member = m };
	im->kind = kind_by_name(m->name, &im->number);
	tree_make_item(im);
	if (!im->kind)
		im->plain = engine_file(m->name, &im->item->kind);
	if (im->kind || !named_image(m->name) || set->strange_count++ >= MAX_STRANGE)
		return;
	image_open(im);
	if (im->as)
		im->item->kind = im->as->name;
}

static void take_images(struct criu_set *set)
{
	struct folder *f = set->folder;
	size_t n = 0;

	for (size_t i = 0; i < f->count; i++)
		n += f->members[i].kind == MEMBER_FILE;
	set->images = arena_array(&set->model->arena, n + 1, sizeof(*set->images));
	for (size_t i = 0; i < f->count; i++)
		if (f->members[i].kind == MEMBER_FILE)
			image_of_member(set, &set->images[set->image_count++], &f->members[i]);
}

static void read_inventory(struct criu_set *set)
{
	struct bytes msg, ids;

	if (!image_first(set_image_first(set, "INVENTORY"), &msg))
		return;
	set->has_inventory = true;
	set->img_version = (uint32_t)uint_of(msg, 1);
	set->ns_per_id = uint_of(msg, 4) != 0;
	if (wire_message(msg, &ids, 3, 0))
		for (int t = 0; t < NS_TYPES; t++)
			set->root_ns[t] = (uint32_t)uint_of(ids, ns_kinds[t].field);
}

/* A set without a core does not say which machine it is of: then names are those of the one that
 * most are of. */
static void set_machine(struct criu_set *set)
{
	enum { X86_64 = 1 };
	struct value_env env = { .arch = 1u << ((set->march ? set->march : X86_64) & 31) };

	for (size_t i = 0; i < set->image_count; i++)
		set->images[i].env = env;
}

static void new_index(struct criu_set *set)
{
	set->index = ARENA_NEW(&set->model->arena, struct set_index);
	idmap_init(&set->index->images);
	idmap_init(&set->index->pids);
	idmap_init(&set->index->tids);
	idmap_init(&set->index->spaces);
}

static void free_set(struct criu_set *set)
{
	pagemaps_free(set);
	tables_free(set->tables);
	idmap_fini(&set->index->images);
	idmap_fini(&set->index->pids);
	idmap_fini(&set->index->tids);
	idmap_fini(&set->index->spaces);
	folder_close(set->folder);
}

/* A newer set is in no tree: its items are closed here. */
static void free_newer(struct criu_set *set)
{
	for (size_t i = 0; i < set->image_count; i++)
		item_close(set->images[i].item);
	free_set(set);
}

void set_close(struct criu_set *set)
{
	for (struct criu_set *newer = set->newer; newer; newer = newer->newer)
		free_newer(newer);
	for (; set; set = set->up)
		free_set(set);
}

static void set_fini(struct model *m)
{
	if (m->data)
		set_close(m->data);
	m->data = NULL;
}

struct criu_set *set_level(struct criu_set *of, struct folder *f)
{
	struct criu_set *set = ARENA_NEW(&of->model->arena, struct criu_set);

	*set = (struct criu_set){ .model = of->model,
				  .folder = f,
				  .prefix = "",
				  .schema = of->schema,
				  .march = of->march,
				  .level = of->level + 1,
				  .of = of->of ? of->of : of };
	new_index(set);
	take_images(set);
	set_index_images(set);
	set_machine(set);
	return set;
}

bool set_place(struct criu_set *set, const char *word, struct place *out)
{
	struct process *p;
	char *end;
	unsigned long pid;

	if (strncmp(word, "pid:", 4) != 0)
		return false;
	pid = strtoul(word + 4, &end, 10);
	if (end == word + 4 || *end || pid > UINT32_MAX)
		return false;
	p = set_process_of_tid(set, (uint32_t)pid);
	if (!p || !p->item)
		return false;
	*out = place_item(p->item);
	return true;
}

static bool set_locate(struct model *m, const char *word, struct place *out)
{
	return set_place(m->data, word, out);
}

/* Takes the folder over, if there is one. */
static struct criu_set *set_new(struct model *m, struct folder *folder, const char *prefix,
				const struct schema *schema)
{
	struct criu_set *set = ARENA_NEW(&m->arena, struct criu_set);

	set->model = m;
	set->folder = folder;
	set->prefix = arena_strdup(&m->arena, prefix);
	set->schema = schema;
	new_index(set);
	return set;
}

struct err *set_schema(struct model *m, const struct schema **out)
{
	if (m->options.schema)
		return schema_load(m->options.schema, &m->arena, out);
	*out = schema_builtin(&m->arena);
	return NULL;
}

/* The set is all that there is in the model. */
static struct err *set_alone(struct model *m, struct folder *folder, struct criu_set **out)
{
	struct criu_set *set = set_new(m, folder, "", NULL);

	m->data = set;
	m->fini = set_fini;
	m->info_json = info_json;
	m->info = info_fields;
	m->locate = set_locate;
	m->aspace = anchor_space;
	m->aspace_of = anchor_space_of;
	m->anchor = anchor_address;
	m->registers = anchor_registers;
	m->dump = set_dump;
	m->things = set_things;
	m->thing_fields = set_thing_fields;
	m->machine = set_machine_text;
	m->address_ref = REF_ADDRESS;
	*out = set;
	return set_schema(m, &set->schema);
}

struct item *set_folder_item(struct model *m, struct item *parent, const char *name)
{
	struct item *it = item_add(m, parent, &group_ops, name, "folder");
	struct group *g = ARENA_NEW(&m->arena, struct group);

	*g = (struct group){ .role = ROLE_FOLDER };
	it->data = g;
	return it;
}

/* Says what a folder's item stands for. */
static void take_item(struct criu_set *set, struct item *it, enum node_role role)
{
	struct group *g = it->data;

	*g = (struct group){ .set = set, .role = role };
	set->item = it;
	if (role != ROLE_SET)
		return;
	it->kind = "directory";
	it->open_first = true;
}

static void set_read(struct criu_set *set, struct item *root)
{
	take_images(set);
	set_index_images(set);
	read_inventory(set);
	set->pre_dump = !set_image_first(set, "PSTREE") && !set_image_first(set, "CORE");
	pstree_read(set);
	set_machine(set);
	levels_open(set);
	tree_build(set, root);
}

static struct err *set_open(struct model *m, struct input *in)
{
	struct folder *folder = in->folder;
	struct criu_set *set;
	struct err *err;

	in->folder = NULL;
	err = set_alone(m, folder, &set);
	if (err)
		return err;
	take_item(set, set_folder_item(m, NULL, set_base_name(m->name)), ROLE_SET);
	set_read(set, m->root);
	return NULL;
}

struct criu_set *set_open_below(struct item *at, struct folder *folder, const char *prefix,
				const struct schema *schema)
{
	struct criu_set *set = set_new(at->model, folder, prefix, schema);

	take_item(set, at, ROLE_SET);
	set_read(set, at);
	return set;
}

struct criu_set *set_list_below(struct item *at, struct folder *folder, const char *prefix,
				const struct schema *schema)
{
	struct criu_set *set = set_new(at->model, folder, prefix, schema);

	take_item(set, at, ROLE_FOLDER);
	take_images(set);
	set_index_images(set);
	return set;
}

/* ---- evidence ---- */

/* The kind that the first words of a file say; NULL if they say none. *bits: how much they say. */
static const struct image_kind *kind_of_bytes(struct bytes b, const char *name, int *bits)
{
	struct cursor c = cursor_over(b, 0);
	uint32_t word[2], swapped[2];

	*bits = 0;
	word[0] = cursor_u32(&c);
	word[1] = cursor_u32(&c);
	for (int i = 0; i < 2; i++)
		swapped[i] = __builtin_bswap32(word[i]);
	for (int i = 0; i < 2; i++) {
		const uint32_t *w = i ? swapped : word;
		const struct image_kind *kind;
		bool lead = w[0] == MAGIC_COMMON || w[0] == MAGIC_SERVICE;

		if (!w[0])
			continue;
		kind = kind_by_magic(lead ? w[1] : w[0], name);
		if (kind || lead) {
			*bits = (lead ? 32 : 0) + (kind ? 32 : 0);
			return kind;
		}
	}
	return NULL;
}

static const struct image_kind *kind_of_member(struct folder *f, const struct member *m, int *bits)
{
	CLEANUP(source_closep) struct source *src = NULL;
	CLEANUP(err_freep) struct err *err = folder_source(f, m, &src);

	*bits = 0;
	return err ? NULL : kind_of_bytes(source_view(src, 0, 8), m->name, bits);
}

int set_evidence(struct folder *folder)
{
	const struct member *inventory = folder_find(folder, "inventory.img");
	int bits, best = 0, looks = 0;

	if (inventory && kind_of_member(folder, inventory, &bits) && bits)
		return 64 + bits;
	for (size_t i = 0; i < folder->count && looks < BID_LOOKS; i++) {
		const struct member *m = &folder->members[i];
		uint64_t number;
		const struct image_kind *kind = kind_by_name(m->name, &number);

		if (m->kind != MEMBER_FILE || !kind || !kind->magic)
			continue;
		looks++;
		kind_of_member(folder, m, &bits);
		/* An engine keeps statistics beside the folder of the images, not in it. */
		if (kind->lead == MAGIC_SERVICE)
			bits = BID_SERVICE;
		if (bits > best)
			best = bits;
	}
	/* Damage may have hit the inventory: its name and others' magics are evidence enough. */
	return best ? best : inventory ? 8 : 0;
}

static int set_bid(const struct input *in)
{
	return in->folder ? set_evidence(in->folder) : 0;
}

static int image_bid(const struct input *in)
{
	const char *name = set_base_name(in->name);
	const struct image_kind *kind;
	uint64_t number;
	int bits;

	if (!in->source)
		return 0;
	kind = kind_by_name(name, &number);
	kind_of_bytes(source_view(in->source, 0, 8), name, &bits);
	if (bits)
		return bits;
	/* Of what has no magic, or was cut before it, the name is all there is. */
	return kind && (!kind->magic || source_size(in->source) < 4) ? 4 : 0;
}

/* The kind of an image that is alone: by its name, so that a magic which contradicts it is told as
 * it is in a set; what the name leaves open, the magic says. */
static void kind_alone(struct image *im, const char *name, const struct source *src)
{
	const struct image_kind *by_magic;
	int bits;

	by_magic = kind_of_bytes(source_view(src, 0, 8), name, &bits);
	im->kind = kind_by_name(name, &im->number);
	if (!im->kind)
		im->kind = by_magic;
	image_attach(im);
	/* It may have rows though one of its name has none. */
	if (by_magic && by_magic != im->kind && !im->item->list)
		im->item->list = index_new();
}

static struct err *image_open_alone(struct model *m, struct input *in)
{
	const char *name = set_base_name(in->name);
	struct source *src = in->source;
	struct criu_set *set;
	struct image *im;
	struct err *err;

	in->source = NULL;
	err = set_alone(m, NULL, &set);
	if (err) {
		source_close(src);
		return err;
	}
	im = set->images = ARENA_NEW(&m->arena, struct image);
	set->image_count = 1;
	im->set = set;
	m->root = item_add(m, NULL, &image_ops, name, "raw");
	m->root->size = source_size(src);
	m->root->data = im;
	m->root->open_first = true;
	im->item = m->root;
	kind_alone(im, name, src);
	if (im->kind)
		m->root->kind = im->kind->name;
	atomic_store(&m->root->source, src);
	set_index_images(set);
	read_inventory(set);
	pstree_read(set);
	set_machine(set);
	return NULL;
}

const struct format criu_set_format = {
	.name = "criu",
	.summary = "CRIU image set",
	.rules = criu_rules,
	.bid = set_bid,
	.open = set_open,
};

const struct format criu_image_format = {
	.name = "criu-image",
	.summary = "CRIU image",
	.rules = criu_rules,
	.bid = image_bid,
	.open = image_open_alone,
};
