#!/usr/bin/env python3
"""What differs between two snapshots, against what /proc said before each dump: pages by the hashes
of /proc/PID/mem, regions by maps, descriptors by fdinfo; no more and no fewer. And what must not
differ: a set and itself, its copy, the deduplicated form of its chain, the chain made one set.

A page counts as being there if an image has it. What that means for the truth:
- kinds "anon" and "shared" are in the images, but for shared mappings of real files, which CRIU
  leaves in their files; "zero" and "file" pages are not;
- a page that one side never touched, in a region that it has, is zeros there: then a page of zeros
  on the other side is equal, any other is new or gone;
- a page of a private mapping that was only read is its file's: once written it is new;
- snapshots of memory alone (pre-dumps) know no regions and no shared memory: what they have not
  is not there.

Known exceptions, which the corpus's README explains: pages that CRIU's own injection leaves in an
image and pages of the vdso, [vvar] and [vvar_vclock] as one region."""
import hashlib, json, os, shutil, struct, subprocess, sys, tempfile

from _wire import parse, varint

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "../shared/corpus")
PAGE = 4096
failures, checked = [], {}


def fail(text):
    failures.append(text)
    print("FAIL", text)


def count(what, n=1):
    checked[what] = checked.get(what, 0) + n


def diff(a, b, *options):
    p = subprocess.run([PROGRAM, "diff", "--json", *options, a, b], capture_output=True, text=True)
    return p.returncode, [json.loads(line) for line in p.stdout.splitlines()], p.stderr


def is_equal(a, b, *options, status=0):
    code, changes, err = diff(a, b, *options)
    if code != status or changes:
        fail(f"{a} and {b}: exit {code}, {len(changes)} differences, as {changes[:2]} {err}")
    count("equal pairs")


# ---- the truth ----

def process_of(path, level=None):
    with open(path) as f:
        truth = json.load(f)
    if level is not None:
        truth = truth["levels"][level - 1]
    return truth["processes"][0]


def region(process, addr):
    for v in process["vmas"]:
        if v["start"] <= addr < v["end"]:
            return v
    return None


def of_real_file(vma):
    return vma and vma["inode"] and not vma["path"].endswith("(deleted)") and not vma["path"].startswith("/dev/zero")


def stored(process, with_shared):
    """Address -> hash of the pages that an image has; and of those that are zeros."""
    pages = {}
    for p in process["pages"]:
        addr = int(p["addr"], 16)
        vma = region(process, addr)
        if p["kind"] == "anon" or (p["kind"] == "shared" and with_shared and not of_real_file(vma)):
            pages[addr] = p["sha256"]
    return pages


ZEROS = hashlib.sha256(bytes(PAGE)).hexdigest()


def is_untouched(process, addr, pages, knows_regions):
    """A page of zeros that no image needs."""
    vma = region(process, addr) if knows_regions else None
    return bool(vma) and addr not in pages and not (vma["inode"] and not vma["shared"])


def expected_pages(a, b, full):
    pa, pb = stored(a, full[0]), stored(b, full[1])
    changed, added, removed = set(), set(), set()
    for addr in pa.keys() | pb.keys():
        if addr in pa and addr in pb:
            if pa[addr] != pb[addr]:
                changed.add(addr)
        elif addr in pb:
            if not (is_untouched(a, addr, pa, full[0]) and pb[addr] == ZEROS):
                added.add(addr)
        elif not (is_untouched(b, addr, pb, full[1]) and pa[addr] == ZEROS):
            removed.add(addr)
    return {"changed": changed, "added": added, "removed": removed}


def is_injected(process, addr):
    """What CRIU's own code in the process touches: the vdso, a page of code."""
    vma = region(process, addr)
    return vma is None or vma["path"] in ("[vdso]", "[vvar]", "[vvar_vclock]") or "x" in vma["prot"]


def compare_pages(name, changes, a, b, full):
    wanted = expected_pages(a, b, full)
    for how, addresses in wanted.items():
        found = {int(c["va"], 16) for c in changes if c["kind"] == "page" and c["change"] == how}
        for addr in sorted(addresses - found):
            fail(f"{name}: page {addr:#x} is {how}, but was not told")
        for addr in sorted(found - addresses):
            if is_injected(a, addr) and is_injected(b, addr) and addr not in stored(a, True).keys() | stored(b, True).keys():
                count("pages of CRIU's injection")
                continue
            fail(f"{name}: page {addr:#x} was told as {how}")
        count(f"pages {how}", len(found & addresses))


