/* Small image sets for tests: built in a temporary directory, byte by byte, or copied from a real
 * set to be damaged. */
#ifndef TESTS_SETS_H
#define TESTS_SETS_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/format.h"
#include "core/model.h"
#include "criu/criu.h"
#include "formats.h"

#define UNUSED __attribute__((unused))

/* A message in the making. */
struct msg {
	uint8_t at[4096];
	size_t len;
};

static UNUSED void put_varint(struct msg *m, uint64_t v)
{
	for (; v > 0x7f; v >>= 7)
		m->at[m->len++] = (uint8_t)(v | 0x80);
	m->at[m->len++] = (uint8_t)v;
}

static UNUSED struct msg *put_uint(struct msg *m, uint32_t field, uint64_t v)
{
	put_varint(m, field << 3);
	put_varint(m, v);
	return m;
}

static UNUSED struct msg *put_bytes(struct msg *m, uint32_t field, const void *b, size_t n)
{
	put_varint(m, field << 3 | 2);
	put_varint(m, n);
	memcpy(m->at + m->len, b, n);
	m->len += n;
	return m;
}

static UNUSED struct msg *put_text(struct msg *m, uint32_t field, const char *s)
{
	return put_bytes(m, field, s, strlen(s));
}

static UNUSED struct msg *put_msg(struct msg *m, uint32_t field, const struct msg *inner)
{
	return put_bytes(m, field, inner->at, inner->len);
}

/* A directory that goes away with dir_drop. */
struct dir {
	char path[64];
};

static UNUSED struct dir dir_make(void)
{
	struct dir d = { "/tmp/cryoscope-set-XXXXXX" };

	if (!mkdtemp(d.path))
		abort();
	return d;
}

static UNUSED const char *dir_path(const struct dir *d, const char *name)
{
	static char path[600];

	snprintf(path, sizeof(path), "%s/%s", d->path, name);
	return path;
}

static UNUSED void dir_drop(struct dir *d)
{
	DIR *dir = opendir(d->path);
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(d->path);
}

static UNUSED void file_write(const struct dir *d, const char *name, const void *b, size_t n)
{
	FILE *f = fopen(dir_path(d, name), "wb");

	if (!f || fwrite(b, 1, n, f) != n || fclose(f))
		abort();
}

static UNUSED size_t file_read(const char *path, uint8_t *b, size_t room)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		abort();
	n = fread(b, 1, room, f);
	fclose(f);
	return n;
}

/* Adds a record to an image, whose header is written when it is new. */
static UNUSED void image_add(const struct dir *d, const char *name, const struct msg *m)
{
	const struct image_kind *kind = kind_by_name(name, NULL);
	const char *path = dir_path(d, name);
	bool fresh = access(path, F_OK) != 0;
	FILE *f = fopen(path, "ab");
	uint32_t words[2] = { kind->lead, kind->magic }, len = (uint32_t)m->len;

	if (!f)
		abort();
	if (fresh)
		fwrite(kind->lead ? words : words + 1, kind->lead ? 8 : 4, 1, f);
	fwrite(&len, 4, 1, f);
	fwrite(m->at, 1, m->len, f);
	fclose(f);
}

static UNUSED void add_inventory(const struct dir *d)
{
	struct msg m = { 0 };

	put_uint(&m, 1, 2);
	put_uint(&m, 2, 1);
	put_uint(&m, 4, 1);
	image_add(d, "inventory.img", &m);
}

static UNUSED void add_task(const struct dir *d, uint32_t pid, uint32_t ppid, uint32_t thread)
{
	struct msg m = { 0 };

	put_uint(&m, 1, pid);
	put_uint(&m, 2, ppid);
	put_uint(&m, 3, pid);
	put_uint(&m, 4, pid);
	put_uint(&m, 5, thread);
	image_add(d, "pstree.img", &m);
}

static UNUSED void add_core(const struct dir *d, uint32_t pid, uint32_t state, const char *comm)
{
	struct msg m = { 0 }, tc = { 0 };
	char name[40];

	put_uint(&tc, 1, state);
	put_uint(&tc, 2, 0);
	put_uint(&tc, 3, 0);
	put_uint(&tc, 4, 0);
	put_uint(&tc, 5, 0);
	put_text(&tc, 6, comm);
	put_uint(&m, 1, 1);
	put_msg(&m, 3, &tc);
	snprintf(name, sizeof(name), "core-%u.img", pid);
	image_add(d, name, &m);
}

static UNUSED void add_ids(const struct dir *d, uint32_t pid, uint32_t files_id, uint32_t net)
{
	struct msg m = { 0 };
	char name[40];

	put_uint(&m, 1, pid);
	put_uint(&m, 2, files_id);
	put_uint(&m, 3, pid);
	put_uint(&m, 4, pid);
	put_uint(&m, 6, net);
	snprintf(name, sizeof(name), "ids-%u.img", pid);
	image_add(d, name, &m);
}

static UNUSED void dir_copy(const struct dir *d, const char *from)
{
	static uint8_t buf[4 << 20];
	DIR *dir = opendir(from);
	struct dirent *e;
	char path[600];

	if (!dir)
		abort();
	while ((e = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", from, e->d_name);
		if (e->d_name[0] != '.')
			file_write(d, e->d_name, buf, file_read(path, buf, sizeof(buf)));
	}
	closedir(dir);
}

static UNUSED struct model *open_set(const char *path)
{
	struct model *m = NULL;
	struct err *err = model_open(path, formats, NULL, &m);

	if (err) {
		fprintf(stderr, "%s\n", err->text);
		err_free(err);
		return NULL;
	}
	model_index(m);
	return m;
}

static UNUSED struct item *item_at(struct model *m, const char *path)
{
	struct node n;
	const char *field;
	struct err *err = model_find(m, path, &n, &field);

	if (err) {
		err_free(err);
		return NULL;
	}
	return n.at == NODE_SELF && !*field ? n.item : NULL;
}

static UNUSED struct node node_at(struct model *m, const char *path)
{
	struct node n = { NULL, NODE_SELF };
	const char *field;
	struct err *err = model_find(m, path, &n, &field);

	if (err) {
		fprintf(stderr, "%s\n", err->text);
		err_free(err);
		return (struct node){ NULL, NODE_SELF };
	}
	return n;
}

/* How many problems of a rule there are. */
static UNUSED size_t problems_of(struct model *m, const char *rule)
{
	size_t count = 0;

	for (size_t i = 0; i < problems_count(m->problems); i++)
		count += !strcmp(problems_at(m->problems, i)->rule, rule);
	return count;
}

#endif
