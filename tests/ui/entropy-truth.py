"""Entropy of pages: what the inspector and the page map say is what their bytes give."""
import collections
import json
import math
import os
import re
import subprocess
import sys

SET = "tests/real/tree"
PID = 3383
PROGRAM = os.environ["CRYOSCOPE"]


def run(*args, **more):
	return subprocess.run([PROGRAM, *args], capture_output=True, check=True, timeout=60, **more).stdout


def entropy(page):
	return -sum(n / len(page) * math.log2(n / len(page)) for n in collections.Counter(page).values())


def page_at(va):
	return run("read", "--raw", SET, "va:0x%x@%d" % (va, PID), "4096")


maps = [json.loads(line) for line in run("maps", "--json", "--pid", str(PID), SET).splitlines()]
kept = [(int(m["start"], 16), m) for m in maps if m["present"] == (int(m["end"], 16) - int(m["start"], 16)) // 4096]
checked = 0
for start, m in kept:
	for va in range(start, int(m["end"], 16), 4096):
		want = entropy(page_at(va))
		screen = run(SET, "--size", "160x50", "--script", "-",
			     input=b'@ "pid:%d" Enter A @ "0x%x" Enter\n' % (PID, va)).decode()
		said = re.search(r"entropy +([0-9.]+) bits a byte", screen)
		if not said or abs(float(said.group(1)) - want) > 0.0501:
			sys.exit("0x%x has %.3f, the inspector says %s" % (va, want, said and said.group(1)))
		screen = run(SET, "--script", "-", input=b'@ "pid:%d" Enter A p @ "0x%x" Enter H\n' % (PID, va)).decode()
		row = re.search(r"%012x  ([0-9.fl?p]+)" % start, screen)
		digit = row.group(1)[(va - start) // 4096] if row else ""
		if not digit.isdigit() or abs(int(digit) - want) > 0.55:
			sys.exit("0x%x has %.3f, its cell says %r" % (va, want, digit))
		if "%s b/B" % said.group(1) not in screen:
			sys.exit("0x%x: the status line does not say %s:\n%s" % (va, said.group(1), screen))
		checked += 1
if checked < 10:
	sys.exit("only %d pages" % checked)
print("%d pages" % checked)
