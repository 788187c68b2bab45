/* What the kernel's own structures inside images mean. */
#include "criu/special.h"

#include <inttypes.h>
#include <string.h>

#include "criu/names.h"
#include "criu/wire.h"

/* struct sock_filter {u16 code; u8 jt, jf; u32 k}: classic BPF, in socket and seccomp filters. The
 * low three bits of the code are its class. */
static const char *load_text(uint32_t code, uint32_t k, struct arena *a)
{
	static const char *const sizes[] = { "", "h", "b", "?" };
	const char *name = arena_printf(a, "ld%s%s", code & 1 ? "x" : "", sizes[code >> 3 & 3]);

	switch (code & 0xe0) {
	case 0x00:
		return arena_printf(a, "%s #0x%x", name, k);
	case 0x20:
		return arena_printf(a, "%s [%u]", name, k);
	case 0x40:
		return arena_printf(a, "%s [x + %u]", name, k);
	case 0x60:
		return arena_printf(a, "%s M[%u]", name, k);
	case 0x80:
		return arena_printf(a, "%s len", name);
	case 0xa0:
		return arena_printf(a, "%s 4 * ([%u] & 0xf)", name, k);
	default:
		return NULL;
	}
}

static const char *alu_text(uint32_t code, uint32_t k, struct arena *a)
{
	static const char *const ops[16] = { "add", "sub", "mul", "div", "or", "and",
					     "lsh", "rsh", "neg", "mod", "xor" };
	const char *op = ops[code >> 4 & 15];

	if (!op)
		return NULL;
	return code & 8 ? arena_printf(a, "%s x", op) : arena_printf(a, "%s #0x%x", op, k);
}

static const char *jump_text(uint32_t code, uint32_t jt, uint32_t jf, uint32_t k, struct arena *a)
{
	static const char *const ops[16] = { NULL, "jeq", "jgt", "jge", "jset" };
	const char *op = ops[code >> 4 & 15];

	if (!(code >> 4 & 15))
		return arena_printf(a, "ja +%u", k);
	if (!op)
		return NULL;
	if (code & 8)
		return arena_printf(a, "%s x, +%u, +%u", op, jt, jf);
	return arena_printf(a, "%s #0x%x, +%u, +%u", op, k, jt, jf);
}

static const char *return_text(uint32_t code, uint32_t k, bool seccomp, struct arena *a)
{
	static const struct value_name actions[] = {
		{ 0x80000000, "KILL_PROCESS", ARCH_ALL },
		{ 0x00000000, "KILL_THREAD", ARCH_ALL },
		{ 0x00030000, "TRAP", ARCH_ALL },
		{ 0x00050000, "ERRNO", ARCH_ALL },
		{ 0x7fc00000, "USER_NOTIF", ARCH_ALL },
		{ 0x7ff00000, "TRACE", ARCH_ALL },
		{ 0x7ffc0000, "LOG", ARCH_ALL },
		{ 0x7fff0000, "ALLOW", ARCH_ALL },
		{ 0, NULL, 0 },
	};
	const char *action;

	if ((code & 0x18) == 0x10)
		return "ret a";
	if ((code & 0x18) == 0x08)
		return "ret x";
	if (!seccomp)
		return arena_printf(a, "ret #0x%x", k);
	action = value_name(actions, k & 0xffff0000, (struct value_env){ 0 });
	if (!action)
		return arena_printf(a, "ret #0x%x", k);
	return k & 0xffff ? arena_printf(a, "ret %s %u", action, k & 0xffff)
			  : arena_printf(a, "ret %s", action);
}

/* Words of struct seccomp_data, which a seccomp filter loads from. */
static const char *seccomp_word(uint32_t k, struct arena *a)
{
	if (k == 0)
		return "nr";
	if (k == 4)
		return "arch";
	if (k == 8 || k == 12)
		return k == 8 ? "ip, low half" : "ip, high half";
	if (k >= 16 && k < 64 && k % 4 == 0)
		return arena_printf(a, "argument %u, %s half", (k - 16) / 8,
				    k % 8 ? "high" : "low");
	return NULL;
}

static const char *bpf_text(uint32_t code, uint32_t jt, uint32_t jf, uint32_t k, bool seccomp,
			    struct arena *a)
{
	const char *text = NULL, *word;

