#!/usr/bin/env python3
"""A guest's memory as other tools want it: raw, LiME, Xen's dump-core and an ELF core of every real stream, read back by
readers of our own and held against ground truth; then by crash, libkdumpfile and gdb, where they are installed.
timeout: 900
"""
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "tools")]
import xen_streams as xen
from _guestcores import PAGE, ElfCore, XenCore, data_pages, mapped, memory_hash, read_lime

FOLDER = tempfile.mkdtemp(prefix="xen-export-", dir=os.environ.get("TMPDIR", "/var/tmp"))
FORMS = ("raw", "lime", "xen-core", "elf-core")


def export(source, form, *what, status=0):
	path = os.path.join(FOLDER, "export." + form)
	code, out, err = xen.run("export", source, *what, "--format", form, "--force", "-o", path)
	xen.same("exits: %s %s as %s: %s" % (source, what, form, err), code, status)
	return path


def number(v):
	return int(v, 0) if isinstance(v, str) else v


# ---- what is known of a stream ----

def truth_of(name):
	"""The truth, of a legacy stream that of what the converter made of it."""
	return xen.truth(name) or xen.truth(re.sub(r"\.img$", ".converted.x", name))


def p2m_pages(path, truth):
	"""{PFN of a page of the guest's P2M: first PFN it is about}, from the record itself."""
	width = truth["pv_info"]["width"] if "pv_info" in truth else 8
	per, found = PAGE // width, {}
	for r in truth["records"]:
		if r["name"] == "X86_PV_P2M_FRAMES":
			with open(path, "rb") as f:
				f.seek(r["offset"] + 8)
				body = f.read(r["length"])
			start, end = struct.unpack_from("<II", body)
			for i, pfn in enumerate(struct.unpack_from("<%dQ" % ((len(body) - 8) // 8), body, 8)):
				found[pfn] = (start // per + i) * per
	return found, width


def as_identity(first, width, present):
	"""A page of the P2M that says that each frame is its PFN."""
	per, none = PAGE // width, (1 << 8 * width) - 1
	return struct.pack("<%d%s" % (per, "Q" if width == 8 else "I"),
	                   *(pfn if pfn in present else none for pfn in range(first, first + per)))


# ---- dump-core ----

ORDER = ["", ".shstrtab", ".note.Xen", ".xen_prstatus", ".xen_shared_info", ".xen_pages", ".xen_p2m"]


def check_layout(what, core, truth, pv, vcpus):
	def same(label, ours, theirs):
		xen.same("layout: %s: %s" % (what, label), ours, theirs)

	narrow = pv and truth.get("pv_info", {}).get("width") == 4
	order = ORDER if pv else [n for n in ORDER[:-1] if n != ".xen_shared_info"] + [".xen_pfn"]
	same("ident", core.ident, b"\x7fELF\2\1\1\0\1" + bytes(7))
	same("type, version, sizes", (core.type, core.version, core.ehsize, core.phentsize, core.shentsize),
	     (4, 1, 64, 56, 64))
	same("headers", (core.phoff, core.phnum, core.shoff, core.shnum, core.shstrndx), (0, 0, 64, len(order), 1))
	same("machine", core.machine, 3 if narrow else 62)
	same("sections", [s.name for s in core.sections], order)
	same("strings are in the order of the sections", core.ordinals, order)
	same("types", [s.type for s in core.sections], [0, 3, 7] + [1] * (len(order) - 3))
	at = 64 + 64 * len(order)
	for s in core.sections[2:]:
		at = (at + s.align - 1) // s.align * s.align if s.align > 1 else at
		same("offset of " + s.name, s.offset, at)
		at += s.size
	same("the strings come last", (core.sections[1].offset, core.sections[1].offset + core.sections[1].size),
	     (at, core.size))
	sizes = {".note.Xen": (1384, None, None), ".xen_prstatus": (5168 * vcpus, 5168, 8), ".xen_shared_info": (PAGE, PAGE, 8),
	         ".xen_pages": (PAGE * core.pages, PAGE, PAGE), ".xen_p2m": (16 * core.pages, 16, 8),
	         ".xen_pfn": (8 * core.pages, 8, 8)}
	for s in core.sections[2:]:
		size, entsize, align = sizes[s.name]
		same("size of " + s.name, s.size, size)
		if entsize:
			same("entries of " + s.name, (s.entsize, s.align), (entsize, align))
	if pv:
		same(".note.Xen is at 512", core.by_name[".note.Xen"].offset, 512)
	same("notes", [(n, k, len(d)) for n, k, d in core.notes],
	     [(b"Xen\0", 0x2000000, 0), (b"Xen\0", 0x2000001, 32), (b"Xen\0", 0x2000002, 1280), (b"Xen\0", 0x2000003, 8)])
	same("magic", core.magic, 0xf00febed if pv else 0xf00febee)
	same("counts", (core.vcpus, core.page_size), (vcpus, PAGE))
	same("page size's place", core.pagesize[1268 if narrow else 1272], PAGE)
	same("format", core.notes[3][2], struct.pack("<Q", 1))
	major, minor = truth["libxc"]["xen_major"], truth["libxc"]["xen_minor"]
	same("version of Xen, if it is known", core.xen, (major, minor) if major else (0, 0))
	pfns = [p for p, g in core.index]
	same("ascending", all(a < b for a, b in zip(pfns, pfns[1:])), True)
	same("frames are PFNs", [g for p, g in core.index], pfns)
	same("no filler", pfns and pfns[-1] < (1 << 52), True)


def check_context(what, core, n, truth, pv):
	"""The registers of the n-th context."""
	ours, raw = core.context(n)
	for name, value in truth.items():
		value = number(value) if not isinstance(value, list) else value
		name = {"cs_sel": "cs", "ss_sel": "ss", "ds_sel": "ds", "es_sel": "es", "fs_sel": "fs", "gs_sel": "gs"}.get(name, name)
		if name in ours and (pv or name != "flags"):
			xen.same("registers: %s: %s" % (what, name), ours[name], value)
	if pv:
		return
	used, shadow = number(truth["gs_base"]), number(truth["shadow_gs"])
	ring0 = not number(truth["ss_arbytes"]) >> 5 & 3
	xen.same("registers: %s: gs" % what, (ours["gs_base_kernel"], ours["gs_base_user"]),
	         (used, shadow) if ring0 else (shadow, used))
	xen.same("registers: %s: flags" % what, ours["flags"], 0x21 if number(truth["flags"]) & 1 else 0x20)


def stored_registers(source, vcpu):
	"""The structure that the stream has of a vCPU."""
	status, out, err = xen.run("show", "--json", "-q", source, "guest/vcpu%s" % vcpu)
	at = json.loads(out)
	with open(re.sub(r"#\d+$", "", source), "rb") as f:
		f.seek(at["offset"])
		return f.read(at["length"])


def check_raw_context(what, core, n, vcpu, source, pv):
	"""A PV context is the stream's, byte for byte; what a narrow one has no use for is zeros. Of a CPU entry the
	floating-point state is."""
	stored, ours = stored_registers(source, vcpu), core.context(n)[1]
	if pv:
		xen.same("contexts: %s vcpu%s" % (what, vcpu), ours, stored.ljust(5168, b"\0"))
	else:
		xen.same("contexts: %s vcpu%s: floating point" % (what, vcpu), ours[:512], stored[:512])


def check_xen_core(name, source, truth, memory, vcpus, p2m=({}, 8)):
	core = XenCore(export(source, "xen-core", "guest"))
	pv = "rip" not in next(iter(vcpus.values())) or "cr1" in next(iter(vcpus.values())) or "pv_info" in truth
	check_layout(name, core, truth, pv, len(vcpus))
	xen.same("pages of dump-core: %s: number" % name, (core.pages, len(core.index)), (len(memory), len(memory)))
	pages = core.memory()
	xen.same("pages of dump-core: %s: which" % name, set(pages) == set(memory), True)
	wrong = [pfn for pfn in memory if pfn not in p2m[0] and pages.get(pfn) != memory[pfn]]
	xen.same("pages of dump-core: %s: contents" % name, wrong[:5], [])
	for pfn, first in p2m[0].items():
		xen.same("P2M: %s: 0x%x" % (name, pfn), pages[pfn] == as_identity(first, p2m[1], memory), True)
	for n, (vcpu, registers) in enumerate(sorted(vcpus.items())):
		check_context("%s vcpu%s" % (name, vcpu), core, n, registers, pv)
		check_raw_context(name, core, n, vcpu, source, pv)
	return core


# ---- the others ----

def check_raw(name, source, memory):
	path = export(source, "raw", "guest")
	data = mapped(path)
	xen.same("raw: %s: size" % name, len(data) >= (max(memory) + 1) * PAGE and len(data) % PAGE, 0)
	wrong = [pfn for pfn in memory if data[pfn * PAGE:(pfn + 1) * PAGE] != memory[pfn]]
	xen.same("raw: %s: contents" % name, wrong[:5], [])
	xen.same("raw: %s: holes" % name, sorted(data_pages(path) - set(memory))[:5], [])
	xen.same("raw: %s: its size on disk" % name, os.stat(path).st_blocks * 512 <= (len(memory) + 16) * PAGE, True)


def check_lime(name, source, memory):
	pages, ranges = read_lime(export(source, "lime", "guest"))
	want, pfns = [], sorted(memory)
	for pfn in pfns:
		if want and want[-1][1] == pfn * PAGE - 1:
			want[-1] = (want[-1][0], want[-1][1] + PAGE)
		else:
			want.append((pfn * PAGE, pfn * PAGE + PAGE - 1))
	xen.same("lime: %s: ranges" % name, ranges, want)
	xen.same("lime: %s: contents" % name, pages == memory, True)


def check_threads(name, core, vcpus):
	threads = core.threads()
	xen.same("threads: %s" % name, [pid for pid, r in threads], [int(v) + 1 for v in sorted(vcpus)])
	for (pid, ours), (vcpu, registers) in zip(threads, sorted(vcpus.items())):
		user = registers.get("flags") is not None and "gs_base_kernel" in registers and not number(registers["flags"]) & 4
		for reg, value in registers.items():
			reg = reg[:-4] if reg.endswith("_sel") else reg
			if reg == "gs_base_" + ("user" if user else "kernel"):
				reg = "gs_base"
			if reg in ours:
				xen.same("threads: %s vcpu%s: %s" % (name, vcpu, reg), ours[reg], number(value))


def check_elf_core(name, source, memory, vcpus):
	core = ElfCore(export(source, "elf-core", "guest"))
	xen.same("segments: %s: contents" % name, core.memory() == memory, True)
	xen.same("segments: %s: physical" % name, all(va == pa for va, pa, *rest in core.loads), True)
	check_threads(name, core, vcpus)
	for (text, kind, desc), vcpu in zip([n for n in core.notes if n[1] != 1], sorted(vcpus)):
		xen.same("threads: %s vcpu%s: kind of floating-point state" % (name, vcpu), (text, kind),
		         ("CORE", 2) if core.cls == 2 else ("LINUX", 0x46e62b7f))
		xen.same("threads: %s vcpu%s: floating point" % (name, vcpu), desc, stored_registers(source, vcpu)[:512])


# ---- tools of others ----

def python_with_kdumpfile():
	for python in ("/usr/bin/python3", sys.executable):
		if os.path.exists(python) and not subprocess.run([python, "-c", "import kdumpfile"], capture_output=True).returncode:
			return python
	return None


KDUMP = python_with_kdumpfile()
KDUMP_SCRIPT = """
import hashlib, json, sys, kdumpfile
k = kdumpfile.kdumpfile(file=sys.argv[1])
a = k.attr
regs = [{n: a["cpu.%d.reg.%s" % (i, n)] for n in sys.argv[2].split(",")} for i in range(a["cpu.number"])]
pages = {}
for pfn in sys.argv[3].split(","):
	b = bytes(k.read(kdumpfile.KDUMP_MACHPHYSADDR, int(pfn) * 4096, 4096))
	pages[pfn] = hashlib.sha256(b).hexdigest()
print(json.dumps([a["file.format"], a["arch.name"], a["xen.version.major"], a["xen.version.minor"], regs, pages]))
"""


def check_kdumpfile(name, path, core, memory, vcpus, p2m):
	"""Not of 32-bit guests: for the registers of those libkdumpfile 0.5 calls a function that it has not."""
	if not KDUMP or core.machine == 3:
		return
	names = [n for n in ("rip", "rsp", "rbp", "r15", "cr3", "cr0") if n in next(iter(vcpus.values()))]
	pfns = [p for p in sorted(memory)[::max(1, len(memory) // 300)] if p not in p2m]
	p = subprocess.run([KDUMP, "-c", KDUMP_SCRIPT, path, ",".join(names), ",".join(map(str, pfns))], capture_output=True)
	try:
		form, arch, major, minor, regs, pages = json.loads(p.stdout)
	except ValueError:
		xen.fail("libkdumpfile: %s: %s" % (name, p.stderr.decode()[-300:]))
		return
	xen.same("libkdumpfile: %s" % name, (form, arch, major, minor), ("xc_core_elf", "x86_64") + core.xen)
	for ours, (vcpu, registers) in zip(regs, sorted(vcpus.items())):
		xen.same("libkdumpfile: %s: vcpu%s" % (name, vcpu), ours, {n: number(registers[n]) for n in names})
	for pfn, digest in pages.items():
		xen.same("libkdumpfile: %s: 0x%x" % (name, int(pfn)), digest, hashlib.sha256(memory[int(pfn)]).hexdigest())


def check_elfutils(name, path, core):
	if not shutil.which("eu-readelf"):
		return
	p = subprocess.run(["eu-readelf", "-S", "-n", path], capture_output=True, env=dict(os.environ, LC_ALL="C"))
	text = p.stdout.decode(errors="replace")
	xen.same("elfutils: %s" % name, (p.returncode, p.stderr), (0, b""))
	xen.same("elfutils: %s: sections" % name, re.findall(r"^\[ *\d+\] (\.\S+)", text, re.M), core.ordinals[1:])
	xen.same("elfutils: %s: notes" % name, re.findall(r"^  Xen +(\d+) ", text, re.M), ["0", "32", "1280", "8"])


def check_crash(name, path, core):
	"""How far crash comes without the guest's kernel: it knows the file as Xen's, and prints what it read of it. One
	built for 64 bits refuses other machines."""
	if not shutil.which("crash") or core.machine == 3:
		return
	p = subprocess.run(["crash", "-d8", "--no_scroll", xen.PROGRAM, path], stdin=subprocess.DEVNULL, capture_output=True,
	                   timeout=120)
	text = p.stdout.decode(errors="replace")
	found = dict(re.findall(r"(xch_\w+|elf_class|elf_strtab_offset|shared_info_offset|format_version): (\S+)", text))
	want = {"xch_magic": "%x" % core.magic, "xch_nr_vcpus": str(core.vcpus), "xch_nr_pages": str(core.pages),
	        "xch_ctxt_offset": str(core.by_name[".xen_prstatus"].offset),
	        "xch_index_offset": str(core.by_name[".xen_p2m" if core.pv else ".xen_pfn"].offset),
	        "xch_pages_offset": str(core.by_name[".xen_pages"].offset), "elf_class": "ELFCLASS64",
	        "elf_strtab_offset": str(core.sections[1].offset), "format_version": "%016x" % 1}
	if core.pv:
		want["shared_info_offset"] = str(core.by_name[".xen_shared_info"].offset)
	for key, value in want.items():
		xen.same("crash: %s: %s" % (name, key), found.get(key), value)


def check_gdb(name, path, memory, vcpus):
	if not shutil.which("gdb"):
		return
	narrow = "eip" in next(iter(vcpus.values()))
	names = ("eip", "esp") if narrow else ("rip", "rsp", "r15")
	pfn = max(memory)
	p = subprocess.run(["gdb", "-batch", "-nx", "-ex", "core " + path, "-ex", "info threads", "-ex",
	                    "thread apply all -ascending info registers " + " ".join(names), "-ex",
	                    "x/8xb 0x%x" % (pfn * PAGE)], capture_output=True, timeout=120)
	text = p.stdout.decode(errors="replace")
	xen.same("gdb: %s: threads" % name, len(re.findall(r"^[* ] \d+ +(?:LWP|process|Thread)", text, re.M)), len(vcpus))
	regs = re.findall(r"^(%s) +(0x[0-9a-f]+)" % "|".join(names), text, re.M)
	want = [(n, number(r[n])) for v, r in sorted(vcpus.items()) for n in names]
	xen.same("gdb: %s: registers" % name, [(n, int(v, 16)) for n, v in regs], want)
	dump = re.findall(r"^0x%x:((?:\s+0x[0-9a-f]{2}){8})" % (pfn * PAGE), text, re.M)
	xen.same("gdb: %s: memory" % name, dump and bytes(int(b, 16) for b in dump[0].split()), memory[pfn][:8])


# ---- whole streams, snapshots, passes, stretches ----

def check_stream(name):
	truth = truth_of(name)
	path = xen.stream(name)
	memory, ranges = read_lime(export(path, "lime", "guest"))
	if not xen.same("memory: %s" % name, memory_hash(memory), truth["pages"]["final_memory_sha256"]):
		return
	vcpus = truth["vcpus"]
	base = xen.stream(truth["file"])
	p2m = p2m_pages(base, truth)
	core = check_xen_core(name, path, truth, memory, vcpus, p2m)
	check_kdumpfile(name, os.path.join(FOLDER, "export.xen-core"), core, memory, vcpus, p2m[0])
	check_elfutils(name, os.path.join(FOLDER, "export.xen-core"), core)
	check_crash(name, os.path.join(FOLDER, "export.xen-core"), core)
	check_raw(name, path, memory)
	check_lime(name, path, memory)
	check_elf_core(name, path, memory, vcpus)
	check_gdb(name, os.path.join(FOLDER, "export.elf-core"), memory, vcpus)
	check_checkpoints(name, path, truth, p2m)


def check_checkpoints(name, path, truth, p2m):
	for n, c in enumerate(truth.get("checkpoints", ()), 1):
		source = "%s#%d" % (path, n)
		memory, ranges = read_lime(export(source, "lime", "guest"))
		xen.same("checkpoints: %s: memory of #%d" % (name, n), memory_hash(memory), c["memory_sha256"])
		check_xen_core("%s#%d" % (name, n), source, truth, memory, {"0": dict(c["vcpu0"])}, p2m)


def check_passes():
	"""Made by hand: 0x300 is sent three times, 0x301 and then not, 0x303 not and then with bytes."""
	path = xen.mini_path("repeats")
	last = json.loads(xen.run("info", "--json", path)[1])["guest"]["passes"]
	first = read_lime(export(path, "lime", "pass:1"))[0]
	final = read_lime(export(path, "lime", "pass:%d" % last))[0]
	xen.same("passes: the last is all", final == read_lime(export(path, "lime", "guest"))[0], True)
	xen.same("passes: 0x300", [struct.unpack_from("<Q", m[0x300])[0] for m in (first, final)], [1, 21])
	xen.same("passes: 0x301", [0x301 in m for m in (first, final)], [True, False])
	xen.same("passes: 0x303", [0x303 in m for m in (first, final)], [False, True])
	core = XenCore(export(path, "xen-core", "pass:1", status=4))
	xen.same("passes: no registers of that moment", core.vcpus, 0)
	xen.same("passes: pages", set(core.memory()), set(first))
	status, out, err = xen.run("export", path, "pass:%d" % (last + 1), "--format", "lime", "-o", FOLDER + "/none")
	xen.same("passes: none beyond", (status, "there is no pass %d" % (last + 1) in err), (2, True))
	xen.same("passes: nothing written", os.path.exists(FOLDER + "/none"), False)


def assembled(path, truth):
	"""{pass: {PFN: bytes}} after each, from all entries of all records in order; what VERIFY compares is none."""
	states, memory, before = [], {}, -1
	with open(path, "rb") as f:
		for r in truth["records"]:
			if r["name"] in ("CHECKPOINT", "VERIFY"):
				states, memory, before = states + [memory], dict(memory), -1
			if r["name"] == "VERIFY":
				return states
			if r["name"] != "PAGE_DATA" or r["layer"] != "libxc":
				continue
			f.seek(r["offset"] + 8)
			count = struct.unpack("<I4x", f.read(8))[0]
			entries = struct.unpack("<%dQ" % count, f.read(8 * count))
			for e in entries:
				pfn, kind = e & (1 << 52) - 1, e >> 60
				if pfn <= before:
					states, memory = states + [memory], dict(memory)
				before = pfn
				memory.pop(pfn, None)
				if kind < 13:
					memory[pfn] = f.read(PAGE)
	return states


def check_live(name):
	"""Real passes: those that were sent while the guest ran, those between checkpoints."""
	path, truth = xen.stream(name), xen.truth(name)
	states = assembled(path, truth)
	ends = {c["checkpoint_record"] for c in truth.get("checkpoints", ())}
	xen.same("passes: %s: how many" % name, len(states), xen.ask("info", path)["guest"]["passes"])
	for n, memory in list(enumerate(states, 1))[:6]:
		xen.same("passes: %s, pass %d" % (name, n), read_lime(export(path, "lime", "pass:%d" % n))[0] == memory, True)
	last = len(states)
	core = XenCore(export(path, "xen-core", "pass:%d" % last))
	xen.same("passes: %s: the registers at the end" % name, core.vcpus, len(truth["vcpus"]))
	core = XenCore(export(path, "xen-core", "pass:1", status=0 if len(ends) == last else 4))
	xen.same("passes: %s: those of a pass" % name, core.vcpus, 1 if len(ends) == last else 0)


def check_stretch():
	path = xen.stream("tiny-pv-64.xl")
	memory, ranges = read_lime(export(path, "lime"))
	what = ("pfn:0x100", "256K")
	part = {pfn: memory[pfn] for pfn in range(0x100, 0x140)}
	data = b"".join(part.values())
	xen.same("stretches: raw", mapped(export(path, "raw", *what))[:] == data, True)
	xen.same("stretches: lime", read_lime(export(path, "lime", *what)), (part, [(0x100000, 0x13ffff)]))
	core = XenCore(export(path, "xen-core", *what))
	xen.same("stretches: xen-core", (core.memory() == part, core.pages), (True, 64))
	xen.same("stretches: elf-core", ElfCore(export(path, "elf-core", *what)).memory() == part, True)
	part = read_lime(export(path, "lime", "pa:0x100010", "0x20"))
	xen.same("stretches: bytes", part, ({0x100: memory[0x100][16:48]}, [(0x100010, 0x10002f)]))
	core = XenCore(export(path, "xen-core", "pa:0x100ff0", "0x20"))
	xen.same("stretches: whole pages", [p for p, g in core.index], [0x100, 0x101])
	status, out, err = xen.run("export", path, "pfn:0x3ff", "8K", "--format", "lime", "--force", "-o", FOLDER + "/part")
	xen.same("stretches: beyond the end", (status, "4096 bytes are not there" in err), (4, True))
	xen.same("stretches: up to the end", list(read_lime(FOLDER + "/part")[0]), [0x3ff])


def check_virtual():
	"""What vCPU 0 maps: the known addresses have the bytes that the truth says."""
	known = ("tiny-pv-64.xl", "tiny-pv-32.xl", "tiny-pvh-64.xl", "tiny-pvh-20.xl")
	for name in [n for n in known if n in xen.names()]:
		path, truth = xen.stream(name), xen.truth(name)
		core = ElfCore(export(path, "elf-core", "vcpu0"))
		for e in truth["expected_translations"]:
			if e.get("first64") and e["walk_pfn"]:
				page = number(e["va"]) & -PAGE
				xen.same("virtual: %s %s" % (name, e["va"]), core.read(page, 64).hex(), e["first64"])
		xen.same("virtual: %s: threads" % name, len(core.threads()), len(truth["vcpus"]))


try:
	check_passes()
	check_stretch()
	check_virtual()
	if "pv-remus.stream" in xen.names() and not sys.argv[1:]:
		check_live("pv-remus.stream")
		check_live("pv-live-debug.stream")
	for n in [n for n in xen.names() if not sys.argv[1:] or n in sys.argv[1:]]:
		check_stream(n)
finally:
	shutil.rmtree(FOLDER, True)
xen.finish()
