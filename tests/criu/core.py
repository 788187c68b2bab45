#!/usr/bin/env python3
"""ELF cores of the processes of real sets against what /proc and ptrace said before the dump.

The cores are read here without any library: pages by their hashes, registers, signals, arguments,
auxiliary vector, mapped files. Of the incremental chain each level's core must have that level's
bytes; what a reader says who takes every run of the pagemap for one of the pages file, as other
tools do, is told, too. Then by gdb, readelf and eu-readelf, where they are.
timeout: 300
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

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from _elfcore import Core  # noqa: E402

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
CORPUS = os.environ.get("CRYOSCOPE_CORPUS", "../shared/corpus") + "/criu"
PAGE = 4096
SETS = ["counter", "tree", "tree-v3", "ns-tree", "zombie", "arm64-counter", "lazy"]
failures, checked = [], {}


def fail(text):
    failures.append(text)
    if len(failures) <= 40:
        print("FAIL", text[:1000])


def same(where, ours, truth):
    count("values")
    if ours != truth:
        fail("%s: the core says %r, the truth is %r" % (where, ours, truth))


def count(what, n=1):
    checked[what] = checked.get(what, 0) + n


def run(*args):
    p = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")


def export(source, pid, path, *more):
    code, out, err = run(PROGRAM, "export", source, "pid:%d" % pid, "-o", path, *more)
    return code, err


def where(source, pid, address):
    return json.loads(run(PROGRAM, "where", "--json", source, "va:%#x@%d" % (address, pid))[1])


# ---- what the notes say ----

def true_registers(t):
    regs = dict(t["regs"])
    regs.update(regs.pop("restart", None) or {})
    return regs


def check_threads(name, core, p):
    ours, truth = core.threads(), p["threads"]
    same(name + ": threads", [t["tid"] for t in ours][:1] + sorted(t["tid"] for t in ours)[1:],
         [p["nspid"][-1]] + sorted((t.get("nspid") or [t["tid"]])[-1] for t in truth)[1:])
    by_tid = {(t.get("nspid") or [t["tid"]])[-1]: t for t in truth}
    for t in ours:
        said = "%s thread %d" % (name, t["tid"])
        want = by_tid.get(t["tid"])
        if not want or not want.get("regs"):
            continue
        regs = true_registers(want)
        got = {k: v for k, v in t["regs"].items() if k in regs}
        # After rt_sigsuspend and nanosleep the mask and the number are those to be restored.
        restarted = {130, 133, 35, 230, 219}
        nr = want.get("syscall_nr")
        if nr in restarted and got.get("orig_ax") != regs.get("orig_ax"):
            got.pop("orig_ax", None)
        same(said, got, {k: v for k, v in regs.items() if k in got})
        count("registers", len(got))
        same(said + " signals", t["pending"], int(want["SigPnd"], 16))
        if nr not in (130, 133):
            same(said + " blocked", t["held"], int(want["SigBlk"], 16))
        same(said + " floating point", (t["valid"], "FPREGSET" in t["notes"]), (1, True))
        if core.machine == 62:
            state, fp = t["notes"]["X86_XSTATE"], t["notes"]["FPREGSET"]
            xcr0, bv = struct.unpack_from("<Q", state, 464)[0], struct.unpack_from("<Q", state, 512)[0]
            same(said + " xsave", (len(fp), state[:464], bv & ~xcr0), (512, fp[:464], 0))


def check_process(name, core, p, pids):
    info = core.psinfo()
    args = b" ".join(a.encode(errors="surrogateescape") for a in p["cmdline"])[:79]
    same(name + ": process",
         [info[k] for k in ("pid", "ppid", "pgrp", "sid", "uid", "gid", "nice")],
         [p["nspid"][-1], pids.get(p["ppid"], 0), p["nspgid"][-1], p["nssid"][-1],
          p["uid"][0], p["gid"][0], p["nice"]])
    same(name + ": comm", info["comm"], p["comm"].encode(errors="surrogateescape"))
    if not name.startswith("lazy"):
        same(name + ": arguments", info["args"].rstrip(), args.rstrip())
    same(name + ": state", info["state"], "T" if p["state"] == "T" else "R")
    auxv = bytes.fromhex(p["auxv_hex"])
    pair = 2 * core.word
    for end in range(0, len(auxv), pair):
        if not any(auxv[end:end + core.word]):
            break
    # CRIU keeps fewer numbers than recent kernels give: the end may be cut.
    ours = core.note("AUXV")
    same(name + ": auxv", (ours, len(ours) >= 36 * core.word), (auxv[:end + pair][:len(ours)], True))
    files = [(v["start"], v["end"], v["offset"], v["path"].encode(errors="surrogateescape"))
             for v in p["vmas"] if v["path"].startswith("/") and v["inode"] and
             not v["path"].startswith(("/memfd:", "/dev/zero (", "/SYSV", "/[aio]"))]
    same(name + ": files", core.files(), files)


# ---- memory ----

def check_page(name, core, address, page, source, pid):
    count("pages")
    data = core.read(address, PAGE)
    if data is not None:
        if hashlib.sha256(data).hexdigest() != page["sha256"]:
            fail("%s %#x (%s): other bytes" % (name, address, page["kind"]))
        return
    state = where(source, pid, address)
    if state["state"] not in ("file", "lazy") and not (state["state"] == "absent" and
                                                       "guard" in state.get("why", "")):
        fail("%s %#x (%s): in no segment, but %s" % (name, address, page["kind"], state["state"]))
    count("pages left to their file" if state["state"] == "file" else "pages left out")


def check_memory(name, core, p, source):
    pid = p["nspid"][-1]
    pages = {int(x["addr"], 16): x for x in p["pages"]}
    for address, page in pages.items():
        if page["kind"] in ("anon", "zero", "shared"):
            check_page(name, core, address, page, source, pid)
    # What else it has must be mapped, and if it is a file's, be the file's.
    for flags, offset, start, stored, size, align in core.loads:
        vma = next((v for v in p["vmas"] if v["start"] <= start < v["end"]), None)
        inside = vma and start + size <= vma["end"]
        if not inside and not (vma and vma["path"] in ("[vvar]", "[stack]")):
            grown = [v for v in p["vmas"] if v["path"] == "[stack]" and start + PAGE == v["start"]]
            if not grown:
                fail("%s: segment %#x-%#x is in no mapping" % (name, start, start + size))
                continue
        prot = vma["prot"] if vma else "rw-"
        same("%s %#x flags" % (name, start), flags,
             4 * (prot[0] == "r") + 2 * (prot[1] == "w") + (prot[2] == "x"))
        if offset % align or start % align:
            fail("%s %#x: not aligned" % (name, start))


def check_markers(name, core, p, source):
    for m in p["markers"]:
        if "addr" not in m or "text" not in m:
            continue
        data = core.read(m["addr"], m["len"])
        if data is None:
            state = where(source, p["nspid"][-1], m["addr"])["state"]
            if state not in ("file", "lazy"):
                fail("%s marker %s: in no segment" % (name, m["name"]))
            continue
        count("markers")
        if hashlib.sha256(data).hexdigest() != m["sha256"] and m["name"] != "data":
            fail("%s marker %s: %r" % (name, m["name"], data))


# ---- by other tools ----

def check_readers(name, path):
    for tool in (["readelf", "-lnW"], ["eu-readelf", "-ln"]):
        if not shutil.which(tool[0]):
            continue
        code, out, err = run(*tool, path)
        count(tool[0])
        if code or err or re.search("(?i)warning|corrupt|invalid|unexpected", out):
            fail("%s: %s: exit %d %s" % (name, tool[0], code, err or "something is wrong"))


def gdb_of(core):
    tools = ["gdb-multiarch"] if core.machine == 183 else ["gdb", "gdb-multiarch"]
    return next((t for t in tools if shutil.which(t)), None)


NAMES = {62: {"ip": "rip", "flags": "eflags", "sp": "rsp"}}


def gdb_name(machine, name):
    if machine != 62:
        return "cpsr" if name == "pstate" else name
    if name in NAMES[62]:
        return NAMES[62][name]
    return "r" + name if len(name) == 2 and name[0] in "abcds" and name[1] in "xipsb" and \
        name not in ("cs", "ds", "es", "ss") else "rbp" if name == "bp" else name


def check_gdb(name, path, core, p):
    gdb = gdb_of(core)
    if not gdb:
        count("cores that gdb did not see")
        return
    skip = {"orig_ax", "fs_base", "gs_base"}
    markers = [m for m in p["markers"] if "text" in m and core.read(m["addr"], m["len"]) and
               m["name"] != "data"]
    args = [gdb, "-nx", "-batch", "-c", path, "-ex", "thread apply all -q printf \"@thread %d\\n\", $_thread"]
    threads = core.threads()
    for n, t in enumerate(threads, 1):
        args += ["-ex", "thread %d" % n, "-ex", "info registers"]
    for m in markers:
        args += ["-ex", "output/x (*(unsigned char *)%#x)@%d" % (m["addr"], m["len"]), "-ex",
                 "echo \\n"]
    code, out, err = run(*args)
    count("cores in gdb")
    same(name + " gdb: threads", len(re.findall("@thread", out)), len(threads))
    parts = re.split(r"\[Switching to thread \d+ \((?:LWP|process) (\d+)\)\]", out)
    by_tid = {int(parts[i]): parts[i + 1] for i in range(1, len(parts) - 1, 2)}
    for t in threads:
        rows = dict(re.findall(r"(?m)^(\w+) +(0x[0-9a-f]+)", by_tid.get(t["tid"], "")))
        for reg, v in t["regs"].items():
            if reg in skip:
                continue
            count("registers in gdb")
            if int(rows.get(gdb_name(core.machine, reg), "-1"), 16) != v:
                fail("%s gdb thread %d: %s is %s, not %#x" %
                     (name, t["tid"], reg, rows.get(gdb_name(core.machine, reg)), v))
    said = out[out.rfind("\n{") + 1:] if markers else ""
    lines = [l for l in out.splitlines() if l.startswith("{0x")]
    same(name + " gdb: markers", len(lines), len(markers))
    for m, line in zip(markers, lines):
        data = b"".join(bytes([int(v, 16)]) * int(n or 1)
                        for v, n in re.findall(r"(0x[0-9a-f]+)(?: <repeats (\d+) times>)?", line))
        count("markers in gdb")
        if hashlib.sha256(data).hexdigest() != m["sha256"]:
            fail("%s gdb: marker %s is %r" % (name, m["name"], data))


# ---- sets ----

def check_core(name, path, p, source, pids):
    core = Core(path)
    same(name + ": type", core.type, 4)
    check_threads(name, core, p)
    check_process(name, core, p, pids)
    check_memory(name, core, p, source)
    check_markers(name, core, p, source)
    check_readers(name, path)
    check_gdb(name, path, core, p)
    count("cores")


def check_set(name, source, truth, tmp):
    pids = {p["pid"]: p["nspid"][-1] for p in truth["processes"]}
    for p in truth["processes"]:
        pid = p["nspid"][-1]
        said = "%s pid %d" % (name, pid)
        path = "%s/%s-%d.core" % (tmp, name, pid)
        code, err = export(source, pid, path)
        if p["state"].startswith("Z"):
            count("processes without memory")
            if code != 2 or "no memory" not in err or os.path.exists(path):
                fail("%s, a zombie: exit %d, %s" % (said, code, err))
            continue
        lazy = name == "lazy"
        if code != (4 if lazy else 0) or lazy != ("not there" in err):
            fail("%s: exit %d: %s" % (said, code, err))
        if os.path.exists(path):
            check_core(said, path, p, source, pids)
            os.unlink(path)


def naive_pages(source, pid):
    """The bytes of the pages file for every run, parents' ones included: where other tools err."""
    entries = json.loads(run(PROGRAM, "show", "--json", source, "pagemap-%d.img" % pid)[1])["entries"]
    with open("%s/pages-%d.img" % (source, entries[0]["pages_id"]), "rb") as f:
        data = f.read()
    at, pages = 0, {}
    for e in entries[1:]:
        for n in range(e.get("nr_pages", 0) or e.get("compat_nr_pages", 0)):
            pages[int(str(e["vaddr"]), 0) + n * PAGE] = data[at:at + PAGE]
            at += PAGE
    return pages