def attributes(process):
    """Page address -> what its region is."""
    pages = {}
    for v in process["vmas"]:
        if v["path"].startswith("[vvar"):
            continue
        key = (v["prot"] + ("s" if v["shared"] else "p"), v["path"])
        for addr in range(v["start"], v["end"], PAGE):
            pages[addr] = key + ((v["offset"] + addr - v["start"]) if v["inode"] else 0,)
    return pages


def pages_of(text):
    start, end = (int(x, 16) for x in text.split(" ")[0].split("-"))
    return set(range(start, end, PAGE))


def compare_regions(name, changes, a, b):
    in_a, in_b = attributes(a), attributes(b)
    wanted = {
        "added": in_b.keys() - in_a.keys(),
        "removed": in_a.keys() - in_b.keys(),
        "changed": {p for p in in_a.keys() & in_b.keys() if in_a[p] != in_b[p]},
    }
    found = {"added": set(), "removed": set(), "changed": set()}
    for c in changes:
        if c["kind"] != "vma":
            continue
        of_a = pages_of(c["a"]) if c["a"] else set()
        of_b = pages_of(c["b"]) if c["b"] else set()
        found["removed"] |= of_a - of_b
        found["added"] |= of_b - of_a
        if c["a"] and c["b"] and c["a"].split(" ", 1)[1] != c["b"].split(" ", 1)[1]:
            found["changed"] |= of_a & of_b
    for how in wanted:
        if wanted[how] != found[how]:
            fail(f"{name}: regions {how}: truth {len(wanted[how])} pages, told {len(found[how])}, "
                 f"first {min(wanted[how] ^ found[how]):#x}")
        count(f"pages of regions {how}", len(found[how]))


def compare_descriptors(name, changes, a, b):
    in_a, in_b = ({f["fd"]: f for f in p["fds"]} for p in (a, b))
    wanted = {
        "added": in_b.keys() - in_a.keys(),
        "removed": in_a.keys() - in_b.keys(),
        "changed": {n for n in in_a.keys() & in_b.keys()
                    if any(in_a[n][k] != in_b[n][k] for k in ("target", "pos", "flags"))},
    }
    for how, fds in wanted.items():
        found = {c["fd"] for c in changes if c["kind"] == "fd" and c["change"] == how}
        if found != set(fds):
            fail(f"{name}: descriptors {how}: truth {sorted(fds)}, told {sorted(found)}")
        count(f"descriptors {how}", len(found))
    for c in changes:
        if c["kind"] == "field" and c.get("of") == "fd" and c["path"] == "position":
            if (int(c["a"]), int(c["b"])) != (in_a[c["fd"]]["pos"], in_b[c["fd"]]["pos"]):
                fail(f"{name}: position of fd {c['fd']}: {c}")
            count("positions")


def compare_bytes(name, changes, a, b, pid):
    """How many bytes differ in each changed page, counted here."""
    for c in changes:
        if c["kind"] != "page" or c["change"] != "changed":
            continue
        sides = [subprocess.run([PROGRAM, "read", "-q", "--raw", s, f"va:{c['va']}@{pid}", str(PAGE)],
                                capture_output=True).stdout for s in (a, b)]
        n = sum(x != y for x, y in zip(*sides))
        if len(sides[0]) != PAGE or n != c["bytes"]:
            fail(f"{name}: {n} bytes of {c['va']} differ, told {c['bytes']}")
        count("counts of bytes")


def compare(name, dirs, truths, full):
    code, changes, err = diff(*dirs)
    if code != 1:
        fail(f"{name}: exit {code} {err}")
    pid = truths[0]["nspid"][-1]
    compare_pages(name, changes, *truths, full)
    compare_bytes(name, changes, *dirs, pid)
    if full == (True, True):
        compare_regions(name, changes, *truths)
        compare_descriptors(name, changes, *truths)
    count("pairs")


# ---- a chain as one set ----

def entry(body):
    return struct.pack("<I", len(body)) + body


