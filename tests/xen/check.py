#!/usr/bin/env python3
"""check against Xen's verify-stream-v2: the verdict on each stream made by hand, with the exceptions and why;
its listings of the real ones in names and lengths of records, as far as it reads them; nothing but notes about
streams that Xen wrote."""
import os
import re
import sys

sys.path.insert(0, "tests/tools")
from xen_streams import *

# Streams that the verifier passes and restore refuses.
RESTORE_REFUSES = {
	"all-types": {"page-bound", "page-table"},  # PFNs above the last of P2M_FRAMES; the verifier has no bound
	"no-data-batch": {"page-bound"},
	"page-before-static": {"order"},  # version 3 demands STATIC_DATA_END first; the verifier does not look
}
# Streams that the verifier refuses and restore takes: warnings.
RESTORE_TAKES = {
	"optional-record": "unknown-record",  # optional ones are skipped on restore
}
# What must be found, beyond there being an error: the rule that names what was done to the stream.
FOUND = {
	"unknown-mandatory": "unknown-record", "toolstack": "forbidden-record", "dirty-pfn-list": "forbidden-record",
	"zero-len-vcpu": "vcpu", "trailing-bytes": "trailing", "nonzero-padding": "padding",
	"reserved-type-5": "page-type", "reserved-bits": "reserved", "count-zero": "page-count",
	"count-too-big": "page-count", "data-short": "page-size", "data-long": "page-size",
	"length-huge": "record-length", "no-end": "no-end", "cut-in-header": "header-cut",
	"cut-in-page": "record-length", "cut-in-recheader": "cut-header", "bad-id": "libxc-header",
	"bad-version": "libxc-header", "domain-type-3": "domain-type", "page-shift-16": "page-shift",
	"big-endian": "big-endian", "unordered": "page-order", "only-headers": "no-end",
	"verify-mode-mismatch": "verify", "repeats": "page-gone",
}
# Of the fixtures: the verifier's exit status, Xen 4.17's.
FIXTURES = {
	"big-endian.libxl": 1, "hvm-4level.libxc": 0, "hvm-5level.libxc": 0, "hvm-entries.libxc": 0,
	"hvm-msr-length.libxc": 0, "hvm-nopse.libxc": 0, "hvm-pae.libxc": 0, "hvm-pse.libxc": 0, "hvm-unpaged.libxc": 0,
	"live.libxc": 0, "odd.libxc": 1, "pv32.libxc": 0, "pv64.libxc": 0, "remus.libxl": 1, "v2-hvm.libxc": 0,
	"v2-pv.libxc": 0,
}
# Where ours is another: it does not look into HVM contexts, and takes what follows a checkpoint for libxc's.
FIXTURES_ELSE = {"hvm-entries.libxc", "hvm-msr-length.libxc", "remus.libxl"}
# The verifier's words for records.
NAMES = {
	"End": "END", "Page data": "PAGE_DATA", "x86 PV info": "X86_PV_INFO", "x86 PV P2M frames": "X86_PV_P2M_FRAMES",
	"x86 PV vcpu basic": "X86_PV_VCPU_BASIC", "x86 PV vcpu extended": "X86_PV_VCPU_EXTENDED",
	"x86 PV vcpu xsave": "X86_PV_VCPU_XSAVE", "Shared info": "SHARED_INFO", "TSC info": "X86_TSC_INFO",
	"HVM context": "HVM_CONTEXT", "HVM params": "HVM_PARAMS", "x86 PV vcpu msrs": "X86_PV_VCPU_MSRS",
	"Verify": "VERIFY", "Checkpoint": "CHECKPOINT", "Static data end": "STATIC_DATA_END",
	"x86 CPUID policy": "X86_CPUID_POLICY", "x86 MSR policy": "X86_MSR_POLICY", "Libxc context": "LIBXC_CONTEXT",
	"Emulator xenstore data": "EMULATOR_XENSTORE_DATA", "Emulator context": "EMULATOR_CONTEXT",
	"Checkpoint end": "CHECKPOINT_END", "Checkpoint state": "CHECKPOINT_STATE",
}


