/* criu/extra: what follows messages, as fields with their bytes and as crit's JSON; and lengths
 * that lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include "one.h"

#define SELF NODE_SELF

/* The bytes that a field stands for are those of `text`. */
static void check_bytes(struct one *o, uint64_t row, const char *path, const char *text)
{
	struct field *f = one_field(o, row, path);

	if (!f)
		fail_msg("no field %s", path);
	assert_int_equal(f->span.length, strlen(text));
	assert_memory_equal(
		source_view(atomic_load(&o->m->root->source), f->span.offset, f->span.length).at,
		text, strlen(text));
}

static void check_sound(struct one *o)
{
	assert_int_equal(problems_count(o->m->problems), 0);
	assert_int_equal(one_covered(o), node_span((struct node){ o->m->root, SELF }).length);
}

static void pipes_hold_bytes(void **state)
{
	struct dir d = dir_make();
	struct msg m = { 0 };
	uint8_t file[100];
	size_t n;
	struct one o;

	(void)state;
	put_uint(put_uint(put_uint(&m, 1, 7), 2, 60), 3, 65536);
	image_add(&d, "pipes-data.img", &m);
	n = file_read(dir_path(&d, "pipes-data.img"), file, sizeof(file));
	dir_drop(&d);
	memset(file + n, 'a', 60);
	o = one_open("pipes-data.img", file, n + 60);
	check_sound(&o);
	assert_int_equal(one_field(&o, 0, "extra/data")->span.offset, n);
	assert_int_equal(one_field(&o, 0, "extra/data")->span.length, 60);
	/* crit's base64 has lines of 76 columns, each ended. */
	assert_string_equal(
		one_json(&o, 0),
		"{\"pipe_id\": 7, \"bytes\": 60, \"size\": 65536, \"extra\": "
		"\"YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\\n"
		"YWFh\\n\"}");
	one_close(&o);
	o = one_open("pipes-data.img", file, n + 59);
	assert_int_equal(problems_of(o.m, "extra-length"), 1);
	assert_int_equal(one_field(&o, 0, "extra/data")->span.length, 59);
	assert_int_equal(one_covered(&o), n + 59);
	one_close(&o);
}

static void queues_hold_packets(void **state)
{
	struct one o = one_fixture("criu/sk-queues.img");

	(void)state;
	check_sound(&o);
	assert_int_equal(item_rows(o.m->root), 3);
	check_bytes(&o, 0, "extra/data", "hello");
	assert_null(one_field(&o, 1, "extra"));
	check_bytes(&o, 2, "extra/data", "x");
	assert_string_equal(one_json(&o, 1), "{\"id_for\": 3, \"length\": 0, \"extra\": \"\"}");
	one_close(&o);
}

static void tcp_queues_know_what_was_sent(void **state)
{
	struct one o = one_fixture("criu/tcp-stream-1f.img");

	(void)state;
	check_sound(&o);
	check_bytes(&o, SELF, "extra/inq", "in!");
	check_bytes(&o, SELF, "extra/outq", "out12");
	check_bytes(&o, SELF, "extra/outq/sent", "out");
	check_bytes(&o, SELF, "extra/outq/unsent", "12");
	assert_non_null(strstr(one_json(&o, SELF), "\"extra\": {\"inq\": \"aW4h\\n\", "
						   "\"outq\": \"b3V0MTI=\\n\"}"));
	one_close(&o);
	/* Four gigabytes each, of which there are three bytes. */
	o = one_fixture("broken/tcp-stream-1.img");
	assert_int_equal(problems_of(o.m, "extra-length"), 1);
	check_bytes(&o, SELF, "extra/inq", "abc");
	assert_null(one_field(&o, SELF, "extra/outq"));
	one_close(&o);
}

static void segments_are_here_or_in_pagemaps(void **state)
{
	struct one o = one_fixture("criu/ipcns-shm-1.img");

	(void)state;
	check_sound(&o);
	assert_int_equal(item_rows(o.m->root), 3);
	assert_null(one_field(&o, 0, "extra"));
	check_bytes(&o, 1, "extra/content", "share");
	assert_int_equal(one_field(&o, 1, "extra/padding")->span.length, 3);
	assert_null(one_field(&o, 1, "extra/padding")->trouble);
	assert_null(one_field(&o, 2, "extra"));
	assert_int_equal(one_field(&o, 2, "desc/key")->u, 0x1236);
	/* Without the padding, as crit has it. */
	assert_non_null(strstr(one_json(&o, 1), "\"size\": 5, \"extra\": \"c2hhcmU=\\n\"}"));
	assert_non_null(strstr(one_json(&o, 2), "\"extra\": \"\"}"));
	one_close(&o);
}

static void semaphores_are_numbers(void **state)
{
	struct one o = one_fixture("criu/ipcns-sem-1.img");

	(void)state;
	check_sound(&o);
	assert_int_equal(one_field(&o, 0, "extra/value[2]")->u, 0xffff);
	assert_int_equal(one_field(&o, 0, "extra/padding")->span.length, 2);
	assert_int_equal(one_field(&o, 1, "extra/value[3]")->u, 40);
	assert_null(one_field(&o, 1, "extra/padding"));
	assert_non_null(strstr(one_json(&o, 0), "\"extra\": [1, 2, 65535]}"));
	one_close(&o);
	o = one_fixture("s390/ipcns-sem-1.img");
	check_sound(&o);
	assert_int_equal(one_field(&o, 0, "extra/value[1]")->u, 2);
	assert_non_null(strstr(one_json(&o, 0), "\"extra\": [1, 2, 3]}"));
	one_close(&o);
}

