"""Readers of a guest's exported memory, written from the formats' descriptions: Xen's dump-core, LiME, an ELF core
with guest-physical segments. Memory is {PFN: 4096 bytes}."""
import hashlib
import mmap
import os
import struct

PAGE = 4096

# Names in the ground truth, and where vcpu_guest_context has them: (name, offset, width).
USER_64 = ("r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx", "rsi", "rdi")
CONTEXT_64 = [(n, 0x208 + 8 * i, 8) for i, n in enumerate(USER_64)] + [
	("rip", 0x208 + 0x80, 8), ("cs", 0x208 + 0x88, 2), ("rflags", 0x208 + 0x90, 8), ("rsp", 0x208 + 0x98, 8),
	("ss", 0x208 + 0xa0, 2), ("es", 0x208 + 0xa8, 2), ("ds", 0x208 + 0xb0, 2), ("fs", 0x208 + 0xb8, 2),
	("gs", 0x208 + 0xc0, 2), ("gdt_ents", 0x1360, 8), ("kernel_sp", 0x1370, 8)] + [
	("cr%d" % i, 0x1378 + 8 * i, 8) for i in range(8)] + [("dr%d" % i, 0x13b8 + 8 * i, 8) for i in range(8)] + [
	("event_callback", 0x13f8, 8), ("syscall_callback", 0x1408, 8), ("fs_base", 0x1418, 8),
	("gs_base_kernel", 0x1420, 8), ("gs_base_user", 0x1428, 8), ("flags", 0x200, 8)]
USER_32 = ("ebx", "ecx", "edx", "esi", "edi", "ebp", "eax")
CONTEXT_32 = [(n, 0x204 + 4 * i, 4) for i, n in enumerate(USER_32)] + [
	("eip", 0x204 + 0x20, 4), ("cs", 0x204 + 0x24, 2), ("eflags", 0x204 + 0x28, 4), ("esp", 0x204 + 0x2c, 4),
	("ss", 0x204 + 0x30, 2)] + [("cr%d" % i, 0xa9c + 4 * i, 4) for i in range(8)]

# elf_prstatus as Linux has it: {class: (size, pid, first register, width, names)}.
PRSTATUS = {
	2: (336, 32, 112, 8, USER_64 + ("orig_rax", "rip", "cs", "rflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es",
	                                "fs", "gs")),
	1: (144, 24, 72, 4, USER_32 + ("ds", "es", "fs", "gs", "orig_eax", "eip", "cs", "eflags", "esp", "ss")),
}


def numbers(data, table):
	return {n: int.from_bytes(data[at:at + w], "little") for n, at, w in table}


def memory_hash(pages):
	"""As the truth has it: over PFN and contents, by PFN."""
	h = hashlib.sha256()
	for pfn in sorted(pages):
		h.update(struct.pack("<Q", pfn))
		h.update(pages[pfn])
	return h.hexdigest()


def mapped(path):
	with open(path, "rb") as f:
		size = os.fstat(f.fileno()).st_size
		return mmap.mmap(f.fileno(), size, prot=mmap.PROT_READ) if size else b""


class Section:
	def __init__(self, data, header):
		(self.name_at, self.type, self.flags, self.addr, self.offset, self.size, self.link, self.info, self.align,
		 self.entsize) = struct.unpack("<IIQQQQIIQQ", header)
		self.bytes = memoryview(data)[self.offset:self.offset + self.size]


