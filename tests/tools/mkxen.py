#!/usr/bin/env python3
"""Compiles a text into a Xen stream: mkxen.py FROM TO

One statement a line, `#` begins a comment, numbers are Python's. Indented lines belong to the line
above that is less indented. What a statement writes goes to the end of what was written.

Numbers and bytes, at the top or in any block:
  u8 u16 u32 u64 N..    in the stream's byte order     be16 be32 be64 le16 le32 le64 N..
  word N..              of a legacy stream's word
  zero N   fill BYTE N   hex 00 11..   text "..."      (\\n \\0 and such as in Python)
  at OFFSET             what follows overwrites from there (counted from the block's first byte)
  order big|little      of all that follows
  repeat N              the block, N times
  align N               zeros up to a multiple of N

Layers:
  xl FLAGS "CONFIG"     48 bytes, length and text of the config
  libvirt VERSION "XML"
  xapi TYPE LENGTH      a section's header (type as a number); the signature is `text`
  libxl [OPTIONS]       header, version 2
  libxc VERSION pv|hvm|N [OPTIONS] [MAJOR.MINOR]      image and domain header
  record TYPE [length=N] [pad=BYTE]                   TYPE: a name of libxc or, with xl:, of libxl, or a
      ...               number; `length` is written in its place (the body stays), padding is to 8 bytes

In a block PAGE_DATA or batch:
  page PFN TYPE BODY    an entry and its page          TYPE: a name or number
  none PFN TYPE         an entry without a page
  count N               instead of how many there are
BODY is one of: fill BYTE; text "..."; count (each 8 bytes its offset); pt INDEX=ENTRY.. (8-byte
entries); pt32 INDEX=ENTRY..; u64 OFFSET=VALUE..

Structures, zeros but for what is named:
  context64 NAME=N..    vcpu_guest_context of 64 bits: rip, rsp, cr3, cr1, flags ..
  context32 NAME=N..
  hvm TYPE INSTANCE [size=N] [length=N] [fill=BYTE] [NAME=N..]     an entry of HVM_CONTEXT; TYPE a name or
                        number, `size` how many bytes there are, `length` what its descriptor says; NAME of
                        HEADER and CPU; CPU of 1016 or 1024 bytes as old ones were. Block: more bytes

Legacy streams:
  legacy WORD P2M_SIZE
  extended              marker, total, blocks          total=N instead of what there is
      block "vcpu"      id, size and the block's bytes  size=N
  batch                 count, entries of a word, pages (as PAGE_DATA)
  chunk ID              an i32 and the block's bytes
  compressed            -12, size and the block's bytes
      same              in it: a page as it was; `whole BODY`: one with all its bytes; `runs
                        keep=N set=N:BYTE ..`: N times 4 bytes as they were, or BYTE
"""
import re
import shlex
import struct
import sys

LIBXC = """END PAGE_DATA X86_PV_INFO X86_PV_P2M_FRAMES X86_PV_VCPU_BASIC X86_PV_VCPU_EXTENDED X86_PV_VCPU_XSAVE
	SHARED_INFO X86_TSC_INFO HVM_CONTEXT HVM_PARAMS TOOLSTACK X86_PV_VCPU_MSRS VERIFY CHECKPOINT
	CHECKPOINT_DIRTY_PFN_LIST STATIC_DATA_END X86_CPUID_POLICY X86_MSR_POLICY""".split()
LIBXL = "END LIBXC_CONTEXT EMULATOR_XENSTORE_DATA EMULATOR_CONTEXT CHECKPOINT_END CHECKPOINT_STATE".split()
TYPES = {"NOTAB": 0, "L1TAB": 1, "L2TAB": 2, "L3TAB": 3, "L4TAB": 4, "L1TAB_PIN": 9, "L2TAB_PIN": 10,
	 "L3TAB_PIN": 11, "L4TAB_PIN": 12, "BROKEN": 13, "XALLOC": 14, "XTAB": 15}
HVM = """END HEADER CPU PIC IOAPIC LAPIC LAPIC_REGS PCI_IRQ ISA_IRQ PCI_LINK PIT RTC HPET PMTIMER MTRR
	VIRIDIAN_DOMAIN CPU_XSAVE VIRIDIAN_VCPU VMCE_VCPU TSC_ADJUST CPU_MSR""".split()
HVM_SIZES = [0, 24, 1032, 8, 400, 32, 1024, 16, 8, 8, 56, 24, 1048, 8, 240, 32, 600, 216, 32, 8, 8]


