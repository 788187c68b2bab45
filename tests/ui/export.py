"""The export dialog: what it writes is what the command line writes; never over a file unless ticked, for nobody
else to read, and nothing is left of what failed."""
import json
import os
import stat
import subprocess
import sys
import tempfile

SET = os.path.abspath("tests/real/tree")
PROGRAM = os.environ["CRYOSCOPE"]


def browse(folder, keys):
	p = subprocess.run([PROGRAM, SET, "--script", "-"], input=keys, capture_output=True, text=True, timeout=60,
			   cwd=folder)
	if p.returncode:
		sys.exit("exit %d: %s" % (p.returncode, p.stderr))
	return p.stdout


def run(*args):
	return subprocess.run([PROGRAM, *args], capture_output=True, check=True).stdout


def demand(good, why):
	if not good:
		print(why)
		sys.exit(1)


def content(folder, name):
	with open(os.path.join(folder, name), "rb") as f:
		return f.read()


with tempfile.TemporaryDirectory() as d:
	os.umask(0)
	# An entry, its name as suggested: the bytes of the span that show --offsets tells.
	screen = browse(d, '@ "mm-3383.img/vmas[2]" Enter x Enter\n')
	names = os.listdir(d)
	demand(len(names) == 1 and "32 bytes written to %s" % names[0] in screen, screen)
	demand(stat.S_IMODE(os.stat(os.path.join(d, names[0])).st_mode) == 0o600, "mode")
	raw = content(d, names[0])
	whole = content(SET, "mm-3383.img")
	demand(len(raw) == 32 and raw in whole, "not the bytes of the entry")
	# Again: refused; then ticked.
	with open(os.path.join(d, names[0]), "wb") as f:
		f.write(b"mine")
	screen = browse(d, '@ "mm-3383.img/vmas[2]" Enter x Enter\n')
	demand(content(d, names[0]) == b"mine" and names[0] in screen, "written over without being told")
	screen = browse(d, '@ "mm-3383.img/vmas[2]" Enter x Up Space Enter\n')
	demand(content(d, names[0]) == raw, "the tick does nothing\n" + screen)
	# The image as JSON.
	screen = browse(d, '@ "mm-3383.img" Enter x C-u "mm.json" Tab Tab Tab Tab Space Enter\n')
	demand("%d bytes written" % len(content(d, "mm.json")) in screen.replace(",", ""), screen)
	demand(json.loads(content(d, "mm.json")) == json.loads(run("show", "--json", SET, "mm-3383.img")), "JSON")
	# Selected bytes of a file; what follows a message, under the name of its type; a ghost file under its own.
	screen = browse(d, '@ "mm-3383.img/vmas[2]" Enter Tab Tab v 1 5 l x C-u "part" Enter\n')
	demand(content(d, "part") == raw[:16], "selected bytes of a file\n" + screen)
	browse(d, '@ "pipes-data.img[0]" Enter x Tab Tab Space Enter\n')
	data = content(d, "pipes-data.img-0-extra-data.txt")
	demand(len(data) == 777 and data in content(SET, "pipes-data.img"), "a pipe's data")
	browse(d, '@ "ghost-file-2.img" Enter x ' + "Tab " * 6 + 'Space Enter\n')
	demand(content(d, "ghost2.txt") == b"short ghost", "a ghost file")
	# Selected bytes of memory; a region, with where it is from; all of it.
	browse(d, '@ "heap@3383" Enter v 9 9 l x C-u "some" Enter\n')
	some = run("read", "--raw", SET, "heap@3383", "100")
	demand(content(d, "some") == some, "selected bytes")
	browse(d, '@ "heap@3383" Enter C-w k x C-u "heap" Up Up Space Enter\n')
	region = next(r for r in map(json.loads, run("maps", "--json", "--pid", "3383", SET).splitlines())
		      if r["kind"] == "heap")
	size = int(region["end"], 16) - int(region["start"], 16)
	demand(content(d, "heap") == run("export", SET, "va:%s@3383" % region["start"], str(size), "-o", "-"), "region")
	said = json.loads(content(d, "heap.provenance.json"))
	demand(said["source"] == SET and said["size"] == size, said)
	# What cannot be written leaves nothing.
	before = sorted(os.listdir(d))
	screen = browse(d, '@ "mm-3383.img" Enter x C-u "none/x" Enter\n')
	demand("none/x" in screen and sorted(os.listdir(d)) == before, screen)
