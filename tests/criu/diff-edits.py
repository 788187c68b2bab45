#!/usr/bin/env python3
"""Random edits to a set are told as exactly those that matter.

What matters: bytes of pages, regions unmapped, protected otherwise, moved; descriptors closed, or
their position. What does not: runs of the pagemap cut elsewhere, regions split where both halves
are alike, files with other ids, entries of files.img and fdinfo in another order, fresh inode
numbers. Each round makes several edits at once and compares the sets both ways.

timeout: 120"""
import json, os, random, shutil, struct, subprocess, sys, tempfile

from _wire import encode, parse

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "../shared/corpus")
ROUNDS = int(os.environ.get("ROUNDS", "25"))
PAGE = 4096
failures = 0


def fail(text):
    global failures
    failures += 1
    print("FAIL", text)


# ---- images ----

def get(fields, number, default=0):
    return next((v for n, _, v in fields if n == number), default)


def put(fields, number, value):
    for f in fields:
        if f[0] == number:
            f[2] = value
            return
    fields.append([number, 0, value])


class Image:
    def __init__(self, path):
        self.path = path
        with open(path, "rb") as f:
            data = f.read()
        self.head, self.entries, at = data[:8], [], 8
        while at < len(data):
            (n,) = struct.unpack("<I", data[at:at + 4])
            self.entries.append(parse(data[at + 4:at + 4 + n]))
            at += 4 + n

    def save(self):
        with open(self.path, "wb") as f:
            f.write(self.head)
            for e in self.entries:
                body = b"".join(map(encode, e))
                f.write(struct.pack("<I", len(body)) + body)


PRESENT, PARENT = 4, 1
VMA_FIELD, FILE_REGIONS = 14, 64 | 128


class Set:
    def __init__(self, folder, pid, fds):
        def at(name):
            return os.path.join(folder, name)
        self.folder, self.pid = folder, pid
        self.pagemap, self.mm, self.files = Image(at(f"pagemap-{pid}.img")), Image(at(f"mm-{pid}.img")), Image(at("files.img"))
        self.fdinfo, self.fs = Image(at(f"fdinfo-{fds}.img")), Image(at(f"fs-{pid}.img"))
        self.pages = at(f"pages-{get(self.pagemap.entries[0], 1)}.img")

    def save(self):
        for im in (self.pagemap, self.mm, self.files, self.fdinfo, self.fs):
            im.save()

    def runs(self):
        """[address, pages, offset in the pages file, entry]"""
        out, offset = [], 0
        for e in self.pagemap.entries[1:]:
            n = get(e, 5) or get(e, 2)
            out.append([get(e, 1), n, offset, e])
            offset += n * PAGE
        return out

    def vmas(self):
        return [parse(v) for f, _, v in self.mm.entries[0] if f == VMA_FIELD]

    def set_vmas(self, vmas):
        at = next(i for i, f in enumerate(self.mm.entries[0]) if f[0] == VMA_FIELD)
        rest = [f for f in self.mm.entries[0] if f[0] != VMA_FIELD]
        rest[at:at] = [[VMA_FIELD, 2, b"".join(map(encode, v))] for v in sorted(vmas, key=lambda v: get(v, 1))]
        self.mm.entries[0] = rest


def entry(address, pages, like):
    e = [[n, k, v] for n, k, v in like]
    put(e, 1, address)
    for field in (2, 5):
        if get(e, field):
            put(e, field, pages)
    return e


# ---- edits: each returns what should be told ----

def change_pages(s, rng, told):
    with open(s.pages, "r+b") as f:
        for _ in range(rng.randint(1, 6)):
            address, pages, offset, _ = rng.choice(s.runs())
            n = rng.randrange(pages)
            if address + n * PAGE in told["pages"]:
                continue
            places = rng.sample(range(PAGE), rng.choice((1, 1, 2, 8, 100, PAGE)))
            f.seek(offset + n * PAGE)
            data = bytearray(f.read(PAGE))
            for at in places:
                data[at] ^= rng.randint(1, 255)
            f.seek(offset + n * PAGE)
            f.write(data)
            told["pages"][address + n * PAGE] = len(places)


def cut_runs(s, rng, told):
    out = s.pagemap.entries[:1]
    for address, pages, _, like in s.runs():
        while pages:
            n = rng.randint(1, pages) if rng.random() < 0.6 else pages
            out.append(entry(address, n, like))
            address += n * PAGE
            pages -= n
    s.pagemap.entries = out


