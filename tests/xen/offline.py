#!/usr/bin/env python3
"""A guest whose vCPU 0 was down when it was saved: its HVM context has no CPU entry of it, but a LAPIC.

JSON must have the entries that there are, and the guest both vCPUs, one of them without registers.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

PROGRAM = os.environ.get("CRYOSCOPE", "cryoscope")
PAGE = bytes(4096)


def entry(kind, instance, body):
	return struct.pack("<HHI", kind, instance, len(body)) + body


def record(kind, body=b""):
	return struct.pack("<II", kind, len(body)) + body + bytes(-len(body) % 8)


def stream():
	cpu = bytearray(1032)
	struct.pack_into("<Q", cpu, 0x280, 0xfff0)
	struct.pack_into("<Q", cpu, 0x290, 0x10)
	context = entry(1, 0, struct.pack("<IIQII", 0x54381286, 1, 0, 0, 0)) + entry(2, 1, bytes(cpu))
	context += entry(5, 0, bytes(24)) + entry(5, 1, bytes(24)) + entry(0, 0, b"")
	head = struct.pack(">QIIHHI", 2**64 - 1, 0x58454e46, 3, 0, 0, 0) + struct.pack("<IHHII", 2, 12, 0, 4, 17)
	page = struct.pack("<IIQ", 1, 0, 0x10) + PAGE
	return head + record(0x10) + record(1, page) + record(9, context) + record(0)


def show(path, what):
	done = subprocess.run((PROGRAM, "show", "--json", path, what), stdout=subprocess.PIPE, check=True)
	return json.loads(done.stdout.decode())["fields"]


def same(what, ours, wanted):
	if ours != wanted:
		print("%s: %r, not %r" % (what, ours, wanted))
		sys.exit(1)


with tempfile.TemporaryDirectory() as folder:
	name = os.path.join(folder, "down.libxc")
	with open(name, "wb") as f:
		f.write(stream())
	fields = show(name, "libxc[2]")
	same("CPU entries", [e["instance"] for e in fields["CPU"]], [1])
	same("LAPIC entries", [e["instance"] for e in fields["LAPIC"]], [0, 1])
	same("rip of CPU[1]", show(name, "guest/vcpu1")["rip"], "0xfff0")
	same("vcpu0 has registers", "rip" in show(name, "guest/vcpu0"), False)
	rows = subprocess.run((PROGRAM, "tree", "--json", name, "guest"), stdout=subprocess.PIPE, check=True).stdout.decode()
	rows = [json.loads(line) for line in rows.splitlines()]
	same("rows of the guest", [r["path"] for r in rows if "/" in r["path"]], ["guest/vcpu0", "guest/vcpu1"])
