"""Of the tests of back-traces: a program that gdb stopped as an image set, with what a dump has of it, and gdb's
traces beside ours. For bt.py, bt-machines.py and the stack view's test."""
import json
import os
import struct
import subprocess
import sys

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
MKIMG = os.environ.get("B", "build") + "/mkimg"
HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = 4096
failures, checked = [], {}


def fail(text):
    failures.append(text)
    if len(failures) <= 40:
        print("FAIL", text[:1500])


def same(where, ours, truth):
    checked["values"] = checked.get("values", 0) + 1
    if ours != truth:
        fail("%s: ours is %r, should be %r" % (where, ours, truth))


def holds(where, text, part):
    checked["values"] = checked.get("values", 0) + 1
    if part not in (text or ""):
        fail("%s: %r is not in %r" % (where, part, text))


def run(*args, **more):
    p = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, **more)
    return p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")


def skip(why):
    print(why)
    sys.exit(77)


# ---- image sets ----

def quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def compile_image(folder, name, text):
    path = os.path.join(folder, name + ".txt")
    with open(path, "w") as f:
        f.write(text)
    code, out, err = run(MKIMG, path, os.path.join(folder, name))
    assert not code, err
    os.unlink(path)


ZERO_REGS = ("r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss fs_base "
             "gs_base ds es fs gs").split()


def x86_info(regs, mode):
    regs = " ".join("%s: %d" % (r, regs.get(r, 0)) for r in ZERO_REGS)
    return ("mtype: 1\nthread_info { clear_tid_addr: 0 gpregs { %s mode: %s }\n fpregs { cwd: 0 swd: 0 twd: 0 fop: 0"
            " rip: 0 rdp: 0 mxcsr: 0 mxcsr_mask: 0 } }" % (regs, mode))


def aarch64_info(regs):
    return ("mtype: 3\nti_aarch64 { clear_tid_addr: 0 tls: 0 gpregs { regs: [%s] sp: %d pc: %d pstate: 0 }\n"
            " fpsimd { fpsr: 0 fpcr: 0 } }" % (", ".join(str(regs.get("x%d" % n, 0)) for n in range(31)),
                                               regs.get("sp", 0), regs.get("pc", 0)))


INFO = {"x86_64": lambda regs: x86_info(regs, "NATIVE"), "i386": lambda regs: x86_info(regs, "COMPAT"),
        "aarch64": aarch64_info}


def core_text(t, leader, machine):
    tc = ("tc { task_state: 1 exit_code: 0 personality: 0 flags: 0 blk_sigset: 0 comm: %s }"
          % quoted(t["comm"])) if leader else ""
    return ("image CORE\nrecord core_entry { %s\n%s\n"
            "thread_core { futex_rla: 0 futex_rla_len: 0 comm: %s } }\n"
            % (INFO[machine](t["regs"]), tc, quoted(t["comm"])))


