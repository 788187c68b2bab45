#!/usr/bin/env python3
"""Memory of every real stream against its ground truth: all pages by PFN (against hashes that the
hypervisor gave, and an assembly of our own from the records), the state at each checkpoint, walks
of known addresses step by step, page tables that are not there. timeout: 900"""
import gzip
import hashlib
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
import xen_streams as xen

PAGE = xen.PAGE
WITH_BYTES = set(range(5)) | set(range(9, 13))
NAMES = {0: "NOTAB", 1: "L1TAB", 2: "L2TAB", 3: "L3TAB", 4: "L4TAB", 9: "L1TAB_PIN", 10: "L2TAB_PIN", 11: "L3TAB_PIN",
	 12: "L4TAB_PIN", 13: "BROKEN", 14: "XALLOC", 15: "XTAB"}


# ---- the plain way: every entry of every record, in order ----

class Plain:
	"""What the records up to `last` say: the entry of each PFN that counts, and how often it was sent."""

	def __init__(self, path, truth, last=None):
		self.final = {}  # pfn: (type, offset or None, record of libxc, pass)
		self.sent = {}   # pfn: [(pass, type, offset, compared only)]
		row, number, before, verify = 0, 0, -1, False
		with open(path, "rb") as f:
			for r in truth["records"] if last is None else truth["records"][:last + 1]:
				if r["layer"] != "libxc":
					continue
				if r["name"] == "PAGE_DATA":
					for pfn, kind, offset in self.entries(f, r):
						if pfn <= before:
							number += 1
						before = pfn
						self.sent.setdefault(pfn, []).append((number, kind, offset, verify))
						if not verify:
							self.final[pfn] = (kind, offset, row, number)
				elif r["name"] in ("CHECKPOINT", "VERIFY"):
					verify = verify or r["name"] == "VERIFY"
					number, before = number + 1, -1
				row += 1

	@staticmethod
	def entries(f, r):
		f.seek(r["offset"] + 8)
		count = struct.unpack("<I4x", f.read(8))[0]
		at = r["offset"] + 16 + 8 * count
		for e in struct.unpack("<%dQ" % count, f.read(8 * count)):
			kind, offset = e >> 60, None
			if kind in WITH_BYTES:
				offset, at = at, at + PAGE
			yield e & (1 << 52) - 1, kind, offset

	def runs(self):
		"""[first, count) of neighbouring PFNs that have bytes."""
		runs = []
		for pfn in sorted(p for p, (_, offset, _, _) in self.final.items() if offset is not None):
			if runs and sum(runs[-1]) == pfn:
				runs[-1][1] += 1
			else:
				runs.append([pfn, 1])
		return runs


def read_memory(source, plain):
	"""{pfn: bytes} by `read --raw`, for all that has bytes."""
	pages = {}
	for first, count in plain.runs():
		status, data, err = xen.run("read", "--raw", source, "pfn:0x%x" % first, str(count * PAGE))
		xen.same("reads", (status, len(data)), (0, count * PAGE))
		for i in range(count):
			pages[first + i] = data[i * PAGE:(i + 1) * PAGE]
	return pages


def memory_hash(pages):
	h = hashlib.sha256()
	for pfn in sorted(pages):
		h.update(struct.pack("<Q", pfn) + pages[pfn])
	return h.hexdigest()


# ---- pages ----

def check_samples(name, path, truth, plain, pages):
	for s in truth["sample_pages"]:
		pfn = int(s["pfn"], 16)
		if s["data_offset"] is None:
			xen.same("absent pages: " + s["pfn"], pfn in pages, False)
		else:
			xen.same("sampled pages: %s %s" % (name, s["pfn"]), hashlib.sha256(pages[pfn]).hexdigest(), s["sha256"])
		check_where_frame(path, truth, s, plain)


def where(path, location):
	"""What `where` says of a location, and its exit status."""
	status, out, err = xen.run("where", path, location, "--json", "-q")
	try:
		return xen.json.loads(out), status
	except ValueError:
		xen.fail("where %s %s: %s %s" % (path, location, err, out[:100]))
		return {"steps": [], "state": None, "offset": None, "why": "", "versions": []}, status


