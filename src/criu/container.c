/* What holds image sets and more: an archive of podman, CRI-O or containerd, an OCI layout, a
 * directory of LXC's or of snapshots, a stream of criu-image-streamer, or a directory of several
 * that belong together.
 *
 *	root                     the archive; its bytes (unpacked, if it was packed)
 *	  checkpoint             a folder with images: a set, as set.c shows it
 *	  config.dump, ...       files: JSON, tars, logs, statistics
 *	  volumes                folders
 *
 * Any folder that has images is a set. Words such as "pid:7" mean the main one: checkpoint/ rather
 * than pre-checkpoint/, the last of several.
 *
 * An OCI layout's blobs are named by what index.json and the manifests say of them; those that are
 * tars are opened in turn, below the root. */
#include "criu/container.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "criu/engine.h"

#define STREAM_LOOKS 64 /* files that may be a stream */
#define FOLDERS_MAX 10000u
#define ITEMS_MAX 200000u
#define DEPTH_MAX 32
#define BLOBS_MAX 1000u
#define OCI_DEPTH 4
#define SHARDS_MAX 256u      /* streams that belong together */
#define LOOKS 64u            /* folders that are looked into for evidence */
#define BID_MEMBERS 100000u  /* members of a tar that are */
#define BLOB_JSON (4u << 20) /* manifests beyond this are not read */

struct container {
	struct model *model;
	const struct schema *schema;
	struct archive_options options;
	struct criu_set **sets; /* every folder's; closed by fini */
	size_t set_count, set_room;
	struct criu_set *main; /* NULL: there are no images */
	bool in_tar;
	bool on_disk;        /* the root is a directory */
	const char *packing; /* "gzip", ...; NULL: it is a directory */
	uint64_t packed;     /* bytes of the file as given */
	size_t items, blobs;
	struct container_facts facts;
	bool told; /* that there is too much */
};

static void open_folder(struct container *c, struct item *at, struct folder *f, const char *prefix,
			int depth);

/* ---- folders ---- */

static void keep_set(struct container *c, struct criu_set *set)
{
	if (c->set_count == c->set_room) {
		size_t room = c->set_room ? c->set_room * 2 : 16;
		struct criu_set **more =
			arena_array(&c->model->arena, room, sizeof(struct criu_set *));

		if (c->set_count)
			memcpy(more, c->sets, c->set_count * sizeof(struct criu_set *));
		c->sets = more;
		c->set_room = room;
	}
	c->sets[c->set_count++] = set;
}

/* True for a folder with images. Statistics lie outside of sets, too, with a magic of CRIU's. */
static bool holds_images(struct folder *f)
{
	for (size_t i = 0; i < f->count; i++) {
		size_t len = strlen(f->members[i].name);
		uint64_t number;

		if (len > 4 && !strcmp(f->members[i].name + len - 4, ".img") &&
		    kind_by_name(f->members[i].name, &number))
			return set_evidence(f) > 0;
	}
	return false;
}

/* How well a set answers for the whole: processes before pre-dumps, later ones before earlier. */
static int rank(const struct criu_set *set)
{
	return (set->process_count && !set->pre_dump ? 2 : 0) +
	       (set->prefix && strstr(set->prefix, "pre-") ? 0 : 1);
}

static bool too_much(struct container *c, size_t more)
{
	if (c->items + more <= ITEMS_MAX && c->set_count < FOLDERS_MAX) {
		c->items += more;
		return false;
	}
	if (!c->told)
		problem_note(c->model->problems, SEV_ERROR, "too-many", c->model->root,
			     (struct span){ 0, 0 },
			     "more than %u files or %u folders: some are not shown", ITEMS_MAX,
			     FOLDERS_MAX);
	c->told = true;
	return true;
}

/* The folder of a member, below `parent`. */
static void open_member(struct container *c, struct item *parent, const struct member *m,
			struct folder *f, const char *prefix, int depth)
{
	struct arena *a = &c->model->arena;
	struct item *it = set_folder_item(c->model, parent, m->name);

	it->path = arena_printf(a, "%s%s", prefix, it->name);
	open_folder(c, it, f, arena_printf(a, "%s/", it->path), depth + 1);
}

