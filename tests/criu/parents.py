#!/usr/bin/env python3
"""Pages in a parent: found there by its link and by --parent; and if the parent, its pagemap or its
pages file is missing, or the chain bites its tail, named, with exit status 4 or 3 where the answer
lies there and 0 where it does not. On disk and in a tar.

The set is tests/real/tree; in the newer one all pages of one process are in the parent, so that what
the whole set says is the truth."""
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile

from _wire import varint

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
WHOLE = "tests/real/tree"
PID, OTHER = 3375, 3388
PAGEMAP = "pagemap-%d.img" % PID
PAGES = "pages-4.img"
PE_PARENT, PE_PRESENT = 1, 4
failures = []
work = tempfile.mkdtemp(prefix="parents.")


def expect(truth, *what):
    if not truth:
        failures.append(what)
        print("FAILED:", *what)


def run(code, *args):
    p = subprocess.run([PROGRAM, *args], capture_output=True, timeout=60)
    expect(p.returncode == code, args, "exit", p.returncode, "not", code, p.stderr[:300])
    return p


def lines(code, *args):
    return [json.loads(line) for line in run(code, *args).stdout.splitlines()]


def runs(path):
    """{address: pages} of the entries that are present."""
    entries = json.loads(run(0, "show", "--json", WHOLE, path).stdout)["entries"][1:]
    def number(v):
        return int(v, 0) if isinstance(v, str) else v
    return {number(e["vaddr"]): e["nr_pages"] for e in entries if "PE_PRESENT" in str(e["flags"])
            or e["flags"] in (4, 6, "4")}


def make(name, parent=None):
    """Two snapshots in a folder: old, which is whole, and new, whose process is all in its parent."""
    top = os.path.join(work, name)
    for s in ("pre-old", "new"):
        shutil.copytree(WHOLE, os.path.join(top, s))
    with open(os.path.join(top, "new", PAGEMAP), "rb") as f:
        data = f.read()
    data = data[:12 + struct.unpack_from("<I", data, 8)[0]]  # magics and head
    for at, pages in sorted(TRUTH.items()):
        body = b"\x08" + varint(at) + b"\x10\0" + b"\x20" + varint(PE_PARENT) + b"\x28" + varint(pages)
        data += struct.pack("<I", len(body)) + body
    with open(os.path.join(top, "new", PAGEMAP), "wb") as f:
        f.write(data)
    open(os.path.join(top, "new", PAGES), "wb").close()
    if parent:
        os.symlink(parent, os.path.join(top, "new", "parent"))
    return top


def both(top, old=True):
    """The newer set on disk, and as the main one of a tar."""
    path = top + ".tar"
    with tarfile.open(path, "w") as t:
        t.add(os.path.join(top, "new"), "checkpoint")
        if old:
            t.add(os.path.join(top, "pre-old"), "pre-old")
    return os.path.join(top, "new"), path


def bytes_at(code, source, at, pid, *more):
    return run(code, "read", "-q", "--raw", *more, source, "va:%#x@%d" % (at, pid), "4096").stdout


def where(code, source, at, pid, *more):
    return lines(code, "where", "--json", *more, source, "va:%#x@%d" % (at, pid))[0]


def rules(source, *more):
    p = subprocess.run([PROGRAM, "check", "--json", *more, source], capture_output=True, timeout=60)
    return [json.loads(line)["rule"] for line in p.stdout.splitlines()]


def reached(source, *more):
    for at in TRUTH:
        w = where(0, source, at, PID, *more)
        expect((w["state"], w["level"]) == ("parent", 1), source, more, hex(at), w)
        expect(bytes_at(0, source, at, PID, *more) == bytes_at(0, WHOLE, at, PID), source, hex(at))
    maps = lines(0, "maps", "--json", "--pid", str(PID), *more, source)
    expect(sum(m["parent"] for m in maps) == sum(TRUTH.values()), source, "maps: pages in parent")
    expect("missing-parent" not in rules(source, *more), source, more, "nothing is missing")


