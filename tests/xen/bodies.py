#!/usr/bin/env python3
"""What records of the corpus say: every value that is known of a body, and that the fields of each
kind of record cover its bytes once. What Xen's verifier prints of TSC and P2M agrees.

CRYOSCOPE_XEN is the folder of the unpacked streams.
timeout: 300"""
import collections
import glob
import json
import os
import re
import subprocess
import sys

PROGRAM = os.environ.get("CRYOSCOPE", "cryoscope")
CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "") + "/xen"
STREAMS = os.environ.get("CRYOSCOPE_XEN", "")
compared = collections.Counter()
failures = []


def fail(text):
	failures.append(text)


def same(what, ours, theirs):
	compared[what.split(":")[0]] += 1
	if ours != theirs:
		fail("%s: %r, should be %r" % (what, ours, theirs))


def ask(*args):
	done = subprocess.run((PROGRAM, "--json", "-q") + args, stdout=subprocess.PIPE)
	return json.loads(done.stdout)


def streams():
	"""(name, path, truth) of all that are unpacked; of pairs the first."""
	for known in sorted(glob.glob(CORPUS + "/truth/*.json")):
		name = os.path.basename(known)[:-5]
		paths = glob.glob("%s/%s.*" % (STREAMS, glob.escape(name)))
		paths = [p for p in paths if os.path.basename(p).rsplit(".", 1)[0] == name]
		if paths and not name.endswith("-2"):
			with open(known) as f:
				yield name, paths[0], json.load(f)


def number(v):
	return int(v, 16) if isinstance(v, str) else v


def p2m(what, fields, r):
	frames = [number(v) for v in fields["p2m_pfn"]]
	same(what + " start", number(fields["start_pfn"]), number(r["start"]))
	same(what + " end", number(fields["end_pfn"]), number(r["end"]))
	same(what + " count", len(frames), r["nframes"])
	same(what + " frames", frames[:len(r["frames"])], [number(v) for v in r["frames"]])


def pv_info(what, fields, r):
	same(what, (fields["guest_width"], fields["pt_levels"]), (r["width"], r["levels"]))


def tsc(what, fields, r):
	for key in ("mode", "khz", "nsec", "incarnation"):
		same("%s %s" % (what, key), fields[key], r[key])


def params(what, fields, r):
	same(what + " count", fields["count"], len(r["params"]))
	same(what, [[p["index"], number(p["value"])] for p in fields["param"]],
	     [[index, number(value)] for index, value in r["params"]])


def vcpu(what, fields, r):
	same(what, fields["vcpu_id"], r["vcpu"])


def xenstore(what, fields, r):
	same(what + " id", (fields["emulator_id"], fields["index"]), (r["emulator_id"], r["index"]))
	same(what, [[p["key"], p["value"]] for p in fields["pair"]], r["kv"])


def emulator(what, fields, r):
	same(what + " id", (fields["emulator_id"], fields["index"]), (r["emulator_id"], r["index"]))
	same(what + " magic", fields["magic"], bytes.fromhex(r["blob_first16"])[:4].decode())


def pages(what, fields, r):
	entries = fields["pfn"]
	pfns = [number(e["pfn"]) for e in entries]
	types = {}
	for e in entries:
		types[e["type"]] = types.get(e["type"], 0) + 1
		same(what + " entry", number(e["entry"]) & (1 << 52) - 1, number(e["pfn"]))
	same(what + " count", (fields["count"], len(entries)), (r["count"], r["count"]))
	same(what + " pages", len(fields.get("page", [])), r["npages"])
	same(what + " types", types, r["types"])
	same(what + " range", (min(pfns), max(pfns)), (number(r["pfn_min"]), number(r["pfn_max"])))
	data = [e["data"] for e in entries if "data" in e]
	first = r["offset"] + 16 + 8 * r["count"]
	same(what + " places", data, list(range(first, first + 4096 * len(data), 4096)))


SAYS = {"X86_PV_INFO": pv_info, "X86_PV_P2M_FRAMES": p2m, "X86_TSC_INFO": tsc, "HVM_PARAMS": params,
	"X86_PV_VCPU_BASIC": vcpu, "X86_PV_VCPU_EXTENDED": vcpu, "X86_PV_VCPU_XSAVE": vcpu,
	"EMULATOR_XENSTORE_DATA": xenstore, "EMULATOR_CONTEXT": emulator, "PAGE_DATA": pages}


# Of these the structures end before the body does: a page, and room that the converter leaves.
LONGER = ("SHARED_INFO", "X86_PV_VCPU_EXTENDED")


def covered(what, path, node, r):
	"""Header, body and padding, each byte once."""
	at = r["offset"]
	for f in ask("show", "--offsets", path, node):
		same("offsets: " + what, f["offset"], at)
		if f["name"] == "gap" and r["name"] not in LONGER:
			fail("%s: a gap at %d" % (what, at))
		at = f["offset"] + f["length"]
	same("offsets: end of " + what, at, r["offset"] + 8 + r["length"] + r["padding"])


def one_record(name, path, r, node, kinds):
	what = "%s: %s %s" % (r["name"], name, node)
	first = (r["layer"], r["name"]) not in kinds
	kinds.add((r["layer"], r["name"]))
	# One batch a type of stream is enough: the rest is what `tree` says, and memory's business.
	if not first and r["name"] == "PAGE_DATA":
		return
	shown = ask("show", path, node)
	same("records: " + what, [shown[k] for k in ("layer", "type", "offset", "length")],
	     [r["layer"], r["name"], r["offset"], r["length"]])
	if r["name"] in SAYS:
		SAYS[r["name"]](what, shown["fields"], r)
	if first:
		covered(what, path, node, r)


def verifier(name, records):
	"""The lines of `verify-stream-v2 -v` that have numbers, in their order."""
	said = "%s/peer/%s.verify.txt" % (CORPUS, name)
	if not os.path.exists(said):
		return
	with open(said, errors="replace") as f:
		text = f.read()
	tscs = [tuple(map(int, m)) for m in
		re.findall(r"Mode (\d+), (\d+) kHz, (\d+) ns, incarnation (\d+)", text)]
	ours = [tuple(f[k] for k in ("mode", "khz", "nsec", "incarnation"))
		for kind, f in records if kind == "X86_TSC_INFO"]
	same("verifier: tsc of " + name, ours[:len(tscs)], tscs)
	ends = [(int(a, 16), int(b, 16)) for a, b in re.findall(r"Start pfn (0x\w+), End (0x\w+)", text)]
	same("verifier: p2m of " + name, [(number(f["start_pfn"]), number(f["end_pfn"]))
	     for kind, f in records if kind == "X86_PV_P2M_FRAMES"], ends)


def one_stream(name, path, known):
	kinds, counts, said = set(), {}, []
	for r in known["records"]:
		n = counts.get(r["layer"], 0)
		counts[r["layer"]] = n + 1
		node = "%s[%d]" % (r["layer"], n)
		one_record(name, path, r, node, kinds)
		if r["name"] in ("X86_TSC_INFO", "X86_PV_P2M_FRAMES"):
			said.append((r["name"], ask("show", path, node)["fields"]))
	verifier(name, said)


if not os.path.isdir(STREAMS) or not os.path.isdir(CORPUS):
	print("no unpacked streams: CRYOSCOPE_XEN, CRYOSCOPE_CORPUS")
	sys.exit(77)
for stream_name, where, truth in streams():
	one_stream(stream_name, where, truth)
for failure in failures[:40]:
	print("FAIL", failure)
print(", ".join("%d %s" % (n, what) for what, n in compared.items()))
sys.exit(bool(failures) or not compared)
