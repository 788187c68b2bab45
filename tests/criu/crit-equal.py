#!/usr/bin/env python3
"""show --json says of every image what crit says, and crit encode makes the file of it again.

timeout: 300

The corpus holds, beside each set, what `crit decode` and `crit decode --pretty` of CRIU 4.2 print for
every image that crit can decode: NAME.crit/X.plain.json and X.pretty.json. They are compared as JSON
values. The sets of the generation of Debian's criu package are then encoded by its own crit and compared
with the files byte for byte. Without the corpus, the sets of tests/real have to do.

Exceptions are listed with their reason, and must be needed: one that is not is a failure.
"""
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile

CORPUS = os.environ.get("CRYOSCOPE_CORPUS") or os.path.join(os.path.dirname(__file__), "../../../shared/corpus")
PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")

# Where crit decodes wrongly, and what is right.
SHM = "crit eats `size` bytes behind a segment whose pages are in a pagemap, and so the next segments"
SEGMENT = {"key": 0, "uid": 0, "gid": 0, "cuid": 0, "cgid": 0}
WRONG_IN_CRIT = {
	("criu/ns-tree/ipcns-shm-11.img", "plain"): (SHM, {"magic": "IPCNS_SHM", "entries": [
		{"desc": {**SEGMENT, "key": 0x43520001, "mode": 0o640, "id": 0}, "size": 24576,
		 "in_pagemaps": True, "extra": ""},
		{"desc": {**SEGMENT, "mode": 0o600, "id": 1}, "size": 12288, "in_pagemaps": True, "extra": ""},
	]}),
	("criu/ns-tree/ipcns-shm-11.img", "pretty"): (SHM, None),
}

# What the crit of this test cannot encode, whoever decoded it: its own output does not come back, too.
NOT_ENCODED = {
	"criu/tree-v3/files.img": "a file name that is not UTF-8 has no form in crit's JSON that crit reads",
}

# CRIU 4.2 renamed the second field; crit encode of before knows it by the old name.
OLD_SCHEMA = """
syntax = "proto2";
message pagemap_entry {
	required uint64 vaddr = 1;
	required uint32 nr_pages = 2;
	optional bool in_parent = 3;
	optional uint32 flags = 4;
}
"""


def show(path, *more):
	run = subprocess.run([PROGRAM, "show", "--json", *more, path], stdout=subprocess.PIPE,
			     stderr=subprocess.PIPE, check=False)
	return run.returncode, run.stdout, run.stderr.decode(errors="replace")


def first_difference(a, b, path=""):
	if type(a) is not type(b):
		return f"{path}: {str(a)[:80]!r} is not {str(b)[:80]!r}"
	if isinstance(a, dict):
		for key in list(a) + [k for k in b if k not in a]:
			if key not in a or key not in b:
				return f"{path}/{key}: only in {'ours' if key in a else 'crit'}"
			found = first_difference(a[key], b[key], f"{path}/{key}")
			if found:
				return found
		return None if list(a) == list(b) else f"{path}: keys in another order"
	if isinstance(a, list):
		for i, (x, y) in enumerate(zip(a, b)):
			found = first_difference(x, y, f"{path}[{i}]")
			if found:
				return found
		return None if len(a) == len(b) else f"{path}: {len(a)} elements, not {len(b)}"
	return None if a == b else f"{path}: {str(a)[:80]!r} is not {str(b)[:80]!r}"


def compare(job):
	image, reference, options = job
	with open(reference, encoding="utf-8") as f:
		want = json.load(f)
	code, out, err = show(image, *options)
	if code:
		return f"exit {code}: {err.strip()}"
	try:
		have = json.loads(out)
	except ValueError as e:
		return f"not JSON: {e}"
	found = first_difference(have, want)
	name = os.path.relpath(image, CORPUS)
	known = WRONG_IN_CRIT.get((name, "pretty" if options else "plain"))
	if not known:
		return found
	if not found:
		return f"an exception that is not needed: {known[0]}"
	print(f"  known: {name} {' '.join(options)}: {known[0]}")
	return first_difference(have, known[1]) if known[1] else None


