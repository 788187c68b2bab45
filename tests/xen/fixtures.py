#!/usr/bin/env python3
"""What is read of the streams in tests/fixtures/xen is what their texts say: pages by frame, by pass and by
snapshot, and by each address that their page tables map, or do not."""
import json
import os
import subprocess
import sys

CRYOSCOPE = os.environ["CRYOSCOPE"]
FOLDER = os.path.join(os.environ["FIXTURES"], "xen")
PAGE = 4096
bad = done = 0

# Of a fixture, #N a snapshot: a place and what its bytes begin with; None: nothing is there. Pages that are
# filled are given by their byte.
WANT = {
	"pv64.libxc": [
		("pfn:0x31", b"hello from the kernel\0"), ("pfn:0x18", None), ("pfn:0x21", 0xff), ("pfn:0x22", None),
		("pa:0x30008", (8).to_bytes(8, "little")), ("pa:0x30ff8", (4088).to_bytes(8, "little")),
		("va:0xffffffff80000010@vcpu0", (16).to_bytes(8, "little")),
		("va:0xffffffff80001006@vcpu0", b"from the kernel\0"), ("va:0xffffffff80002000@vcpu0", None),
		("va:0xffffffff80003008@vcpu0", (0x8000000000031063).to_bytes(8, "little")),
		("va:0xffffffff80200000@vcpu0", None), ("va:0xffffffff80400000@vcpu0", None),
		("va:0x1000@vcpu0", None), ("va:0x1000@vcpu0u", b"hello from user space\0"),
		("va:0x1000@vcpu1u", b"hello from user space\0"),
		# vCPU 1 stands in user space: its own root is the user's.
		("va:0x1000@vcpu1", b"hello from user space\0"), ("reg:rip@vcpu1", b"hello from user space\0"),
		("va:0x1000@vcpu1k", None), ("va:0xffffffff80001000@vcpu1", None),
		("va:0xffffffff80001006@vcpu1k", b"from the kernel\0"),
		("va:0xffffffff80001006@vcpu0k", b"from the kernel\0"), ("reg:rip@vcpu1k", None),
		("va:0x1000@root:0x14", b"hello from user space\0"), ("va:0x1000@root:0x10", None),
	],
	"pv32.libxc": [
		("va:0xc0000000@vcpu0", b"kernel of 32 bits\0"), ("va:0x1000@vcpu0", b"user of 32 bits\0"),
		("va:0x2000@vcpu0", None), ("va:0x40000000@vcpu0", None),
		("pfn:0x123456", (0x12001).to_bytes(8, "little")),
	],
	"v2-pv.libxc": [("pfn:0", 0x10), ("pfn:1", 0xff), ("pfn:2", None), ("pfn:3", 0x13)],
	"v2-hvm.libxc": [("pfn:0", 0x10), ("pfn:0xfefff", 0x11), ("va:0xfefff000@vcpu0", 0x11), ("pfn:1", None)],
	"live.libxc": [
		("pfn:0", 0x10), ("pfn:1", 0x31), ("pfn:2", None), ("pfn:3", 0x23), ("pfn:4", 0x34),
		("pfn:0@pass:1", 0x10), ("pfn:1@pass:1", 0x11), ("pfn:2@pass:1", 0x12), ("pfn:3@pass:1", None),
		("pfn:4@pass:1", 0x14), ("pfn:1@pass:2", 0x21), ("pfn:2@pass:2", None), ("pfn:3@pass:2", 0x23),
		("pfn:4@pass:2", 0x14), ("pfn:1@pass:3", 0x31), ("pfn:4@pass:3", 0x34),
	],
	"remus.libxl": [("pfn:0", 0x10), ("pfn:1", 0x21), ("pfn:2", 0x12)],
	"remus.libxl#1": [("pfn:0", 0x10), ("pfn:1", 0x11), ("pfn:2", 0x12)],
	"remus.libxl#2": [("pfn:0", 0x10), ("pfn:1", 0x21), ("pfn:2", 0x12)],
	"hvm-unpaged.libxc": [
		("va:0x30000@vcpu0", b"not paged\0"), ("va:0x31000@vcpu0", 0x31), ("va:0x32000@vcpu0", None),
	],
	"hvm-pse.libxc": [
		("va:0x1000@vcpu0", b"small page\0"), ("va:0x2000@vcpu0", None),
		("va:0x431000@vcpu0", b"within 4 MiB\0"), ("va:0x432000@vcpu0", None),
		("va:0x805000@vcpu0", b"above 4 GiB\0"), ("va:0xc00000@vcpu0", None), ("va:0x1000000@vcpu0", None),
	],
	"hvm-nopse.libxc": [("va:0x400000@vcpu0", b"small page\0"), ("va:0x401000@vcpu0", None)],
	"hvm-pae.libxc": [
		("va:0x1000@vcpu0", b"small page\0"), ("va:0x4022a000@vcpu0", b"within 2 MiB\0"),
		("va:0x4022b000@vcpu0", None), ("va:0x80000000@vcpu0", None), ("va:0xc0000000@vcpu0", None),
	],
	"hvm-4level.libxc": [
		("va:0x1000@vcpu0", b"small page\0"), ("va:0x2000@vcpu0", None),
		("va:0x203000@vcpu0", b"within 2 MiB\0"), ("va:0x204000@vcpu0", None),
		("va:0x40001000@vcpu0", b"within 1 GiB\0"), ("va:0x80000000@vcpu0", None),
		("va:0xffff804020100800@vcpu0", (0x10063).to_bytes(8, "little")),
		("va:0x800000000000@vcpu0", None),
	],
	"hvm-5level.libxc": [
		("va:0x1000@vcpu0", b"small page\0"), ("va:0x1000000000000@vcpu0", b"beyond 48 bits\0"),
		("va:0x2000000000000@vcpu0", None),
	],
	"big-endian.libxl": [("pfn:0", 0x10), ("pfn:1", 0xff), ("pfn:2", None)],
	"unaligned.xl": [("pfn:0x30", b"odd\0"), ("va:0x30001@vcpu0", b"dd\0")],
	"legacy-pv.img": [
		("pfn:0x30", b"the second pass\0"), ("pfn:0x30@pass:1", 0x30), ("pfn:0x31", None), ("pfn:0", None),
		("pfn:0x13", (0x30065).to_bytes(8, "little")), ("pfn:0x13@pass:1", None),
		("va:0xffffffff80000004@vcpu0", b"second pass\0"), ("va:0xffffffff80001000@vcpu0", None),
	],
	"legacy-hvm.img": [("pfn:0x30", b"an HVM guest\0"), ("pfn:0xfefff", 0x11), ("pfn:0xfe", None),
			   ("va:0x30000@vcpu1", b"an HVM guest\0")],
	"legacy-remus.img#1": [("pfn:0", 0x10), ("pfn:1", 0x11), ("pfn:2", 0x12), ("pfn:3", None)],
	"legacy-remus.img": [
		("pfn:0", 0x20), ("pfn:1", b"\x11" * 16 + b"\x21" * 16 + b"\x11" * 4064), ("pfn:2", 0x12),
		("pfn:3", b"\x23" * 8 + bytes(4088)), ("pfn:4", None),
	],
	"legacy-framed.xapi": [
		("pfn:0", 0x10), ("pfn:0x30", b"sent again\0"), ("pfn:0x30@pass:1", 0x30), ("pfn:0xfe", None),
		("va:0x30005@vcpu0", b"again\0"),
	],
	"legacy-old.xapi": [("pfn:0", 0x10), ("pfn:1", 0x11)],
	"legacy.xend": [("pfn:%d" % n, 0x10 + n) for n in range(6)] + [("pfn:6", None)],
	"legacy.libvirt": [("pfn:0", 0x10), ("pfn:2", None)],
}


