#!/usr/bin/env python3
"""bt against gdb: the back-traces of a program that gdb stopped, and those of an image set made of
that same stop, with what a dump has of it: registers, memory that was written, build-ids. Frame by
frame the same addresses, and functions of the same names. Then sets of which something is missing,
or another, or made to hurt: frames that lead in circles, registers that point nowhere.
timeout: 400
"""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

from _bt import (PAGE, PROGRAM, checked, compare, depth_of, fail, failures, holds, make_set, run, same, skip,
                 stopped_in_gdb, traces)

CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "../shared/corpus") + "/criu"


# The program with unwind data, with frame pointers beside it, at other places.
def check_variants(tmp):
    kept = None
    for name, flags in (("o1", ["-O1"]), ("o2", ["-O2", "-fomit-frame-pointer"]),
                        ("fp", ["-O1", "-fno-omit-frame-pointer"]), ("nopie", ["-O1", "-no-pie"]),
                        ("debug-frame", ["-O1", "-fno-asynchronous-unwind-tables"])):
        program, state, memory = stopped_in_gdb(os.path.join(tmp, name), flags)
        folder = os.path.join(tmp, name + "-set")
        make_set(folder, state, memory)
        code, ours, err = traces(folder)
        same(name + " exit", (code, err), (0, ""))
        compare(name, ours, state["threads"])
        for t in ours:
            same("%s thread %d end" % (name, t["tid"]), t["stopped"], "end of the stack")
        if not all(d >= 7 for d in depth_of(state)):
            fail("%s: gdb itself sees only %r frames" % (name, depth_of(state)))
        kept = kept or (program, state, memory, folder)
    return kept


# Without any unwind data, frame pointers lead through the program's own frames.
def check_frame_pointers(tmp):
    program, state, memory = stopped_in_gdb(os.path.join(tmp, "bare"),
                                            ["-O1", "-fno-omit-frame-pointer", "-mno-omit-leaf-frame-pointer"])
    run("objcopy", "-R", ".eh_frame", "-R", ".eh_frame_hdr", "--strip-debug", program)
    folder = os.path.join(tmp, "bare-set")
    make_set(folder, state, memory)
    main = traces(folder, "--pid", str(state["pid"]))[1][0]
    names = [f["symbol"] for f in main["frames"]]
    # stop_here has just been entered: its frame pointer is set up past the breakpoint.
    same("bare first", names[0], "stop_here")
    if "frame-pointer" not in {f["found"] for f in main["frames"]}:
        fail("bare: no frame was found by frame pointer: %r" % names)


# What is not there is said, and no file of another build is used.
def check_missing(tmp, kept):
    program, state, memory, folder = kept
    other = dict(state["ids"])
    other[program] = "00" * 20
    make_set(tmp + "/other", state, memory, ids=other)
    for t in traces(tmp + "/other")[1]:
        for f in t["frames"]:
            if f["path"] == program:
                same("another build", f["symbol"], None)
                where = next(r for r in state["maps"] if r["name"] == program)
                same("module offset", int(f["module_offset"], 16), int(f["pc"], 16) - where["start"])
        if any(f["path"] == program for f in t["frames"]):
            holds("another build", t["stopped"], "another build")

    unknown = dict(state["ids"])
    del unknown[program]
    make_set(tmp + "/unknown", state, memory, ids=unknown)
    code, ours, err = traces(tmp + "/unknown")
    same("unknown exit", code, 4)
    holds("unknown", ours[0]["stopped"], "no build-id to compare")
    code, ours, err = traces(tmp + "/unknown", "--root", "/")
    same("unknown, with root: exit", code, 0)
    compare("unknown, with root", ours, state["threads"])
    same("unknown, with root: note", {f["note"] for t in ours for f in t["frames"] if f["path"] == program},
         {"build-id not compared"})

    # A root that has no files, one that leads out by a link, and one that has a copy.
    os.makedirs(tmp + "/root/empty")
    code, ours, err = traces(folder, "--root", tmp + "/root/empty")
    same("empty root exit", code, 4)
    holds("empty root", ours[0]["stopped"], "it is not there")
    os.makedirs(tmp + "/root/link" + os.path.dirname(program))
    os.symlink("../" * 30 + program, tmp + "/root/link" + program)
    holds("a link out of the root", traces(folder, "--root", tmp + "/root/link")[1][0]["stopped"],
          "it cannot be opened")
    copy = tmp + "/root/copy" + program
    os.makedirs(os.path.dirname(copy))
    shutil.copy(program, copy)
    ours = traces(folder, "--root", tmp + "/root/copy")[1]
    names = [f["symbol"] for f in ours[0]["frames"] if f["path"] == program]
    same("copy", names[:2], ["stop_here", "compare"])
    os.unlink(copy)
    os.mkfifo(copy)
    holds("a fifo", traces(folder, "--root", tmp + "/root/copy")[1][0]["stopped"], "no regular file")

    # The stack's page is not in the images.
    sp = state["threads"][0]["regs"]["sp"] & -PAGE
    stack = next(r for r in state["maps"] if r["start"] <= sp < r["end"])
    make_set(tmp + "/hole", dict(state, maps=[r for r in state["maps"] if r is not stack]), memory)
    code, ours, err = traces(tmp + "/hole", "--pid", str(state["pid"]))
    same("no stack exit", code, 4)
    same("no stack: frames", [f["symbol"] for f in ours[0]["frames"]], ["stop_here"])
    holds("no stack", ours[0]["stopped"], "memory at %#x cannot be read: nothing is mapped"
          % state["threads"][0]["regs"]["sp"])


