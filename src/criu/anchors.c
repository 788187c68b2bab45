/* How people name places in a process's memory: by pid, by register, by what the mm says lies
 * where.
 *
 * Registers are found by the schema's names; besides them go the names that debuggers use ("rsp",
 * "x5") and "sp" and "pc" on every machine. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/location.h"
#include "criu/image.h"
#include "criu/pagemap.h"
#include "criu/process.h"

enum { X86_64 = 1, ARM, AARCH64, PPC64, S390, MIPS, LOONGARCH64, RISCV64 };

/* Where core_entry has the registers of each machine. */
static const struct machine {
	uint32_t info;    /* field of core_entry */
	const char *type; /* of thread_info */
} machines[] = {
	[X86_64] = { 2, "thread_info_x86" },
	[ARM] = { 6, "thread_info_arm" },
	[AARCH64] = { 8, "thread_info_aarch64" },
	[PPC64] = { 9, "thread_info_ppc64" },
	[S390] = { 10, "thread_info_s390" },
	[MIPS] = { 11, "thread_info_mips" },
	[LOONGARCH64] = { 12, "thread_info_loongarch64" },
	[RISCV64] = { 13, "thread_info_riscv64" },
};

/* Names that the schema's fields do not have. Without a number at the end of `name` the position is
 * `at`; with prefix set the digits that follow are the position. */
static const struct reg_alias {
	uint32_t machine;
	const char *name, *field;
	bool prefix;
	uint32_t at;
} reg_aliases[] = {
	{ X86_64, "pc", "ip", false, 0 },      { AARCH64, "x", "regs", true, 0 },
	{ AARCH64, "lr", "regs", false, 30 },  { AARCH64, "fp", "regs", false, 29 },
	{ PPC64, "r", "gpr", true, 0 },        { PPC64, "sp", "gpr", false, 1 },
	{ PPC64, "pc", "nip", false, 0 },      { S390, "r", "gprs", true, 0 },
	{ S390, "sp", "gprs", false, 15 },     { S390, "pc", "psw_addr", false, 0 },
	{ MIPS, "sp", "r29", false, 0 },       { MIPS, "pc", "cp0_epc", false, 0 },
	{ LOONGARCH64, "r", "regs", true, 0 }, { LOONGARCH64, "sp", "regs", false, 3 },
};

/* ---- registers ---- */

static bool pick(const struct message *type, struct bytes regs, const char *name, uint32_t at,
		 uint64_t *v)
{
	enum { MOST = 64 };
	const struct message_field *f = message_field_named(type, name);
	uint64_t all[MOST];
	size_t n;

	if (!f || f->type == TYPE_MESSAGE)
		return false;
	if (f->label != LABEL_REPEATED)
		return wire_uint(regs, f->number, v);
	n = wire_uints(regs, f->number, all, MOST);
	if (at >= n || at >= MOST)
		return false;
	*v = all[at];
	return true;
}

static bool pick_alias(uint32_t machine, const struct message *type, struct bytes regs,
		       const char *name, uint64_t *v)
{
	for (size_t i = 0; i < ARRAY_LEN(reg_aliases); i++) {
		const struct reg_alias *r = &reg_aliases[i];
		size_t n = strlen(r->name);
		uint64_t at = r->at;

		if (r->machine != machine || strncmp(name, r->name, n))
			continue;
		if (r->prefix ? !location_number(name + n, &at) : name[n] != '\0')
			continue;
		if (at < 64 && pick(type, regs, r->field, (uint32_t)at, v))
			return true;
	}
	/* "rsp", "esp", "eflags": the schema says sp, flags. */
	return machine == X86_64 && (*name == 'r' || *name == 'e') &&
	       pick(type, regs, name + 1, 0, v);
}

/* The message with the registers of the thread whose core this is, and its type; NULL: none. */
static const struct message *core_gpregs(struct image *core, uint32_t *machine, struct bytes *regs)
{
	const struct message *info;
	const struct message_field *gp;
	struct bytes msg;
	uint64_t mtype = 0;

	if (!core || !image_first(core, &msg) || !wire_uint(msg, 1, &mtype) ||
	    mtype >= ARRAY_LEN(machines) || !machines[mtype].info)
		return NULL;
	info = schema_message(core->set->schema, machines[mtype].type);
	gp = info ? message_field_named(info, "gpregs") : NULL;
	if (!gp || !gp->message || !wire_message(msg, regs, machines[mtype].info, gp->number, 0))
		return NULL;
	*machine = (uint32_t)mtype;
	return gp->message;
}

bool core_registers(struct image *core, const struct message **type, struct bytes *regs)
{
	uint32_t machine;

	*type = core_gpregs(core, &machine, regs);
	return *type;
}

/* A register of the thread whose core this is. */
static bool core_register(struct image *core, const char *name, uint64_t *v)
{
	uint32_t machine;
	struct bytes regs;
	const struct message *type = core_gpregs(core, &machine, &regs);

	return type && (pick(type, regs, name, 0, v) || pick_alias(machine, type, regs, name, v));
}

