/* The guest at one moment: its vCPUs with their registers, its memory by frame and by address. */
#ifndef XEN_GUEST_H
#define XEN_GUEST_H

#include "xen/memory.h"
#include "xen/state.h"

/* How a vCPU translates: everything that a walk needs, taken from its registers. */
enum paging_mode {
	PAGING_NONE, /* linear is physical */
	PAGING_32,   /* two levels, entries of 4 bytes */
	PAGING_PAE,  /* three */
	PAGING_4LEVEL,
	PAGING_5LEVEL,
};

struct paging {
	enum paging_mode mode;
	uint64_t root;    /* guest-physical address of the root table */
	bool large_4m;    /* PAGING_32: CR4.PSE */
	bool nx;          /* bit 63 says so */
	bool pv;          /* no large pages; root entries of PAE are a page's first four */
	uint8_t physbits; /* bits of an address in an entry; 52 if not known */
};

/* A vCPU as the newest state of a snapshot has it. */
struct vcpu {
	uint32_t id;
	bool hvm, wide;          /* `wide`: registers of 64 bits */
	const struct state *cpu; /* VCPU_BASIC, or the HVM_CONTEXT that has its CPU entry */
	struct span registers;   /* of the structure in the file: vcpu_guest_context, hvm CPU */
	struct paging kernel, user;
	bool has_user; /* PV, 64 bits: a root of its own for user space */
	bool in_user;  /* it stood there */
	uint64_t rip, rsp, rflags, cr0, cr2, cr3, cr4, efer;
};

struct guest {
	struct xen *xen;
	struct arena arena; /* what the vCPUs are read into; the guest's own */
	uint32_t passes;    /* of memory and states that make up what is shown; at least 1 */
	uint32_t snapshot;  /* counted from 1; 0: the stream's end */
	struct vcpu *vcpus;
	size_t vcpu_count;
	struct item *item; /* "guest": its rows are the vCPUs */
	struct aspace *frames;
	struct guest_space *spaces; /* guest.c's */
};

/* The guest: walks the stream and reads the vCPUs, unless that is done or under way. Thread-safe;
 * never NULL once guest_add_item was called. */
struct guest *xen_guest(struct xen *x);
/* Frees what it has outside the model's arena; from the model's fini. NULL-safe. */
void guest_free(struct guest *g);
/* Adds the item `guest` below the root; while opening. */
struct item *guest_add_item(struct xen *x);

/* vcpu.c: fills vcpus from the states: PV contexts of both widths, CPU entries of HVM_CONTEXT. */
void guest_read_vcpus(struct guest *g);
/* A register by name ("rip", "cr3", "gs_base", "eax"), as kept in the file. False: none. */
bool vcpu_register(const struct guest *g, const struct vcpu *v, const char *name, uint64_t *value);
/* The n-th general register's name and value; false past the last. */
bool vcpu_register_at(const struct guest *g, const struct vcpu *v, size_t n, const char **name,
		      uint64_t *value);
/* hvm.c: the first CPU entry of an HVM context for `vcpu`: span of its body. False: none. */
bool hvm_entry(const struct xen *x, struct span context, uint32_t type, uint32_t instance,
	       struct span *body);

/* ---- address spaces: model's hooks ---- */

struct aspace *guest_space(struct model *m, size_t n);
struct aspace *guest_aspace(struct model *m, const char *who, const char **why);
struct aspace *guest_frames(struct model *m, const char *who, const char **why);
struct aspace *guest_aspace_of(struct item *it);
bool guest_anchor(const struct aspace *as, const char *who, const char *word, uint64_t *addr,
		  const char **why);
size_t guest_registers(const struct aspace *as, struct anchor *out, size_t max);
bool guest_locate(struct model *m, const char *word, struct place *out);

/* dump.c: model->dump. */
const struct dump *guest_dump(const struct aspace *as, const char *form, struct arena *a,
			      const char **why);

/* pfnspace.c: memory by frame as after `passes` passes; cached by the caller. */
struct aspace *pfnspace_new(struct xen *x, uint32_t passes, const char *name, const char *who);
/* The bytes of a frame in place, borrowed from the source; none if they are not there. Any thread;
 * `frames` is of pfnspace_new. */
struct bytes pfnspace_page(const struct aspace *frames, uint64_t pfn);
/* Frames that have bytes. */
uint64_t pfnspace_pages(const struct aspace *frames);
/* vspace.c: memory by address over `frames`, which are of pfnspace_new, as `p` translates. What it
 * has outside the model's arena goes with ops->fini. */
struct aspace *vspace_new(struct xen *x, struct aspace *frames, struct paging p, const char *name,
			  const char *who);
/* True if `as` translates as `other` does, by the same tables; then which addresses map a frame is
 * worked out once, by `other`, for both. Both are of vspace_new. */
bool vspace_share(struct aspace *as, struct aspace *other);

/* ---- ptwalk.c: page tables ---- */

/* What an entry of a table is. */
enum pt_kind {
	PT_NONE,  /* not present */
	PT_TABLE, /* leads to the next table */
	PT_PAGE,  /* maps a page */
	PT_BAD,   /* `trouble` */
};

#define PT_USER (1u << 16)

struct pt_entry {
	enum pt_kind kind;
	uint64_t pa;         /* of the table or page */
	unsigned flags;      /* what this entry allows: REGION_READ, _WRITE, _EXEC; PT_USER */
	const char *trouble; /* static; NULL */
};

struct pt_step {
	unsigned level;
	uint64_t table; /* guest-physical address of the table */
	uint64_t index, entry;
	const char *trouble; /* static; why it ends here; NULL */
};

/* Why a walk ended. */
enum pt_end {
	PT_END_MAPPED,
	PT_END_NONE,     /* an entry is not present */
	PT_END_BAD,      /* an entry is malformed */
	PT_END_NO_TABLE, /* a table could not be read */
	PT_END_ADDRESS,  /* no address of this mode */
};

struct pt_result {
	struct pt_step steps[5];
	unsigned count;
	enum pt_end end;
	bool mapped;
	uint64_t pa;    /* of the address asked for */
	uint64_t size;  /* bytes of the page: 4 KiB to 1 GiB; of a walk that failed: of the hole */
	uint64_t start; /* first address of the page, or hole; + size may be 2^64 */
	unsigned flags; /* REGION_READ, _WRITE, _EXEC; PT_USER: what all levels allow */
	const char *trouble; /* static; NULL if mapped */
};

/* Tables on the way: 0 (no paging) to 5. */
unsigned pt_levels(const struct paging *p);
/* Bytes of addresses that one entry of `level` covers. */
uint64_t pt_reach(const struct paging *p, unsigned level);
/* Entries of a table of `level`, and bytes of an entry (4 or 8). */
unsigned pt_entries(const struct paging *p, unsigned level);
unsigned pt_width(const struct paging *p);
/* Takes an entry of a table of `level` apart. */
void pt_decode(const struct paging *p, unsigned level, uint64_t entry, struct pt_entry *out);

/* Reads `len` bytes (4 or 8) of guest-physical memory; false if they are not there. */
typedef bool (*pt_read)(void *arg, uint64_t pa, void *to, unsigned len);
/* Translates one address. Never fails: what is wrong is in the result. */
void pt_walk(const struct paging *p, pt_read read, void *arg, uint64_t va, struct pt_result *out);

#endif
