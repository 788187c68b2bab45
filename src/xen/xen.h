/* What the files of this folder share: a stream, its layers, the kinds of their records.
 *
 * A file is a pile of layers, each an item of the tree with its records as rows:
 *
 *	xl        header, domain config         (or libvirt, xapi, xend)
 *	libxl     16-byte header, then records  type numbers of its own
 *	libxc     24 + 16-byte headers, records, PAGE_DATA among them
 *	legacy    Xen up to 4.5, instead of libxc (and libxl): chunks, shown as records
 *
 * Layers alternate in a checkpointed stream, so that a layer's records ascend, but need not touch.
 * Nothing has a length above libxc: one walk over the whole file (walk.c), from record to record,
 * finds all of them, and hands on what memory and guest are made of: pages to memory.c, the newest
 * state records to state.c. It runs once, in whichever item's indexing comes first.
 *
 * Offsets are absolute, in the file as given; records lie at any alignment. Byte order of records
 * is `big`'s; headers of libxl and libxc are big-endian always. */
#ifndef XEN_XEN_H
#define XEN_XEN_H

#include <pthread.h>

#include "core/aspace.h"
#include "core/format.h"
#include "core/model.h"

#define XEN_PAGE 4096u
#define XEN_RECORD_MAX 0x08000000u /* libxc: a longer body is refused on restore */

extern const struct format xen_xl_format, xen_libxl_format, xen_libxc_format, xen_libvirt_format,
	xen_xapi_format, xen_xend_format, xen_legacy_format;

/* rules.c */
extern const struct rule xen_rules[];

enum layer_kind {
	LAYER_XL,
	LAYER_LIBVIRT,
	LAYER_XAPI,
	LAYER_XEND,
	LAYER_LIBXL,
	LAYER_LIBXC,
	LAYER_LEGACY,
	LAYER_KINDS
};

struct xen;

struct layer {
	struct xen *xen;
	enum layer_kind kind;
	struct item *item;  /* its index and list are the records; data is this layer */
	struct span header; /* before its first record; of wrappers: all of it, config and all */
};

enum guest_type { GUEST_UNKNOWN, GUEST_PV, GUEST_HVM, GUEST_PVH };

struct memory;     /* memory.h */
struct states;     /* state.h */
struct guest;      /* guest.h: vCPUs, address spaces; made on first use */
struct xen_config; /* config.h: what the wrapper says of the domain */

/* model->data. */
struct xen {
	struct model *model;
	struct source *src; /* the root item's */
	struct layer layers[4];
	size_t layer_count;

	/* From headers, known when it is open. */
	bool big;                      /* byte order of records */
	uint32_t version;              /* libxc's: 2, 3; 0: legacy */
	uint32_t domain_type;          /* of the domain header: 1 PV, 2 HVM; 0: none */
	uint32_t xen_major, xen_minor; /* 0.n: converted from legacy; 0.0: unknown */
	struct xen_config *config;     /* NULL: no wrapper says anything */
	uint64_t records_at;           /* where the walk begins */

	/* From the walk; of its thread until `walked`. */
	uint32_t guest_width; /* PV: 4, 8; 0: not known (yet), or HVM */
	uint32_t word;        /* legacy: bytes of the saving toolstack's long */
	struct memory *memory;
	struct states *states;
	struct source *made; /* legacy: pages that came packed, for memory_seal; NULL */
	bool checkpointed;   /* a CHECKPOINT was met: no END is expected */
	bool ended;          /* the outermost layer's END was met */
	pthread_mutex_t walking;
	_Atomic bool walked;

	struct guest *guest; /* owner's thread */
};

/* Record of a layer. `kind` is the row in the layer's table, KIND_UNKNOWN if it has none, and `aux`
 * the type as it stands in the file (of legacy chunks the signed id). `head` bytes of header,
 * `body` without padding, `length` with both. */
#define KIND_UNKNOWN UINT16_MAX

/* A record looked at: what the table's functions get. */
struct xrec {
	struct layer *layer;
	uint64_t n; /* its row; `libxc[n]` */
	const struct record *r;
	struct bytes body;           /* clipped to the file */
	uint64_t at;                 /* offset of the body */
	const struct xen_kind *kind; /* NULL: unknown */
};

/* One row of a layer's table: everything that is particular to a type of record. */
struct xen_kind {
	uint32_t type;
	const char *name; /* the specification's: "PAGE_DATA" */
	/* Adds fields below `root` for the body; `c` is a cursor over it, in the stream's byte
	 * order. What it leaves shows as a gap, padding is seen to by the caller. NULL: no body. */
	void (*fields)(const struct xrec *, struct field *root, struct cursor *c, struct arena *);
	/* Line that says what a person would ask; cleaned. NULL: "". */
	const char *(*summary)(const struct xrec *, struct arena *);
	/* Notes what is wrong with the body, by validity.md. Called once for each record when it is
	 * checked. NULL: nothing can be. */
	void (*check)(const struct xrec *);
	unsigned flags; /* enum kind_flags */
};