/* On disk only sets are entered, and what is known to hold parts of a checkpoint: what else lies
 * there may be a whole system. */
static bool worth_entering(const struct container *c, const char *prefix, const struct member *m)
{
	static const char *const known[] = { "artifacts", "blobs", "volumes" };

	if (!c->on_disk || !strcmp(prefix, "blobs/"))
		return true;
	for (size_t n = 0; !*prefix && n < ARRAY_LEN(known); n++)
		if (!strcmp(m->name, known[n]))
			return true;
	return false;
}

/* Opens the folders in `f` that are sets, or those that are not. */
static void open_members(struct container *c, struct criu_set *list, struct item *at,
			 const char *prefix, int depth, bool sets)
{
	struct folder *f = list->folder;
	size_t looks = 0;

	for (size_t i = 0; i < f->count; i++) {
		const struct member *m = &f->members[i];
		struct folder *below = NULL;
		bool is_set = false;

		if (m->kind != MEMBER_FOLDER)
			continue;
		if (depth < DEPTH_MAX && (!c->on_disk || looks++ < LOOKS))
			err_free(folder_enter(f, m, &below));
		is_set = below && holds_images(below);
		if (is_set != sets) {
			folder_close(below);
		} else if (below && (sets || worth_entering(c, prefix, m))) {
			open_member(c, at, m, below, prefix, depth);
		} else {
			folder_close(below);
			tree_add_member(list, at, m);
		}
	}
}

/* A tar has the time of the inventory, for engines that do not say when they froze it. */
static void take_time(struct container *c, const struct folder *f)
{
	const struct member *m = folder_find(f, "inventory.img");
	const struct tar_member *tm = m && c->in_tar ? archive_member(f, m) : NULL;
	time_t when = tm ? (time_t)tm->mtime : 0;
	char text[40];
	struct tm t;

	if (tm && gmtime_r(&when, &t) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &t))
		c->facts.packed = arena_strdup(&c->model->arena, text);
}

/* Takes the folder over. */
static void open_folder(struct container *c, struct item *at, struct folder *f, const char *prefix,
			int depth)
{
	struct criu_set *set;

	facts_of_folder(&c->facts, f, &c->model->arena);
	if (too_much(c, f->count + 1)) {
		folder_close(f);
		return;
	}
	if (holds_images(f)) {
		set = set_open_below(at, f, prefix, c->schema);
		keep_set(c, set);
		/* Its parents stand below it once more. */
		for (const struct criu_set *up = set->up; up; up = up->up)
			c->items += up->image_count;
		if (!c->main || rank(set) >= rank(c->main)) {
			c->main = set;
			take_time(c, f);
		}
		return;
	}
	set = set_list_below(at, f, prefix, c->schema);
	keep_set(c, set);
	open_members(c, set, at, prefix, depth, true);
	tree_list(set, at);
	open_members(c, set, at, prefix, depth, false);
}

/* ---- OCI layouts ---- */

static bool is_layout(const struct folder *f)
{
	return folder_find(f, "oci-layout") && folder_find(f, "index.json");
}

/* What blobs of a media type are called; the first that its end fits. */
static const struct {
	const char *end, *name;
} media[] = {
	{ "checkpoint.criu.tar", "checkpoint" },
	{ "predump.tar", "pre-dump" },
	{ "resource.tar", "resource" },
	{ "rw.tar", "rw" },
	{ "checkpoint.config.v1+proto", "config" },
	{ "checkpoint.options.v1+proto", "options" },
	{ "checkpoint.runtime.name", "runtime" },
	{ "checkpoint.runtime.options+proto", "runtime-options" },
	{ "image.config.v1+json", "image-config" },
};

static const char *media_name(const char *type)
{
	size_t len = strlen(type);

	for (size_t n = 0; n < ARRAY_LEN(media); n++) {
		size_t end = strlen(media[n].end);

		if (len >= end && !strcmp(type + len - end, media[n].end))
			return media[n].name;
	}
	return strstr(type, ".layer.") ? "layer" : "blob";
}

