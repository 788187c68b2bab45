#!/usr/bin/env python3
"""No real set that is as its dumper left it has problems: the corpus's own, each snapshot of a chain, containers,
and those of CRIU's own tests, whose pages files are put back as holes of the sizes that they had.

timeout: 300"""
import os
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "../shared/corpus")
OWN, ZDTM = os.path.join(CORPUS, "criu"), os.path.join(CORPUS, "criu-zdtm")
# Sound, and yet something is missing: podman's archive of the last of two dumps has a link to the first, outside of it.
MISSING = {"podman/container-final.tar": "missing-parent"}
SETS = ("counter counter-2 tree tree-v3 ns-tree zombie lazy arm64-counter chain chain/1 chain/2 chain/3 podman/container.tar "
	"podman/container.tar.gz podman/container.tar.zst podman/container-pre.tar podman/container-final.tar").split()
failures = count = 0

if not os.path.isdir(OWN):
	print("no corpus of image sets")
	sys.exit(77)


def look(name, path):
	global failures, count
	p = subprocess.run([PROGRAM, "check", "--severity", "warning", path], capture_output=True, timeout=60, text=True)
	count += 1
	rule = MISSING.get(name)
	lines = p.stdout.splitlines()
	if rule and p.returncode == 1 and len(lines) == 1 and "[%s]" % rule in lines[0]:
		return
	if rule or p.returncode or lines:
		failures += 1
		print("FAIL %s: exit %d" % (name, p.returncode), *lines[:5], sep="\n\t")


def with_pages(source, work):
	"""A copy, with the pages files that were left out of the corpus."""
	to = os.path.join(work, "set")
	shutil.rmtree(to, True)
	shutil.copytree(source, to)
	with open(os.path.join(source, "pages.sizes")) as f:
		for name, size in map(str.split, f):
			with open(os.path.join(to, name), "wb") as pages:
				pages.truncate(int(size))
	return to


for name in SETS:
	look(name, os.path.join(OWN, name))
work = tempfile.mkdtemp(prefix="intact.")
try:
	for name in sorted(os.listdir(ZDTM)) if os.path.isdir(ZDTM) else ():
		source = os.path.join(ZDTM, name)
		if os.path.exists(os.path.join(source, "pages.sizes")):
			look(name, with_pages(source, work))
finally:
	shutil.rmtree(work, True)
print("%d sets, %d with problems" % (count, failures))
sys.exit(failures != 0)
