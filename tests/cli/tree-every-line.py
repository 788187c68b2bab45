#!/usr/bin/env python3
"""tree: every path it prints is one that show and read take back; offsets are those of the files."""
import json
import os
import random
import subprocess
import sys

CRYOSCOPE = os.environ["CRYOSCOPE"]
SETS = ["tests/real/" + d for d in ("tree", "tree-v3", "ns-tree", "zombie", "lazy")]


def run(*argv):
	r = subprocess.run([CRYOSCOPE, *argv], capture_output=True)
	return r.returncode, r.stdout


bad = 0
random.seed(7)
for folder in SETS:
	status, out = run("tree", "--json", folder)
	lines = [json.loads(line) for line in out.splitlines()]
	text = run("tree", folder)[1].splitlines()
	paths = [line["path"] for line in lines]
	if status or len(text) != len(lines) or len(set(paths)) != len(paths):
		print(folder, "status", status, len(text), "lines of text,", len(lines), "of JSON,", len(set(paths)), "paths")
		bad += 1
	files = {e for e in os.listdir(folder) if os.path.isfile(os.path.join(folder, e))}
	if files - set(paths):
		print(folder, "does not list", files - set(paths))
		bad += 1
	for line in random.sample(lines, 40):
		if not line["path"] or not line["length"]:
			continue
		status, out = run("read", "--raw", folder, line["path"])
		file = line["path"].split("[")[0]
		while file not in files and "/" in file:
			file = os.path.dirname(file)
		with open(os.path.join(folder, file), "rb") as f:
			f.seek(line["offset"])
			want = f.read(line["length"])
		if status or out != want:
			print(folder, line, "read: status", status, len(out), "bytes")
			bad += 1
		status, out = run("show", "--json", folder, line["path"])
		if status or not json.loads(out):
			print(folder, line, "show: status", status)
			bad += 1
sys.exit(bad != 0)