def split_regions(s, rng, told):
    out = []
    for v in s.vmas():
        start, end, pgoff = get(v, 1), get(v, 2), get(v, 3)
        # The stack's first page is a guard; vdso and vvar are known by where they begin.
        if rng.random() < 0.5 and end - start > 2 * PAGE and not get(v, 7) & (2 | 4 | 8 | 16) and not get(v, 6) & 0x100:
            middle = start + rng.randrange(1, (end - start) // PAGE) * PAGE
            second = [[n, k, x] for n, k, x in v]
            put(v, 2, middle)
            put(second, 1, middle)
            if get(v, 7) & FILE_REGIONS or pgoff:
                put(second, 3, pgoff + middle - start)
            out.append(second)
        out.append(v)
    s.set_vmas(out)


def protect(s, rng, told):
    vmas = s.vmas()
    v = rng.choice([v for v in vmas if get(v, 7) & 512 and not get(v, 6) & 0x100 and not get(v, 7) & (2 | 8 | 16 | 32)
                    and get(v, 5) == 3] or [None])
    if v:
        put(v, 5, 1)
        s.set_vmas(vmas)
        told["changed"] |= set(range(get(v, 1), get(v, 2), PAGE))


def close_descriptor(s, rng, told):
    e = rng.choice(s.fdinfo.entries)
    s.fdinfo.entries.remove(e)
    told["closed"].add(get(e, 4))


def seek(s, rng, told):
    ids = {}
    for e in s.fdinfo.entries: # several may be open on one file, and share its position
        ids.setdefault(get(e, 1), set()).add(get(e, 4))
    for e in s.files.entries:
        if get(e, 1) == 1 and get(e, 2) in ids and rng.random() < 0.5: # a regular file
            reg = parse(get(e, 3))
            put(reg, 3, get(reg, 3) + 8192)
            e[[f[0] for f in e].index(3)][2] = b"".join(map(encode, reg))
            told["moved fds"] |= ids[get(e, 2)]


def renumber(s, rng, told):
    ids = sorted({get(e, 2) for e in s.files.entries})
    new = dict(zip(ids, rng.sample(range(100, 9000), len(ids))))
    for e in s.files.entries:
        put(e, 2, new[get(e, 2)])
        for f in e:
            if f[1] == 2: # the message of its type: field 1 is the id
                inner = parse(f[2])
                if get(inner, 1) in new:
                    put(inner, 1, new[get(inner, 1)])
                f[2] = b"".join(map(encode, inner))
    for e in s.fdinfo.entries:
        put(e, 1, new[get(e, 1)])
    for number in (1, 2): # cwd, root
        put(s.fs.entries[0], number, new.get(get(s.fs.entries[0], number), get(s.fs.entries[0], number)))
    put(s.mm.entries[0], 12, new[get(s.mm.entries[0], 12)]) # exe
    vmas = s.vmas()
    for v in vmas:
        if get(v, 7) & FILE_REGIONS:
            put(v, 4, new[get(v, 4)])
    s.set_vmas(vmas)


def reorder(s, rng, told):
    rng.shuffle(s.files.entries)
    rng.shuffle(s.fdinfo.entries)


EDITS = (change_pages, cut_runs, split_regions, protect, seek, close_descriptor, renumber, reorder)


# ---- what is told ----

def diff(a, b, *options):
    p = subprocess.run([PROGRAM, "diff", "--json", *options, a, b], capture_output=True, text=True)
    if p.returncode not in (0, 1):
        fail(f"{a} {b}: exit {p.returncode} {p.stderr}")
    return p.returncode, [json.loads(line) for line in p.stdout.splitlines()]


def of_region(c, side):
    if not c[side]:
        return set()
    start, end = (int(x, 16) for x in c[side].split(" ")[0].split("-"))
    return set(range(start, end, PAGE))


def check(name, code, changes, told, gone):
    pages = {int(c["va"], 16): c["bytes"] for c in changes if c["kind"] == "page"}
    fds = {c["fd"] for c in changes if c["kind"] == "fd" and c["change"] == gone}
    moved = {c["fd"] for c in changes if c["kind"] == "field" and c.get("of") == "fd" and c["path"] == "position"}
    regions = set()
    for c in changes:
        if c["kind"] == "vma":
            regions |= of_region(c, "a") | of_region(c, "b")
    others = [c for c in changes if c["kind"] not in ("page", "process", "fd", "vma") and
              not (c["kind"] == "field" and c["path"] == "position")]
    for what, is_told, wanted in (("pages", pages, told["pages"]), ("descriptors", fds, told["closed"]),
                                  ("positions", moved, told["moved fds"] - told["closed"]),
                                  ("regions", regions, told["changed"]), ("other things", others, [])):
        if is_told != wanted:
            fail(f"{name}: {what}: told {is_told}, should be {wanted}")
    differs = any(told[k] for k in ("pages", "closed", "changed")) or told["moved fds"] - told["closed"]
    if code != (1 if differs else 0):
        fail(f"{name}: exit {code}")


def edited(base, folder, pid, fds, seed):
    rng = random.Random(seed)
    shutil.copytree(base, folder)
    for name in os.listdir(folder):
        os.chmod(os.path.join(folder, name), 0o644)
    s = Set(folder, pid, fds)
    told = {"pages": {}, "changed": set(), "closed": set(), "moved fds": set()}
    edits = [e for e in EDITS if rng.random() < 0.5]
    for e in edits:
        e(s, rng, told)
    s.save()
    return told, ", ".join(e.__name__ for e in edits)


def moved_pages(base, folder, pid, fds):
    """mremap: a run of anonymous pages and its region, elsewhere."""
    shutil.copytree(base, folder)
    for name in os.listdir(folder):
        os.chmod(os.path.join(folder, name), 0o644)
    s = Set(folder, pid, fds)
    vmas = s.vmas()
    runs = {get(v, 1): [r for r in s.runs() if get(v, 1) <= r[0] < get(v, 2)] for v in vmas}
    # Into the gap behind it, so that pages stay in the order of their addresses.
    v = max((v for v, n in zip(vmas, vmas[1:]) if runs[get(v, 1)] and get(v, 7) & 512
             and not get(v, 7) & (2 | 8 | 16 | 32) and get(n, 1) - get(v, 2) > 3 * (get(v, 2) - get(v, 1))),
            key=lambda v: sum(r[1] for r in runs[get(v, 1)]))
    start, by, pages = get(v, 1), 2 * (get(v, 2) - get(v, 1)), set()
    for address, n, _, e in runs[start]:
        pages |= set(range(address, address + n * PAGE, PAGE))
        put(e, 1, address + by)
    put(v, 1, start + by)
    put(v, 2, get(v, 2) + by)
    s.set_vmas(vmas)
    order = [get(e, 1) for e in s.pagemap.entries[1:]]
    s.save()
    if order != sorted(order):
        fail("the moved run is not in order")
    code, changes = diff(base, folder, "--moved")
    added = {int(c["va"], 16): c for c in changes if c["kind"] == "page" and c["change"] == "added"}
    removed = {int(c["va"], 16) for c in changes if c["kind"] == "page" and c["change"] == "removed"}
    if code != 1 or removed != pages or set(added) != {p + by for p in pages}:
        fail(f"moved: {len(removed)} gone, {len(added)} new, should be {len(pages)}")
    # A page of zeros has no home; of equal pages any will do.
    hashes = {}
    with open(s.pages, "rb") as f:
        for address, n, offset, _ in s.runs():
            f.seek(offset)
            for i in range(n):
                hashes[address + i * PAGE] = f.read(PAGE)
    for address, c in added.items():
        data = hashes[address]
        if not any(data):
            continue
        source = int(c.get("moved_from", "0"), 16)
        if source not in pages or hashes[source + by] != data:
            fail(f"moved: {address:#x} came from {c.get('moved_from')}")
    return len(added)


def main():
    base = os.path.join(CORPUS, "criu/counter")
    if not os.path.isdir(base):
        print(f"no corpus at {CORPUS}")
        return 77
    pid = next(n for n in os.listdir(base) if n.startswith("mm-"))[3:-4]
    fds = next(n for n in os.listdir(base) if n.startswith("fdinfo-"))[7:-4]
    counts = {"pages": 0, "closed": 0, "changed": 0, "moved fds": 0}
    with tempfile.TemporaryDirectory() as tmp:
        for seed in range(ROUNDS):
            folder = os.path.join(tmp, "edited")
            told, edits = edited(base, folder, pid, fds, seed)
            name = f"round {seed} ({edits})"
            check(name, *diff(base, folder), told, "removed")
            check(name + ", back", *diff(folder, base), told, "added")
            shutil.rmtree(folder)
            for what in counts:
                counts[what] += len(told[what])
        n = moved_pages(base, os.path.join(tmp, "moved"), pid, fds)
    print(f"{ROUNDS} rounds:", ", ".join(f"{n} {what}" for what, n in counts.items()), f"; {n} pages moved")
    return 1 if failures else 0


sys.exit(main())
