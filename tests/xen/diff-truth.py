#!/usr/bin/env python3
"""What differs between two streams, and between moments of one: frames and registers of the pairs of
saves against the recorded truth, word by word; passes and snapshots against memories assembled here
from the recorded offsets of PAGE_DATA; legacy streams against what converting made of them."""
import json, os, re, struct, sys

sys.path.insert(0, "tests/tools")
from xen_streams import PAGE, finish, mini_path, names, run, same, stream, truth

# Registers that are clocks: told only when all is asked for.
CLOCKS = {"tsc"}


def diff(a, b, *options):
    code, out, _ = run("diff", "--json", *options, a, b)
    return code, [json.loads(line) for line in out.splitlines()]


def frames(changes):
    return {int(c["pfn"], 16): c for c in changes if c["kind"] == "pfn"}


# ---- memory as the stream has it, read here ----

def layout(path):
    """Yields (type, offset of the body, length) of all libxc records; libxl's between are stepped over."""
    with open(path, "rb") as f:
        data = f.read(1 << 16)
        at = data.index(struct.pack(">QI", 0xffffffffffffffff, 0x58454e46)) + 24 + 16
        libxl = data.find(b"LibxlFmt") >= 0
        size = os.fstat(f.fileno()).st_size
        in_libxl = False
        while at + 8 <= size:
            f.seek(at)
            kind, length = struct.unpack("<II", f.read(8))
            yield ("libxl" if in_libxl else "libxc", kind, at + 8, length)
            if in_libxl and kind == 4:
                in_libxl = False
            elif not in_libxl and kind == 14 and libxl:
                in_libxl = True
            elif not in_libxl and kind == 0:
                return
            at += 8 + (length + 7 & ~7)


def passes(path):
    """Memory as each pass left it, PFN -> offset of the body or None; and how many passes make up
    each committed snapshot."""
    now, out, ends, last = {}, [], [], None
    verify = False
    with open(path, "rb") as f:
        for layer, kind, at, length in layout(path):
            if layer == "libxl":
                if kind == 4:
                    ends.append(len(out))
                continue
            if kind == 13:
                verify = True
            elif kind == 14:
                out.append(dict(now))
                last = None
            elif kind == 1 and not verify:
                f.seek(at)
                (count,) = struct.unpack("<I4x", f.read(8))
                entries = struct.unpack(f"<{count}Q", f.read(8 * count))
                body = at + 8 + 8 * count
                for entry in entries:
                    pfn = entry & (1 << 52) - 1
                    if last is not None and pfn <= last:
                        out.append(dict(now))
                    last = pfn
                    has = entry >> 60 not in (13, 14, 15)
                    now[pfn] = body if has else None
                    body += PAGE * has
    if last is not None:
        out.append(dict(now))
    return out, ends


def compare_memories(path, name, a, b, changes):
    """`a`, `b`: PFN -> offset in the file."""
    told = frames(changes)
    wanted = {}
    with open(path, "rb") as f:
        def page(offset):
            f.seek(offset)
            return f.read(PAGE)

        for pfn in a.keys() | b.keys():
            x, y = a.get(pfn), b.get(pfn)
            if x == y:
                continue
            if x is None or y is None:
                wanted[pfn] = ("added" if x is None else "removed", PAGE)
                continue
            n = sum(p != q for p, q in zip(page(x), page(y)))
            if n:
                wanted[pfn] = ("changed", n)
    same(f"moments: frames of {name}", {p: (c["change"], c["bytes"]) for p, c in told.items()}, wanted)


# ---- two saves ----

