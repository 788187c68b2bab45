#!/usr/bin/env python3
"""Real sets, each broken in one place: check names the rule, the file and the offset. Where the damage lies is
computed from what was done, never read from what check says; and the sets it is done to are clean.

timeout: 300"""
import gzip
import struct
import sys
import tarfile
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/criu")
import _broken
from _broken import *

TREE, NS, ZOMBIE = "tests/real/tree", "tests/real/ns-tree", "tests/real/zombie"
ROOT, CHILD, THREADED, THREAD = 3375, 3382, 3383, 3385
CORE, MM, IDS, FS = ("%s-%d.img" % (w, ROOT) for w in ("core", "mm", "ids", "fs"))
MAP = "pagemap-%d.img" % ROOT
FILE_TYPES = {"REG": 1, "PIPE": 2, "INETSK": 4, "EVENTFD": 6}
PARENT, PRESENT = 1, 4
found = []


def case(source=TREE):
	def take(f):
		found.append((f.__name__.replace("_", " "), source, f))
		return f
	return take


# ---- images by themselves ----

@case()
def magic_of_another(s):
	s.write(FS, s.bytes(FS)[:4] + s.bytes(IDS)[4:8] + s.bytes(FS)[8:])
	return "magic", FS, 4

@case()
def lead_of_another(s):
	s.write(FS, struct.pack("<I", 0x55105940) + s.bytes(FS)[4:])
	return "lead-magic", FS, 0

@case()
def swapped_files(s):
	a, b = s.bytes(FS), s.bytes(IDS)
	s.write(FS, b)
	s.write(IDS, a)
	return "magic", IDS, 4

@case()
def cut_header(s):
	s.cut(FS, 6)
	return "truncated-header", FS, 0

@case()
def cut_record(s):
	s.cut(MM, s.size(MM) - 10)
	return "record-length", MM, 8

@case()
def length_beyond_the_file(s):
	at = s.offset("files.img", 5)
	b = s.bytes("files.img")
	s.write("files.img", b[:at] + struct.pack("<I", 1 << 30) + b[at + 4:])
	return "record-length", "files.img", at

@case()
def unread_tail_of_an_array(s):
	return "record-length", "pstree.img", s.append("pstree.img", b"\1\2")

@case()
def two_records_in_a_single(s):
	return "extra-record", IDS, s.append(IDS, s.bytes(IDS)[8:])

@case()
def unread_tail_of_a_single(s):
	return "record-length", FS, s.append(FS, b"abc")

@case()
def no_record(s):
	s.cut(FS, 8)
	return "no-record", FS, 8

@case()
def no_field(s):
	b = bytearray(s.bytes(FS))
	b[12] |= 7
	s.write(FS, bytes(b))
	return "message", FS, 12

@case()
def required_field_gone(s):
	s.edit(FS, 0, (2, 0), None)
	return "missing-field", FS, 12

@case()
def other_wire_type(s):
	return "wire-type", FS, s.edit(FS, 0, (3, 0), [[3, 5, b"\x12\0\0\0"]])

@case()
def pipe_content_cut(s):
	rows = s.records("pipes-data.img")
	row = [n for n, r in enumerate(rows) if r[2]][-1]
	at, msg, more = rows[row]
	s.cut("pipes-data.img", at + 4 + len(msg) + len(more) - 1)
	return "extra-length", "pipes-data.img", at + 4 + len(msg)

@case()
def tcp_queue_cut(s):
	name = "tcp-stream-4740b.img"
	at, msg, more = s.records(name)[0]
	s.cut(name, s.size(name) - 1)
	return "extra-length", name, at + 4 + len(msg)

@case(NS)
def netlink_message_too_long(s):
	b = s.bytes("route-10.img")
	s.write("route-10.img", b[:4] + struct.pack("<I", 1 << 20) + b[8:])
	return "netlink-length", "route-10.img", 4


# ---- files that should be there ----

def entry(s, pid):
	return s.offset("pstree.img", s.row("pstree.img", (1, 0), pid))

@case()
def no_inventory(s):
	s.drop("inventory.img")
	return "missing-image", "set", 0

@case()
def no_pstree(s):
	s.drop("pstree.img")
	return "missing-image", "set", 0

@case()
def no_core(s):
	s.drop("core-%d.img" % CHILD)
	return "missing-image", "pstree.img", entry(s, CHILD)

