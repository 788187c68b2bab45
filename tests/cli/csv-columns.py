"""--csv is --json in columns, as Python's own reader of CSV has it: every key is a column, every value the same, also
where names are hostile; nothing of the images goes to the terminal raw."""
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.environ["CRYOSCOPE"]
FIXTURES = os.environ["FIXTURES"]
CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "")
failures = lines = quoted = formulas = 0


def run(*args):
	p = subprocess.run([PROGRAM, *args], capture_output=True, timeout=60)
	return p.returncode, p.stdout.decode()


def text(v):
	if v is None:
		return ""
	if not isinstance(v, str):
		return json.dumps(v)
	# What a spreadsheet would calculate is told not to be.
	harmless = not v.strip("+-.0123456789") or re.fullmatch("[-rwxspu]{4}", v)
	return "'" + v if v[:1] in "=+-@" and not harmless else v


def check(*args):
	global failures, lines, quoted, formulas
	code, out = run(*args, "--json")
	want = [json.loads(line) for line in out.splitlines()]
	same, out = run(*args, "--csv")
	rows = list(csv.reader(io.StringIO(out), strict=True))
	head, rows = rows[0], rows[1:]
	bad = []
	if code != same or len(rows) != len(want):
		bad.append("exit %d and %d, %d lines and %d" % (code, same, len(want), len(rows)))
	for w, r in zip(want, rows):
		have = dict(zip(head, r))
		lines += 1
		formulas += any(v.startswith("'") for v in r)
		quoted += any(c in v for v in r for c in '",')
		if len(r) != len(head) or set(w) - set(head):
			bad.append("columns: %s" % (set(w) - set(head)))
		# What would not be safe on a terminal stays as JSON writes it.
		bad += ["%s: %r is not %r" % (k, have.get(k), text(v)) for k, v in w.items()
			if have.get(k) != text(v) and have.get(k) != json.dumps(text(v))[1:-1]]
		bad += ["%s: %r of nothing" % (k, v) for k, v in have.items() if v and k not in w]
	if any(ord(c) < 32 and c != "\n" or 126 < ord(c) < 160 or 0x202a <= ord(c) <= 0x202e for c in out):
		bad.append("raw controls")
	if bad:
		failures += 1
		print("FAIL", args, *bad[:5], sep="\n\t")


for name in ("hostile", "odd", "broken"):
	source = os.path.join(FIXTURES, name)
	if os.path.isdir(source):
		check("tree", source)
		check("check", source)
		check("maps", source)
with tempfile.TemporaryDirectory() as d:
	# Names as they must be quoted, or not be shown.
	shutil.copy("tests/real/tree/inventory.img", d)
	for name in ('say "x", twice".img', '"', "a\\b,\n.img", "back\\slash.img", "\u202ertl.img",
		     "=1+1", "@SUM(1,2)", "+x", "-y.img", "-12", "gr\u00fcn\U0001f600.img"):
		with open(os.path.join(d, name), "w") as f:
			f.write("x")
	check("tree", d)
	check("check", d, "--severity", "note")
check("check", "--explain", "all")
check("maps", "tests/real/tree")
check("maps", "tests/real/tree", "--pid", "3383")
check("find", "tests/real/tree", "CRYO-", "-C", "4")
check("find", "tests/real/tree", "root")
if CORPUS:
	# Changes have columns of their own: as many lines, and as many of each kind.
	pair = [CORPUS + "/criu/counter", CORPUS + "/criu/counter-2"]
	table = list(csv.DictReader(io.StringIO(run("diff", "--csv", *pair)[1]), strict=True))
	want = [json.loads(line) for line in run("diff", "--json", *pair)[1].splitlines()]
	if not want or [(r["change"], r["kind"], r["pid"]) for r in table] != \
	   [(w["change"], w["kind"], text(w.get("pid"))) for w in want]:
		failures += 1
		print("FAIL diff: %d lines, not %d" % (len(table), len(want)))
	check("check", CORPUS + "/criu/podman/container-final.tar")
for dirpath, _, files in os.walk("tests/real/xen"):
	for f in files:
		if f.endswith((".xl", ".libxc", ".stream")):
			check("tree", os.path.join(dirpath, f))
			check("maps", os.path.join(dirpath, f))
			check("find", os.path.join(dirpath, f), "Linux", "--mapped", "-m", "20")
code, out = run("find", "tests/real/tree", "no such thing at all", "--csv")
if code != 1 or out.count("\n") != 1:
	failures += 1
	print("FAIL of nothing: exit %d, %r" % (code, out))
print("%d lines, %d with quotes or commas, %d formulas, %d failures" % (lines, quoted, formulas, failures))
sys.exit(failures != 0 or not quoted or not formulas)
