"""The walk that the browser is for: from a process to the mapping that holds its environment, and from
a descriptor to its socket's addresses and back; then down to a small window and up again."""
# timeout: 120
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _tmux import Terminal, fail, selected

SET = "tests/real/tree"


def show(path):
	out = subprocess.run([os.environ["CRYOSCOPE"], "show", "--json", SET, path], check=True, capture_output=True).stdout
	return json.loads(out)


def truth(name):
	with open(SET + ".truth.json", encoding="utf-8", errors="surrogateescape") as f:
		for p in json.load(f)["processes"]:
			if p["comm"] == name:
				return p
	raise SystemExit("no " + name)


def to_environment(t, name):
	"""From the top: the process by name, its mm, the field, the mapping it points into."""
	process = truth(name)
	pid = process["nspid"][-1]
	mm = show("mm-%d.img" % pid)["entries"][0]
	stack = next(v["start"] for v in process["vmas"] if v["path"] == "[stack]")
	start = next(v["start"] for v in mm["vmas"] if v["start"] <= mm["mm_env_start"] < v["end"])

	t.keys("g")
	t.search(name)
	t.demand("%d %s" % (pid, name))
	t.keys("l")
	t.search("mm-%d" % pid)
	t.demand(": mm-%d.img" % pid)
	t.keys("Tab")
	t.search("mm_env_start")
	if "mm_env_start" not in selected(t, "Fields"):
		fail("not on mm_env_start but on %r" % selected(t, "Fields"))
	t.keys("Enter")
	shown = t.wait("[stack]")
	if ": Address space" not in shown.split("\n")[0]:
		fail("did not arrive in memory:\n" + shown)
	if "%012x-" % start not in selected(t, "Address space"):
		fail("the mapping does not start at %#x:\n%s" % (start, shown))
	if start != stack:
		fail("/proc says that the stack starts at %#x, not %#x" % (stack, start))
	if "Memory  %#x" % mm["mm_env_start"] not in shown:
		fail("the bytes are of another place:\n" + shown)
	t.keys("C-o")
	t.wait("mm_env_start")
	if "Address" in t.lines()[0]:
		fail("did not come back:\n" + t.screen())
	t.keys("BTab")


def to_socket(t):
	t.jump("pid:3382")
	t.demand(": 3382 tree-net")
	t.keys("l")
	t.search("fdinfo-3")
	t.keys("l")
	t.search("37064 -> ")
	before = t.wait("fdinfo-3.img : [4]").split("\n")[0]
	t.keys("Enter")
	shown = t.wait("files.img : [61]")
	for text in ("37064", "32835", "ESTABLISHED", "INETSK"):
		if text not in shown:
			fail("no %s in\n%s" % (text, shown))
	# The addresses themselves are further down.
	t.keys("Tab")
	t.search("src_addr")
	t.demand("127.0.0.1")
	t.keys("BTab")
	t.keys("C-o")
	if t.wait("fdinfo-3.img : [4]").split("\n")[0] != before:
		fail("came back elsewhere: " + t.lines()[0])


def whole(t, columns, lines):
	"""The screen fills the window and stands on the same row."""
	shown = t.lines()
	if len(shown[0].rstrip()) > columns or len([s for s in shown if s.strip()]) < lines - 1:
		fail("%dx%d is not filled:\n%s" % (columns, lines, "\n".join(shown)))
	if not any("*" in s and "37064" in s[:80] or "[4]" in s for s in shown):
		fail("%dx%d lost the selection:\n%s" % (columns, lines, "\n".join(shown)))


for size in ((80, 24), (160, 50)):
	with Terminal(*size) as t:
		t.run("cryoscope " + SET)
		t.wait("3375 tree-root")
		t.wait("index 100%")
		to_environment(t, "tree-mt")
		to_socket(t)
		for columns, lines in ((60, 16), (40, 10), (80, 24), (160, 50), size):
			t.resize(columns, lines)
			whole(t, columns, lines)
		t.resize(18, 4)
		t.resize(*size)
		whole(t, *size)
		t.quit()
		print("%dx%d: walked" % size)