# What the browser's stack view says is what bt prints: threads, frames, reasons; and a frame leads to its bytes.
def check_browser(kept):
    program, state, memory, folder = kept
    keys = '@ "pid:%d" Enter B \\\n@screen\n\\ g j Enter\n@screen\nC-o c\n@screen\n' % state["pid"]
    p = subprocess.run([PROGRAM, folder, "--script", "-", "--size", "220x100"], input=keys, capture_output=True,
                       text=True, timeout=60)
    same("browser exit", (p.returncode, p.stderr), (0, ""))
    screens = re.split("(?m)^ cryoscope ", p.stdout)[1:]
    seen, ours = [], traces(folder)[1]
    for line in screens[0].splitlines():
        line = line[1:-1].rstrip()
        thread = re.match(r"[* ]. thread (\d+)  (.*)  (\d+) frames?$", line)
        frame = re.match(r"[* ] +#(\d+) +(\w+) +(\w+) +(\d+  )? *(.*)", line)
        if thread:
            seen.append({"tid": int(thread[1]), "comm": thread[2], "count": int(thread[3]), "frames": [], "stopped": []})
        elif frame:
            where = frame[5].split("  ")
            seen[-1]["frames"].append(("0x" + frame[2], "0x" + frame[3], where[0], where[1:2]))
        elif seen and line.strip() and line.startswith("    ") and len(seen[-1]["frames"]) == seen[-1]["count"]:
            seen[-1]["stopped"].append(line.strip())
    for a, b in zip(seen, ours):
        here = "browser, thread %d" % b["tid"]
        same(here, (a["tid"], a["comm"], a["count"]), (b["tid"], b["comm"], len(b["frames"])))
        same(here + " frames", a["frames"],
             [(f["pc"], f["sp"], "%s+%#x" % (f["symbol"], f["offset"]), [f["path"] or f["module"]]) if f["symbol"] else
              (f["pc"], f["sp"], "%s+%s" % (f["path"] or f["module"], f["module_offset"]), []) for f in b["frames"]])
        same(here + " end", "; ".join(a["stopped"]), b["stopped"])
    same("browser, threads", len(seen), len(ours))
    first = ours[0]["frames"][0]
    holds("from frame to memory", screens[1], " %s  anon+0x" % first["sp"])
    holds("from frame to code", screens[2], " %s  prog" % first["pc"])


def with_regs(state, **regs):
    threads = json.loads(json.dumps(state["threads"]))
    for t in threads:
        t["regs"].update(regs)
    return dict(state, threads=threads)


