"""The diff view: what it writes is what `diff --json` prints, the bytes it shows side by side are those of the two
sources, ] stops at every difference once, and a search finds what only one side has."""
import csv
import json
import os
import re
import subprocess
import sys
import tempfile

CORPUS = os.environ.get("CRYOSCOPE_CORPUS")
PROGRAM = os.environ["CRYOSCOPE"]
if not CORPUS or not os.path.isdir(os.path.join(CORPUS, "criu", "counter-2")):
	print("no corpus")
	sys.exit(77)
A, B = (os.path.join(CORPUS, "criu", n) for n in ("counter", "counter-2"))


def browse(keys, size="160x50"):
	p = subprocess.run([PROGRAM, A, B, "--script", "-", "--size", size], input=keys, capture_output=True, text=True,
			   timeout=60)
	if p.returncode:
		sys.exit("exit %d: %s" % (p.returncode, p.stderr))
	return p.stdout


def demand(good, why):
	if not good:
		print(why)
		sys.exit(1)


def read(source, addr, n):
	p = subprocess.run([PROGRAM, "read", "--raw", source, "va:0x%x@3280" % addr, str(n)], capture_output=True)
	return p.stdout


def shown(screen):
	"""Rows of bytes on the screen: [(address, bytes A, address, bytes B)]."""
	rows = []
	for line in screen.splitlines():
		halves = re.findall(r"│([0-9a-f]{12})([ ~].{49})", line)
		if len(halves) == 2:
			rows.append([(int(at, 16), bytes.fromhex(re.sub("[ ~]", "", digits[:50]))) for at, digits in halves])
	return rows


changes = subprocess.run([PROGRAM, "diff", "--json", A, B], capture_output=True).stdout
every = [json.loads(line) for line in changes.splitlines()]
pages = [c for c in every if c["kind"] == "page"]
changed = [int(c["va"], 16) for c in pages if c["change"] == "changed"]
demand(len(changed) > 10 and len(pages) > 50, "%d pages" % len(pages))

with tempfile.TemporaryDirectory() as d:
	written, text = os.path.join(d, "report.json"), os.path.join(d, "report")
	browse('x "%s" Enter\n' % written)
	with open(written, "rb") as f:
		demand(f.read() == changes, "the report is not what diff --json prints")
	table = os.path.join(d, "report.csv")
	said = browse('x "%s" Enter\n' % table)
	demand("%d changes written" % len(every) in said, "how many changes were written")
	with open(table, newline="") as f:
		rows = list(csv.DictReader(f))
	keys = lambda c: c.get("va") or c.get("path")
	demand([(r["change"], r["kind"], r["pid"], r["what"]) for r in rows] ==
	       [(c["change"], c["kind"], str(c.get("pid", "")), keys(c)) for c in every], "the table is another")
	demand([r["bytes"] for r in rows if r["kind"] == "page"] == [str(c["bytes"]) for c in pages], "bytes in the table")
	for r, c in zip(rows, every):
		if c["kind"] in ("field", "vma"):
			demand((r["a"], r["b"]) == (c["a"] or "", c["b"] or ""), "values in the table: %s" % r)
	demand(any(r["kind"] == "fd" and r["change"] == "added" and r["what"] == "5" and not r["a"] and
		   r["b"].endswith("counter.phase2") for r in rows), "what was opened")
	browse('O x "%s" Enter\n' % text)
	with open(text) as f:
		demand(any("counter.phase2" in line and line.lstrip().startswith("+ fd 5") for line in f), "the text report")

# Bytes on both sides, and which lines have the mark.
for addr in changed[::4]:
	screen = browse('@ "0x%x" Enter\n' % addr)
	rows = shown(screen)
	demand(len(rows) > 5, screen)
	for (at_a, a), (at_b, b) in rows:
		demand(at_a == at_b and read(A, at_a, 16)[:16] == a and read(B, at_b, 16)[:16] == b,
		       "0x%x:\n%s" % (at_a, screen))
		demand(("%012x~" % at_a in screen) == (a != b), "the mark at 0x%x\n%s" % (at_a, screen))

# ] from the beginning: every difference once, then no more.
numbers = re.findall(r"^  change (\d+)/(\d+) ", browse("]\n@screen\n" * 200), re.M)
total = int(numbers[0][1])
demand([int(n) for n, _ in numbers[:total]] == list(range(1, total + 1)), numbers)
demand(all(int(n) == total for n, _ in numbers[total:]) and total >= len(pages), numbers[-1])
back = re.findall(r"^  change (\d+)/", browse("2 0 0 ]\n" + "[\n@screen\n" * (total - 1)), re.M)
demand([int(n) for n in back] == list(range(total - 1, 0, -1)), back)

# In the bytes ] goes from run to run: its places differ, and what is between them does not.
page = next(c for c in pages if c["change"] == "changed" and c["bytes"] > 100)
base = int(page["va"], 16)
a, b = read(A, base, 4096), read(B, base, 4096)
runs = [i for i in range(4096) if a[i] != b[i] and (i == 0 or a[i - 1] == b[i - 1])]
demand(sum(x != y for x, y in zip(a, b)) == page["bytes"], "bytes of the page")
line = next(i for i, c in enumerate(pages) if c is page)
keys = "o %s j Tab Tab\n" % " ".join("j" for _ in range(line + 1)) + "]\n@screen\n" * (len(runs) - 1)
spots = [int(v, 16) for v in re.findall(r"VA 0x([0-9a-f]+)", browse(keys))]
demand(spots == [base + r for r in runs[1:]], "%x %s %s" % (base, [hex(s) for s in spots], [hex(r) for r in runs]))
print("%d differences, %d runs in one page" % (total, len(runs)))
