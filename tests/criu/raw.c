/* criu/raw and criu/netlink: files without CRIU's header, which crit cannot decode at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>

#include "one.h"

#define SELF NODE_SELF

static void check_whole(struct one *o)
{
	assert_int_equal(problems_count(o->m->problems), 0);
	assert_int_equal(one_covered(o), node_span((struct node){ o->m->root, SELF }).length);
}

static const char *summary(struct one *o, uint64_t row)
{
	return node_summary((struct node){ o->m->root, row }, &o->a);
}

static struct one open_real(const char *path)
{
	struct one o = { .dir = { "" } };

	arena_init(&o.a);
	o.m = open_set(path);
	return o;
}

/* ---- netlink ---- */

/* Real dumps of one namespace: as many messages as it had addresses, routes, rules. */
static void real_dumps_read_as_ip_lists_them(void **state)
{
	struct one o = open_real("tests/real/ns-tree/ifaddr-10.img");

	(void)state;
	check_whole(&o);
	assert_int_equal(item_rows(o.m->root), 9);
	assert_string_equal(summary(&o, 0), "127.0.0.1/8 dev lo scope host");
	assert_string_equal(summary(&o, 1), "10.77.0.2/24 dev veth1 scope global");
	assert_string_equal(node_kind((struct node){ o.m->root, 1 }, &o.a), "RTM_NEWADDR");
	assert_string_equal(one_value(&o, 1, "IFA_ADDRESS"), "10.77.0.2");
	assert_string_equal(one_value(&o, 1, "IFA_LABEL"), "veth1");
	assert_int_equal(one_field(&o, 1, "IFA_CACHEINFO/ifa_valid")->u, UINT32_MAX);
	one_close(&o);
	o = open_real("tests/real/ns-tree/route-10.img");
	check_whole(&o);
	assert_int_equal(item_rows(o.m->root), 4);
	assert_string_equal(summary(&o, 3),
			    "unicast 198.51.100.0/24 via 10.77.0.2 dev 2 table main");
	one_close(&o);
	o = open_real("tests/real/ns-tree/rule-10.img");
	check_whole(&o);
	assert_string_equal(summary(&o, 1), "32765 from 10.77.0.0/24 lookup 100");
	assert_non_null(strstr(one_json(&o, 1), "\"FRA_SRC\": \"10.77.0.0\""));
	one_close(&o);
}

