"""Terminals and locales that can do less: vt100, no colours, no UTF-8, dumb, none."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _tmux import Terminal, fail


def colours(screen):
	import re
	return [c for s in re.findall("\x1b\\[([0-9;]*)m", screen) for c in s.split(";")
		if c[:1] in ("3", "4", "9") and len(c) == 2 and c not in ("39", "49")]


def browse(check, **env):
	with Terminal(80, 24, **env) as t:
		t.run("cryoscope tests/real/tree")
		t.wait("3375 tree-root")
		t.wait("index 100%")
		t.jump("pid:3383")
		t.demand("tree-mt")
		check(t)
		t.quit()
	print(env, "ok")


def no_colour(t):
	found = colours(t.screen(colours=True))
	if found:
		fail("colours all the same: %s" % found[:5])
	# The selection must be told without them: by its mark.
	if not any("*" in line[:4] and "3383" in line for line in t.lines()):
		fail("no mark at the selection:\n" + t.screen())


def ascii_only(t):
	text = t.screen()
	if not text.isascii() or "+-" not in text or "|" not in text:
		fail("not plain ASCII:\n" + text)


def shell_below(t, left):
	"""Without a second screen: of the hints nothing is left, the shell has the last line."""
	last = t.wait(left).rstrip("\n").split("\n")
	if any("F1 Help" in line for line in last):
		fail("the hints are still there:\n" + "\n".join(last))


browse(no_colour, TERM="vt100")
with Terminal(80, 24, TERM="vt100") as t:
	t.run("cryoscope tests/real/tree")
	t.wait("index 100%")
	t.keys("q")
	shell_below(t, t.PROMPT)
	# The same when a signal ends it.
	t.run("clear; timeout --foreground 1 cryoscope tests/real/tree; echo left with $?")
	t.wait("index 100%")
	shell_below(t, "left with 124")
browse(no_colour, NO_COLOR="1")
browse(ascii_only, LC_ALL="C")
browse(lambda t: None, TERM="xterm-256color")
browse(lambda t: None, TERM="linux")

prog = os.environ["CRYOSCOPE"]
for env in ({"TERM": "dumb"}, {}):
	p = subprocess.run([prog, "tests/real/tree"], env=dict(os.environ, **env), stdin=subprocess.DEVNULL,
			   stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20)
	if p.returncode != 2 or b"tree" not in p.stderr or b"\x1b" in p.stdout + p.stderr:
		fail("without a terminal: exit %d, %r %r" % (p.returncode, p.stdout[:200], p.stderr[:300]))
with Terminal(80, 24, TERM="dumb") as t:
	t.keys_text("cryoscope tests/real/tree; echo left with $?")
	t.keys("Enter")
	t.wait("left with 2")
print("no terminal: says so")