@case()
def no_core_of_a_thread(s):
	s.drop("core-%d.img" % THREAD)
	row = s.row("pstree.img", (1, 0), THREADED)
	nth = [v for n, _, v in parse(s.records("pstree.img")[row][1]) if n == 5].index(THREAD)
	return "missing-image", "pstree.img", s.where("pstree.img", row, (5, nth))

@case()
def no_mm(s):
	s.drop("mm-%d.img" % CHILD)
	return "missing-image", "pstree.img", entry(s, CHILD)

@case()
def no_fs(s):
	s.drop("fs-%d.img" % CHILD)
	return "missing-image", "pstree.img", entry(s, CHILD)

@case()
def no_ids(s):
	s.drop("ids-%d.img" % CHILD)
	return "missing-image", "pstree.img", entry(s, CHILD)

@case()
def no_pagemap(s):
	s.drop("pagemap-%d.img" % CHILD)
	return "missing-image", "pstree.img", entry(s, CHILD)

@case(ZOMBIE)
def no_core_of_a_zombie(s):
	row = [n for n, r in enumerate(s.records("pstree.img"))
	       if get(s.records("core-%d.img" % get(r[1], (1, 0)))[0][1], (3, 0), (1, 0)) == 2][0]
	s.drop("core-%d.img" % s.get("pstree.img", row, (1, 0)))
	return "missing-image", "pstree.img", s.offset("pstree.img", row)

@case(NS)
def no_uts_namespace(s):
	s.drop("utsns-12.img")
	return "dangling-id", "ids-1.img", s.where("ids-1.img", 0, (8, 0))

@case(NS)
def no_mounts(s):
	s.drop("mountpoints-13.img")
	return "dangling-id", "ids-1.img", s.where("ids-1.img", 0, (9, 0))

@case(NS)
def no_ipc_namespace(s):
	for word in ("var", "shm", "msg", "sem"):
		s.drop("ipcns-%s-11.img" % word)
	return "dangling-id", "ids-1.img", s.where("ids-1.img", 0, (7, 0))


# ---- the tree of processes ----

@case()
def ring_of_parents(s):
	s.edit("pstree.img", s.row("pstree.img", (1, 0), 3387), (2, 0), 3388)
	return "pstree-ring", "pstree.img", entry(s, 3387)

@case()
def two_roots(s):
	return "pstree-root", "pstree.img", s.edit("pstree.img", s.row("pstree.img", (1, 0), 3388), (2, 0), 0)

@case()
def parent_is_nobody(s):
	return "dangling-id", "pstree.img", s.edit("pstree.img", s.row("pstree.img", (1, 0), 3388), (2, 0), 77)

@case()
def process_twice(s):
	return "duplicate-pid", "pstree.img", s.append("pstree.img", s.bytes("pstree.img")[entry(s, 3388):])

@case()
def thread_twice(s):
	row = s.row("pstree.img", (1, 0), CHILD)
	old = s.get("pstree.img", row, (5, 0))
	s.edit("pstree.img", row, (5, 0), [[5, 0, old], [5, 0, THREADED]])
	row = s.row("pstree.img", (1, 0), THREADED)
	return "duplicate-pid", "pstree.img", s.where("pstree.img", row, (5, 0))

@case()
def not_its_own_thread(s):
	row = s.row("pstree.img", (1, 0), THREADED)
	s.edit("pstree.img", row, (5, 0), None)
	return "pstree-threads", "pstree.img", entry(s, THREADED)

@case()
def process_lost_from_the_tree(s):
	s.remove("pstree.img", s.row("pstree.img", (1, 0), 3388))
	return "stray-image", "core-3388.img", 0

@case()
def registers_gone(s):
	name = "core-%d.img" % THREAD
	s.edit(name, 0, (2, 0), None)
	return "core", name, s.where(name, 0, (1, 0))

@case()
def shared_memory_map(s):
	return "duplicate-id", "ids-%d.img" % CHILD, s.edit("ids-%d.img" % CHILD, 0, (1, 0), s.get(IDS, 0, (1, 0)))


# ---- impossible values ----

@case()
def state_that_there_is_not(s):
	return "impossible-value", CORE, s.edit(CORE, 0, (3, 0), (1, 0), 7)

@case()
def machine_that_there_is_not(s):
	return "impossible-value", CORE, s.edit(CORE, 0, (1, 0), 99)

