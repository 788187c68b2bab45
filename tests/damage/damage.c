/* Damaged images, decoded in process: every image given is cut at every byte (large ones at 1,000
 * places) and has each byte flipped in turn; each result is opened, indexed, decoded into fields
 * and JSON, and checked.
 *
 *   damage [-b BYTES] [-s STEP] [-n PLACES] [-w SETS] [-t SECONDS] FILE|FOLDER...
 *
 * -b: a place every so many bytes, however large the image is. -s: only every STEP-th place. -n: at
 * most so many places of an image above 4 KiB. -w: so many cases in which the damaged image lies in
 * its set (a FOLDER). -t: stop beginning new images then.
 *
 * Demanded of each case: no crash (the sanitizers see to it), under 2 s, under 64 MiB, every byte
 * of a record in exactly one leaf; of a cut inside a record: a problem, named with file and offset.
 * Prints what failed as FILE cut N, FILE flip N. Files are damaged as copies in $TMPDIR or
 * /dev/shm. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/model.h"
#include "decode.h"
#include "formats.h"

#define HEAP_LIMIT (64u << 20)
#define SMALL 4096
#define CASE_SECONDS 2.0
#define STUCK_SECONDS 20

/* The sanitizers' own; absent in a plain build. */
extern __attribute__((weak)) int __sanitizer_install_malloc_and_free_hooks(
	void (*)(const volatile void *, size_t), void (*)(const volatile void *));
extern __attribute__((weak)) size_t __sanitizer_get_allocated_size(const volatile void *);
extern __attribute__((weak)) void __sanitizer_set_death_callback(void (*)(void));

struct options {
	uint64_t bytes, step, places, in_set;
	double seconds;
};

/* Signal and sanitizer callbacks have no argument: the one place for what they need. */
static struct {
	char text[512]; /* the case at hand */
	size_t live, peak;
} now;

struct driver {
	struct options o;
	char folder[64]; /* of the damaged copies */
	uint64_t cases, failed, seed;
	double start, slowest;
	char slowest_case[512];
	size_t peak;
	char peak_case[512];
};

static void say_case(void)
{
	ssize_t ignored = write(2, now.text, strlen(now.text));

	ignored = write(2, "\n", 1);
	(void)ignored;
}

static void stuck(int signum)
{
	static const char text[] = "no end to: ";
	ssize_t ignored = write(2, text, sizeof(text) - 1);

	(void)ignored, (void)signum;
	say_case();
	_exit(1);
}

static void on_malloc(const volatile void *at, size_t size)
{
	(void)at;
	now.live += size;
	if (now.live > now.peak)
		now.peak = now.live;
}

static void on_free(const volatile void *at)
{
	now.live -= at ? __sanitizer_get_allocated_size(at) : 0;
}

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_now(void)
{
	return seconds_of(CLOCK_MONOTONIC);
}

static void fail(void *arg, const char *why)
{
	struct driver *d = arg;

	d->failed++;
	fprintf(stdout, "FAILED %s: %s\n", now.text, why);
	fflush(stdout);
}

static uint64_t next_random(struct driver *d)
{
	uint64_t z = d->seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* --- cases --- */

/* A problem that names the file and bytes at or behind the start of the cut record. A file of
 * layers is all of its model, and a note will do: checkpointed streams end by being cut. */
static bool problem_named(const struct model *m, const char *file, uint64_t from)
{
	for (size_t n = 0; n < problems_count(m->problems); n++) {
		const struct problem *p = problems_at(m->problems, n);

		bool here = m->part ||
			    (p->severity >= SEV_WARNING && p->item && !strcmp(p->item->name, file));

		if (here && p->span.offset + p->span.length >= from)
			return true;
	}
	return false;
}

static void run_case(struct driver *d, const char *path, const char *file, const char *only,
		     bool must_complain, uint64_t from)
{
	const struct model_options options = { .no_magic = true };
	/* A case's own time, not the machine's: what waits for ever meets the alarm. */
	double start = seconds_of(CLOCK_PROCESS_CPUTIME_ID), took;
	size_t before = now.live;
	struct model *m = NULL;
	struct err *err;

	d->cases++;
	now.peak = now.live;
	alarm(STUCK_SECONDS);
	err = model_open(path, formats, &options, &m);
	if (err) {
		/* Nothing we know is a fair answer, if it says so. */
		if (!decode_printable(err->text))
			fail(d, "an error not clean");
		err_free(err);
	} else {
		decode_model(m, only, fail, d);
		if (must_complain && !problem_named(m, file, from))
			fail(d, "no problem names the cut");
		model_close(m);
	}
	alarm(0);
	took = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - start;
	if (took > CASE_SECONDS)
		fail(d, "too slow");
	if (now.peak - before > HEAP_LIMIT)
		fail(d, "too much memory");
	if (took > d->slowest) {
		d->slowest = took;
		snprintf(d->slowest_case, sizeof(d->slowest_case), "%s", now.text);
	}
	if (now.peak - before > d->peak) {
		d->peak = now.peak - before;
		snprintf(d->peak_case, sizeof(d->peak_case), "%s", now.text);
	}
}

static uint8_t *slurp(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *at;

	if (!f || fstat(fileno(f), &st)) {
		perror(path);
		exit(2);
	}
	*size = (size_t)st.st_size;
	at = malloc(*size + 1);
	if (!at || fread(at, 1, *size, f) != *size) {
		perror(path);
		exit(2);
	}
	fclose(f);
	return at;
}

static void spill(const char *path, const uint8_t *at, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, at, size) != (ssize_t)size || close(fd)) {
		perror(path);
		exit(2);
	}
}