/* A name below the root that is not taken. */
static const char *free_name(struct container *c, const char *want)
{
	const char *name = want;

	for (unsigned n = 2;; n++) {
		const struct item *it = c->model->root->first;

		while (it && strcmp(it->name, name) != 0)
			it = it->next;
		if (!it)
			return name;
		name = arena_printf(&c->model->arena, "%s-%u", want, n);
	}
}

/* The list of files that blobs are in, and the blob of a digest "sha256:..." in it. */
static struct image *find_blob(struct container *c, const char *digest)
{
	const char *hex = strchr(digest, ':');
	struct arena *a = &c->model->arena;
	const char *prefix;

	if (!hex)
		return NULL;
	prefix = arena_printf(a, "blobs/%.*s/", (int)(hex - digest), digest);
	for (size_t i = 0; i < c->set_count; i++) {
		struct criu_set *set = c->sets[i];

		if (strcmp(set->prefix, prefix) != 0)
			continue;
		for (size_t n = 0; n < set->image_count; n++)
			if (!strcmp(set->images[n].member->name, hex + 1))
				return &set->images[n];
	}
	return NULL;
}

/* A blob that is a tar, opened below the root. False: it is none. */
static bool open_layer(struct container *c, struct image *blob, const char *name)
{
	struct archive_options options = c->options;
	struct source *src = NULL, *plain = NULL;
	struct folder *f = NULL;
	struct item *it;
	struct err *err = folder_source(blob->set->folder, blob->member, &src);

	if (err || !archive_is_tar(src)) {
		err_free(err);
		source_close(src);
		return false;
	}
	it = set_folder_item(c->model, c->model->root, free_name(c, name));
	it->path = it->name;
	options.item = it;
	if (strcmp(archive_packing(src), "tar") != 0) {
		err = archive_unpack(src, &options, &plain);
		source_close(src);
		src = plain;
	}
	/* The item's from now on. */
	atomic_store(&it->source, src);
	if (!err) {
		c->on_disk = false;
		c->in_tar = true;
		err = archive_open(src, &options, &f);
	}
	if (err)
		problem_note(c->model->problems, SEV_ERROR, "open", it, (struct span){ 0, 0 }, "%s",
			     err->text);
	err_free(err);
	if (f)
		open_folder(c, it, f, arena_printf(&c->model->arena, "%s/", it->path), 1);
	it->size = src ? source_size(src) : 0;
	return true;
}

static void open_descriptors(struct container *c, struct doc_value list, int depth);

/* An index or a manifest: annotations, and more descriptors. */
static void open_manifest(struct container *c, struct bytes b, int depth)
{
	static const char *const lists[] = { "manifests", "layers" };
	struct doc_value v = doc_root(b), annotations = doc_find(v, "annotations", NULL);

	facts_of_annotations(&c->facts, &annotations, &c->model->arena);
	for (size_t n = 0; n < ARRAY_LEN(lists); n++)
		open_descriptors(c, doc_find(v, lists[n], NULL), depth);
}

static void open_blob(struct container *c, const char *type, const char *digest, int depth)
{
	struct image *blob = find_blob(c, digest);
	struct source *src = NULL;
	struct item *it;
	struct err *err;

	if (!blob || c->blobs++ >= BLOBS_MAX) {
		problem_note(c->model->problems, SEV_WARNING, "blob", c->model->root,
			     (struct span){ 0, 0 },
			     blob ? "there are too many blobs" : "the blob %s is not here", digest);
		return;
	}
	if (strstr(type, "image.index") || strstr(type, "manifest")) {
		blob->plain = &raw_json;
		blob->item->kind = "json";
		err = folder_source(blob->set->folder, blob->member, &src);
		if (!err && depth < OCI_DEPTH)
			open_manifest(c, source_view(src, 0, BLOB_JSON), depth + 1);
		err_free(err);
		source_close(src);
		return;
	}
	if (open_layer(c, blob, media_name(type)))
		return;
	if (strstr(type, "json")) {
		blob->plain = &raw_json;
		blob->item->kind = "json";
	}
	it = item_alias(c->model->root, blob->item);
	it->title = arena_printf(&c->model->arena, "%s  %s", media_name(type), type);
}

