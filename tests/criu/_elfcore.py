"""An ELF core, read without any library: headers, notes, memory. For the tests of `export`."""
import mmap
import struct

NOTES = {1: "PRSTATUS", 2: "FPREGSET", 3: "PRPSINFO", 6: "AUXV", 0x53494749: "SIGINFO",
         0x46494c45: "FILE", 0x202: "X86_XSTATE", 0x46e62b7f: "PRXFPREG", 0x200: "386_TLS",
         0x401: "ARM_TLS"}
X86_64 = ("r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss fs_base "
          "gs_base ds es fs gs").split()
I386 = "bx cx dx si di bp ax ds es fs gs orig_ax ip cs flags sp ss".split()
ARM64 = ["x%d" % n for n in range(31)] + ["sp", "pc", "pstate"]
REGISTERS = {62: X86_64, 3: I386, 183: ARM64}


class Core:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
        d = self.data
        assert d[:4] == b"\x7fELF" and d[5] == 1, "no little-endian ELF file"
        self.wide = d[4] == 2
        self.word = 8 if self.wide else 4
        head = struct.unpack_from("<HHIQQQIHHHHHH" if self.wide else "<HHIIIIIHHHHHH", d, 16)
        self.type, self.machine, phoff, shoff = head[0], head[1], head[4], head[5]
        count = head[9]
        if count == 0xffff:
            section = struct.unpack_from("<IIQQQQIIQQ" if self.wide else "<10I", d, shoff)
            count = section[7]
        self.headers = []
        for n in range(count):
            if self.wide:
                t, flags, off, va, pa, fs, ms, al = struct.unpack_from("<IIQQQQQQ", d, phoff + 56 * n)
            else:
                t, off, va, pa, fs, ms, flags, al = struct.unpack_from("<8I", d, phoff + 32 * n)
            self.headers.append((t, flags, off, va, fs, ms, al))
        self.loads = [h[1:] for h in self.headers if h[0] == 1]
        self.notes = [n for h in self.headers if h[0] == 4 for n in self.read_notes(h[2], h[4])]
        self.starts = [h[2] for h in self.loads]

    def read_notes(self, at, size):
        end = at + size
        while at < end:
            namesz, descsz, kind = struct.unpack_from("<III", self.data, at)
            at += 12
            name = self.data[at:at + namesz].rstrip(b"\0").decode()
            at += (namesz + 3) & ~3
            yield name, NOTES.get(kind, kind), self.data[at:at + descsz]
            at += (descsz + 3) & ~3
        assert at == end, "notes do not fill their segment"

    def note(self, name):
        return next((n[2] for n in self.notes if n[1] == name), None)

    def load_of(self, address):
        """The PT_LOAD that has it: flags, offset, address, size in file, in memory, alignment."""
        lo, hi = 0, len(self.loads)
        while lo < hi:
            mid = (lo + hi) // 2
            if self.loads[mid][2] + self.loads[mid][4] > address:
                hi = mid
            else:
                lo = mid + 1
        if lo < len(self.loads) and self.loads[lo][2] <= address:
            return self.loads[lo]
        return None

    def read(self, address, size):
        """None if any of it is in no segment."""
        out = b""
        while size:
            h = self.load_of(address)
            if not h:
                return None
            into = address - h[2]
            n = min(size, h[4] - into)
            stored = max(0, min(n, h[3] - into))
            out += self.data[h[1] + into:h[1] + into + stored] + bytes(n - stored)
            address, size = address + n, size - n
        return out

    def threads(self):
        """Of each NT_PRSTATUS: tid, registers by name, and the rest; then the notes behind it."""
        out = []
        for name, kind, desc in self.notes:
            if kind == "PRSTATUS":
                out.append(self.prstatus(desc))
            elif out:
                out[-1]["notes"].setdefault(kind, desc)
        return out

    def prstatus(self, b):
        names = REGISTERS[self.machine]
        w = self.word
        letter = "Q" if self.wide else "I"
        at = 16 + 2 * w + 16 + 8 * w
        signal, = struct.unpack_from("<H", b, 12)
        pending, held, pid, ppid, pgrp, sid = struct.unpack_from("<2%s4i" % letter, b, 16)
        regs = dict(zip(names, struct.unpack_from("<%d%s" % (len(names), letter), b, at)))
        valid, = struct.unpack_from("<I", b, at + w * len(names))
        total = at + w * len(names) + 4
        assert len(b) == (total + w - 1) // w * w, "NT_PRSTATUS has %d bytes" % len(b)
        return dict(tid=pid, ppid=ppid, pgrp=pgrp, sid=sid, pending=pending, held=held,
                    signal=signal, regs=regs, valid=valid, notes={})

    def psinfo(self):
        b = self.note("PRPSINFO")
        assert len(b) == (136 if self.wide else 124)
        state = struct.unpack_from("<bcbb", b)
        ids = struct.unpack_from("<IIiiii", b, 16) if self.wide else struct.unpack_from("<HHiiii", b, 8)
        at = 40 if self.wide else 28
        return dict(state=state[1].decode(), nice=state[3], uid=ids[0], gid=ids[1], pid=ids[2],
                    ppid=ids[3], pgrp=ids[4], sid=ids[5], comm=b[at:at + 16].split(b"\0")[0],
                    args=b[at + 16:at + 96].split(b"\0")[0])

    def files(self):
        b = self.note("FILE")
        if b is None:
            return []
        letter = "Q" if self.wide else "I"
        count, page = struct.unpack_from("<2" + letter, b)
        at = 2 * self.word
        rows = [struct.unpack_from("<3" + letter, b, at + n * 3 * self.word) for n in range(count)]
        names = b[at + count * 3 * self.word:].split(b"\0")
        assert len(names) == count + 1 and not names[-1]
        return [(s, e, o * page, n) for (s, e, o), n in zip(rows, names)]