	switch (code & 7) {
	case 0:
		word = seccomp && (code & 0xe0) == 0x20 ? seccomp_word(k, a) : NULL;
		text = word ? arena_printf(a, "ld %s", word) : load_text(code, k, a);
		break;
	case 1:
		text = load_text(code, k, a);
		break;
	case 2:
	case 3:
		text = arena_printf(a, "st%s M[%u]", code & 1 ? "x" : "", k);
		break;
	case 4:
		text = alu_text(code, k, a);
		break;
	case 5:
		text = jump_text(code, jt, jf, k, a);
		break;
	case 6:
		text = return_text(code, k, seccomp, a);
		break;
	case 7:
		text = code & 0x80 ? "txa" : "tax";
		break;
	}
	return text ? text : "unknown instruction";
}

/* Eight bytes an instruction; the kernel takes 4096 at most. */
static void expand_filter(struct field *f, struct arena *a)
{
	enum { INSTRUCTIONS_MAX = 1 << 14 };
	struct cursor c = cursor_over(f->bytes, f->value.offset);

	for (uint32_t n = 0; cursor_left(&c) >= 8 && n < INSTRUCTIONS_MAX; n++) {
		struct span span = { cursor_offset(&c), 8 };
		struct field *insn = field_add(f, a, FIELD_BYTES, "instruction", span);
		uint16_t code;
		uint8_t jt, jf;

		insn->at = n;
		insn->show = SHOW_BYTES;
		insn->bytes = (struct bytes){ c.at, 8 };
		code = cursor_u16(&c);
		jt = cursor_u8(&c);
		jf = cursor_u8(&c);
		insn->note = bpf_text(code, jt, jf, cursor_u32(&c), true, a);
	}
}

static void seccomp_filter(struct field *f, struct bytes msg, struct special_set *set,
			   struct arena *a)
{
	static const struct field_ops ops = { .expand = expand_filter };

	(void)msg;
	(void)set;
	if (!f->bytes.len)
		return;
	f->type = FIELD_GROUP;
	f->ops = &ops;
	f->note = arena_printf(a, "%zu instruction%s", f->bytes.len / 8,
			       f->bytes.len / 8 == 1 ? "" : "s");
	if (f->bytes.len % 8)
		f->trouble = "not a whole number of instructions";
}

/* A fixed64 an instruction, from the top: code 16, jt 8, jf 8, k 32 bits. */
static void socket_filter(struct field *f, struct bytes msg, struct special_set *set,
			  struct arena *a)
{
	(void)msg;
	(void)set;
	f->note = bpf_text((uint32_t)(f->u >> 48), f->u >> 40 & 255, f->u >> 32 & 255,
			   (uint32_t)f->u, false, a);
}

/* Siginfo: what follows the 16 bytes of head depends on where the signal came from. */
static const struct layout from_user[] = {
	{ "si_pid", 4, SHOW_DEC, NULL },
	{ "si_uid", 4, SHOW_DEC, NULL },
	{ NULL, 0, SHOW_DEC, NULL },
};

static const struct layout from_queue[] = {
	{ "si_pid", 4, SHOW_DEC, NULL },
	{ "si_uid", 4, SHOW_DEC, NULL },
	{ "si_value", 8, SHOW_HEX, NULL },
	{ NULL, 0, SHOW_DEC, NULL },
};

static const struct layout from_timer[] = {
	{ "si_timerid", 4, SHOW_DEC, NULL },
	{ "si_overrun", 4, SHOW_DEC, NULL },
	{ "si_value", 8, SHOW_HEX, NULL },
	{ NULL, 0, SHOW_DEC, NULL },
};

static const struct layout from_poll[] = {
	{ "si_band", 8, SHOW_HEX, NULL },
	{ "si_fd", 4, SHOW_DEC, NULL },
	{ NULL, 0, SHOW_DEC, NULL },
};

static const struct layout from_child[] = {
	{ "si_pid", 4, SHOW_DEC, NULL },    { "si_uid", 4, SHOW_DEC, NULL },
	{ "si_status", 4, SHOW_DEC, NULL }, { "pad", 4, SHOW_HEX, NULL },
	{ "si_utime", 8, SHOW_DEC, NULL },  { "si_stime", 8, SHOW_DEC, NULL },
	{ NULL, 0, SHOW_DEC, NULL },
};

static const struct layout from_fault[] = {
	{ "si_addr", 8, SHOW_ADDRESS, NULL },
	{ NULL, 0, SHOW_DEC, NULL },
};