def references():
	"""(image, reference file, options) of all that crit decoded."""
	for base, _, files in os.walk(CORPUS):
		if ".crit" not in base:
			continue
		for name in sorted(files):
			for suffix, options in ((".plain.json", ()), (".pretty.json", ("--pretty",))):
				if name.endswith(suffix):
					image = os.path.join(base.replace(".crit", ""), name[:-len(suffix)])
					yield image, os.path.join(base, name), options


def crit(*args):
	return subprocess.run(["crit", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def made_again(folder, decoded, image):
	"""None if crit encode of `decoded` is the image, else why not."""
	source, made = os.path.join(folder, "json"), os.path.join(folder, "img")
	with open(source, "wb") as f:
		f.write(decoded)
	run = crit("encode", "-i", source, "-o", made)
	if run.returncode:
		return "crit encode: " + (run.stderr.decode(errors="replace").strip().splitlines() or ["?"])[-1]
	with open(made, "rb") as a, open(image, "rb") as b:
		return None if a.read() == b.read() else "crit encode makes another file"


def encode(job):
	image, schema = job
	name = os.path.relpath(image, CORPUS)
	code, out, err = show(image, *schema)
	if code:
		return f"exit {code}: {err.strip()}"
	with tempfile.TemporaryDirectory() as folder:
		found = made_again(folder, out, image)
		if name not in NOT_ENCODED:
			return found
		own = crit("decode", "-i", image)
		if not own.returncode and not made_again(folder, own.stdout, image):
			return f"an exception that is not needed: {NOT_ENCODED[name]}"
	print(f"  known: {name}: {NOT_ENCODED[name]}")
	return None


def report(what, jobs, check):
	failed = []
	with concurrent.futures.ThreadPoolExecutor(2) as pool:
		for job, found in zip(jobs, pool.map(check, jobs)):
			if found:
				failed.append(f"{os.path.relpath(job[0], CORPUS)} {job[-1]}: {found}")
	print(f"{what}: {len(jobs) - len(failed)} the same or rightly another, {len(failed)} not")
	for line in failed[:40]:
		print("  " + line)
	return bool(jobs) and not failed


def encode_jobs(folder):
	"""(image, options) of the sets that the crit installed here is of the age of."""
	proto, desc = os.path.join(folder, "old.proto"), os.path.join(folder, "old.desc")
	with open(proto, "w", encoding="ascii") as f:
		f.write(OLD_SCHEMA)
	subprocess.run(["protoc", "-I", folder, "-o", desc, proto], check=True)
	for name in ("tree-v3", "chain/1", "chain/2", "chain/3"):
		base = os.path.join(CORPUS, "criu", name)
		if not os.path.isdir(base):
			continue
		known = os.path.join(CORPUS, "criu", *(name.replace("/", ".crit/").split("/")))
		known += "" if "/" in name else ".crit"
		for file in sorted(os.listdir(base)):
			if os.path.exists(os.path.join(known, file + ".plain.json")):
				yield os.path.join(base, file), ("--schema", desc)


def main():
	global CORPUS
	if os.path.isdir(os.path.join(CORPUS, "criu")):
		return compare_all()
	with tempfile.TemporaryDirectory() as CORPUS:
		shutil.copytree(os.path.join(os.path.dirname(__file__), "../real"), os.path.join(CORPUS, "criu"))
		return compare_all()


def compare_all():
	good = report("crit decode", list(references()), compare)
	try:
		version = crit("--version").stdout.decode() or "of unknown version"
	except OSError:
		print("crit encode: no crit here, not compared")
		return 0 if good else 1
	with tempfile.TemporaryDirectory() as folder:
		good &= report(f"crit encode ({version.strip()})", list(encode_jobs(folder)), encode)
	return 0 if good else 1


if __name__ == "__main__":
	sys.exit(main())
