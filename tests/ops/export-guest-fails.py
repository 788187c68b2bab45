#!/usr/bin/env python3
"""Exports of guests that go wrong: every broken stream of the corpus in every form, streams cut anywhere, no vCPUs, no
memory, no room, a file that is there, a kill: what is written is whole and can be read, or nothing is.
timeout: 300
"""
import os
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "xen"), os.path.join(HERE, "..", "tools")]
import xen_streams as xen
from _guestcores import PAGE, ElfCore, XenCore, mapped, read_lime

FORMS = ("raw", "lime", "xen-core", "elf-core")
FOLDER = tempfile.mkdtemp(prefix="xen-export-", dir=os.environ.get("TMPDIR", "/var/tmp"))


def export(source, form, *more):
	"""(exit, message, path or None)."""
	path = os.path.join(FOLDER, "export")
	status, out, err = xen.run("export", source, "guest", "--format", form, "-o", path, *more)
	there = os.path.exists(path)
	xen.same("nothing else is left: %s" % source, os.listdir(FOLDER), ["export"] if there else [])
	return status, err, path if there else None


def read(form, path):
	"""Its memory; of raw the bytes."""
	if form == "lime":
		return read_lime(path)[0]
	if form == "raw":
		return mapped(path)[:] if os.path.getsize(path) < 64 << 20 else None
	return (XenCore if form == "xen-core" else ElfCore)(path).memory()


def check_consistent(what, source):
	"""All forms say the same of one stream, whatever is wrong with it."""
	found = {}
	for form in FORMS:
		status, err, path = export(source, form)
		xen.same("exits: %s as %s: %d" % (what, form, status), status in (0, 2, 3, 4), True)
		xen.same("written or said: %s as %s" % (what, form), bool(path) == (status != 2) or status == 3, True)
		xen.same("says why: %s as %s" % (what, form), status == 0 or bool(err), True)
		if path:
			found[form] = read(form, path)
			os.unlink(path)
	if "lime" in found and "xen-core" in found:
		xen.same("forms agree: %s" % what, set(found["lime"]), set(found["xen-core"]))
	top = (1 << 52) - 1  # a core's segment cannot end at 2^64
	if "lime" in found and "elf-core" in found and top not in found["lime"]:
		xen.same("forms agree: %s as core" % what, found["lime"] == found["elf-core"], True)
	if found.get("raw") and "lime" in found:
		xen.same("forms agree: %s raw" % what, [p for p, b in found["lime"].items()
		                                       if found["raw"][p * PAGE:(p + 1) * PAGE] != b], [])
	return found


def check_broken():
	for name in xen.mini():
		check_consistent(name, xen.mini_path(name))


def check_cuts():
	"""Cut inside headers, between records, inside pages, inside the vCPUs."""
	random.seed(6)
	for name in ("pv-mini", "hvm-mini", "checkpoints"):
		with open(xen.mini_path(name), "rb") as f:
			whole = f.read()
		full = check_consistent(name, xen.mini_path(name)).get("lime", {})
		for length in sorted(random.sample(range(41, len(whole)), 24)) + [len(whole) - 1, len(whole) - 8]:
			with tempfile.NamedTemporaryFile(suffix=".libxc") as cut:
				cut.write(whole[:length])
				cut.flush()
				found = check_consistent("%s cut to %d" % (name, length), cut.name).get("lime", {})
			if name != "checkpoints":
				xen.same("cuts: %s" % name, all(full.get(p) == b for p, b in found.items()), True)


def check_absent():
	"""No vCPUs: a core all the same, and a word. No memory: none."""
	status, err, path = export(xen.mini_path("big-endian"), "xen-core")
	xen.same("no vCPUs: exit", (status, "no registers" in err), (4, True))
	xen.same("no vCPUs: counts", (XenCore(path).vcpus, XenCore(path).by_name[".xen_prstatus"].size), (0, 0))
	os.unlink(path)
	for form in ("lime", "xen-core"):
		status, err, path = export(xen.mini_path("only-headers"), form)
		xen.same("no memory: " + form, (status, "no page with bytes" in err, path), (2, True, None))
	status, out, err = xen.run("export", xen.mini_path("pv-mini"), "libxc[1]", "--format", "lime", "-o", FOLDER + "/export")
	xen.same("no memory: a record", (status, "has no memory" in err, os.listdir(FOLDER)), (2, True, []))
	status, out, err = xen.run("export", xen.mini_path("pv-mini"), "vcpu0", "--format", "xen-core", "-o", FOLDER + "/export")
	xen.same("no frames: a vCPU's", (status, os.listdir(FOLDER)), (2, []))
	for word, says in (("vcpu9", "no vcpu9"), ("pass:0", "no pass 0"), ("pass:x", "pass:NUMBER"), ("root:x", "PFN")):
		status, out, err = xen.run("export", xen.mini_path("pv-mini"), word, "--format", "elf-core", "-o", FOLDER + "/export")
		xen.same("no such memory: %s: %s" % (word, err), (status, says in err, os.listdir(FOLDER)), (2, True, []))


