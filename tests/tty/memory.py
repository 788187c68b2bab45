"""Memory as an analyst walks it: to a thread's stack pointer, along two pointers and back; executable
anonymous memory by filter; in terminals of all kinds."""
# timeout: 120
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _tmux import Terminal, fail, selected

SET = "tests/real/tree"
PROGRAM = os.environ["CRYOSCOPE"]


def read(location, n):
	return subprocess.run([PROGRAM, "read", "--raw", SET, location, str(n)], check=True, capture_output=True).stdout


def pointer_at(addr):
	return struct.unpack("<Q", read("va:%#x@3383" % addr, 8))[0]


def at(t, addr):
	t.wait("Memory  %#x" % addr)


def walk(t):
	out = subprocess.run([PROGRAM, "where", "--json", SET, "reg:rsp@3384"], check=True, capture_output=True)
	sp = int(out.stdout.split(b'"va"')[1].split(b'"')[1], 16)

	t.keys("@")
	t.keys_text("reg:rsp@3384")
	t.wait("of pid 3383  (rw-p anon)")
	t.keys("Enter")
	at(t, sp)
	if "stack tid 3384" not in selected(t, "Address space"):
		fail("not in the thread's stack: " + selected(t, "Address space"))
	t.keys("j", "j", "j", "j")
	at(t, sp + 0x40)
	first = pointer_at(sp + 0x40)
	t.keys("Enter")
	at(t, first)
	t.keys("j", "8", "l")
	at(t, first + 0x18)
	second = pointer_at(first + 0x18)
	t.keys("Enter")
	at(t, second)
	t.keys("C-o")
	at(t, first + 0x18)
	t.keys("C-o")
	at(t, sp + 0x40)


def counted(t):
	"""What is counted shows without another key."""
	t.jump("pid:3375")
	t.keys("A")
	t.wait("44 regions  236K in the images")
	t.keys("T")


def executable(t):
	t.jump("pid:3375")
	t.keys("A", "&")
	t.keys_text("perm~x kind=anon")
	t.keys("Enter")
	t.wait("CRYO-RWX")
	if "rwxp" not in selected(t, "Address space") or "!anon exec" not in selected(t, "Address space"):
		fail("not what can be run: " + selected(t, "Address space"))


for size in ((80, 24), (160, 50)):
	with Terminal(*size) as t:
		t.run("cryoscope " + SET)
		t.wait("3375 tree-root")
		t.wait("index 100%")
		counted(t)
		walk(t)
		executable(t)
		t.keys("p")
		t.wait("a cell 4.0K")
		t.quit()
		print("%dx%d: walked" % size)

for env in ({"TERM": "vt100"}, {"NO_COLOR": "1"}, {"LC_ALL": "C"}):
	with Terminal(80, 24, **env) as t:
		t.run("cryoscope " + SET)
		t.wait("3375 tree-root")
		t.wait("index 100%")
		t.jump("env@3375")
		shown = t.wait("stack tid 3375")
		if env.get("LC_ALL") and not shown.isascii():
			fail("not ASCII:\n" + shown)
		for word in ("SECRET_TOKE", "pages-4.img+", "present"):
			if word not in shown:
				fail("no %s with %s:\n%s" % (word, env, shown))
		t.keys("p")
		t.wait("a cell 4.0K")
		t.quit()
		print("%s: read" % env)
