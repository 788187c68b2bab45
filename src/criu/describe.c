/* What a container engine says of a container it froze: gathered from the files it puts beside the
 * images. Which file says what:
 *
 *	config.dump      podman, CRI-O, containerd: id, name, rootfsImage..., runtime, ...Time
 *	spec.dump        the OCI runtime's spec: annotations tell the engine, hostname
 *	network.status   podman: addresses by network and interface
 *	index.json       an OCI layout: annotations tell names */
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "criu/engine.h"
#include "core/jsondoc.h"
#include "criu/container.h"

#define READ_MAX (16u << 20)

/* Takes a text that is not empty, unless there is one already. */
static void take(const char **to, struct doc_value v, struct arena *a)
{
	const char *text = *to ? NULL : doc_text(&v, a);

	if (text && *text)
		*to = text;
}

static void take_config(struct container_facts *f, struct doc_value v, struct arena *a)
{
	static const struct {
		const char *key;
		size_t to;
	} keys[] = {
#define KEY(key, member) { key, offsetof(struct container_facts, member) }
		KEY("id", id),
		KEY("name", name),
		KEY("rootfsImageName", image),
		KEY("rootfsImage", image),
		KEY("rootfsImageRef", image_id),
		KEY("rootfsImageID", image_id),
		KEY("runtime", runtime),
		KEY("ociRuntime", runtime),
		KEY("createdTime", created),
		KEY("checkpointedAt", checkpointed),
		KEY("checkpointedTime", checkpointed),
		KEY("restoredAt", restored),
		KEY("restoredTime", restored),
#undef KEY
	};

	for (size_t n = 0; n < ARRAY_LEN(keys); n++) {
		const char **to = (const char **)(void *)((char *)f + keys[n].to);

		take(to, doc_find(v, keys[n].key, NULL), a);
	}
}

static void add_ip(struct container_facts *f, const char *text)
{
	if (!text || !*text)
		return;
	for (size_t n = 0; n < f->ip_count; n++)
		if (!strcmp(f->ips[n], text))
			return;
	if (f->ip_count < ARRAY_LEN(f->ips))
		f->ips[f->ip_count++] = text;
}

static bool key_is(const struct doc_value *key, const char *name, struct arena *a)
{
	return bytes_equal(doc_string(key, a), bytes_of(name));
}

static bool key_begins(const struct doc_value *key, const char *with, struct arena *a)
{
	struct bytes b = doc_string(key, a);

	return b.len >= strlen(with) && !memcmp(b.at, with, strlen(with));
}

static void take_manager(struct container_facts *f, const struct doc_value *v, struct arena *a)
{
	const char *manager = doc_text(v, a);

	if (manager)
		f->engine = !strcmp(manager, "libpod")  ? "podman"
			    : !strcmp(manager, "cri-o") ? "CRI-O"
							: manager;
}

void facts_of_annotations(struct container_facts *f, const struct doc_value *v, struct arena *a)
{
	static const struct {
		const char *key;
		size_t to;
	} keys[] = {
#define KEY(key, member) { key, offsetof(struct container_facts, member) }
		KEY("io.kubernetes.container.name", name),
		KEY("io.kubernetes.cri.container-name", name),
		KEY("io.podman.annotations.checkpoint.name", name),
		KEY("io.kubernetes.cri-o.ContainerID", id),
		KEY("io.kubernetes.cri-o.ImageName", image),
		KEY("io.kubernetes.cri.image-name", image),
		KEY("io.podman.annotations.checkpoint.rootfsImageName", image),
		KEY("io.kubernetes.cri-o.ImageRef", image_id),
		KEY("io.podman.annotations.checkpoint.rootfsImageID", image_id),
		KEY("io.podman.annotations.checkpoint.runtime.name", runtime),
		KEY("io.kubernetes.cri-o.Created", created),
		KEY("io.kubernetes.pod.name", pod),
		KEY("io.kubernetes.cri.sandbox-name", pod),
		KEY("io.kubernetes.pod.namespace", pod_namespace),
		KEY("io.kubernetes.cri.sandbox-namespace", pod_namespace),
#undef KEY
	};

	for (struct doc_walk w = doc_walk_over(v); v->type == DOC_OBJECT && doc_next(&w);) {
		for (size_t n = 0; n < ARRAY_LEN(keys); n++)
			if (key_is(&w.key, keys[n].key, a))
				take((const char **)(void *)((char *)f + keys[n].to), w.value, a);
		if (key_is(&w.key, "io.container.manager", a))
			take_manager(f, &w.value, a);
		else if (key_begins(&w.key, "io.kubernetes.cri-o.IP.", a))
			add_ip(f, doc_text(&w.value, a));
		else if (!f->engine && key_begins(&w.key, "io.kubernetes.cri.", a))
			f->engine = "containerd";
		else if (!f->engine && key_begins(&w.key, "io.podman.annotations.checkpoint.", a))
			f->engine = "podman";
	}
}