def missed(source, rule, code=4, state="absent", why="", others=0):
    """`code`: where the answer is missing; `others`: where it is not."""
    for at in sorted(TRUTH)[::9]:
        w = where(code, source, at, PID)
        expect(w["state"] == state and why in w.get("why", ""), source, hex(at), w)
        expect(bytes_at(code, source, at, PID) == bytes(4096), source, hex(at), "bytes that are not there")
    maps = lines(code, "maps", "--json", "--pid", str(PID), source)
    expect(sum(m["absent"] - m["zero"] - m["in_file"] for m in maps) >= sum(TRUTH.values()), source, "maps")
    expect(rules(source).count(rule) == 1, source, rule, rules(source))
    run(code, "maps", source)
    # The other processes have theirs.
    at = min(OTHERS)
    expect(where(others, source, at, OTHER)["state"] == "present", source, "pid", OTHER)
    expect(bytes_at(others, source, at, OTHER) == bytes_at(0, WHOLE, at, OTHER), source, "pid", OTHER)
    run(others, "maps", "--pid", str(OTHER), source)


def told(source, code=0):
    """Before anything is asked, too."""
    i = json.loads(run(code, "info", "--json", source).stdout)
    expect(i["problems"] > 0 and i["missing_parent"], source, "info does not say it")


TRUTH, OTHERS = runs(PAGEMAP), runs("pagemap-%d.img" % OTHER)


def main():
    expect(len(TRUTH) > 5 and OTHERS, "the set has pages")
    top = make("whole", "../pre-old")
    for source in both(top):
        reached(source)
    for name, parent, rule, code, why in (
            ("gone", "../nothing", "missing-parent", 4, "cannot be opened"),
            ("absolute", "/nonexistent/images", "missing-parent", 4, "cannot be opened"),
            ("unlinked", None, "missing-parent", 4, "no parent"),
            ("itself", ".", "parent-cycle", 3, "in the chain already")):
        top = make(name, parent)
        for source in both(top):
            missed(source, rule, code, why=why, others=3 if code == 3 else 0)
            if parent:
                told(source, 3 if code == 3 else 0)
        for source in both(top, old=False):
            if source.endswith(".tar") and not parent:
                continue  # nothing says that it has one
            reached(source, "--parent", os.path.join(top, "pre-old"))
    # A ring of two; a parent that is no set; one that has no such process.
    top = make("ring", "../pre-old")
    os.symlink("../new", os.path.join(top, "pre-old", "parent"))
    for source in (os.path.join(top, "new"),):
        expect("parent-cycle" in rules(source), "a ring of two")
        expect(where(3, source, min(TRUTH), PID)["state"] == "parent", "a ring of two is read as far as it goes")
    top = make("empty", "../pre-old")
    for name in os.listdir(os.path.join(top, "pre-old")):
        os.unlink(os.path.join(top, "pre-old", name))
    for source in both(top):
        missed(source, "missing-parent", why="holds no images" if source.endswith("new") else "")
    top = make("stranger", "../pre-old")
    os.unlink(os.path.join(top, "pre-old", PAGEMAP))
    for source in both(top):
        missed(source, "missing-parent", why="is missing in the parent")
    # The pages file of the parent, and of the set itself.
    top = make("no pages", "../pre-old")
    os.unlink(os.path.join(top, "pre-old", PAGES))
    for source in both(top):
        w = where(4, source, min(TRUTH), PID)
        expect(w["state"] == "absent" and PAGES in w["why"], source, w)
        run(4, "maps", "--pid", str(PID), source)
    os.unlink(os.path.join(top, "new", "parent"))
    expect(where(4, os.path.join(top, "pre-old"), min(TRUTH), PID)["state"] == "absent", "its own pages file")
    run(4, "maps", os.path.join(top, "pre-old"))
    run(0, "maps", "--pid", str(OTHER), os.path.join(top, "pre-old"))
    print("%d failures" % len(failures))
    return bool(failures)


try:
    status = main()
finally:
    shutil.rmtree(work, ignore_errors=True)
sys.exit(status)