def check_existing():
	for form in FORMS:
		path = os.path.join(FOLDER, "export")
		with open(path, "w") as f:
			f.write("mine")
		status, err, there = export(xen.mini_path("pv-mini"), form)
		with open(path) as f:
			xen.same("a file that is there: " + form, (status, "--force" in err, f.read()), (2, True, "mine"))
		status, err, there = export(xen.mini_path("pv-mini"), form, "--force")
		xen.same("a file that is there: %s, forced" % form, (status, bool(read(form, path))), (0, True))
		xen.same("its mode: " + form, os.stat(path).st_mode & 0o777, 0o600)
		os.unlink(path)


def check_pipe():
	"""Into a pipe the same bytes; raw with its holes as zeros."""
	for form in FORMS:
		status, err, path = export(xen.mini_path("hvm-mini"), form, *(["--holes", "skip"] if form == "raw" else []))
		with open(path, "rb") as f:
			whole = f.read()
		os.unlink(path)
		status, out, err = xen.run("export", xen.mini_path("hvm-mini"), "guest", "--format", form, "-o", "-",
		                           *(["--holes", "skip"] if form == "raw" else []))
		xen.same("pipes: " + form, (status, out == whole), (0, True))


def check_room(source):
	def limited():
		signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
		resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

	for form in FORMS:
		p = subprocess.run([xen.PROGRAM, "export", source, "guest", "--format", form, "-o", FOLDER + "/export"],
		                   capture_output=True, preexec_fn=limited, timeout=60)
		xen.same("no room: %s" % form, (p.returncode, b"too large" in p.stderr, os.listdir(FOLDER)), (2, True, []))
	disk = tempfile.mkdtemp()
	if not os.getuid() and not subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk],
	                                          stderr=subprocess.DEVNULL).returncode:
		for form in FORMS:
			status, out, err = xen.run("export", source, "guest", "--format", form, "-o", disk + "/export")
			xen.same("a full disk: %s" % form, (status, "are free" in err, os.listdir(disk)), (2, True, []))
		subprocess.run(["umount", disk])
	os.rmdir(disk)


def check_stops(source):
	random.seed(7)
	for n in range(12):
		p = subprocess.Popen([xen.PROGRAM, "export", source, "guest", "--format", FORMS[n % 4], "-o", FOLDER + "/export"],
		                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
		time.sleep(random.uniform(0, 0.03))
		p.send_signal(signal.SIGKILL if n % 3 else signal.SIGINT)
		p.communicate(timeout=60)
		left = os.listdir(FOLDER)
		xen.same("stopped", left in ([], ["export"]), True)
		if left:
			xen.same("stopped: whole", bool(read(FORMS[n % 4], FOLDER + "/export")), True)
			os.unlink(FOLDER + "/export")


def check_shrinking(source):
	"""A stream that becomes shorter while the first bytes wait in a pipe."""
	for form in FORMS:
		copy = os.path.join(FOLDER, "shrinks.xl")
		shutil.copyfile(source, copy)
		p = subprocess.Popen([xen.PROGRAM, "export", copy, "guest", "--format", form, "-o", "-"], stdout=subprocess.PIPE,
		                     stderr=subprocess.PIPE)
		p.stdout.read(4096)
		os.truncate(copy, 65536)
		p.stdout.read()
		err = p.stderr.read().decode()
		p.wait(timeout=60)
		xen.same("shrinks: %s: %s" % (form, err), (p.returncode, "shorter" in err), (2, True))
		os.unlink(copy)


try:
	check_broken()
	check_cuts()
	check_absent()
	check_existing()
	check_pipe()
	small = xen.stream("tiny-pv-64.xl")
	check_room(small)
	check_stops(small)
	check_shrinking(small)
finally:
	shutil.rmtree(FOLDER, True)
xen.finish()