static void take_spec(struct container_facts *f, struct doc_value v, struct arena *a)
{
	struct doc_value annotations = doc_find(v, "annotations", NULL);

	facts_of_annotations(f, &annotations, a);
	take(&f->hostname, doc_find(v, "hostname", NULL), a);
}

/* {NETWORK: {"interfaces": {NAME: {"subnets": [{"ipnet": ...}], "mac_address": ...}}}} */
static void take_network(struct container_facts *f, struct doc_value v, struct arena *a)
{
	if (v.type != DOC_OBJECT)
		return;
	for (struct doc_walk net = doc_walk_over(&v); doc_next(&net);) {
		struct doc_value all = doc_find(net.value, "interfaces", NULL);

		if (all.type != DOC_OBJECT)
			continue;
		for (struct doc_walk i = doc_walk_over(&all); doc_next(&i);) {
			struct doc_value subnets = doc_find(i.value, "subnets", NULL);
			struct doc_value mac = doc_find(i.value, "mac_address", NULL);

			if (doc_text(&mac, a) && f->mac_count < ARRAY_LEN(f->macs))
				f->macs[f->mac_count++] = doc_text(&mac, a);
			if (subnets.type != DOC_ARRAY)
				continue;
			for (struct doc_walk s = doc_walk_over(&subnets); doc_next(&s);) {
				struct doc_value ip = doc_find(s.value, "ipnet", NULL);

				add_ip(f, doc_text(&ip, a));
			}
		}
	}
}

static void take_index(struct container_facts *f, struct doc_value v, struct arena *a)
{
	struct doc_value annotations = doc_find(v, "annotations", NULL);

	facts_of_annotations(f, &annotations, a);
}

/* Before podman and CRI-O say it in the spec. */
static void guess_engine(struct container_facts *f, const struct folder *folder)
{
	static const struct {
		const char *file, *engine;
	} signs[] = {
		{ "network.status", "podman" },    { "ctr.log", "podman" },
		{ "bind.mounts", "CRI-O" },        { "status.dump", "containerd" },
		{ "container.log", "containerd" },
	};

	for (size_t n = 0; !f->engine && n < ARRAY_LEN(signs); n++)
		if (folder_find(folder, "config.dump") && folder_find(folder, signs[n].file))
			f->engine = signs[n].engine;
	/* Docker keeps two files among the images, podman one of them, too. */
	if (!f->engine && folder_find(folder, "descriptors.json") &&
	    folder_find(folder, "config.json"))
		f->engine = "docker";
}

/* Docker's config.json is a checkpoint's own: {"created": ..., "name": ...}. */
static void take_docker(struct container_facts *f, struct folder *folder, struct arena *a)
{
	const struct member *m = folder_find(folder, "config.json");
	struct source *src = NULL;
	struct err *err;

	if (!f->engine || strcmp(f->engine, "docker") != 0 || !m)
		return;
	err = folder_source(folder, m, &src);
	if (!err)
		take(&f->checkpointed,
		     doc_find(doc_root(source_view(src, 0, READ_MAX)), "created", NULL), a);
	err_free(err);
	source_close(src);
}

void facts_of_folder(struct container_facts *facts, struct folder *folder, struct arena *a)
{
	static const struct {
		const char *name;
		void (*take)(struct container_facts *, struct doc_value, struct arena *);
	} files[] = {
		{ "spec.dump", take_spec },
		{ "config.dump", take_config },
		{ "network.status", take_network },
		{ "index.json", take_index },
	};

	for (size_t n = 0; n < ARRAY_LEN(files); n++) {
		const struct member *m = folder_find(folder, files[n].name);
		struct source *src = NULL;
		struct err *err;

		if (!m || m->kind != MEMBER_FILE)
			continue;
		err = folder_source(folder, m, &src);
		if (!err)
			files[n].take(facts, doc_root(source_view(src, 0, READ_MAX)), a);
		err_free(err);
		source_close(src);
	}
	guess_engine(facts, folder);
	take_docker(facts, folder, a);
}