def check_mini():
	for name, said in mini().items():
		path = mini_path(name)
		if name == "empty":
			same("verdicts: empty", run("check", path)[0], 3)
			continue
		found = problems(path)
		errors = {p["rule"] for p in found if p["severity"] == "error"}
		rules = {p["rule"] for p in found}
		if name in RESTORE_REFUSES:
			same("verdicts: " + name, (said["verify_rc"], errors), (0, RESTORE_REFUSES[name]))
		elif name in RESTORE_TAKES:
			same("verdicts: " + name, (said["verify_rc"], [p["severity"] for p in found]), (1, ["warning"]))
			same("rules: " + name, RESTORE_TAKES[name] in rules, True)
		else:
			same("verdicts: " + name, bool(errors), said["verify_rc"] != 0)
		if name in FOUND:
			same("rules: " + name, FOUND[name] in rules, True)
		same("statuses: " + name, run("check", path)[0],
		     1 if any(p["severity"] != "note" for p in found) else 0)


def check_fixtures():
	for name, status in FIXTURES.items():
		found = problems(os.path.join(os.environ["FIXTURES"], "xen", name))
		errors = any(p["severity"] == "error" for p in found)
		same("verdicts: " + name, errors, (status != 0) != (name in FIXTURES_ELSE))


def listing(text):
	"""(layer, name, length) of each record that the verifier lists; batches of pages as one, with their number."""
	found = []
	for line in text.splitlines():
		m = re.match(r"Lib(xc|xl) Record: (.*), length (\d+)$", line)
		if m:
			found.append(("lib" + m.group(1), NAMES.get(m.group(2), m.group(2)), int(m.group(3))))
		m = re.match(r"Squashed (\d+) Page Data records together", line)
		if m:
			found.append(("libxc", "PAGE_DATA", int(m.group(1))))
	return found


def squashed(path):
	found = []
	for r in records(path):
		if r["kind"] == "trailing":
			continue
		if r["kind"] != "PAGE_DATA":
			found.append((r["layer"], r["kind"], r["length"]))
		elif found and found[-1][1] == "PAGE_DATA":
			found[-1] = found[-1][:2] + (found[-1][2] + 1,)
		else:
			found.append(("libxc", "PAGE_DATA", 1))
	return found


def agree(what, path, text):
	theirs, ours = listing(text), squashed(path)
	# In a checkpointed stream it does not know that libxl goes on: the record there is listed by the wrong layer.
	if "CHECKPOINT" in [r[1] for r in theirs] and theirs[-1][1] != "END":
		theirs = theirs[:[r[1] for r in theirs].index("CHECKPOINT") + 1]
	elif "rc=0" not in text:
		theirs = theirs[:-1]  # the one at which it stopped
	same("listings: " + what, bool(theirs), True)
	for mine, r in zip(ours, theirs):
		same("listed: %s %s" % (what, r[1]), mine[:2], r[:2])
		if r[1] == "PAGE_DATA":
			same("listed: %s batches" % what, mine[2], r[2])
		else:
			same("listed: %s %s length" % (what, r[1]), mine[2], 8 + (r[2] + 7) // 8 * 8)
	if "rc=0" in text:
		same("listings: %s, to the end" % what, len(ours), len(theirs))


def check_real():
	for name in names():
		found = [p for p in problems(stream(name)) if p["severity"] != "note"]
		same("real streams: " + name, found, [])
		base = name.rsplit(".", 1)[0]
		text = peer(base + ".verify-py3fixed.txt") or peer(base + ".verify.txt")
		if text and not name.endswith(".img"):
			agree(name, stream(name), text)


check_mini()
check_fixtures()
check_real()
finish()