static void open_descriptors(struct container *c, struct doc_value list, int depth)
{
	struct arena *a = &c->model->arena;

	if (list.type != DOC_ARRAY)
		return;
	for (struct doc_walk w = doc_walk_over(&list); doc_next(&w);) {
		struct doc_value type = doc_find(w.value, "mediaType", NULL);
		struct doc_value digest = doc_find(w.value, "digest", NULL);
		struct doc_value annotations = doc_find(w.value, "annotations", NULL);

		facts_of_annotations(&c->facts, &annotations, a);
		if (doc_text(&digest, a) && c->blobs < BLOBS_MAX)
			open_blob(c, doc_text(&type, a) ? doc_text(&type, a) : "",
				  doc_text(&digest, a), depth);
	}
}

static void open_layout(struct container *c)
{
	struct folder *f = c->sets[0]->folder;
	const struct member *m = folder_find(f, "index.json");
	struct source *src = NULL;
	struct err *err = m ? folder_source(f, m, &src) : NULL;

	if (src)
		open_manifest(c, source_view(src, 0, BLOB_JSON), 0);
	err_free(err);
	source_close(src);
	if (!c->facts.engine && c->main && strstr(c->main->prefix, "checkpoint"))
		c->facts.engine = "containerd";
}

/* ---- evidence ---- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Names that nothing but a checkpoint has. */
static bool telling_name(const char *path)
{
	static const char *const names[] = { "inventory.img", "pstree.img", "oci-layout" };
	const char *name = last_part(path);

	for (size_t n = 0; n < ARRAY_LEN(names); n++)
		if (!strcmp(name, names[n]))
			return true;
	return false;
}

static bool tar_tells(const struct source *src)
{
	bool config = false, spec = false, told = false;
	struct tar_member m;
	struct tar_walk w;
	struct arena a;
	size_t n = 0;

	arena_init(&a);
	for (w = tar_walk_over(src, &a); !told && n < BID_MEMBERS && tar_next(&w, &m); n++) {
		const char *name = last_part(m.path);

		config |= !strcmp(name, "config.dump");
		spec |= !strcmp(name, "spec.dump");
		told = telling_name(m.path) || (config && spec);
		arena_reset(&a);
	}
	arena_fini(&a);
	return told;
}

static int source_evidence(const struct source *src)
{
	uint8_t head[TAR_BLOCK];
	struct bytes b = { head, 0 };
	uint64_t seq;

	b.len = archive_peek(src, head, sizeof(head));
	if (tar_is_header(b)) {
		/* One that is packed is not unpacked for a look: names of images that are tars bid
		 * more than this. */
		if (archive_packing(src) && strcmp(archive_packing(src), "tar") != 0)
			return 3;
		return tar_tells(src) ? 48 : 2;
	}
	/* A stream that begins in the midst says little for itself: names of images say more. */
	return stream_is(b) ? 40 : stream_is_shard(b, &seq) ? 3 : 0;
}

/* True for a directory of nothing but streams that may belong together: one at most is the first.
 */
static bool holds_shards(struct folder *f)
{
	size_t firsts = 0, some = 0;

	for (size_t i = 0; f->count <= SHARDS_MAX && i < f->count; i++) {
		CLEANUP(source_closep) struct source *src = NULL;
		uint8_t head[TAR_BLOCK];
		struct bytes b = { head, 0 };
		uint64_t seq = 0;

		if (f->members[i].kind != MEMBER_FILE)
			return false;
		if (!f->members[i].size)
			continue;
		err_free(folder_source(f, &f->members[i], &src));
		b.len = src ? archive_peek(src, head, sizeof(head)) : 0;
		if (!stream_is_shard(b, &seq))
			return false;
		firsts += !seq;
		some++;
	}
	return some && firsts <= 1;
}

static int folder_evidence(struct folder *f)
{
	size_t looks = 0;

	if (is_layout(f))
		return 40;
	for (size_t i = 0; i < f->count && looks < LOOKS; i++) {
		struct folder *below = NULL;
		bool set;

		if (f->members[i].kind != MEMBER_FOLDER)
			continue;
		looks++;
		err_free(folder_enter(f, &f->members[i], &below));
		set = below && holds_images(below);
		folder_close(below);
		if (set)
			return 32;
	}
	return holds_shards(f) ? 40 : 0;
}