def check_where_frame(path, truth, s, plain):
	"""Where a frame is: state, offset, record. The truth's record is the last that sent it, also if that
	came behind VERIFY and was compared only: then it is one of those listed."""
	pfn = int(s["pfn"], 16)
	w, status = where(path, "pfn:" + s["pfn"])
	kind, offset, row, number = plain.final[pfn]
	last = plain.sent[pfn][-1]
	xen.same("frames: state", w["state"], "absent" if s["data_offset"] is None else "present")
	xen.same("frames: exit", status, 4 if s["data_offset"] is None else 0)
	xen.same("frames: offset", w["offset"], offset)
	xen.same("frames: record", (w["record"], w["path"]), (row, "libxc[%d]" % row))
	xen.same("frames: pass", w["pass"], number + 1)
	xen.same("frames: last offset", last[2], s["data_offset"])
	if not last[3]:
		theirs = sum(r["layer"] == "libxc" for r in truth["records"][:s["record"]])
		xen.same("frames: the truth's", (offset, row), (s["data_offset"], theirs))
	xen.same("frames: address", (int(w["pfn"], 16), int(w["pa"], 16)), (pfn, pfn * PAGE))
	xen.same("frames: type", w["type"], s["type"])


def check_domdump(name, truth, plain, pages):
	"""Against the hashes of a domain restored from the stream, read page by page."""
	path = "%s/truth/%s.domdump.gz" % (xen.CORPUS, name.rsplit(".", 1)[0])
	if not os.path.exists(path):
		return
	known = truth["domdump_check"]  # lists no more than the first 40
	differ, only = set(), {int(x[0], 16) for x in known["list"] if x[1] == "not in stream"}
	dumped = set()
	with gzip.open(path, "rt") as f:
		for line in f:
			word = line.split()
			if word[0] != "P":
				continue
			pfn = int(word[1], 16)
			dumped.add(pfn)
			# Of page tables a second hash, with frames turned back into the guest's.
			want = word[4] if word[5] == "=" else word[5]
			if pfn not in only and hashlib.sha256(pages[pfn]).hexdigest() != want:
				differ.add(pfn)
	listed = {int(x[0], 16) for x in known["list"] if x[1] == "differs"}
	xen.same("pages as the hypervisor had them: " + name, dumped, set(pages) | only)
	xen.same("pages as the hypervisor had them: %s but for" % name, len(differ), known["differ"])
	xen.same("pages as the hypervisor had them: %s but for those" % name, listed <= differ, True)


def check_history(name, path, plain):
	"""All bodies of the PFNs sent most often, and those that ended without one."""
	most = sorted(plain.sent, key=lambda p: -len(plain.sent[p]))[:4]
	ended = [p for p in plain.sent if len(plain.sent[p]) > 1 and plain.final[p][1] is None]
	for pfn in most + ended[:4]:
		w = where(path, "pfn:0x%x" % pfn)[0]
		ours = [(v["pass"] - 1, v["type"], v["offset"], v.get("note") == "compared only") for v in w["versions"]]
		sent = [(number, NAMES[kind], offset, verify) for number, kind, offset, verify in plain.sent[pfn]]
		xen.same("versions: 0x%x" % pfn, ours, sent)
		shown = [v["pass"] - 1 for v in w["versions"] if v["current"]]
		xen.same("versions: 0x%x, shown" % pfn, shown, [plain.final[pfn][3]])


# ---- addresses ----

def steps_of(answer):
	"""(level, PFN of the table, index, entry) of each step."""
	return [(s["level"], int(s["pfn"], 16), s["index"], int(s["entry"], 16)) for s in answer["steps"]]


def check_walk(what, path, va, who, pfn, want, plain, pages):
	"""The steps to `va`, and that its bytes are the frame's. `pfn` None: it is not mapped."""
	w = where(path, "%s@%s" % (va, who))[0]
	steps = steps_of(w)
	theirs = [(s["level"], int(s["table_pfn"], 16), s["index"], int(s["entry"], 16)) for s in want]
	if pfn is None:
		xen.same("unmapped: %s %s" % (what, va), w["state"] in ("unmapped", "absent"), True)
		xen.same("unmapped: steps of %s %s" % (what, va), steps[:len(theirs)], theirs)
		return
	kind, offset, row, number = plain.final.get(pfn, (None, None, None, None))
	xen.same("walks: %s %s" % (what, va), steps, theirs)
	xen.same("walks: state of %s" % va, w["state"], "present" if offset is not None else "absent")
	if offset is not None:
		xen.same("walks: offset of %s" % va, w["offset"], offset + int(va, 16) % PAGE)
	xen.same("walks: pfn of %s" % va, int(w["pfn"], 16), pfn)


def check_bytes(path, va, who, data):
	status, out, err = xen.run("read", "--raw", path, "%s@%s" % (va, who), str(len(data)))
	xen.same("reads by address: %s@%s" % (va, who), (status, out), (0, data))


