#!/usr/bin/env python3
"""Cores of live processes against gcore's at the same stop: a set is made of what gdb saved of a
process of several threads, and of one of 32 bits, and exported again. Notes must be the same byte
for byte where gdb and the kernel lay them out alike, pages where both have them; and gdb must show
the same threads, stacks and floating point registers for both.
timeout: 120
"""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import _images as images  # noqa: E402
from _elfcore import Core  # noqa: E402

PROGRAM = os.environ.get("CRYOSCOPE", "build/cryoscope")
PAGE = 4096
failures = []
counted = {}

THREADS = r"""
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
char marker[] = "LIVE-MARKER of the data";
char *heap;
static int depth(int n)
{
	char here[64];
	memset(here, n, sizeof(here));
	if (n)
		return depth(n - 1) + here[n];
	for (;;)
		pause();
}
static void *run(void *arg)
{
	(void)arg;
	return (void *)(long)depth(3);
}
int main(void)
{
	pthread_t t[3];
	heap = malloc(300000);
	strcpy(heap + 200000, "LIVE-MARKER of the heap");
	volatile double d = 2.5;
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, run, NULL);
	__asm__ volatile("fldpi\n\tfldl %0" :: "m"(d));
	write(1, "ready\n", 6);
	return depth(5);
}
"""

NARROW = r"""
volatile float f = 1.5f;
void _start(void)
{
	__asm__ volatile("fldpi\n\tfld1\n\tflds f\n\tmovl $0x11223344, %%ebx\n\tmovl $0x55667788, %%esi\n\t"
			 "1: jmp 1b" ::: "memory");
}
"""


def same(what, ours, theirs):
    counted["compared"] = counted.get("compared", 0) + 1
    if ours != theirs:
        failures.append(what)
        print("FAIL", what, "\n  ours  ", str(ours)[:1500], "\n  theirs", str(theirs)[:1500])


def words(b, n, letter):
    return list(struct.unpack_from("<%d%s" % (n, letter), b))


def x86_core(thread, narrow, comm, leader):
    """core_entry of a thread as gdb saved it."""
    regs = thread["regs"]
    names = ("r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss fs_base "
             "gs_base ds es fs gs").split()
    gp = images.message(*[(n, regs.get(name, 0)) for n, name in enumerate(names, 1)],
                        (28, 2 if narrow else 1))
    x = thread["notes"]["X86_XSTATE"]
    bv, = struct.unpack_from("<Q", x, 512)
    parts = [(1, bv)]
    for field, at, n, letter in ((2, 576, 64, "I"), (5, 1088, 8, "Q"), (6, 1152, 64, "Q"),
                                 (7, 1664, 128, "Q"), (8, 2688, 2, "I")):
        if len(x) >= at + n * struct.calcsize(letter):
            parts.append((field, list(struct.unpack_from("<%d%s" % (n, letter), x, at))))
    head = struct.unpack_from("<HHHHQQII", x)
    fp = images.message(*[(n, v) for n, v in enumerate(head, 1)], (9, words(x[32:], 32, "I")),
                        (10, words(x[160:], 64, "I")), (13, images.message(*parts)))
    info = images.message((1, 0), (2, gp), (3, fp))
    creds = images.message(*[(n, v) for n, v in ((1, os.getuid()), (2, os.getgid()))])
    tc = images.message((1, 1), (2, 0), (3, 0), (4, 0), (5, 0), (6, comm))
    own = images.message((1, 0), (2, 0), (6, thread["held"]), (10, creds), (13, comm))
    return images.message((1, 1), (2, info), *([(3, tc)] if leader else []), (5, own))


