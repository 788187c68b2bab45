/* bt: back-traces of each thread.
 *
 *	thread 7 of process 7  counter
 *	#0  0x00007f5bf72412d3  clock_nanosleep+0x23  libc.so.6
 *	#1  0x0000561d3a001234  counter+0x1234
 *	no unwind data of /usr/local/bin/counter: it is not there */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"
#include "core/location.h"
#include "ops/unwind.h"

/* ---- JSON ---- */

static void frame_json(struct json *j, size_t n, const struct unwind_frame *f)
{
	json_object(j);
	json_key_hex(j, "pc", f->pc);
	json_key_str(j, "symbol", f->symbol);
	json_key(j, "offset");
	if (f->symbol)
		json_uint(j, f->offset);
	else
		json_null(j);
	json_key_str(j, "module", f->module);
	json_key(j, "module_offset");
	if (f->module)
		json_hex(j, f->module_offset);
	else
		json_null(j);
	json_key_str(j, "path", f->path);
	json_key_hex(j, "sp", f->sp);
	json_key_str(j, "found",
		     !n              ? "registers"
		     : f->by_pointer ? "frame-pointer"
				     : "unwind-data");
	json_key_str(j, "note", f->note);
	json_end_object(j);
}

static void trace_json(struct session *s, uint64_t pid, const struct unwind_trace *t)
{
	struct json *j = &s->json;

	json_init(j, s->out, 0);
	json_object(j);
	json_key_uint(j, "pid", pid);
	json_key_uint(j, "tid", t->tid);
	json_key_str(j, "comm", t->comm);
	json_key(j, "frames");
	json_array(j);
	for (size_t i = 0; i < t->count; i++)
		frame_json(j, i, &t->frames[i]);
	json_end_array(j);
	json_key_str(j, "stopped", t->stopped);
	json_end_object(j);
	out_str(s->out, "\n");
}

/* ---- text ---- */

static void print_frame(struct session *s, size_t n, const struct unwind_frame *f)
{
	struct printer *p = &s->print;
	struct arena *a = &s->arena;

	print_text(p, ROLE_NOTE, arena_printf(a, n < 10 ? "#%zu  " : "#%zu ", n));
	print_column(p, ROLE_ADDRESS, 0, text_hex(f->pc, 16, a));
	if (f->symbol)
		print_column(p, ROLE_VALUE, 0,
			     arena_printf(a, "%s+0x%" PRIx64, f->symbol, f->offset));
	if (!f->module)
		print_text(p, ROLE_NOTE, "??");
	else if (f->symbol)
		print_text(p, ROLE_NOTE, f->module);
	else
		print_text(p, ROLE_NORMAL,
			   arena_printf(a, "%s+0x%" PRIx64, f->module, f->module_offset));
	if (f->by_pointer)
		print_text(p, ROLE_NOTE, "  (by frame pointer)");
	if (f->note)
		print_text(p, ROLE_NOTE, arena_printf(a, "  (%s)", f->note));
	print_newline(p);
}

static void print_trace(struct session *s, uint64_t pid, const struct unwind_trace *t)
{
	struct printer *p = &s->print;

	print_column(
		p, ROLE_FIELD, 0,
		arena_printf(&s->arena, "thread %" PRIu32 " of process %" PRIu64, t->tid, pid));
	print_text(p, ROLE_NORMAL, t->comm ? t->comm : "");
	print_newline(p);
	for (size_t i = 0; i < t->count; i++)
		print_frame(s, i, &t->frames[i]);
	print_text(p, ROLE_NOTE, t->stopped);
	print_newline(p);
}

/* ---- processes ---- */

struct traces {
	struct session *session;
	uint64_t only; /* the thread; UINT64_MAX: all */
	size_t printed;
};

static void print_thread(struct traces *w, struct unwind *u, uint64_t pid, size_t n)
{
	struct session *s = w->session;
	struct arena_mark mark = arena_mark(&s->arena);
	struct unwind_trace t = unwind_thread(u, n, NULL, &s->arena);

	s->partly |= !t.whole;
	if (w->printed++ && !s->cli->json)
		print_newline(&s->print);
	if (s->cli->json)
		trace_json(s, pid, &t);
	else
		print_trace(s, pid, &t);
	arena_rewind(&s->arena, mark);
}

static struct err *print_process(struct traces *w, const struct aspace *as)
{
	struct session *s = w->session;
	struct unwind *u;
	struct err *err = unwind_open(s->model, as, s->cli->root, &u);
	uint64_t pid = 0;

	if (err)
		return err;
	location_number(as->who, &pid);
	for (size_t n = 0; n < unwind_count(u) && !s->out->errnum; n++)
		if (w->only == UINT64_MAX || w->only == unwind_tid(u, n))
			print_thread(w, u, pid, n);
	if (unwind_lacks(u)) {
		s->partly = true;
		if (!s->cli->quiet)
			print_error(s->cli, "%s: %s", as->name, unwind_lacks(u));
	}
	unwind_close(u);
	return NULL;
}

/* A process is all its threads; a thread is itself. */
static struct err *print_who(struct traces *w, const char *who)
{
	const char *why = NULL;
	struct aspace *as = memory_of_who(w->session->model, who, &why);

	if (!as)
		return err_new(ERR_ABSENT, "%s: %s", who, why);
	if (strcmp(as->who, who) != 0)
		location_number(who, &w->only);
	return print_process(w, as);
}

int verb_bt(struct session *s)
{
	struct traces w = { .session = s, .only = UINT64_MAX };
	struct err *err = NULL;
	size_t n = 0;

	if (!unwind_built())
		return session_failed(s, err_new(ERR_USAGE, "back-traces are not built in: libdw "
							    "was not there when this was made"));
	if (s->cli->pid) {
		err = print_who(&w, s->cli->pid);
		return err ? session_failed(s, err) : EXIT_FINE;
	}
	for (struct space_step at = { 0 }; !err && model_spaces(s->model, &at); n++)
		err = print_process(&w, at.as);
	if (!err && !n)
		err = err_new(ERR_ABSENT, "%s: there are no processes in it", s->model->name);
	return err ? session_failed(s, err) : EXIT_FINE;
}