static void poke(const char *path, uint64_t offset, uint8_t byte)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || pwrite(fd, &byte, 1, (off_t)offset) != 1 || close(fd)) {
		perror(path);
		exit(2);
	}
}

/* Content that goes to the end of the file has no length of its own. */
static bool is_open_ended(const struct item *it, size_t n, struct arena *a)
{
	const char *kind = node_kind((struct node){ (struct item *)(uintptr_t)it, n }, a);

	return !strcmp(kind, "trailing") || !strcmp(kind, "device model");
}

/* Marks in `inside` every offset strictly within a top-level record, with that record's start. A
 * cut there must be noticed; one between records is a shorter array. True: of several layers. */
static bool map_records(const char *path, uint64_t *inside, size_t size)
{
	const struct model_options options = { .no_magic = true };
	struct model *m;
	struct err *err = model_open(path, formats, &options, &m);
	struct arena a;
	bool layers;

	memset(inside, 0xff, size * sizeof(*inside));
	if (err) {
		err_free(err);
		return false;
	}
	arena_init(&a);
	layers = m->part;
	model_index(m);
	for (struct item *it = m->root; it; it = item_next(m->root, it)) {
		item_index(it, true);
		for (size_t n = 0; it->index && n < index_count(it->index); n++) {
			const struct record *r = index_at(it->index, n);
			uint64_t end = r->offset + r->length;

			if (layers && is_open_ended(it, n, &a))
				continue;
			if (!strcmp(it->kind, "GHOST_FILE") && index_count(it->index) == 1)
				end = r->offset + r->head + r->body;
			for (uint64_t at = r->offset + 1; at < end && at < size; at++)
				if (inside[at] == UINT64_MAX) /* a guest's rows are in records */
					inside[at] = r->offset;
		}
	}
	arena_fini(&a);
	model_close(m);
	return layers;
}

/* Raw files have no records that a cut could break. */
static bool raw_name(const char *name)
{
	return !strncmp(name, "pages-", 6) || strstr(name, "-drm-pages-") || strstr(name, ".tar") ||
	       strstr(name, "tables-") || !strstr(name, ".img");
}

static uint64_t stride(const struct driver *d, size_t size)
{
	uint64_t by = d->o.bytes ? d->o.bytes : size > SMALL ? size / d->o.places : 1;

	if (by < 1)
		by = 1;
	return size > SMALL || d->o.bytes ? by : by * d->o.step;
}

static void damage_file(struct driver *d, const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	size_t size;
	uint8_t *at = slurp(path, &size);
	uint64_t *inside = calloc(size + 1, sizeof(*inside));
	uint64_t by = stride(d, size);
	char copy[400];
	bool layers;

	snprintf(copy, sizeof(copy), "%s/%s", d->folder, name);
	layers = map_records(path, inside, size);
	spill(copy, at, size);
	/* Short ones first would grow the file at each step; long ones first only truncate. */
	for (uint64_t cut = size ? size - 1 - next_random(d) % by % size : 0; size;) {
		if (truncate(copy, (off_t)cut))
			perror(copy);
		snprintf(now.text, sizeof(now.text), "%s cut %" PRIu64, path, cut);
		run_case(d, copy, name, NULL,
			 inside[cut] != UINT64_MAX && (layers || !raw_name(name)), inside[cut]);
		if (cut < by)
			break;
		cut -= by;
	}
	spill(copy, at, size);
	for (uint64_t flip = next_random(d) % by; flip < size; flip += by) {
		/* All bits, one bit: lengths and varints mind the one more than the other. */
		uint8_t mask = next_random(d) & 1 ? 0xff : (uint8_t)(1u << next_random(d) % 8);

		poke(copy, flip, at[flip] ^ mask);
		snprintf(now.text, sizeof(now.text), "%s flip %" PRIu64 " ^0x%02x", path, flip,
			 mask);
		run_case(d, copy, name, NULL, false, 0);
		poke(copy, flip, at[flip]);
	}
	unlink(copy);
	free(inside);
	free(at);
}

