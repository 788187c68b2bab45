/* ncursesw keeps what is on the screen and sends differences; we hand it cells.
 *
 * Signals only write a byte into a pipe, so that the loop's poll sees them and none is lost between
 * two looks. Those that end the program (TERM, HUP, INT, QUIT, ABRT) first write the sequences that
 * give the terminal back, prepared at opening, because curses must not be called from a handler.
 * `guard` is the one global: a handler has nothing else to hold on to. */
#include "ui/term.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/heap.h"
#include "ui/keymap.h"

#define QUEUE_ROOM 64
#define KEY_OWN 0x7000 /* curses codes that we define ourselves: above its own */

struct term {
	SCREEN *screen;
	FILE *in, *out; /* `in` is ours to close only if it is not stdin */
	int pipe[2];
	struct theme theme;
	int colors;
	struct glyph *shown; /* what was sent last; w * h */
	int w, h;
	uint32_t queue[QUEUE_ROOM]; /* keys read ahead by term_interrupted */
	size_t queued;
	bool gone;
};

/* For the handlers. */
static struct {
	volatile sig_atomic_t armed;
	int pipe, tty;
	struct termios usual;
	char restore[128];
	size_t restore_len;
} guard;

static const int passed_on[] = { SIGWINCH, SIGCONT, SIGTSTP };
static const int deadly[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGABRT };

bool term_utf8(void)
{
	setlocale(LC_CTYPE, "");
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static void on_signal(int signum)
{
	int saved = errno;
	char byte = signum == SIGWINCH ? 'w' : signum == SIGCONT ? 'c' : 's';
	ssize_t n = write(guard.pipe, &byte, 1); /* full: a wake-up is already there */

	(void)n;
	errno = saved;
}

static void give_back(void)
{
	ssize_t n;

	if (!guard.armed)
		return;
	guard.armed = 0;
	n = write(guard.tty, guard.restore, guard.restore_len);
	(void)n;
	tcsetattr(guard.tty, TCSANOW, &guard.usual);
}

static void on_death(int signum)
{
	give_back();
	signal(signum, SIG_DFL);
	raise(signum);
}

static const char *string_of(const char *name)
{
	const char *s = tigetstr(name);

	return s && s != (const char *)-1 ? s : NULL;
}

/* Adds to what gives the terminal back, without padding marks. */
static void guard_text(const char *s)
{
	for (; *s && guard.restore_len < sizeof(guard.restore); s++) {
		if (s[0] == '$' && s[1] == '<') {
			s = strchr(s, '>');
			if (!s)
				return;
			continue;
		}
		guard.restore[guard.restore_len++] = *s;
	}
}

/* Adds a terminfo string to what gives the terminal back. */
static void guard_add(const char *name)
{
	const char *s = string_of(name);

	if (s)
		guard_text(s);
}

/* Without a second screen to leave, the shell goes on below ours: the last line is for it. */
static void guard_last_line(const struct term *t)
{
	const char *to = string_of("cup");

	if (string_of("rmcup") || !to)
		return;
	guard_text(tiparm(to, t->h > 0 ? t->h - 1 : 0, 0));
	guard_add("el");
}

static void signals_take(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(passed_on); i++)
		sigaction(passed_on[i], &sa, NULL);
	sa.sa_handler = on_death;
	for (size_t i = 0; i < ARRAY_LEN(deadly); i++)
		sigaction(deadly[i], &sa, NULL);
}

static void signals_give_back(void)
{
	for (size_t i = 0; i < ARRAY_LEN(passed_on); i++)
		signal(passed_on[i], SIG_DFL);
	for (size_t i = 0; i < ARRAY_LEN(deadly); i++)
		signal(deadly[i], SIG_DFL);
}

static void guard_arm(struct term *t)
{
	guard.pipe = t->pipe[1];
	guard.restore_len = 0;
	guard_add("sgr0");
	guard_add("cnorm");
	guard_add("rmkx");
	guard_last_line(t);
	guard_add("rmcup");
	guard.armed = 1;
	atexit(give_back); /* memory that ran out ends the program from anywhere */
	signals_take();
}

static const struct {
	const char *seq;
	uint32_t key;
} own_keys[] = {
	{ "\033[1;3D", K_ALT_LEFT },  { "\033[1;3C", K_ALT_RIGHT },
	{ "\033\033[D", K_ALT_LEFT }, { "\033\033[C", K_ALT_RIGHT },
	{ "\033[Z", K_SHIFT_TAB },    { "\033[1~", K_HOME },
	{ "\033[4~", K_END },         { "\033[7~", K_HOME },
	{ "\033[8~", K_END },         { "\033[17;2~", K_SHIFT_F1 + 5 },
	{ "\033[H", K_HOME },         { "\033[F", K_END },
};

static void keys_define(void)
{
	for (size_t i = 0; i < ARRAY_LEN(own_keys); i++)
		if (key_defined(own_keys[i].seq) == 0)
			define_key(own_keys[i].seq, KEY_OWN + (int)i);
}

