#!/usr/bin/env python3
"""show --offsets covers each byte of a stream exactly once, whole, damaged or cut, and its bytes are the file's.

timeout: 300"""
import os
import re
import sys
import tempfile

sys.path.insert(0, "tests/tools")
from xen_streams import *

# Of those with a million entries each one does for both.
WHOLE = [n for n in names() if n not in ("hvm-save-2.xl", "pvh-save-2.xl", "tiny-pvh-0.xl", "tiny-pvh-20.xl")]
ENTRY = re.compile(rb'"name": "((?:[^"\\]|\\.)*)", "offset": (\d+), "length": (\d+), "value": (?:"([0-9a-f]*)")?')


def check(what, path):
	status, out, err = run("show", "--offsets", "--json", "-q", path)
	size, at = os.path.getsize(path), 0
	if status == 3 and not out:
		return  # no stream at all
	with open(path, "rb") as f:
		for m in ENTRY.finditer(out):
			offset, length = int(m.group(2)), int(m.group(3))
			if offset != at or not length:
				return same("covered: " + what, (offset, length), (at, "more"))
			if m.group(1) in (b"gap", b"padding", b"body") and m.group(4) and len(m.group(4)) == 2 * length:
				f.seek(at)
				same("bytes: %s %#x" % (what, at), m.group(4).decode(), f.read(length).hex())
			at += length
	same("covered: " + what, at, size)


for name in WHOLE:
	check(name, stream(name))
for name in mini():
	check(name, mini_path(name))
fixtures = os.path.join(os.environ["FIXTURES"], "xen")
for name in sorted(os.listdir(fixtures)):
	check(name, os.path.join(fixtures, name))
# Cut anywhere: what is left is all there.
with tempfile.TemporaryDirectory() as tmp:
	for name, step in (("pv-mini", 1777), ("all-types", 4999), ("hvm-mini", 5003), ("checkpoints", 4001)):
		with open(mini_path(name), "rb") as f:
			content = f.read()
		for size in [*range(1, 64, 3), *range(64, len(content), step)]:
			cut = os.path.join(tmp, "cut")
			with open(cut, "wb") as f:
				f.write(content[:size])
			check("%s cut to %d" % (name, size), cut)
finish()