static const struct layout from_seccomp[] = {
	{ "si_call_addr", 8, SHOW_ADDRESS, NULL },
	{ "si_syscall", 4, SHOW_DEC, NULL },
	{ "si_arch", 4, SHOW_HEX, NULL },
	{ NULL, 0, SHOW_DEC, NULL },
};

static const struct layout *siginfo_rest(int32_t signal, int32_t code)
{
	switch (code) {
	case 0:  /* SI_USER */
	case -6: /* SI_TKILL */
		return from_user;
	case -1: /* SI_QUEUE */
	case -3: /* SI_MESGQ */
		return from_queue;
	case -2: /* SI_TIMER */
		return from_timer;
	case -5: /* SI_SIGIO */
		return from_poll;
	}
	if (code < 0 || code >= 128)
		return NULL;
	switch (signal) {
	case 4:
	case 5:
	case 7:
	case 8:
	case 11:
		return from_fault;
	case 17:
		return from_child;
	case 29:
		return from_poll;
	case 31:
		return from_seccomp;
	default:
		return NULL;
	}
}

static int32_t add_word(struct field *parent, struct arena *a, const char *name, struct cursor *c,
			enum show show, const struct value_name *names)
{
	struct field *f =
		field_add(parent, a, FIELD_INT, name, (struct span){ cursor_offset(c), 4 });

	f->s = (int32_t)cursor_u32(c);
	f->show = show;
	f->names = names;
	return (int32_t)f->s;
}

static void expand_siginfo(struct field *f, struct arena *a)
{
	/* MIPS has other numbers and code before errno; 32-bit ARM has no pad: both only as far as
	 * they agree with the rest. */
	bool other = f->env.arch == 1u << 2 || f->env.arch == 1u << 6;
	struct cursor c = cursor_over(f->bytes, f->value.offset);
	const struct layout *rest;
	struct field *tail;
	int32_t signal, code;

	signal = add_word(f, a, "si_signo", &c, SHOW_SIGNAL, NULL);
	if (!other) {
		add_word(f, a, "si_errno", &c, SHOW_DEC, NULL);
		code = add_word(f, a, "si_code", &c, SHOW_ENUM, names_group("si_code"));
		add_word(f, a, "pad", &c, SHOW_HEX, NULL);
		rest = siginfo_rest(signal, code);
		if (rest)
			field_layout(f, a, rest, &c, f->env);
	}
	tail = field_add(f, a, FIELD_BYTES, "rest",
			 (struct span){ cursor_offset(&c), cursor_left(&c) });
	tail->bytes = (struct bytes){ c.at, cursor_left(&c) };
	tail->show = SHOW_BYTES;
}

static void siginfo(struct field *f, struct bytes msg, struct special_set *set, struct arena *a)
{
	static const struct field_ops ops = { .expand = expand_siginfo };

	(void)msg;
	(void)set;
	if (f->bytes.len < 64) {
		f->trouble = "shorter than a siginfo";
		return;
	}
	f->type = FIELD_GROUP;
	f->ops = &ops;
	f->note = value_signal(le32_at(f->bytes.at), f->env, a);
}

/* Pairs of type and value; of a 32-bit task one pair an element, the type in the low half. The
 * first type is always small, so a first element with a high half is such a pair. */
static void auxv(struct field *f, struct bytes msg, struct special_set *set, struct arena *a)
{
	const struct value_name *types = names_group("auxv");
	const char *name;

	(void)msg;
	if (f->at == 0)
		set->state = f->u >> 32 != 0;
	if (set->state) {
		name = value_name(types, (uint32_t)f->u, f->env);
		f->note =
			arena_printf(a, "%s 0x%" PRIx64, name ? name : "type unknown", f->u >> 32);
	} else if (f->at % 2 == 0) {
		f->note = value_name(types, f->u, f->env);
		f->show = SHOW_DEC;
	}
}

/* CRIU reads the hexadecimal text of /proc as decimal: 00440000 is stored as the number 440000. A
 * letter cuts it short, and that cannot be told. */
static void personality(struct field *f, struct bytes msg, struct special_set *set, struct arena *a)
{
	uint64_t v = 0;
	unsigned shift = 0;
	const char *text;

	(void)msg;
	(void)set;
	for (uint64_t rest = (uint32_t)f->u; rest; rest /= 10, shift += 4)
		v |= rest % 10 << shift;
	text = value_flags(names_group("personality"), v & ~UINT64_C(0xff), f->env, "|", a);
	if (v)
		f->note = arena_printf(a, "0x%" PRIx64 "%s%s", v, v >> 8 ? " " : "",
				       v >> 8 ? text : "");
}