/* On direct-colour terminals numbers are RGB but for the first eight. */
static int colors_count(void)
{
	int n;

	if (!has_colors() || start_color() != OK)
		return 0;
	use_default_colors();
	n = COLORS;
	if (n > 256)
		return 8;
	return n >= 256 ? 256 : n >= 16 ? 16 : n >= 8 ? 8 : 0;
}

static void modes_set(struct term *t)
{
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	intrflush(stdscr, FALSE);
	meta(stdscr, TRUE);
	if (!getenv("ESCDELAY"))
		set_escdelay(25);
	keys_define();
	t->colors = colors_count();
	getmaxyx(stdscr, t->h, t->w);
}

static struct err *input_open(struct term *t)
{
	if (isatty(STDIN_FILENO)) {
		t->in = stdin;
		return NULL;
	}
	t->in = fopen("/dev/tty", "re");
	return t->in ? NULL : err_new(ERR_USAGE, "there is no terminal to read keys from");
}

static struct err *screen_open(struct term *t)
{
	const char *kind = getenv("TERM");
	struct err *err;

	if (!isatty(STDOUT_FILENO))
		return err_new(ERR_USAGE, "standard output is no terminal");
	if (!kind || !*kind || strcmp(kind, "dumb") == 0)
		return err_new(ERR_USAGE, "this terminal (TERM=%s) cannot be drawn on",
			       kind ? kind : "");
	err = input_open(t);
	if (err)
		return err;
	if (pipe2(t->pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		return err_io(errno, "pipe");
	guard.tty = STDOUT_FILENO;
	tcgetattr(guard.tty, &guard.usual);
	t->screen = newterm(NULL, t->out, t->in);
	if (!t->screen)
		return err_new(ERR_USAGE, "no description of this terminal (TERM=%s)", kind);
	return NULL;
}

struct err *term_open(struct term **out)
{
	struct term *t = heap_zeroed(1, sizeof(*t));
	struct err *err;

	t->out = stdout;
	t->pipe[0] = t->pipe[1] = -1;
	term_utf8();
	err = screen_open(t);
	if (err) {
		term_close(t);
		return err;
	}
	modes_set(t);
	guard_arm(t);
	*out = t;
	return NULL;
}

/* endwin, and where there is no second screen a last line for the shell. */
static void screen_leave(void)
{
	if (!string_of("rmcup")) {
		move(LINES - 1, 0);
		clrtoeol();
		refresh();
	}
	endwin();
}

void term_close(struct term *t)
{
	if (!t)
		return;
	if (t->screen) {
		signals_give_back();
		guard.armed = 0;
		screen_leave();
		delscreen(t->screen);
	}
	if (t->in && t->in != stdin)
		fclose(t->in);
	for (int i = 0; i < 2; i++)
		if (t->pipe[i] >= 0)
			close(t->pipe[i]);
	free(t->shown);
	free(t);
}

int term_colors(const struct term *t)
{
	return t->colors;
}

void term_set_theme(struct term *t, const struct theme *theme)
{
	t->theme = *theme;
	for (int r = 0; r < ROLE_COUNT; r++) {
		struct style *s = &t->theme.roles[r];

		*s = style_reduce(*s, t->colors);
		if (t->colors > 0)
			init_pair((short)(r + 1), s->fg, s->bg);
	}
	term_repaint(t);
}

void term_size(const struct term *t, int *w, int *h)
{
	*w = t->w;
	*h = t->h;
}

int term_key_fd(const struct term *t)
{
	return fileno(t->in);
}

int term_signal_fd(const struct term *t)
{
	return t->pipe[0];
}

static const struct {
	int curses;
	uint32_t key;
} curses_keys[] = {
	{ KEY_UP, K_UP },       { KEY_DOWN, K_DOWN },      { KEY_LEFT, K_LEFT },
	{ KEY_RIGHT, K_RIGHT }, { KEY_HOME, K_HOME },      { KEY_END, K_END },
	{ KEY_PPAGE, K_PGUP },  { KEY_NPAGE, K_PGDN },     { KEY_IC, K_INSERT },
	{ KEY_DC, K_DELETE },   { KEY_BTAB, K_SHIFT_TAB }, { KEY_BACKSPACE, K_BACKSPACE },
	{ KEY_ENTER, K_ENTER }, { KEY_A1, K_HOME },        { KEY_A3, K_PGUP },
	{ KEY_C1, K_END },      { KEY_C3, K_PGDN },
};

static uint32_t from_curses(int code)
{
	if (code >= KEY_OWN && code < KEY_OWN + (int)ARRAY_LEN(own_keys))
		return own_keys[code - KEY_OWN].key;
	/* Terminals count on with Shift: F13 is Shift-F1. */
	if (code >= KEY_F(1) && code <= KEY_F(24))
		return K_F1 + (uint32_t)(code - KEY_F(1));
	for (size_t i = 0; i < ARRAY_LEN(curses_keys); i++)
		if (curses_keys[i].curses == code)
			return curses_keys[i].key;
	return K_NONE;
}

static uint32_t from_char(wint_t c)
{
	if (c == 10)
		return K_ENTER;
	if (c == 8)
		return K_BACKSPACE;
	return c <= 0x10ffff ? (uint32_t)c : K_NONE;
}

/* True when the other side of the terminal is closed: reading would spin. */
static bool hung_up(const struct term *t)
{
	struct pollfd p = { .fd = fileno(t->in), .events = POLLIN };

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL));
}

