"""The corpus's Xen streams for tests: where they lie unpacked, what is true of them, and asking cryoscope.

	sys.path.insert(0, "tests/tools")
	from xen_streams import stream, truth, run, ...

Unpacked streams are looked for in CRYOSCOPE_XEN; what is not there is unpacked from the corpus
(CRYOSCOPE_CORPUS) into a temporary folder that goes with the test. Without a corpus, or without
zstd, the test is skipped. Counts and failures are collected; finish() says them and exits."""
import atexit
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
CORPUS = os.path.join(os.environ.get("CRYOSCOPE_CORPUS", "../shared/corpus"), "xen")
UNPACKED = os.environ.get("CRYOSCOPE_XEN")
# Those of a few megabytes each: what a test may afford that has no unpacked ones.
SMALL = ("tiny-pv-64.xl", "tiny-pv-32.xl", "tiny-pv-32-no-l1.xl", "tiny-pvh-64.xl", "tiny-pvh-20.xl", "tiny-pvh-0.xl",
	 "legacy-hvm.img", "legacy-hvm.converted.libxl", "legacy-pv64.img", "legacy-pv64.converted.libxc",
	 "legacy-pv64-xl.img", "legacy-pv64-xl.converted.xl", "legacy-pv32-tools32.img",
	 "legacy-pv32-tools32.converted.libxc")
LARGE = ("pv-save.xl", "pv-save-2.xl", "pvh-save.xl", "pvh-save-2.xl", "hvm-save.xl", "hvm-save-2.xl",
	 "pv-live-debug.stream", "pv-remus.stream")
PAGE = 4096

_folder = None
_failures = 0
_checked = {}


def skip(why):
	"""Ends here, with what has failed so far if anything has."""
	print(why)
	sys.exit(1 if _failures else 77)


if not os.path.isdir(CORPUS):
	skip("no corpus of Xen streams")


# ---- streams ----

def _packed():
	found = {}
	for path in glob.glob(CORPUS + "/streams/*.zst"):
		name, _, base = os.path.basename(path)[:-4].partition(".from.")
		found[name] = (path, base)
	return found


def _unpack(name):
	global _folder
	if name not in _packed():
		skip("no %s here" % name)
	if not _folder:
		if not shutil.which("zstd"):
			skip("no zstd to unpack streams with")
		_folder = tempfile.mkdtemp(prefix="xen-")
		atexit.register(shutil.rmtree, _folder, True)
	out = os.path.join(_folder, name)
	if not os.path.exists(out):
		path, base = _packed()[name]
		patch = ["--patch-from=" + stream(base)] if base else []
		subprocess.run(["zstd", "-q", "-d", "-f", "--long=29", *patch, path, "-o", out], check=True)
	return out


def _ready(name):
	path = UNPACKED and os.path.join(UNPACKED, name)
	return path if path and os.path.exists(path) else None


def stream(name):
	"""Path of an unpacked stream: "pv-save.xl"."""
	return _ready(name) or _unpack(name)


def names():
	"""All streams that are here, or without unpacked ones the small ones."""
	here = _packed()
	return [n for n in (SMALL + LARGE if UNPACKED else SMALL) if n in here or _ready(n)]


def truth(name):
	"""What is true of a stream; None of those that are legacy: their records are not in it."""
	path = "%s/truth/%s.json" % (CORPUS, name.rsplit(".", 1)[0])
	if not os.path.exists(path):
		return None
	with open(path) as f:
		return json.load(f)


def peer(name):
	"""Text of a peer's output, "pv-save.verify.txt"; None if there is none."""
	path = "%s/peer/%s" % (CORPUS, name)
	if not os.path.exists(path):
		return None
	with open(path, errors="replace") as f:
		return f.read()


def mini():
	"""Streams made by hand: {name: what index.json says of it}."""
	with open(CORPUS + "/mini/index.json") as f:
		return json.load(f)


def mini_path(name):
	return "%s/mini/%s.libxc" % (CORPUS, name)


# ---- asking ----

def run(*args, timeout=120):
	"""(exit status, stdout, stderr) of cryoscope; a signal or a timeout is a failure."""
	try:
		p = subprocess.run([PROGRAM, *args], capture_output=True, timeout=timeout)
	except subprocess.TimeoutExpired:
		fail("%s: not done after %d s" % (" ".join(args), timeout))
		return None, b"", ""
	if p.returncode < 0:
		fail("%s: killed by signal %d" % (" ".join(args), -p.returncode))
	return p.returncode, p.stdout, p.stderr.decode(errors="replace")


def ask(*args):
	"""JSON that a verb prints, or None and a failure."""
	status, out, err = run(*args, "--json", "-q")
	try:
		return json.loads(out)
	except ValueError:
		fail("%s: exit %s, no JSON: %s" % (" ".join(args), status, err or out[:100]))
		return None


def rows(*args):
	"""JSON of a verb that prints an object a line."""
	status, out, err = run(*args, "--json", "-q")
	return [json.loads(line) for line in out.splitlines()]


def tree(path):
	"""What `tree` lists."""
	return rows("tree", path)


def records(path):
	"""Its rows in file order, each with its layer and its number in it."""
	found = []
	for row in tree(path):
		m = re.fullmatch(r"(\w+)\[(\d+)\]", row["path"])
		if m and m.group(1) != "guest":
			found.append(dict(row, layer=m.group(1), n=int(m.group(2))))
	return sorted(found, key=lambda r: r["offset"])


def problems(path):
	"""What `check` lists."""
	return rows("check", path)


# ---- telling ----

def fail(text):
	global _failures
	_failures += 1
	if _failures <= 40:
		print("FAIL", text)


def same(what, ours, theirs):
	"""Counts a comparison; says so if it fails. True if equal."""
	_checked[what.split(":")[0]] = _checked.get(what.split(":")[0], 0) + 1
	if ours != theirs:
		fail("%s: %r, should be %r" % (what, ours, theirs))
	return ours == theirs


def finish():
	print(", ".join("%d %s" % (n, what) for what, n in _checked.items()) or "nothing compared")
	print(_failures, "wrong")
	sys.exit(_failures != 0 or not _checked)
