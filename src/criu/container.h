/* Archives of container engines and what else holds image sets: what the files of it share. */
#ifndef CRIU_CONTAINER_H
#define CRIU_CONTAINER_H

#include "core/archive.h"
#include "core/jsondoc.h"
#include "criu/set.h"

/* streamer.c: what criu-image-streamer wrote, to one stream or spread over several, as a folder.
 * Files that came in several pieces are put together in a temporary file when they are opened. The
 * sources must outlive it; an `item` is whose source it is. At least one; order is no matter. */
struct stream_shard {
	struct source *src;
	const struct item *item;
};
bool stream_is(struct bytes head);
/* True for the head of any of several, too; *seq: the number of its first piece, 0 in one only. */
bool stream_is_shard(struct bytes head, uint64_t *seq);
MUST_USE struct err *stream_open(const struct stream_shard *shards, size_t count,
				 const struct archive_options *options, struct folder **out);

/* describe.c: what the engine's own files say. All cleaned, in the model's arena; NULL: not said.
 */
struct container_facts {
	const char *engine; /* "podman", "CRI-O", "containerd", "docker", "lxc" */
	const char *name, *id, *image, *image_id, *runtime;
	const char *created, *checkpointed, *restored;
	const char *packed; /* when the inventory was packed: about when it was checkpointed */
	const char *pod, *pod_namespace, *hostname;
	const char *ips[16], *macs[16];
	size_t ip_count, mac_count;
};

/* Looks into the files of a folder that describe a container, and adds what they say. */
void facts_of_folder(struct container_facts *facts, struct folder *f, struct arena *a);
/* Annotations of an image or a spec: an object of strings. */
void facts_of_annotations(struct container_facts *facts, const struct doc_value *v,
			  struct arena *a);

#endif