/* Registers by the schema's names; of an array each one. */
static size_t core_list(struct image *core, uint64_t tid, struct anchor *out, size_t max)
{
	enum { MOST = 64 };
	uint32_t machine;
	struct bytes regs;
	const struct message *type = core_gpregs(core, &machine, &regs);
	uint64_t all[MOST], sp = 0;
	size_t n = 0;

	if (!type)
		return 0;
	if (core_register(core, "sp", &sp) && n++ < max)
		out[n - 1] = (struct anchor){ "reg:sp", tid, sp, true };
	for (uint32_t i = 0; i < type->count; i++) {
		const struct message_field *f = &type->fields[i];
		size_t have;

		if (f->type == TYPE_MESSAGE || !strcmp(f->name, "sp"))
			continue;
		have = f->label == LABEL_REPEATED ? wire_uints(regs, f->number, all, MOST)
						  : wire_uint(regs, f->number, all);
		for (size_t at = 0; at < have && at < MOST; at++) {
			struct arena *a = &core->set->model->arena;

			if (n++ >= max)
				continue;
			out[n - 1] = (struct anchor){ arena_printf(a, "reg:%s", f->name), tid,
						      all[at], false };
			if (have > 1)
				out[n - 1].word = arena_printf(a, "reg:%s[%zu]", f->name, at);
		}
	}
	return n;
}

/* ---- whose memory ---- */

static struct aspace *only_space(struct criu_set *set, const char **why)
{
	struct process *p = NULL;

	for (size_t i = 0; i < set->process_count; i++) {
		if (!set->processes[i].mm && !set->processes[i].pagemap)
			continue;
		if (p) {
			*why = "there are several processes: say whose address it is";
			return NULL;
		}
		p = &set->processes[i];
	}
	if (p)
		return process_space(set, p);
	*why = set->folder ? "no process here has memory"
			   : "an image by itself has no memory: open the folder that it lies in";
	return NULL;
}

struct aspace *set_space(struct criu_set *set, const char *who, const char **why)
{
	struct arena *a = &set->model->arena;
	struct process *p;
	uint64_t pid;

	if (!*who)
		return only_space(set, why);
	p = location_number(who, &pid) && pid <= UINT32_MAX ? set_process_of_tid(set, (uint32_t)pid)
							    : NULL;
	if (!p) {
		*why = arena_printf(a, "there is no process %s", text_clean_str(who, a));
		return NULL;
	}
	return process_space(set, p);
}

struct aspace *anchor_space(struct model *m, const char *who, const char **why)
{
	return set_space(m->data, who, why);
}

struct aspace *anchor_space_of(struct item *it)
{
	struct process *p = NULL;

	if (it->ops == &process_ops)
		p = it->data;
	else if (it->ops == &image_ops)
		p = image_process(it->data);
	return p && (p->mm || p->pagemap) ? process_space(p->set, p) : NULL;
}

/* ---- words ---- */

/* Fields of mm_entry that words stand for. */
static const struct mm_word {
	const char *word;
	uint32_t field;
} mm_words[] = {
	{ "heap", 6 }, { "brk", 7 },  { "env", 10 }, { "arg", 8 },
	{ "exe", 1 },  { "code", 1 }, { "data", 3 },
};

static bool mm_address(struct process *p, const char *word, uint64_t *addr)
{
	struct bytes mm;

	for (size_t i = 0; i < ARRAY_LEN(mm_words); i++)
		if (!strcmp(mm_words[i].word, word))
			return p->mm && image_first(p->mm, &mm) &&
			       wire_uint(mm, mm_words[i].field, addr);
	return false;
}

/* The image that begins the executable is what "exe" means, not where its text starts. */
static bool exe_start(const struct aspace *as, uint64_t code, uint64_t *addr)
{
	const struct region *r = aspace_region(as, code);

	if (!r)
		return false;
	while (r > as->regions && r[-1].end == r->start && r[-1].file && r->file &&
	       !strcmp(r[-1].file, r->file))
		r--;
	*addr = r->start;
	return true;
}

bool anchor_address(const struct aspace *as, const char *who, const char *word, uint64_t *addr,
		    const char **why)
{
	struct item *it = as->item;
	struct process *p = it ? it->data : NULL;
	struct criu_set *set = p ? p->set : NULL;
	uint64_t n;

	*why = "these images do not say";
	if (!p)
		return false;
	if (!strncmp(word, "vma:", 4)) {
		*why = arena_printf(&it->model->arena, "there are %zu VMAs, counted from 0",
				    as->region_count);
		if (!location_number(word + 4, &n) || n >= as->region_count)
			return false;
		*addr = as->regions[n].start;
		return true;
	}
	if (!strncmp(word, "reg:", 4) || !strcmp(word, "stack")) {
		const char *name = *word == 'r' ? word + 4 : "sp";
		struct image *core = p->core;

		if (location_number(who, &n))
			core = set_image(set, "CORE", n);
		*why = arena_printf(&it->model->arena, "the core has no register %s",
				    text_clean_str(name, &it->model->arena));
		return core_register(core, name, addr);
	}
	if (!mm_address(p, word, addr))
		return false;
	return strcmp(word, "exe") ? true : exe_start(as, *addr, addr);
}

size_t anchor_registers(const struct aspace *as, struct anchor *out, size_t max)
{
	struct process *p = as->item ? as->item->data : NULL;
	size_t n = 0;

	for (size_t i = 0; p && i < p->thread_count; i++) {
		struct image *core = set_image(p->set, "CORE", p->threads[i]);

		n += core_list(core, p->threads[i], n < max ? out + n : NULL,
			       n < max ? max - n : 0);
	}
	return n;
}
