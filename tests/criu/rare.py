#!/usr/bin/env python3
"""Images of what few sets have (cgroups v1, filters of system calls, time namespaces, BPF maps): show --json says
what crit says, the tree has a line for each part, and check finds what is wrong with them and nothing else."""
import json
import os
import shutil
import subprocess
import sys

FOLDER = os.path.join(os.environ["FIXTURES"], "rare")
WRONG = {"seccomp.img": {"seccomp-filter", "seccomp-ring"}}
PARTS = {"cgroup.img": 5, "seccomp.img": 5, "timens-13.img": 0, "bpfmap-file.img": 1}
failures = []


def lines(*args):
	p = subprocess.run([os.environ["CRYOSCOPE"], *args, "--json", "-q"], capture_output=True, timeout=60)
	return [json.loads(line) for line in p.stdout.splitlines()]


for name, parts in PARTS.items():
	path = os.path.join(FOLDER, name)
	rules = {p["rule"] for p in lines("check", path)}
	if rules != WRONG.get(name, set()):
		failures.append("%s: %s" % (name, rules))
	if len(lines("tree", path)) != parts + 1:
		failures.append("%s: %d lines" % (name, len(lines("tree", path))))
	if shutil.which("crit"):
		said = json.loads(subprocess.run(["crit", "decode", "-i", path], capture_output=True, check=True).stdout)
		if lines("show", path) != [said]:
			failures.append("%s: not as crit has it" % name)
print("\n".join(failures) or "%d images" % len(PARTS))
sys.exit(bool(failures))
