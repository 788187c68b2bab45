"""Writing lists: hits as `find --json` prints them, registers as text, JSON and CSV; never over a file, for nobody else to read, and
nothing of the images raw."""
import csv
import json
import os
import stat
import subprocess
import sys
import tempfile

SET = "tests/real/tree"
PROGRAM = os.environ["CRYOSCOPE"]


def browse(source, keys):
	p = subprocess.run([PROGRAM, source, "--script", "-"], input=keys, capture_output=True, text=True, timeout=60)
	if p.returncode:
		sys.exit("exit %d: %s" % (p.returncode, p.stderr))
	return p.stdout


def demand(good, why):
	if not good:
		print(why)
		sys.exit(1)


with tempfile.TemporaryDirectory() as d:
	os.umask(0)
	hits, regs, few = (os.path.join(d, n) for n in ("hits", "regs", "few"))
	screen = browse(SET, ': "find-all CRYO-" Enter L x "%s" Enter\n' % hits)
	printed = subprocess.run([PROGRAM, "find", "--json", SET, "CRYO-"], capture_output=True, check=True).stdout
	written = open(hits, "rb").read()
	demand(written == printed, "what was written is not what find --json prints")
	count = len(printed.splitlines())
	demand(count > 100 and "%d lines written to %s" % (count, hits) in screen, screen)
	demand(stat.S_IMODE(os.stat(hits).st_mode) == 0o600, "mode %o" % os.stat(hits).st_mode)
	# As CSV by the name; regions, too.
	browse(SET, ': "find-all CRYO-" Enter L x "%s.csv" Enter\n' % hits)
	table = subprocess.run([PROGRAM, "find", "--csv", SET, "CRYO-"], capture_output=True, check=True).stdout
	demand(open(hits + ".csv", "rb").read() == table, "hits as CSV")
	for suffix in ("csv", "json"):
		browse(SET, '@ "pid:3383" Enter A : "write %s/maps.%s" Enter\n' % (d, suffix))
		table = subprocess.run([PROGRAM, "maps", "--" + suffix, "--pid", "3383", SET], capture_output=True,
				       check=True).stdout
		demand(open("%s/maps.%s" % (d, suffix), "rb").read() == table, "regions as " + suffix)
	screen = browse(SET, '@ "pid:3383" Enter B x "%s.csv" Enter\n' % regs)
	demand("as text only" in screen and not os.path.exists(regs + ".csv"), screen)
	# Registers, as `where` has each.
	for suffix in ("csv", "json"):
		browse(SET, '@ "pid:3383" Enter t x "%s.%s" Enter\n' % (regs, suffix))
	objects = [json.loads(line) for line in open(regs + ".json")]
	table = list(csv.DictReader(open(regs + ".csv"), strict=True))
	demand(table == [{k: "" if r.get(k) is None else str(r[k]) for k in table[0]} for r in objects], "registers as CSV: %s" % table[:2])
	demand({r["tid"] for r in objects} == {3383, 3384, 3385, 3386}, "whose registers")
	for r in objects[:30]:
		place = json.loads(subprocess.run([PROGRAM, "where", "--json", SET, "reg:%s@%d" % (r["register"], r["tid"])],
						  capture_output=True).stdout)
		vma = place["vma"] or {"prot": None}
		demand((r["pid"], r["value"], r["state"], r["prot"]) ==
		       (place["pid"], place["va"], place["state"], vma["prot"]), "%s, not %s" % (r, place))
	# Again, and over a link: nothing changes.
	screen = browse(SET, ': "find-all root" Enter L : "write %s" Enter\n' % hits)
	demand("is there already" in screen and open(hits, "rb").read() == written, screen)
	link = os.path.join(d, "link")
	os.symlink(os.path.join(d, "elsewhere"), link)
	screen = browse(SET, ': "find-all root" Enter L : "write %s" Enter\n' % link)
	demand("is there already" in screen and not os.path.exists(os.path.join(d, "elsewhere")), screen)
	# What a filter hides is not written.
	browse(SET, ': "find-all CRYO-" Enter L & "3383" Enter x "%s" Enter\n' % few)
	rows = [json.loads(line) for line in open(few)]
	every = [json.loads(line) for line in printed.splitlines()]
	demand(rows and rows == [h for h in every if h["pid"] == 3383], "%d lines behind a filter" % len(rows))
	# Registers: as `where` has them.
	browse(SET, '@ "pid:3383" Enter t x "%s" Enter\n' % regs)
	lines = open(regs).read().splitlines()
	for tid in (3383, 3384, 3385, 3386):
		place = json.loads(subprocess.run([PROGRAM, "where", "--json", SET, "reg:sp@%d" % tid],
						  capture_output=True, check=True).stdout)
		demand(any(l.split()[:3] == [str(tid), "sp", place["va"][2:]] for l in lines), "no stack pointer of %d" % tid)
	screen = browse(SET, ': "write %s/none/x" Enter\n' % d)
	demand("No such file" in screen, screen)
	# Hostile names are cleaned.
	hostile = os.path.join(os.environ["FIXTURES"], "hostile")
	text = os.path.join(d, "hostile")
	browse(hostile, 'O : "write %s" Enter\n' % text)
	data = open(text, "rb").read()
	demand(data and not any(b < 32 and b != 10 or b == 127 for b in data), "raw bytes in a list")
print("%d hits and %d registers written" % (count, len(lines)))
