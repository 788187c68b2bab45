#!/usr/bin/env python3
"""bt of other machines than x86-64, and chains of frame pointers that someone made.

i386: a program of 32 bits that gdb stopped, frame by frame as gdb has it: through unwind data, through
a signal's frame in the vDSO, and by frame pointers alone. AArch64: nothing here can run it, so its
stack is laid out by hand as the ABI says, for a file assembled with unwind data, and without any file.
timeout: 200
"""
import os
import re
import shutil
import struct
import sys
import tempfile

from _bt import (PAGE, checked, compare, fail, failures, holds, make_set, run, same, skip, stopped_in_gdb, traces)

OWN = ["stop_here", "on_signal", None, "interrupted"] + ["recursion"] * 7 + ["outer", "_start"]
BARE = ["-m32", "-nostdlib", "-static", "-fno-pie", "-no-pie", "-fno-stack-protector", "-Wl,--build-id"]


# ---- i386 ----

def check_i386(tmp):
    for name, flags in (("o1", ["-O1"]), ("o2", ["-O2", "-fomit-frame-pointer", "-fno-optimize-sibling-calls"]),
                        ("fp", ["-O1", "-fno-omit-frame-pointer"]),
                        ("debug-frame", ["-O1", "-fno-asynchronous-unwind-tables"])):
        program, state, memory = stopped_in_gdb(os.path.join(tmp, name), BARE + flags, "btprog32.c")
        same(name + " machine", state["machine"], "i386")
        folder = os.path.join(tmp, name + "-set")
        make_set(folder, state, memory)
        code, ours, err = traces(folder)
        same(name + " exit", (code, err), (0, ""))
        compare(name, ours, state["threads"])
        symbols = [f["symbol"] for f in ours[0]["frames"]]
        same(name + " functions", symbols[:2] + symbols[3:], OWN[:2] + OWN[3:])
        same(name + " vDSO", ours[0]["frames"][2]["module"], "[vdso]")
        same(name + " end", ours[0]["stopped"], "end of the stack")

    # The program's own unwind data gone: frame pointers, past the signal's frame, which the vDSO tells.
    program, state, memory = stopped_in_gdb(os.path.join(tmp, "bare"), BARE + ["-O0", "-fno-omit-frame-pointer"],
                                            "btprog32.c")
    run("objcopy", "-R", ".eh_frame", "-R", ".eh_frame_hdr", "--strip-debug", program)
    folder = os.path.join(tmp, "bare-set")
    make_set(folder, state, memory)
    code, ours, err = traces(folder)
    same("bare exit", code, 4)
    # On i386 libdw takes no frame whose caller has none to go on with: the outermost one is not found.
    same("bare, gdb's last", state["threads"][0]["frames"].pop()[1], "_start")
    compare("bare", ours, state["threads"])
    same("bare found", [f["found"] for f in ours[0]["frames"]],
         ["registers", "frame-pointer", "frame-pointer", "unwind-data"] + ["frame-pointer"] * 9)
    holds("bare", ours[0]["stopped"], "has no unwind data for this place")


# ---- AArch64 ----

# A leaf that was interrupted in its middle, below functions with frames of different sizes.
PROGRAM64 = """
	.globl leaf
	.type leaf, %function
leaf:	.cfi_startproc
	sub sp, sp, #16
	.cfi_def_cfa_offset 16
	nop
	add sp, sp, #16
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	.size leaf, . - leaf
	.globl middle
	.type middle, %function
middle:	.cfi_startproc
	stp x29, x30, [sp, #-48]!
	.cfi_def_cfa_offset 48
	.cfi_offset 29, -48
	.cfi_offset 30, -40
	mov x29, sp
	bl leaf
back_in_middle:
	ldp x29, x30, [sp], #48
	ret
	.cfi_endproc
	.size middle, . - middle
	.globl _start
	.type _start, %function
_start:	.cfi_startproc
	.cfi_undefined 30
	stp x29, x30, [sp, #-32]!
	.cfi_def_cfa_offset 32
	mov x29, sp
	bl middle
back_in_start:
	nop
	.cfi_endproc
	.size _start, . - _start
"""
CODE, STACK = 0x200000, 0x7ff0000


