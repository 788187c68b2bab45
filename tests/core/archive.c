/* core/archive, core/tar: members where they lie, hostile names and numbers, unpacking. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/text.h"
#include "core/archive.h"

/* ---- making archives ---- */

static uint8_t room[4u << 20];
static size_t used;

static void reset(void)
{
	used = 0;
	memset(room, 0, sizeof(room));
}

static void add_bytes(const void *at, size_t len)
{
	memcpy(room + used, at, len);
	used = (used + len + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

static void seal(uint8_t *h)
{
	unsigned sum = 0;

	memset(h + 148, ' ', 8);
	for (size_t n = 0; n < TAR_BLOCK; n++)
		sum += h[n];
	snprintf((char *)h + 148, 8, "%06o", sum);
}

/* A header; says `size` whatever follows. Returns where it is, to be changed and sealed again. */
static uint8_t *add_header(const char *name, char type, uint64_t size, const char *link)
{
	uint8_t *h = room + used;

	memset(h, 0, TAR_BLOCK);
	memcpy(h, name, strnlen(name, 100));
	snprintf((char *)h + 100, 8, "%07o", 0644);
	snprintf((char *)h + 108, 8, "%07o", 1000);
	snprintf((char *)h + 116, 8, "%07o", 100);
	snprintf((char *)h + 124, 12, "%011llo", (unsigned long long)size);
	snprintf((char *)h + 136, 12, "%011o", 1234567890);
	h[156] = (uint8_t)type;
	memcpy(h + 157, link, strnlen(link, 100));
	memcpy(h + 257, "ustar\00000", 8);
	seal(h);
	used += TAR_BLOCK;
	return h;
}

static void add_file(const char *name, const char *content)
{
	add_header(name, '0', strlen(content), "");
	add_bytes(content, strlen(content));
}

static void add_end(void)
{
	used += (size_t)2 * TAR_BLOCK;
}

/* "LENGTH KEY=VALUE\n", whose length counts itself. */
static size_t pax_record(char *to, const char *key, const char *value)
{
	size_t body = strlen(key) + strlen(value) + 3, len = body + 1;

	while (len != body + (size_t)snprintf(NULL, 0, "%zu", len))
		len++;
	return (size_t)sprintf(to, "%zu %s=%s\n", len, key, value);
}

static void add_pax(const char *const *pairs)
{
	char text[8192];
	size_t len = 0;

	for (; *pairs; pairs += 2)
		len += pax_record(text + len, pairs[0], pairs[1]);
	add_header("PaxHeaders/x", 'x', len, "");
	add_bytes(text, len);
}

/* ---- looking ---- */

struct look {
	struct problems *problems;
	struct source *src;
	struct folder *root;
};

static void look_at(struct look *l, size_t len)
{
	struct archive_options options = { 0 };

	*l = (struct look){ .problems = problems_new() };
	options.problems = l->problems;
	l->src = source_memory((struct bytes){ room, len }, "t.tar");
	assert_null(archive_open(l->src, &options, &l->root));
	assert_non_null(l->root);
}

static void look_away(struct look *l)
{
	folder_close(l->root);
	source_close(l->src);
	problems_free(l->problems);
}

static const struct problem *problem_of(const struct look *l, const char *rule)
{
	for (size_t n = 0; n < problems_count(l->problems); n++)
		if (!strcmp(problems_at(l->problems, n)->rule, rule))
			return problems_at(l->problems, n);
	return NULL;
}

/* The folder at a path of names, entered one by one; the caller closes it. */
static struct folder *enter(struct folder *f, const char *path)
{
	struct folder *at = NULL;
	char name[256];

	while (*path) {
		size_t len = strcspn(path, "/");
		const struct member *m;
		struct folder *below = NULL;

		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		m = folder_find(at ? at : f, name);
		assert_non_null(m);
		assert_null(folder_enter(at ? at : f, m, &below));
		folder_close(at);
		at = below;
		path += len + (path[len] == '/');
	}
	return at;
}

static void assert_content(struct folder *f, const char *name, const char *content)
{
	const struct member *m = folder_find(f, name);
	struct source *src = NULL;
	struct bytes b;

	assert_non_null(m);
	assert_int_equal(m->kind, MEMBER_FILE);
	assert_int_equal(m->size, strlen(content));
	assert_null(folder_source(f, m, &src));
	b = source_view(src, 0, UINT64_MAX);
	assert_int_equal(b.len, strlen(content));
	assert_memory_equal(b.at, content, b.len);
	source_close(src);
}

/* ---- tests ---- */

static void members_are_slices_of_the_archive(void **state)
{
	const struct tar_member *tm;
	struct source *file;
	struct folder *sub;
	struct look l;

	(void)state;
	reset();
	add_header("./", '5', 0, "");
	add_file("./config.dump", "{}");
	add_header("./checkpoint/", '5', 0, "");
	add_file("./checkpoint/core-10.img", "ten");
	add_file("./checkpoint/core-9.img", "nine");
	add_file("volumes/a/b.tar", "deep"); /* folders without entries */
	add_end();
	look_at(&l, used);
	assert_int_equal(l.root->count, 3);
	assert_string_equal(l.root->path, "t.tar");
	assert_content(l.root, "config.dump", "{}");
	sub = enter(l.root, "checkpoint");
	assert_string_equal(sub->path, "t.tar/checkpoint");
	assert_string_equal(sub->members[0].name, "core-9.img");
	assert_content(sub, "core-10.img", "ten");
	assert_null(folder_source(sub, folder_find(sub, "core-9.img"), &file));
	assert_ptr_equal(source_view(file, 0, 4).at, room + (size_t)7 * TAR_BLOCK);
	source_close(file);
	tm = archive_member(sub, folder_find(sub, "core-9.img"));
	assert_int_equal(tm->header.offset, 6 * TAR_BLOCK);
	assert_int_equal(tm->span.length, 2 * TAR_BLOCK);
	assert_int_equal(tm->mode, 0100644);
	assert_int_equal(tm->uid, 1000);
	assert_int_equal(tm->mtime, 1234567890);
	folder_close(sub);
	sub = enter(l.root, "volumes/a");
	assert_content(sub, "b.tar", "deep");
	assert_null(archive_member(l.root, folder_find(l.root, "volumes")));
	folder_close(sub);
	assert_int_equal(problems_count(l.problems), 0);
	look_away(&l);
}

static void folders_may_close_in_any_order(void **state)
{
	struct folder *sub;
	struct look l;

	(void)state;
	reset();
	add_file("a/b", "x");
	add_end();
	look_at(&l, used);
	sub = enter(l.root, "a");
	folder_close(l.root);
	l.root = sub;
	assert_content(sub, "b", "x");
	look_away(&l);
}

static void names_never_lead_outward(void **state)
{
	struct folder *sub;
	struct look l;

	(void)state;
	reset();
	add_file("/etc/passwd", "absolute");
	add_file("../../up", "up");
	add_file("a/../../b", "middle");
	add_end();
	look_at(&l, used);
	sub = enter(l.root, "etc");
	assert_content(sub, "passwd", "absolute");
	folder_close(sub);
	sub = enter(l.root, "../..");
	assert_content(sub, "up", "up");
	folder_close(sub);
	sub = enter(l.root, "a/../..");
	assert_content(sub, "b", "middle");
	folder_close(sub);
	assert_non_null(problem_of(&l, "tar-name"));
	assert_int_equal(problems_count(l.problems), 3);
	look_away(&l);
}

static void links_resolve_inside_only(void **state)
{
	struct folder *sub, *to = NULL;
	struct err *err;
	struct look l;

	(void)state;
	reset();
	add_file("checkpoint/x", "x");
	add_header("checkpoint/parent", '2', 0, "../pre-checkpoint");
	add_header("checkpoint/up", '2', 0, "../../../etc");
	add_header("checkpoint/abs", '2', 0, "/etc");
	add_header("checkpoint/round", '2', 0, "round");
	add_header("checkpoint/file", '2', 0, "x");
	add_header("checkpoint/gone", '2', 0, "nothing");
	add_header("checkpoint/via", '2', 0, "parent/../pre-checkpoint");
	add_file("pre-checkpoint/y", "why");
	add_end();
	look_at(&l, used);
	sub = enter(l.root, "checkpoint");
	assert_int_equal(folder_find(sub, "parent")->kind, MEMBER_LINK);
	assert_string_equal(folder_find(sub, "parent")->target, "../pre-checkpoint");
	assert_null(folder_enter(sub, folder_find(sub, "parent"), &to));
	assert_string_equal(to->path, "t.tar/pre-checkpoint");
	assert_content(to, "y", "why");
	folder_close(to);
	assert_null(folder_enter(sub, folder_find(sub, "via"), &to));
	assert_content(to, "y", "why");
	folder_close(to);
	for (const char *const *name =
		     (const char *const[]){ "up", "abs", "round", "file", "gone", NULL };
	     *name; name++) {
		err = folder_enter(sub, folder_find(sub, *name), &to);
		assert_non_null(err);
		assert_null(to);
		err_free(err);
	}
	folder_close(sub);
	assert_int_equal(problems_total(l.problems, SEV_NOTE), 2); /* up, abs */
	look_away(&l);
}

static void the_last_of_a_name_wins(void **state)
{
	struct folder *sub;
	struct look l;

	(void)state;
	reset();
	add_file("a#1", "mine");
	add_file("a", "first");
	add_file("a", "second");
	add_file("a", "third");
	add_file("d/x", "below");
	add_file("d", "a file now");
	add_file("f", "a file");
	add_file("f/g", "no longer");
	add_end();
	look_at(&l, used);
	assert_content(l.root, "a", "third");
	assert_content(l.root, "a#1", "mine");
	assert_content(l.root, "a#2", "first");
	assert_content(l.root, "a#3", "second");
	assert_content(l.root, "d", "a file now");
	sub = enter(l.root, "d#1");
	assert_content(sub, "x", "below");
	folder_close(sub);
	sub = enter(l.root, "f");
	assert_content(sub, "g", "no longer");
	folder_close(sub);
	assert_content(l.root, "f#1", "a file");
	look_away(&l);
}

static void hard_links_share_bytes(void **state)
{
	struct look l;

	(void)state;
	reset();
	add_file("a", "bytes");
	add_header("b", '1', 5, "./a"); /* old tars repeat the size, without data */
	add_header("c", '1', 0, "b");
	add_header("d", '1', 0, "nowhere");
	add_header("e", '1', 0, "e");
	add_file("z", "end");
	add_end();
	look_at(&l, used);
	assert_content(l.root, "b", "bytes");
	assert_content(l.root, "c", "bytes");
	assert_int_equal(folder_find(l.root, "d")->kind, MEMBER_LINK);
	assert_string_equal(folder_find(l.root, "d")->target, "nowhere");
	assert_int_equal(folder_find(l.root, "e")->kind, MEMBER_LINK);
	assert_content(l.root, "z", "end");
	assert_int_equal(problems_count(l.problems), 2);
	assert_non_null(problem_of(&l, "tar-link"));
	look_away(&l);
}

static void long_names_and_large_numbers(void **state)
{
	static const char *const pairs[] = { "path", "p/caf\xc3\xa9\xff", "mtime", "-17.5",
					     "uid",  "4000000000",        "size",  "3",
					     NULL };
	const struct tar_member *tm;
	char name[301], link[201];
	struct folder *sub;
	struct look l;
	uint8_t *h;

	(void)state;
	reset();
	memset(name, 'n', 300);
	name[300] = 0;
	memset(link, 'l', 200);
	link[200] = 0;
	add_header("././@LongLink", 'L', 301, "");
	add_bytes(name, 301);
	add_header("././@LongLink", 'K', 201, "");
	add_bytes(link, 201);
	add_header("short", '2', 0, "short");
	add_pax(pairs);
	add_header("short", '0', 7, ""); /* pax says 3 */
	add_bytes("pax", 3);
	h = add_header("tail", '0', 4, "");
	memcpy(h + 345, "pre/fix", 7);
	memset(h + 124, 0, 12);
	h[124] = 0x80; /* base 256 */
	h[135] = 4;
	seal(h);
	add_bytes("tail", 4);
	add_end();
	look_at(&l, used);
	assert_string_equal(folder_find(l.root, name)->target, link);
	sub = enter(l.root, "p");
	assert_content(sub, "caf\xc3\xa9\xff", "pax");
	tm = archive_member(sub, &sub->members[0]);
	assert_int_equal(tm->mtime, -17);
	assert_int_equal(tm->uid, 4000000000u);
	assert_int_equal(tm->span.offset + 2 * TAR_BLOCK, tm->header.offset);
	folder_close(sub);
	sub = enter(l.root, "pre/fix");
	assert_content(sub, "tail", "tail");
	folder_close(sub);
	assert_int_equal(problems_count(l.problems), 0);
	look_away(&l);
}

static void lying_sizes_are_clipped(void **state)
{
	struct look l;

	(void)state;
	for (uint64_t size = 4000; size; size = size == 4000 ? INT64_MAX : 0) {
		uint8_t *h;

		reset();
		add_file("a", "good");
		h = add_header("b", '0', 0, "");
		memset(h + 124, 0, 12);
		h[124] = 0x80;
		for (int n = 0; n < 8; n++)
			h[128 + n] = (uint8_t)(size >> (56 - 8 * n));
		seal(h);
		add_bytes("0123456789", 10);
		look_at(&l, used);
		assert_content(l.root, "a", "good");
		assert_int_equal(folder_find(l.root, "b")->size, TAR_BLOCK);
		assert_non_null(problem_of(&l, "tar-size"));
		assert_int_equal(problem_of(&l, "tar-size")->span.offset, 2 * TAR_BLOCK);
		look_away(&l);
	}
}

static void a_damaged_header_costs_one_member(void **state)
{
	struct look l;

	(void)state;
	reset();
	add_file("a", "one");
	add_header("b", '0', 3, "")[5] ^= 1;
	add_bytes("two", 3);
	add_file("c", "three");
	add_end();
	look_at(&l, used);
	assert_int_equal(l.root->count, 2);
	assert_content(l.root, "c", "three");
	assert_int_equal(problem_of(&l, "tar-header")->span.offset, 2 * TAR_BLOCK);
	assert_int_equal(problem_of(&l, "tar-header")->span.length, 2 * TAR_BLOCK);
	look_away(&l);
}

static void every_truncation_opens(void **state)
{
	static const char *const pairs[] = { "path", "long/name", NULL };
	size_t whole;

	(void)state;
	reset();
	add_file("a", "one");
	add_pax(pairs);
	add_file("b", "two");
	add_header("././@LongLink", 'L', 5, "");
	add_bytes("c/d/e", 5);
	add_file("c", "three");
	add_end();
	whole = used;
	for (size_t len = TAR_BLOCK; len < whole; len += 13) {
		struct look l;

		look_at(&l, len);
		if (len < whole - (size_t)2 * TAR_BLOCK)
			assert_true(problems_count(l.problems) > 0);
		look_away(&l);
	}
}

static void what_follows_the_end_is_found(void **state)
{
	struct look l;

	(void)state;
	reset();
	add_file("a", "one");
	add_end();
	add_file("b", "two");
	add_end();
	look_at(&l, used);
	assert_content(l.root, "b", "two");
	assert_non_null(problem_of(&l, "tar-end"));
	look_away(&l);
}

static void deep_names_are_bounded(void **state)
{
	static char deep[8001];
	const char *pairs[] = { "path", deep, NULL };
	struct look l;

	(void)state;
	for (size_t n = 0; n < sizeof(deep) - 1; n++)
		deep[n] = n % 2 ? '/' : 'd';
	reset();
	add_pax(pairs);
	add_file("x", "deep");
	deep[2 * 200] = 0;
	add_pax(pairs);
	add_file("x", "less");
	add_end();
	look_at(&l, used);
	assert_int_equal(l.root->count, 1);
	assert_int_equal(problems_count(l.problems), 1);
	look_away(&l);
}

static void many_members_are_bounded(void **state)
{
	size_t count = ARCHIVE_MEMBERS_MAX + 10;
	uint8_t *many = calloc(count + 2, TAR_BLOCK);
	struct archive_options options = { .problems = problems_new() };
	struct source *src;
	struct folder *f;

	(void)state;
	assert_non_null(many);
	for (size_t n = 0; n < count; n++) {
		char name[32];

		used = 0; /* each is made in the same place */
		snprintf(name, sizeof(name), "%zu/%zu", n % 3, n);
		add_header(name, '0', 0, "");
		memcpy(many + n * TAR_BLOCK, room, TAR_BLOCK);
	}
	src = source_memory((struct bytes){ many, (count + 2) * TAR_BLOCK }, "many.tar");
	assert_null(archive_open(src, &options, &f));
	assert_int_equal(f->count, 3);
	assert_int_equal(problems_count(options.problems), 1);
	assert_string_equal(problems_at(options.problems, 0)->rule, "tar-members");
	folder_close(f);
	source_close(src);
	problems_free(options.problems);
	free(many);
}

static void assert_sparse(struct look *l)
{
	const struct member *m = folder_find(l->root, "s");
	struct source *src;
	struct bytes b;

	assert_non_null(m);
	assert_int_equal(m->size, 10000);
	assert_null(folder_source(l->root, m, &src));
	b = source_view(src, 0, UINT64_MAX);
	assert_int_equal(b.len, 10000);
	for (size_t n = 0; n < b.len; n++) {
		uint8_t want = 0;

		if (n >= 1024 && n < 1536)
			want = 'x';
		else if (n >= 5120 && n < 5632)
			want = 'y';
		assert_int_equal(b.at[n], want);
	}
	source_close(src);
	assert_content(l->root, "z", "behind");
	assert_int_equal(problems_count(l->problems), 0);
}

static void sparse_data(void)
{
	uint8_t data[2 * TAR_BLOCK];

	memset(data, 'x', TAR_BLOCK);
	memset(data + TAR_BLOCK, 'y', TAR_BLOCK);
	add_bytes(data, sizeof(data));
	add_file("z", "behind");
	add_end();
}

static void sparse_members_have_holes(void **state)
{
	static const char *const v10[] = { "GNU.sparse.major",
					   "1",
					   "GNU.sparse.minor",
					   "0",
					   "GNU.sparse.name",
					   "s",
					   "GNU.sparse.realsize",
					   "10000",
					   NULL };
	static const char *const v01[] = { "GNU.sparse.size",
					   "10000",
					   "GNU.sparse.numblocks",
					   "2",
					   "GNU.sparse.map",
					   "1024,512,5120,512",
					   "GNU.sparse.name",
					   "s",
					   NULL };
	static const char *const v00[] = { "GNU.sparse.size",
					   "10000",
					   "GNU.sparse.numblocks",
					   "2",
					   "GNU.sparse.offset",
					   "1024",
					   "GNU.sparse.numbytes",
					   "512",
					   "GNU.sparse.offset",
					   "5120",
					   "GNU.sparse.numbytes",
					   "512",
					   NULL };
	const char *map = "2\n1024\n512\n5120\n512\n";
	struct look l;
	uint8_t *h;

	(void)state;
	reset();
	add_pax(v10);
	add_header("GNUSparseFile.0/s", '0', 3 * TAR_BLOCK, "");
	add_bytes(map, strlen(map));
	sparse_data();
	look_at(&l, used);
	assert_sparse(&l);
	look_away(&l);

	reset();
	add_pax(v01);
	add_header("GNUSparseFile.0/s", '0', 2 * TAR_BLOCK, "");
	sparse_data();
	look_at(&l, used);
	assert_sparse(&l);
	look_away(&l);

	reset();
	add_pax(v00);
	add_header("s", '0', 2 * TAR_BLOCK, "");
	sparse_data();
	look_at(&l, used);
	assert_sparse(&l);
	look_away(&l);

	/* The old kind, its second pair in a block of its own. */
	reset();
	h = add_header("s", 'S', 2 * TAR_BLOCK, "");
	memcpy(h + 257, "ustar  ", 8);
	for (int n = 0; n < 4; n++)
		snprintf((char *)h + 386 + 24 * n, 12, "%011o", n < 3 ? 0 : 1024);
	for (int n = 0; n < 4; n++)
		snprintf((char *)h + 398 + 24 * n, 12, "%011o", n < 3 ? 0 : 512);
	h[482] = 1;
	snprintf((char *)h + 483, 12, "%011o", 10000);
	seal(h);
	snprintf((char *)room + used, 12, "%011o", 5120);
	snprintf((char *)room + used + 12, 12, "%011o", 512);
	used += TAR_BLOCK;
	sparse_data();
	look_at(&l, used);
	assert_sparse(&l);
	look_away(&l);
}

static void lying_maps_are_clipped(void **state)
{
	static const char *const maps[] = { "9999999\n",
					    "2\n5120\n512\n1024\n512\n",
					    "1\n0\n99999999999\n",
					    "1\n99999999999\n512\n",
					    "3\n1\n",
					    "x" };
	static const char *const huge[] = {
		"GNU.sparse.major",    "1", "GNU.sparse.minor", "0", "GNU.sparse.realsize",
		"9000000000000000000", NULL
	};
	static const char *const small[] = { "GNU.sparse.major",
					     "1",
					     "GNU.sparse.minor",
					     "0",
					     "GNU.sparse.realsize",
					     "6000",
					     NULL };
	struct source *src;
	struct err *err;
	struct look l;

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(maps); n++) {
		reset();
		add_pax(small);
		add_header("s", '0', 2 * TAR_BLOCK, "");
		add_bytes(maps[n], strlen(maps[n]));
		add_bytes("data", 4);
		add_end();
		look_at(&l, used);
		assert_null(folder_source(l.root, &l.root->members[0], &src));
		assert_int_equal(source_size(src), 6000);
		source_close(src);
		look_away(&l);
	}
	reset();
	add_pax(huge);
	add_header("s", '0', TAR_BLOCK, "");
	add_bytes("0\n", 2);
	add_end();
	look_at(&l, used);
	err = folder_source(l.root, &l.root->members[0], &src);
	assert_non_null(err);
	assert_int_equal(err->code, ERR_LIMIT);
	err_free(err);
	look_away(&l);
}

static void a_tar_in_a_tar_is_in_place(void **state)
{
	static uint8_t inner[4 * TAR_BLOCK];
	struct folder *f, *etc;
	struct source *src;
	struct look l;

	(void)state;
	reset();
	add_file("etc/motd", "changed");
	add_end();
	memcpy(inner, room, used);
	reset();
	add_header("rootfs-diff.tar", '0', sizeof(inner), "");
	add_bytes(inner, sizeof(inner));
	add_end();
	look_at(&l, used);
	assert_null(folder_source(l.root, &l.root->members[0], &src));
	assert_string_equal(archive_packing(src), "tar");
	assert_null(archive_open(src, NULL, &f));
	assert_string_equal(f->members[0].name, "etc");
	etc = enter(f, "etc");
	assert_content(etc, "motd", "changed");
	folder_close(etc);
	folder_close(f);
	source_close(src);
	look_away(&l);
}

/* Packs what is in `room` by a filter; the caller frees it. */
static uint8_t *pack(int (*filter)(struct archive *), size_t len, size_t *packed)
{
	struct archive *w = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	uint8_t *to = malloc(sizeof(room) + 65536);

	archive_write_set_format_raw(w);
	archive_write_set_bytes_in_last_block(w, 1);
	assert_int_equal(filter(w), ARCHIVE_OK);
	assert_int_equal(archive_write_open_memory(w, to, sizeof(room) + 65536, packed),
			 ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_pathname(e, "x");
	assert_int_equal(archive_write_header(w, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(w, room, len), len);
	archive_entry_free(e);
	assert_int_equal(archive_write_close(w), ARCHIVE_OK);
	archive_write_free(w);
	return to;
}

static void packed_ones_are_spooled(void **state)
{
	static const struct {
		const char *name;
		int (*filter)(struct archive *);
	} filters[] = {
		{ "gzip", archive_write_add_filter_gzip },
		{ "zstd", archive_write_add_filter_zstd },
		{ "xz", archive_write_add_filter_xz },
		{ "bzip2", archive_write_add_filter_bzip2 },
		{ "lz4", archive_write_add_filter_lz4 },
	};

	(void)state;
	reset();
	add_file("a", "packed");
	add_header("big", '0', 1u << 20, "");
	used += 1u << 20;
	add_file("b", "and more");
	add_end();
	for (size_t n = 0; n < ARRAY_LEN(filters); n++) {
		struct archive_options options = { .problems = problems_new() };
		struct source *src, *plain;
		struct folder *f;
		struct err *err;
		struct job job;
		size_t len;
		uint8_t *at = pack(filters[n].filter, used, &len);

		job_init(&job, "unpack", 0);
		options.job = &job;
		src = source_memory((struct bytes){ at, len }, "t.tar.x");
		assert_string_equal(archive_packing(src), filters[n].name);
		assert_true(archive_is_tar(src));
		assert_null(archive_unpack(src, &options, &plain));
		assert_int_equal(source_size(plain), used);
		assert_memory_equal(source_view(plain, 0, used).at, room, used);
		assert_int_equal(job.total, len);
		assert_true(job.done > 0 && job.done <= len);
		assert_null(archive_open(plain, &options, &f));
		assert_content(f, "b", "and more");
		folder_close(f);
		assert_int_equal(problems_count(options.problems), 0);
		source_close(plain);
		source_close(src);
		/* Cut: what there is, and a problem; or an error. */
		src = source_memory((struct bytes){ at, len * 2 / 3 }, "cut.tar.x");
		err = archive_unpack(src, &options, &plain);
		if (!err)
			assert_string_equal(problems_at(options.problems, 0)->rule, "unpack");
		else
			assert_int_equal(err->code, ERR_FORMAT);
		err_free(err);
		source_close(plain);
		source_close(src);
		problems_free(options.problems);
		free(at);
	}
}

static void bombs_meet_the_limit(void **state)
{
	struct archive_options options = { .spool_max = 1u << 20 };
	struct source *src, *plain;
	struct err *err;
	struct job job;
	uint8_t *at;
	size_t len;

	(void)state;
	reset();
	add_header("zeros", '0', sizeof(room) - TAR_BLOCK, "");
	at = pack(archive_write_add_filter_gzip, sizeof(room), &len);
	assert_true(len < 65536);
	src = source_memory((struct bytes){ at, len }, "bomb.tar.gz");
	err = archive_unpack(src, &options, &plain);
	assert_non_null(err);
	assert_int_equal(err->code, ERR_LIMIT);
	assert_non_null(strstr(err->text, "--spool-limit"));
	assert_null(plain);
	err_free(err);
	/* And one can stop it. */
	job_init(&job, "unpack", 0);
	atomic_store(&job.cancel, true);
	options = (struct archive_options){ .job = &job };
	err = archive_unpack(src, &options, &plain);
	assert_non_null(err);
	assert_int_equal(err->code, ERR_CANCELLED);
	err_free(err);
	source_close(src);
	free(at);
}

static void what_is_no_tar_is_told(void **state)
{
	static const char *const texts[] = { "", "x", "\x1f\x8b\x08", "\x28\xb5\x2f\xfd garbage",
					     "BZh9 is not bzip2, it just looks so" };
	struct source *plain;
	struct folder *f;

	(void)state;
	reset();
	for (size_t n = 0; n < ARRAY_LEN(texts); n++) {
		struct source *src = source_memory(bytes_of(texts[n]), "x");
		struct err *err;

		assert_false(archive_is_tar(src));
		err = archive_open(src, NULL, &f);
		assert_int_equal(err->code, ERR_FORMAT);
		err_free(err);
		err = archive_unpack(src, NULL, &plain);
		assert_int_equal(err->code, ERR_FORMAT);
		err_free(err);
		source_close(src);
	}
	assert_false(tar_is_header((struct bytes){ room, TAR_BLOCK })); /* zeros */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_slices_of_the_archive),
		cmocka_unit_test(folders_may_close_in_any_order),
		cmocka_unit_test(names_never_lead_outward),
		cmocka_unit_test(links_resolve_inside_only),
		cmocka_unit_test(the_last_of_a_name_wins),
		cmocka_unit_test(hard_links_share_bytes),
		cmocka_unit_test(long_names_and_large_numbers),
		cmocka_unit_test(lying_sizes_are_clipped),
		cmocka_unit_test(a_damaged_header_costs_one_member),
		cmocka_unit_test(every_truncation_opens),
		cmocka_unit_test(what_follows_the_end_is_found),
		cmocka_unit_test(deep_names_are_bounded),
		cmocka_unit_test(many_members_are_bounded),
		cmocka_unit_test(sparse_members_have_holes),
		cmocka_unit_test(lying_maps_are_clipped),
		cmocka_unit_test(a_tar_in_a_tar_is_in_place),
		cmocka_unit_test(packed_ones_are_spooled),
		cmocka_unit_test(bombs_meet_the_limit),
		cmocka_unit_test(what_is_no_tar_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