@case()
def nice_beyond(s):
	return "impossible-value", CORE, s.edit(CORE, 0, (5, 0), (3, 0), 2 * 25)

@case()
def kill_is_blocked(s):
	mask = s.get(CORE, 0, (3, 0), (5, 0))
	return "impossible-value", CORE, s.edit(CORE, 0, (3, 0), (5, 0), mask | 1 << 8)

@case()
def limit_above_its_maximum(s):
	s.edit(CORE, 0, (3, 0), (8, 0), (1, 0), (2, 0), 1)
	return "rlimit", CORE, s.edit(CORE, 0, (3, 0), (8, 0), (1, 0), (1, 0), 2)

@case()
def an_action_too_few(s):
	s.edit(CORE, 0, (3, 0), (15, 0), None)
	return "count", CORE, s.where(CORE, 0, (3, 0), (15, 60))

@case()
def vectors_too_few(s):
	s.edit(CORE, 0, (2, 0), (3, 0), (10, 0), None)
	return "count", CORE, s.where(CORE, 0, (2, 0), (3, 0), (10, 62))

@case()
def siginfo_cut(s):
	for name in (n for n in sorted(os.listdir(s.path)) if n.startswith("core-")):
		for steps in (((3, 0), (10, 0), (1, 0), (1, 0)), ((5, 0), (9, 0), (1, 0), (1, 0))):
			try:
				old = s.get(name, 0, *steps)
			except IndexError:
				continue
			return "siginfo", name, s.edit(name, 0, *steps, old[:-1])

@case()
def port_beyond(s):
	row = s.row("files.img", (1, 0), FILE_TYPES["INETSK"])
	number = next(n for n, kind, _ in parse(s.records("files.img")[row][1]) if kind == 2)
	return "impossible-value", "files.img", s.edit("files.img", row, (number, 0), (7, 0), 70000)

@case()
def umask_beyond(s):
	return "impossible-value", FS, s.edit(FS, 0, (3, 0), 0o10022)

@case()
def size_of_a_pipe(s):
	row = [n for n, r in enumerate(s.records("pipes-data.img")) if r[2]][0]
	size = len(s.records("pipes-data.img")[row][2])
	s.edit("pipes-data.img", row, (3, 0), size - 1)
	return "pipe-size", "pipes-data.img", s.where("pipes-data.img", row, (2, 0))

@case()
def version_of_images(s):
	return "impossible-value", "inventory.img", s.edit("inventory.img", 0, (1, 0), 9)

@case()
def more_unsent_than_queued(s):
	name = "tcp-stream-4740b.img"
	return "tcp-queue", name, s.edit(name, 0, (12, 0), s.get(name, 0, (3, 0)) + 1)


# ---- files ----

@case()
def descriptor_twice(s):
	return "duplicate-id", "fdinfo-2.img", s.append("fdinfo-2.img", s.bytes("fdinfo-2.img")[s.records("fdinfo-2.img")[-1][0]:])

@case()
def file_twice(s):
	return "duplicate-id", "files.img", s.append("files.img", s.bytes("files.img")[s.records("files.img")[-1][0]:])

@case()
def file_gone(s):
	row = s.row("files.img", (1, 0), FILE_TYPES["EVENTFD"])
	number = s.get("files.img", row, (2, 0))
	s.remove("files.img", row)
	return "dangling-id", "fdinfo-2.img", s.where("fdinfo-2.img", s.row("fdinfo-2.img", (1, 0), number), (1, 0))

@case()
def descriptor_gone(s):
	row = s.row("files.img", (1, 0), FILE_TYPES["EVENTFD"])
	for name in (n for n in os.listdir(s.path) if n.startswith("fdinfo-")):
		kept = [r for r in s.records(name) if get(r[1], (1, 0)) != s.get("files.img", row, (2, 0))]
		s.put(name, kept)
	return "unused-file", "files.img", s.offset("files.img", row)

@case()
def type_of_file_unknown(s):
	row = s.row("files.img", (1, 0), FILE_TYPES["EVENTFD"])
	s.edit("files.img", row, (1, 0), 99)
	return "unknown-type", "files.img", s.offset("files.img", row)

@case()
def type_of_file_another(s):
	row = s.row("files.img", (1, 0), FILE_TYPES["EVENTFD"])
	s.edit("files.img", row, (1, 0), FILE_TYPES["PIPE"])
	return "file-type", "files.img", s.offset("files.img", row)