/* Why there are no images: perhaps they are in streams, which are opened by themselves only. */
static const char *no_images(const struct container *c, struct arena *a)
{
	size_t looks = 0;

	for (size_t n = 0; n < c->set_count; n++) {
		struct folder *f = c->sets[n]->folder;

		for (size_t i = 0; i < f->count && looks < STREAM_LOOKS; i++) {
			CLEANUP(source_closep) struct source *src = NULL;
			uint8_t head[TAR_BLOCK];
			struct bytes b = { head, 0 };
			uint64_t seq;

			if (f->members[i].kind != MEMBER_FILE || !f->members[i].size)
				continue;
			looks++;
			err_free(folder_source(f, &f->members[i], &src));
			b.len = src ? archive_peek(src, head, sizeof(head)) : 0;
			if (stream_is_shard(b, &seq))
				return arena_printf(
					a,
					"%s is a stream of criu-image-streamer's: unpack this "
					"archive and open the stream, or the directory of all "
					"that belong together",
					text_clean_str(f->members[i].name, a));
		}
	}
	return "there are no images of CRIU's in it";
}

static int container_bid(const struct input *in)
{
	return in->folder ? folder_evidence(in->folder) : source_evidence(in->source);
}

/* ---- what it is ---- */

static const struct {
	const char *key, *title;
	size_t at;
} fact_keys[] = {
#define KEY(key, title, member)                                                                    \
	{                                                                                          \
		key, title, offsetof(struct container_facts, member)                               \
	}
	KEY("engine", "engine", engine),
	KEY("name", "container", name),
	KEY("id", "id", id),
	KEY("image", "image", image),
	KEY("image_id", "image id", image_id),
	KEY("runtime", "runtime", runtime),
	KEY("pod", "pod", pod),
	KEY("pod_namespace", "pod namespace", pod_namespace),
	KEY("hostname", "host name", hostname),
	KEY("created", "created", created),
	KEY("checkpointed", "checkpointed", checkpointed),
	KEY("packed", "images packed", packed),
	KEY("restored", "restored", restored),
#undef KEY
};

static const char *fact_of(const struct container_facts *f, size_t n)
{
	return *(const char *const *)(const void *)((const char *)f + fact_keys[n].at);
}

static void list_texts(struct json *j, const char *key, const char *const *texts, size_t count)
{
	json_key(j, key);
	json_array(j);
	for (size_t n = 0; n < count; n++)
		json_str(j, texts[n]);
	json_end_array(j);
}

static bool is_set(const struct criu_set *set)
{
	return ((const struct group *)set->item->data)->role == ROLE_SET;
}

static void container_json(struct model *m, struct json *j)
{
	struct container *c = m->data;

	json_key_str(j, "kind", m->format->name);
	json_key_uint(j, "problems", problems_serious(m->problems));
	json_key_str(j, "packing", c->packing);
	json_key(j, "container");
	json_object(j);
	for (size_t n = 0; n < ARRAY_LEN(fact_keys); n++)
		json_key_str(j, fact_keys[n].key, fact_of(&c->facts, n));
	list_texts(j, "ip", c->facts.ips, c->facts.ip_count);
	list_texts(j, "mac", c->facts.macs, c->facts.mac_count);
	json_end_object(j);
	json_key(j, "sets");
	json_array(j);
	for (size_t n = 0; n < c->set_count; n++)
		if (is_set(c->sets[n]))
			json_str(j, c->sets[n]->item->path);
	json_end_array(j);
	if (!c->main)
		return;
	json_key_str(j, "set", c->main->item->path);
	set_info_json(c->main, j);
}

static const char *join(const char *const *texts, size_t count, struct arena *a)
{
	const char *all = texts[0];

	for (size_t n = 1; n < count; n++)
		all = arena_printf(a, "%s, %s", all, texts[n]);
	return all;
}

/* The container first, then the set. */
static struct field *container_fields(struct model *m, struct arena *a)
{
	struct container *c = m->data;
	struct field *root =
		field_add(NULL, a, FIELD_GROUP, m->format->summary, (struct span){ 0, 0 });
	struct field *set;