def merged(chain, pid, to):
    """The last level with all pages its own: read by us, put one behind the other."""
    last = os.path.join(chain, "3")
    os.mkdir(to)
    for name in os.listdir(last):
        if name != "parent" and not name.startswith(("pagemap-", "pages-")) or "shmem" in name:
            shutil.copy(os.path.join(last, name), to)
    shared = {n for n in os.listdir(last) if n.startswith("pages-")}
    with open(os.path.join(last, f"pagemap-{pid}.img"), "rb") as f:
        head = f.read(8)
        body = f.read()
    (n,) = struct.unpack("<I", body[:4])
    records, at = [], 4 + n
    pages_head = body[4:at]
    used = pages_head[1]
    for name in shared:
        if name != f"pages-{used}.img":
            shutil.copy(os.path.join(last, name), to)
    while at < len(body):
        (n,) = struct.unpack("<I", body[at:at + 4])
        records.append(body[at + 4:at + 4 + n])
        at += 4 + n
    with open(os.path.join(to, f"pages-{used}.img"), "wb") as pages, \
         open(os.path.join(to, f"pagemap-{pid}.img"), "wb") as pagemap:
        pagemap.write(head + entry(pages_head))
        for r in records:
            fields = {number: value for number, _, value in parse(r)}
            length = fields[2] * PAGE
            data = subprocess.run([PROGRAM, "read", "-q", "--raw", last, f"va:{fields[1]:#x}@{pid}", str(length)],
                                  capture_output=True).stdout
            assert len(data) == length
            pages.write(data)
            # One page an entry: how runs are cut must not matter.
            for i in range(fields[2]):
                pagemap.write(entry(b"\x08" + varint(fields[1] + i * PAGE) + b"\x10\x01\x20\x04"))


def is_private(process, addr):
    """Of shared memory /proc says only what this process touched."""
    vma = region(process, addr)
    return not vma or not (vma["shared"] or "memfd" in vma["path"])


def relatives(path, truth_path):
    """Two processes of one set, forked from one another: their private memory."""
    with open(truth_path) as f:
        processes = [p for p in json.load(f)["processes"] if p["vmas"]]
    p = processes[0]
    for q in processes[1:]:
        pids = [x["nspid"][-1] for x in (p, q)]
        code, changes, err = diff(path, path, "--of", f"{pids[0]},{pids[1]}")
        name = f"{os.path.basename(path)} {pids}"
        changes = [c for c in changes if c["kind"] != "page" or
                   is_private(p, int(c["va"], 16)) and is_private(q, int(c["va"], 16))]
        sides = [dict(x, pages=[g for g in x["pages"] if is_private(p, int(g["addr"], 16)) and
                                is_private(q, int(g["addr"], 16))]) for x in (p, q)]
        compare_pages(name, changes, *sides, (True, True))
        count("relatives")


def main():
    criu = os.path.join(CORPUS, "criu")
    if not os.path.isdir(criu):
        print(f"no corpus at {CORPUS}")
        return 77

    def at(name):
        return os.path.join(criu, name)

    counter = [process_of(at(f"{n}.truth.json")) for n in ("counter", "counter-2")]
    compare("counter", (at("counter"), at("counter-2")), counter, (True, True))
    compare("counter, back", (at("counter-2"), at("counter")), counter[::-1], (True, True))
    levels = [process_of(at("chain.truth.json"), n) for n in (1, 2, 3)]
    for i, j in ((1, 2), (2, 3), (1, 3), (3, 1)):
        compare(f"chain {i} to {j}", (at(f"chain/{i}"), at(f"chain/{j}")), (levels[i - 1], levels[j - 1]),
                (i == 3, j == 3))

    for name in ("tree", "ns-tree"):
        relatives(at(name), at(name + ".truth.json"))

    with tempfile.TemporaryDirectory() as tmp:
        subprocess.run(["tar", "-xf", at("chain-dedup.tar"), "-C", tmp], check=True)
        dedup = next(os.path.join(d, "") for d, subs, _ in os.walk(tmp) if "3" in subs and "1" in subs)
        is_equal(at("chain/3"), dedup + "3", "--all")
        is_equal(dedup + "3", at("chain/3"), "--all")
        for n in ("1", "2"): # what was punched out is not known, and never different
            is_equal(at("chain/" + n), dedup + n, "--all", status=4)
        for name in ("counter", "tree", "zombie", "lazy", "podman/container.tar", "arm64-counter", "ns-tree", "chain/2"):
            copy = os.path.join(tmp, "copy")
            (shutil.copytree if os.path.isdir(at(name)) else shutil.copy)(at(name), copy)
            # What is left with the dumping side, or in a parent that was not copied, is not known.
            is_equal(at(name), at(name), "--all", status=4 if name == "lazy" else 0)
            is_equal(at(name), copy, "--all", status=4 if name in ("lazy", "chain/2") else 0)
            (shutil.rmtree if os.path.isdir(copy) else os.remove)(copy)
        one = os.path.join(tmp, "merged")
        merged(at("chain"), levels[2]["nspid"][-1], one)
        is_equal(at("chain/3"), one)
        is_equal(one, dedup + "3")
        compare("chain 2 to merged 3", (at("chain/2"), one), (levels[1], levels[2]), (False, True))
    print(", ".join(f"{n} {what}" for what, n in checked.items()))
    return 1 if failures else 0


sys.exit(main())