@case()
def file_calls_itself_otherwise(s):
	row = s.row("files.img", (1, 0), FILE_TYPES["EVENTFD"])
	number = next(n for n, kind, _ in parse(s.records("files.img")[row][1]) if kind == 2)
	s.edit("files.img", row, (number, 0), (1, 0), 4321)
	return "file-id", "files.img", s.offset("files.img", row)

@case()
def executable_is_no_file(s):
	return "dangling-id", MM, s.edit(MM, 0, (12, 0), 4321)

@case()
def folder_is_no_file(s):
	return "dangling-id", FS, s.edit(FS, 0, (1, 0), 4321)

@case()
def ghost_gone(s):
	s.drop("ghost-file-2.img")
	row = s.row("remap-fpath.img", (2, 0), 2)
	return "dangling-id", "remap-fpath.img", s.where("remap-fpath.img", row, (2, 0))

@case()
def ghost_of_nobody(s):
	s.remove("remap-fpath.img", s.row("remap-fpath.img", (2, 0), 2))
	return "stray-image", "ghost-file-2.img", 0

@case()
def filter_of_half_an_instruction(s):
	program = s.get("seccomp.img", 0, (1, 0), (1, 0))
	return "seccomp-filter", "seccomp.img", s.edit("seccomp.img", 0, (1, 0), (1, 0), program[:-4])

@case()
def filter_after_itself(s):
	"""A second one, whose next is itself; the first is sound."""
	sound = s.get("seccomp.img", 0, (1, 0))
	ring = [(1, 2, s.get("seccomp.img", 0, (1, 0), (1, 0))), (2, 0, 1)]
	s.edit("seccomp.img", 0, (1, 0), [(1, 2, sound), (1, 2, b"".join(map(encode, ring)))])
	return "seccomp-ring", "seccomp.img", s.where("seccomp.img", 0, (1, 1))

@case()
def filters_gone(s):
	s.drop("seccomp.img")
	for name in (n for n in sorted(os.listdir(s.path)) if n.startswith("core-")):
		try:
			if s.get(name, 0, (5, 0), (11, 0)) == 2:
				return "dangling-id", name, s.where(name, 0, (5, 0), (12, 0))
		except IndexError:
			pass

@case(NS)
def mount_twice(s):
	name = "mountpoints-13.img"
	return "duplicate-id", name, s.append(name, s.bytes(name)[s.records(name)[-1][0]:])


# ---- regions ----

def vma(s, test):
	"""Which of the root's VMAs."""
	vmas = [v for n, _, v in parse(s.records(MM)[0][1]) if n == 14]
	return [n for n, v in enumerate(vmas) if test(*(get(v, (f, 0)) for f in (1, 2, 7)))][0]

@case()
def region_ends_before_it_starts(s):
	s.edit(MM, 0, (14, 2), (2, 0), s.get(MM, 0, (14, 2), (1, 0)) - 4096)
	return "vma-range", MM, s.where(MM, 0, (14, 2))

@case()
def region_not_of_whole_pages(s):
	return "vma-range", MM, s.edit(MM, 0, (14, 0), (1, 0), s.get(MM, 0, (14, 0), (1, 0)) + 1)

@case()
def regions_overlap(s):
	s.edit(MM, 0, (14, 1), (1, 0), s.get(MM, 0, (14, 0), (2, 0)) - 4096)
	return "vma-order", MM, s.where(MM, 0, (14, 1))

@case()
def region_where_none_can_be(s):
	n = vma(s, lambda start, end, status: status & 4)
	s.edit(MM, 0, (14, n), (7, 0), 0x201)
	return "vma-range", MM, s.where(MM, 0, (14, n), (2, 0))

@case()
def protection_that_there_is_not(s):
	return "impossible-value", MM, s.edit(MM, 0, (14, 0), (5, 0), 0x100)

@case()
def shared_and_private(s):
	n = vma(s, lambda start, end, status: status & 0x200 and not status & 4)
	return "vma-flags", MM, s.edit(MM, 0, (14, n), (6, 0), 0x21)

@case()
def heap_ends_before_it_starts(s):
	return "mm-order", MM, s.edit(MM, 0, (7, 0), s.get(MM, 0, (6, 0)) - 4096)

@case()
def mapped_file_gone(s):
	n = vma(s, lambda start, end, status: status & 0x40 and not status & 0x4000)
	return "dangling-id", MM, s.edit(MM, 0, (14, n), (4, 0), 4321)


