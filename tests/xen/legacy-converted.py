#!/usr/bin/env python3
"""A legacy stream and what convert-legacy-stream made of it show the same guest: every page and its type, the
vCPUs' registers, TSC, parameters, device model; and the numbers are those that the converter printed.

timeout: 240"""
import functools
import hashlib
import re
import sys

sys.path.insert(0, "tests/tools")
from xen_streams import PAGE, ask, fail, finish, peer, records, rows, run, same, stream, truth

PAIRS = {"legacy-hvm.img": "legacy-hvm.converted.libxl", "legacy-pv64.img": "legacy-pv64.converted.libxc",
	 "legacy-pv64-xl.img": "legacy-pv64-xl.converted.xl",
	 "legacy-pv32-tools32.img": "legacy-pv32-tools32.converted.libxc"}
PARAMS = {"HVM_IDENT_PT": 12, "HVM_CONSOLE_PFN": 17}
MAGIC = {"ioreq_pfn": 5, "bufioreq_pfn": 6, "store_pfn": 1}
# What a record's fields are called beside what the rows of a legacy stream are.
SAME_BODY = {"X86_PV_VCPU_BASIC": "vcpu context", "X86_PV_VCPU_EXTENDED": "vcpu extended", "SHARED_INFO": "shared_info",
	     "HVM_CONTEXT": "HVM context"}
OF_RECORD = ("vcpu_id", "reserved")
OF_CHUNK = ("ctx_len",)


def number(v):
	return int(v, 0) if isinstance(v, str) else v


@functools.cache
def kinds(path):
	return [(r["kind"], "%s[%d]" % (r["layer"], r["n"])) for r in records(path)]


def of_type(path, name):
	"""Objects of all rows of a type."""
	return [ask("show", path, row) for kind, row in kinds(path) if kind == name]


def memory(path):
	"""As the truth hashes it, and each PFN's type."""
	digest, types = hashlib.sha256(), {}
	for row in rows("maps", path):
		if "start" not in row or "type" not in row:
			continue
		start, end = number(row["start"]), number(row["end"])
		for pfn in range(start, end):
			types[pfn] = row["type"]
		if row["present"] != end - start:
			continue
		status, out, err = run("read", path, "pfn:0x%x" % start, str((end - start) * PAGE), "--raw")
		if status or len(out) != (end - start) * PAGE:
			fail("%s: %d pages from 0x%x: exit %s %s" % (path, end - start, start, status, err))
		for i in range(end - start):
			digest.update((start + i).to_bytes(8, "little"))
			digest.update(out[i * PAGE:(i + 1) * PAGE])
	return digest.hexdigest(), types


def params(path):
	found = {}
	for r in of_type(path, "HVM_PARAMS"):
		found.update((p["index"], number(p["value"])) for p in r["fields"]["param"])
	for name, index in PARAMS.items():
		found.update((index, number(r["fields"]["data"])) for r in of_type(path, name))
	for r in of_type(path, "magic PFNs"):
		found.update((MAGIC[name], number(v)) for name, v in r["fields"].items())
	return found


def without(fields, names):
	return {name: v for name, v in fields.items() if name not in names}


def physmap(path):
	"""Of QEMU's memory: {offset: (start, size, name)}."""
	found = {}
	for r in of_type(path, "TOOLSTACK"):
		for e in r["fields"]["physmap"]:
			found[number(e["phys_offset"])] = (number(e["start_addr"]), number(e["size"]), e["name"])
	for r in of_type(path, "EMULATOR_XENSTORE_DATA"):
		keys = {p["key"]: p["value"] for p in r["fields"]["pair"]}
		for offset in {k.split("/")[1] for k in keys}:
			get = lambda key: keys["physmap/%s/%s" % (offset, key)]
			found[int(offset, 16)] = (int(get("start_addr"), 16), int(get("size"), 16), get("name"))
	return found


def compare_bodies(old, new):
	for theirs, ours in SAME_BODY.items():
		a, b = of_type(old, ours), of_type(new, theirs)
		same("bodies: how many %s of %s" % (ours, old), len(a), len(b))
		for x, y in zip(a, b):
			same("bodies: %s of %s" % (ours, old), without(x["fields"], OF_CHUNK),
			     without(y["fields"], OF_RECORD))
	for x, y in zip(of_type(old, "vcpu xsave"), of_type(new, "X86_PV_VCPU_XSAVE")):
		same("bodies: XSAVE of " + old, without(x["fields"], ("mask", "size")), without(y["fields"], OF_RECORD))


def compare_peer(name, old):
	"""What the converter printed of chunks."""
	stem = name.split(".")[0]
	# The xl magic is one that the converter knows only once it is mended for Python 3.
	text = peer(stem + ".convert-py3fixed.txt") or peer(stem + ".convert.txt")
	m = re.search(r"P2M Size: (0x[0-9a-f]+)", text)
	same("printed: p2m_size", number(of_type(old, "p2m_size")[0]["fields"]["p2m_size"]), number(m[1]))
	m = re.search(r"mode (\d+), (\d+) ns, (\d+) khz, (\d+) incarn", text)
	tsc = of_type(old, "TSC_INFO")[0]["fields"]
	same("printed: TSC", [tsc["mode"], tsc["nsec"], tsc["khz"], tsc["incarnation"]], [int(v) for v in m.groups()])
	m = re.search(r"Vcpu info: max_id (\d+)", text)
	same("printed: vCPUs", of_type(old, "VCPU_INFO")[0]["fields"]["max_vcpu_id"], int(m[1]))
	chunks = [int(n) for n in re.findall(r"^Chunk: (-?\d+)", text, re.M)]
	ours = [kind for kind, row in kinds(old)]
	same("printed: chunks that are no batches", sum(c <= 0 for c in chunks),
	     sum(k.isupper() or k == "end of body" for k in ours))


for name, converted in PAIRS.items():
	old, new = stream(name), stream(converted)
	said = truth(converted)["pages"]
	hashed, types = memory(old)
	same("memory: " + name, hashed, said["final_memory_sha256"])
	same("types: " + name, types, memory(new)[1])
	same("types: how many PFNs of " + name, len(types), said["distinct_pfns"])
	for vcpu in truth(converted)["vcpus"]:
		keys = ("layer", "record", "offset")
		same("vcpus: %s of %s" % (vcpu, name), without(ask("show", old, "guest/vcpu" + vcpu), keys),
		     without(ask("show", new, "guest/vcpu" + vcpu), keys))
	a, b = of_type(old, "TSC_INFO")[0]["fields"], of_type(new, "X86_TSC_INFO")[0]["fields"]
	same("tsc: " + name, [a[k] for k in ("mode", "khz", "nsec", "incarnation")],
	     [b[k] for k in ("mode", "khz", "nsec", "incarnation")])
	same("params: " + name, params(old), params(new))
	same("physmap: " + name, physmap(old), physmap(new))
	a, b = of_type(old, "p2m_frames"), of_type(new, "X86_PV_P2M_FRAMES")
	same("p2m: " + name, [[number(v) for v in r["fields"]["p2m_pfn"]] for r in a],
	     [[number(v) for v in r["fields"]["p2m_pfn"]] for r in b])
	compare_bodies(old, new)
	compare_peer(name, old)
finish()