static void rlimit(struct field *f, struct bytes msg, struct special_set *set, struct arena *a)
{
	(void)msg;
	(void)set;
	(void)a;
	if (f->u == UINT64_MAX)
		f->note = "unlimited";
}

/* ~pid << 3 | 4 for a thread's | kind: 0 all, 1 user, 2 by the scheduler's count; ~fd << 3 | 3.
 * Stored as an unsigned number. */
const char *clock_text(uint32_t id, struct arena *a)
{
	static const char *const kinds[] = { "CPU time", "user CPU time", "CPU time" };
	uint32_t who = ~(uint32_t)((int32_t)id >> 3);
	const char *whose = id & 4 ? "thread" : "process";

	if (!(id >> 31))
		return NULL;
	if ((id & 3) == 3)
		return arena_printf(a, "clock of descriptor %" PRIu32, who);
	if (!who)
		return arena_printf(a, "%s of the %s itself", kinds[id & 3], whose);
	return arena_printf(a, "%s of %s %" PRIu32, kinds[id & 3], whose, who);
}

static void clock_id(struct field *f, struct bytes msg, struct special_set *set, struct arena *a)
{
	(void)msg;
	(void)set;
	f->note = clock_text((uint32_t)f->u, a);
}

static void handler(struct field *f, struct bytes msg, struct special_set *set, struct arena *a)
{
	(void)msg;
	(void)set;
	(void)a;
	if (f->u > 1)
		return;
	f->note = f->u ? "SIG_IGN" : "SIG_DFL";
	f->ref.kind = 0;
}

/* How long the mapping is. */
static void vma_end(struct field *f, struct bytes msg, struct special_set *set, struct arena *a)
{
	uint64_t start;

	(void)set;
	if (!wire_uint(msg, 1, &start))
		return;
	if (start <= f->u)
		f->note = text_size(f->u - start, a);
	else
		f->trouble = "before the start";
}

/* Words of four bytes of the id each, the last one padded. */
static void build_id(struct field *f, struct bytes msg, struct special_set *set, struct arena *a)
{
	uint64_t words[16];
	struct strbuf s;
	size_t n;

	(void)set;
	if (f->at)
		return;
	n = wire_uints(msg, 11, words, ARRAY_LEN(words));
	if (n > ARRAY_LEN(words))
		return;
	strbuf_init(&s, a);
	for (size_t i = 0; i < n; i++)
		for (unsigned shift = 0; shift < 32; shift += 8)
			strbuf_addf(&s, "%02x", (unsigned)(words[i] >> shift & 255));
	f->note = s.text;
}

static const struct special specials[] = {
	{ "mm_entry", "mm_saved_auxv", FIELD_UINT, auxv },
	{ "posix_timer_entry", "clock_id", FIELD_UINT, clock_id },
	{ "reg_file_entry", "build_id", FIELD_UINT, build_id },
	{ "rlimit_entry", "cur", FIELD_UINT, rlimit },
	{ "rlimit_entry", "max", FIELD_UINT, rlimit },
	{ "sa_entry", "sigaction", FIELD_UINT, handler },
	{ "seccomp_filter", "filter", FIELD_BYTES, seccomp_filter },
	{ "siginfo_entry", "siginfo", FIELD_BYTES, siginfo },
	{ "sk_opts_entry", "so_filter", FIELD_UINT, socket_filter },
	{ "task_core_entry", "personality", FIELD_UINT, personality },
	{ "vma_entry", "end", FIELD_UINT, vma_end },
};

void special_find(struct special_set *set, const struct message *type)
{
	set->count = 0;
	for (size_t i = 0; i < ARRAY_LEN(specials) && set->count < SPECIAL_MAX; i++) {
		const struct message_field *mf;

		if (strcmp(specials[i].message, type->name) != 0)
			continue;
		mf = message_field_named(type, specials[i].field);
		if (!mf)
			continue;
		set->numbers[set->count] = mf->number;
		set->rules[set->count++] = &specials[i];
	}
}

void special_apply(struct special_set *set, struct field *f, const struct message_field *mf,
		   struct bytes msg, struct arena *a)
{
	for (int i = 0; i < set->count; i++)
		if (set->numbers[i] == mf->number && set->rules[i]->type == f->type)
			set->rules[i]->apply(f, msg, set, a);
}