static void messages_are_padded(void **state)
{
	struct one o = one_fixture("criu/ipcns-msg-1.img");

	(void)state;
	check_sound(&o);
	assert_int_equal(item_rows(o.m->root), 2);
	assert_int_equal(one_field(&o, 0, "extra/msg[0]/ipc_msg/mtype")->u, 1);
	check_bytes(&o, 0, "extra/msg[0]/data", "12345678");
	assert_null(one_field(&o, 0, "extra/msg[0]/padding"));
	check_bytes(&o, 0, "extra/msg[1]/data", "abc");
	assert_int_equal(one_field(&o, 0, "extra/msg[1]/padding")->span.length, 5);
	assert_null(one_field(&o, 1, "extra"));
	assert_non_null(strstr(one_json(&o, 0),
			       "\"extra\": [{\"mtype\": 1, \"msize\": 8}, \"MTIzNDU2Nzg=\\n\", "
			       "{\"mtype\": 2, \"msize\": 3}, \"YWJj\\n\"]}"));
	assert_non_null(strstr(one_json(&o, 1), "\"extra\": []}"));
	one_close(&o);
	/* A thousand million of them, the first of four thousand million bytes. */
	o = one_fixture("broken/ipcns-msg-1.img");
	assert_int_equal(problems_of(o.m, "extra-length"), 1);
	check_bytes(&o, 0, "extra/msg[0]/data", "cut");
	assert_null(one_field(&o, 0, "extra/msg[1]"));
	one_close(&o);
}

static void maps_have_keys_then_values(void **state)
{
	struct one o = one_fixture("criu/bpfmap-data.img");

	(void)state;
	check_sound(&o);
	assert_int_equal(one_field(&o, 0, "extra/keys/key[1]")->bytes.at[0], 2);
	assert_int_equal(one_field(&o, 0, "extra/keys/key[1]")->span.length, 4);
	assert_int_equal(one_field(&o, 0, "extra/values/value[1]")->bytes.at[0], 0x22);
	assert_int_equal(one_field(&o, 0, "extra/values/value[1]")->span.length, 8);
	assert_null(one_field(&o, 1, "extra"));
	assert_non_null(
		strstr(one_json(&o, 0), "\"extra\": \"AQAAAAIAAAAREQAAAAAAACIiAAAAAAAA\\n\"}"));
	one_close(&o);
	/* Numbers of elements are bounded, bytes are not lost. */
	o = one_fixture("broken/bpfmap-data.img");
	assert_true(problems_of(o.m, "extra-length") >= 1);
	assert_int_equal(one_covered(&o), node_span((struct node){ o.m->root, SELF }).length);
	one_close(&o);
}

static void ghosts_have_chunks_or_content(void **state)
{
	struct one o = one_fixture("criu/ghost-file-1a.img");

	(void)state;
	check_sound(&o);
	assert_int_equal(item_rows(o.m->root), 3);
	assert_int_equal(one_field(&o, 0, "ino")->u, 4711);
	assert_null(one_field(&o, 0, "extra"));
	check_bytes(&o, 1, "extra/content", "begin\n");
	assert_int_equal(one_field(&o, 2, "off")->u, 12296);
	check_bytes(&o, 2, "extra/content", "end\n");
	/* The head of one in chunks has no payload, and no key for it. */
	assert_null(strstr(one_json(&o, 0), "extra"));
	assert_non_null(strstr(one_json(&o, 1), "\"extra\": \"YmVnaW4K\\n\""));
	one_close(&o);
	o = one_fixture("criu/ghost-file-1b.img");
	check_sound(&o);
	assert_int_equal(item_rows(o.m->root), 0);
	check_bytes(&o, SELF, "extra/content", "ghost\n");
	assert_non_null(strstr(one_json(&o, SELF), "\"extra\": \"Z2hvc3QK\\n\"}]}"));
	one_close(&o);
	o = one_fixture("criu/ghost-file-1c.img");
	check_sound(&o);
	assert_null(one_field(&o, SELF, "extra"));
	assert_non_null(strstr(one_json(&o, SELF), "\"extra\": \"\"}]}"));
	one_close(&o);
	o = one_fixture("broken/ghost-file-1.img");
	assert_int_equal(problems_of(o.m, "extra-length"), 1);
	check_bytes(&o, 1, "extra/content", "x");
	one_close(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipes_hold_bytes),
		cmocka_unit_test(queues_hold_packets),
		cmocka_unit_test(tcp_queues_know_what_was_sent),
		cmocka_unit_test(segments_are_here_or_in_pagemaps),
		cmocka_unit_test(semaphores_are_numbers),
		cmocka_unit_test(messages_are_padded),
		cmocka_unit_test(maps_have_keys_then_values),
		cmocka_unit_test(ghosts_have_chunks_or_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