/* --- sets --- */

struct names {
	char (*at)[256];
	size_t count;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static struct names list(const char *folder)
{
	struct names n = { 0 };
	struct dirent *e;
	DIR *dir = opendir(folder);

	while (dir && (e = readdir(dir))) {
		struct stat st;
		char path[1024];

		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (lstat(path, &st) || !S_ISREG(st.st_mode))
			continue;
		n.at = realloc(n.at, (n.count + 1) * sizeof(*n.at));
		if (!n.at)
			abort();
		snprintf(n.at[n.count++], sizeof(*n.at), "%s", e->d_name);
	}
	if (dir)
		closedir(dir);
	if (n.at)
		qsort(n.at, n.count, sizeof(*n.at), by_name);
	return n;
}

/* The damaged image among its own: `in_set` random cases. */
static void damage_set(struct driver *d, const char *folder)
{
	struct names names = list(folder);
	char copy[100], from[1024], to[512];
	struct stat st;

	if (!names.count)
		return;
	snprintf(copy, sizeof(copy), "%s/set", d->folder);
	if (mkdir(copy, 0700))
		perror(copy);
	for (size_t i = 0; i < names.count; i++) {
		size_t size;
		uint8_t *at;

		snprintf(from, sizeof(from), "%s/%s", folder, names.at[i]);
		snprintf(to, sizeof(to), "%s/%s", copy, names.at[i]);
		at = slurp(from, &size);
		spill(to, at, size);
		free(at);
	}
	for (uint64_t n = 0; n < d->o.in_set; n++) {
		const char *name = names.at[next_random(d) % names.count];
		size_t size;
		uint8_t *at;
		uint64_t place;

		snprintf(to, sizeof(to), "%s/%s", copy, name);
		if (stat(to, &st) || !st.st_size)
			continue;
		at = slurp(to, &size);
		place = next_random(d) % size;
		if (n % 2) {
			snprintf(now.text, sizeof(now.text), "%s/%s in its set, cut %" PRIu64,
				 folder, name, place);
			if (truncate(to, (off_t)place))
				perror(to);
		} else {
			snprintf(now.text, sizeof(now.text), "%s/%s in its set, flip %" PRIu64,
				 folder, name, place);
			poke(to, place, at[place] ^ 0xff);
		}
		run_case(d, copy, name, name, false, 0);
		spill(to, at, size);
		free(at);
	}
	for (size_t i = 0; i < names.count; i++) {
		snprintf(to, sizeof(to), "%s/%s", copy, names.at[i]);
		unlink(to);
	}
	rmdir(copy);
	free(names.at);
}

static bool time_up(const struct driver *d)
{
	return d->o.seconds > 0 && seconds_now() - d->start > d->o.seconds;
}

static void damage_folder(struct driver *d, const char *folder)
{
	struct names names = list(folder);
	char path[1024];

	for (size_t i = 0; i < names.count && !time_up(d); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names.at[i]);
		damage_file(d, path);
	}
	free(names.at);
	if (d->o.in_set && !time_up(d))
		damage_set(d, folder);
}

int main(int argc, char **argv)
{
	struct driver d = { .o = { .step = 1, .places = 1000 }, .seed = 20261122 };
	const char *tmp = getenv("TMPDIR") ? getenv("TMPDIR")
					   : (access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	int opt;

	while ((opt = getopt(argc, argv, "b:s:n:w:t:")) != -1) {
		uint64_t v = optarg ? strtoull(optarg, NULL, 10) : 0;

		if (opt == 'b' && v)
			d.o.bytes = v;
		else if (opt == 's' && v)
			d.o.step = v;
		else if (opt == 'n' && v)
			d.o.places = v;
		else if (opt == 'w')
			d.o.in_set = v;
		else if (opt == 't')
			d.o.seconds = (double)v;
		else
			return 2;
	}
	snprintf(d.folder, sizeof(d.folder), "%.40s/damage.XXXXXX", tmp);
	if (!mkdtemp(d.folder)) {
		perror(d.folder);
		return 2;
	}
	if (__sanitizer_install_malloc_and_free_hooks)
		__sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(say_case);
	signal(SIGALRM, stuck);
	d.start = seconds_now();

	for (int i = optind; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			damage_folder(&d, argv[i]);
		else if (!time_up(&d))
			damage_file(&d, argv[i]);
	}
	rmdir(d.folder);
	printf("%" PRIu64 " cases, %" PRIu64 " failed, %.1f s%s\n", d.cases, d.failed,
	       seconds_now() - d.start, time_up(&d) ? " (time was up)" : "");
	printf("slowest %.3f s: %s\n", d.slowest, d.slowest_case);
	printf("most memory %zu KiB: %s\n", d.peak >> 10, d.peak_case);
	return d.failed || !d.cases;
}
