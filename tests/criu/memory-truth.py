#!/usr/bin/env python3
# timeout: 900
"""Memory against what /proc/PID/mem said before the dump: every page of every process of every set,
and of every level of the incremental and the deduplicated chain, by `read --raw`; its state and
level by `where --json`; markers at their addresses.

Known exceptions, which the corpus's README explains: pages that CRIU's own injection leaves in an
image, a page of .data nobody wrote, the stack page of the container's sleeper."""
import hashlib, json, os, subprocess, sys, tempfile

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "../shared/corpus")
PAGE = 4096
failures, checked = [], {}


def run(*args):
    p = subprocess.run([PROGRAM, *args], capture_output=True)
    return p.returncode, p.stdout, p.stderr.decode(errors="replace")


def fail(text):
    failures.append(text)
    if len(failures) <= 40:
        print("FAIL", text)


def count(what, n=1):
    checked[what] = checked.get(what, 0) + n


def stretches(addresses):
    out = []
    for a in sorted(addresses):
        if out and out[-1][0] + out[-1][1] == a:
            out[-1][1] += PAGE
        else:
            out.append([a, PAGE])
    return out


def read_pages(source, pid, addresses):
    pages = {}
    for start, length in stretches(addresses):
        code, data, err = run("read", "-q", "--raw", source, f"va:{start:#x}@{pid}", str(length))
        if code not in (0, 4) or len(data) != length:
            fail(f"{source} {pid} {start:#x}: exit {code}, {len(data)} of {length} bytes: {err}")
            continue
        for i in range(0, length, PAGE):
            pages[start + i] = data[i:i + PAGE]
    return pages


def page_truth(process):
    return {int(p["addr"], 16): p for p in process["pages"]}


def wanted(truth, kinds):
    return [a for a, p in truth.items() if p["kind"] in kinds]


def where(source, pid, address):
    code, out, err = run("where", "--json", source, f"va:{address:#x}@{pid}")
    if not out:
        fail(f"where {source} {address:#x}@{pid}: exit {code} {err}")
        return {}
    return json.loads(out)


def compare(source, pid, truth, addresses):
    for a, data in read_pages(source, pid, addresses).items():
        count("pages")
        if hashlib.sha256(data).hexdigest() != truth[a]["sha256"]:
            fail(f"{source} pid {pid} {a:#x} ({truth[a]['kind']}): other bytes, "
                 f"{where(source, pid, a).get('state')}")


def simple(name, skip_lazy=False):
    truth = json.load(open(f"{CORPUS}/criu/{name}.truth.json"))
    source = f"{CORPUS}/criu/{name}"
    for p in truth["processes"]:
        pid = p["nspid"][-1]
        if not p.get("pages"):
            continue
        pages = page_truth(p)
        names = {v["start"]: v for v in p["vmas"]}
        addresses = []
        for a in wanted(pages, ("anon", "zero", "shared")):
            state = where(source, pid, a).get("state")
            count("where")
            if state == "lazy":
                count("lazy")
                if not skip_lazy:
                    fail(f"{name} {a:#x}: lazy")
                continue
            if state == "file":
                vma = next(v for s, v in names.items() if s <= a < v["end"])
                # Clean pages of a mapped file are not dumped, whatever their bytes. To the kernel
                # /dev/zero is no such file.
                if vma["path"] == "/dev/zero" or not vma["path"].startswith("/") or pages[a]["kind"] == "anon" and \
                        ".data" not in vma["path"] and vma["prot"] != "rw-":
                    fail(f"{name} {a:#x} ({pages[a]['kind']}): {state}")
                count("left to the file")
                continue
            if state == "absent" or state == "unmapped":
                fail(f"{name} {a:#x} ({pages[a]['kind']}): {state}")
                continue
            addresses.append(a)
        compare(source, pid, pages, addresses)
        for m in p.get("markers", []):
            if "addr" in m and ("text" in m or "sha256" in m):
                marker(name, source, pid, m)


def marker(name, source, pid, m):
    count("markers")
    if where(source, pid, m["addr"]).get("state") in ("lazy", "file"):
        return
    text = m.get("text", "").encode("latin-1", "replace")
    _, data, _ = run("read", "-q", "--raw", source, f"va:{m['addr']:#x}@{pid}",
                     str(m.get("len", len(text))))
    if data != text and hashlib.sha256(data).hexdigest() != m.get("sha256"):
        fail(f"{name} marker {m.get('name')}: {data[:40]!r}")


def chain(name, root):
    truth = json.load(open(f"{CORPUS}/criu/{name}.truth.json"))
    dedup = "dedup" in name
    for level, (t, expect) in enumerate(zip(truth["levels"], truth["expect"]), 1):
        source = f"{root}/{level}"
        p = t["processes"][0]
        pid, pages = p["nspid"][-1], page_truth(p)
        newest = {int(a, 16): n for a, n in expect["newest_copy_in_level"].items()}
        readable = []
        for a, n in newest.items():
            w = where(source, pid, a)
            count("where")
            if dedup and w.get("state") == "absent" and "punched" in w.get("why", ""):
                count("punched out")
                later = [e for e in truth["expect"][level:]
                         if e["newest_copy_in_level"].get(hex(a), 0) > n]
                vma = next(v for v in p["vmas"] if v["start"] <= a < v["end"])
                if not later and "r" in vma["prot"]:
                    fail(f"{name}/{level} {a:#x}: said to be punched, no newer copy")
                continue
            # A pre-dump that reads memory skips what the process itself may not read.
            vma = next(v for v in p["vmas"] if v["start"] <= a < v["end"])
            if "r" not in vma["prot"] and level == 3 and w.get("level") == 0:
                readable.append(a)
                count("unreadable till the last level")
                continue
            if w.get("level") != level - n or w.get("state") != ("parent" if n < level
                                                                 else "present"):
                fail(f"{name}/{level} {a:#x}: {w.get('state')} level {w.get('level')}, "
                     f"expected {level - n}: {w.get('why')}")
            readable.append(a)
        compare(source, pid, pages, [a for a in readable if a in pages])


def main():
    if not os.path.isdir(f"{CORPUS}/criu"):
        print("skipped: no corpus at", CORPUS)
        return 77
    for name in sys.argv[1:] or ["counter", "counter-2", "tree", "tree-v3", "ns-tree", "zombie",
                                 "arm64-counter", "lazy"]:
        simple(name, skip_lazy=name == "lazy")
    if not sys.argv[1:]:
        chain("chain", f"{CORPUS}/criu/chain")
        with tempfile.TemporaryDirectory() as tmp:
            subprocess.run(["tar", "-xf", f"{CORPUS}/criu/chain-dedup.tar", "-C", tmp], check=True)
            chain("chain-dedup", f"{tmp}/chain-dedup")
    print(checked, len(failures), "failures")
    return bool(failures)


sys.exit(main())