/* A key from curses; K_NONE: none waits. */
static uint32_t key_read(struct term *t)
{
	wint_t c;
	int got;

	for (;;) {
		uint32_t key;

		got = get_wch(&c);
		if (got == ERR) {
			t->gone = t->gone || hung_up(t);
			return K_NONE;
		}
		key = got == KEY_CODE_YES ? from_curses((int)c) : from_char(c);
		if (key != K_NONE)
			return key;
	}
}

uint32_t term_key(struct term *t, bool *gone)
{
	uint32_t key;

	if (t->queued > 0) {
		key = t->queue[0];
		memmove(t->queue, t->queue + 1, --t->queued * sizeof(t->queue[0]));
		return key;
	}
	key = key_read(t);
	*gone = t->gone;
	return key;
}

bool term_interrupted(struct term *t)
{
	struct pollfd p = { .fd = fileno(t->in), .events = POLLIN };

	while (t->queued < QUEUE_ROOM && poll(&p, 1, 0) > 0) {
		uint32_t key = key_read(t);

		if (key == K_CTRL('c'))
			return true;
		if (key == K_NONE)
			break;
		t->queue[t->queued++] = key;
	}
	return t->gone;
}

static void size_read(struct term *t)
{
	struct winsize ws;

	if (ioctl(guard.tty, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0 && ws.ws_row > 0)
		resizeterm(ws.ws_row, ws.ws_col);
	getmaxyx(stdscr, t->h, t->w);
	term_repaint(t);
}

int term_signals(struct term *t)
{
	char bytes[64];
	ssize_t n;
	int seen = 0;

	while ((n = read(t->pipe[0], bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < n; i++)
			seen |= bytes[i] == 'w'   ? TERM_RESIZED
				: bytes[i] == 'c' ? TERM_CONTINUED
						  : TERM_STOP;
	if (seen & TERM_CONTINUED) {
		/* The shell may have changed the modes, and the size may differ. */
		reset_prog_mode();
		seen |= TERM_RESIZED;
	}
	if (seen & TERM_RESIZED)
		size_read(t);
	return seen;
}

void term_repaint(struct term *t)
{
	free(t->shown);
	t->shown = NULL;
	clearok(curscr, TRUE);
}

static attr_t attrs_of(uint8_t style)
{
	static const struct {
		uint8_t style;
		attr_t attr;
	} rows[] = { { STYLE_BOLD, A_BOLD },
		     { STYLE_DIM, A_DIM },
		     { STYLE_UNDERLINE, A_UNDERLINE },
		     { STYLE_REVERSE, A_REVERSE },
		     { STYLE_ITALIC, A_ITALIC } };
	attr_t attrs = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (style & rows[i].style)
			attrs |= rows[i].attr;
	return attrs;
}

static void cell_send(const struct term *t, int x, int y, const struct glyph *g)
{
	wchar_t text[2] = { (wchar_t)g->cp, 0 };
	const struct style *s = &t->theme.roles[g->role];
	cchar_t cell;

	if (g->width == 0)
		return;
	setcchar(&cell, text, attrs_of(s->attrs), (short)(t->colors > 0 ? g->role + 1 : 0), NULL);
	mvadd_wch(y, x, &cell);
}

static bool same(const struct glyph *a, const struct glyph *b)
{
	return a->cp == b->cp && a->role == b->role && a->width == b->width;
}

void term_show(struct term *t, const struct canvas *cv)
{
	size_t cells = (size_t)cv->w * (size_t)cv->h;
	bool all = !t->shown;

	if (all) {
		t->shown = heap_zeroed(cells, sizeof(*t->shown));
		erase();
	}
	for (int y = 0; y < cv->h && y < t->h; y++) {
		for (int x = 0; x < cv->w && x < t->w; x++) {
			int i = y * cv->w + x;

			if (all || !same(&cv->cells[i], &t->shown[i]))
				cell_send(t, x, y, &cv->cells[i]);
		}
	}
	memcpy(t->shown, cv->cells, cells * sizeof(*t->shown));
	curs_set(cv->cursor_x >= 0);
	if (cv->cursor_x >= 0)
		move(cv->cursor_y, cv->cursor_x);
	refresh();
}

void term_suspend(struct term *t)
{
	def_prog_mode();
	screen_leave();
	guard.armed = 0;
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	guard.armed = 1;
	atexit(give_back); /* memory that ran out ends the program from anywhere */
	signals_take();
	reset_prog_mode();
	size_read(t);
}

void term_send(struct term *t, const char *text, size_t n)
{
	fwrite(text, 1, n, t->out);
	fflush(t->out);
}
