#!/usr/bin/env python3
"""show --offsets covers every byte of every image once, whole or cut, and says where it is from.

timeout: 600"""
import json
import os
import subprocess
import sys
import tempfile

CRYOSCOPE = os.environ["CRYOSCOPE"]
FOLDERS = ["tests/real"] + [os.environ.get(v) for v in ("FIXTURES",) if os.environ.get(v)]
CORPUS = os.environ.get("CRYOSCOPE_CORPUS")
LARGE = 1 << 20
bad = images = 0


def images_in(folder):
	for d, subs, files in os.walk(folder):
		subs[:] = sorted(s for s in subs if not s.endswith(".crit"))
		for f in sorted(files):
			path = os.path.join(d, f)
			if (f.endswith(".img") or f.startswith(("stats-", "irmap"))) and os.path.getsize(path) < LARGE:
				yield path


def fault_of(path):
	"""What is wrong with the list of that image; None if nothing is."""
	r = subprocess.run([CRYOSCOPE, "show", "--offsets", "--json", "-q", path], capture_output=True)
	if r.returncode == 3 and not r.stdout:
		return None  # no image at all
	if r.returncode not in (0, 3):
		return "status %d %s" % (r.returncode, r.stderr[-200:])
	at = 0
	with open(path, "rb") as f:
		content = f.read()
	for e in json.loads(r.stdout):
		if e["offset"] != at or e["length"] <= 0:
			return "at %d comes %r" % (at, e)
		if e["name"] == "gap" and e["value"] not in (None, content[at:at + e["length"]].hex()):
			return "bytes of the gap at %d are not the file's" % at
		at += e["length"]
	return None if at == len(content) else "ends at %d of %d" % (at, len(content))


def check(path, name):
	global bad, images
	images += 1
	fault = fault_of(path)
	if fault:
		print(name + ":", fault)
		bad += 1


with tempfile.TemporaryDirectory() as tmp:
	for folder in FOLDERS + ([CORPUS] if CORPUS else []):
		for path in images_in(folder):
			check(path, path)
	# Cut in the middle of things: what is left is still all there.
	for name in ("core-3382.img", "mm-3382.img", "files.img", "pagemap-3382.img", "sk-queues.img", "tty-info.img"):
		with open("tests/real/tree/" + name, "rb") as f:
			content = f.read()
		for size in range(0, len(content), max(1, len(content) // 40)):
			cut = os.path.join(tmp, name)
			with open(cut, "wb") as f:
				f.write(content[:size])
			check(cut, "%s cut to %d bytes" % (name, size))
print(images, "images,", bad, "wrong")
sys.exit(bad != 0 or images < 500)