def check_chain(name, root, tmp):
    truth = json.load(open("%s/%s.truth.json" % (CORPUS, name)))
    for level, (t, expect) in enumerate(zip(truth["levels"], truth["expect"]), 1):
        p, source, path = t["processes"][0], "%s/%d" % (root, level), "%s/chain.core" % tmp
        pid, said = p["nspid"][-1], "%s/%d" % (name, level)
        code, err = export(source, pid, path, "--force")
        if level == 3:
            if code:
                fail("%s: exit %d %s" % (said, code, err))
            check_core(said, path, p, source, {})
        elif code != 4 or "no registers" not in err:
            fail("%s, a pre-dump: exit %d %s" % (said, code, err))
        core = Core(path)
        check_readers(said, path)
        naive, wrong, right = naive_pages(source, pid), 0, 0
        for address, page in ((int(x["addr"], 16), x) for x in p["pages"]):
            if hex(address) not in expect["newest_copy_in_level"]:
                continue
            vma = next(v for v in p["vmas"] if v["start"] <= address < v["end"])
            data = core.read(address, PAGE)
            if data is None:
                if "r" in vma["prot"]:
                    fail("%s %#x: in no segment" % (said, address))
                continue
            if hashlib.sha256(data).hexdigest() != page["sha256"]:
                fail("%s %#x: other bytes" % (said, address))
            right += 1
            wrong += hashlib.sha256(naive.get(address, b"")).hexdigest() != page["sha256"]
        if level > 1 and not wrong:
            fail("%s: counting parents' pages as its own gave the same bytes" % said)
        print("%s: %d pages as they were; counted as if parents' pages were here, %d of them wrong"
              % (said, right, wrong))
        os.unlink(path)


def check_podman(tmp):
    truth = json.load(open(CORPUS + "/podman.truth.json"))
    for p in truth["processes"]:
        # The README says why: it sleeps in nanosleep, and its stack page differs.
        if p["comm"] == "counter":
            path = tmp + "/podman.core"
            source = CORPUS + "/podman/container.tar"
            code, err = export(source, p["nspid"][-1], path)
            if code:
                fail("podman: exit %d %s" % (code, err))
            check_core("podman", path, p, source,
                       {q["pid"]: q["nspid"][-1] for q in truth["processes"]})


def main():
    if not os.path.isdir(CORPUS):
        print("skipped: no corpus at", CORPUS)
        return 77
    with tempfile.TemporaryDirectory() as tmp:
        for name in sys.argv[1:] or SETS:
            check_set(name, "%s/%s" % (CORPUS, name),
                      json.load(open("%s/%s.truth.json" % (CORPUS, name))), tmp)
        if not sys.argv[1:]:
            check_chain("chain", CORPUS + "/chain", tmp)
            check_podman(tmp)
    print(checked, len(failures), "failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