def words(build_id):
    b = bytes.fromhex(build_id)
    b += bytes(-len(b) % 4)
    return ", ".join(str(v) for v in struct.unpack("<%dI" % (len(b) // 4), b))


def status_of(r):
    special = {"[vdso]": 0x1 | 0x8, "[heap]": 0x1 | 0x20 | 0x200}
    if r["name"].startswith("/"):
        return 0x1 | 0x40
    return special.get(r["name"], 0x1 | 0x200)


def make_set(folder, state, memory, ids=None):
    """`ids`: path -> build-id."""
    os.makedirs(folder)
    ids = state["ids"] if ids is None else ids
    pid, threads = state["pid"], state["threads"]
    compile_image(folder, "inventory.img", "image INVENTORY\nrecord inventory_entry { img_version: 2 }\n")
    compile_image(folder, "pstree.img",
                  "image PSTREE\nrecord pstree_entry { pid: %d ppid: 0 pgid: 1 sid: 1 threads: [%s] }\n"
                  % (pid, ", ".join(str(t["tid"]) for t in threads)))
    for t in threads:
        compile_image(folder, "core-%d.img" % t["tid"], core_text(t, t["tid"] == pid, state.get("machine", "x86_64")))
    names = sorted({r["name"] for r in state["maps"] if r["name"].startswith("/")})
    text = "image FILES\n"
    for n, name in enumerate(names):
        build_id = "build_id: [%s]" % words(ids[name]) if name in ids else ""
        text += ("record file_entry { type: REG id: %d reg { id: %d flags: 0 pos: 0 fown { uid: 0 euid: 0"
                 " signum: 0 pid_type: 0 pid: 0 } name: %s %s } }\n" % (n + 1, n + 1, quoted(name), build_id))
    compile_image(folder, "files.img", text)
    vmas, entries, pages = "", "", b""
    for r in state["maps"]:
        prot = sum(bit for bit, letter in ((1, "r"), (2, "w"), (4, "x")) if letter in r["prot"])
        file = r["name"].startswith("/")
        vmas += ("vmas { start: %d end: %d pgoff: %d shmid: %d prot: %d flags: %d status: %d fd: -1 }\n"
                 % (r["start"], r["end"], r["offset"], names.index(r["name"]) + 1 if file else 0, prot,
                    2 if file else 0x22, status_of(r)))
        if r["at"] is None:
            continue
        for at in range(r["from"], r["end"], PAGE):
            entries += "record pagemap_entry { vaddr: %d compat_nr_pages: 1 flags: 4 }\n" % at
            offset = r["at"] + at - r["from"]
            pages += memory[offset:offset + PAGE]
    zeros = " ".join("mm_%s: 0" % n for n in "start_code end_code start_data end_data start_stack start_brk brk "
                     "arg_start arg_end env_start env_end".split())
    compile_image(folder, "mm-%d.img" % pid,
                  "image MM\nrecord mm_entry { %s exe_file_id: 1 %s }\n" % (zeros, vmas))
    compile_image(folder, "pagemap-%d.img" % pid, "image PAGEMAP\nrecord pagemap_head { pages_id: 1 }\n" + entries)
    with open(os.path.join(folder, "pages-1.img"), "wb") as f:
        f.write(pages)


# ---- traces ----

def traces(source, *more):
    code, out, err = run(PROGRAM, "bt", "--json", source, *more)
    return code, [json.loads(line) for line in out.splitlines()], err


def pcs(t):
    return [int(f["pc"], 16) for f in t["frames"]]


OWN = set("stop_here wait_in_read reader recursion read_thread on_signal interrupted signal_thread compare "
          "sorted outer main".split())


def compare(where, ours, theirs):
    """Ours against gdb's: the addresses, and which of the program's functions."""
    same(where + " threads", [t["tid"] for t in ours], [t["tid"] for t in theirs])
    for a, b in zip(ours, theirs):
        here = "%s thread %d" % (where, a["tid"])
        same(here + " comm", a["comm"], b["comm"])
        same(here + " addresses", ["%#x" % p for p in pcs(a)], ["%#x" % pc for pc, _ in b["frames"]])
        for f, (_, name) in zip(a["frames"], b["frames"]):
            if name in OWN or f["symbol"] in OWN:
                same(here + " function", f["symbol"], name)
            checked["frames"] = checked.get("frames", 0) + 1


def stopped_in_gdb(folder, flags, source="btprog.c"):
    os.makedirs(folder)
    program = os.path.join(folder, "prog")
    code, out, err = run("cc", "-g", "-pthread", "-o", program, os.path.join(HERE, "../tools", source), *flags)
    if code:
        skip("no compiler for the program: " + err[:200])
    env = dict(os.environ, BT_OUT=folder, LC_ALL="C")
    env.pop("DEBUGINFOD_URLS", None)
    code, out, err = run("gdb", "-nx", "-batch", "-x", os.path.join(HERE, "_btgdb.py"), program, env=env)
    if not os.path.exists(folder + "/state.json"):
        skip("gdb cannot run the program here: " + (err or out).strip()[-300:])
    with open(folder + "/state.json") as f:
        state = json.load(f)
    with open(folder + "/memory", "rb") as f:
        return program, state, f.read()


def depth_of(state):
    return [len(t["frames"]) for t in state["threads"]]