enum kind_flags {
	KIND_EMPTY = 1, /* length must be 0 */
	KIND_PV = 2,    /* only in a PV guest's stream */
	KIND_HVM = 4,   /* only in an HVM guest's */
	KIND_NEVER = 8, /* restore refuses it wherever it is */
	KIND_V3 = 16,   /* not in version 2 */
};

/* kinds.c: the tables, ended by name NULL. */
extern const struct xen_kind libxc_kinds[], libxl_kinds[], legacy_kinds[], xapi_kinds[];
/* The table of a layer; NULL: it has no records. */
const struct xen_kind *layer_kinds(enum layer_kind kind);
/* Row of `type`; KIND_UNKNOWN if there is none. */
uint16_t kind_row(const struct xen_kind *table, uint32_t type);
/* "libxc", "xl": in paths and JSON. */
const char *layer_name(enum layer_kind kind);

/* Types that code needs by number. */
enum libxc_type {
	REC_END = 0x0,
	REC_PAGE_DATA = 0x1,
	REC_PV_INFO = 0x2,
	REC_P2M_FRAMES = 0x3,
	REC_VCPU_BASIC = 0x4,
	REC_VCPU_EXTENDED = 0x5,
	REC_VCPU_XSAVE = 0x6,
	REC_SHARED_INFO = 0x7,
	REC_TSC_INFO = 0x8,
	REC_HVM_CONTEXT = 0x9,
	REC_HVM_PARAMS = 0xa,
	REC_TOOLSTACK = 0xb,
	REC_VCPU_MSRS = 0xc,
	REC_VERIFY = 0xd,
	REC_CHECKPOINT = 0xe,
	REC_DIRTY_PFN_LIST = 0xf,
	REC_STATIC_DATA_END = 0x10,
	REC_CPUID_POLICY = 0x11,
	REC_MSR_POLICY = 0x12,
	REC_OPTIONAL = 0x80000000u,
};
enum libxl_type {
	XL_END = 0,
	XL_LIBXC_CONTEXT = 1,
	XL_EMULATOR_XENSTORE_DATA = 2,
	XL_EMULATOR_CONTEXT = 3,
	XL_CHECKPOINT_END = 4,
	XL_CHECKPOINT_STATE = 5,
};
/* Rows that are no records of the format: what lies behind the end. */
#define TYPE_TRAILING UINT32_MAX

/* stream.c: the layer items. */
extern const struct item_ops layer_ops;
/* Layer of that kind, or NULL. */
struct layer *xen_layer(struct xen *x, enum layer_kind kind);
/* Adds a layer with an empty index; in the owner's thread, while opening. */
struct layer *xen_add_layer(struct xen *x, enum layer_kind kind, struct span header);
/* A record of a layer, looked at. */
struct xrec xrec_at(struct layer *layer, uint64_t n);
/* Cursor over a span, in the stream's byte order. */
struct cursor xen_cursor(const struct xen *x, struct span span);

#define XEN_NOTE(layer_, severity, rule, span, ...)                                                \
	problem_note((layer_)->xen->model->problems, severity, rule, (layer_)->item, span,         \
		     __VA_ARGS__)

/* walk.c: reads all records, once; a second caller waits until that is done. `job` (NULL: none)
 * counts bytes and may stop it: then what was found stands. Thread-safe. */
void xen_walk(struct xen *x, struct job *job);
/* legacy.c: the same for a layer of chunks, called by xen_walk. From `at` on; returns where it
 * ends. */
uint64_t legacy_walk(struct layer *layer, uint64_t at, struct job *job);
/* legacy.c: true if what begins at `at` reads as a legacy stream; *word (0: find out): 4 or 8. */
bool legacy_probe(const struct source *src, uint64_t at, uint32_t *word, enum guest_type *type);

/* check.c: rules that concern several records; noted once, after the walk. */
void xen_check(struct xen *x);
/* info.c */
void xen_info_json(struct model *m, struct json *j);
struct field *xen_info_fields(struct model *m, struct arena *a);
enum guest_type xen_guest_type(struct xen *x);
const char *guest_type_name(enum guest_type t);

/* names.c: names of numbers; each table ends with name NULL. */
extern const struct value_name names_page_type[], names_domain_type[], names_libxl_option[],
	names_libxc_option[], names_xl_flag[], names_emulator[], names_checkpoint_state[],
	names_tsc_mode[], names_hvm_param[], names_msr[], names_xapi_header[], names_cpuid_leaf[],
	names_rflags[], names_cr0[], names_cr4[], names_efer[], names_dr6[], names_mxcsr[],
	names_xcr0[], names_segment[], names_vgcf[], names_vm_assist[], names_sif[],
	names_apic_base[], names_event_type[], names_exception[], names_pte[], names_lapic_reg[],
	names_virq[], names_ti[], names_lapic_disabled[], names_pvclock[];

#endif