def saves(kind):
    t = truth(f"{kind}-diff.json")
    a, b = stream(f"{kind}-save.xl"), stream(f"{kind}-save-2.xl")
    code, changes = diff(a, b, "--all")
    same(f"saves: {kind} exit", code, 1)
    told = frames(changes)
    same(f"saves: {kind} frames", sorted(told), sorted(int(c[0], 16) for c in t["changed"]))
    same(f"saves: {kind} kinds", {c["change"] for c in told.values()}, {"changed"})
    words = {}
    for pfn, c in told.items():
        pages = [run("read", "-q", "--raw", s, f"pfn:{pfn:#x}", str(PAGE))[1] for s in (a, b)]
        words[pfn] = sum(pages[0][i:i + 8] != pages[1][i:i + 8] for i in range(0, PAGE, 8))
        same(f"saves: {kind} bytes of {pfn:#x}", c["bytes"], sum(x != y for x, y in zip(*pages)))
    same(f"saves: {kind} words", words, {int(c[0], 16): c[1] for c in t["changed"]})
    same(f"saves: {kind} all words", sum(words.values()), t["changed_u64_words"])
    registers(kind, changes, t["registers_changed"])


def registers(kind, changes, wanted):
    general = re.compile(r"(CPU/)?(r[a-ds][xpi]|rbp|rsp|r\d+|rip|rflags|cr\d|dr\d|tsc|[c-gs]s(_base)?|efer|.*star)$")
    told = {}
    for c in changes:
        if c["kind"] == "field" and c.get("of") == "vcpu" and general.match(c["path"]):
            name = c["path"].split("/")[-1]
            told.setdefault(c["key"], {})[name] = [int(c["a"], 0), int(c["b"], 0)]
            same(f"saves: {kind} {name} is loose", "note" in c, name in CLOCKS)
    wanted = {v: {n: [int(x, 16) for x in ab] for n, ab in r.items()} for v, r in wanted.items() if r}
    same(f"saves: {kind} registers", told, wanted)


def moments():
    path = stream("pv-live-debug.stream")
    memory, _ = passes(path)
    for i in range(1, len(memory)):
        code, changes = diff(path, path, "--of", f"pass:{i},pass:{i + 1}")
        same(f"moments: passes {i} and {i + 1} exit", code, 1 if frames(changes) else 0)
        compare_memories(path, f"passes {i} and {i + 1}", memory[i - 1], memory[i], changes)
    path = stream("pv-remus.stream")
    memory, ends = passes(path)
    same("moments: snapshots", len(ends), 4)
    for i, j in ((1, 2), (2, 3), (3, 4), (4, 1)):
        code, changes = diff(f"{path}#{i}", f"{path}#{j}")
        same(f"moments: snapshots {i} and {j} exit", code, 1)
        compare_memories(path, f"snapshots {i} and {j}", memory[ends[i - 1] - 1], memory[ends[j - 1] - 1], changes)
    same("equal: a stream is its last snapshot", diff(path, f"{path}#4", "--all"), (0, []))


def equal_ones():
    for name in names():
        same(f"equal: {name} and itself", diff(stream(name), stream(name), "--all"), (0, []))
    # Converting a legacy stream moves everything and changes no page.
    for a, b in (("legacy-hvm.img", "legacy-hvm.converted.libxl"), ("legacy-pv64.img", "legacy-pv64.converted.libxc"),
                 ("legacy-pv64-xl.img", "legacy-pv64-xl.converted.xl"),
                 ("legacy-pv32-tools32.img", "legacy-pv32-tools32.converted.libxc")):
        code, changes = diff(stream(a), stream(b), "--pages")
        same(f"converted: pages of {a} and converted", (code, changes), (0, []))
        code, changes = diff(stream(a), stream(b), "--fields")
        same(f"converted: registers of {a} and converted", [c for c in changes if c.get("of") == "vcpu"], [])


def refused():
    code, out, err = run("diff", stream("tiny-pv-64.xl"), mini_path("hvm-mini"))
    same("refused: PV and PVH", (code, out, "a PV guest, the other an HVM guest" in err), (2, b"", True))


equal_ones()
refused()
if "pv-save.xl" in names():
    for kind in ("pv", "pvh", "hvm"):
        saves(kind)
    moments()
finish()
