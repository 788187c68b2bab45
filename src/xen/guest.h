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
	uint32_t passes;   /* of memory that make up what is shown */
	uint32_t snapshot; /* 0: the stream's end */
	struct vcpu *vcpus;
	size_t vcpu_count;
	struct item *item; /* "guest": its rows are the vCPUs */
	struct aspace *frames;
};

/* The guest of a stream that has been walked; at the first call reads the vCPUs. Owner's thread. */
struct guest *xen_guest(struct xen *x);
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

/* pfnspace.c: memory by frame as after `passes` passes; cached by the caller. */
struct aspace *pfnspace_new(struct xen *x, uint32_t passes, const char *name, const char *who);
/* vspace.c: memory by address over `frames`, as `p` translates. */
struct aspace *vspace_new(struct xen *x, struct aspace *frames, struct paging p, const char *name,
			  const char *who);

/* ---- ptwalk.c: page tables ---- */

struct pt_step {
	unsigned level;
	uint64_t table; /* guest-physical address of the table */
	uint64_t index, entry;
	const char *trouble; /* static; why it ends here; NULL */
};

struct pt_result {
	struct pt_step steps[5];
	unsigned count;
	bool mapped;
	uint64_t pa;    /* of the address asked for */
	uint64_t size;  /* bytes of the page: 4 KiB to 1 GiB; of a walk that failed: of the hole */
	unsigned flags; /* REGION_READ, _WRITE, _EXEC; PT_USER */
	const char *trouble;
};
#define PT_USER (1u << 16)

/* Reads `len` bytes (4 or 8) of guest-physical memory; false if they are not there. */
typedef bool (*pt_read)(void *arg, uint64_t pa, void *to, unsigned len);
/* Translates one address. Never fails: what is wrong is in the result. */
void pt_walk(const struct paging *p, pt_read read, void *arg, uint64_t va, struct pt_result *out);

#endif