def make_set(folder, core, maps, pid, arguments):
    info, threads = core.psinfo(), core.threads()
    narrow = not core.wide
    vmas, files, numbers = [], [], {}
    for line in maps.splitlines():
        m = re.match(r"(\w+)-(\w+) (...)(.) (\w+) \S+ (\d+) *(.*)", line)
        start, end, pgoff = int(m[1], 16), int(m[2], 16), int(m[5], 16)
        if m[7] in ("[vsyscall]",):
            continue
        status = {"[heap]": 0x21, "[vdso]": 0x9, "[vvar]": 0x1001}.get(m[7], 1)
        number = 0
        if m[7].startswith("/"):
            number = numbers.setdefault(m[7], len(numbers) + 1)
            status = 0x41
        prot = (m[3][0] == "r") + 2 * (m[3][1] == "w") + 4 * (m[3][2] == "x")
        vmas.append(images.vma(start, end, prot, status, 2 if number else 0x22, pgoff, number))
    for path, number in numbers.items():
        files.append(images.reg_file(number, path.encode()))
    runs, pages = [], b""
    for flags, offset, start, stored, size, align in core.loads:
        if start >= 0xffffffffff000000:
            continue
        runs.append((start, stored // PAGE))
        pages += core.data[offset:offset + stored]
    auxv = core.note("AUXV")
    values = words(auxv, len(auxv) // 8, "Q")
    cores = {t["tid"]: x86_core(t, narrow, info["comm"], t["tid"] == pid) for t in threads}
    images.make(folder, pid, cores, images.mm(vmas, values, arguments), runs, pages,
                info["ppid"], info["pgrp"], info["sid"], files)


def gdb(core, program, *commands):
    args = ["gdb", "-nx", "-batch", "-ex", "set print thread-events off", program, core]
    for c in commands:
        args += ["-ex", c]
    p = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return p.stdout.decode(errors="replace")


def compare(name, ours, theirs):
    a, b = ours.psinfo(), theirs.psinfo()
    for key in ("pid", "ppid", "pgrp", "sid", "uid", "gid", "comm"):
        same("%s %s" % (name, key), a[key], b[key])
    # gdb leaves out arguments that it did not give itself.
    same(name + " arguments", a["args"], b["args"].split()[0] + b" an argument")
    # gdb goes on behind AT_NULL, the kernel does not.
    auxv, other = ours.note("AUXV"), theirs.note("AUXV")
    same(name + " auxv", (auxv, any(other[len(auxv):])), (other[:len(auxv)], False))
    if theirs.files():
        same(name + " files", ours.files(), theirs.files())
    mine, other = ours.threads(), {t["tid"]: t for t in theirs.threads()}
    same(name + " threads", sorted(t["tid"] for t in mine), sorted(other))
    for t in mine:
        o = other[t["tid"]]
        said = "%s thread %d " % (name, t["tid"])
        same(said + "registers", t["regs"], o["regs"])
        same(said + "blocked", t["held"], o["held"])
        x, y = t["notes"]["X86_XSTATE"], o["notes"]["X86_XSTATE"]
        # The rest of the system's part has what no image has.
        same(said + "xsave", (len(x), x[:464], x[464:472], x[512:]),
             (len(y), y[:464], y[464:472], y[512:]))
        if "FPREGSET" in o["notes"]:
            same(said + "fxsave", t["notes"]["FPREGSET"][:464], o["notes"]["FPREGSET"][:464])
    both = 0
    for flags, offset, start, stored, size, align in theirs.loads:
        for at in range(start, start + stored, PAGE):
            data = ours.read(at, PAGE)
            if data is not None:
                both += 1
                if data != theirs.data[offset + at - start:offset + at - start + PAGE]:
                    same("%s page %#x" % (name, at), "other bytes", "")
    counted["pages"] = counted.get("pages", 0) + both
    if both < sum(h[3] for h in theirs.loads) // PAGE - 2:
        same(name + ": pages that both have", both, sum(h[3] for h in theirs.loads) // PAGE)


def live(name, source, flags, tmp, commands):
    program = os.path.join(tmp, name)
    with open(program + ".c", "w") as f:
        f.write(source)
    built = subprocess.run(["cc", "-g", "-O0", "-o", program, program + ".c", *flags],
                           stderr=subprocess.PIPE)
    if built.returncode:
        print("left out:", name, "cannot be built here")
        return
    p = subprocess.Popen([program, "an", "argument"], stdout=subprocess.PIPE)
    try:
        if name == "threads":
            p.stdout.readline()
        time.sleep(0.3)
        # One stop for all: gdb saves its core and reads what it cannot say of the process.
        done = subprocess.run(["gdb", "-nx", "-batch", "-p", str(p.pid),
                               "-ex", "shell cat /proc/%d/maps >%s.maps" % (p.pid, program),
                               "-ex", "shell cut -d' ' -f48,49 /proc/%d/stat >%s.args" % (p.pid, program),
                               "-ex", "gcore %s.theirs" % program],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    finally:
        p.kill()
        p.wait()
    if not os.path.exists(program + ".theirs"):
        print("left out:", name, "gdb saves no core here:", done.stderr.decode()[-300:])
        return
    theirs = Core(program + ".theirs")
    arguments = [int(v) for v in open(program + ".args").read().split()]
    make_set(program + ".set", theirs, open(program + ".maps").read(), p.pid, arguments)
    out = subprocess.run([PROGRAM, "export", program + ".set", "pid:%d" % p.pid, "-o",
                          program + ".ours"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    same(name + " exit", (out.returncode, out.stderr), (0, b""))
    ours = Core(program + ".ours")
    same(name + " machine", (ours.machine, ours.wide), (theirs.machine, theirs.wide))
    compare(name, ours, theirs)
    said = [sorted(gdb(program + end, program, *commands).split("\n")) for end in (".ours", ".theirs")]
    drop = re.compile(r"Program terminated|\[New LWP|^\[Current thread|^#0|^Thread \d|Target Id|^[* ] +\d+ +Thread|"
                      r"^\[Switching|^Core was|^\[Thread debugging|^Using host")
    said = [[re.sub(r"^#\d+ +", "", l) for l in s if not drop.search(l)] for s in said]
    same(name + " in gdb", said[0], said[1])
    if not any("depth" in l or "st0" in l or "R7" in l for l in said[0]):
        same(name + " in gdb", said[0], "frames")


def main():
    if not (shutil.which("gdb") and shutil.which("cc")):
        print("skipped: no gdb or no compiler here")
        return 77
    with tempfile.TemporaryDirectory() as tmp:
        live("threads", THREADS, ["-pthread"], tmp,
             ["thread apply all bt", "p marker", "x/s heap+200000", "info float", "p $xmm0",
              "info registers rip rsp rbp eflags"])
        live("narrow", NARROW, ["-m32", "-nostdlib", "-static", "-fno-pie", "-no-pie"], tmp,
             ["info registers", "info float", "x/3i $pc", "p f"])
    print(counted, len(failures), "failures")
    if not counted:
        print("skipped: gdb cannot look at processes here")
        return 77
    return bool(failures)


sys.exit(main())