def region(start, size, prot, name="", offset=0, at=None):
    return {"start": start, "end": start + size, "prot": prot, "offset": offset, "name": name, "at": at, "from": start}


def state_of(machine, regs, maps, ids):
    return {"pid": 7, "machine": machine, "maps": maps, "ids": ids,
            "threads": [{"tid": 7, "comm": "made", "regs": regs}]}


def put(stack, addr, *words):
    struct.pack_into("<%dQ" % len(words), stack, addr - STACK, *words)


def check_aarch64_file(tmp):
    if not shutil.which("clang") or not shutil.which("ld.lld"):
        print("no assembler for AArch64: without a file only")
        return
    source, program = tmp + "/prog64.s", tmp + "/prog64"
    with open(source, "w") as f:
        f.write(PROGRAM64)
    code, out, err = run("clang", "--target=aarch64-linux-gnu", "-nostdlib", "-static", "-fuse-ld=lld",
                         "-Wl,--build-id=sha1", "-Wl,--eh-frame-hdr", "-o", program, source)
    if code:
        print("no assembler for AArch64: " + err[:200])
        return
    symbols = {name: int(at, 16) for at, name in re.findall(r"(\w+) \w (\w+)", run("nm", program)[1])}
    notes = run("readelf", "-nW", program)[1]
    with open(program, "rb") as f:
        data = f.read()
    at, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    maps = []
    for n in range(count):
        kind, flags, offset, start, _, length, _, _ = struct.unpack_from("<IIQQQQQQ", data, at + n * size)
        if kind == 1:
            prot = "".join(c if flags & bit else "-" for bit, c in ((4, "r"), (2, "w"), (1, "x"))) + "p"
            low = start & -PAGE
            maps.append(region(low, (start + length + PAGE - 1 & -PAGE) - low, prot, program, offset & -PAGE))
    stack = bytearray(PAGE)
    start_frame = STACK + 0xf00
    middle_frame = start_frame - 48
    sp = middle_frame - 16
    put(stack, start_frame, 0, 0)
    put(stack, middle_frame, start_frame, symbols["back_in_start"])
    maps.append(region(STACK, PAGE, "rw-p", at=0))
    regs = {"sp": sp, "x29": middle_frame, "x30": symbols["back_in_middle"], "pc": symbols["leaf"] + 4}
    build_id = re.search(r"Build ID: (\w+)", notes).group(1)
    make_set(tmp + "/a64", state_of("aarch64", regs, maps, {program: build_id}), bytes(stack))
    code, ours, err = traces(tmp + "/a64")
    same("aarch64 exit", (code, err), (0, ""))
    same("aarch64", [(f["symbol"], int(f["pc"], 16), int(f["sp"], 16), f["found"]) for f in ours[0]["frames"]],
         [("leaf", regs["pc"], sp, "registers"), ("middle", regs["x30"], middle_frame, "unwind-data"),
          ("_start", symbols["back_in_start"], start_frame, "unwind-data")])
    same("aarch64 end", ours[0]["stopped"], "end of the stack")


# ---- chains of frame pointers ----

# Of each machine: what its frame pointer, stack pointer and program counter are called, and its word.
MACHINES = {"x86_64": ("bp", "sp", "ip", 8), "i386": ("bp", "sp", "ip", 4), "aarch64": ("x29", "sp", "pc", 8)}


