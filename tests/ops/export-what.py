#!/usr/bin/env python3
"""What is exported is what is there: of each image and entry the bytes that `tree` says are its own, of stretches of
files, too; of all images the JSON that crit has of each; ghost files with their holes; and what is told of where it
is from is so. Images are read here by a few lines of our own.

timeout: 200"""
import hashlib
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, "tests/criu")
from _wire import encode, parse  # noqa: E402

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "../shared/corpus") + "/criu"
REAL = "tests/real"
# crit 4.2 decodes this one wrongly: crit-equal.py says how.
WRONG_IN_CRIT = {"ns-tree/ipcns-shm-11.img"}
failures, counted = [], {}


def count(what, n=1):
	counted[what] = counted.get(what, 0) + n


def expect(truth, *what):
	if not truth:
		failures.append(what)
		print("FAIL", *what)


def run(code, *args):
	p = subprocess.run([PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
	expect(p.returncode == code, args, "exit", p.returncode, p.stderr.decode()[:300])
	return p.stdout, p.stderr.decode()


def content(path):
	with open(path, "rb") as f:
		return f.read()


def raw(code, source, *what):
	return run(code, "export", source, *what, "-f", "raw", "-o", "-")[0]


# ---- bytes ----

def check_nodes(source, most):
	"""Entries of every image, not more than `most` of each."""
	seen = {}
	for line in run(0, "tree", "--json", source)[0].splitlines():
		n = json.loads(line)
		image = n["path"].split("/")[0].split("[")[0]
		if not os.path.isfile(os.path.join(source, image)):
			continue
		seen[image] = seen.get(image, 0) + 1
		if seen[image] > most:
			continue
		data = content(os.path.join(source, image))
		whole = n["path"] == image
		want = data if whole else data[n["offset"]:n["offset"] + n["length"]]
		count("nodes")
		expect(raw(0, source, n["path"]) == want and len(want) == n["length"], source, n["path"], "other bytes")


def check_stretches(source):
	random.seed(3)
	for name in random.sample(sorted(os.listdir(source)), 12):
		data = content(os.path.join(source, name))
		at = random.randrange(len(data))
		length = random.randrange(1, len(data) - at + 1)
		count("stretches")
		expect(raw(0, source, "off:%#x@%s" % (at, name), str(length)) == data[at:at + length], name, at, length)
		expect(raw(0, source, "off:%d@%s" % (at, name)) == data[at:], name, at, "to the end")
		expect(raw(4, source, "off:%d@%s" % (at, name), str(len(data))) == data[at:] or at == 0, name, "beyond")
	one = os.path.join(source, "pstree.img")
	expect(raw(0, one, "off:4", "4") == content(one)[4:8], "of a single image")
	for what in (["off:0x10"], ["off:0x7fffffff@pstree.img"], ["off:0@pstree.img", "0"], ["pstree.img", "4"],
		     ["pid:3383", "4"]):
		err = run(2, "export", source, *what, "-o", "-")[1]
		expect(err.count("\n") == 1, what, "is refused in a line:", err)
	run(2, "export", source, "off:0@pstree.img", "4", "-f", "json", "-o", "-")


def check_memory(source):
	"""Regions as `read` has them."""
	for line in run(0, "maps", "--json", source)[0].splitlines()[::7]:
		r = json.loads(line)
		where, size = "va:%s@%d" % (r["start"], r["pid"]), int(r["end"], 16) - int(r["start"], 16)
		p = subprocess.run([PROGRAM, "read", "--raw", source, where, str(size)], stdout=subprocess.PIPE,
				   stderr=subprocess.DEVNULL)
		q = subprocess.run([PROGRAM, "export", source, where, str(size), "-o", "-"], stdout=subprocess.PIPE,
				   stderr=subprocess.DEVNULL)
		count("regions")
		expect((p.returncode, p.stdout) == (q.returncode, q.stdout), where, "differs from read")


# ---- ghost files ----

def fields(b):
	return {number: value for number, _, value in parse(b)}


def ghost(path):
	"""The file; None: it is no regular one."""
	b, at = content(path), 8
	n, = struct.unpack_from("<I", b, at)
	head, at = fields(b[at + 4:at + 4 + n]), at + 4 + n
	if head[3] & 0o170000 != 0o100000:
		return None
	if not head.get(9):
		return b[at:]
	out = bytearray(head[10])
	while at < len(b):
		n, = struct.unpack_from("<I", b, at)
		chunk, at = fields(b[at + 4:at + 4 + n]), at + 4 + n
		out[chunk[2]:chunk[2] + chunk[1]] = b[at:at + chunk[1]]
		at += chunk[1]
	return bytes(out)


def check_ghosts(source, names, tmp):
	for name in sorted(n for n in os.listdir(source) if n.startswith("ghost-file-")):
		want, path = ghost(os.path.join(source, name)), tmp + "/ghost"
		if want is None:
			run(2, "export", source, name, "-f", "file", "-o", path)
			continue
		run(0, "export", source, name, "-f", "file", "-o", path)
		count("ghost files")
		expect(content(path) == want, source, name, "other content")
		expect(os.stat(path).st_blocks * 512 <= len(want.rstrip(b"\0")) + 65536, name, "holes were filled")
		os.unlink(path)
		err = run(2, "export", source, name, "-f", "file")[1]
		said = err.split("-o ")[2].split(",")[0]
		expect(said in names, name, "is called", err)


def damaged_ghosts(tmp):
	"""Chunks in any order and of any size are never more than what fits."""
	head = content(REAL + "/tree/ghost-file-1.img")[:8]

	def message(*pairs):
		m = b"".join(encode((k, 0, v)) for k, v in pairs)
		return struct.pack("<I", len(m)) + m

	def make(size, *chunks):
		with open(tmp + "/ghost-file-1.img", "wb") as f:
			f.write(head + message((1, 0), (2, 0), (3, 0o100600), (9, 1), (10, size)))
			for off, data in chunks:
				f.write(message((1, len(data)), (2, off)) + data)
		out = tmp + "/out"
		p = subprocess.run([PROGRAM, "export", tmp + "/ghost-file-1.img", "-f", "file", "--force", "-o", out],
				   stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
		return p.returncode, content(out) if not p.returncode or p.returncode == 4 else None

	expect(make(10, (2, b"abc"), (7, b"xyz")) == (0, b"\0\0abc\0\0xyz"), "two chunks")
	expect(make(10, (7, b"xyz"), (2, b"abc")) == (4, b"\0" * 7 + b"xyz"), "in another order")
	expect(make(10, (8, b"xyz")) == (4, bytes(10)), "beyond the end")
	expect(make(10, ((1 << 64) - 1, b"xyz"), (0, b"a")) == (4, b"a" + bytes(9)), "at the top of all offsets")
	expect(make((1 << 64) - 1, (0, b"a"))[0] == 2, "a file of 16 EiB")
	expect(make(0) == (0, b""), "an empty one")


# ---- JSON ----

def check_json(source, crit, name, tmp):
	path = tmp + "/all.json"
	run(0, "export", source, "-o", path)
	with open(path, encoding="ascii") as f:
		ours = json.load(f)
	os.unlink(path)
	expect(set(ours) == set(os.listdir(source)) - {"parent"}, name, "images:", set(ours) ^ set(os.listdir(source)))
	for file in sorted(os.listdir(crit)):
		if not file.endswith(".plain.json"):
			continue
		image = file[:-len(".plain.json")]
		if name + "/" + image in WRONG_IN_CRIT:
			continue
		with open(os.path.join(crit, file), encoding="utf-8") as f:
			count("images as crit has them")
			expect(json.load(f) == ours.get(image), name, image, "differs from crit")


# ---- where it is from ----

def check_provenance(source, tmp):
	path = tmp + "/what"
	used = {"pid:3383": None, "mm-3383.img/vmas[2]": ["mm-3383.img"], "off:8@pstree.img": ["pstree.img"]}
	for what, files in used.items():
		run(0, "export", source, what, "-o", path, "--provenance")
		said = json.loads(content(path + ".provenance.json"))
		count("provenances")
		expect(said["source"] == source and said["sha256"] == hashlib.sha256(content(path)).hexdigest() and
		       said["size"] == os.path.getsize(path), what, said)
		for f in said["files"]:
			expect(f["sha256"] == hashlib.sha256(content(os.path.join(source, f["file"]))).hexdigest(), what, f)
		expect(files is None or [f["file"] for f in said["files"]] == files, what, said["files"])
		if files:
			at, n = said["offset"], said["length"]
			expect(content(os.path.join(source, files[0]))[at:at + n] == content(path), what, at, n)
		else:
			expect(said["files"] and all(f["file"].startswith("pages-") for f in said["files"]), said["files"])
		os.unlink(path)
		# Its own file is there: nothing is written.
		run(2, "export", source, what, "-o", path, "--provenance")
		expect(not os.path.exists(path), what, "was written beside an old provenance")
		os.unlink(path + ".provenance.json")
	one = source + "/files.img"
	run(0, "export", one, "-o", path, "--provenance")
	said = json.loads(content(path + ".provenance.json"))
	expect(said["source_sha256"] == hashlib.sha256(content(one)).hexdigest(), said)


def check_told(source, tmp):
	"""--json: what was written is what is told, on standard output."""
	path = tmp + "/told"
	for what, status, options in (
			(["pid:3383"], 0, ["--provenance"]), (["mm-3383.img/vmas[2]"], 0, ["--pretty"]), (["exe@3383"], 4, []),
			(["exe@3383"], 4, ["--holes", "skip"]), (["off:8@pstree.img", "20"], 0, []),
			(["mm-3383.img/vmas[2]/start"], 0, []), ([], 0, [])):
		out = run(status, "export", source, *what, "--json", "-q", "-o", path, *options)[0]
		said, file = json.loads(out), content(path)
		count("told")
		expect(said["file"] == path and said["size"] == len(file), what, said)
		expect(said["sha256"] == (hashlib.sha256(file).hexdigest() if "--provenance" in options else None), said)
		expect((said["absent"] > 0) == (status == 4) == bool(said["why"]), what, said)
		if "memory" in said:
			whole = int(said.get("end", "0"), 0) - int(said.get("start", "0"), 0)
			expect(not whole or whole == said["size"] + (said["absent"] if "skip" in options else 0), said)
		elif said["path"]:
			expect(content(os.path.join(source, said["path"].split("/")[0].split("[")[0]))[
				said["offset"]:said["offset"] + said["length"]] == file, what, said)
		else:
			expect(said["format"] == "json" and json.loads(file), said)
		expect((out.count(b"\n") > 1) == ("--pretty" in options), what, "indented?")
		os.unlink(path)
		if "--provenance" in options:
			beside = json.loads(content(path + ".provenance.json"))
			expect(all(beside[key] == said[key] for key in said if key != "file"), what, said, beside)
			os.unlink(path + ".provenance.json")
	run(2, "export", source, "--json", "-o", "-")


def check_names(source):
	for what, want in (("pid:3383", "pid-3383.core"), ("heap@3383", "pid-3383-"), ("mm-3383.img", "mm-3383.img.bin"),
			   ("pipes-data.img[0]/extra/data", ".txt"), ("off:0@mm-3383.img", "mm-3383.img-0.bin")):
		said = run(2, "export", source, what)[1]
		expect(want in said, what, "is called", said)


def main():
	with tempfile.TemporaryDirectory() as tmp:
		names = {"ghost.txt", "ghost2.txt", "unlinked", "ghost_holes01.test.ghost"}
		check_nodes(REAL + "/tree", 6)
		check_stretches(REAL + "/tree")
		check_memory(REAL + "/tree")
		check_ghosts(REAL + "/tree", names, tmp)
		damaged_ghosts(tmp)
		check_names(REAL + "/tree")
		check_provenance(REAL + "/tree", tmp)
		check_told(REAL + "/tree", tmp)
		for name in ("tree", "tree-v3"):
			check_json(REAL + "/" + name, REAL + "/" + name + ".crit", name, tmp)
		if os.path.isdir(CORPUS):
			for name in ("counter", "tree", "tree-v3", "ns-tree", "zombie", "lazy", "arm64-counter"):
				check_json(CORPUS + "/" + name, CORPUS + "/" + name + ".crit", name, tmp)
				check_ghosts(CORPUS + "/" + name, names, tmp)
	print(counted, len(failures), "failures")
	return bool(failures)


sys.exit(main())
