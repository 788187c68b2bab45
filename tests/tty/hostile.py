"""Names that would drive the terminal are seen, not obeyed."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _tmux import Terminal, fail

SET = os.environ["FIXTURES"] + "/hostile"
SEEN = ("\\x1b[31mred\\x1b[0m\\x07", "a) S 1\\nb", "e\\u{202e}gnp.txt\\xff")


def no_controls(data, what):
	for n, byte in enumerate(data):
		if (byte < 32 and byte != 10) or byte == 127:
			fail("%s: a raw %#04x at %d: %r" % (what, byte, n, data[max(0, n - 30):n + 30]))
	for bad in ("\u202e", "\u2066", "\u2069", "\u200b", "\ufeff", "\x9b", "\x85"):
		if bad.encode() in data:
			fail("%s: a raw %r" % (what, bad))


prog = os.environ["CRYOSCOPE"]
for args in (["info"], ["tree"], ["check"], ["show", SET, "files.img"], ["show", SET, "core-3.img"],
	     ["show", "--offsets", SET, "files.img"], ["read", SET, "off:0@pages-1.img", "256"]):
	argv = [prog, args[0]] + (args[1:] if SET in args else [SET])
	p = subprocess.run(argv, capture_output=True, timeout=20, check=False)
	no_controls(p.stdout + p.stderr, " ".join(args[:2]))
	p = subprocess.run(argv + (["--json"] if args[0] != "read" else []), capture_output=True, timeout=20, check=False)
	no_controls(p.stdout + p.stderr, " ".join(args[:2]) + " --json")

for size in ((160, 50), (80, 24)):
	with Terminal(*size) as t:
		t.run("cryoscope " + SET)
		t.wait("index 100%")
		wide = size[0] > 100
		shown = t.screen()
		for name in SEEN if wide else SEEN[1:2]:
			if name not in shown:
				fail("%r is not to be seen in\n%s" % (name, shown))
		t.jump("fdinfo-1.img")
		t.keys("l")
		for n in range(8):
			t.keys("j")
			no_controls(t.screen().encode().replace("\u2026".encode(), b""), "the screen")
		t.jump("off:0x20@pages-1.img")
		t.demand("TWO=lines.here")
		no_controls(t.screen().encode(), "the bytes")
		t.quit()
	print("%dx%d: all visible" % size)
