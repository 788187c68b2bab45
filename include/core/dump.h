/* What goes into a core file besides memory: notes and sections, as the format makes them. Who
 * writes the file need not know what is in them. */
#ifndef CORE_DUMP_H
#define CORE_DUMP_H

#include "core/aspace.h"

struct dump_note {
	const char *name; /* "CORE", "LINUX", "Xen" */
	uint32_t type;    /* NT_PRSTATUS, ... */
	struct bytes desc;
};

/* A section of an ELF file without program headers. */
enum dump_content {
	DUMP_BYTES,  /* `bytes` */
	DUMP_PAGES,  /* the pages of `space` that have bytes, by ascending frame */
	DUMP_FRAMES, /* for each of those pages its frame number, 8 bytes */
	DUMP_PAIRS,  /* for each of them the frame number twice, 16 bytes */
};
struct dump_section {
	const char *name; /* ".xen_prstatus" */
	uint32_t type;    /* SHT_ */
	uint64_t align, entsize;
	enum dump_content content;
	struct bytes bytes;
	uint64_t count_at; /* where in them the number of pages goes, 8 bytes; 0: nowhere */
};

/* A stretch of memory that maps a file. */
struct dump_file {
	uint64_t start, end;   /* addresses */
	uint64_t offset;       /* of the first one's byte in the file */
	struct bytes path;     /* as the system had it, not cleaned */
	struct bytes build_id; /* padded with zeros to whole words; empty: not recorded */
};

/* How a thread was called. */
struct dump_name {
	uint32_t tid;
	const char *comm; /* cleaned */
};

struct dump {
	uint16_t machine; /* e_machine */
	bool wide;        /* ELFCLASS64 */
	bool big;         /* ELFDATA2MSB */
	uint8_t abi_version;
	const struct dump_note *notes;
	size_t note_count;
	const struct dump_section *sections; /* of a "xen-core"; in the order of the file */
	size_t section_count;
	struct aspace *space;          /* whose memory */
	const struct dump_file *files; /* of an "elf-core" of a process; ascending */
	size_t file_count;
	const struct dump_name *names; /* of its threads; not each may have one */
	size_t name_count;
	const char *lacks; /* what belongs into it and is not there; cleaned; NULL: nothing */
	/* Bytes to put instead of those of a page, by address: NULL: none. Of DUMP_PAGES only. */
	bool (*replace)(const struct dump *, uint64_t addr, uint8_t *page);
	void *data;
};

#endif