	root->expanded = true;
	for (size_t n = 0; n < ARRAY_LEN(fact_keys); n++)
		if (fact_of(&c->facts, n))
			field_derived(root, a, fact_keys[n].title, fact_of(&c->facts, n));
	if (c->facts.ip_count)
		field_derived(root, a, "IP", join(c->facts.ips, c->facts.ip_count, a));
	if (c->facts.mac_count)
		field_derived(root, a, "MAC", join(c->facts.macs, c->facts.mac_count, a));
	if (c->packing)
		field_derived(root, a, "packed",
			      arena_printf(a, "%s, %s", c->packing, text_size(c->packed, a)));
	field_derived(root, a, "problems", problems_summary(m->problems, a));
	for (size_t n = 0; n < c->set_count; n++) {
		if (!is_set(c->sets[n]))
			continue;
		set = set_info_fields(c->sets[n], a);
		set->name = *c->sets[n]->item->path ? c->sets[n]->item->path : "images";
		set->parent = root;
		if (root->last)
			root->last->next = set;
		else
			root->first = set;
		root->last = set;
		root->count++;
	}
	return root;
}

/* ---- opening ---- */

static void container_fini(struct model *m)
{
	struct container *c = m->data;

	for (size_t n = c ? c->set_count : 0; n > 0; n--)
		set_close(c->sets[n - 1]);
	m->data = NULL;
}

static bool container_locate(struct model *m, const char *word, struct place *out)
{
	const struct container *c = m->data;

	return c->main && set_place(c->main, word, out);
}

static struct aspace *container_space(struct model *m, const char *who, const char **why)
{
	const struct container *c = m->data;

	if (c->main)
		return set_space(c->main, who, why);
	*why = "there are no images";
	return NULL;
}

static struct container *container_new(struct model *m)
{
	struct container *c = ARENA_NEW(&m->arena, struct container);

	c->model = m;
	c->options.problems = m->problems;
	c->options.spool_max = m->options.spool_max;
	c->options.job = m->options.opening;
	m->data = c;
	m->fini = container_fini;
	m->info_json = container_json;
	m->info = container_fields;
	m->locate = container_locate;
	m->aspace = container_space;
	m->aspace_of = anchor_space_of;
	m->anchor = anchor_address;
	m->registers = anchor_registers;
	m->dump = set_dump;
	m->address_ref = REF_ADDRESS;
	m->things = set_things;
	m->thing_fields = set_thing_fields;
	m->machine = set_machine_text;
	return c;
}

struct criu_set *set_of_model(const struct model *m)
{
	const struct container *c = m->data;

	return m->aspace == container_space ? c->main : m->data;
}

/* The source, unpacked if need be, becomes the root's. */
static struct err *open_source(struct container *c, struct source *src, struct folder **out)
{
	struct source *plain = NULL;
	struct err *err = NULL;
	uint8_t head[TAR_BLOCK];

	c->packed = source_size(src);
	c->packing = archive_packing(src);
	if (c->packing && strcmp(c->packing, "tar") != 0) {
		err = archive_unpack(src, &c->options, &plain);
		source_close(src);
		src = plain;
	}
	if (err)
		return err;
	atomic_store(&c->model->root->source, src);
	c->model->root->size = source_size(src);
	if (tar_is_header((struct bytes){ head, source_read(src, 0, head, sizeof(head)) })) {
		c->in_tar = true;
		return archive_open(src, &c->options, out);
	}
	if (!c->packing)
		c->packing = "criu-image-streamer";
	return stream_open(&(struct stream_shard){ src, c->model->root }, 1, &c->options, out);
}

/* A shard's source, unpacked if need be. NULL: noted. */
static struct source *open_shard(struct container *c, struct folder *f, const struct member *m,
				 struct item *it)
{
	struct archive_options options = c->options;
	struct source *src = NULL, *plain = NULL;
	struct err *err = folder_source(f, m, &src);

	options.item = it;
	c->packed += m->size;
	if (!err && archive_packing(src)) {
		err = archive_unpack(src, &options, &plain);
		source_close(src);
		src = plain;
	}
	if (err)
		problem_note(c->model->problems, SEV_ERROR, "open", it, (struct span){ 0, 0 }, "%s",
			     err->text);
	err_free(err);
	return src;
}

