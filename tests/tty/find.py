"""Searching bytes in a terminal: a secret of an environment, in one process and in all; the list of
hits; a search that is stopped."""
# timeout: 60
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _tmux import Terminal, fail

SET = "tests/real/tree"
PROGRAM = os.environ["CRYOSCOPE"]

out = subprocess.run([PROGRAM, "find", SET, "SECRET_TOKEN"], check=True, capture_output=True, text=True).stdout
truth = [line.split()[:2] for line in out.splitlines()]
at = [va for pid, va in truth if pid == "3383"][0]

with Terminal(80, 24) as t:
	t.run("cryoscope " + SET)
	t.wait("index 100%")
	t.jump("pid:3383")
	t.keys("A", "Tab", "/")
	t.keys_text("SECRET_TOKEN")
	t.keys("Enter")
	t.wait("hit 1/1; L lists them")
	t.wait("Memory  " + at)
	t.keys(":")
	t.keys_text("find-all SECRET_TOKEN")
	t.keys("Enter")
	t.wait("hit 1/%d; L lists them" % len(truth))
	t.keys("L")
	shown = t.wait("SECRET_TOKEN in all processes")
	for pid, va in truth:
		if "%s  %s" % (pid, va[2:]) not in shown:
			fail("no hit of %s at %s:\n%s" % (pid, va, shown))
	t.keys("n", "n", "Enter")
	t.wait("Memory  " + truth[2][1])
	t.wait(truth[2][0])
	t.keys("L", "q")
	t.wait("Memory  " + truth[2][1])
	t.keys("Tab", "/")
	t.keys_text("no such thing")
	t.keys("Enter")
	t.wait("not found")
	t.quit()
print("%d hits shown" % len(truth))
