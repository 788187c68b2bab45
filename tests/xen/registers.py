#!/usr/bin/env python3
"""Compares the registers of all vCPUs of real streams, as `show --json` has them in the records and in guest/vcpuN,
with ground truth and with what xenctx printed of the restored domains.

CRYOSCOPE_XEN is the folder of the unpacked streams. Of a stream with several snapshots the last one's counts; legacy
streams have the registers of those that the converter made of them.
timeout: 120
"""
import glob
import json
import os
import re
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


# Names of the truth, and of xenctx, that are not those of a vCPU's row.
GUEST = {"sel": "", "msr_efer": "efer", "msr_lstar": "lstar", "msr_star": "star", "msr_cstar": "cstar",
         "msr_syscall_mask": "sfmask"}


def compare_guest(path, truth):
	for vcpu, registers in truth.items():
		where = "%s: guest/vcpu%s" % (os.path.basename(path), vcpu)
		fields = json.loads(run("show", "--json", path, "guest/vcpu" + vcpu))["fields"]
		found = 0
		for name, value in registers.items():
			name = GUEST.get(name, name[:-4] if name.endswith("_sel") else name)
			if name in fields:
				same(where, name, fields[name], value)
				found += 1
		same(where, "registers found, at least", min(found, 17), 17)


def compare_xenctx(path, name):
	"""Machine frames of a running PV guest are not the stream's: CR3, and start_info's in vCPU 0's rdx."""
	with open(name) as f:
		vcpus = re.split(r"^vcpu(\d+):$", f.read(), flags=re.M)
	for vcpu, text in zip(vcpus[1::2], vcpus[2::2]):
		where = "%s: xenctx: vcpu%s" % (os.path.basename(path), vcpu)
		fields = json.loads(run("show", "--json", path, "guest/vcpu" + vcpu))["fields"]
		pv = "vcpu_guest_context" in fields
		text = text.split("Code")[0]
		theirs = dict(re.findall(r"\b([a-z][a-z0-9]+): ([0-9a-f]+)(?=\s)", text))
		for a, b in re.findall(r"([a-z]+:[a-z]+): ([0-9a-f:]+)", text):
			theirs.update(zip(a.split(":"), b.split(":")))
		for name, base, other in re.findall(r"([fg]s): \S+ @ (\w+)/?(\w*)", text):
			theirs[name + "_base" + ("_kernel" if pv and name == "gs" else "")] = base
			if other:
				theirs["gs_base_user" if pv else "shadow_gs"] = other
		theirs["rflags" if "rip" in theirs else "eflags"] = theirs.pop("flags")
		if pv:
			del theirs["cr3"]
			theirs.pop("rdx" if vcpu == "0" else "", None)
			theirs.pop("edx" if vcpu == "0" else "", None)
		for name, value in theirs.items():
			name = name if name in fields else "r" + name[1:]
			same(where, name, fields[name], int(value, 16))


def main():
	truths = sorted(glob.glob(os.path.join(CORPUS, "xen", "truth", "*.json")))
	if not CORPUS or not truths or not os.path.isdir(STREAMS):
		print("needs CRYOSCOPE_CORPUS and CRYOSCOPE_XEN, the unpacked streams")
		sys.exit(77)
	for name in truths:
		with open(name) as f:
			truth = json.load(f)
		path = os.path.join(STREAMS, truth.get("file", ""))
		vcpus = truth.get("vcpus")
		if not vcpus or not os.path.isfile(path):
			continue
		compare(path, vcpus)
		compare_guest(path, vcpus)
		legacy = re.sub(r"\.converted\..*", ".img", path)
		if legacy != path:
			compare_guest(legacy, vcpus)
		peer = os.path.join(CORPUS, "xen", "peer", os.path.basename(path).rsplit(".", 1)[0] + ".xenctx.txt")
		if os.path.isfile(peer):
			compare_xenctx(path, peer)
	for line in failures[:40]:
		print(line)
	print("%d values compared, %d differ" % (compared, len(failures)))
	sys.exit(bool(failures) or not compared)


main()