/* The streams of a directory, one folder; they themselves stand in the group *shards. Takes the
 * directory over. */
static struct err *open_shards(struct container *c, struct folder **f, struct item **shards)
{
	struct stream_shard opened[SHARDS_MAX];
	struct folder *dir = *f;
	size_t count = 0;

	*f = NULL;
	*shards = set_folder_item(c->model, NULL, "shards");
	for (size_t i = 0; i < dir->count; i++) {
		struct item *it = set_folder_item(c->model, *shards, dir->members[i].name);
		struct source *src = open_shard(c, dir, &dir->members[i], it);

		it->kind = "stream";
		it->path = arena_printf(&c->model->arena, "shards/%s", it->name);
		if (!src)
			continue;
		it->size = source_size(src);
		atomic_store(&it->source, src);
		opened[count++] = (struct stream_shard){ src, it };
	}
	folder_close(dir);
	c->packing = "criu-image-streamer";
	c->on_disk = false;
	return count ? stream_open(opened, count, &c->options, f)
		     : err_new(ERR_FORMAT, "%s: none of its streams can be opened", c->model->name);
}

/* LXC keeps its last dump in final/ or dump/, with nothing beside it that would tell. */
static void guess_lxc(struct container *c)
{
	static const char *const names[] = { "final/", "dump/" };

	for (size_t n = 0; c->main && !c->facts.engine && n < ARRAY_LEN(names); n++)
		if (!strcmp(c->main->prefix, names[n]))
			c->facts.engine = "lxc";
}

static const char *count_sets(const struct container *c, struct arena *a)
{
	size_t n = 0;

	for (size_t i = 0; i < c->set_count; i++)
		n += is_set(c->sets[i]);
	return arena_printf(a, "%zu image set%s", n, n == 1 ? "" : "s");
}

/* "podman container web, image nginx:1, runc, checkpointed 2024-05-06T07:08:09Z", as far as it is
 * known. */
static const char *about(const struct container *c, struct arena *a)
{
	const struct container_facts *f = &c->facts;
	const struct {
		const char *before, *text;
	} parts[] = {
		{ "", f->engine          ? f->engine
		      : f->name || f->id ? NULL
					 : count_sets(c, a) },
		{ f->engine ? " container " : "container ", f->name ? f->name : f->id },
		{ ", image ", f->image },
		{ ", ", f->runtime },
		{ f->checkpointed ? ", checkpointed " : ", images of ",
		  f->checkpointed ? f->checkpointed : f->packed },
	};
	struct strbuf s;

	strbuf_init(&s, a);
	for (size_t n = 0; n < ARRAY_LEN(parts); n++) {
		const char *before = parts[n].before;

		if (!parts[n].text)
			continue;
		if (!s.len && *before == ',')
			before += 2;
		strbuf_addf(&s, "%s%s", before, parts[n].text);
	}
	return s.text;
}

static struct err *container_open(struct model *m, struct input *in)
{
	struct container *c = container_new(m);
	struct item *root = set_folder_item(m, NULL, set_base_name(in->name));
	struct item *shards = NULL;
	struct folder *f = in->folder;
	struct err *err;

	root->open_first = true;
	c->options.item = root;
	c->on_disk = f != NULL;
	err = set_schema(m, &c->schema);
	if (!err && !f)
		err = open_source(c, in->source, &f);
	else if (!f)
		source_close(in->source);
	else if (!err && holds_shards(f))
		err = open_shards(c, &f, &shards);
	if (err) {
		folder_close(f);
		return err;
	}
	open_folder(c, root, f, "", 0);
	if (shards)
		tree_attach(root, shards);
	root->kind = "archive";
	if (c->set_count && is_layout(c->sets[0]->folder))
		open_layout(c);
	guess_lxc(c);
	((struct group *)root->data)->about = about(c, &m->arena);
	c->options.job = NULL;
	if (!c->main)
		problem_note(m->problems, SEV_WARNING, "no-images", root, (struct span){ 0, 0 },
			     "%s", no_images(c, &m->arena));
	return NULL;
}

const struct format criu_archive_format = {
	.name = "criu-archive",
	.summary = "container checkpoint",
	.rules = criu_rules,
	.bid = container_bid,
	.open = container_open,
};