# Registers and stacks that someone made up.
def check_hostile(tmp, kept):
    program, state, memory, folder = kept
    top = 2 ** 64 - 1
    for n, regs in enumerate(({"ip": 0}, {"ip": top}, {"ip": 0x4141414141414141}, {"sp": 0}, {"sp": top - 3},
                              {"sp": top, "ip": top, "bp": top}, {"bp": top - 7, "sp": top - 7},
                              {"ip": state["threads"][0]["regs"]["sp"]})):
        name = "%s/regs-%d" % (tmp, n)
        make_set(name, with_regs(state, **regs), memory)
        code, ours, err = traces(name)
        same("%r exit" % regs, code, 4)
        same("%r threads" % regs, len(ours), len(state["threads"]))
        if "ip" in regs:
            same("%r pc" % regs, {t["frames"][0]["pc"] for t in ours}, {"%#x" % regs["ip"]})
            for t in ours:
                same("%r frames" % regs, len(t["frames"]), 1)

    # A stack full of the same return address: as many frames as there are allowed, and in a frame
    # pointer's circle none twice.
    first = state["threads"][0]
    sp, back = first["regs"]["sp"], first["frames"][1][0]
    stack = next(r for r in state["maps"] if r["start"] <= sp < r["end"])
    full = bytearray(memory)
    for at in range(stack["from"], stack["end"], 8):
        struct.pack_into("<Q", full, stack["at"] + at - stack["from"], back)
    make_set(tmp + "/full", state, bytes(full))
    ours = traces(tmp + "/full")[1][0]
    if not 2 < len(ours["frames"]) <= 256:
        fail("full: %d frames" % len(ours["frames"]))
    holds("full", ours["stopped"], "cannot be read: nothing is mapped")
    text = next(r for r in state["maps"] if r["name"] == program and "x" in r["prot"])["start"]
    for at in range(stack["from"], stack["end"], 16):
        struct.pack_into("<QQ", full, stack["at"] + at - stack["from"], sp & -16, text + 1)
    make_set(tmp + "/circle", with_regs(state, bp=sp & -16), bytes(full), ids={})
    ours = traces(tmp + "/circle")[1][0]
    same("circle", len(ours["frames"]), 2)
    holds("circle", ours["stopped"], "leads no further up the stack")

    # More mapped programs than anyone looks through, each on its own; the thread is in the last.
    many = [{"start": 0x10000 + 2 * PAGE * n, "end": 0x10000 + 2 * PAGE * n + PAGE, "prot": "r-xp", "offset": 0,
             "name": "/nowhere/%d" % (n % 2), "at": None} for n in range(20000)]
    name = tmp + "/many"
    make_set(name, with_regs(dict(state, maps=many), ip=many[-1]["start"] + 1), memory)
    code, ours, err = traces(name)
    same("many", [(f["module"], f["module_offset"]) for f in ours[0]["frames"]], [("1", "0x1")])
    holds("many", ours[0]["stopped"], "too many files are mapped")

    # A vDSO of random bytes behind an ELF header; a name that would ring the bell.
    vdso = next(r for r in state["maps"] if r["name"] == "[vdso]")
    for n in range(8):
        junk = bytearray(memory)
        for at in range(64 if n else 0, vdso["end"] - vdso["start"], 1 + n):
            junk[vdso["at"] + at] = (at * 167 + n * 13) & 255
        name = "%s/vdso-%d" % (tmp, n)
        make_set(name, with_regs(state, ip=vdso["start"] + 0x800), bytes(junk))
        code, ours, err = traces(name)
        if code not in (0, 3, 4):
            fail("%s: exit %d %s" % (name, code, err[-300:]))
        same(name + " module", ours[0]["frames"][0]["module"], "[vdso]")


# ---- real sets ----

def check_corpus():
    for name in ("counter", "tree", "tree-v3", "ns-tree", "zombie", "arm64-counter", "chain/3"):
        if not os.path.isdir(CORPUS + "/" + name):
            continue
        with open("%s/%s.truth.json" % (CORPUS, name.split("/")[0])) as f:
            truth = json.load(f)
        truth = truth["levels"][-1] if "levels" in truth else truth
        regs = {}
        for p in truth["processes"]:
            for t in p.get("threads") or []:
                r = dict(t.get("regs") or {})
                r.update(r.get("restart") or {})
                regs[t.get("nspid", [t["tid"]])[-1]] = r.get("ip", r.get("pc"))
        code, ours, err = traces(CORPUS + "/" + name)
        if code not in (0, 4) or not ours:
            fail("%s: exit %d %s" % (name, code, err[:300]))
        for t in ours:
            pc = regs.get(t["tid"])
            if pc is None:
                continue
                checked["registers"] = checked.get("registers", 0) + 1
            same("%s thread %d pc" % (name, t["tid"]), t["frames"][0]["pc"], "%#x" % pc)


def main():
    code, out, err = run(PROGRAM, "bt", "tests/real/tree")
    if "not built in" in err:
        same("without libdw", code, 2)
        skip("built without libdw")
    if os.path.isdir(CORPUS):
        check_corpus()
    if shutil.which("gdb") and shutil.which("cc") and os.uname().machine == "x86_64":
        with tempfile.TemporaryDirectory() as tmp:
            kept = check_variants(tmp)
            check_frame_pointers(tmp)
            check_missing(tmp, kept)
            check_browser(kept)
            check_hostile(tmp, kept)
    elif not checked:
        skip("neither gdb, cc on x86-64, nor the corpus: nothing to compare with")
    print(", ".join("%d %s" % (n, what) for what, n in sorted(checked.items())))
    sys.exit(1 if failures else 0)


main()