def chain(tmp, name, machine, links, pc=CODE + 0x10, bp=STACK + 0x100):
    """`links`: address -> (the frame pointer, the return address) that are there."""
    fp, sp, ip, word = MACHINES[machine]
    first = next(iter(links.values()))[1]
    stack = bytearray(8 * PAGE)
    for at, (before, back) in links.items():
        struct.pack_into("<QQ" if word == 8 else "<II", stack, at - STACK, before & 2 ** (8 * word) - 1, back)
    # A function that called another has its return address in its frame and the register both.
    regs = {fp: bp, sp: bp - 0x40, ip: pc, "x30": first}
    maps = [region(CODE, PAGE, "r-xp"), region(STACK, len(stack), "rw-p", at=0)]
    folder = "%s/%s-%s" % (tmp, name, machine)
    make_set(folder, state_of(machine, regs, maps, {}), bytes(stack))
    code, ours, err = traces(folder)
    same("%s %s exit" % (machine, name), (code, len(ours)), (4, 1))
    return ours[0]


def pcs(t):
    return [int(f["pc"], 16) for f in t["frames"]]


# Where it leads in circles, some machines' rules stop a frame earlier.
def begins(where, ours, most):
    same(where, ours, most[:max(len(ours), 1)])


def check_chains(tmp, machine):
    here = machine + " "
    # Three frames, then nothing.
    links = {STACK + 0x100: (STACK + 0x200, CODE + 0x20), STACK + 0x200: (STACK + 0x300, CODE + 0x30),
             STACK + 0x300: (0, 0)}
    t = chain(tmp, "three", machine, links)
    want = [CODE + 0x10, CODE + 0x20, CODE + 0x30]
    same(here + "three", pcs(t), want)
    same(here + "three, module", (t["frames"][1]["module"], t["frames"][1]["module_offset"]), ("anon", "0x20"))
    holds(here + "three", t["stopped"], "anon is no program's file: no unwind data; by frame pointer: ")
    # One that leads to itself; two that lead to each other; one that leads back down.
    t = chain(tmp, "self", machine, {STACK + 0x100: (STACK + 0x100, CODE + 0x20)})
    begins(here + "self", pcs(t), want[:2])
    t = chain(tmp, "two", machine, {STACK + 0x100: (STACK + 0x200, CODE + 0x20),
                                    STACK + 0x200: (STACK + 0x100, CODE + 0x30)})
    begins(here + "two", pcs(t), want)
    # Into what is not mapped; to the end of the address space.
    t = chain(tmp, "lost", machine, {STACK + 0x100: (0x66660000, CODE + 0x20)})
    same(here + "lost", pcs(t), want[:2])
    holds(here + "lost", t["stopped"], "memory at 0x6666000")
    t = chain(tmp, "top", machine, {STACK + 0x100: (2 ** 64 - 1, CODE + 0x20)})
    same(here + "top", pcs(t), want[:2])
    # A return address in no memory, and one in memory that is no code.
    t = chain(tmp, "nowhere", machine, {STACK + 0x100: (STACK + 0x200, 0x41414141)})
    same(here + "nowhere", pcs(t), want[:1])
    holds(here + "nowhere", t["stopped"], "0x41414141, is in no memory")
    t = chain(tmp, "data", machine, {STACK + 0x100: (STACK + 0x200, STACK + 0x400)})
    holds(here + "data", t["stopped"], "is in no code")
    # More frames than are walked.
    many = {STACK + 0x100 + 0x20 * n: (STACK + 0x120 + 0x20 * n, CODE + 0x20 + n) for n in range(1000)}
    t = chain(tmp, "many", machine, many)
    same(here + "many", pcs(t), want[:1] + [CODE + 0x20 + n for n in range(255)])
    holds(here + "many", t["stopped"], "so many frames are enough")


def main():
    if "not built in" in run(os.environ.get("CRYOSCOPE", "build/cryoscope"), "bt", "tests/real/tree")[2]:
        skip("built without libdw")
    with tempfile.TemporaryDirectory() as tmp:
        check_aarch64_file(tmp)
        for machine in MACHINES:
            check_chains(tmp, machine)
        if shutil.which("gdb") and shutil.which("cc") and os.uname().machine == "x86_64":
            check_i386(tmp)
    print(", ".join("%d %s" % (n, what) for what, n in sorted(checked.items())))
    sys.exit(1 if failures else 0)


main()