class XenCore:
	"""Sections by name; looked up in the way of volatility, too: by the place of the name among the strings."""

	def __init__(self, path):
		self.data = data = mapped(path)
		self.ident = data[:16]
		(self.type, self.machine, self.version, self.entry, self.phoff, self.shoff, self.flags, self.ehsize,
		 self.phentsize, self.phnum, self.shentsize, self.shnum, self.shstrndx) = struct.unpack("<HHIQQQIHHHHHH",
		                                                                                       data[16:64])
		self.sections = [Section(data, data[self.shoff + 64 * i:self.shoff + 64 * i + 64]) for i in range(self.shnum)]
		strings = self.sections[self.shstrndx]
		self.strings = bytes(strings.bytes)
		for s in self.sections:
			s.name = self.strings[s.name_at:self.strings.index(b"\0", s.name_at)].decode()
		self.by_name = {s.name: s for s in self.sections}
		self.ordinals = [s.decode() for s in self.strings.split(b"\0")][:-1]
		self.size = len(data)
		self.read_notes()
		self.pv = ".xen_p2m" in self.by_name
		self.read_index()

	def read_notes(self):
		notes, at = bytes(self.by_name[".note.Xen"].bytes), 0
		self.notes = []
		while at < len(notes):
			name, size, kind = struct.unpack_from("<III", notes, at)
			self.notes.append((notes[at + 12:at + 12 + name], kind, notes[at + 16:at + 16 + size]))
			at += 12 + name + size
		self.magic, self.vcpus, self.pages, self.page_size = struct.unpack("<QQQQ", self.notes[1][2])
		version = self.notes[2][2]
		self.xen = struct.unpack("<QQ", version[:16])
		self.pagesize = {at: struct.unpack_from("<Q", version, at)[0] for at in (1268, 1272)}

	def read_index(self):
		"""(PFN, frame) of each page."""
		raw = self.by_name[".xen_p2m" if self.pv else ".xen_pfn"].bytes
		values = struct.unpack("<%dQ" % (len(raw) // 8), raw)
		self.index = list(zip(values[::2], values[1::2])) if self.pv else [(v, v) for v in values]

	def memory(self):
		pages = self.by_name[".xen_pages"].bytes
		return {pfn: bytes(pages[i * PAGE:(i + 1) * PAGE]) for i, (pfn, gmfn) in enumerate(self.index)}

	def context(self, n):
		raw = bytes(self.by_name[".xen_prstatus"].bytes[5168 * n:5168 * (n + 1)])
		return numbers(raw, CONTEXT_32 if self.machine == 3 else CONTEXT_64), raw


def read_lime(path):
	"""(memory, ranges); ranges are [first, last] as their headers say."""
	data, at, memory, ranges = mapped(path), 0, {}, []
	while at < len(data):
		magic, version, first, last, reserved = struct.unpack_from("<IIQQQ", data, at)
		if (magic, version, reserved) != (0x4c694d45, 1, 0) or data[at:at + 4] != b"EMiL":
			raise ValueError("no header of LiME at 0x%x" % at)
		at += 32
		ranges.append((first, last))
		for addr in range(first, last + 1, PAGE):
			memory[addr // PAGE] = data[at + addr - first:at + addr - first + PAGE]
		at += last + 1 - first
	if at != len(data):
		raise ValueError("a range ends behind the file")
	return memory, ranges


class ElfCore:
	def __init__(self, path):
		self.data = data = mapped(path)
		self.cls, self.machine = data[4], struct.unpack_from("<H", data, 18)[0]
		wide = self.cls == 2
		phoff = struct.unpack_from("<Q", data, 32)[0] if wide else struct.unpack_from("<I", data, 28)[0]
		size, count = struct.unpack_from("<HH", data, 54 if wide else 42)
		self.loads, self.notes = [], []
		for i in range(count):
			at = phoff + size * i
			if wide:
				kind, flags, offset, va, pa, filesz, memsz, align = struct.unpack_from("<IIQQQQQQ", data, at)
			else:
				kind, offset, va, pa, filesz, memsz, flags, align = struct.unpack_from("<IIIIIIII", data, at)
			if kind == 1:
				self.loads.append((va, pa, offset, filesz, memsz, flags))
			elif kind == 4:
				self.read_notes(data[offset:offset + filesz])

	def read_notes(self, raw):
		at = 0
		while at < len(raw):
			name, size, kind = struct.unpack_from("<III", raw, at)
			at += 12
			text = raw[at:at + name].rstrip(b"\0").decode()
			at += (name + 3) & -4
			self.notes.append((text, kind, raw[at:at + size]))
			at += (size + 3) & -4

	def threads(self):
		"""[(pid, registers)]"""
		size, pid, first, width, names = PRSTATUS[self.cls]
		found = []
		for name, kind, desc in self.notes:
			if kind == 1:
				assert (name, len(desc)) == ("CORE", size)
				table = [(n, first + width * i, width) for i, n in enumerate(names)]
				found.append((struct.unpack_from("<I", desc, pid)[0], numbers(desc, table)))
		return found

	def memory(self):
		pages = {}
		for va, pa, offset, filesz, memsz, flags in self.loads:
			for at in range(0, filesz, PAGE):
				pages[(va + at) // PAGE] = self.data[offset + at:offset + at + PAGE]
		return pages

	def read(self, addr, length):
		for va, pa, offset, filesz, memsz, flags in self.loads:
			if va <= addr and addr + length <= va + filesz:
				return self.data[offset + addr - va:offset + addr - va + length]
		return None


def data_pages(path):
	"""Numbers of the pages of a file that are no holes."""
	found = set()
	with open(path, "rb") as f:
		size, at = os.fstat(f.fileno()).st_size, 0
		while at < size:
			try:
				at = os.lseek(f.fileno(), at, os.SEEK_DATA)
			except OSError:
				break
			end = os.lseek(f.fileno(), at, os.SEEK_HOLE)
			found.update(range(at // PAGE, (end + PAGE - 1) // PAGE))
			at = end
	return found
