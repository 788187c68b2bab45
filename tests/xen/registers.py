#!/usr/bin/env python3
"""Compares the registers of all vCPUs of real streams, as `show --json` has them, with ground truth.

CRYOSCOPE_XEN is the folder of the unpacked streams. Of a stream with several snapshots the last one's counts; the
converted legacy streams have the registers of those that they were made from.
timeout: 120
"""
import glob
import json
import os
import subprocess
import sys

PROGRAM = os.environ.get("CRYOSCOPE", "cryoscope")
CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "")
STREAMS = os.environ.get("CRYOSCOPE_XEN", "")
failures = []
compared = 0


def number(v):
	return int(v, 0) if isinstance(v, str) else v


def same(where, what, ours, truth):
	global compared
	compared += 1
	if number(ours) != number(truth):
		failures.append("%s: %s: we say %r, the truth is %r" % (where, what, ours, truth))


def run(*args):
	done = subprocess.run((PROGRAM,) + args, stdout=subprocess.PIPE, check=True)
	return done.stdout.decode()


# Names of the truth that are not those of the structures.
PV = {
	"event_callback": "event_callback_eip",
	"syscall_callback": "syscall_callback_eip",
}
DERIVED = ("cr3_pfn", "user_cr3_pfn", "gdt_frames")


def compare_pv(where, fields, truth):
	wide = "r15" in truth
	for name, value in truth.items():
		if name in DERIVED:
			continue
		if name[:2] == "cr" and name[2:].isdigit():
			ours = fields["ctrlreg"][int(name[2:])]
		elif name in fields["user_regs"]:
			ours = fields["user_regs"][name]
		else:
			ours = fields[PV.get(name, name)]
		same(where, name, ours, value)
	frames = truth.get("gdt_frames", [])
	for i, frame in enumerate(frames):
		same(where, "gdt_frames[%d]" % i, fields["gdt_frames"][i], frame)
	cr3 = number(fields["ctrlreg"][3])
	pfn = cr3 >> 12 if wide else (cr3 >> 12) | (cr3 << 20 & 0xffffffff)
	same(where, "cr3_pfn", pfn, truth["cr3_pfn"])


def compare_hvm(where, fields, truth):
	for name, value in truth.items():
		if name not in DERIVED:
			same(where, name, fields[name], value)


def compare(path, truth):
	"""Walks the records that have state; the last of each vCPU is the one that counts."""
	basic, context = {}, None
	for line in run("tree", "--json", path, "libxc").splitlines():
		row = json.loads(line)
		if row["kind"] == "X86_PV_VCPU_BASIC":
			fields = json.loads(run("show", "--json", path, row["path"]))["fields"]
			basic[str(fields["vcpu_id"])] = fields
		elif row["kind"] == "HVM_CONTEXT":
			context = row["path"]
	if context:
		fields = json.loads(run("show", "--json", path, context))["fields"]
		for cpu in fields["CPU"]:
			basic[str(cpu["instance"])] = cpu
	same(path, "number of vCPUs", len(basic), len(truth))
	for vcpu, registers in truth.items():
		where = "%s: vcpu%s" % (os.path.basename(path), vcpu)
		(compare_hvm if context else compare_pv)(where, basic[vcpu], registers)


def main():
	truths = sorted(glob.glob(os.path.join(CORPUS, "xen", "truth", "*.json")))
	if not CORPUS or not truths or not os.path.isdir(STREAMS):
		print("needs CRYOSCOPE_CORPUS and CRYOSCOPE_XEN, the unpacked streams")
		sys.exit(77)
	for name in truths:
		with open(name) as f:
			truth = json.load(f)
		path = os.path.join(STREAMS, truth.get("file", ""))
		if truth.get("vcpus") and os.path.isfile(path):
			compare(path, truth["vcpus"])
	for line in failures[:40]:
		print(line)
	print("%d values compared, %d differ" % (compared, len(failures)))
	sys.exit(bool(failures) or not compared)


main()