def after(offset, names, width=8):
	return {name: (offset + n * width, width) for n, name in enumerate(names.split())}


# Offset and bytes of members, by the public headers.
CONTEXT64 = {"flags": (0x200, 8), "cs": (0x290, 2), "rflags": (0x298, 8), "rsp": (0x2a0, 8), "ss": (0x2a8, 2),
	     "rip": (0x288, 8), "gdt_ents": (0x1360, 8), "kernel_ss": (0x1368, 8), "kernel_sp": (0x1370, 8),
	     "gdt0": (0x12e0, 8), **after(0x208, "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi"),
	     **after(0x1378, "cr0 cr1 cr2 cr3 cr4 cr5 cr6 cr7"),
	     **after(0x1418, "fs_base gs_base_kernel gs_base_user")}
CONTEXT32 = {"flags": (0x200, 4), "eip": (0x224, 4), "cs": (0x228, 2), "eflags": (0x22c, 4), "esp": (0x230, 4),
	     "ss": (0x234, 2), **after(0x204, "ebx ecx edx esi edi ebp eax", 4), "gdt_ents": (0xa90, 4),
	     "gdt0": (0xa50, 4), **after(0xa9c, "cr0 cr1 cr2 cr3 cr4 cr5 cr6 cr7", 4)}
HVM_CPU = {**after(0x200, "rax rbx rcx rdx rbp rsi rdi rsp r8 r9 r10 r11 r12 r13 r14 r15 rip rflags cr0 cr2 cr3 cr4"),
	   **after(0x2e0, "cs_sel ds_sel es_sel fs_sel gs_sel ss_sel tr_sel ldtr_sel", 4),
	   **after(0x328, "cs_base ds_base es_base fs_base gs_base ss_base tr_base ldtr_base idtr_base gdtr_base"),
	   **after(0x378, "cs_arbytes ds_arbytes es_arbytes fs_arbytes gs_arbytes ss_arbytes", 4),
	   "efer": (0x3e0, 8), "tsc_aux": (0x3e8, 8), "tsc": (0x3f0, 8), "pending_event": (0x3f8, 4),
	   "error_code": (0x3fc, 4), "flags": (0x400, 4)}
# Before 3.4 there was no tsc_aux.
HVM_CPU_OLD = {**HVM_CPU, "tsc": (0x3e8, 8), "pending_event": (0x3f0, 4), "error_code": (0x3f4, 4)}
HVM_HEADER = {"magic": (0, 4), "version": (4, 4), "changeset": (8, 8), "cpuid": (16, 4), "gtsc_khz": (20, 4)}


class Bad(Exception):
	pass


def number(text):
	return int(text, 0)


def pairs(words):
	out = []
	for word in words:
		name, sep, value = word.partition("=")
		if not sep:
			raise Bad("NAME=VALUE expected, not " + word)
		out.append((name, number(value)))
	return out


def lookup(names, word):
	if isinstance(names, dict):
		return names[word] if word in names else number(word)
	return names.index(word) if word in names else number(word)


class Line:
	def __init__(self, n, text):
		self.n, self.block = n, []
		try:
			self.words = shlex.split(text, comments=True)
		except ValueError as e:
			raise Bad("%d: %s" % (n, e))
		self.quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', text)


def read(text):
	"""The lines as a tree, by their indentation."""
	root, stack = [], []
	for n, raw in enumerate(text.split("\n"), 1):
		line = Line(n, raw)
		if not line.words:
			continue
		depth = len(raw) - len(raw.lstrip("\t "))
		while stack and stack[-1][0] >= depth:
			stack.pop()
		(stack[-1][1].block if stack else root).append(line)
		stack.append((depth, line))
	return root