# ---- pagemaps ----

def pages_of(s):
	return "pages-%d.img" % s.get(MAP, 0, (1, 0))

def present(s):
	return [n for n, r in enumerate(s.records(MAP)) if n and get(r[1], (4, 0)) & PRESENT]

@case()
def no_pages_file(s):
	s.drop(pages_of(s))
	return "missing-pages", MAP, s.where(MAP, 0, (1, 0))

@case()
def pages_beyond_the_file(s):
	left = s.size(pages_of(s)) // 8192 * 4096
	s.cut(pages_of(s), left)
	for n in present(s):
		left -= 4096 * s.get(MAP, n, (5, 0))
		if left < 0:
			return "pages-short", MAP, s.offset(MAP, n)

@case()
def pages_that_nobody_reads(s):
	return "pages-size", pages_of(s), s.append(pages_of(s), bytes(4096))

@case()
def two_pagemaps_of_one_file(s):
	name = "pagemap-%d.img" % CHILD
	return "shared-pages", name, s.edit(name, 0, (1, 0), s.get(MAP, 0, (1, 0)))

@case()
def entries_overlap(s):
	s.edit(MAP, 3, (1, 0), s.get(MAP, 2, (1, 0)))
	return "pagemap-order", MAP, s.offset(MAP, 3)

@case()
def entry_beyond_64_bits(s):
	row = len(s.records(MAP)) - 1
	s.edit(MAP, row, (1, 0), (1 << 64) - 4096)
	s.edit(MAP, row, (5, 0), 2)
	return "pagemap-range", MAP, s.offset(MAP, row)

@case()
def entry_not_of_whole_pages(s):
	s.edit(MAP, 2, (1, 0), s.get(MAP, 2, (1, 0)) + 8)
	return "pagemap-entry", MAP, s.offset(MAP, 2)

@case()
def entry_of_no_page(s):
	s.edit(MAP, 2, (5, 0), 0)
	return "pagemap-entry", MAP, s.offset(MAP, 2)

@case()
def entry_that_says_nothing(s):
	s.edit(MAP, 2, (4, 0), 0)
	return "pagemap-entry", MAP, s.offset(MAP, 2)

@case()
def entry_here_and_in_the_parent(s):
	s.edit(MAP, 2, (4, 0), PRESENT | PARENT)
	return "pagemap-entry", MAP, s.offset(MAP, 2)

@case()
def pages_in_no_region(s):
	vmas = [(get(v, (1, 0)), get(v, (2, 0))) for n, _, v in parse(s.records(MM)[0][1]) if n == 14]
	last = len(s.records(MAP)) - 1
	end = max(e for _, e in vmas if e < 1 << 48)
	s.edit(MAP, last, (1, 0), end)
	return "pagemap-vma", MAP, s.offset(MAP, last)

@case()
def pages_of_another_process(s):
	s.write(MAP, s.bytes("pagemap-%d.img" % THREADED))
	vmas = [(get(v, (1, 0)), get(v, (2, 0))) for n, _, v in parse(s.records(MM)[0][1]) if n == 14]
	for n, (at, msg, _) in enumerate(s.records(MAP)):
		if n and not any(a <= get(msg, (1, 0)) < b for a, b in vmas):
			return "pagemap-vma", MAP, at

@case()
def vdso_without_pages(s):
	n = vma(s, lambda start, end, status: status & 8)
	start, end = (s.get(MM, 0, (14, n), (f, 0)) for f in (1, 2))
	records = s.records(MAP)
	s.put(MAP, [r for i, r in enumerate(records) if not i or not start <= get(r[1], (1, 0)) < end])
	return "vma-pages", MM, s.where(MM, 0, (14, n))


# ---- parents ----

def to_parent(s):
	"""All of the root's pages are one snapshot back."""
	for n in present(s):
		s.edit(MAP, n, (4, 0), PARENT)
	s.write(pages_of(s), b"")

@case()
def no_parent(s):
	to_parent(s)
	return "missing-parent", MAP, s.offset(MAP, present_before[0])

@case()
def parent_gone(s):
	os.symlink("../nothing", s.file("parent"))
	return "missing-parent", "set", 0

@case()
def parent_of_itself(s):
	os.symlink(".", s.file("parent"))
	return "parent-cycle", "set", 0

def older(s):
	to_parent(s)
	os.symlink("../older", s.file("parent"))
	return Set(TREE, "older", os.path.dirname(s.path))

