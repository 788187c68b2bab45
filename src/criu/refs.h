/* What tables.c, refs.c, memory.c and targets.c share. */
#ifndef CRIU_REFS_H
#define CRIU_REFS_H

#include "criu/set.h"

enum table_id {
	TABLE_FILES, /* key: type << 32 | id */
	TABLE_UNIX,  /* by inode */
	TABLE_PIPES,
	TABLE_FIFOS,
	TABLE_TTYS,
	TABLE_TTY_DATA,
	TABLE_PACKETS,
	TABLE_MEMFDS,
	TABLE_MAPS,
	TABLE_MOUNTS,
	TABLE_REMAPS,
	TABLE_SHM,
	TABLE_STAND_INS, /* remaps by type << 32 | remap_id */
	TABLE_CGROUPS,
	TABLE_DEVICES, /* network: namespace << 32 | index */
	TABLE_COUNT
};

struct table_row {
	struct image *im;
	uint64_t key;
	uint64_t row;     /* of its records; of TABLE_CGROUPS: position among the sets */
	struct bytes msg; /* in the source's mapping */
};

enum { T_REG = 1, T_INETSK = 4, T_UNIXSK = 5, T_PACKETSK = 10, T_EXT = 16, T_MEMFD = 18 };

/* vma_entry.status */
enum {
	VMA_FILE = 0x40 | 0x80,
	VMA_ANON_SHARED = 0x100,
	VMA_SYSVIPC = 0x400,
	VMA_SOCKET = 0x800,
	VMA_MEMFD = 0x4000,
	VMA_PLUGIN = 0x8000000,
};

/* The row with that key; NULL if there is none. The table is made at the first question. */
const struct table_row *table_find(struct criu_set *set, enum table_id id, uint64_t key);
const struct table_row *find_file(struct criu_set *set, uint32_t type, uint32_t id);

/* refs.c. Each fills *out and returns true if there is such a thing. */
bool to_image(struct image *im, struct place *out);
bool to_row(const struct table_row *r, struct place *out);
bool to_process(struct criu_set *set, uint64_t pid, struct place *out);
/* By type and id; with type 0 the first that has the id. */
bool to_file(struct criu_set *set, uint64_t type, uint64_t id, struct place *out);
bool to_shmem(struct criu_set *set, uint64_t id, struct place *out);
bool to_vma_shm(struct criu_set *set, uint64_t status, uint64_t id, struct place *out);
bool to_remap(struct criu_set *set, uint64_t type, uint64_t id, struct place *out);
bool to_seccomp(struct criu_set *set, uint64_t n, struct place *out);
bool to_device(struct criu_set *set, uint64_t dev, struct place *out);
/* Element `n` of a repeated field of a single-record image. */
struct place place_element(struct image *im, const char *field, uint64_t n);

/* memory.c */
struct image *pages_of_head(struct criu_set *set, struct image *pagemap);
/* Where the bytes of row `row` of a pagemap begin, here or in a parent. */
bool to_pages(struct image *pagemap, uint64_t row, struct place *out);
/* The first row of a pagemap, by address, that covers any of [start, end). */
bool find_run(struct image *pagemap, uint64_t start, uint64_t end, uint64_t *row);
bool to_address(struct criu_set *set, struct process *p, struct item *from, uint64_t va,
		struct place *out);

#endif