def root_of(truth):
	return "root:" + truth["marker_table_root"]


def check_markers(name, path, truth, plain, pages):
	for n, m in enumerate(truth.get("markers", ())):
		if not m.get("walk"):
			continue
		pfn = int(m["walk_pfn"], 16) if m.get("walk_pfn") else None
		check_walk(name, path, m["va"], root_of(truth), pfn, m["walk"], plain, pages)
		if pfn is not None and m.get("content_as_written"):
			xen.same("markers: " + m["va"], hashlib.sha256(pages[pfn]).hexdigest(), m["sha256"])
			if n % 16 == 0:
				check_bytes(path, m["va"], root_of(truth), pages[pfn])


def check_roots(name, path, truth):
	"""Each root that a register of a vCPU names is the one that the vCPU's space walks from."""
	for r in truth.get("roots", ()):
		if r["vcpu"] is None:
			continue
		who = "vcpu%d%s" % (r["vcpu"], "u" if r["register"].startswith("user") else "")
		w = where(path, "0x10000000000@" + who)[0]
		xen.same("roots: %s %s" % (name, who), steps_of(w)[0][1], int(r["root_pfn"], 16))


def check_known(name, path, truth, plain, pages):
	for k in truth.get("kernel_translations", ()):
		if not k.get("path"):
			continue
		root = "root:" + k["path"][0]["table_pfn"]
		check_walk(name, path, k["va"], root, int(k["pfn"], 16), k["path"], plain, pages)
		if k.get("bytes"):
			check_bytes(path, k["va"], root, bytes.fromhex(k["bytes"]))
	for e in truth.get("expected_translations", ()):
		pfn = int(e["walk_pfn"], 16) if e["walk_pfn"] else None
		check_walk(name, path, e["va"], "vcpu0", pfn, e["path"], plain, pages)
		if e.get("first64"):
			page = "0x%x" % (int(e["va"], 16) & -PAGE)
			check_bytes(path, page, "vcpu0", bytes.fromhex(e["first64"]))


def check_absent_table(path):
	"""tiny-pv-32-no-l1: one table is XTAB, and the walk says that it ends there."""
	w = where(path, "0xc0017000@vcpu0")[0]
	xen.same("absent table: state", w["state"], "absent")
	xen.same("absent table: why", "level 1 table" in w["why"] and "not in the stream" in w["why"], True)
	status, out, err = xen.run("read", "--raw", path, "0xc0017000@vcpu0", "64")
	xen.same("absent table: bytes", (status, out), (4, bytes(64)))


# ---- checkpoints ----

def check_checkpoints(path, truth):
	for n, c in enumerate(truth.get("checkpoints", ()), 1):
		source = "%s#%d" % (path, n)
		plain = Plain(path, truth, c["checkpoint_record"])
		pages = read_memory(source, plain)
		xen.same("checkpoints: pages", len(pages), c["pages_with_data"])
		xen.same("checkpoints: memory of #%d" % n, memory_hash(pages), c["memory_sha256"])
		shown = xen.ask("show", source, "guest/vcpu0")
		for reg, value in c["vcpu0"].items():
			have = (shown or {}).get("fields", {}).get(reg)
			have = int(have, 0) if isinstance(have, str) else have
			xen.same("checkpoints: %s of #%d" % (reg, n), have, int(value, 16))


def check(name):
	truth = xen.truth(name)
	if not truth or not truth.get("records"):
		return
	path = xen.stream(name)
	plain = Plain(path, truth)
	pages = read_memory(path, plain)
	xen.same("final pages: " + name, len(pages), truth["pages"]["final_pages_with_data"])
	xen.same("final memory: " + name, memory_hash(pages), truth["pages"]["final_memory_sha256"])
	with open(path, "rb") as f:
		for pfn, (kind, offset, row, number) in plain.final.items():
			if offset is not None and (pfn % 61 == 0 or number):
				f.seek(offset)
				xen.same("bodies: 0x%x" % pfn, pages[pfn] == f.read(PAGE), True)
	check_samples(name, path, truth, plain, pages)
	if truth.get("domdump_check"):
		check_domdump(name, truth, plain, pages)
	check_history(name, path, plain)
	check_markers(name, path, truth, plain, pages)
	check_roots(name, path, truth)
	check_known(name, path, truth, plain, pages)
	check_checkpoints(path, truth)
	if "no-l1" in name:
		check_absent_table(path)


for n in [n for n in xen.names() if not sys.argv[1:] or n in sys.argv[1:]]:
	check(n)
xen.finish()
