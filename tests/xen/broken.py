#!/usr/bin/env python3
"""Real Xen streams, each broken in one place: check names the rule, the layer and the offset. Records are read here,
so where the damage lies is known from what was done; the streams it is done to are clean."""
import atexit
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
PV, HVM, MANY = ("tests/real/xen/%s.libxc" % n for n in ("pv-mini", "hvm-mini", "checkpoints"))
HEADER = 40
END, PAGE_DATA, PV_INFO, P2M, BASIC, EXTENDED, XSAVE, SHARED, TSC, CONTEXT, PARAMS = range(11)
TOOLSTACK, VERIFY, CHECKPOINT, STATIC_END, CPUID, MSR = 11, 13, 14, 16, 17, 18
work = tempfile.mkdtemp(prefix="broken.")
atexit.register(shutil.rmtree, work, True)
cases, failures = [], 0


class Stream:
	"""A header, and records [type, body]; padding is made anew."""

	def __init__(self, path):
		with open(path, "rb") as f:
			b = f.read()
		self.head, self.records, at = bytearray(b[:HEADER]), [], HEADER
		while at < len(b):
			kind, n = struct.unpack_from("<II", b, at)
			self.records.append([kind, bytearray(b[at + 8:at + 8 + n])])
			at += 8 + (n + 7) // 8 * 8

	def find(self, kind, nth=0):
		return [n for n, r in enumerate(self.records) if r[0] == kind][nth]

	def body(self, kind):
		return self.records[self.find(kind)][1]

	def at(self, n):
		"""Offset of record n."""
		return HEADER + sum(8 + (len(r[1]) + 7) // 8 * 8 for r in self.records[:n])

	def of(self, kind, nth=0):
		return self.at(self.find(kind, nth))

	def drop(self, kind):
		del self.records[self.find(kind)]

	def put(self, n, kind, body=b""):
		self.records.insert(n, [kind, bytearray(body)])
		return self.at(n)

	def bytes(self):
		out = bytearray(self.head)
		for kind, body in self.records:
			out += struct.pack("<II", kind, len(body)) + body + bytes(-len(body) % 8)
		return out


def case(source=PV):
	def take(f):
		cases.append((f.__name__.replace("_", "-"), source, f))
		return f
	return take


# Each returns the rule and where it should be found; and the bytes, if they are no longer what bytes() makes.

@case()
def id_of_the_format(s):
	s.head[8] ^= 1
	return "libxc-header", 8

@case()
def version(s):
	struct.pack_into(">I", s.head, 12, 4)
	return "libxc-header", 12

@case()
def options(s):
	struct.pack_into(">H", s.head, 16, 4)
	return "libxc-header", 16

@case()
def reserved_in_the_header(s):
	s.head[20] = 1
	return "reserved", 20

@case()
def type_of_domain(s):
	struct.pack_into("<I", s.head, 24, 3)
	return "domain-type", 24

@case()
def size_of_pages(s):
	struct.pack_into("<H", s.head, 28, 16)
	return "page-shift", 28

@case()
def cut_header(s):
	return "header-cut", 0, s.bytes()[:30]

@case()
def cut_body(s):
	return "record-length", s.of(SHARED), s.bytes()[:s.of(SHARED) + 100]

@case()
def cut_head_of_a_record(s):
	return "cut-header", s.of(TSC), s.bytes()[:s.of(TSC) + 5]

@case()
def no_end(s):
	s.drop(END)
	return "no-end", len(s.bytes())

@case()
def length_beyond_the_file(s):
	b = s.bytes()
	struct.pack_into("<I", b, s.of(TSC) + 4, 1 << 20)
	return "record-length", s.of(TSC), b

@case()
def unknown_record(s):
	return "unknown-record", s.put(3, 0x55, bytes(8))

@case()
def unknown_optional_record(s):
	return "unknown-record", s.put(3, 0x80000055, bytes(8))

@case()
def forbidden_record(s):
	return "forbidden-record", s.put(6, TOOLSTACK, bytes(8))

@case()
def record_of_the_other_kind(s):
	return "guest-kind", s.put(6, PARAMS, bytes(8))

@case(HVM)
def record_of_a_pv_guest(s):
	return "guest-kind", s.put(4, SHARED, bytes(4096))

@case()
def body_where_none_should_be(s):
	s.body(STATIC_END).extend(bytes(8))
	return "not-empty", s.of(STATIC_END)

@case()
def padding(s):
	s.records[s.find(XSAVE)][1].extend(b"\0")
	b = s.bytes()
	at = s.of(XSAVE) + 8 + len(s.body(XSAVE))
	b[at] = 1
	return "padding", at, b

@case()
def static_data_twice(s):
	n = s.find(STATIC_END) + 1
	return "order", s.put(n, STATIC_END)

@case()
def static_data_gone(s):
	s.drop(STATIC_END)
	return "order", s.of(P2M)

@case()
def pv_info_twice(s):
	return "order", s.put(1, PV_INFO, s.body(PV_INFO))

@case()
def pv_info_gone(s):
	s.drop(PV_INFO)
	return "order", s.of(P2M)

@case()
def width_of_words(s):
	s.body(PV_INFO)[0] = 5
	return "pv-info", s.of(PV_INFO) + 8

@case()
def policy_too_late(s):
	record = s.records.pop(s.find(MSR))
	return "order", s.put(s.find(STATIC_END) + 1, *record)

@case()
def no_pages(s):
	struct.pack_into("<I", s.body(PAGE_DATA), 0, 0)
	return "page-count", s.of(PAGE_DATA) + 8

@case()
def more_pages_than_fit(s):
	struct.pack_into("<I", s.body(PAGE_DATA), 0, 1 << 20)
	return "page-count", s.of(PAGE_DATA) + 8

@case()
def a_page_short(s):
	del s.body(PAGE_DATA)[-4096:]
	return "page-size", s.of(PAGE_DATA) + 8

@case()
def type_that_there_is_not(s):
	pfn = struct.unpack_from("<Q", s.body(PAGE_DATA), 8)[0]
	struct.pack_into("<Q", s.body(PAGE_DATA), 8, pfn | 5 << 60)
	return "page-type", s.of(PAGE_DATA) + 16

@case()
def reserved_in_an_entry(s):
	s.body(PAGE_DATA)[8 + 8 * 2 + 6] |= 0x10
	return "reserved", s.of(PAGE_DATA) + 8 + 8 + 8 * 2

@case()
def page_beyond_the_p2m(s):
	count = struct.unpack_from("<I", s.body(PAGE_DATA))[0]
	at = 8 + 8 * (count - 1)
	entry = struct.unpack_from("<Q", s.body(PAGE_DATA), at)[0]
	struct.pack_into("<Q", s.body(PAGE_DATA), at, (entry & ~((1 << 52) - 1)) | 0x5000)
	return "page-bound", s.of(PAGE_DATA) + 8 + at

@case()
def tsc_too_short(s):
	del s.body(TSC)[-8:]
	return "tsc-info", s.of(TSC) + 8

@case()
def shared_info_too_short(s):
	del s.body(SHARED)[-8:]
	return "shared-info", s.of(SHARED) + 8

@case()
def vcpu_too_short(s):
	del s.body(BASIC)[-8:]
	return "vcpu", s.of(BASIC) + 16

@case()
def vcpu_gone(s):
	s.drop(BASIC)
	return "vcpu", 0

@case()
def p2m_of_another_range(s):
	struct.pack_into("<I", s.body(P2M), 4, 0x1fff)
	return "p2m-frames", s.of(P2M) + 8

@case(HVM)
def params_more_than_there_are(s):
	struct.pack_into("<I", s.body(PARAMS), 0, 100)
	return "hvm-params", s.of(PARAMS) + 8

@case(HVM)
def context_without_header(s):
	struct.pack_into("<H", s.body(CONTEXT), 0, 2)
	return "hvm-context", s.of(CONTEXT) + 8

@case(HVM)
def context_without_end(s):
	del s.body(CONTEXT)[-8:]
	return "hvm-context", s.of(CONTEXT) + 8 + len(s.body(CONTEXT))

@case(HVM)
def policy_of_half_an_entry(s):
	del s.body(CPUID)[-8:]
	return "cpuid-policy", s.of(CPUID) + 8

@case(MANY)
def checkpoint_with_a_body(s):
	s.body(CHECKPOINT).extend(bytes(8))
	return "not-empty", s.of(CHECKPOINT)


def check(path):
	p = subprocess.run([PROGRAM, "check", "--json", "--severity", "warning", path], capture_output=True, timeout=60)
	return p.returncode, [json.loads(line) for line in p.stdout.splitlines()]


def complain(text, found):
	global failures
	failures += 1
	print("FAIL", text)
	for p in found[:8]:
		print("\t", p["rule"], p["path"], hex(p["offset"]), p["text"])


for source in (PV, HVM, MANY):
	status, found = check(source)
	if status:
		complain(source + " is intact", found)
	with open(source, "rb") as f:
		if Stream(source).bytes() != f.read():
			complain(source + " is not put together again", [])
for name, source, change in cases:
	s = Stream(source)
	rule, at, *raw = change(s)
	path = os.path.join(work, name + ".libxc")
	with open(path, "wb") as f:
		f.write(raw[0] if raw else s.bytes())
	status, found = check(path)
	if status != 1 or not any((p["rule"], p["offset"]) == (rule, at) and p["path"].startswith("libxc") for p in found):
		complain("%s: %s at %#x, exit %d" % (name, rule, at, status), found)
print("%d streams broken, %d not told" % (len(cases), failures))
sys.exit(failures != 0)
