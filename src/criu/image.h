/* What image.c, extra.c, raw.c, netlink.c and image_json.c share. Nobody else needs it but kinds.c,
 * for the names of the handlers.
 *
 * Records of a message image: kind 0 is the kind's `message`, 1 its `entry`; parts of a single
 * message carry the number of the repeated field they are an element of, and in `aux` their
 * position among its elements. Of raw images kind and aux are the decoder's. */
#ifndef CRIU_IMAGE_H
#define CRIU_IMAGE_H

#include "criu/criu.h"

#define MESSAGE_MAX (64u << 20) /* longer ones are shown as bytes */

/* Bytes that follow a message. */
struct extra_kind {
	/* How many, by what the record's message says; may be more than the `left` that the file
	 * has behind it. */
	uint64_t (*measure)(const struct image *, const struct record *, uint64_t left);
	/* Adds fields below `parent`, whose span the bytes are: clipped. */
	void (*fields)(struct image *, const struct record *, struct field *parent, struct arena *);
	/* Writes the value of the key "extra" as crit does. */
	void (*json)(struct image *, const struct record *, struct json *, enum json_style,
		     struct arena *);
};

extern const struct extra_kind extra_pipe, extra_packet, extra_tcp, extra_shm, extra_msg, extra_sem,
	extra_ghost, extra_bpfmap;

/* A file without CRIU's header. */
struct raw_kind {
	uint32_t magic; /* its first word; 0: none */
	bool rows;      /* its records are rows of the tree */
	/* Next record, as image_step; NULL: the file is one record. */
	bool (*step)(struct image *, uint64_t *at, uint64_t n, struct record *, bool note);
	/* Of a row: "RTM_NEWADDR". NULL: "raw". */
	const char *(*kind)(struct image *, const struct record *);
	const char *(*summary)(struct image *, const struct record *, struct arena *);
	/* Fields of a record, below a root that spans it. */
	void (*fields)(struct image *, const struct record *, struct field *root, struct arena *);
	/* The value of one entry; NULL: the file's bytes are not listed. */
	void (*json)(struct image *, const struct record *, struct json *, struct arena *);
	/* Instead: all entries, where they are not records. */
	void (*entries)(struct image *, struct json *, struct arena *);
};

extern const struct raw_kind raw_pages, raw_ifaddr, raw_route, raw_rule, raw_ct, raw_text, raw_tar,
	raw_unknown;

#define IMAGE_NOTE(im, severity, rule, span, ...)                                                  \
	problem_note((im)->item->model->problems, severity, rule, (im)->item, span, __VA_ARGS__)

/* image.c: the index of an image; and image_step for one that is open, which does not look into
 * messages. */
void image_index(struct item *it, struct job *job);
bool image_step_open(struct image *im, uint64_t *at, uint64_t n, struct record *out, bool note);
/* image_check.c: reads a record's message through by its type. False: something is wrong with it,
 * and noted. */
bool image_check_message(struct image *im, const struct record *r);

/* The raw decoder of an image that is open; NULL if it has messages. */
const struct raw_kind *image_raw(const struct image *im);
/* True if whole records, not parts of one, are the rows of its item. */
bool image_has_rows(const struct image *im);
/* The only or first record; needs no index. */
bool image_single(struct image *im, struct record *out);
uint64_t image_size(const struct image *im);
/* The bytes of a span of the image's source, clipped. */
struct bytes image_bytes(const struct image *im, struct span span);
/* Where the message of a record lies, and the payload after it. */
struct span image_body(const struct record *r);
struct span image_extra(const struct record *r);
/* The type of a record's message; NULL: unknown to the schema, or too long to decode. */
const struct message *image_type(const struct image *im, const struct record *r);
/* A number of four bytes in the image's own byte order; 0 beyond the end. */
uint32_t image_u32(const struct image *im, uint64_t at);
/* Gives pages behind a walk back now and then. *passed: 0 at first, the walk's own. */
void image_passed(const struct image *im, uint64_t at, uint64_t *passed);

/* Bytes of the container's own: a length, a header. */
void image_add_frame(struct image *im, struct field *parent, struct arena *a, const char *name,
		     struct span span);
/* Bytes that are only shown. NULL if there are none. */
struct field *image_add_bytes(struct image *im, struct field *parent, struct arena *a,
			      const char *name, struct span span);
/* A derived field that says what libmagic takes the bytes for; nothing if it cannot tell. */
void image_add_type(struct field *parent, struct arena *a, struct bytes b);

/* A string of base64 in lines, as Python's encodebytes makes them: streamed, of any length. */
void image_json_bytes(struct image *im, struct span span, struct json *j);

/* ghost.c: item_ops.kept and .kept_part of images. */
bool ghost_kept(struct item *it, struct kept *out, struct arena *a);
bool ghost_part(struct item *it, uint64_t n, uint64_t *at, struct span *span);

/* image_json.c */
void image_json(struct item *it, uint64_t at, struct json *j, enum json_style style);

#endif