@case()
def parent_without_the_pagemap(s):
	older(s).drop(MAP)
	return "missing-parent", MAP, s.offset(MAP, present_before[0])

@case()
def parent_without_a_page(s):
	old = older(s)
	at = s.offset(MAP, present_before[3])
	old.remove(MAP, present_before[3])
	return "parent-pages", MAP, at

@case()
def parent_of_later(s):
	old = older(s)
	for snapshot, uptime in ((s, 10880000), (old, 10880001)):
		snapshot.edit("inventory.img", 0, (1, 0), [[1, 0, 2], [8, 0, uptime]])
	return "parent-time", "inventory.img", s.where("inventory.img", 0, (8, 0))


# ---- archives ----

PIECE = 65536  # packed archives are unpacked in pieces of this size: where in one it breaks is not told

def block(b, name):
	"""Where the header of a member of a tar is."""
	return next(at for at in range(0, len(b), 512) if b[at:].startswith(name.encode() + b"\0"))


def tarred(s, change=None, suffix=""):
	"""The set as a container's checkpoint; `change` is done to its bytes and says what is told, and where."""
	plain, out = os.path.join(work, "plain.tar"), os.path.dirname(s.path) + ".tar" + suffix
	with tarfile.open(plain, "w", format=tarfile.USTAR_FORMAT) as t:
		t.add(s.path, "checkpoint")
	with open(plain, "rb") as f:
		b = bytearray(f.read())
	told = change(b) if change else None
	if suffix:
		b = gzip.compress(bytes(b), mtime=0)[:-1000]
	with open(out, "wb") as f:
		f.write(b)
	return out, told


def checksum(b, at):
	b[at + 148:at + 156] = b" " * 8
	b[at + 148:at + 156] = b"%06o\0 " % sum(b[at:at + 512])


def archive(name, change, suffix="", inner=None):
	s = Set(TREE, name.replace(" ", "-"))
	told = inner(s) if inner else None
	path, outer = tarred(s, change, suffix)
	rule, file, at = outer or (told[0], "checkpoint/" + told[1], told[2])
	if suffix:
		with open(path, "rb") as f:
			at = len(zlib.decompressobj(31).decompress(f.read())) // PIECE * PIECE
	expect(name, path, rule, file or os.path.basename(path), at)


def bad_header(b):
	at = block(b, "checkpoint/fs-%d.img" % CHILD)
	b[at + 100] ^= 1
	return "tar-header", "", at


def cut_tar(b):
	at = block(b, "checkpoint/" + PAGES)
	del b[at + 512 + 4096:]
	return "tar-size", "", at


def no_end_of_tar(b):
	while not any(b[-512:]):
		del b[-512:]
	return "tar-end", "", len(b)


def name_that_leads_out(b):
	at = block(b, "checkpoint/stats-dump")
	b[at:at + 100] = b"../../stats-dump".ljust(100, b"\0")
	checksum(b, at)
	return "tar-name", "", at


def break_archives():
	archive("header of a member", bad_header)
	archive("tar that was cut", cut_tar)
	archive("tar without its end", no_end_of_tar)
	archive("name that leads out", name_that_leads_out)
	archive("packed tar that was cut", lambda b: ("unpack", "", 0), ".gz")
	archive("image in a tar", None, inner=no_field)
	archive("no pages in a tar", None, inner=no_pages_file)


for source in (TREE, "tests/real/tree-v3", NS, ZOMBIE, "tests/real/lazy"):
	if check(source) != (0, []):
		_broken.failures += 1
		print("FAIL %s is intact, says check: %s" % (source, check(source)))
whole = Set(TREE, "whole")
present_before = present(whole)
PAGES = pages_of(whole)
older(Set(TREE, "chain"))
if check(os.path.join(work, "chain", "set"))[0]:
	_broken.failures += 1
	print("FAIL a sound chain:", check(os.path.join(work, "chain", "set")))
for name, source, change in found:
	if len(sys.argv) > 1 and sys.argv[1] != name:
		continue
	s = Set(source, name.replace(" ", "-"))
	told = change(s)
	if told:
		expect(name, s.path, *told)
	else:
		_broken.failures += 1
		print("FAIL %s: nothing to break" % name)
break_archives()
print("%d sets broken, %d not told" % (_broken.cases, _broken.failures))
sys.exit(_broken.failures != 0)