# The root that a walk starts from, told: of which space, whose, its PFN.
ROOTS = [
	("va:0xffffffff80001000@vcpu0", "kernel", "0x10"), ("va:0xffffffff80001000@vcpu0k", "kernel", "0x10"),
	("va:0x1000@vcpu0u", "user", "0x14"), ("va:0x1000@vcpu1", "user", "0x14"), ("va:0x1000@vcpu1u", "user", "0x14"),
	("va:0x1000@vcpu1k", "kernel", "0x10"),
]


def read(source, place):
	"""Up to the end of the page; None if no byte of it is there."""
	length = PAGE
	if place[:3] in ("va:", "pa:"):
		length -= int(place[3:].split("@")[0], 0) % PAGE
	r = subprocess.run([CRYOSCOPE, "read", "--raw", source, place, str(length)], capture_output=True, timeout=60)
	if r.returncode == 4 and r.stdout == bytes(length):
		return None
	if r.returncode or r.stderr:
		return "exit %d, %s" % (r.returncode, r.stderr.decode().strip())
	return r.stdout


for name, places in WANT.items():
	for place, want in places:
		got = read(os.path.join(FOLDER, name), place)
		done += 1
		if isinstance(want, int):
			right = got == bytes([want]) * PAGE
		elif want is None or not isinstance(got, bytes):
			right = got == want
		else:
			right = got.startswith(want)
		if not right:
			bad += 1
			print("%s %s: %r, not %r" % (name, place, got[:32] if got else got, want))
source = os.path.join(FOLDER, "pv64.libxc")
for place, root, pfn in ROOTS:
	told = json.loads(subprocess.run([CRYOSCOPE, "where", "--json", source, place], capture_output=True,
					 timeout=60).stdout)
	text = subprocess.run([CRYOSCOPE, "where", source, place], capture_output=True, timeout=60).stdout
	done += 1
	if (told.get("root"), told["steps"][0]["pfn"]) != (root, pfn) or b"by its %s root" % root.encode() not in text:
		bad += 1
		print("where %s: root %s at %s, not %s at %s" % (place, told.get("root"), told["steps"][0]["pfn"], root, pfn))
for name, place in ("pv32.libxc", "va:0x1000@vcpu0u"), ("hvm-4level.libxc", "va:0x1000@vcpu0k"):
	r = subprocess.run([CRYOSCOPE, "where", os.path.join(FOLDER, name), place], capture_output=True, timeout=60)
	done += 1
	if r.returncode != 2 or b"no root of its own" not in r.stderr:
		bad += 1
		print("%s %s: not refused" % (name, place))
# `info` counts what `check` counts: notes are none of the problems, but its text tells of them.
for name in sorted(os.listdir(FOLDER)):
	path = os.path.join(FOLDER, name)
	listed = [json.loads(line)["severity"] for line in subprocess.run(
		[CRYOSCOPE, "check", "--json", path], capture_output=True, timeout=60).stdout.splitlines()]
	told, text = (subprocess.run([CRYOSCOPE, "info", path] + more, capture_output=True, timeout=60).stdout.decode()
		      for more in (["--json"], []))
	serious = sum(s != "note" for s in listed)
	done += 1
	if json.loads(told)["problems"] != serious or ("note" in listed) != (" note" in text.splitlines()[-1]):
		bad += 1
		print("%s: info says %d problems, check %d" % (name, json.loads(told)["problems"], serious))
print("%d of %d answers right" % (done - bad, done))
sys.exit(bad > 0)