class Stream:
	def __init__(self):
		self.big, self.word = False, 8

	def pack(self, width, value, big=None):
		big = self.big if big is None else big
		return (value & ((1 << 8 * width) - 1)).to_bytes(width, "big" if big else "little")

	def text(self, line, n=0):
		return line.quoted[n].encode().decode("unicode_escape").encode("latin-1")

	def fields(self, size, members, words):
		out = bytearray(size)
		for name, value in pairs(words):
			if name not in members:
				raise Bad("no member " + name)
			at, width = members[name]
			out[at:at + width] = self.pack(width, value)
		return bytes(out[:size])

	# ---- bodies ----

	def page(self, line, words):
		kind, words = words[0], words[1:]
		if kind == "fill":
			return bytes([number(words[0])]) * 4096
		if kind == "text":
			return self.text(line)[:4096].ljust(4096, b"\0")
		if kind == "count":
			return b"".join(self.pack(8, n) for n in range(0, 4096, 8))
		if kind not in ("pt", "pt32", "u64"):
			raise Bad("unknown page " + kind)
		out, width = bytearray(4096), 4 if kind == "pt32" else 8
		for word in words:
			at, _, value = word.partition("=")
			at = number(at) * (1 if kind == "u64" else width)
			# A guest's memory is little-endian whatever the stream's records are.
			out[at:at + width] = self.pack(width, number(value), False)
		return bytes(out)

	def pages(self, block, entry):
		"""Entries and pages of a block; what else is in it follows the pages."""
		entries, pages, rest, count = [], b"", [], None
		for line in block:
			words = line.words
			if words[0] == "page":
				entries.append(entry(number(words[1]), lookup(TYPES, words[2])))
				pages += self.page(line, words[3:])
			elif words[0] == "none":
				entries.append(entry(number(words[1]), lookup(TYPES, words[2])))
			elif words[0] == "count":
				count = number(words[1])
			else:
				rest.append(line)
		return (len(entries) if count is None else count), b"".join(entries) + pages + self.block(rest)

	def block(self, lines):
		out = bytearray()
		for line in lines:
			at = None
			try:
				if line.words[0] == "at":
					at = number(line.words[1])
					piece = self.block(line.block) if line.block else self.statement(
						self.inline(line, 2), out)
					out[at:at + len(piece)] = piece
				else:
					out += self.statement(line, out)
			except (Bad, ValueError, IndexError, KeyError) as e:
				text = str(e)
				raise Bad(text if re.match(r"\d+: ", text) else "%d: %s" % (line.n, text))
		return bytes(out)

	def inline(self, line, skip):
		rest = Line(line.n, "")
		rest.words, rest.quoted, rest.block = line.words[skip:], line.quoted, line.block
		return rest

	def options(self, words, *names):
		"""Takes NAME=N of those names out of words."""
		got, rest = {}, []
		for word in words:
			name, sep, value = word.partition("=")
			if sep and name in names:
				got[name] = number(value)
			else:
				rest.append(word)
		return got, rest

	# ---- statements ----

	def statement(self, line, out):
		word, args = line.words[0], line.words[1:]
		m = re.fullmatch(r"(u|be|le)(8|16|32|64)", word)
		if m:
			big = {"u": self.big, "be": True, "le": False}[m[1]]
			return b"".join(self.pack(int(m[2]) // 8, number(v), big) for v in args)
		do = getattr(self, "do_" + word.replace("-", "_"), None)
		if not do:
			raise Bad("unknown statement " + word)
		return do(line, args, out)

	def do_word(self, line, args, out):
		return b"".join(self.pack(self.word, number(v), False) for v in args)

	def do_zero(self, line, args, out):
		return bytes(number(args[0]))

	def do_fill(self, line, args, out):
		return bytes([number(args[0])]) * number(args[1])

	def do_hex(self, line, args, out):
		return bytes.fromhex("".join(args))

	def do_text(self, line, args, out):
		return self.text(line)

	def do_order(self, line, args, out):
		self.big = args[0] == "big"
		return b""

	def do_repeat(self, line, args, out):
		return self.block(line.block) * number(args[0])

	def do_align(self, line, args, out):
		return bytes(-len(out) % number(args[0]))

	def do_xl(self, line, args, out):
		config = self.text(line)
		head = b"Xen saved domain, xl format\n \0 \r"
		head += b"".join(self.pack(4, v) for v in (0x01020304, number(args[0]), 0, 4 + len(config), len(config)))
		return head + config

	def do_libvirt(self, line, args, out):
		xml = self.text(line)
		return (b"libvirt-xml\n \0 \r" + self.pack(4, number(args[0]), False) +
			self.pack(4, len(xml), False) + bytes(40) + xml)

	def do_xapi(self, line, args, out):
		return self.pack(8, number(args[0]), False) + self.pack(8, number(args[1]), False)

	def do_libxl(self, line, args, out):
		return b"LibxlFmt" + struct.pack(">II", 2, number(args[0]) if args else int(self.big))

	def do_libxc(self, line, args, out):
		kind = {"pv": 1, "hvm": 2}
		options = number(args[2]) if len(args) > 2 else int(self.big)
		major, minor = map(int, (args[3] if len(args) > 3 else "4.17").split("."))
		head = struct.pack(">QIIHHI", 2**64 - 1, 0x58454e46, number(args[0]), options, 0, 0)
		return (head + self.pack(4, lookup(kind, args[1])) + self.pack(2, 12) + self.pack(2, 0) +
			self.pack(4, major) + self.pack(4, minor))

	def do_record(self, line, args, out):
		got, args = self.options(args, "length", "pad")
		name = args[0]
		rtype = lookup(LIBXL, name[3:]) if name.startswith("xl:") else lookup(LIBXC, name)
		if name == "PAGE_DATA":
			count, body = self.pages(line.block, lambda pfn, t: self.pack(8, t << 60 | pfn))
			body = self.pack(4, count) + self.pack(4, 0) + body
		elif name == "HVM_PARAMS":
			params = pairs(args[1:])
			body = self.pack(4, len(params)) + self.pack(4, 0)
			for index, value in params:
				body += self.pack(8, number(index)) + self.pack(8, value)
			body += self.block(line.block)
		else:
			body = self.block(line.block)
		padding = bytes([got.get("pad", 0)]) * (-len(body) % 8)
		return self.pack(4, rtype) + self.pack(4, got.get("length", len(body))) + body + padding

	def do_context64(self, line, args, out):
		return self.fields(5168, CONTEXT64, args)

	def do_context32(self, line, args, out):
		return self.fields(2800, CONTEXT32, args)

	def do_hvm(self, line, args, out):
		got, args = self.options(args, "size", "length", "fill")
		rtype, instance = lookup(HVM, args[0]), number(args[1])
		size = got.get("size", HVM_SIZES[rtype] if rtype < len(HVM_SIZES) else 0)
		if args[0] == "HEADER":
			body = self.fields(24, HVM_HEADER, ["magic=0x54381286", "version=1"] + args[2:])
		elif args[0] == "CPU":
			body = self.fields(size, HVM_CPU_OLD if size == 1016 else HVM_CPU, args[2:])
		elif line.block and "size" not in got:
			body = self.block(line.block)
		else:
			body = bytes([got.get("fill", 0)]) * size + self.block(line.block)
		return (self.pack(2, rtype) + self.pack(2, instance) + self.pack(4, got.get("length", len(body))) +
			body)

	# ---- legacy ----

	def do_legacy(self, line, args, out):
		self.word = number(args[0])
		return self.pack(self.word, number(args[1]), False)

	def do_extended(self, line, args, out):
		got, args = self.options(args, "total")
		body = self.block(line.block)
		return (b"\xff" * self.word + self.pack(4, got.get("total", len(body)), False)) + body

	def do_block(self, line, args, out):
		got, args = self.options(args, "size")
		body = self.block(line.block)
		return self.text(line) + self.pack(4, got.get("size", len(body)), False) + body

	def do_batch(self, line, args, out):
		count, body = self.pages(line.block, lambda pfn, t: self.pack(self.word, t << 28 | pfn, False))
		return self.pack(4, count, False) + body

	def do_chunk(self, line, args, out):
		return self.pack(4, number(args[0]), False) + self.block(line.block)

	def do_compressed(self, line, args, out):
		body = self.block(line.block)
		return self.pack(4, -12, False) + self.pack(self.word, len(body), False) + body

	def do_same(self, line, args, out):
		return b"\0"

	def do_whole(self, line, args, out):
		return b"\x80" + self.page(line, args)

	def do_runs(self, line, args, out):
		"""keep=N and set=N:BYTE, in words of four bytes, until a page is full."""
		body = b""
		for arg in args:
			name, _, value = arg.partition("=")
			n, _, byte = value.partition(":")
			left = number(n)
			while left:
				part = min(left, 127)
				body += bytes([part | (0x80 if name == "keep" else 0)])
				if name != "keep":
					body += bytes([number(byte)]) * 4 * part
				left -= part
		return body


def main():
	if len(sys.argv) != 3:
		sys.exit("usage: mkxen.py FROM TO")
	try:
		with open(sys.argv[1], encoding="utf-8") as f:
			out = Stream().block(read(f.read()))
	except Bad as e:
		sys.exit("%s:%s" % (sys.argv[1], e))
	with open(sys.argv[2], "wb") as f:
		f.write(out)


if __name__ == "__main__":
	main()