/* Two messages whose lengths are no multiples of 4, right behind each other. */
static void conntrack_is_not_aligned(void **state)
{
	static const uint8_t bytes[] = {
		25, 0, 0, 0,    0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* nlmsghdr */
		2,  0, 0, 0,                                        /* nfgenmsg */
		5,  0, 4, 0x80, 6, /* CTA_PROTOINFO, a byte of nothing */
		28, 0, 0, 0,    0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* an expectation */
		2,  0, 0, 0,    8, 0, 4, 0, 0, 0, 1, 0,             /* CTA_EXPECT_TIMEOUT 256 */
	};
	struct one o = one_open("netns-ct-5.img", bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(item_rows(o.m->root), 2);
	assert_int_equal(index_at(o.m->root->list, 1)->offset, 25);
	assert_int_equal(one_field(&o, 1, "CTA_EXPECT_TIMEOUT")->u, 256);
	assert_int_equal(one_covered(&o), sizeof(bytes));
	one_close(&o);
	o = one_fixture("criu/netns-ct-1.img");
	check_whole(&o);
	assert_string_equal(summary(&o, 0), "tcp 10.0.0.1:8080 -> 10.0.0.2:80 timeout 120");
	assert_int_equal(one_field(&o, 0, "CTA_TUPLE_ORIG/CTA_TUPLE_PROTO/CTA_PROTO_SRC_PORT")->u,
			 8080);
	assert_non_null(strstr(one_value(&o, 0, "CTA_STATUS"), "IPS_ASSURED"));
	one_close(&o);
}

/* A multipath route: next hops with attributes of their own, one of them unknown. */
static void next_hops_are_groups(void **state)
{
	static const uint8_t bytes[] = {
		0x24, 0x12, 0x31, 0x45, 68, 0, 0,   0, 24, 0, 2,  0, 0,  0, 0,  0, 0,    0,
		0,    0,    2,    24,   0,  0, 254, 4, 0,  1, 0,  0, 0,  0, 40, 0, 9,    0,
		16,   0,    4,    1,    3,  0, 0,   0, 8,  0, 5,  0, 10, 0, 0,  1, 20,   0,
		0,    2,    4,    0,    0,  0, 8,   0, 5,  0, 10, 0, 0,  2, 4,  0, 0x99, 0,
	};
	struct one o = one_open("route-5.img", bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(item_rows(o.m->root), 1);
	assert_int_equal(one_field(&o, 0, "RTA_MULTIPATH/nexthop[0]/rtnh_ifindex")->u, 3);
	assert_string_equal(one_value(&o, 0, "RTA_MULTIPATH/nexthop[1]/RTA_GATEWAY"), "10.0.0.2");
	assert_non_null(one_field(&o, 0, "RTA_MULTIPATH/nexthop[1]/attribute 153"));
	assert_non_null(strstr(one_value(&o, 0, "RTA_MULTIPATH/nexthop[0]/rtnh_flags"), "ONLINK"));
	check_whole(&o);
	one_close(&o);
}

static void attributes_that_lie_are_noted(void **state)
{
	struct one o = one_fixture("criu/route-1.img");

	(void)state;
	assert_int_equal(problems_of(o.m, "netlink-attribute"), 1);
	assert_non_null(one_field(&o, 1, "bytes")->trouble);
	assert_int_equal(one_field(&o, 1, "bytes")->span.length, 8);
	one_close(&o);
	o = one_fixture("broken/ifaddr-1.img");
	assert_int_equal(problems_of(o.m, "netlink-length"), 1);
	assert_int_equal(item_rows(o.m->root), 0);
	one_close(&o);
	o = one_open("rule-1.img", "\x86\x69\x70\x71\x40\0\0\0\x20\0\2\0\0\0\0\0\0\0\0\0\2", 21);
	assert_int_equal(problems_of(o.m, "netlink-length"), 1);
	assert_int_equal(item_rows(o.m->root), 1);
	assert_int_equal(one_covered(&o), 21);
	one_close(&o);
}

/* ---- text, pages, the unknown ---- */

static void text_is_lines(void **state)
{
	static const char text[] = "*filter\n\t-A \x1b[31m x\n\nCOMMIT";
	struct one o = one_open("iptables-3.img", text, strlen(text));
	char *many;

	(void)state;
	check_whole(&o);
	assert_int_equal(item_rows(o.m->root), 4);
	assert_string_equal(summary(&o, 1), " -A \\x1b[31m x");
	assert_string_equal(summary(&o, 2), "");
	assert_int_equal(one_field(&o, 0, "line")->span.length, 8);
	assert_int_equal(one_field(&o, 0, "line")->bytes.len, 7);
	assert_string_equal(one_json(&o, SELF),
			    "{\"magic\": null, \"kind\": \"IPTABLES\", \"size\": 27, \"entries\": "
			    "[\"*filter\", \"\\t-A \\u001b[31m x\", \"\", \"COMMIT\"]}");
	one_close(&o);
	/* A line of one byte costs a row of 32: they are bounded. */
	many = malloc(1200000);
	assert_non_null(many);
	memset(many, '\n', 1200000);
	o = one_open("iptables-3.img", many, 1200000);
	free(many);
	assert_int_equal(item_rows(o.m->root), 1000000);
	assert_int_equal(index_at(o.m->root->list, 999999)->length, 200001);
	one_close(&o);
	/* An empty file is the usual case. */
	o = one_open("ip6tables-3.img", "", 0);
	check_whole(&o);
	assert_int_equal(item_rows(o.m->root), 0);
	one_close(&o);
}

static void pages_are_counted(void **state)
{
	static uint8_t bytes[3 * 4096 + 5];
	struct one o = one_open("pages-3.img", bytes, sizeof(bytes));

	(void)state;
	check_whole(&o);
	assert_string_equal(one_value(&o, SELF, "pages"), "3 of 4096 bytes");
	assert_string_equal(one_value(&o, SELF, "incomplete"), "5 bytes of the last page");
	assert_int_equal(one_field(&o, SELF, "bytes")->span.length, sizeof(bytes));
	one_close(&o);
}

static void unknown_files_are_text_or_bytes(void **state)
{
	struct dir d = dir_make();
	struct model *m;
	struct field *f;
	struct arena a;

	(void)state;
	arena_init(&a);
	add_inventory(&d);
	file_write(&d, "dump.log", "(00.001) one\n(00.002) two\n", 26);
	file_write(&d, "blob", "\0\1\2\3binary", 10);
	m = open_set(d.path);
	f = node_fields(node_at(m, "dump.log"), &a);
	assert_string_equal(field_value(field_child(f, &a, "line[1]"), 0, &a), "(00.002) two");
	f = node_fields(node_at(m, "blob"), &a);
	assert_int_equal(field_child(f, &a, "bytes")->span.length, 10);
	assert_int_equal(problems_count(m->problems), 0);
	model_close(m);
	arena_fini(&a);
	dir_drop(&d);
}

static void an_image_of_tomorrow_keeps_its_bytes(void **state)
{
	struct one o = one_fixture("criu/unknown.img");

	(void)state;
	assert_int_equal(problems_of(o.m, "magic"), 1);
	assert_string_equal(one_value(&o, SELF, "kind"), "unknown");
	assert_int_equal(one_field(&o, SELF, "magic")->u, 0x12345678);
	assert_int_equal(one_field(&o, SELF, "bytes")->span.offset, 8);
	assert_int_equal(one_covered(&o), node_span((struct node){ o.m->root, SELF }).length);
	one_close(&o);
}

/* ---- archives ---- */

static size_t make_tar(uint8_t *to, size_t room, bool gzip)
{
	struct archive *w = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t used = 0;

	if (gzip)
		archive_write_add_filter_gzip(w);
	archive_write_set_format_gnutar(w);
	archive_write_open_memory(w, to, room, &used);
	archive_entry_set_pathname(e, "./a\x1b[1mfile");
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0640);
	archive_entry_set_size(e, 5);
	archive_entry_set_mtime(e, 86400, 0);
	archive_write_header(w, e);
	archive_write_data(w, "hello", 5);
	archive_entry_clear(e);
	archive_entry_set_pathname(e, "./link");
	archive_entry_set_filetype(e, AE_IFLNK);
	archive_entry_set_symlink(e, "afile");
	archive_entry_set_perm(e, 0777);
	archive_write_header(w, e);
	archive_write_close(w);
	archive_write_free(w);
	archive_entry_free(e);
	return used;
}

static void archives_are_listed(void **state)
{
	static uint8_t bytes[65536];

	(void)state;
	for (int gzip = 0; gzip < 2; gzip++) {
		size_t n = make_tar(bytes, sizeof(bytes), gzip);
		struct one o = one_open("tmpfs-dev-43.tar.gz.img", bytes, n);

		assert_true(n > 0);
		check_whole(&o);
		assert_int_equal(one_field(&o, SELF, "bytes")->span.length, n);
		assert_string_equal(one_value(&o, SELF, "contents/member[0]"),
				    "-rw-r-----  0/0 5 1970-01-02 00:00:00 ./a\\x1b[1mfile");
		assert_non_null(
			strstr(one_value(&o, SELF, "contents/member[1]"), "./link -> afile"));
		assert_null(one_field(&o, SELF, "contents/member[2]"));
		assert_non_null(strstr(one_json(&o, SELF), "\"target\": \"afile\""));
		one_close(&o);
		/* Cut: what could be read, and that it ended early. */
		o = one_open("tmpfs-dev-43.tar.gz.img", bytes, gzip ? n / 2 : 600);
		assert_non_null(one_field(&o, SELF, "contents/end"));
		one_close(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_dumps_read_as_ip_lists_them),
		cmocka_unit_test(conntrack_is_not_aligned),
		cmocka_unit_test(next_hops_are_groups),
		cmocka_unit_test(attributes_that_lie_are_noted),
		cmocka_unit_test(text_is_lines),
		cmocka_unit_test(pages_are_counted),
		cmocka_unit_test(unknown_files_are_text_or_bytes),
		cmocka_unit_test(an_image_of_tomorrow_keeps_its_bytes),
		cmocka_unit_test(archives_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
